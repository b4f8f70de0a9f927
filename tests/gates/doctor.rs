//! `stanch doctor`: passes where the gate stands, and says what is wrong where it does not.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::commits::gated;
use crate::support::{Sandbox, executable, token};

/// How a line of the doctor's came out.
fn status(sandbox: &Sandbox, id: &str, args: &[&str]) -> String {
    let run = sandbox.stanch(&[&["doctor", "--format", "json"], args].concat());
    let checks = run.json()["checks"].clone();
    let line = checks.as_array().unwrap().iter().find(|line| line["id"] == id);
    let status = line.unwrap_or_else(|| panic!("no {id} in {checks}"))["status"].as_str().unwrap().to_owned();
    assert_eq!(run.code == 0, checks.as_array().unwrap().iter().all(|line| line["status"] == "pass"), "{}", run.stdout);
    status
}

const WORKFLOW: &str = ".github/workflows/scan.yml";

fn workflow(step: &str) -> String {
    format!("on: [push, pull_request]\njobs:\n  scan:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}\n")
}

#[test]
fn a_gate_that_stands_is_proven_and_nothing_is_touched() {
    let sandbox = gated();
    sandbox.write(WORKFLOW, workflow("run: stanch ci"));
    sandbox.commit("Scan in CI");
    // What the user has staged and changed stays as it is, also where it would be refused.
    sandbox.write("staged.conf", format!("token = {}\n", token(1)));
    sandbox.git(&["add", "staged.conf"]);
    sandbox.write("README.md", "changed\n");
    let state = || {
        let index = fs::read(sandbox.dir.join(".git/index")).unwrap();
        (index, sandbox.git(&["status", "--porcelain"]), sandbox.git(&["count-objects", "-v"]))
    };
    let before = state();
    let run = sandbox.stanch(&["doctor"]).exits(0);
    assert!(run.says("A push with a secret is refused").stdout.contains("a generated token was refused"));
    assert!(state() == before, "the doctor touched something");
}

#[test]
fn hooks_that_are_missing_dead_or_blind_are_told() {
    let sandbox = Sandbox::repository();
    let _ = sandbox.stanch(&["doctor", "--local"]).exits(1).says("there is no pre-commit hook");
    let _ = sandbox.stanch(&["hook", "install"]).exits(0);
    assert_eq!(status(&sandbox, "gate-pre-push", &["--local"]), "pass");
    let hook = sandbox.dir.join(".git/hooks/pre-commit");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
    let _ = sandbox.stanch(&["doctor", "--local"]).exits(1).says("not executable");
    executable(&hook, b"#!/bin/sh\nexit 0\n");
    let _ = sandbox.stanch(&["doctor", "--local"]).exits(1).says("does not lead to stanch");
    // Who refuses everything proves nothing.
    executable(&hook, b"#!/bin/sh\necho always no >&2\nexit 1\n");
    let _ = sandbox.stanch(&["doctor", "--local"]).exits(3).says("always no");
    assert_eq!(status(&sandbox, "gate-pre-commit", &["--local"]), "cannot-tell");
    sandbox.git(&["config", "core.hooksPath", "elsewhere"]);
    let _ = sandbox.stanch(&["doctor", "--local"]).exits(1).says("core.hooksPath, local: elsewhere");
}

#[test]
fn ci_versions_configuration_clone_shortcuts_and_attributes() {
    let sandbox = gated();
    assert_eq!(status(&sandbox, "ci", &[]), "fail");
    for (step, expected) in [
        ("run: stanch ci || true", "fail"),
        ("{ run: stanch ci, continue-on-error: true }", "fail"),
        ("run: echo scan", "fail"),
        ("run: ./check.sh", "pass"),
        ("uses: acme/stanch@v0.0.1", "pass"),
    ] {
        sandbox.write("check.sh", "stanch history\n");
        sandbox.write(WORKFLOW, workflow(step));
        sandbox.commit("Change CI");
        assert_eq!(status(&sandbox, "ci", &[]), expected, "{step}");
    }
    assert_eq!(status(&sandbox, "versions", &[]), "fail");
    let commit = "1".repeat(40);
    for (step, expected) in [
        (format!("uses: acme/stanch@{commit}"), "cannot-tell"),
        (format!("uses: acme/stanch@{commit} # v{}", env!("CARGO_PKG_VERSION")), "pass"),
    ] {
        sandbox.write(WORKFLOW, workflow(&step));
        sandbox.commit("Pin");
        assert_eq!(status(&sandbox, "versions", &[]), expected, "{step}");
    }
    assert_eq!(status(&sandbox, "shortcuts", &[]), "pass");
    sandbox.git(&["config", "alias.yolo", "commit --no-verify"]);
    assert_eq!(status(&sandbox, "shortcuts", &[]), "fail");
    assert_eq!(status(&sandbox, "attributes", &[]), "pass");
    sandbox.write(".gitattributes", "*.png binary\n*.conf -diff\n");
    sandbox.commit("Hide");
    assert_eq!(status(&sandbox, "attributes", &[]), "fail");
    assert_eq!(status(&sandbox, "configuration", &[]), "pass");
    for (name, text) in [
        (".stanch.yml", "version: 1\nallow:\n  - { path: 'gone/**', reason: old }\n"),
        (".stanch.yml", "version: 1\nno_such_key: 1\n"),
        (".stanch.yaml", "version: 1\n"),
    ] {
        sandbox.write(name, text);
        sandbox.commit("Configure");
        assert_eq!(status(&sandbox, "configuration", &[]), "fail", "{text}");
        fs::remove_file(sandbox.dir.join(name)).unwrap();
    }
    assert_eq!(status(&sandbox, "clone", &[]), "pass");
    sandbox.git(&["clone", "--quiet", "--depth=1", &format!("file://{}", sandbox.dir.display()), "../shallow"]);
    assert_eq!(status(&sandbox.at(&sandbox.beside("shallow")), "clone", &[]), "fail");
}

#[test]
fn a_submodule_without_a_gate_is_told() {
    let sandbox = gated();
    let library = sandbox.at(&sandbox.beside("library"));
    fs::create_dir_all(&library.dir).unwrap();
    library.git(&["init", "--quiet", "--initial-branch=main"]);
    library.write("lib.txt", "lib\n");
    library.commit("Begin");
    let run = sandbox.stanch(&["doctor", "--local"]).exits(0);
    assert!(!run.stdout.contains("Submodules"), "there is none: {}", run.stdout);
    let url = library.dir.display().to_string();
    sandbox.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "vendor/lib"]);
    sandbox.commit("Add a submodule");
    assert_eq!(status(&sandbox, "gate-submodules", &["--local"]), "fail");
    let _ = sandbox.stanch(&["doctor", "--local"]).exits(1).says("vendor/lib").says("there is no pre-commit hook");
    let _ = sandbox.at(&sandbox.dir.join("vendor/lib")).stanch(&["hook", "install"]).exits(0);
    assert_eq!(status(&sandbox, "gate-submodules", &["--local"]), "pass");
    // One that is not checked out is nobody's way in.
    sandbox.git(&["submodule", "--quiet", "deinit", "--force", "vendor/lib"]);
    let run = sandbox.stanch(&["doctor", "--local"]).exits(0);
    assert!(!run.stdout.contains("Submodules"), "{}", run.stdout);
}
