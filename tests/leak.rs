//! `stanch respond`: what to do about a leak, and whether it was done.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]
#![allow(dead_code, reason = "the sandbox is shared with other test programs")]

mod support;

use support::Sandbox;

#[test]
fn nothing_to_respond_to_is_said_and_a_wrong_report_is_refused() {
    let sandbox = Sandbox::repository();
    let _ = sandbox.stanch(&["respond"]).exits(0).says("nothing that asks for a response");
    let _ = sandbox.stanch_with(&["respond", "-"], b"{}").exits(2);
    let scan = sandbox.stanch(&["scan", "--format", "json"]).exits(0).stdout;
    let _ = sandbox.stanch_with(&["respond", "-"], scan.as_bytes()).exits(2).warns("stanch scan");
    let _ = sandbox.stanch(&["respond", "--verify"]).exits(2);
}

#[test]
fn what_is_left_in_a_stash_a_reflog_or_an_unreachable_object_is_seen() {
    let sandbox = Sandbox::repository();
    let value = support::token(4711);
    let report = sandbox.beside("sweep.json");
    let report = report.to_str().unwrap();
    sandbox.write("a.txt", format!("token = {value}\n"));
    sandbox.git(&["add", "a.txt"]);
    sandbox.git(&["stash", "--quiet"]);
    let _ = sandbox.stanch(&["history", "--format", "json", "--output", report]).exits(1);
    let verify = |code: i32| {
        let run = sandbox.stanch(&["respond", report, "--verify"]).exits(code);
        assert!(!run.stdout.contains(&value));
        run
    };
    let _ = verify(1).says("a.txt:1");
    sandbox.git(&["stash", "drop", "--quiet"]);
    let _ = verify(1);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    let _ = verify(1).says("still in the database");
    sandbox.git(&["gc", "--quiet", "--prune=now"]);
    let _ = verify(0).says("Clean: ");
}
