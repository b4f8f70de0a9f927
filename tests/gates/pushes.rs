//! Pushes of every kind, sent and received: the gate blocks a generated secret and lets the clean change pass.

use super::commits::gated;
use crate::support::{Run, Sandbox, binary, executable, token};

fn secret(seed: u64) -> String {
    format!("token = {}\n", token(seed))
}

/// A gated repository that has pushed its first commit to `origin`.
fn with_origin(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&[&["init", "--quiet", "--initial-branch=main"], options].concat());
    sandbox.write("README.md", "hello\n");
    sandbox.commit("Begin");
    let _ = sandbox.stanch(&["hook", "install"]).exits(0);
    let origin = sandbox.beside("origin.git").display().to_string();
    sandbox.git(&[&["init", "--quiet", "--bare", "--initial-branch=main"], options, &[&origin]].concat());
    sandbox.git(&["remote", "add", "origin", &origin]);
    let _ = sandbox.try_git(&["push", "--quiet", "origin", "main"]).exits(0);
    sandbox
}

fn push(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.try_git(&[&["push", "origin"], args].concat())
}

#[test]
fn several_refs_removed_files_and_banned_names() {
    let sandbox = with_origin(&[]);
    sandbox.git(&["checkout", "--quiet", "-b", "one"]);
    sandbox.write("one.conf", "one\n");
    sandbox.commit("One");
    sandbox.git(&["checkout", "--quiet", "-b", "two", "main"]);
    sandbox.write("two.conf", secret(1));
    sandbox.write(".env", "A=b\n");
    sandbox.commit("Two");
    sandbox.git(&["rm", "--quiet", "--cached", "two.conf", ".env"]);
    sandbox.commit("Taken out too late");
    let _ = push(&sandbox, &["one", "two"]).exits(1).says("two.conf:1").says(".env");
    let _ = push(&sandbox, &["--all"]).exits(1);
    let _ = push(&sandbox, &["one"]).exits(0);
    sandbox.git(&["tag", "-a", "-m", &format!("Release with {}", token(2)), "v1", "one"]);
    let _ = push(&sandbox, &["one", "v1"]).exits(1).says("tag");
    let _ = push(&sandbox, &[":one"]).exits(0);
}

#[test]
fn a_refused_push_is_told_the_way_out() {
    let sandbox = with_origin(&[]);
    sandbox.write("old.conf", secret(3));
    let old = sandbox.commit("Old");
    sandbox.write(".env", "A=b\n");
    let tip = sandbox.commit("Tip");
    let run = push(&sandbox, &["main"]).exits(1);
    let base = &sandbox.git(&["rev-parse", "main~2"])[..10];
    for text in [
        "—— GitHub personal access token (classic) ——",
        &format!("- commit: {old}\n        path: old.conf:1\n"),
        &format!("- commit: {tip}\n        path: .env\n"),
        "rotate first",
        &format!("git rebase -i {base}\n"),
        "git rm --cached -- .env",
        "git rebase --continue",
    ] {
        assert!(run.stdout.contains(text), "`{text}` is not in\n{}", run.stdout);
    }
    assert!(!run.stdout.contains(&token(3)));
    // The commands work.
    let steps = format!("sed -i 's/^pick {}/edit &/; s/^edit pick/edit/; s/^pick/edit/'", &old[..7]);
    let mut rebase = sandbox.command("git");
    rebase.env("GIT_SEQUENCE_EDITOR", steps);
    let _ = sandbox.run(&mut rebase, &["rebase", "-i", base]).exits(0);
    sandbox.write("old.conf", "token = from the vault\n");
    for commands in [&["add", "--", "old.conf"][..], &["commit", "--amend", "--no-edit"], &["rebase", "--continue"]] {
        sandbox.git(commands);
    }
    for commands in
        [&["rm", "--quiet", "--cached", "--", ".env"][..], &["commit", "--amend", "--no-edit", "--allow-empty"]]
    {
        sandbox.git(commands);
    }
    sandbox.git(&["rebase", "--continue"]);
    let _ = push(&sandbox, &["main"]).exits(0);
    // At the tip it is amended; what another remote has is to be rotated.
    sandbox.write("tip.conf", secret(4));
    sandbox.commit("Tip");
    let run = push(&sandbox, &["main"]).exits(1).says("is the tip of main").says("git commit --amend --no-edit");
    assert!(!run.stdout.contains("git rebase"), "{}", run.stdout);
    sandbox.git(&["update-ref", "refs/remotes/fork/main", "HEAD"]);
    let _ = push(&sandbox, &["main"]).exits(1).says("Rotate first").says("fork/main");
    sandbox.git(&["update-ref", "-d", "refs/remotes/fork/main"]);
    sandbox.git(&["checkout", "--quiet", "--detach", "main~"]);
    let _ = push(&sandbox, &["main"]).exits(1).says("git switch main");
}

#[test]
fn a_server_judges_what_is_in_quarantine() {
    for options in [&[][..], &["--object-format=sha256"]] {
        let sandbox = with_origin(options);
        let server = sandbox.at(&sandbox.beside("origin.git"));
        let _ = server.stanch(&["hook", "install"]).exits(0);
        let _ = sandbox.stanch(&["hook", "remove"]).exits(0);
        sandbox.write("leak.conf", secret(5));
        sandbox.commit("Leak");
        sandbox.git(&["branch", "clean", "HEAD~"]);
        let run = push(&sandbox, &["main", "clean:other"]).exits(1).warns("leak.conf:1").warns("Rotate first");
        assert!(run.stderr.contains("remote:"), "{}", run.stderr);
        let _ = push(&sandbox, &["clean:other"]).exits(0);
        let _ = push(&sandbox, &[":other"]).exits(0);
        assert_eq!(server.git(&["for-each-ref", "--format=%(refname)"]), "refs/heads/main");
    }
}

#[test]
fn linked_worktrees_and_submodules() {
    let sandbox = with_origin(&[]);
    sandbox.git(&["worktree", "add", "--quiet", "-b", "linked", "../linked"]);
    let linked = sandbox.at(&sandbox.beside("linked"));
    linked.write("fine.conf", "fine\n");
    linked.commit("Fine");
    let _ = push(&linked, &["linked"]).exits(0);
    linked.write("leak.conf", secret(6));
    linked.commit("Leak");
    let _ = push(&linked, &["linked"]).exits(1).says("leak.conf:1");
    let origin = sandbox.beside("origin.git").display().to_string();
    let outer = sandbox.at(&sandbox.beside("outer"));
    sandbox.git(&["init", "--quiet", "--initial-branch=main", "../outer"]);
    outer.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &origin, "inner"]);
    let inner = outer.at(&outer.dir.join("inner"));
    let _ = inner.stanch(&["hook", "install"]).exits(0);
    inner.write("leak.conf", secret(7));
    inner.git(&["add", "."]);
    let _ = inner.try_git(&["commit", "-m", "Leak"]).exits(1).warns("leak.conf:1");
    inner.commit("Leak");
    let _ = push(&inner, &["HEAD:refs/heads/inner"]).exits(1).says("leak.conf:1");
    inner.git(&["reset", "--quiet", "--hard", "HEAD~"]);
    inner.write("fine.conf", "fine\n");
    inner.git(&["add", "."]);
    let _ = inner.try_git(&["commit", "-m", "Fine"]).exits(0);
    let _ = push(&inner, &["HEAD:refs/heads/inner"]).exits(0);
}

#[test]
fn shallow_and_partial_clones() {
    let sandbox = with_origin(&[]);
    sandbox.write("more.conf", "more\n");
    sandbox.commit("More");
    let _ = push(&sandbox, &["main"]).exits(0);
    let origin = format!("file://{}", sandbox.beside("origin.git").display());
    for (name, option) in [("shallow", "--depth=1"), ("partial", "--filter=blob:none")] {
        sandbox.git(&[
            "-C",
            &sandbox.beside("origin.git").display().to_string(),
            "config",
            "uploadpack.allowFilter",
            "true",
        ]);
        sandbox.git(&["clone", "--quiet", option, &origin, &format!("../{name}")]);
        let there = sandbox.at(&sandbox.beside(name));
        let _ = there.stanch(&["hook", "install"]).exits(0);
        there.write("fine.conf", "fine\n");
        there.git(&["add", "."]);
        let _ = there.try_git(&["commit", "-m", "Fine"]).exits(0);
        let _ = push(&there, &[&format!("HEAD:refs/heads/{name}")]).exits(0);
        there.write("more.conf", format!("more\n{}", secret(8)));
        let _ = there.try_git(&["commit", "-a", "-m", "Leak"]).exits(1).warns("more.conf:2");
        there.commit("Leak");
        let _ = push(&there, &[&format!("HEAD:refs/heads/{name}")]).exits(1).says("more.conf:2");
    }
}

#[test]
fn a_gated_repository_pushes_to_a_place_that_it_does_not_know() {
    let sandbox = gated();
    let place = sandbox.beside("somewhere.git").display().to_string();
    sandbox.git(&["init", "--quiet", "--bare", &place]);
    let _ = sandbox.try_git(&["push", &place, "main"]).exits(0);
    sandbox.write("leak.conf", secret(9));
    sandbox.commit("Leak");
    sandbox.git(&["rm", "--quiet", "leak.conf"]);
    sandbox.commit("Too late");
    let _ = sandbox.try_git(&["push", "--force", &place, "main"]).exits(1).says("leak.conf:1");
    let _ = sandbox.try_git(&["push", "--mirror", &place]).exits(1);
}

#[test]
fn a_push_too_large_for_its_deadline_is_refused_on_both_sides() {
    let sandbox = with_origin(&[]);
    let origin = sandbox.at(&sandbox.beside("origin.git"));
    // One content that takes long, which nothing can stop in the middle, and many that can be stopped between.
    let line = "the quick brown key = jumps over password: the lazy token and secret = dogs\n";
    sandbox.write("large.txt", line.repeat((24 << 20) / line.len()));
    for number in 0..200 {
        sandbox.write(&format!("many/{number}.txt"), line.repeat(number + 1));
    }
    let tip = sandbox.commit("A lot");
    let zero = "0".repeat(40);
    let lines = format!("refs/heads/main {tip} refs/heads/new {zero}\n");
    let run = sandbox.stanch_with(&["push", "--deadline", "0.2", "origin"], lines.as_bytes()).exits(3);
    let told = format!("{}{}", run.stdout, run.stderr);
    assert!(told.contains("--deadline gives") && told.contains("push less at once, or give more time"), "{told}");
    // The same on the server, whose hook decides alone.
    let hook = origin.dir.join("hooks/pre-receive");
    let command = format!("#!/bin/sh\nexec '{}' push --pre-receive --deadline 0.2\n", binary().display());
    executable(&hook, command.as_bytes());
    let run = push(&sandbox, &["--no-verify", "HEAD:refs/heads/new"]).exits(1);
    assert!(
        run.stderr.contains("--deadline gives") && run.stderr.contains("pre-receive hook declined"),
        "{}",
        run.stderr
    );
    assert_eq!(origin.git(&["for-each-ref", "refs/heads/new"]), "", "nothing was taken");
}
