//! How the index is stored.

use crate::plant::{KEPT, REMOVED, STAGED, all_is_found, finds, json, losses, planted};
use crate::support::Sandbox;

fn index(sandbox: &Sandbox) -> Vec<u8> {
    std::fs::read(sandbox.dir.join(".git/index")).unwrap()
}

#[test]
fn versions_two_three_and_four() {
    for (format, version) in [("sha1", 2), ("sha1", 4), ("sha256", 2), ("sha256", 4)] {
        let sandbox = planted(&[&format!("--object-format={format}")]);
        sandbox.git(&["update-index", "--index-version", &version.to_string()]);
        assert_eq!(index(&sandbox)[7], version);
        all_is_found(&sandbox);
    }
    // Extended flags make a version 3.
    let sandbox = planted(&[]);
    sandbox.write("later.txt", "later\n");
    sandbox.git(&["add", "--intent-to-add", "later.txt"]);
    assert_eq!(index(&sandbox)[7], 3);
    all_is_found(&sandbox);
}

#[test]
fn without_a_checksum_and_with_every_extension() {
    let sandbox = planted(&[]);
    for setting in ["index.skipHash", "core.untrackedCache", "index.threads", "index.recordEndOfIndexEntries"] {
        sandbox.git(&["config", setting, "true"]);
    }
    sandbox.git(&["config", "index.recordOffsetTable", "true"]);
    sandbox.git(&["update-index", "--untracked-cache", "--force-write-index"]);
    sandbox.git(&["status", "--short"]);
    let bytes = index(&sandbox);
    assert!(bytes.ends_with(&[0; 20]), "the index has no checksum");
    assert!(bytes.windows(4).any(|window| window == b"UNTR"));
    all_is_found(&sandbox);
}

#[test]
fn split_in_two() {
    for format in ["sha1", "sha256"] {
        let sandbox = planted(&[&format!("--object-format={format}")]);
        sandbox.git(&["reset", "--quiet"]);
        sandbox.git(&["update-index", "--split-index"]);
        sandbox.git(&["add", STAGED]);
        sandbox.git(&["rm", "--quiet", "--cached", "README.md"]);
        sandbox.git(&["add", "README.md"]);
        assert!(index(&sandbox).windows(4).any(|window| window == b"link"));
        all_is_found(&sandbox);
    }
}

#[test]
fn a_shared_index_that_is_not_there_is_told() {
    let sandbox = planted(&[]);
    sandbox.git(&["reset", "--quiet"]);
    sandbox.git(&["update-index", "--split-index"]);
    sandbox.git(&["add", STAGED]);
    for entry in std::fs::read_dir(sandbox.dir.join(".git")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("sharedindex.") {
            std::fs::remove_file(path).unwrap();
        }
    }
    let _ = sandbox.stanch(&["staged"]).exits(3).warns("sharedindex");
    let run = json(&sandbox, &["history"]).exits(1);
    assert!(!losses(&run).is_empty());
}

#[test]
fn sparse_checkout_and_sparse_index() {
    for sparse_index in [false, true] {
        let sandbox = planted(&[]);
        let option = if sparse_index { "--sparse-index" } else { "--no-sparse-index" };
        sandbox.git(&["sparse-checkout", "set", "--cone", option, "app/deep"]);
        assert!(!sandbox.dir.join("lib").exists());
        let is_folded = index(&sandbox).windows(4).any(|window| window == b"sdir");
        assert_eq!(is_folded, sparse_index);
        all_is_found(&sandbox);
        // Where a secret is not checked out, the working tree has nothing to show and says so.
        sandbox.git(&["commit", "--quiet", "-m", "Leak more"]);
        sandbox.git(&["sparse-checkout", "set", "--cone", option, "lib"]);
        assert!(!sandbox.dir.join("app").exists());
        let run = json(&sandbox, &["scan"]).says("not checked out");
        finds(run, &[]);
        finds(json(&sandbox, &["history"]), &[REMOVED, KEPT, STAGED]);
        finds(json(&sandbox, &["staged"]), &[]);
    }
}

#[test]
fn assumed_unchanged_files_are_read_all_the_same() {
    let sandbox = planted(&[]);
    sandbox.git(&["commit", "--quiet", "-m", "All"]);
    sandbox.write("README.md", format!("token = {}\n", crate::plant::fresh()));
    sandbox.git(&["update-index", "--assume-unchanged", "README.md"]);
    finds(json(&sandbox, &["scan"]), &[KEPT, STAGED, "README.md"]);
}
