//! Commits of every kind: each gate blocks a generated secret and lets the clean change pass.

use crate::support::{Sandbox, token};

/// A repository with the gates up.
pub fn gated() -> Sandbox {
    let sandbox = Sandbox::repository();
    let _ = sandbox.stanch(&["hook", "install"]).exits(0);
    sandbox
}

fn secret(seed: u64) -> String {
    format!("token = {}\n", token(seed))
}

#[test]
fn commits_of_the_index_of_everything_and_of_paths() {
    let sandbox = gated();
    sandbox.write("a.conf", "one\n");
    sandbox.write("b.conf", "one\n");
    sandbox.git(&["add", "."]);
    let _ = sandbox.try_git(&["commit", "-m", "Clean"]).exits(0);
    sandbox.write("a.conf", secret(1));
    // Nothing is staged: what `-a` and paths add is only in the index that git makes for this commit.
    let _ = sandbox.try_git(&["commit", "-a", "-m", "Leak"]).exits(1).warns("a.conf:1");
    let _ = sandbox.try_git(&["commit", "-m", "Leak", "a.conf"]).exits(1).warns("a.conf:1");
    let _ = sandbox.try_git(&["commit", "--include", "-m", "Leak", "a.conf"]).exits(1).warns("a.conf:1");
    // Another path is clean, whatever lies in the work tree or the index.
    sandbox.git(&["add", "a.conf"]);
    sandbox.write("b.conf", "two\n");
    let _ = sandbox.try_git(&["commit", "-m", "Clean", "b.conf"]).exits(0);
    let _ = sandbox.try_git(&["commit", "-m", "Leak"]).exits(1).warns("a.conf:1");
    sandbox.write("a.conf", "three\n");
    let _ = sandbox.try_git(&["commit", "-a", "-m", "Clean"]).exits(0);
}

#[test]
fn amended_commits_and_their_messages() {
    let sandbox = gated();
    sandbox.write("a.conf", secret(2));
    sandbox.git(&["add", "."]);
    let _ = sandbox.try_git(&["commit", "--amend", "--no-edit"]).exits(1).warns("a.conf:1");
    sandbox.write("a.conf", "one\n");
    sandbox.git(&["add", "."]);
    let _ = sandbox.try_git(&["commit", "--amend", "--no-edit"]).exits(0);
    let message = format!("Deploy with {}", token(3));
    let _ = sandbox.try_git(&["commit", "--amend", "-m", &message]).exits(1).warns("commit message");
    // Without an editor git keeps lines that look like comments, and what is below scissors.
    let message = format!("Deploy\n\n# with {}", token(4));
    let _ = sandbox.try_git(&["commit", "--allow-empty", "-m", &message]).exits(1).warns("commit message");
    let scissors = "# ------------------------ >8 ------------------------";
    let message = format!("Deploy\n\n{scissors}\n{}", token(5));
    let _ = sandbox.try_git(&["commit", "--allow-empty", "-m", &message]).exits(1).warns("commit message");
    // In an editor they are git's own, unless the configuration says otherwise.
    let editor = sandbox.beside("editor");
    std::fs::write(&editor, format!("#!/bin/sh\nprintf 'Edited\\n\\n# %s\\n' '{}' >\"$1\"\n", token(6))).unwrap();
    sandbox.git(&["config", "core.editor", &format!("sh {}", editor.display())]);
    let _ = sandbox.try_git(&["commit", "--allow-empty"]).exits(0);
    for (key, value) in [("commit.cleanup", "whitespace"), ("core.commentChar", ";")] {
        sandbox.git(&["config", key, value]);
        let _ = sandbox.try_git(&["commit", "--allow-empty"]).exits(1).warns("commit message");
        sandbox.git(&["config", "--unset", key]);
    }
}

#[test]
fn merges_without_and_with_conflicts() {
    let sandbox = gated();
    sandbox.write("old/note.txt", "a note\nof a few lines\nthat moves\n");
    sandbox.write("shared.conf", "base\n");
    sandbox.commit("Base");
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write("shared.conf", "side\n");
    sandbox.write("old/app.conf", secret(7));
    sandbox.commit("A leak that went past the gate");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("ours.txt", "ours\n");
    sandbox.commit("Go on");
    // What a parent has already is for the push to judge.
    let _ = sandbox.try_git(&["merge", "--quiet", "-m", "Merge", "side"]).exits(0);
    sandbox.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    // A merge without conflicts that puts a file where no parent has it: the folder was renamed here.
    sandbox.git(&["mv", "old", "new"]);
    sandbox.commit("Rename");
    let _ = sandbox
        .try_git(&["-c", "merge.directoryRenames=true", "merge", "-m", "Merge", "side"])
        .exits(1)
        .warns("new/app.conf:1");
    sandbox.git(&["merge", "--abort"]);
    // A conflict, resolved with a secret, and resolved cleanly.
    sandbox.git(&["checkout", "--quiet", "side"]);
    sandbox.git(&["rm", "--quiet", "old/app.conf"]);
    sandbox.commit("Clean");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("shared.conf", "main\n");
    sandbox.commit("Conflict");
    let _ = sandbox.try_git(&["merge", "side"]).exits(1);
    sandbox.write("shared.conf", format!("main\n{}side\n", secret(8)));
    sandbox.git(&["add", "shared.conf"]);
    let _ = sandbox.try_git(&["commit", "--no-edit"]).exits(1).warns("shared.conf:2");
    let _ = sandbox.try_git(&["merge", "--continue"]).exits(1).warns("shared.conf:2");
    sandbox.write("shared.conf", "main\nside\n");
    sandbox.git(&["add", "shared.conf"]);
    let _ = sandbox.try_git(&["commit", "--no-edit"]).exits(0);
}

#[test]
fn cherry_picks_and_rebases_are_caught_where_git_asks() {
    let sandbox = gated();
    let origin = sandbox.beside("origin.git").display().to_string();
    sandbox.git(&["init", "--quiet", "--bare", &origin]);
    sandbox.git(&["remote", "add", "origin", &origin]);
    sandbox.write("shared.conf", "base\n");
    sandbox.commit("Base");
    let _ = sandbox.try_git(&["push", "origin", "main"]).exits(0);
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write("leak.conf", secret(9));
    sandbox.commit("A leak that went past the gate");
    sandbox.write("shared.conf", "side\n");
    sandbox.commit("Side");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("shared.conf", "main\n");
    sandbox.commit("Main");
    // Git asks no hook when it picks without a conflict: the push is the gate.
    sandbox.git(&["cherry-pick", "side~1"]);
    let _ = sandbox.try_git(&["push", "origin", "main"]).exits(1).says("leak.conf:1");
    sandbox.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    // With a conflict it does.
    let _ = sandbox.try_git(&["cherry-pick", "side"]).exits(1);
    sandbox.write("shared.conf", secret(10));
    sandbox.git(&["add", "shared.conf"]);
    let _ = sandbox.try_git(&["-c", "core.editor=true", "cherry-pick", "--continue"]).exits(1).warns("shared.conf:1");
    sandbox.write("shared.conf", "both\n");
    sandbox.git(&["add", "shared.conf"]);
    let _ = sandbox.try_git(&["-c", "core.editor=true", "cherry-pick", "--continue"]).exits(0);
    let _ = sandbox.try_git(&["push", "origin", "main"]).exits(0);
    // A rebase, with a secret in the resolution of its conflict.
    sandbox.git(&["checkout", "--quiet", "side"]);
    let _ = sandbox.try_git(&["rebase", "main"]).exits(1);
    sandbox.write("shared.conf", secret(11));
    sandbox.git(&["add", "shared.conf"]);
    let _ = sandbox.try_git(&["-c", "core.editor=true", "rebase", "--continue"]);
    let _ = sandbox.try_git(&["push", "origin", "side"]).exits(1).says("shared.conf:1").says("leak.conf:1");
    sandbox.git(&["checkout", "--quiet", "-B", "side", "main"]);
    sandbox.write("fine.conf", "fine\n");
    sandbox.commit("Fine");
    let _ = sandbox.try_git(&["push", "origin", "side"]).exits(0);
}

#[test]
fn every_kind_of_repository_has_the_gate() {
    let sandbox = Sandbox::new();
    for (name, options) in [("sha256", &["--object-format=sha256"][..]), ("reftable", &["--ref-format=reftable"])] {
        sandbox.git(&[&["init", "--quiet", "--initial-branch=main"], options, &[name]].concat());
        let there = sandbox.at(&sandbox.dir.join(name));
        let _ = there.stanch(&["hook", "install"]).exits(0);
        there.write("leak.conf", secret(12));
        there.git(&["add", "."]);
        let _ = there.try_git(&["commit", "-m", "Leak"]).exits(1).warns("leak.conf:1");
        there.write("leak.conf", "clean\n");
        let _ = there.try_git(&["commit", "-a", "-m", "Clean"]).exits(0);
    }
}
