//! How objects are stored.

use crate::plant::{all_is_found, fresh, has_file, planted};

#[test]
fn both_hash_functions_loose_and_packed() {
    for hash in ["sha1", "sha256"] {
        let sandbox = planted(&[&format!("--object-format={hash}")]);
        assert_eq!(sandbox.git(&["rev-parse", "--show-object-format"]), hash);
        all_is_found(&sandbox);
        sandbox.git(&["repack", "-adfq", "--depth=50"]);
        all_is_found(&sandbox);
    }
}

#[test]
fn several_packs_under_one_multi_pack_index() {
    let sandbox = planted(&[]);
    sandbox.git(&["repack", "-dq"]);
    sandbox.git(&["commit", "--quiet", "-m", "All"]);
    sandbox.git(&["repack", "-dq"]);
    sandbox.git(&["reset", "--quiet", "--soft", "HEAD~1"]);
    let packs = sandbox.dir.join(".git/objects/pack");
    sandbox.git(&["multi-pack-index", "write", "--bitmap"]);
    assert!(has_file(&packs, "multi-pack-index") && has_file(&packs, ".bitmap"));
    all_is_found(&sandbox);
}

#[test]
fn a_multi_pack_index_in_layers() {
    let sandbox = planted(&[]);
    sandbox.git(&["repack", "-dq"]);
    sandbox.git(&["multi-pack-index", "write", "--incremental"]);
    std::fs::write(sandbox.dir.join("x.txt"), "x\n").unwrap();
    sandbox.git(&["hash-object", "-w", "x.txt"]);
    std::fs::remove_file(sandbox.dir.join("x.txt")).unwrap();
    sandbox.git(&["repack", "-dq", "--keep-unreachable"]);
    sandbox.git(&["multi-pack-index", "write", "--incremental"]);
    assert!(sandbox.dir.join(".git/objects/pack/multi-pack-index.d").is_dir());
    all_is_found(&sandbox);
}

#[test]
fn bitmaps_reverse_indexes_and_keep_files() {
    let sandbox = planted(&[]);
    sandbox.git(&["-c", "pack.writeReverseIndex=true", "repack", "-adfqb", "--write-bitmap-index"]);
    let packs = sandbox.dir.join(".git/objects/pack");
    assert!(has_file(&packs, ".bitmap") && has_file(&packs, ".rev"));
    let pack = std::fs::read_dir(&packs).unwrap().map(|entry| entry.unwrap().path());
    let pack = pack.into_iter().find(|path| path.extension().is_some_and(|end| end == "pack")).unwrap();
    std::fs::write(pack.with_extension("keep"), "").unwrap();
    all_is_found(&sandbox);
}

#[test]
fn unreachable_objects_in_a_cruft_pack() {
    let sandbox = planted(&[]);
    sandbox.write("gone.txt", format!("token = {}\n", fresh()));
    sandbox.git(&["hash-object", "-w", "gone.txt"]);
    std::fs::remove_file(sandbox.dir.join("gone.txt")).unwrap();
    sandbox.git(&["repack", "-dq", "--cruft"]);
    assert!(has_file(&sandbox.dir.join(".git/objects/pack"), ".mtimes"));
    let run = crate::plant::json(&sandbox, &["history"]).exits(1);
    assert_eq!(crate::plant::paths(&run).len(), 4, "{}", run.stdout);
    assert!(crate::plant::losses(&run).is_empty());
}

#[test]
fn commit_graphs_whole_and_split() {
    let sandbox = planted(&[]);
    sandbox.git(&["commit-graph", "write", "--reachable", "--changed-paths"]);
    let info = sandbox.dir.join(".git/objects/info");
    assert!(info.join("commit-graph").is_file());
    all_is_found(&sandbox);
    std::fs::remove_file(info.join("commit-graph")).unwrap();
    sandbox.git(&["commit-graph", "write", "--reachable", "--split=no-merge"]);
    sandbox.git(&["tag", "later"]);
    sandbox.git(&["commit-graph", "write", "--reachable", "--split=no-merge"]);
    assert!(info.join("commit-graphs").is_dir());
    all_is_found(&sandbox);
}

#[test]
fn a_pack_without_its_index_and_an_index_of_the_first_version() {
    let sandbox = planted(&[]);
    sandbox.git(&["-c", "pack.indexVersion=1", "repack", "-adfq"]);
    all_is_found(&sandbox);
    for entry in std::fs::read_dir(sandbox.dir.join(".git/objects/pack")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "idx") {
            std::fs::remove_file(path).unwrap();
        }
    }
    all_is_found(&sandbox);
}
