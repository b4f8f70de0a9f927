//! `stanch hook`: what it writes, beside whom, and that removing leaves what was found.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::{Sandbox, token};

/// Every file, link and folder below `folder`, with its mode and content.
fn snapshot(folder: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let content = if metadata.is_dir() {
                pending.push(path.clone());
                Vec::new()
            } else if metadata.is_symlink() {
                fs::read_link(&path).unwrap().to_string_lossy().into_owned().into_bytes()
            } else {
                fs::read(&path).unwrap()
            };
            found.insert(path.display().to_string(), (metadata.permissions().mode(), content));
        }
    }
    found
}

fn executable(path: &Path, text: &str) {
    crate::support::executable(path, text.as_bytes());
}

/// Tries to commit a secret and then something clean, the way `git` alone would.
#[track_caller]
fn gated(sandbox: &Sandbox, seed: u64) {
    sandbox.write("leak.conf", format!("token = {}\n", token(seed)));
    sandbox.git(&["add", "leak.conf"]);
    let _ = sandbox.try_git(&["commit", "--quiet", "-m", "Leak"]).exits(1).warns("leak.conf:1");
    sandbox.git(&["rm", "--quiet", "--force", "leak.conf"]);
    sandbox.write("clean.conf", format!("number = {seed}\n"));
    sandbox.git(&["add", "clean.conf"]);
    let _ = sandbox.try_git(&["commit", "--quiet", "-m", "Go on"]).exits(0);
}

#[test]
fn installed_twice_and_removed_leaves_what_was_there() {
    let sandbox = Sandbox::repository();
    let hooks = sandbox.dir.join(".git/hooks");
    fs::remove_dir_all(&hooks).unwrap();
    let before = snapshot(&sandbox.dir);
    let _ = sandbox.stanch(&["hook", "status"]).exits(1).says("absent");
    let _ = sandbox.stanch(&["hook", "install"]).exits(0).says("pre-merge-commit");
    let installed = snapshot(&hooks);
    assert_eq!(installed.len(), 4);
    let _ = sandbox.stanch(&["hook", "install"]).exits(0).says("present");
    assert_eq!(snapshot(&hooks), installed, "a second time changes nothing");
    let _ = sandbox.stanch(&["hook", "status"]).exits(0);
    let _ = sandbox.stanch(&["hook", "remove"]).exits(0).says("removed");
    assert_eq!(snapshot(&sandbox.dir), before);
    let _ = sandbox.stanch(&["hook", "remove"]).exits(0);
    let _ = sandbox.stanch(&["hook", "install"]).exits(0);
    gated(&sandbox, 1);
}

#[test]
fn hooks_that_were_there_run_first_and_both_must_pass() {
    let sandbox = Sandbox::repository();
    let hooks = sandbox.dir.join(".git/hooks");
    // What an earlier hook stages is judged too.
    executable(
        &hooks.join("pre-commit"),
        "#!/bin/sh\n[ ! -f refuse ] || exit 7\n[ ! -f made.conf ] || git add made.conf\n",
    );
    executable(&hooks.join("pre-push"), "#!/bin/bash\ncat >../seen\necho \"$1 $2\" >>../seen\n[ ! -f refuse ]\n");
    executable(&hooks.join("real"), "#!/bin/sh\nprintf 'x %s' \"$1\" >../message\n");
    std::os::unix::fs::symlink("real", hooks.join("commit-msg")).unwrap();
    fs::write(hooks.join("pre-merge-commit"), "#!/bin/sh\nexit 1\n").unwrap();
    let before = snapshot(&hooks);
    let _ = sandbox.stanch(&["hook", "install"]).exits(0).says("the hook that was there runs first");
    gated(&sandbox, 2);
    assert!(fs::read_to_string(sandbox.beside("message")).unwrap().starts_with("x "));
    sandbox.write("made.conf", format!("token = {}\n", token(3)));
    sandbox.git(&["rm", "--quiet", "--cached", "clean.conf"]);
    let _ = sandbox.try_git(&["commit", "--quiet", "-m", "More"]).exits(1).warns("made.conf:1");
    fs::remove_file(sandbox.dir.join("made.conf")).unwrap();
    sandbox.git(&["reset", "--quiet", "--hard"]);
    sandbox.write("refuse", "");
    let _ = sandbox.try_git(&["commit", "--quiet", "--allow-empty", "-m", "Refused"]).exits(1);
    // A push: the lines and the arguments reach both.
    sandbox.git(&["init", "--quiet", "--bare", "../origin.git"]);
    let _ = sandbox.try_git(&["push", "../origin.git", "main"]).exits(1);
    fs::remove_file(sandbox.dir.join("refuse")).unwrap();
    let _ = sandbox.try_git(&["push", "../origin.git", "main", "HEAD:other"]).exits(0).says("2 refs");
    let seen = fs::read_to_string(sandbox.beside("seen")).unwrap();
    assert_eq!(seen.lines().count(), 3, "{seen}");
    assert!(seen.contains("refs/heads/other") && seen.ends_with("../origin.git ../origin.git\n"), "{seen}");
    // A hook that git passed over is not run now either.
    sandbox.git(&["checkout", "--quiet", "-b", "side", "HEAD~"]);
    sandbox.git(&["commit", "--quiet", "--allow-empty", "-m", "Side"]);
    let _ = sandbox.try_git(&["merge", "--quiet", "-m", "Merge", "main"]).exits(0);
    let _ = sandbox.stanch(&["hook", "remove"]).exits(0).says("is back");
    assert_eq!(snapshot(&hooks), before);
}

#[test]
fn without_stanch_the_gate_is_shut_and_on_the_path_it_is_found() {
    let sandbox = Sandbox::repository();
    let program = sandbox.beside("bin/stanch");
    crate::support::copy_binary(&program);
    let _ = sandbox.run(&mut sandbox.command(&program), &["hook", "install"]).exits(0);
    let hook = fs::read_to_string(sandbox.dir.join(".git/hooks/pre-commit")).unwrap();
    assert!(hook.contains(&program.display().to_string()), "{hook}");
    let _ = sandbox.try_git(&["commit", "--quiet", "--allow-empty", "-m", "Empty"]).exits(0);
    let elsewhere = sandbox.beside("else");
    fs::create_dir_all(&elsewhere).unwrap();
    fs::rename(&program, elsewhere.join("stanch")).unwrap();
    let run = sandbox.try_git(&["commit", "--quiet", "--allow-empty", "-m", "Shut"]).exits(1);
    let _ = run.warns("the pre-commit gate is shut").warns("stanch hook remove");
    sandbox.git(&["init", "--quiet", "--bare", "../origin.git"]);
    let _ = sandbox.try_git(&["push", "../origin.git", "main"]).exits(1).warns("the pre-push gate is shut");
    let path = format!("{}:{}", elsewhere.display(), std::env::var("PATH").unwrap());
    let mut command = sandbox.command("git");
    command.env("PATH", path);
    let _ = sandbox.run(&mut command, &["commit", "--quiet", "--allow-empty", "-m", "Found"]).exits(0);
}

#[test]
fn what_somebody_changed_or_put_in_the_way_is_never_lost() {
    let sandbox = Sandbox::repository();
    let hook = sandbox.dir.join(".git/hooks/pre-commit");
    let _ = sandbox.stanch(&["hook", "install"]).exits(0);
    let text = fs::read_to_string(&hook).unwrap() + "echo mine\n";
    fs::write(&hook, &text).unwrap();
    let _ = sandbox.stanch(&["hook", "remove"]).exits(1).says("edited");
    assert_eq!(fs::read_to_string(&hook).unwrap(), text);
    let _ = sandbox.stanch(&["hook", "install"]).exits(1).says("edited");
    assert_eq!(fs::read_to_string(&hook).unwrap(), text);
    // Another tool writes over ours, which holds an earlier one.
    executable(&hook, "#!/bin/sh\n");
    let _ = sandbox.stanch(&["hook", "install"]).exits(0);
    executable(&hook, "#!/bin/sh\n# another\n");
    let before = snapshot(hook.parent().unwrap());
    let _ = sandbox.stanch(&["hook", "install"]).exits(2).warns("pre-commit.before-stanch");
    assert_eq!(snapshot(hook.parent().unwrap()), before);
    let _ = sandbox.stanch(&["hook", "status"]).exits(1).says("not ours");
    fs::remove_file(&hook).unwrap();
    fs::rename(hook.with_file_name("pre-commit.before-stanch"), &hook).unwrap();
    let _ = sandbox.stanch(&["hook", "install"]).exits(0);
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
    let _ = sandbox.stanch(&["hook", "status"]).exits(1).says("chmod +x");
}

#[test]
fn core_hooks_path_is_respected() {
    let sandbox = Sandbox::repository();
    executable(&sandbox.dir.join(".githooks/pre-commit"), "#!/bin/sh\necho earlier hook >&2\n");
    sandbox.git(&["config", "core.hooksPath", ".githooks"]);
    sandbox.commit("Share hooks");
    let before = snapshot(&sandbox.dir.join(".githooks"));
    let run = sandbox.run(
        sandbox.command(crate::support::binary()).current_dir(sandbox.dir.join(".githooks")),
        &["hook", "install"],
    );
    let _ = run.exits(0).says("part of the work tree");
    let text = fs::read_to_string(sandbox.dir.join(".githooks/pre-push")).unwrap();
    assert!(
        !text.contains(&crate::support::binary().display().to_string()),
        "a shared file names a place on this machine"
    );
    assert!(!sandbox.dir.join(".git/hooks/pre-commit").exists());
    let folder = crate::support::binary().parent().unwrap().to_owned();
    let mut command = sandbox.command("git");
    command.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()));
    sandbox.write("leak.conf", format!("{}\n", token(11)));
    sandbox.git(&["add", "leak.conf"]);
    let _ = sandbox.run(&mut command, &["commit", "-m", "Leak"]).exits(1).warns("earlier hook").warns("leak.conf:1:1");
    let _ = sandbox.stanch(&["hook", "remove"]).exits(0);
    assert_eq!(snapshot(&sandbox.dir.join(".githooks")), before);
    sandbox.git(&["config", "core.hooksPath", "/dev/null"]);
    let _ = sandbox.stanch(&["hook", "install"]).exits(2).warns("switched off");
    sandbox.git(&["config", "--unset", "core.hooksPath"]);
    sandbox.git(&["config", "--global", "core.hooksPath", &sandbox.beside("theirs").display().to_string()]);
    let _ = sandbox.stanch(&["hook", "install"]).exits(2).warns("--global");
}

#[test]
fn husky_is_asked_in_its_own_files() {
    let sandbox = Sandbox::repository();
    // What husky 9 writes into its folder: every hook runs the file of its name one folder higher, by the shell.
    let stub = "#!/usr/bin/env sh\ns=$(dirname \"$(dirname \"$0\")\")/$(basename \"$0\")\n[ ! -f \"$s\" ] && exit 0\nsh -e \"$s\" \"$@\"\n";
    for hook in ["pre-commit", "pre-merge-commit", "commit-msg", "pre-push"] {
        executable(&sandbox.dir.join(".husky/_").join(hook), stub);
    }
    sandbox.write(".husky/_/.gitignore", "*");
    sandbox.write(".husky/pre-commit", "echo linted >&2\n");
    sandbox.commit("Use husky");
    let before = snapshot(&sandbox.dir.join(".husky"));
    let _ = sandbox.stanch(&["hook", "install"]).exits(0).says("husky is not active");
    let _ = sandbox.stanch(&["hook", "remove"]).exits(0);
    assert_eq!(snapshot(&sandbox.dir.join(".husky")), before);
    sandbox.git(&["config", "core.hooksPath", ".husky/_"]);
    let _ = sandbox.stanch(&["hook", "install"]).exits(0).says(".husky/pre-commit");
    let folder = crate::support::binary().parent().unwrap().to_owned();
    let mut command = sandbox.command("git");
    command.env("PATH", format!("{}:{}", folder.display(), std::env::var("PATH").unwrap()));
    sandbox.write("leak.conf", format!("{}\n", token(12)));
    sandbox.git(&["add", "leak.conf"]);
    let _ = sandbox.run(&mut command, &["commit", "-m", "Leak"]).exits(1).warns("linted").warns("leak.conf:1:1");
    let _ = sandbox.stanch(&["hook", "remove"]).exits(0);
    assert_eq!(snapshot(&sandbox.dir.join(".husky")), before);
}

#[test]
fn linked_worktrees_and_submodules_have_their_gates() {
    let sandbox = Sandbox::repository();
    sandbox.git(&["init", "--quiet", "--initial-branch=main", "../library"]);
    sandbox.git(&["-C", "../library", "commit", "--quiet", "--allow-empty", "-m", "Begin"]);
    sandbox.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../library", "library"]);
    sandbox.commit("Use a library");
    sandbox.git(&["worktree", "add", "--quiet", "../linked"]);
    for folder in [sandbox.beside("linked"), sandbox.dir.join("library")] {
        let there = sandbox.at(&folder);
        let before = snapshot(&sandbox.dir.join(".git"));
        let _ = there.stanch(&["hook", "install"]).exits(0);
        gated(&there, 13);
        let _ = there.stanch(&["hook", "status"]).exits(0);
        let _ = there.stanch(&["hook", "remove"]).exits(0);
        let is_hook = |(path, _): &(&String, _)| path.contains("/hooks");
        let after = snapshot(&sandbox.dir.join(".git"));
        assert!(before.iter().filter(is_hook).eq(after.iter().filter(is_hook)));
    }
}

#[test]
fn all_repositories_at_once_with_their_own_hooks_still_running() {
    let sandbox = Sandbox::repository();
    fs::create_dir_all(sandbox.home().join(".config")).unwrap();
    executable(&sandbox.dir.join(".git/hooks/pre-push"), "#!/bin/sh\ncat >../seen\n");
    executable(&sandbox.dir.join(".git/hooks/post-commit"), "#!/bin/sh\ntouch ../after\n");
    for config in [None, Some("[user]\n\tname = Ada"), Some("[user]\n\tname = Ada\n")] {
        if let Some(text) = config {
            fs::write(sandbox.home().join(".gitconfig"), text).unwrap();
        }
        let before = snapshot(&sandbox.home());
        let _ = sandbox.stanch(&["hook", "status", "--global"]).exits(1);
        let _ = sandbox.stanch(&["hook", "install", "--global"]).exits(0).says("core.hooksPath is set");
        let installed = snapshot(&sandbox.home());
        let _ = sandbox.stanch(&["hook", "install", "--global"]).exits(0);
        assert_eq!(snapshot(&sandbox.home()), installed);
        let _ = sandbox.stanch(&["hook", "status", "--global"]).exits(0);
        let _ = sandbox.stanch(&["hook", "install"]).exits(0).says("stand before all repositories");
        gated(&sandbox, 14 + u64::from(config.is_some_and(|text| text.ends_with('a'))));
        assert!(sandbox.beside("after").exists());
        let _ = sandbox.stanch(&["hook", "remove", "--global"]).exits(0);
        assert_eq!(snapshot(&sandbox.home()).keys().collect::<Vec<_>>(), before.keys().collect::<Vec<_>>());
        assert_eq!(snapshot(&sandbox.home()), before);
        sandbox.git(&["rm", "--quiet", "clean.conf"]);
        sandbox.commit("Clear");
    }
    // A folder for all repositories that the user has already.
    executable(&sandbox.home().join("hooks/pre-commit"), "#!/bin/sh\necho mine >&2\n");
    sandbox.git(&["config", "--global", "core.hooksPath", "~/hooks"]);
    let before = snapshot(&sandbox.home());
    let _ = sandbox.stanch(&["hook", "install", "--global"]).exits(0).says("runs first");
    gated(&sandbox, 20);
    let _ = sandbox.stanch(&["hook", "remove", "--global"]).exits(0);
    assert_eq!(snapshot(&sandbox.home()), before);
}

#[test]
fn a_bare_repository_gets_the_hook_of_a_server() {
    let sandbox = Sandbox::repository();
    sandbox.git(&["init", "--quiet", "--bare", "../server.git"]);
    let server = sandbox.at(&sandbox.beside("server.git"));
    let _ = server.stanch(&["hook", "install"]).exits(0).says("pre-receive");
    let _ = sandbox.try_git(&["push", "../server.git", "main"]).exits(0);
    sandbox.write("leak.conf", format!("{}\n", token(21)));
    sandbox.commit("Leak");
    let _ = sandbox.try_git(&["push", "../server.git", "main"]).exits(1).warns("leak.conf:1:1");
    let _ = server.stanch(&["hook", "remove"]).exits(0);
    let _ = sandbox.try_git(&["push", "../server.git", "main"]).exits(0);
}
