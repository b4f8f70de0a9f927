//! The hooks that the pre-commit framework takes from `.pre-commit-hooks.yaml`, with the real framework.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Run, Sandbox, binary, token};

/// The framework: from `target/tools/bin`, or on the PATH.
fn framework() -> Option<PathBuf> {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin/pre-commit");
    let works =
        |program: &Path| Command::new(program).arg("--version").output().is_ok_and(|done| done.status.success());
    let found = [tools, PathBuf::from("pre-commit")].into_iter().find(|program| works(program));
    if found.is_none() {
        assert!(
            std::env::var_os("STANCH_REQUIRE_TOOLS").is_none(),
            "pre-commit is not here: .ci/run installs it into target/tools"
        );
        #[allow(clippy::print_stderr, reason = "a skipped test must be seen")]
        {
            eprintln!("skipped: pre-commit is not here (.ci/run installs it into target/tools)");
        }
    }
    found
}

fn path() -> String {
    format!("{}:{}", binary().parent().unwrap().display(), std::env::var("PATH").unwrap())
}

fn git(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.run(sandbox.command("git").env("PATH", path()), args)
}

/// A repository that uses our shipped hooks, the ones that take the binary from the PATH.
fn hooked(framework: &Path) -> Sandbox {
    let sandbox = Sandbox::repository();
    let shipped = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml")).unwrap();
    sandbox.git(&["init", "--quiet", "--initial-branch=main", "../stanch"]);
    let ours = sandbox.at(&sandbox.beside("stanch"));
    ours.write(".pre-commit-hooks.yaml", shipped);
    let rev = ours.commit("Ship hooks");
    let config = format!(
        "repos:\n  - repo: {}\n    rev: {rev}\n    hooks:\n      - id: stanch-system\n      - id: stanch-push-system\n      - id: stanch-commit-msg-system\n",
        ours.dir.display()
    );
    sandbox.write(".pre-commit-config.yaml", config);
    sandbox.commit("Use the framework");
    for stage in ["pre-commit", "pre-merge-commit", "commit-msg", "pre-push"] {
        let _ = sandbox.run(&mut sandbox.command(framework), &["install", "--hook-type", stage]).exits(0);
    }
    sandbox
}

#[test]
fn the_shipped_file_is_what_the_framework_expects() {
    let Some(framework) = framework() else { return };
    let sandbox = Sandbox::new();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join(".pre-commit-hooks.yaml");
    let _ = sandbox.run(&mut sandbox.command(framework), &["validate-manifest", shipped.to_str().unwrap()]).exits(0);
    let text = std::fs::read_to_string(shipped).unwrap();
    let hooks = text.matches("- id:").count();
    assert_eq!(hooks, 6);
    for (key, count) in [("pass_filenames: false", hooks - 2), ("always_run: true", hooks), ("types", 0), ("files:", 0)]
    {
        assert_eq!(text.matches(key).count(), count, "{key}");
    }
}

#[test]
fn commits_messages_and_pushes_go_through_the_framework() {
    let Some(framework) = framework() else { return };
    let sandbox = hooked(&framework);
    // A NUL, a name that no type filter lets through, an unstaged change beside it.
    sandbox.write("key.bin", [b"\0\0".as_slice(), token(1).as_bytes(), b"\0"].concat());
    sandbox.git(&["add", "key.bin"]);
    sandbox.write("README.md", "not staged\n");
    let _ = git(&sandbox, &["commit", "-m", "Leak"]).exits(1).warns("key.bin");
    sandbox.git(&["rm", "--quiet", "--force", "--cached", "key.bin"]);
    let _ = git(&sandbox, &["commit", "--allow-empty", "-m", &format!("With {}", token(2))])
        .exits(1)
        .warns("commit message");
    let _ = git(&sandbox, &["commit", "-a", "-m", "Clean"]).exits(0);
    sandbox.git(&["init", "--quiet", "--bare", "../origin.git"]);
    sandbox.git(&["remote", "add", "origin", "../origin.git"]);
    let _ = git(&sandbox, &["push", "origin", "main"]).exits(0);
    // The framework tells of the first ref only; the secret is in the second.
    sandbox.git(&["checkout", "--quiet", "-b", "a-clean"]);
    sandbox.git(&["commit", "--quiet", "--no-verify", "--allow-empty", "-m", "Clean"]);
    sandbox.git(&["checkout", "--quiet", "-b", "b-leak", "main"]);
    sandbox.write("leak.conf", format!("{}\n", token(3)));
    sandbox.git(&["add", "leak.conf"]);
    sandbox.git(&["commit", "--quiet", "--no-verify", "-m", "Leak"]);
    let run = git(&sandbox, &["push", "origin", "a-clean", "b-leak"]).exits(1);
    assert!(format!("{}{}", run.stdout, run.stderr).contains("leak.conf:1:1"), "{}{}", run.stdout, run.stderr);
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["branch", "--quiet", "-D", "b-leak"]);
    let _ = git(&sandbox, &["push", "origin", "a-clean"]).exits(0);
}
