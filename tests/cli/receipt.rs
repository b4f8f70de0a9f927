//! The receipt against git's own counts: what a run says that it read is what there was.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::support::{Sandbox, token};

/// A repository with packs, loose objects, tags, a note, branches, a merge and objects that nothing reaches.
fn tangled() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.git(&["config", "core.logAllRefUpdates", "false"]);
    sandbox.git(&["config", "gc.auto", "0"]);
    for number in 0..20 {
        sandbox.write(&format!("dir{}/file{}.txt", number % 3, number % 7), format!("content {number}\n").repeat(50));
        sandbox.commit(&format!("Change {number}"));
        if number % 8 == 7 {
            sandbox.git(&["tag", "-a", &format!("v{number}"), "-m", "Tagged"]);
            sandbox.git(&["repack", "-q", "-d"]);
        }
    }
    sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~3"]);
    sandbox.write("side.txt", "side\n");
    sandbox.commit("Side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.git(&["merge", "-q", "--no-ff", "-m", "Merge", "side"]);
    sandbox.git(&["notes", "add", "-m", "a note", "HEAD"]);
    sandbox.git(&["tag", "light"]);
    sandbox
}

/// Adds a blob and a commit that nothing reaches.
fn unreached(sandbox: &Sandbox) {
    sandbox.write("lost.txt", "lost\n");
    sandbox.git(&["hash-object", "-w", "lost.txt"]);
    fs::remove_file(sandbox.dir.join("lost.txt")).unwrap();
    let tree = sandbox.git(&["rev-parse", "HEAD~2^{tree}"]);
    sandbox.git(&["commit-tree", "-m", "dangling", &tree]);
}

/// Number of objects of each kind, and the bytes of all, from the lines of `cat-file --batch-check`.
fn tally(lines: &str) -> (BTreeMap<String, u64>, u64) {
    let mut kinds = BTreeMap::new();
    let mut bytes = 0;
    for line in lines.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        *kinds.entry(fields[1].to_owned()).or_default() += 1;
        bytes += fields[2].parse::<u64>().unwrap();
    }
    (kinds, bytes)
}

fn number(receipt: &Value, field: &str) -> u64 {
    receipt[field].as_u64().unwrap_or_else(|| panic!("{field} is missing in {receipt}"))
}

#[track_caller]
fn agrees(receipt: &Value, (kinds, bytes): &(BTreeMap<String, u64>, u64)) {
    for (field, kind) in [("commits", "commit"), ("tags", "tag"), ("trees", "tree"), ("blobs", "blob")] {
        assert_eq!(number(receipt, field), kinds.get(kind).copied().unwrap_or(0), "{field} in {receipt}");
    }
    assert_eq!(number(receipt, "objects"), kinds.values().sum::<u64>());
    assert_eq!(number(receipt, "bytes"), *bytes);
}

/// Runs with `--receipt` and returns the whole document.
fn receipt(sandbox: &Sandbox, args: &[&str]) -> Value {
    let file = sandbox.beside("receipt.json");
    let _ = sandbox.stanch(&[args, &["--receipt", file.to_str().unwrap()]].concat()).exits(0);
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

#[test]
fn a_history_counts_what_git_counts() {
    let sandbox = tangled();
    let reachable = sandbox.git(&["rev-list", "--all", "--objects", "--no-object-names"]);
    let check = sandbox.beside("ids");
    fs::write(&check, format!("{reachable}\n")).unwrap();
    let list = |args: &[&str]| {
        let input = fs::File::open(&check).unwrap();
        let output = sandbox.command("git").args(args).stdin(input).output().unwrap();
        tally(&String::from_utf8(output.stdout).unwrap())
    };
    let reached = list(&["cat-file", "--batch-check"]);
    agrees(&receipt(&sandbox, &["history", "--reachable", "--no-cache"])["receipt"], &reached);
    unreached(&sandbox);
    let all = list(&["cat-file", "--batch-all-objects", "--batch-check"]);
    assert!(all.1 > reached.1);
    let document = receipt(&sandbox, &["history", "--no-cache"]);
    agrees(&document["receipt"], &all);
    assert!(number(&document["receipt"], "matched_bytes") <= all.1);
    agrees(&receipt(&sandbox, &["history", "--reachable", "--no-cache"])["receipt"], &reached);
    // What was read by an earlier run is counted apart: the sum is git's.
    let _ = receipt(&sandbox, &["history"]);
    let again = &receipt(&sandbox, &["history"])["receipt"];
    assert_eq!(number(again, "blobs") + number(again, "remembered"), all.0["blob"]);
    let commits = sandbox.git(&["rev-list", "--count", "v7..main"]).parse::<u64>().unwrap();
    assert_eq!(number(&receipt(&sandbox, &["history", "v7..main"])["receipt"], "commits"), commits);
}

#[test]
fn a_working_tree_counts_what_git_lists() {
    let sandbox = tangled();
    sandbox.write(".gitignore", "dir1/\n*.log\n");
    sandbox.write("noise.log", "ignored\n");
    sandbox.commit("Ignore what is tracked, too");
    sandbox.write("new.txt", "untracked\n");
    let listed = sandbox.git(&["ls-files", "--cached", "--others", "--exclude-standard"]);
    let bytes: u64 = listed.lines().map(|path| fs::metadata(sandbox.dir.join(path)).unwrap().len()).sum();
    let document = receipt(&sandbox, &["scan"]);
    let count = listed.lines().count() as u64;
    for (field, expected) in [("files", count), ("seen", count), ("bytes", bytes)] {
        assert_eq!(number(&document["receipt"], field), expected, "{field}: {document}");
    }
    let _ = sandbox.run(&mut sandbox.command("mkfifo"), &["pipe"]).exits(0);
    let document = receipt(&sandbox, &["scan"]);
    assert_eq!(number(&document["receipt"], "seen"), count + 1);
    assert_eq!(number(&document["receipt"], "files"), count);
    assert_eq!(document["receipt"]["not_read"]["skipped"], 1);
    sandbox.git(&["add", "new.txt"]);
    let document = receipt(&sandbox, &["staged"]);
    assert_eq!((number(&document["receipt"], "files"), number(&document["receipt"], "bytes")), (1, 10));
}

#[test]
fn a_receipt_says_by_which_rules_and_whose_policy() {
    let sandbox = Sandbox::repository();
    let document = receipt(&sandbox, &["scan"]);
    assert_eq!(document["policy"], "built in");
    let rules = document["rule_set"]["rules"].as_u64().unwrap();
    let hash = document["rule_set"]["hash"].as_str().unwrap().to_owned();
    assert!(rules > 100 && hash.len() == 16, "{document}");
    assert!(document["duration_ms"].is_u64() && document["tool"]["version"].is_string());
    sandbox.write(".stanch.yml", "rules: { severity: { stanch-env-file: low } }\n");
    let document = receipt(&sandbox, &["scan"]);
    assert!(document["policy"].as_str().unwrap().ends_with(".stanch.yml"), "{document}");
    assert_ne!(document["rule_set"]["hash"], hash.as_str(), "what the policy changes of rules is in their hash");
}

#[test]
fn every_format_but_the_table_holds_the_receipt() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", token(1));
    for format in ["text", "json", "jsonl", "sarif", "github", "markdown", "html", "junit", "gitlab"] {
        let run = sandbox.stanch(&["scan", "--format", format]).exits(1);
        for word in ["2", "built in"] {
            assert!(run.stdout.contains(word), "{format}: {}", run.stdout);
        }
        let is_counted = ["2 files", "\"files\":2", "\"files\": 2"].iter().any(|text| run.stdout.contains(text));
        assert!(is_counted, "{format}: {}", run.stdout);
    }
}
