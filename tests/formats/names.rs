//! Names that other programs stumble over.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::plant::{fresh, json, losses, planted};
use crate::support::Sandbox;

const NAMES: [&[u8]; 9] = [
    b"latin-\xe9\xe8.txt",
    b"broken-\xff\xfe\x80.txt",
    b"two\nlines.txt",
    b"tab\tand\rreturn.txt",
    b" leading and trailing ",
    b"quote\"and\\slash.txt",
    b"--option.txt",
    "ümläut-é-日本.txt".as_bytes(),
    b":(top)magic*?[x].txt",
];

#[test]
fn any_bytes_in_paths() {
    let sandbox = planted(&[]);
    sandbox.git(&["commit", "--quiet", "-m", "All"]);
    for name in NAMES {
        std::fs::write(sandbox.dir.join(OsStr::from_bytes(name)), format!("{}\n", fresh())).unwrap();
    }
    sandbox.git(&["add", "--all"]);
    for (command, before) in [("staged", 0), ("scan", 2), ("history", 3)] {
        let run = json(&sandbox, &[command]).exits(1);
        let found = run.json()["findings"].as_array().unwrap().len();
        assert_eq!(found, NAMES.len() + before, "{command}: {}", run.stdout);
        assert!(losses(&run).is_empty());
    }
    sandbox.git(&["commit", "--quiet", "-m", "Names"]);
    sandbox.git(&["repack", "-adfq"]);
    for args in [&["history", "HEAD~1..HEAD"][..], &["history", "--reachable"]] {
        let run = json(&sandbox, args).exits(1);
        assert!(run.json()["findings"].as_array().unwrap().len() >= NAMES.len(), "{}", run.stdout);
    }
    // On screen, a name stays on its line.
    let run = sandbox.stanch(&["scan"]).exits(1);
    assert!(!run.stdout.contains("two\nlines") && !run.stdout.contains('\r'), "{}", run.stdout);
}

#[test]
fn names_that_differ_only_in_case() {
    let sandbox = Sandbox::repository();
    for name in ["Config.txt", "config.txt", "CONFIG.TXT"] {
        sandbox.write(name, format!("{}\n", fresh()));
    }
    sandbox.git(&["config", "core.ignoreCase", "true"]);
    sandbox.git(&["-c", "core.ignoreCase=false", "add", "--all"]);
    for command in ["staged", "scan", "history"] {
        let run = json(&sandbox, &[command]).exits(1);
        assert_eq!(run.json()["findings"].as_array().unwrap().len(), 3, "{command}: {}", run.stdout);
    }
}

#[test]
fn names_that_only_a_tree_can_hold() {
    // No file system takes these, and git does not check them out; they are in the history all the same.
    let sandbox = Sandbox::repository();
    let mut expected = 0;
    for name in [".git", "..", "a/b", ""] {
        let blob =
            String::from_utf8(sandbox.git_with(&["hash-object", "-w", "--stdin"], format!("{}\n", fresh()).as_bytes()))
                .unwrap();
        let id: Vec<u8> = (0..20).map(|at| u8::from_str_radix(&blob.trim()[2 * at..2 * at + 2], 16).unwrap()).collect();
        let tree = [format!("100644 {name}\0").as_bytes(), &id].concat();
        let tree =
            String::from_utf8(sandbox.git_with(&["hash-object", "-w", "-t", "tree", "--literally", "--stdin"], &tree))
                .unwrap();
        let commit = sandbox.git(&["commit-tree", "-m", "Odd", tree.trim()]);
        sandbox.git(&["update-ref", &format!("refs/heads/odd-{expected}"), &commit]);
        expected += 1;
    }
    let run = json(&sandbox, &["history"]).exits(1);
    assert_eq!(run.json()["findings"].as_array().unwrap().len(), expected, "{}", run.stdout);
    let all = sandbox.git(&["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]);
    sandbox.git_with(&["pack-objects", "-q", ".git/objects/pack/pack"], all.as_bytes());
    sandbox.git(&["prune-packed"]);
    assert_eq!(sandbox.git(&["count-objects"]), "0 objects, 0 kilobytes");
    let run = json(&sandbox, &["history"]).exits(1);
    assert_eq!(run.json()["findings"].as_array().unwrap().len(), expected, "{}", run.stdout);
}
