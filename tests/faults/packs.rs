//! Damage of one kind each, seen through the binary: what is sound is found, what is not is named.

use std::path::PathBuf;

use crate::support::{Sandbox, token};

fn packed() -> Sandbox {
    let sandbox = Sandbox::repository();
    for number in 0..30 {
        sandbox.write(&format!("file-{number}.txt"), format!("{number} some text\n").repeat(200 + number));
    }
    sandbox.commit("Much");
    sandbox.git(&["repack", "-adfq"]);
    sandbox.write("loose.txt", format!("token = {}\n", token(1)));
    sandbox.commit("Leak");
    sandbox
}

fn pack(sandbox: &Sandbox) -> PathBuf {
    let entries = std::fs::read_dir(sandbox.dir.join(".git/objects/pack")).unwrap();
    entries.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|end| end == "pack")).unwrap()
}

/// The secret beside the damage is found, and the report names what was lost.
#[track_caller]
fn found_and_told(sandbox: &Sandbox, word: &str) {
    let run = sandbox.stanch(&["history", "--format", "json"]).exits(1).says("loose.txt");
    let json = run.json();
    assert!(json["summary"]["not_read"].as_u64().unwrap() > 0, "{}", run.stdout);
    assert!(run.stdout.contains(word), "`{word}` is not in {}", run.stdout);
    let _ = sandbox.stanch(&["history"]).exits(1).says("loose.txt");
}

fn replace(path: &PathBuf, content: &[u8]) {
    std::fs::remove_file(path).unwrap();
    std::fs::write(path, content).unwrap();
}

#[test]
fn a_truncated_pack() {
    let sandbox = packed();
    let file = pack(&sandbox);
    let sound = std::fs::read(&file).unwrap();
    replace(&file, &sound[..sound.len() / 2]);
    found_and_told(&sandbox, "pack-");
    replace(&file, b"");
    found_and_told(&sandbox, "pack-");
}

#[test]
fn a_pack_and_an_index_with_wrong_checksums() {
    let sandbox = packed();
    let file = pack(&sandbox);
    let sound = std::fs::read(&file).unwrap();
    let mut damaged = sound.clone();
    *damaged.last_mut().unwrap() ^= 1;
    replace(&file, &damaged);
    found_and_told(&sandbox, "pack-");
    replace(&file, &sound);
    let index = file.with_extension("idx");
    let mut damaged = std::fs::read(&index).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    replace(&index, &damaged);
    found_and_told(&sandbox, "idx");
}

#[test]
fn what_broken_transfers_leave_is_named() {
    let sandbox = Sandbox::repository();
    for name in ["pack/tmp_pack_AbCdEf", "tmp_objdir-incoming-AbCdEf/pack/pack-1.pack", "ab/tmp_obj_AbCdEf"] {
        sandbox.write(&format!(".git/objects/{name}"), "half of it");
    }
    let run = sandbox.stanch(&["history", "--format", "json"]).exits(0).says("not scanned");
    assert_eq!(run.json()["notices"][0]["kind"], "skipped", "{}", run.stdout);
    assert!(run.stdout.contains("holds 3 temporary files"), "{}", run.stdout);
}

#[test]
fn zeros_instead_of_objects_refs_and_the_index() {
    // What a crash leaves on many file systems: the right lengths, and nothing but zeros.
    for name in ["HEAD", "index", "refs/heads/main"] {
        let sandbox = packed();
        let file = sandbox.dir.join(".git").join(name);
        let len = std::fs::read(&file).unwrap().len();
        replace(&file, &vec![0; len]);
        let run = sandbox.stanch(&["history", "--format", "json"]).exits(1).says("loose.txt");
        assert!(run.json()["summary"]["not_read"].as_u64().unwrap() > 0, "{name}: {}", run.stdout);
        let _ = sandbox.stanch(&["staged"]).exits(3);
    }
    let sandbox = packed();
    let id = sandbox.git(&["rev-parse", "HEAD:loose.txt"]);
    let file = sandbox.dir.join(".git/objects").join(&id[..2]).join(&id[2..]);
    let len = std::fs::read(&file).unwrap().len();
    replace(&file, &vec![0; len]);
    let _ = sandbox.stanch(&["history"]).exits(3).says(&id);
}
