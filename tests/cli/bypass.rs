//! The bypass of push protection: allowed by the other side's policy or not at all, and written down either way.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use crate::support::{Sandbox, binary, executable, token};

/// A repository whose remote has `config`, and a commit on top with `content` in `path`; with it what git tells the hook.
fn pushing(config: &str, path: &str, content: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::repository();
    sandbox.write(".stanch.yml", config);
    sandbox.commit("Configure");
    let remote = sandbox.beside("remote.git");
    sandbox.git(&["init", "--quiet", "--bare", "--initial-branch=main", remote.to_str().unwrap()]);
    sandbox.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    let old = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write(path, content);
    let new = sandbox.commit("Secret");
    (sandbox, format!("refs/heads/main {new} refs/heads/main {old}\n"))
}

fn log(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.dir.join("security/incident-log.txt")).unwrap_or_default()
}

#[test]
fn it_is_refused_unless_the_policy_allows_it_and_logged() {
    let (sandbox, line) = pushing("", "a.txt", &token(1));
    // A change that allows itself a bypass has none.
    sandbox.write(".stanch.yml", "bypass: { allow: true }\n");
    let push = ["push", "origin", "--bypass", "used-in-tests"];
    let _ = sandbox.stanch_with(&push, line.as_bytes()).exits(1).warns("not allowed by the policy");
    let log = log(&sandbox);
    assert!(log.contains("refused") && log.contains("a.txt:1:1") && log.contains("by Ada"), "{log}");
    assert!(!log.contains(&token(1)));
    let _ =
        sandbox.stanch_with(&["push", "origin", "--bypass", "because"], line.as_bytes()).exits(2).warns("no reason");
}

#[test]
fn where_it_is_allowed_each_reason_lets_values_through_and_is_logged() {
    for (seed, reason) in ["used-in-tests", "false-positive", "will_fix_later"].into_iter().enumerate() {
        let (sandbox, line) = pushing("bypass: { allow: true }\n", "a.txt", &token(seed as u64));
        let _ = sandbox.stanch_with(&["push", "origin"], line.as_bytes()).exits(1);
        assert_eq!(log(&sandbox), "", "nobody asked");
        let format = ["push", "origin", "--format", "json", "--bypass", reason];
        let report = sandbox.stanch_with(&format, line.as_bytes()).exits(0).json();
        assert_eq!(report["findings"][0]["suppression"]["by"], "bypass");
        let written = log(&sandbox);
        assert_eq!(written.lines().filter(|line| line.contains("SEV-")).count(), 1, "{written}");
        let told = format!("let through as {} by Ada", reason.replace('_', "-"));
        assert!(written.contains(&told), "{written}");
    }
}

#[test]
fn banned_files_need_a_word_of_their_own() {
    let (sandbox, line) = pushing("bypass: { allow: true }\n", ".env", "A=1\n");
    let push = ["push", "origin", "--bypass", "will-fix-later"];
    let _ = sandbox.stanch_with(&push, line.as_bytes()).exits(1);
    assert_eq!(log(&sandbox), "");
    let (sandbox, line) = pushing("bypass: { allow: true, env_files: true }\n", ".env", "A=1\n");
    let _ = sandbox.stanch_with(&push, line.as_bytes()).exits(0);
    assert!(log(&sandbox).contains("stanch-env-file at .env"));
}

#[test]
fn what_cannot_be_written_down_is_not_let_through() {
    let (sandbox, line) = pushing("bypass: { allow: true }\n", "a.txt", &token(9));
    fs::write(sandbox.dir.join("security"), "a file where the folder should be").unwrap();
    let run = sandbox.stanch_with(&["push", "origin", "--bypass", "used-in-tests"], line.as_bytes());
    assert_ne!(run.code, 0, "{}", run.stdout);
}

#[test]
fn a_server_reads_push_options_and_keeps_its_own_log() {
    let (sandbox, _) = pushing("bypass: { allow: true }\n", "a.txt", &token(10));
    let remote: PathBuf = sandbox.beside("remote.git");
    let set = ["-C", remote.to_str().unwrap(), "config", "receive.advertisePushOptions", "true"];
    sandbox.git(&set);
    let hook = remote.join("hooks/pre-receive");
    executable(&hook, format!("#!/bin/sh\nexec '{}' push --pre-receive\n", binary().display()).as_bytes());
    let push = |options: &[&str]| {
        let mut command = sandbox.command("git");
        let status = command.args(["push", "-q"]).args(options).args(["origin", "main"]).stderr(Stdio::null()).status();
        status.unwrap().success()
    };
    assert!(!push(&[]));
    assert!(!push(&["-o", "stanch.bypass=whatever"]));
    assert!(push(&["-o", "ci.skip", "-o", "stanch.bypass=false-positive"]));
    let log = fs::read_to_string(remote.join("stanch/incident-log.txt")).unwrap();
    assert!(log.contains("push to refs/heads/main") && log.contains("let through as false-positive"), "{log}");
}
