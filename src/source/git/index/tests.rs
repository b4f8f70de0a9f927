//! Every version and form of the index, made by git, must list what `git ls-files --stage` lists.

use super::*;
use crate::source::sandbox::Sandbox;

fn listing(sandbox: &Sandbox) -> Vec<String> {
    let repository = sandbox.repository();
    let index = Index::read(&repository.index_file(), repository.hash).unwrap();
    index.iter().map(|entry| format!("{:06o} {} {}\t{}", entry.mode.0, entry.id, entry.stage, entry.path)).collect()
}

fn filled(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with(options);
    for name in ["a", "dir/b", "dir/sub/c", "dir.x", "e/f/g/h", &format!("long/{}/end", "n".repeat(180))] {
        sandbox.write(name, name);
    }
    sandbox.git(&["add", "."]);
    sandbox
}

fn check(sandbox: &Sandbox) {
    let expected: Vec<String> = sandbox.git(&["ls-files", "--stage"]).lines().map(str::to_owned).collect();
    assert!(!expected.is_empty());
    assert_eq!(listing(sandbox), expected);
}

#[test]
fn all_versions_and_both_hashes_are_read() {
    for options in [&[][..], &["--object-format=sha256"]] {
        for version in ["2", "3", "4"] {
            let sandbox = filled(options);
            sandbox.git(&["update-index", "--index-version", version]);
            sandbox.git(&["update-index", "--skip-worktree", "a"]);
            check(&sandbox);
        }
    }
}

#[test]
fn a_split_index_is_put_together() {
    let sandbox = filled(&[]);
    sandbox.git(&["config", "splitIndex.maxPercentChange", "100"]);
    sandbox.git(&["update-index", "--split-index"]);
    check(&sandbox);
    sandbox.stage("a", "changed");
    sandbox.stage("new", "new");
    sandbox.git(&["rm", "-q", "--cached", "dir/b"]);
    assert!(
        std::fs::read_dir(sandbox.path().join(".git"))
            .unwrap()
            .any(|file| { file.unwrap().file_name().to_string_lossy().starts_with("sharedindex.") })
    );
    check(&sandbox);
}

#[test]
fn intent_to_add_and_conflicts_are_told_apart() {
    let sandbox = filled(&[]);
    sandbox.write("later", "x");
    sandbox.git(&["add", "-N", "later"]);
    let repository = sandbox.repository();
    let index = Index::read(&repository.index_file(), repository.hash).unwrap();
    let later: Vec<_> = index.iter().filter(|entry| entry.intent_to_add).map(|entry| entry.path.to_string()).collect();
    assert_eq!(later, ["later"]);
    assert_eq!(index.position(b"dir/b").map(|at| index.entry(at).path.to_string()).as_deref(), Some("dir/b"));
    assert_eq!(index.position(b"dir"), None);
}

#[test]
fn the_cache_tree_names_known_directories() {
    let sandbox = filled(&[]);
    sandbox.commit("first");
    sandbox.stage("dir/b", "changed");
    let repository = sandbox.repository();
    let index = Index::read(&repository.index_file(), repository.hash).unwrap();
    let root = index.cache_tree.unwrap();
    assert_eq!(root.known, None);
    assert_eq!(root.child(b"e").unwrap().known, Some((1, sandbox.id("HEAD:e"))));
    assert_eq!(root.child(b"dir").unwrap().known, None);
    assert_eq!(root.child(b"dir").unwrap().child(b"sub").unwrap().known, Some((1, sandbox.id("HEAD:dir/sub"))));
}

#[test]
fn every_cut_and_every_flipped_bit_is_an_error_and_never_a_panic() {
    let sandbox = filled(&[]);
    let file = sandbox.path().join(".git/index");
    let good = std::fs::read(&file).unwrap();
    let copy = sandbox.path().join("copy");
    for cut in 0..good.len() {
        std::fs::write(&copy, &good[..cut]).unwrap();
        assert!(Index::read(&copy, HashKind::Sha1).is_err(), "cut at {cut}");
    }
    for at in 0..good.len() - 20 {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        std::fs::write(&copy, &bad).unwrap();
        assert!(Index::read(&copy, HashKind::Sha1).is_err(), "flipped at {at}");
        // Without a checksum, as with `index.skipHash`, the structure alone must not lead to a panic.
        let end = bad.len() - 20;
        bad[end..].fill(0);
        std::fs::write(&copy, &bad).unwrap();
        let _ = Index::read(&copy, HashKind::Sha1).map(|index| index.iter().count());
    }
}
