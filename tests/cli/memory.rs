//! What a sweep remembers for the next one, and what it must never make it miss.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Sandbox, token};

/// A history with a secret that was removed, in a packed repository.
fn repository() -> Sandbox {
    let sandbox = Sandbox::repository();
    for number in 0..20 {
        sandbox.write(&format!("file{}", number % 4), format!("{number} lines of nothing in particular\n").repeat(30));
        sandbox.commit(&format!("Step {number}"));
    }
    sandbox.write("app.conf", format!("token = {}\n", token(1)));
    sandbox.commit("Leak");
    sandbox.write("app.conf", "token = from the vault\n");
    sandbox.commit("Clean");
    sandbox.git(&["repack", "-adq"]);
    sandbox
}

fn memory(sandbox: &Sandbox) -> Option<PathBuf> {
    let folder = sandbox.dir.join(".git/stanch/verdicts");
    let files: Vec<PathBuf> = fs::read_dir(folder).ok()?.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "one way of reading, one file: {files:?}");
    Some(files[0].clone())
}

fn sweep(sandbox: &Sandbox, more: &[&str]) -> serde_json::Value {
    let mut json = sandbox.stanch(&[&["history", "--format", "json"], more].concat()).exits(1).json();
    json["receipt"]["findings"] = json["findings"].take();
    json["receipt"].take()
}

#[test]
fn a_second_sweep_reads_only_what_held_something_and_says_the_same() {
    let sandbox = repository();
    let first = sweep(&sandbox, &[]);
    assert_eq!(first["remembered"], 0);
    let second = sweep(&sandbox, &[]);
    assert_eq!(second["findings"], first["findings"]);
    assert_eq!(second["blobs"], 1, "only the blob with the secret is read again");
    let sum = second["blobs"].as_u64().unwrap() + second["remembered"].as_u64().unwrap();
    assert_eq!(Some(sum), first["blobs"].as_u64());
    let content = fs::read(memory(&sandbox).unwrap()).unwrap();
    assert!(!content.windows(token(1).len()).any(|window| window == token(1).as_bytes()));
}

#[test]
fn what_comes_later_is_found() {
    let sandbox = repository();
    sweep(&sandbox, &[]);
    sandbox.write("file1", format!("{}key = {}\n", "19 lines of nothing in particular\n".repeat(30), token(2)));
    sandbox.commit("Leak again");
    sandbox.git(&["repack", "-adq"]);
    assert_eq!(sweep(&sandbox, &[])["findings"].as_array().map(Vec::len), Some(2));
}

#[test]
fn other_rules_read_everything_again() {
    let sandbox = repository();
    sweep(&sandbox, &[]);
    let id = sweep(&sandbox, &[])["findings"][0]["rule"].as_str().unwrap().to_owned();
    sandbox.write(".stanch.yml", format!("version: 1\nrules:\n  severity: {{ {id}: low }}\n"));
    assert_eq!(sweep(&sandbox, &[])["remembered"], 0);
}

#[test]
fn a_damaged_memory_counts_as_none() {
    let sandbox = repository();
    let first = sweep(&sandbox, &[]);
    let path = memory(&sandbox).unwrap();
    let sound = fs::read(&path).unwrap();
    let damage = |content: &[u8]| {
        fs::write(&path, content).unwrap();
        let again = sweep(&sandbox, &[]);
        assert_eq!((&again["remembered"], &again["findings"]), (&0.into(), &first["findings"]));
    };
    damage(&sound[..sound.len() / 2]);
    damage(b"");
    let mut flipped = sound.clone();
    flipped[40] ^= 1;
    damage(&flipped);
    assert_eq!(fs::read(&path).unwrap(), sound, "a sweep heals it");
}

#[test]
fn nothing_is_remembered_on_request_or_where_it_cannot_be_written() {
    let sandbox = repository();
    sweep(&sandbox, &["--no-cache"]);
    assert_eq!(memory(&sandbox), None);
    fs::write(sandbox.dir.join(".git/stanch"), "in the way").unwrap();
    sweep(&sandbox, &[]);
    assert!(Path::new(&sandbox.dir.join(".git/stanch")).is_file());
}
