//! The sweep and random access, held against real `git`.

mod damage;
mod forge;
mod formats;
mod hostile;
mod laboratory;

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::*;

/// Remembers everything that a sweep shows, and checks each copy map against the base's bytes.
pub(super) struct Collector {
    pub(super) seen: Mutex<BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>>,
    pub(super) notices: Mutex<Vec<Notice>>,
    pub(super) copied: Mutex<usize>,
    pub(super) numbers: Mutex<BTreeMap<ObjectId, Option<u32>>>,
    pub(super) unwanted: Vec<ObjectId>,
}

impl Collector {
    pub(super) fn new() -> Self {
        Self {
            seen: Mutex::default(),
            notices: Mutex::default(),
            copied: Mutex::default(),
            numbers: Mutex::default(),
            unwanted: Vec::new(),
        }
    }
}

impl Visitor for Collector {
    type Worker = ();
    type State = (ObjectId, Vec<u8>);

    fn worker(&self) {}

    fn visit(&self, (): &mut (), object: SweptObject<'_>, base: Option<&Self::State>) -> Self::State {
        let mut end = 0;
        for run in object.copies {
            assert!(run.target_start >= end && run.len > 0, "runs are sorted and disjoint");
            end = run.target_start + run.len;
            *self.copied.lock().unwrap() += run.len;
            if let Some((id, bytes)) = base {
                assert_eq!(object.base, Some(*id));
                assert!(object.bytes[run.target_start..end] == bytes[run.base_start..run.base_start + run.len]);
            }
        }
        assert!(base.is_none() || object.base.is_some());
        self.numbers.lock().unwrap().insert(object.id, object.number);
        let twice = self.seen.lock().unwrap().insert(object.id, (object.kind, object.bytes.to_vec()));
        assert!(twice.is_none(), "{} is shown twice", object.id);
        (object.id, object.bytes.to_vec())
    }

    fn wants(&self, id: &ObjectId, _: ObjectKind) -> bool {
        !self.unwanted.contains(id)
    }

    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice);
    }
}

/// Kind and content by id.
type Shown = BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>;

/// Sweeps with some threads and returns what was shown, and what was complained of.
pub(super) fn sweep(store: &ObjectStore, kinds: Kinds, threads: usize) -> (Shown, Vec<Notice>) {
    let collector = Collector::new();
    let tally = store.sweep(SweepOptions { kinds, threads }, &collector);
    let seen = collector.seen.into_inner().unwrap();
    assert_eq!(tally.objects, seen.len() as u64);
    assert_eq!(tally.bytes, seen.values().map(|(_, bytes)| bytes.len() as u64).sum::<u64>());
    assert_eq!(tally.bytes - tally.new_bytes, *collector.copied.lock().unwrap() as u64);
    (seen, collector.notices.into_inner().unwrap())
}
