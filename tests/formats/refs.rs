//! How refs are stored, and what they may say.

use crate::plant::{all_is_found, finds, fresh, json, planted};
use crate::support::Sandbox;

#[test]
fn packed_and_loose() {
    let sandbox = planted(&[]);
    sandbox.git(&["tag", "-a", "-m", "A tag", "v1"]);
    sandbox.git(&["pack-refs", "--all"]);
    assert!(!sandbox.dir.join(".git/refs/heads/main").exists());
    all_is_found(&sandbox);
}

#[test]
fn reftables_with_either_hash() {
    for hash in ["sha1", "sha256"] {
        let sandbox = planted(&["--ref-format=reftable", &format!("--object-format={hash}")]);
        assert_eq!(sandbox.git(&["rev-parse", "--show-ref-format"]), "reftable");
        all_is_found(&sandbox);
        for number in 0..300 {
            sandbox.git(&["update-ref", &format!("refs/heads/b{number}"), "HEAD"]);
        }
        sandbox.git(&["pack-refs", "--all"]);
        all_is_found(&sandbox);
        // A secret in a name, and a commit that only a reflog knows.
        sandbox.git(&["branch", &format!("try-{}", fresh())]);
        let run = json(&sandbox, &["history"]).exits(1);
        assert_eq!(run.json()["findings"].as_array().unwrap().len(), 4, "{}", run.stdout);
    }
}

#[test]
fn replace_refs_and_grafts_hide_nothing() {
    let sandbox = planted(&[]);
    let leak = sandbox.git(&["rev-parse", "HEAD~7"]);
    let blob = sandbox.git(&["rev-parse", &format!("{leak}:lib/removed.txt")]);
    std::fs::write(sandbox.dir.join("harmless"), "harmless\n").unwrap();
    let harmless = sandbox.git(&["hash-object", "-w", "harmless"]);
    std::fs::remove_file(sandbox.dir.join("harmless")).unwrap();
    sandbox.git(&["replace", &blob, &harmless]);
    assert_eq!(sandbox.git(&["show", &format!("{leak}:lib/removed.txt")]), "harmless");
    all_is_found(&sandbox);
    let sandbox = planted(&[]);
    sandbox.git(&["replace", "--graft", "HEAD"]);
    assert_eq!(sandbox.git(&["rev-list", "--count", "HEAD"]), "1");
    finds_the_range(&sandbox);
    let sandbox = planted(&[]);
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    std::fs::write(sandbox.dir.join(".git/info/grafts"), format!("{head}\n")).unwrap();
    assert_eq!(sandbox.git(&["rev-list", "--count", "HEAD"]), "1");
    finds_the_range(&sandbox);
}

/// A range over what a graft hides, as it is stored.
fn finds_the_range(sandbox: &Sandbox) {
    let main = sandbox.git(&["--no-replace-objects", "rev-parse", "HEAD"]);
    finds(json(sandbox, &["history", &format!("{main}~7..{main}")]), &[crate::plant::KEPT]);
    all_is_found(sandbox);
}

#[test]
fn detached_and_unborn_heads_and_an_empty_repository() {
    let sandbox = planted(&[]);
    sandbox.git(&["checkout", "--quiet", "--detach"]);
    all_is_found(&sandbox);
    let sandbox = planted(&[]);
    let side = "side/branch";
    sandbox.git(&["symbolic-ref", "HEAD", "refs/heads/not-yet"]);
    sandbox.git(&["branch", side, "main"]);
    // Everything in the index is new to a branch that does not exist yet.
    finds(json(&sandbox, &["staged"]), &[crate::plant::KEPT, crate::plant::STAGED]);
    finds(json(&sandbox, &["history"]), &[crate::plant::REMOVED, crate::plant::KEPT, crate::plant::STAGED]);
    for format in ["files", "reftable"] {
        let sandbox = Sandbox::new();
        sandbox.git(&["init", "--quiet", &format!("--ref-format={format}")]);
        for command in ["history", "scan", "staged"] {
            finds(json(&sandbox, &[command]), &[]);
        }
        sandbox.write("a.txt", fresh());
        sandbox.git(&["add", "a.txt"]);
        for command in ["history", "scan", "staged"] {
            finds(json(&sandbox, &[command]), &["a.txt"]);
        }
    }
}

#[test]
fn a_head_behind_a_link_and_refs_behind_refs() {
    let sandbox = planted(&[]);
    let head = sandbox.dir.join(".git/HEAD");
    std::fs::remove_file(&head).unwrap();
    std::os::unix::fs::symlink("refs/heads/main", &head).unwrap();
    sandbox.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    all_is_found(&sandbox);
}
