//! Ranges of tangled histories, against `git rev-list`; and what each of their commits brings.

use std::collections::BTreeSet;

use super::*;
use crate::model::Origin;
use crate::source::collect::Collected;
use crate::source::history::changes;
use crate::source::sandbox::Sandbox;

/// Four branches that merge each other.
fn tangled(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with(options);
    for round in 0..12 {
        let branch = format!("b{}", round % 4);
        if sandbox.try_git(".", &["checkout", "-q", &branch], b"").status.success() {
            let merged = format!("b{}", (round + 1) % 4);
            sandbox.try_git(".", &["merge", "-q", "-m", "merged", &merged], b"");
        } else {
            sandbox.git(&["checkout", "-q", "-b", &branch]);
        }
        sandbox.stage(&format!("file-{round}"), format!("content {round}\n"));
        sandbox.commit(&format!("round {round}"));
    }
    sandbox
}

fn walked(sandbox: &Sandbox, ranges: &[&str], since: Option<i64>, sink: &Collected) -> Range {
    let repository = sandbox.repository();
    let objects = Objects::open(&repository);
    let ranges: Vec<BString> = ranges.iter().map(|range| BString::from(*range)).collect();
    let bounds = Bounds { since, ..Bounds::parse(&repository, &objects, &ranges).unwrap() };
    walk(&repository, &objects, &bounds, sink).unwrap()
}

#[test]
fn ranges_hold_the_commits_that_git_lists() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let sandbox = tangled(options);
        let cases: [&[&str]; 10] = [
            &["b0..b1"],
            &["b1..b0"],
            &["b0...b2"],
            &["b3"],
            &["b3", "^b1"],
            &["b0", "b1", "^b2", "^b3"],
            &["b0~2..b0"],
            &["..b2"],
            &["b0.."],
            &["b1..b1"],
        ];
        for ranges in cases {
            let sink = Collected::default();
            let range = walked(&sandbox, ranges, None, &sink);
            let found: BTreeSet<String> = range.commits.iter().map(|one| one.commit.id.to_string()).collect();
            let listed = sandbox.git(&[&["rev-list"], ranges].concat());
            assert_eq!(found, listed.lines().map(str::to_owned).collect(), "{ranges:?}");
            assert_eq!(sink.notices(), [""; 0]);
            let position = |id: &ObjectId| range.commits.iter().position(|one| one.commit.id == *id);
            for one in &range.commits {
                let own = position(&one.commit.id);
                assert!(one.parents.iter().filter_map(position).all(|parent| Some(parent) < own), "parents come first");
            }
        }
    }
}

#[test]
fn a_date_cuts_a_range_and_lying_clocks_hide_nothing() {
    let sandbox = tangled(&[]);
    let sink = Collected::default();
    let since: i64 = sandbox.git(&["show", "-s", "--format=%ct", "b1"]).parse().unwrap();
    let range = walked(&sandbox, &["b0", "b1", "b2", "b3"], Some(since), &sink);
    let listed = sandbox.git(&["rev-list", "--all", &format!("--since={since}")]);
    assert_eq!(range.commits.len(), listed.lines().count());
    assert!(range.commits.iter().all(|one| one.commit.commit_time >= since));
    // A commit on top that claims to be older than everything.
    let tree = sandbox.git(&["rev-parse", "b0^{tree}"]);
    let forged = format!(
        "tree {tree}\nparent {}\nauthor A <a> 5 +0000\ncommitter C <c> 5 +0000\n\nold clock\n",
        sandbox.id("b0")
    );
    let id = sandbox.git_with_input(&["hash-object", "-t", "commit", "-w", "--stdin"], forged.as_bytes());
    sandbox.git(&["branch", "forged", &id]);
    assert_eq!(walked(&sandbox, &["b0..forged"], None, &sink).commits.len(), 1);
    assert_eq!(walked(&sandbox, &["forged..b0"], None, &sink).commits.len(), 0);
}

#[test]
fn each_commit_shows_what_no_parent_has() {
    let sandbox = tangled(&[]);
    let repository = sandbox.repository();
    let objects = Objects::open(&repository);
    let sink = Collected::default();
    let range = walked(&sandbox, &["b0", "b1", "b2", "b3"], None, &sink);
    changes::scan(&objects, &range, &sink);
    for one in &range.commits {
        let id = one.commit.id.to_string();
        // `-c` lists what differs from all parents of a merge; the root is compared with nothing.
        let listed = sandbox.git(&["diff-tree", "-r", "-c", "--root", "--no-commit-id", "--name-only", &id]);
        let shown: BTreeSet<String> = sink
            .items()
            .iter()
            .filter(|item| item.provenance.origin == Origin::Blob)
            .filter(|item| {
                item.attribution.as_ref().and_then(|own| own.first.as_ref()).is_some_and(|own| own.id == one.commit.id)
            })
            .map(crate::source::collect::Collection::path)
            .collect();
        assert_eq!(shown, listed.lines().map(str::to_owned).collect(), "{id}");
    }
    assert_eq!(sink.receipt().commits, range.commits.len() as u64);
}

#[test]
fn replaced_and_grafted_history_is_walked_as_stored() {
    let sandbox = tangled(&[]);
    let before = walked(&sandbox, &["b0"], None, &Collected::default()).commits;
    let (tip, root) = (sandbox.id("b0").to_string(), before[0].commit.id.to_string());
    sandbox.git(&["replace", &tip, &root]);
    sandbox.write(".git/info/grafts", format!("{tip}\n"));
    let after = walked(&sandbox, &["b0"], None, &Collected::default()).commits;
    assert!(before.len() > 3);
    assert_eq!(before, after);
}

#[test]
fn a_repository_of_another_user_is_read() {
    let sandbox = tangled(&[]);
    let status = std::process::Command::new("chown").args(["-R", "12345"]).arg(sandbox.path()).status().unwrap();
    if status.success() {
        let refused = sandbox.try_git(".", &["log"], b"");
        assert!(!refused.status.success(), "git itself refuses");
    }
    // By libgit2 too, which resolves this form.
    let range = walked(&sandbox, &[":/round 3"], None, &Collected::default());
    assert!(!range.commits.is_empty());
}

#[test]
fn revisions_that_name_nothing_are_usage_errors() {
    let sandbox = tangled(&[]);
    let repository = sandbox.repository();
    let objects = Objects::open(&repository);
    for range in ["nope..b0", "b0..nope", "^nope", "nope...b0"] {
        assert!(Bounds::parse(&repository, &objects, &[range.into()]).unwrap_err().is_usage(), "{range}");
    }
}
