//! Repositories that no one would make by accident.

use sirocco::Format;
use sirocco::deflate::Level;

use crate::measure::{bounded, is_long};
use crate::support::{Sandbox, token};

fn zlib(content: &[u8]) -> Vec<u8> {
    sirocco::compress(Format::Zlib, Level::DEFAULT, content)
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// The header of a pack's entry.
fn entry(kind: u8, size: usize) -> Vec<u8> {
    let more = if size > 15 { 0x80 } else { 0 };
    let mut bytes = vec![more | kind << 4 | (size & 15) as u8];
    if size > 15 {
        bytes.extend(varint(size >> 4));
    }
    bytes
}

fn raw(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// Puts a pack without an index into a repository; git's trailer is a hash that nothing depends on here.
fn put(sandbox: &Sandbox, count: u32, entries: &[u8]) {
    let pack = [b"PACK\0\0\0\x02", &count.to_be_bytes()[..], entries, &[7; 20]].concat();
    sandbox.write(".git/objects/pack/pack-0707070707070707070707070707070707070707.pack", pack);
}

#[test]
fn a_chain_of_five_thousand_differences() {
    let sandbox = Sandbox::repository();
    let base = b"a line that stays\n".repeat(50);
    let mut body = [entry(3, base.len()), zlib(&base)].concat();
    let (mut last, mut size) = (0, base.len());
    for number in 0..5000_u32 {
        // Copy what stays, add a line of one's own.
        let line = if number == 4999 { format!("{}\n", token(1)) } else { format!("{number:07}\n") };
        let mut delta = [varint(size), varint(base.len() + line.len())].concat();
        delta.extend([0xb0, base.len() as u8, (base.len() >> 8) as u8, line.len() as u8]);
        delta.extend(line.as_bytes());
        size = base.len() + line.len();
        let here = body.len();
        let mut distance = here - last;
        let mut pointer = vec![(distance & 0x7f) as u8];
        while distance >> 7 > 0 {
            distance = (distance >> 7) - 1;
            pointer.insert(0, (distance & 0x7f) as u8 | 0x80);
        }
        last = here;
        body.extend([entry(6, delta.len()), pointer, zlib(&delta)].concat());
    }
    put(&sandbox, 5001, &body);
    let run = bounded(&sandbox, "a chain of 5,000 deltas", &["history", "--format", "json"]).exits(1);
    assert_eq!(run.json()["receipt"]["blobs"], 5002, "{}", run.stdout);
}

#[test]
fn differences_that_lead_in_a_circle() {
    let sandbox = Sandbox::repository();
    let delta = [varint(4), varint(4), vec![0x90, 4]].concat();
    let mut body = Vec::new();
    for base in [[1_u8; 20], [2; 20]] {
        body.extend([entry(7, delta.len()), base.to_vec(), zlib(&delta)].concat());
    }
    put(&sandbox, 2, &body);
    sandbox.write("leak.txt", format!("{}\n", token(2)));
    sandbox.commit("Leak");
    let run = bounded(&sandbox, "a circle of deltas", &["history", "--format", "json"]).exits(1).says("leak.txt");
    assert!(run.json()["summary"]["not_read"].as_u64().unwrap() > 0, "{}", run.stdout);
}

/// A tree of `entries`, written by git.
fn tree(sandbox: &Sandbox, entries: &str) -> String {
    let id = sandbox.git_with(&["mktree"], entries.as_bytes());
    String::from_utf8(id).unwrap().trim().to_owned()
}

#[test]
fn trees_with_more_paths_than_there_are_atoms() {
    let sandbox = Sandbox::repository();
    let blob = sandbox.git_with(&["hash-object", "-w", "--stdin"], format!("{}\n", token(3)).as_bytes());
    let mut id = tree(&sandbox, &format!("100644 blob {}\tleak.txt\n", String::from_utf8(blob).unwrap().trim()));
    for _ in 0..40 {
        id = tree(&sandbox, &(0..10).map(|name| format!("040000 tree {id}\td{name}\n")).collect::<String>());
    }
    let commit = sandbox.git(&["commit-tree", "-m", "Bomb", &id]);
    sandbox.git(&["update-ref", "refs/heads/bomb", &commit]);
    for args in [&["history"][..], &["history", "--reachable"]] {
        let run = bounded(&sandbox, "10^40 paths", args);
        assert!(matches!(run.code, 1), "exit {}", run.code);
    }
}

#[test]
fn a_tree_that_contains_itself() {
    let sandbox = Sandbox::repository();
    // No honest hash can be its own content's: a forged loose object can.
    let own = "ab".repeat(20);
    let blob = sandbox.git_with(&["hash-object", "-w", "--stdin"], format!("{}\n", token(4)).as_bytes());
    let blob = raw(String::from_utf8(blob).unwrap().trim());
    let content = [&b"100644 leak.txt\0"[..], &blob, b"40000 self\0", &raw(&own)].concat();
    let object = [format!("tree {}\0", content.len()).as_bytes(), &content].concat();
    sandbox.write(&format!(".git/objects/{}/{}", &own[..2], &own[2..]), zlib(&object));
    let commit = format!("tree {own}\nauthor A <a@example.com> 1 +0000\ncommitter A <a@example.com> 1 +0000\n\nSelf\n");
    let commit = sandbox.git_with(&["hash-object", "-w", "-t", "commit", "--literally", "--stdin"], commit.as_bytes());
    sandbox.write(".git/refs/heads/self", commit);
    for args in [&["history"][..], &["history", "--reachable"], &["history", "main..self"]] {
        let run = bounded(&sandbox, "a tree in itself", args);
        assert_eq!(run.code, 1, "{args:?}: {}", run.stdout);
    }
}

#[test]
fn very_many_refs() {
    let count = if is_long() { 1_000_000 } else { 30_000 };
    let sandbox = Sandbox::repository();
    sandbox.write("leak.txt", format!("{}\n", token(5)));
    let head = sandbox.commit("Leak");
    let mut text = String::from("# pack-refs with: peeled fully-peeled sorted \n");
    (0..count).for_each(|number| text.push_str(&format!("{head} refs/heads/many/{number:07}\n")));
    sandbox.write(".git/packed-refs", text);
    let _ = bounded(&sandbox, &format!("{count} refs"), &["history"]).exits(1).says("leak.txt");
}

#[test]
fn very_many_files() {
    let count = if is_long() { 1_000_000 } else { 10_000 };
    let sandbox = Sandbox::repository();
    for number in 0..count {
        let directory = sandbox.dir.join(format!("many/{}", number / 1000));
        // One file under a thousand names: a million of their own would take four gigabytes of disk.
        let own = directory.join("0");
        if number % 1000 == 0 {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(own, "tiny\n").unwrap();
        } else {
            std::fs::hard_link(own, directory.join(number.to_string())).unwrap();
        }
    }
    sandbox.write("leak.txt", format!("{}\n", token(6)));
    let run = bounded(&sandbox, &format!("{count} files"), &["scan", "--format", "json"]).exits(1).says("leak.txt");
    assert_eq!(run.json()["receipt"]["files"], count + 2, "{}", run.stdout);
}

#[test]
fn a_blob_that_no_memory_should_hold() {
    // Beyond the limit of one object: it is scanned as it streams by, whole and loose.
    let size: u64 = if is_long() { 2 << 30 } else { 400 << 20 };
    let sandbox = Sandbox::repository();
    let file = std::fs::File::create(sandbox.dir.join("large.bin")).unwrap();
    file.set_len(size).unwrap();
    use std::os::unix::fs::FileExt;
    file.write_all_at(format!("\n{}\n", token(7)).as_bytes(), size - 70).unwrap();
    drop(file);
    sandbox.git(&["-c", "core.bigFileThreshold=1m", "add", "large.bin"]);
    sandbox.git(&["commit", "--quiet", "-m", "Large"]);
    let run = bounded(&sandbox, &format!("a blob of {size} bytes"), &["history", "--format", "json"]).exits(1);
    assert_eq!(run.json()["findings"][0]["location"]["path"], "large.bin", "{}", run.stdout);
    assert_eq!(run.json()["summary"]["not_read"], 0, "{}", run.stdout);
}
