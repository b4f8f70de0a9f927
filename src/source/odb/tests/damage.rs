//! Whatever is damaged is told; whatever is sound is shown; nothing panics.

use super::laboratory::{Laboratory, Random};
use super::*;

/// Opens and sweeps a damaged database: each object is shown as it is, or something is said. Single reads must agree.
fn survive(laboratory: &Laboratory, oracle: &BTreeMap<ObjectId, (ObjectKind, Vec<u8>)>, what: &str) -> usize {
    let store = laboratory.store();
    let (seen, mut notices) = sweep(&store, Kinds::ALL, 2);
    notices.extend_from_slice(store.notices());
    let right = oracle.iter().filter(|(id, object)| seen.get(id) == Some(object)).count();
    assert!(!notices.is_empty() || (right == oracle.len() && seen.len() == right), "{what}: lost in silence");
    for id in oracle.keys() {
        let _ = (store.read(id), store.header(id));
    }
    right
}

#[test]
fn no_flipped_bit_goes_unnoticed() {
    for (hash, seed) in [(HashKind::Sha1, 1), (HashKind::Sha256, 2)] {
        let laboratory = Laboratory::new(hash);
        laboratory.history(seed, 6);
        laboratory.blob(b"loose as well, and a little longer than that");
        let oracle = laboratory.oracle();
        let mut random = Random(seed);
        let mut files = [laboratory.pack_files("pack"), laboratory.pack_files("idx")].concat();
        files.push(laboratory.loose_file());
        for file in files {
            let sound = std::fs::read(&file).unwrap();
            let writable = tempfile::NamedTempFile::new_in(file.parent().unwrap()).unwrap().into_temp_path();
            for round in 0..50 {
                let mut damaged = sound.clone();
                // The beginning and the end are where the structure is.
                let at = match round {
                    0..12 => round,
                    12..40 => damaged.len() - 1 - (round - 12),
                    _ => random.below(damaged.len()),
                };
                let bit = random.below(8);
                damaged[at] ^= 1 << bit;
                std::fs::write(&writable, damaged).unwrap();
                std::fs::rename(&writable, &file).unwrap();
                let right = survive(&laboratory, &oracle, &format!("{} byte {at} bit {bit}", file.display()));
                if file.extension().is_some_and(|extension| extension == "pack") && at >= 12 {
                    assert!(right >= 1, "the loose object is sound");
                }
            }
            std::fs::write(&writable, &sound).unwrap();
            std::fs::rename(&writable, &file).unwrap();
        }
        assert_eq!(survive(&laboratory, &oracle, "sound again"), oracle.len());
    }
}

#[test]
fn no_cut_goes_unnoticed() {
    let laboratory = Laboratory::new(HashKind::Sha1);
    laboratory.history(3, 6);
    laboratory.blob(b"loose as well");
    let oracle = laboratory.oracle();
    for file in
        [laboratory.pack_files("pack").remove(0), laboratory.pack_files("idx").remove(0), laboratory.loose_file()]
    {
        let sound = std::fs::read(&file).unwrap();
        for part in 0..40 {
            std::fs::remove_file(&file).unwrap();
            std::fs::write(&file, &sound[..sound.len() * part / 40]).unwrap();
            let right = survive(&laboratory, &oracle, &format!("{} cut at {part}/40", file.display()));
            // A pack whose index is cut is walked.
            let is_index = file.extension().is_some_and(|extension| extension == "idx");
            assert_eq!(right == oracle.len(), is_index);
        }
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, &sound).unwrap();
    }
}

#[test]
fn a_sound_copy_replaces_a_damaged_one() {
    for hash in [HashKind::Sha1, HashKind::Sha256] {
        let laboratory = Laboratory::new(hash);
        laboratory.history(1, 30);
        let all = laboratory.all_ids();
        let oracle = laboratory.oracle();
        let first = laboratory.pack_files("pack").remove(0);
        laboratory.git_with(&["pack-objects", "-q", "--no-reuse-delta", "--window=4", "objects/pack/pack"], &all);
        for file in laboratory.pack_files("pack") {
            let sound = std::fs::read(&file).unwrap();
            let mut damaged = sound.clone();
            let len = damaged.len();
            damaged[20..len - 40].iter_mut().step_by(50).for_each(|byte| *byte ^= 0x55);
            std::fs::remove_file(&file).unwrap();
            std::fs::write(&file, damaged).unwrap();
            let store = laboratory.store();
            for threads in [1, 3] {
                let (seen, notices) = sweep(&store, Kinds::ALL, threads);
                assert!(seen == oracle);
                assert!(notices.is_empty(), "{notices:?}");
            }
            for (id, (kind, bytes)) in &oracle {
                let object = store.read(id).unwrap().unwrap();
                assert!(object.kind == *kind && object.bytes == *bytes);
            }
            std::fs::remove_file(&file).unwrap();
            std::fs::write(&file, sound).unwrap();
        }
        // A damaged delta base of which only a loose copy is left.
        laboratory.pack_files("pack").iter().filter(|file| **file != first).for_each(|file| {
            std::fs::remove_file(file.with_extension("idx")).unwrap();
            std::fs::remove_file(file).unwrap();
        });
        for (kind, bytes) in oracle.values() {
            laboratory.loose_copy(*kind, bytes);
        }
        let mut damaged = std::fs::read(&first).unwrap();
        let len = damaged.len();
        damaged[len / 4..len / 2].fill(0);
        std::fs::remove_file(&first).unwrap();
        std::fs::write(&first, damaged).unwrap();
        let store = laboratory.store();
        assert!(sweep(&store, Kinds::ALL, 2).0 == oracle);
        assert!(oracle.iter().all(|(id, (_, bytes))| store.read(id).unwrap().unwrap().bytes == *bytes));
    }
}

#[cfg(unix)]
#[test]
fn what_is_not_a_file_keeps_nobody_waiting() {
    let laboratory = Laboratory::new(HashKind::Sha1);
    laboratory.history(1, 5);
    let oracle = laboratory.oracle();
    let loose = laboratory.objects().join("ab").join("cd".repeat(19));
    let pack = laboratory.objects().join("pack/pack-0123456789012345678901234567890123456789.pack");
    std::fs::create_dir_all(loose.parent().unwrap()).unwrap();
    for path in [&loose, &pack] {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }
    let store = laboratory.store();
    assert_eq!(store.notices().len(), 1, "{:?}", store.notices());
    let (seen, notices) = sweep(&store, Kinds::ALL, 2);
    assert!(seen == oracle);
    assert_eq!(notices.len(), 1, "{notices:?}");
}
