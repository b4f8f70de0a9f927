//! The ways in which a green light would be false. Each ends in 1 or 3, or in 2 where nothing was asked for, and never in 0.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Run, Sandbox, binary, executable, token};

fn secret(seed: u64) -> String {
    format!("token = {}\n", token(seed))
}

/// What a pre-push hook would say about all that `HEAD` has and the first commit has not.
fn push(sandbox: &Sandbox) -> Run {
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    let first = sandbox.git(&["--no-replace-objects", "rev-list", "--max-parents=0", "HEAD"]);
    let line = format!("refs/heads/main {head} refs/heads/main {first}\n");
    sandbox.stanch_with(&["push", "elsewhere"], line.as_bytes())
}

/// Judges a leak in `app.conf` staged, in the work tree, committed and pushed.
#[track_caller]
fn is_caught_everywhere(sandbox: &Sandbox, seed: u64) {
    sandbox.write("app.conf", secret(seed));
    sandbox.git(&["-c", "core.fsmonitor=", "add", "--all"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("app.conf:1");
    let _ = sandbox.stanch(&["scan"]).exits(1).says("app.conf:1");
    sandbox.git(&["-c", "core.fsmonitor=", "commit", "--quiet", "--no-verify", "-m", "Leak"]);
    let _ = push(sandbox).exits(1).says("app.conf:1");
    let _ = sandbox.stanch(&["history", "HEAD~..HEAD"]).exits(1).says("app.conf:1");
}

#[test]
fn colours() {
    let sandbox = Sandbox::repository();
    for key in ["color.ui", "color.diff", "color.status"] {
        sandbox.git(&["config", key, "always"]);
    }
    is_caught_everywhere(&sandbox, 1);
}

#[test]
fn an_external_diff() {
    let sandbox = Sandbox::repository();
    sandbox.git(&["config", "diff.external", "true"]);
    let mut command = sandbox.command(binary());
    command.env("GIT_EXTERNAL_DIFF", "true");
    is_caught_everywhere(&sandbox, 2);
    sandbox.write("more.conf", secret(3));
    sandbox.git(&["add", "more.conf"]);
    let _ = sandbox.run(&mut command, &["staged"]).exits(1).says("more.conf:1");
}

#[test]
fn a_text_conversion() {
    let sandbox = Sandbox::repository();
    sandbox.git(&["config", "diff.hide.textconv", "echo nothing; true"]);
    sandbox.git(&["config", "diff.hide.binary", "true"]);
    sandbox.write(".git/info/attributes", "* diff=hide\n");
    is_caught_everywhere(&sandbox, 4);
}

#[test]
fn attributes_committed_in_the_same_change() {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitattributes", "*.conf -diff -text\n*.conf binary\n*.conf linguist-generated export-ignore\n");
    is_caught_everywhere(&sandbox, 5);
}

#[test]
fn a_file_system_monitor_that_says_nothing_changed() {
    let sandbox = Sandbox::repository();
    sandbox.write("app.conf", "clean\n");
    sandbox.commit("Clean");
    executable(&sandbox.dir.join(".git/monitor"), b"#!/bin/sh\nprintf 'token\\0'\n");
    sandbox.git(&["config", "core.fsmonitor", ".git/monitor"]);
    sandbox.git(&["update-index", "--fsmonitor"]);
    sandbox.git(&["update-index", "--fsmonitor-valid", "app.conf"]);
    sandbox.write("app.conf", secret(6));
    assert_eq!(sandbox.git(&["status", "--short", "--untracked-files=no"]), "", "the trap does not work");
    let _ = sandbox.stanch(&["scan"]).exits(1).says("app.conf:1");
    sandbox.git(&["update-index", "--no-fsmonitor"]);
    is_caught_everywhere(&sandbox, 6);
}

#[test]
fn flags_of_the_index_that_hide_a_file() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let sandbox = Sandbox::repository();
        sandbox.write("app.conf", secret(7));
        sandbox.git(&["add", "app.conf"]);
        sandbox.git(&["update-index", flag, "app.conf"]);
        let _ = sandbox.stanch(&["staged"]).exits(1).says("app.conf:1");
    }
}

#[test]
fn a_shallow_clone_with_the_secret_beyond_the_cut() {
    let sandbox = Sandbox::repository();
    sandbox.write("app.conf", secret(8));
    sandbox.commit("Leak");
    sandbox.write("app.conf", "clean\n");
    sandbox.commit("Clean");
    sandbox.write("more.conf", "more\n");
    sandbox.commit("More");
    let url = format!("file://{}", sandbox.dir.display());
    sandbox.git(&["clone", "--quiet", "--depth=2", &url, "../shallow"]);
    let shallow = sandbox.at(&sandbox.beside("shallow"));
    let _ = shallow.stanch(&["history"]).exits(3).says("--unshallow");
    let _ = shallow.stanch(&["history", "--reachable"]).exits(3).says("shallow");
    let _ = shallow.stanch(&["history", "--since", "2020-01-01"]).exits(3).says("shallow");
    let (head, zero) = (shallow.git(&["rev-parse", "HEAD"]), "0".repeat(40));
    let line = format!("refs/heads/main {head} refs/heads/main {zero}\n");
    let _ = shallow.stanch_with(&["push", "elsewhere"], line.as_bytes()).exits(3).says("shallow");
}

#[test]
fn revisions_that_name_nothing_and_ranges_that_hold_nothing() {
    let sandbox = Sandbox::repository();
    for range in ["nowhere", "nowhere..HEAD", "HEAD..nowhere", "HEAD~9..HEAD", "origin/main..HEAD", "v1...HEAD"] {
        let _ = sandbox.stanch(&["history", range]).exits(2).warns("names no commit");
    }
    for range in ["HEAD..HEAD", "^HEAD", "HEAD..HEAD~0"] {
        let _ = sandbox.stanch(&["history", range]).exits(3).says("no commit");
    }
    let unknown = "1".repeat(40);
    let line = format!("refs/heads/main {unknown} refs/heads/main {}\n", "0".repeat(40));
    let _ = sandbox.stanch_with(&["push", "origin"], line.as_bytes()).exits(3).says(&unknown);
    let _ = sandbox.stanch_with(&["push", "origin"], b"HEAD main\n").exits(2);
}

#[test]
fn a_file_that_cannot_be_read() {
    let sandbox = Sandbox::repository();
    let file = sandbox.write("locked.conf", secret(9));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    // To the superuser no file is locked, but there are files that fail.
    let place = if fs::read(&file).is_ok() { "/proc/self/mem" } else { "locked.conf" };
    let _ = sandbox.stanch(&["scan", place]).exits(3).says(place);
}

#[test]
fn a_missing_object() {
    let sandbox = Sandbox::repository();
    sandbox.write("app.conf", secret(10));
    sandbox.git(&["add", "app.conf"]);
    let id = sandbox.git(&["rev-parse", ":app.conf"]);
    let object = sandbox.dir.join(".git/objects").join(&id[..2]).join(&id[2..]);
    let bytes = fs::read(&object).unwrap();
    fs::remove_file(&object).unwrap();
    let _ = sandbox.stanch(&["staged"]).exits(3).says("app.conf");
    fs::write(&object, &bytes).unwrap();
    sandbox.git(&["commit", "--quiet", "-m", "Leak"]);
    fs::remove_file(&object).unwrap();
    let _ = push(&sandbox).exits(3).says("app.conf");
    let _ = sandbox.stanch(&["history"]).exits(3);
    let tree = sandbox.git(&["rev-parse", "HEAD^{tree}"]);
    fs::write(&object, &bytes).unwrap();
    fs::remove_file(sandbox.dir.join(".git/objects").join(&tree[..2]).join(&tree[2..])).unwrap();
    let run = push(&sandbox);
    assert!(run.code == 1 || run.code == 3, "{}: {}{}", run.code, run.stdout, run.stderr);
}

/// Two branches that change the same line, merged into a conflict that is still to be resolved.
fn in_conflict() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("app.conf", "base\n");
    sandbox.commit("Base");
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write("app.conf", "side\n");
    sandbox.commit("Side");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("app.conf", "main\n");
    sandbox.commit("Main");
    let _ = sandbox.try_git(&["merge", "--quiet", "side"]).exits(1);
    sandbox
}

#[test]
fn a_secret_that_is_only_in_the_resolution_of_a_merge() {
    let sandbox = in_conflict();
    sandbox.write("app.conf", format!("main\n{}side\n", secret(11)));
    sandbox.git(&["add", "app.conf"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("app.conf:2");
    sandbox.git(&["commit", "--quiet", "--no-edit"]);
    sandbox.write("app.conf", "main\nside\n");
    sandbox.commit("Too late");
    let _ = push(&sandbox).exits(1).says("app.conf:2");
    let _ = sandbox.stanch(&["history"]).exits(1).says("app.conf:2");
    let _ = sandbox.stanch(&["history", "side..HEAD"]).exits(1).says("app.conf:2");
}

#[test]
fn a_file_that_only_a_merge_adds() {
    let sandbox = in_conflict();
    sandbox.write("app.conf", "main\nside\n");
    sandbox.write("added.conf", secret(12));
    sandbox.write(".env", "A=b\n");
    sandbox.git(&["add", "--force", "."]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("added.conf:1").says(".env");
    sandbox.git(&["commit", "--quiet", "--no-edit"]);
    sandbox.git(&["rm", "--quiet", "added.conf", ".env"]);
    sandbox.commit("Too late");
    let _ = push(&sandbox).exits(1).says("added.conf:1").says(".env");
    let _ = sandbox.stanch(&["history"]).exits(1).says("added.conf:1").says(".env");
}

#[test]
fn hidden_files_and_replaced_objects() {
    let sandbox = Sandbox::repository();
    sandbox.write(".hidden/.app.conf", secret(13));
    let leaked = sandbox.commit("Leak");
    let clean = sandbox.git(&["rev-parse", "HEAD~"]);
    // A replacement shows another commit to git, but what is pushed is the real one.
    sandbox.git(&["replace", "--force", &leaked, &clean]);
    let _ = push(&sandbox).exits(1).says(".hidden/.app.conf:1");
    let _ = sandbox.stanch(&["history"]).exits(1).says(".hidden/.app.conf:1");
}
