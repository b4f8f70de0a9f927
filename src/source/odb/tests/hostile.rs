//! What nobody's git writes: cycles, endless chains, promises that aren't kept, objects beyond all limits.

use std::io::Read;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::forge::Forge;
use super::laboratory::{Laboratory, Random};
use super::*;
use crate::source::pack::delta::tests::{Op, encode, varint};

const HASH: HashKind = HashKind::Sha1;

fn id_of(content: &[u8]) -> ObjectId {
    Forge::id(HASH, ObjectKind::Blob, content)
}

fn kinds(notices: &[Notice]) -> Vec<NoticeKind> {
    notices.iter().map(|notice| notice.kind).collect()
}

#[test]
fn a_chain_of_5000_deltas_is_read_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let mut forge = Forge::new(HASH);
    let mut content = Random(1).text(2000);
    let (_, mut base) = forge.blob(&content);
    let mut last = id_of(&content);
    for i in 0..5000 {
        let line = format!("line {i}\n").into_bytes();
        let (delta, next) = encode(&content, &[Op::Insert(line), Op::Copy(0, 2000)]);
        last = id_of(&next);
        base = forge.delta_at(last, base, &delta);
        content = next;
    }
    forge.write(dir.path());
    let store = ObjectStore::open(&[dir.path().to_owned()], HASH);
    let started = Instant::now();
    for threads in [1, 4] {
        let (seen, notices) = sweep(&store, Kinds::BLOBS, threads);
        assert!(notices.is_empty(), "{notices:?}");
        assert_eq!(seen.len(), 5001);
        assert!(seen[&last].1 == content);
        assert!(seen.iter().all(|(id, (_, bytes))| id_of(bytes) == *id));
    }
    assert!(store.read(&last).unwrap().unwrap().bytes == content);
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}

#[test]
fn a_chain_whose_root_is_lost_is_complained_of_in_linear_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut forge = Forge::new(HASH);
    let mut content = Random(1).text(200);
    let mut base = forge.entry(id_of(&content), 3, 7, &[], b"not seven");
    for i in 0..5000 {
        let (delta, next) = encode(&content, &[Op::Insert(format!("line {i}\n").into_bytes()), Op::Copy(0, 200)]);
        base = forge.delta_at(id_of(&next), base, &delta);
        content = next;
    }
    let (sound, _) = forge.blob(b"sound");
    forge.write(dir.path());
    let store = ObjectStore::open(&[dir.path().to_owned()], HASH);
    let started = Instant::now();
    let collector = Collector::new();
    let tally = store.sweep(SweepOptions { kinds: Kinds::BLOBS, threads: 2 }, &collector);
    assert_eq!((tally.objects, tally.lost), (1, 5001));
    assert!(collector.seen.lock().unwrap().contains_key(&sound));
    let notices = collector.notices.into_inner().unwrap();
    assert_eq!(notices.len(), 1001);
    assert!(notices.last().unwrap().detail.starts_with("4001 more"), "{:?}", notices.last());
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn cycles_end_in_notices() {
    // Of two, of itself, and with something hanging on it; in one pack and over two.
    let dir = tempfile::tempdir().unwrap();
    let (a, b, own, tail, c, d) = (id_of(b"a"), id_of(b"b"), id_of(b"own"), id_of(b"tail"), id_of(b"c"), id_of(b"d"));
    let (delta, _) = encode(b"a", &[Op::Copy(0, 1)]);
    let mut forge = Forge::new(HASH);
    forge.delta_of(a, b, &delta);
    forge.delta_of(b, a, &delta);
    forge.delta_of(own, own, &delta);
    forge.delta_of(tail, own, &delta);
    forge.delta_of(c, d, &delta);
    let (sound, _) = forge.blob(b"sound");
    forge.write(dir.path());
    let mut forge = Forge::new(HASH);
    forge.delta_of(d, c, &delta);
    forge.write(dir.path());
    let store = ObjectStore::open(&[dir.path().to_owned()], HASH);
    for threads in [1, 3] {
        let (seen, notices) = sweep(&store, Kinds::BLOBS, threads);
        assert_eq!(seen.keys().collect::<Vec<_>>(), [&sound]);
        for lost in [a, b, own, tail, c, d] {
            let named = notices.iter().filter(|notice| notice.subject == format!("object {lost}")).count();
            assert_eq!(named, 1, "{lost} in {notices:?}");
        }
    }
    for lost in [a, b, own, tail, c, d] {
        assert!(store.read(&lost).is_err() && store.header(&lost).is_err());
    }
}

#[test]
fn a_cycle_that_hides_behind_wrong_checksums_is_still_seen() {
    let dir = tempfile::tempdir().unwrap();
    let (a, b) = (id_of(b"a"), id_of(b"b"));
    let (delta, _) = encode(b"a", &[Op::Copy(0, 1)]);
    let mut forge = Forge::new(HASH);
    forge.delta_of(a, b, &delta);
    forge.delta_of(b, a, &delta);
    let path = forge.write(dir.path()).with_extension("idx");
    let mut index = std::fs::read(&path).unwrap();
    let checksums = 8 + 1024 + 2 * 20;
    index[checksums..checksums + 8].fill(0);
    std::fs::write(&path, index).unwrap();
    let (seen, notices) = sweep(&ObjectStore::open(&[dir.path().to_owned()], HASH), Kinds::BLOBS, 1);
    assert!(seen.is_empty());
    assert_eq!(notices.len(), 3, "{notices:?}");
}

#[test]
fn bases_in_other_packs_and_loose_ones_are_found() {
    let laboratory = Laboratory::new(HASH);
    let loose = Random(4).text(3000);
    laboratory.blob(&loose);
    let packed = Random(5).text(3000);
    let mut first = Forge::new(HASH);
    first.blob(&packed);
    let mut second = Forge::new(HASH);
    let mut expected = vec![loose.clone(), packed.clone()];
    for base in [&loose, &packed] {
        let (delta, next) = encode(base, &[Op::Copy(100, 500), Op::Insert(b"new".to_vec()), Op::Copy(1000, 2000)]);
        let at = second.delta_of(id_of(&next), id_of(base), &delta);
        let (delta, last) = encode(&next, &[Op::Insert(b"newer".to_vec()), Op::Copy(0, 2000)]);
        second.delta_at(id_of(&last), at, &delta);
        expected.extend([next, last]);
    }
    let gone = id_of(b"gone");
    let orphan = id_of(b"orphan");
    second.delta_of(orphan, gone, &encode(b"gone", &[Op::Copy(0, 4)]).0);
    first.write(&laboratory.objects());
    second.write(&laboratory.objects());
    let store = laboratory.store();
    for threads in [1, 2] {
        let (seen, notices) = sweep(&store, Kinds::BLOBS, threads);
        assert_eq!(seen.len(), expected.len());
        assert!(expected.iter().all(|content| seen[&id_of(content)].1 == *content));
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert_eq!(notices[0].subject, format!("object {orphan}"));
    }
    assert!(expected.iter().all(|content| store.read(&id_of(content)).unwrap().unwrap().bytes == *content));
    assert!(store.read(&orphan).is_err());
    assert!(store.read(&gone).unwrap().is_none());
}

#[test]
fn promises_that_are_not_kept_cost_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut forge = Forge::new(HASH);
    forge.entry(id_of(b"1"), 3, 1 << 60, &[], b"small");
    forge.entry(id_of(b"2"), 3, 300 << 20, &[], b"small");
    let (_, base) = forge.blob(b"base");
    let promise = [varint(4), varint(1 << 50), vec![0x90, 4]].concat();
    forge.delta_at(id_of(b"3"), base, &promise);
    let promise = [varint(4), varint(200 << 20), vec![0x90, 4]].concat();
    forge.delta_at(id_of(b"4"), base, &promise);
    forge.entry(id_of(b"5"), 0, 4, &[], b"what");
    forge.entry(id_of(b"6"), 5, 4, &[], b"what");
    forge.write(dir.path());
    let store = ObjectStore::open(&[dir.path().to_owned()], HASH);
    let (seen, notices) = sweep(&store, Kinds::BLOBS, 2);
    assert_eq!(seen.len(), 1);
    let mut kinds = kinds(&notices);
    kinds.sort();
    use NoticeKind::{Damaged, Limit};
    assert_eq!(kinds, [Limit, Limit, Damaged, Damaged, Damaged, Damaged]);
}

/// Takes what is too large, too.
struct Taker {
    large: Mutex<Vec<(ObjectId, Vec<u8>)>>,
    whole: AtomicUsize,
    notices: Mutex<Vec<Notice>>,
}

impl Visitor for Taker {
    type Worker = ();
    type State = ();
    fn worker(&self) {}
    fn visit(&self, (): &mut (), _: SweptObject<'_>, _: Option<&()>) {
        self.whole.fetch_add(1, Ordering::Relaxed);
    }
    fn visit_large(&self, (): &mut (), id: ObjectId, _: ObjectKind, size: u64, content: &mut dyn Read) -> bool {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, size);
        self.large.lock().unwrap().push((id, bytes));
        true
    }
    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap().push(notice);
    }
}

#[test]
fn what_is_too_large_is_streamed_or_named() {
    let laboratory = Laboratory::new(HASH);
    let loose = Random(8).text(700_000);
    laboratory.blob(&loose);
    let packed = Random(9).text(900_000);
    let mut forge = Forge::new(HASH);
    let (_, at) = forge.blob(&packed);
    let (delta, child) = encode(&packed, &[Op::Copy(0, 100)]);
    forge.delta_at(id_of(&child), at, &delta);
    // A small base, of which a large object is made.
    let (_, at) = forge.blob(&packed[..400_000]);
    let (delta, grown) = encode(&packed[..400_000], &[Op::Copy(0, 300_000), Op::Copy(0, 300_000)]);
    forge.delta_at(id_of(&grown), at, &delta);
    forge.write(&laboratory.objects());
    let store = laboratory.store().with_memory_limit(600_000);

    let taker = Taker { large: Mutex::default(), whole: AtomicUsize::new(0), notices: Mutex::default() };
    let tally = store.sweep(SweepOptions { kinds: Kinds::BLOBS, threads: 2 }, &taker);
    let mut large = taker.large.into_inner().unwrap();
    large.sort();
    let mut expected = vec![(id_of(&loose), loose.clone()), (id_of(&packed), packed.clone())];
    expected.sort();
    assert!(large == expected);
    assert_eq!((tally.objects, tally.lost, taker.whole.into_inner()), (3, 2, 1));
    let notices = taker.notices.into_inner().unwrap();
    assert_eq!(kinds(&notices), [NoticeKind::Limit; 2], "{notices:?}");

    let (seen, notices) = sweep(&store, Kinds::BLOBS, 1);
    assert_eq!(seen.len(), 1);
    assert_eq!(kinds(&notices), [NoticeKind::Limit; 4], "{notices:?}");
    assert!(matches!(store.read(&id_of(&loose)).unwrap_err().source, PackError::Limit { .. }));
    assert!(matches!(store.read(&id_of(&grown)).unwrap_err().source, PackError::Limit { .. }));
    let all = sweep(&laboratory.store(), Kinds::BLOBS, 2).0;
    assert!([loose, packed, child, grown].iter().all(|content| all[&id_of(content)].1 == *content));
}

#[test]
fn bases_that_are_alive_together_stay_below_the_limit() {
    // A full binary tree of differences: depth-first needs one base per level.
    let dir = tempfile::tempdir().unwrap();
    let mut forge = Forge::new(HASH);
    let root = vec![b'x'; 100_000];
    let mut level = vec![(forge.blob(&root).1, root)];
    let mut total = 1;
    for depth in 0..7_u8 {
        let mut next = Vec::new();
        for (i, (at, content)) in level.iter().enumerate() {
            for side in [0, 1] {
                let mark = vec![depth + 1, i as u8, side];
                let (delta, child) = encode(content, &[Op::Insert(mark), Op::Copy(3, content.len() - 3)]);
                next.push((forge.delta_at(id_of(&child), *at, &delta), child));
            }
        }
        total += next.len();
        level = next;
    }
    forge.write(dir.path());
    let open = || ObjectStore::open(&[dir.path().to_owned()], HASH);
    assert_eq!(sweep(&open(), Kinds::BLOBS, 2).0.len(), total);
    // Seven levels of bases, the object itself and its instructions.
    assert_eq!(sweep(&open().with_memory_limit(801_000), Kinds::BLOBS, 1).0.len(), total);
    let (seen, notices) = sweep(&open().with_memory_limit(500_000), Kinds::BLOBS, 1);
    assert!(notices.iter().all(|notice| notice.kind == NoticeKind::Limit) && !notices.is_empty());
    assert_eq!(seen.len() + notices.len(), total);
}

#[test]
fn what_is_not_wanted_is_only_a_base() {
    let laboratory = Laboratory::new(HASH);
    laboratory.history(1, 40);
    laboratory.git(&["repack", "-adfq"]);
    let oracle = laboratory.oracle();
    let mut collector = Collector::new();
    collector.unwanted = oracle.keys().copied().step_by(2).collect();
    laboratory.store().sweep(SweepOptions { kinds: Kinds::ALL, threads: 2 }, &collector);
    assert!(collector.notices.into_inner().unwrap().is_empty());
    assert!(collector.seen.into_inner().unwrap().iter().eq(oracle.iter().skip(1).step_by(2)));
}

/// Breaks off in one way or another.
struct Quitter {
    seen: AtomicUsize,
    panics: bool,
}

impl Visitor for Quitter {
    type Worker = ();
    type State = ();
    fn worker(&self) {}
    fn visit(&self, (): &mut (), _: SweptObject<'_>, _: Option<&()>) {
        let seen = self.seen.fetch_add(1, Ordering::SeqCst);
        assert!(!self.panics || seen != 20, "on purpose");
    }
    fn notice(&self, _: Notice) {}
    fn cancelled(&self) -> bool {
        !self.panics && self.seen.load(Ordering::SeqCst) >= 20
    }
}

#[test]
fn a_sweep_can_be_stopped_and_does_not_hang_on_a_panic() {
    let laboratory = Laboratory::new(HASH);
    laboratory.history(1, 60);
    let store = laboratory.store();
    for threads in [1, 3] {
        let options = SweepOptions { kinds: Kinds::ALL, threads };
        let quitter = Quitter { seen: AtomicUsize::new(0), panics: false };
        store.sweep(options, &quitter);
        assert!(quitter.seen.into_inner() < 20 + threads);
        let quitter = Quitter { seen: AtomicUsize::new(0), panics: true };
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| store.sweep(options, &quitter)));
        assert!(caught.is_err());
    }
}
