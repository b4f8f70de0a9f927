//! `stanch ci`: each event asks for its own range, on saved payloads as in an action.

use serde_json::json;

use crate::policy::with_remote;
use crate::support::{Run, Sandbox, token};

/// Runs `stanch ci` on an event with this payload.
pub fn ci(sandbox: &Sandbox, event: &str, payload: &serde_json::Value, args: &[&str]) -> Run {
    let file = sandbox.beside("event.json");
    std::fs::write(&file, payload.to_string()).unwrap();
    let fixed = ["ci", "--event", event, "--payload", file.to_str().unwrap()];
    sandbox.stanch(&[&fixed, args].concat())
}

/// A pull request of `HEAD` into `main`, which is at `base`.
pub fn pull_request(sandbox: &Sandbox, base: &str, args: &[&str]) -> Run {
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    ci(sandbox, "pull_request", &pull_payload(base, &head), args)
}

pub fn pull_payload(base: &str, head: &str) -> serde_json::Value {
    json!({"pull_request": {"number": 7, "base": {"sha": base, "ref": "main"}, "head": {"sha": head, "ref": "feature"}}})
}

/// A push that took `name` from `before` to `HEAD`.
pub fn pushed(sandbox: &Sandbox, name: &str, before: &str, args: &[&str]) -> Run {
    let after = sandbox.git(&["rev-parse", "HEAD"]);
    ci(sandbox, "push", &push_payload(name, before, &after), args)
}

pub fn push_payload(name: &str, before: &str, after: &str) -> serde_json::Value {
    json!({"ref": name, "before": before, "after": after, "repository": {"default_branch": "main"}})
}

const ZERO: &str = "0000000000000000000000000000000000000000";

#[test]
fn a_pull_request_is_judged_by_what_is_new_to_its_base() {
    let sandbox = with_remote();
    sandbox.write("old.txt", token(1));
    let base = sandbox.commit("Leaked long ago");
    sandbox.git(&["checkout", "--quiet", "-b", "feature", "HEAD~"]);
    sandbox.write("work.txt", "work\n");
    sandbox.commit("Work");
    sandbox.git(&["merge", "--quiet", "--no-edit", "main"]);
    let run = pull_request(&sandbox, &base, &[]).exits(0).warns("pull request 7");
    assert!(!run.stdout.contains("old.txt"), "{}", run.stdout);
    sandbox.write("new.txt", token(2));
    sandbox.commit("Leak");
    sandbox.git(&["rm", "--quiet", "new.txt"]);
    sandbox.commit("Hide it");
    let run = pull_request(&sandbox, &base, &[]).exits(1).says("new.txt");
    assert!(!run.stdout.contains("old.txt"), "{}", run.stdout);
    // A run on the host's own merge judges the same.
    sandbox.git(&["checkout", "--quiet", "--detach", &base]);
    let head = sandbox.git(&["rev-parse", "feature"]);
    sandbox.git(&["merge", "--quiet", "--no-ff", "--no-edit", "feature"]);
    let _ = ci(&sandbox, "pull_request", &pull_payload(&base, &head), &[]).exits(1).says("new.txt");
    // Nothing to judge where something was expected is not clean.
    let _ = ci(&sandbox, "pull_request", &pull_payload(&base, &base), &[]).exits(3).says("holds no commit");
    let _ = ci(&sandbox, "pull_request", &pull_payload(&base, &base), &["--allow-empty"]).exits(0);
}

#[test]
fn pushes_are_judged_by_what_the_branch_got() {
    let sandbox = with_remote();
    sandbox.write("old.txt", token(10));
    let main = sandbox.commit("Leaked long ago");
    sandbox.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
    sandbox.git(&["checkout", "--quiet", "-b", "feature"]);
    sandbox.write("one.txt", token(11));
    let first = sandbox.commit("Leak");
    sandbox.write("two.txt", "clean\n");
    sandbox.commit("Clean");
    let _ = pushed(&sandbox, "refs/heads/feature", &first, &[]).exits(0);
    let _ = pushed(&sandbox, "refs/heads/feature", &main, &[]).exits(1).says("one.txt");
    let new = pushed(&sandbox, "refs/heads/feature", ZERO, &[]).exits(1).says("one.txt").warns("branch is new");
    assert!(!new.stdout.contains("old.txt"), "{}", new.stdout);
    let rewritten = pushed(&sandbox, "refs/heads/feature", &"ab".repeat(20), &[]).exits(1).says("one.txt");
    let rewritten = rewritten.warns("not known here");
    assert!(!rewritten.stdout.contains("old.txt"), "{}", rewritten.stdout);
    // A new default branch has nothing to be compared with.
    let _ = pushed(&sandbox, "refs/heads/main", ZERO, &[]).exits(1).says("old.txt").says("one.txt");
    let deleted = push_payload("refs/heads/feature", &first, ZERO);
    let _ = ci(&sandbox, "push", &deleted, &[]).exits(0).warns("was deleted");
    // A new branch at an old commit brings nothing, and that is in order.
    let same = push_payload("refs/heads/other", ZERO, &main);
    let _ = ci(&sandbox, "push", &same, &[]).exits(0);
    let gone = push_payload("refs/heads/feature", &first, &"cd".repeat(20));
    let _ = ci(&sandbox, "push", &gone, &[]).exits(3).says("not in this clone");
}

#[test]
fn tags_groups_sweeps_and_ranges() {
    let sandbox = with_remote();
    sandbox.git(&["tag", "v1"]);
    let main = sandbox.git(&["rev-parse", "main"]);
    let _ = ci(&sandbox, "push", &push_payload("refs/tags/v1", ZERO, &main), &[]).exits(0);
    sandbox.git(&["checkout", "--quiet", "-b", "release"]);
    sandbox.write("leak.txt", token(20));
    let leak = sandbox.commit("Leak");
    let _ = ci(&sandbox, "push", &push_payload("refs/tags/v2", ZERO, &leak), &[]).exits(1).says("leak.txt");
    let secret = token(21);
    sandbox.git(&["tag", "-a", "-m", &format!("Release with {secret}"), "v3", "main"]);
    let tag = sandbox.git(&["rev-parse", "v3"]);
    let _ = ci(&sandbox, "push", &push_payload("refs/tags/v3", ZERO, &tag), &[]).exits(1).says("tag");
    let group = json!({"merge_group": {"base_sha": main, "head_sha": leak}});
    let _ = ci(&sandbox, "merge_group", &group, &[]).exits(1).says("leak.txt");
    let _ = sandbox.stanch(&["ci", "--base", "main", "--head", "release"]).exits(1).says("leak.txt");
    let _ = sandbox.stanch(&["ci", "--base", "main", "--head", "no-such-branch"]).exits(2);
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["branch", "-D", "--quiet", "release"]);
    for event in ["schedule", "workflow_dispatch"] {
        let swept = ci(&sandbox, event, &json!({"repository": {"default_branch": "main"}}), &[]);
        let _ = swept.exits(1).says("leak.txt").warns("whole history");
    }
}

#[test]
fn a_clone_that_lacks_what_the_event_names_is_incomplete_and_says_the_remedy() {
    let sandbox = with_remote();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write("leak.txt", token(30));
    sandbox.commit("Leak beyond the cut");
    sandbox.git(&["rm", "--quiet", "leak.txt"]);
    let head = sandbox.commit("Hide it");
    sandbox.git(&["push", "--quiet", "--no-verify", "origin", "HEAD:refs/heads/feature"]);
    let url = format!("file://{}", sandbox.beside("origin.git").display());
    let clone = sandbox.beside("clone");
    sandbox.git(&["clone", "--quiet", "--depth=1", "--branch=feature", &url, clone.to_str().unwrap()]);
    let in_clone = |event: &str, payload: serde_json::Value, args: &[&str]| {
        let file = sandbox.beside("event.json");
        std::fs::write(&file, payload.to_string()).unwrap();
        let mut command = sandbox.command(crate::support::binary());
        command.current_dir(&clone).env("GITHUB_EVENT_NAME", event).env("GITHUB_EVENT_PATH", &file);
        sandbox.run(&mut command, &[&["ci"], args].concat())
    };
    let pull = || in_clone("pull_request", pull_payload(&base, &head), &[]);
    let _ = pull().exits(3).says("not in this clone").says("fetch-depth: 0");
    let _ = in_clone("push", push_payload("refs/heads/feature", &base, &head), &[]).exits(3).says("fetch-depth: 0");
    let plan = in_clone("pull_request", pull_payload(&base, &head), &["--plan"]).exits(3);
    let _ = plan.says(&format!("want {base}")).says("mode pull-request").says("lacks");
    let _ = in_clone("schedule", json!({}), &["--plan"]).exits(3).says("want everything");
    let _ = in_clone("schedule", json!({}), &[]).exits(3);
    sandbox.git(&["-C", clone.to_str().unwrap(), "fetch", "--quiet", "--unshallow"]);
    let _ = pull().exits(1).says("leak.txt");
    let _ = in_clone("pull_request", pull_payload(&base, &head), &["--plan"]).exits(0);
}

#[test]
fn a_default_branch_that_is_named_and_not_here_is_a_gap() {
    let sandbox = Sandbox::repository();
    sandbox.git(&["checkout", "--quiet", "-b", "feature"]);
    sandbox.write(".stanch.yml", "allow:\n  - path: '**'\n    reason: trust me\n");
    let before = sandbox.commit("Policy");
    sandbox.write("clean.txt", "nothing to see\n");
    let clean = sandbox.commit("Clean");
    // A clone without a remote, such as a copy on a laptop: its own default branch counts.
    let push = |before: &str| ci(&sandbox, "push", &push_payload("refs/heads/feature", before, &clean), &[]);
    let _ = push(&before).exits(0).says("main (");
    sandbox.git(&["branch", "-D", "--quiet", "main"]);
    let sweep = || ci(&sandbox, "workflow_dispatch", &json!({"repository": {"default_branch": "main"}}), &[]);
    for run in [push(&before), push(ZERO), sweep()] {
        let _ = run.exits(3).says("origin/main").says("git fetch origin");
    }
    sandbox.write("leak.txt", token(40));
    let clean = sandbox.commit("Leak");
    let _ = ci(&sandbox, "push", &push_payload("refs/heads/feature", &before, &clean), &[]).exits(1).says("leak.txt");
    let plan = ci(&sandbox, "push", &push_payload("refs/heads/feature", &before, &clean), &["--plan"]).exits(3);
    let _ = plan.says("want branch main");
}

#[test]
fn an_event_that_makes_no_sense_is_refused() {
    let sandbox = with_remote();
    let _ = sandbox.stanch(&["ci"]).exits(2).warns("GITHUB_EVENT_NAME");
    let _ = ci(&sandbox, "push", &json!({"ref": "refs/heads/x"}), &[]).exits(2).warns("/before");
    let _ = ci(&sandbox, "push", &json!([]), &[]).exits(2);
    let _ = sandbox.stanch(&["ci", "--event", "push", "--payload", "no-such-file"]).exits(2);
    let _ = sandbox.stanch(&["ci", "--base", "HEAD"]).exits(2);
}
