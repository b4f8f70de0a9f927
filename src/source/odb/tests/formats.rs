//! Every way in which git stores objects gives what git itself reads.

use std::collections::BTreeSet;

use super::laboratory::{Laboratory, Random};
use super::{Collector, HashKind, Kinds, ObjectId, ObjectKind, ObjectStore, SweepOptions, sweep};

const BOTH: [HashKind; 2] = [HashKind::Sha1, HashKind::Sha256];

/// Sweep (blobs, everything; one thread, three), random access and listing all agree with git.
fn agree(laboratory: &Laboratory) {
    let oracle = laboratory.oracle();
    let store = laboratory.store();
    assert!(store.notices().is_empty(), "{:?}", store.notices());
    assert!(oracle.len() > 20, "a laboratory has objects");
    for threads in [1, 3] {
        let (seen, notices) = sweep(&store, Kinds::ALL, threads);
        assert!(notices.is_empty(), "{notices:?}");
        assert!(seen == oracle);
        let (blobs, notices) = sweep(&store, Kinds::BLOBS, threads);
        assert!(notices.is_empty(), "{notices:?}");
        assert!(blobs.iter().eq(oracle.iter().filter(|(_, (kind, _))| *kind == ObjectKind::Blob)));
    }
    let mut notices = Vec::new();
    assert!(store.ids(&mut notices).iter().eq(oracle.keys()));
    assert!(notices.is_empty(), "{notices:?}");
    for (id, (kind, bytes)) in &oracle {
        assert!(store.contains(id));
        let header = store.header(id).unwrap().unwrap();
        assert_eq!((header.kind, header.size), (*kind, bytes.len() as u64));
        let object = store.read(id).unwrap().unwrap();
        assert!(object.kind == *kind && object.bytes == *bytes);
    }
    numbers_agree(&store);
}

/// Objects have the numbers by which they are shown, whatever packs hold them, and no two have the same.
fn numbers_agree(store: &ObjectStore) {
    let collector = Collector::new();
    store.sweep(SweepOptions { kinds: Kinds::ALL, threads: 2 }, &collector);
    let shown = collector.numbers.into_inner().unwrap();
    let ids: Vec<ObjectId> = shown.keys().copied().collect();
    assert!(store.numbers(&ids).iter().eq(shown.values()));
    let mut taken = BTreeSet::new();
    for (id, number) in &shown {
        assert_eq!(store.number(id), *number);
        if let Some(number) = *number {
            assert!(number < store.packed() && taken.insert(number));
            assert_eq!(store.numbered_id(number), Some(*id));
        }
    }
    assert_eq!(store.numbered_id(store.packed()), None);
}

#[test]
fn one_pack_then_another_window() {
    for hash in BOTH {
        let laboratory = Laboratory::new(hash);
        laboratory.history(1, 60);
        agree(&laboratory);
        laboratory.git(&["repack", "-adfq", "--depth=50", "--window=20"]);
        agree(&laboratory);
        assert!(laboratory.delta_count() > 30, "the laboratory has deltas");
    }
}

#[test]
fn loose_objects_and_several_packs_with_twins() {
    for hash in BOTH {
        let laboratory = Laboratory::new(hash);
        laboratory.history(1, 20);
        // Each of these packs holds everything so far: most objects are there three times.
        for seed in 2..4 {
            laboratory.history(seed, 10);
            let all = laboratory.all_ids();
            laboratory.git_with(&["pack-objects", "-q", "objects/pack/pack"], &all);
        }
        laboratory.blob(b"");
        laboratory.blob(&Random(5).text(100_000));
        assert!(laboratory.pack_files("pack").len() >= 3);
        agree(&laboratory);
    }
}

#[test]
fn bases_that_are_named_instead_of_pointed_at() {
    for hash in BOTH {
        let laboratory = Laboratory::new(hash);
        laboratory.history(7, 40);
        laboratory.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq", "--depth=30"]);
        agree(&laboratory);
        assert!(laboratory.delta_count() > 20, "the laboratory has deltas");
    }
}

#[test]
fn an_index_of_the_first_version() {
    let laboratory = Laboratory::new(HashKind::Sha1);
    laboratory.history(3, 30);
    let index = laboratory.pack_files("idx").remove(0);
    let pack = laboratory.pack_files("pack").remove(0);
    std::fs::remove_file(&index).unwrap();
    let (index, pack) = (index.to_str().unwrap(), pack.to_str().unwrap());
    laboratory.git(&["index-pack", "--index-version=1", "-o", index, pack]);
    assert_ne!(std::fs::read(index).unwrap()[..4], [0xff, b't', b'O', b'c']);
    agree(&laboratory);
}

#[test]
fn an_index_with_large_offsets() {
    let laboratory = Laboratory::new(HashKind::Sha1);
    laboratory.history(3, 30);
    let index = laboratory.pack_files("idx").remove(0);
    let pack = laboratory.pack_files("pack").remove(0);
    std::fs::remove_file(&index).unwrap();
    let (index, pack) = (index.to_str().unwrap(), pack.to_str().unwrap());
    // Offsets beyond 0x100 go to the table that is meant for those beyond 2 GiB.
    laboratory.git(&["index-pack", "--index-version=2,0x100", "-o", index, pack]);
    agree(&laboratory);
}

#[test]
fn alternates_and_quarantines() {
    for hash in BOTH {
        let (near, far, further) = (Laboratory::new(hash), Laboratory::new(hash), Laboratory::new(hash));
        near.history(1, 10);
        near.blob(b"only near");
        far.history(1, 10);
        far.history(2, 10);
        further.blob(b"only further away");
        let alternate = |from: &Laboratory, to: String| {
            std::fs::create_dir_all(from.objects().join("info")).unwrap();
            std::fs::write(from.objects().join("info/alternates"), to).unwrap();
        };
        let relative = format!("../../{}/objects", further.objects().parent().unwrap().file_name().unwrap().display());
        alternate(&far, format!("# note\n{relative}\n"));
        alternate(&near, format!("{}\n", far.objects().display()));
        agree(&near);
        // A directory that the caller names is like an alternate.
        let quarantine = Laboratory::new(hash);
        let id = quarantine.blob(b"on its way in");
        let store = ObjectStore::open(&[near.objects(), quarantine.objects()], hash);
        assert_eq!(store.read(&id).unwrap().unwrap().bytes, b"on its way in");
        assert!(sweep(&store, Kinds::ALL, 2).0.len() == near.oracle().len() + 1);
    }
}

#[test]
fn cruft_packs_and_multi_pack_indexes() {
    let laboratory = Laboratory::new(HashKind::Sha1);
    laboratory.history(1, 20);
    laboratory.git(&["update-ref", "-d", "refs/heads/history-1"]);
    laboratory.git(&["update-ref", "-d", "refs/tags/v1"]);
    laboratory.history(2, 20);
    laboratory.git(&["repack", "-d", "-q", "--cruft", "-a"]);
    assert!(!laboratory.pack_files("mtimes").is_empty());
    laboratory.history(3, 5);
    laboratory.git(&["multi-pack-index", "write", "--no-progress"]);
    assert!(laboratory.objects().join("pack/multi-pack-index").exists());
    assert_eq!(laboratory.pack_files("idx").len(), laboratory.pack_files("pack").len());
    agree(&laboratory);
}

#[test]
fn an_empty_database_is_empty() {
    let laboratory = Laboratory::new(HashKind::Sha1);
    let (seen, notices) = sweep(&laboratory.store(), Kinds::ALL, 2);
    assert!(seen.is_empty() && notices.is_empty(), "{notices:?}");
}

#[test]
fn a_pack_without_an_index_is_walked() {
    for (hash, offsets) in [(HashKind::Sha1, "true"), (HashKind::Sha256, "true"), (HashKind::Sha1, "false")] {
        let laboratory = Laboratory::new(hash);
        laboratory.history(1, 40);
        laboratory.git(&["-c", &format!("repack.useDeltaBaseOffset={offsets}"), "repack", "-adfq"]);
        let oracle = laboratory.oracle();
        let pack = laboratory.pack_files("pack").remove(0);
        let made_by_git = std::fs::read(pack.with_extension("idx")).unwrap();
        std::fs::remove_file(pack.with_extension("idx")).unwrap();
        let store = laboratory.store();
        assert!(store.packs()[0].index.as_bytes() == made_by_git);
        assert_eq!(store.notices().len(), 1, "{:?}", store.notices());
        let (seen, notices) = sweep(&store, Kinds::ALL, 2);
        assert!(seen == oracle && notices.is_empty(), "{notices:?}");
        let store = ObjectStore::of_pack("pack".into(), std::fs::read(&pack).unwrap(), hash, 1 << 30).unwrap();
        assert!(sweep(&store, Kinds::ALL, 2).0 == oracle);
    }
}

#[test]
fn a_pack_may_have_any_name() {
    let laboratory = Laboratory::new(HashKind::Sha1);
    laboratory.history(1, 10);
    for extension in ["pack", "idx"] {
        let file = laboratory.pack_files(extension).remove(0);
        std::fs::rename(&file, file.with_file_name(format!("any name.{extension}"))).unwrap();
    }
    agree(&laboratory);
}
