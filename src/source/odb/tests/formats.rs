//! Every way in which git stores objects gives what git itself reads.

use super::laboratory::Laboratory;
use super::{HashKind, Kinds, ObjectKind, sweep};

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
}

#[test]
fn one_pack() {
    for hash in BOTH {
        let laboratory = Laboratory::new(hash);
        laboratory.history(1, 60);
        agree(&laboratory);
        laboratory.git(&["repack", "-adfq", "--depth=50", "--window=20"]);
        agree(&laboratory);
    }
}
