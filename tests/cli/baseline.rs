//! The baseline: decisions about values, which nobody makes by accident and which survive moves and merges.

use std::fs;

use crate::support::{Sandbox, token};

const FILE: &str = ".stanch.baseline";

/// A repository with one secret in the working tree, and its baseline, undecided.
fn undecided(seed: u64) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("src/a.py", format!("T = '{}'\n", token(seed)));
    let _ = sandbox.stanch(&["baseline", "create"]).exits(0).says("1 new, 1 in all").says("1 entry is undecided");
    sandbox
}

/// The same, decided to be test data.
fn decided(seed: u64) -> Sandbox {
    let sandbox = undecided(seed);
    let _ =
        sandbox.stanch_with(&["baseline", "audit"], b"t\nmade for the tests\n").exits(0).says("Every entry is decided");
    sandbox
}

fn baseline(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.dir.join(FILE)).unwrap()
}

fn entries(sandbox: &Sandbox) -> Vec<String> {
    baseline(sandbox).lines().filter(|line| line.starts_with("v1:")).map(str::to_owned).collect()
}

#[test]
fn a_fresh_entry_excuses_nothing_and_says_so() {
    let sandbox = undecided(1);
    let _ =
        sandbox.stanch(&["scan"]).exits(1).says("1 entry is undecided, which excuses nothing").says("baseline audit");
    sandbox.git(&["add", "."]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("undecided");
    let _ = sandbox.stanch(&["baseline", "create"]).exits(2).warns("baseline update");
    // Silence, a skip and an end in the middle of an answer decide nothing.
    for input in [&b""[..], b"s\n", b"t\n", b"a\n2030-01-01\n", b"q\n"] {
        let _ = sandbox.stanch_with(&["baseline", "audit"], input).exits(1).says("1 entry is undecided");
    }
    let _ = sandbox.stanch(&["scan"]).exits(1);
}

#[test]
fn a_decision_holds_in_every_walk_wherever_the_value_stands() {
    let sandbox = decided(2);
    let _ = sandbox.stanch(&["scan"]).exits(0).says("made for the tests");
    fs::remove_file(sandbox.dir.join("src/a.py")).unwrap();
    sandbox.write("lib/b.rb", format!("\n\n\n# {}\n", token(2)));
    let _ = sandbox.stanch(&["scan"]).exits(0);
    sandbox.git(&["add", "."]);
    let _ = sandbox.stanch(&["staged"]).exits(0).says("made for the tests");
    sandbox.commit("Move");
    let _ = sandbox.stanch(&["history"]).exits(0).says("made for the tests");
    let _ = sandbox.stanch(&["history", "HEAD~1..HEAD"]).exits(0).says("made for the tests");
    // Another value on the same line is another matter.
    sandbox.write("lib/b.rb", format!("\n\n\n# {}\n", token(3)));
    let _ = sandbox.stanch(&["scan"]).exits(1);
    let first = baseline(&sandbox);
    let _ = sandbox.stanch(&["baseline", "update"]).exits(0).says("1 new, 2 in all");
    assert!(first.lines().all(|line| baseline(&sandbox).contains(line)), "an update changes no line that was there");
}

#[test]
fn identities_are_the_same_in_reports_and_file_and_the_file_holds_no_value_and_no_place() {
    let sandbox = decided(4);
    let report = sandbox.stanch(&["scan", "--format", "json"]).exits(0).json();
    let finding = &report["findings"][0];
    assert_eq!(finding["suppression"]["by"], "baseline");
    let entry = entries(&sandbox).remove(0);
    let fields: Vec<&str> = entry.split('\t').collect();
    assert_eq!(fields[0], finding["fingerprint"].as_str().unwrap());
    assert_eq!(fields[1..], [finding["rule"].as_str().unwrap(), "test", "-", "Ada", "made for the tests"]);
    let text = baseline(&sandbox);
    assert!(!text.contains("a.py") && !text.contains(&token(4)[4..]), "{text}");
    // Two baselines of the same value share nothing: the key is random.
    assert_ne!(entries(&undecided(4))[0].split('\t').next(), Some(fields[0]));
}

#[test]
fn in_sarif_a_suppressed_finding_stays() {
    let sandbox = decided(5);
    let report = sandbox.stanch(&["scan", "--format", "sarif"]).exits(0).json();
    let result = &report["runs"][0]["results"][0];
    assert_eq!(result["suppressions"][0]["kind"], "external");
    assert_eq!(result["suppressions"][0]["justification"], "baseline: test: made for the tests");
}

#[test]
fn decisions_end_on_their_last_day_and_are_asked_for_again() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", token(6));
    let accepted = ["baseline", "create", "--state", "accepted", "--reason", "until the move"];
    let _ = sandbox.stanch(&accepted[..4]).exits(2);
    let _ = sandbox.stanch(&accepted).exits(2).warns("`accepted` needs a last day");
    assert!(!sandbox.dir.join(FILE).exists());
    let _ = sandbox.stanch(&[&accepted[..], &["--expires", "2026-03-01"]].concat()).exits(0);
    let _ = sandbox.stanch(&["scan", "--today", "2026-03-01"]).exits(0);
    let _ = sandbox.stanch(&["scan", "--today", "2026-03-02"]).exits(1).says("expired on 2026-03-01: until the move");
    let audit = ["baseline", "audit", "--today", "2026-03-02"];
    let _ = sandbox.stanch_with(&audit, b"r\n2026-03-09\nnot yet\n").exits(0).warns("expired   2026-03-01");
    let _ = sandbox.stanch(&["scan", "--today", "2026-03-08"]).exits(1).says("excuses nothing before 2026-03-09");
    let _ = sandbox.stanch(&["scan", "--today", "2026-03-09"]).exits(0).says("rotated@2026-03-09: not yet");
}

#[test]
fn branches_merge_without_a_conflict() {
    let sandbox = decided(7);
    // `create` has told git to keep the lines of both sides, once.
    let attributes = fs::read_to_string(sandbox.dir.join(".gitattributes")).unwrap();
    assert_eq!(attributes, format!("/{FILE} merge=union\n"));
    sandbox.commit("Keep a baseline");
    for (branch, seed) in [("one", 8), ("two", 9)] {
        sandbox.git(&["checkout", "--quiet", "-b", branch, "main"]);
        sandbox.write(&format!("{branch}.txt"), token(seed));
        let reason = format!("data of {branch}");
        let _ = sandbox.stanch(&["baseline", "update", "--state", "test", "--reason", &reason]).exits(0);
        sandbox.commit(branch);
    }
    sandbox.git(&["merge", "--quiet", "-m", "Merge", "one"]);
    assert_eq!(entries(&sandbox).len(), 3);
    let _ = sandbox.stanch(&["scan"]).exits(0).says("data of one").says("data of two");
    sandbox.write(FILE, format!("<<<<<<< ours\n{}", baseline(&sandbox)));
    let _ = sandbox.stanch(&["scan"]).exits(2).warns(".stanch.baseline:1: a merge conflict");
}

#[cfg(unix)]
#[test]
fn files_that_are_committed_can_be_read_by_others_and_reports_with_values_cannot() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: std::path::PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let sandbox = undecided(40);
    assert_eq!(mode(sandbox.dir.join(FILE)) & 0o600, 0o600);
    assert_eq!(mode(sandbox.dir.join(FILE)), mode(sandbox.dir.join("src/a.py")));
    fs::set_permissions(sandbox.dir.join(FILE), fs::Permissions::from_mode(0o664)).unwrap();
    sandbox.write("src/b.py", format!("T = '{}'\n", token(41)));
    let _ = sandbox.stanch(&["baseline", "update"]).exits(0).says("1 new");
    assert_eq!(mode(sandbox.dir.join(FILE)), 0o664);
    let report = sandbox.beside("report.json");
    let args = ["scan", "--format", "json", "--show-secrets", "--output", report.to_str().unwrap()];
    let _ = sandbox.stanch(&args).exits(1);
    assert_eq!(mode(report), 0o600);
}

#[test]
fn what_matches_nothing_is_told_and_pruned_only_when_it_is_nowhere() {
    let sandbox = decided(10);
    sandbox.commit("Secret");
    fs::remove_file(sandbox.dir.join("src/a.py")).unwrap();
    sandbox.commit("Gone");
    let _ = sandbox.stanch(&["scan"]).exits(0).says("1 entry is idle, for nothing in the working tree matches");
    let _ = sandbox.stanch(&["staged"]).exits(0);
    assert!(!sandbox.stanch(&["staged"]).stdout.contains("idle"), "a part says nothing about the whole");
    let _ = sandbox.stanch(&["baseline", "prune"]).exits(0).says("0 taken out, 1 kept");
    // Never committed, and gone: nowhere.
    sandbox.write("new.txt", token(11));
    let _ = sandbox.stanch(&["baseline", "update"]).exits(0);
    fs::remove_file(sandbox.dir.join("new.txt")).unwrap();
    let _ = sandbox.stanch(&["baseline", "prune"]).exits(0).says("1 taken out, 1 kept").says("matches nothing");
    assert_eq!(entries(&sandbox).len(), 1);
}

#[test]
fn prune_takes_out_nothing_that_it_could_not_look_for() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = decided(12);
    sandbox.commit("Secret");
    let id = sandbox.git(&["rev-parse", "HEAD:src/a.py"]);
    let object = sandbox.dir.join(".git/objects").join(&id[..2]).join(&id[2..]);
    fs::set_permissions(&object, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&object, "damaged").unwrap();
    fs::remove_file(sandbox.dir.join("src/a.py")).unwrap();
    let _ = sandbox.stanch(&["baseline", "prune"]).exits(3).says("0 taken out, 1 kept");
    assert_eq!(entries(&sandbox).len(), 1);
}

#[test]
fn a_decided_line_wins_over_an_undecided_one_of_the_same_value() {
    let sandbox = undecided(13);
    let before = entries(&sandbox).remove(0);
    let _ = sandbox.stanch_with(&["baseline", "audit"], b"f\nno secret\n").exits(0);
    sandbox.write(FILE, format!("{}{before}\n", baseline(&sandbox)));
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let _ = sandbox.stanch(&["baseline", "prune"]).exits(0).says("decided in another line");
    assert_eq!(entries(&sandbox).len(), 1);
    let _ = sandbox.stanch(&["scan"]).exits(0);
}

#[test]
fn banned_files_are_not_for_the_baseline() {
    let sandbox = Sandbox::repository();
    sandbox.write(".env", format!("TOKEN={}\n", token(14)));
    let create = ["baseline", "create", "--state", "test", "--reason", "made for the tests"];
    let _ = sandbox.stanch(&create).exits(0).says("1 file is banned");
    let _ = sandbox.stanch(&["scan"]).exits(1).says("stanch-env-file");
}

#[test]
fn the_configuration_names_another_file() {
    let sandbox = undecided(15);
    fs::create_dir_all(sandbox.dir.join("security")).unwrap();
    fs::rename(sandbox.dir.join(FILE), sandbox.dir.join("security/decided")).unwrap();
    sandbox.write(".stanch.yml", "baseline: security/decided\n");
    let _ = sandbox.stanch_with(&["baseline", "audit", "--author", "Bea"], b"t\ntest data\n").exits(0);
    let _ = sandbox.stanch(&["scan"]).exits(0);
    assert!(fs::read_to_string(sandbox.dir.join("security/decided")).unwrap().contains("\tBea\ttest data"));
}

#[test]
fn a_push_is_judged_by_the_baseline_of_the_other_side() {
    let sandbox = decided(16);
    sandbox.commit("Secret");
    let remote = sandbox.beside("remote.git");
    let remote = remote.to_str().unwrap();
    sandbox.git(&["init", "--quiet", "--bare", remote]);
    sandbox.git(&["remote", "add", "origin", remote]);
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    let push = || {
        let (old, new) = (sandbox.git(&["rev-parse", "origin/main"]), sandbox.git(&["rev-parse", "HEAD"]));
        sandbox.stanch_with(
            &["push", "origin", remote],
            format!("refs/heads/main {new} refs/heads/main {old}\n").as_bytes(),
        )
    };
    // A value that the other side has decided about may come again.
    sandbox.write("b.py", format!("U = '{}'\n", token(16)));
    sandbox.commit("Again");
    let _ = push().exits(0).says("made for the tests");
    // An entry that comes with the value excuses nothing, though it is decided here.
    sandbox.write("c.py", format!("V = '{}'\n", token(17)));
    let _ = sandbox.stanch(&["baseline", "update", "--state", "test", "--reason", "trust me"]).exits(0);
    sandbox.commit("Disarm");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let run = push().exits(1).says("c.py:1");
    assert!(!run.stdout.contains("trust me"), "{}", run.stdout);
    // Nor does another baseline under another name, or none at all.
    sandbox.write(".stanch.yml", "baseline: other\n");
    fs::copy(sandbox.dir.join(FILE), sandbox.dir.join("other")).unwrap();
    fs::remove_file(sandbox.dir.join(FILE)).unwrap();
    sandbox.commit("Disarm in another way");
    let _ = push().exits(1).says("c.py:1");
}
