//! Packs, their indexes and their deltas, of any bytes: read, walked and swept, or refused.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use stanch::model::Notice;
use stanch::source::odb::{Kinds, ObjectStore, SweepOptions, SweptObject, Visitor};
use stanch::source::pack::HashKind;
use stanch::source::pack::delta::{self, DeltaHeader};
use stanch::source::pack::index::PackIndex;

const LIMIT: u64 = 4 << 20;

/// The first byte decides what the rest is.
pub fn run(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else { return };
    let hash = if kind & 0x80 == 0 { HashKind::Sha1 } else { HashKind::Sha256 };
    match kind & 3 {
        0 => index(rest, hash),
        1 => delta(rest),
        2 => pack(rest, hash),
        // A pack without its head, so that entries are easy to come by.
        _ => pack(&[b"PACK\0\0\0\x02\0\0\0\x04", rest, &vec![0; hash.len()]].concat(), hash),
    }
}

fn index(bytes: &[u8], hash: HashKind) {
    let Ok(index) = PackIndex::from_bytes(bytes.to_vec(), hash) else { return };
    let _ = index.verify();
    for position in 0..index.len().min(64) {
        let id = index.id(position);
        let _ = (index.offset(position), index.find(&id));
    }
    (0..=255).for_each(|byte| assert!(index.bucket(byte).end <= index.len()));
}

fn delta(bytes: &[u8]) {
    let (len, rest) = bytes.split_first().map_or((0, bytes), |(&len, rest)| (usize::from(len), rest));
    let (base, delta) = rest.split_at(len.min(rest.len()));
    let Ok(header) = DeltaHeader::parse(delta) else { return };
    if header.result_size > 1 << 20 {
        return;
    }
    let (mut out, mut copies) = (Vec::new(), Vec::new());
    if delta::apply(header, delta, base, &mut out, &mut copies).is_ok() {
        assert_eq!(out.len() as u64, header.result_size);
        copies.iter().for_each(|copy| assert_eq!(copy.base().of(base), copy.target().of(&out)));
    }
}

fn pack(bytes: &[u8], hash: HashKind) {
    let Ok(store) = ObjectStore::of_pack(PathBuf::from("fuzz.pack"), bytes.to_vec(), hash, LIMIT) else { return };
    let visitor = Counter { hash, bytes: AtomicU64::new(0) };
    store.with_memory_limit(LIMIT).sweep(SweepOptions { kinds: Kinds::ALL, threads: 1 }, &visitor);
}

struct Counter {
    hash: HashKind,
    bytes: AtomicU64,
}

impl Visitor for Counter {
    type Worker = ();
    type State = Vec<u8>;

    fn worker(&self) {}

    fn visit(&self, (): &mut (), object: SweptObject<'_>, base: Option<&Vec<u8>>) -> Vec<u8> {
        let head = format!("{} {}\0", object.kind.as_str(), object.bytes.len());
        assert_eq!(self.hash.digest(&[head.as_bytes(), object.bytes]), object.id, "an object under a wrong name");
        if let Some(base) = base {
            object.copies.iter().for_each(|copy| assert_eq!(copy.base().of(base), copy.target().of(object.bytes)));
        }
        self.bytes.fetch_add(object.bytes.len() as u64, Ordering::Relaxed);
        object.bytes.to_vec()
    }

    fn notice(&self, _: Notice) {}

    fn cancelled(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > 64 << 20
    }
}
