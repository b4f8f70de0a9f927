//! `action.yml` and its scripts, run as a runner would run them: prepared environment, event file, real clones.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::events::{pull_payload, push_payload};
use crate::policy::with_remote;
use crate::support::{Run, Sandbox, binary, copy_binary, token};

fn source(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What a step left behind.
pub struct Step {
    pub run: Run,
    outputs: String,
    summary: String,
}

impl Step {
    pub fn output(&self, name: &str) -> String {
        let line = self.outputs.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
        line.unwrap_or_else(|| panic!("there is no output {name}: {}\n{}", self.outputs, self.run.stdout)).to_owned()
    }
}

/// Runs a script of the action in `folder`.
pub fn step(
    sandbox: &Sandbox,
    script: &str,
    folder: &Path,
    event: Option<(&str, Value)>,
    variables: &[(&str, &str)],
) -> Step {
    let temp = sandbox.beside("runner");
    std::fs::create_dir_all(&temp).unwrap();
    let (outputs, summary) = (temp.join("outputs"), temp.join("summary"));
    std::fs::write(&outputs, "").unwrap();
    std::fs::write(&summary, "").unwrap();
    let mut command = sandbox.command("bash");
    command
        .arg(source(".github/scripts").join(script))
        .current_dir(folder)
        .env("RUNNER_TEMP", &temp)
        .env("GITHUB_OUTPUT", &outputs)
        .env("GITHUB_STEP_SUMMARY", &summary)
        .env("ACTION_PATH", source(""))
        .env("STANCH", binary());
    if let Some((name, payload)) = event {
        let file = temp.join("event.json");
        std::fs::write(&file, payload.to_string()).unwrap();
        command.env("GITHUB_EVENT_NAME", name).env("GITHUB_EVENT_PATH", &file);
    }
    command.envs(variables.iter().copied());
    let run = sandbox.run(&mut command, &[]);
    Step { run, outputs: std::fs::read_to_string(outputs).unwrap(), summary: std::fs::read_to_string(summary).unwrap() }
}

#[test]
fn a_leak_in_a_pull_request_is_told_in_every_way_and_ends_the_step() {
    let sandbox = with_remote();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let secret = token(1);
    sandbox.write("::error::x.txt", format!("{secret}\n"));
    let head = sandbox.commit("Leak");
    let event = || Some(("pull_request", pull_payload(&base, &head)));
    let step = step(&sandbox, "scan.sh", &sandbox.dir, event(), &[]);
    let told = &step.run.stdout;
    assert_eq!(step.run.code, 1, "{told}{}", step.run.stderr);
    assert_eq!([step.output("result"), step.output("findings"), step.output("upload")], ["leaks", "1", "true"]);
    assert!(
        told.lines()
            .any(|line| line.starts_with("::error file=%3A%3Aerror%3A%3Ax.txt") || line.starts_with("::error file=")),
        "{told}"
    );
    assert!(step.summary.contains("x.txt"), "{}", step.summary);
    // Outside of the brackets no line of the repository can be a command.
    let mut stopped: Option<String> = None;
    for line in told.lines() {
        match &stopped {
            Some(word) if line == format!("::{word}::") => stopped = None,
            Some(_) => {}
            None => {
                stopped = line.strip_prefix("::stop-commands::").map(str::to_owned);
                assert!(!line.trim_start().starts_with("::error::x.txt"), "{told}");
            }
        }
    }
    assert!(stopped.is_none());
    let sarif: Value = serde_json::from_str(&std::fs::read_to_string(step.output("sarif")).unwrap()).unwrap();
    assert_eq!(sarif["runs"][0]["automationDetails"]["id"], "stanch/pull-request/");
    let receipt: Value = serde_json::from_str(&std::fs::read_to_string(step.output("receipt")).unwrap()).unwrap();
    assert!(receipt.is_object());
    for text in [told, &step.summary, &sarif.to_string(), &receipt.to_string()] {
        assert!(!text.contains(&secret), "the value is printed");
    }
    // A fork's token may not upload; the result is the same.
    let fork = crate::action::step(&sandbox, "scan.sh", &sandbox.dir, event(), &[("IS_FORK", "true")]);
    assert_eq!((fork.run.code, fork.output("upload").as_str()), (1, "false"));
    let quiet = [("ANNOTATIONS", "false"), ("SUMMARY", "false"), ("UPLOAD", "false")];
    let quiet = crate::action::step(&sandbox, "scan.sh", &sandbox.dir, event(), &quiet);
    assert!(quiet.run.code == 1 && quiet.summary.is_empty() && !quiet.run.stdout.contains("\n::error file"));
}

#[test]
fn a_clean_change_passes_and_the_policy_input_is_passed_on() {
    let sandbox = with_remote();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write("clean.txt", "nothing to see\n");
    let head = sandbox.commit("Clean");
    let clean = step(&sandbox, "scan.sh", &sandbox.dir, Some(("pull_request", pull_payload(&base, &head))), &[]);
    assert_eq!(clean.run.code, 0, "{}{}", clean.run.stdout, clean.run.stderr);
    assert_eq!([clean.output("result"), clean.output("findings")], ["clean", "0"]);
    sandbox.write(".stanch.yml", "min_severity: critical\n");
    let head = sandbox.commit("Weaken");
    let event = || Some(("pull_request", pull_payload(&base, &head)));
    assert_eq!(step(&sandbox, "scan.sh", &sandbox.dir, event(), &[]).run.code, 1);
    // A variable of the workflow, which the change may have edited, allows nothing.
    let sneaked = step(&sandbox, "scan.sh", &sandbox.dir, event(), &[("STANCH_ALLOW_POLICY_CHANGE", "1")]);
    assert_eq!(sneaked.run.code, 1);
    let allowed = step(&sandbox, "scan.sh", &sandbox.dir, event(), &[("ALLOW_POLICY_CHANGE", "true")]);
    assert_eq!(allowed.run.code, 0, "{}", allowed.run.stdout);
}

#[test]
fn a_shallow_clone_is_deepened_or_ends_as_incomplete() {
    let sandbox = with_remote();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&[
        "-C",
        sandbox.beside("origin.git").to_str().unwrap(),
        "config",
        "uploadpack.allowAnySHA1InWant",
        "true",
    ]);
    sandbox.write("leak.txt", token(2));
    sandbox.commit("Leak beyond the cut");
    sandbox.git(&["rm", "--quiet", "leak.txt"]);
    let head = sandbox.commit("Hide it");
    sandbox.git(&["push", "--quiet", "--no-verify", "origin", "HEAD:refs/heads/feature"]);
    let url = format!("file://{}", sandbox.beside("origin.git").display());
    for (number, event) in [
        ("pull_request", pull_payload(&base, &head)),
        ("push", push_payload("refs/heads/feature", &base, &head)),
        ("push", push_payload("refs/heads/feature", &"0".repeat(40), &head)),
        ("schedule", json!({"repository": {"default_branch": "main"}})),
    ]
    .into_iter()
    .enumerate()
    {
        let clone = sandbox.beside(&format!("clone{number}"));
        sandbox.git(&["clone", "--quiet", "--depth=1", "--branch=feature", &url, clone.to_str().unwrap()]);
        let shallow = step(&sandbox, "scan.sh", &clone, Some(event.clone()), &[("DEEPEN", "false")]);
        assert_eq!(shallow.run.code, 3, "{event:?}: {}", shallow.run.stdout);
        assert_eq!(shallow.output("result"), "incomplete");
        let deepened = step(&sandbox, "scan.sh", &clone, Some(event.clone()), &[]);
        assert_eq!(deepened.run.code, 1, "{event:?}: {}{}", deepened.run.stdout, deepened.run.stderr);
        assert!(deepened.run.stdout.contains("leak.txt"), "{}", deepened.run.stdout);
    }
}

#[test]
fn the_default_branch_is_fetched_for_its_policy_and_no_other_branch_stands_in_for_it() {
    let sandbox = with_remote();
    sandbox.write("old.txt", token(4));
    sandbox.write(".stanch.yml", "allow:\n  - path: old.txt\n    reason: generated\n");
    sandbox.commit("Excused by the owners");
    sandbox.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
    sandbox.git(&["checkout", "--quiet", "-b", "feature"]);
    sandbox.write("clean.txt", "nothing to see\n");
    let first = sandbox.commit("Clean");
    sandbox.write("more.txt", "nothing to see\n");
    let clean = sandbox.commit("Clean as well");
    sandbox.write(".stanch.yml", "allow:\n  - path: '**'\n    reason: trust me\n");
    let policy = sandbox.commit("A policy of its own");
    sandbox.write("leak.txt", token(5));
    let leak = sandbox.commit("Leak under that policy");
    sandbox.git(&["push", "--quiet", "--no-verify", "origin", "feature", &format!("{clean}:refs/heads/clean")]);
    let url = format!("file://{}", sandbox.beside("origin.git").display());
    let zero = "0".repeat(40);
    let gone = "ab".repeat(20);
    let push = |before: &str, after: &str| ("push", push_payload("refs/heads/x", before, after));
    let dispatch = ("workflow_dispatch", json!({"repository": {"default_branch": "main"}}));
    let cases = [
        ("clean", push(&zero, &clean), 0),
        ("clean", push(&first, &clean), 0),
        ("clean", push(&gone, &clean), 0),
        ("clean", ("push", push_payload("refs/tags/v1", &zero, &clean)), 0),
        ("clean", dispatch.clone(), 0),
        ("feature", push(&policy, &leak), 1),
        ("feature", push(&gone, &leak), 1),
        ("feature", dispatch, 1),
    ];
    for (number, (branch, (name, payload), code)) in cases.into_iter().enumerate() {
        let clone = sandbox.beside(&format!("policy{number}"));
        let branch = format!("--branch={branch}");
        sandbox.git(&["clone", "--quiet", "--depth=1", "--no-tags", &branch, &url, clone.to_str().unwrap()]);
        let event = Some((name, payload));
        let alone = step(&sandbox, "scan.sh", &clone, event.clone(), &[("DEEPEN", "false")]);
        assert!([1, 3].contains(&alone.run.code), "{event:?}: {}", alone.run.stdout);
        let step = step(&sandbox, "scan.sh", &clone, event.clone(), &[]);
        assert_eq!(step.run.code, code, "{event:?}: {}{}", step.run.stdout, step.run.stderr);
        assert_eq!(step.run.stdout.contains("leak.txt:1"), code == 1, "{}", step.run.stdout);
    }
}

#[test]
fn other_modes_and_wrong_inputs() {
    let sandbox = with_remote();
    sandbox.write("leak.txt", token(3));
    sandbox.commit("Leak");
    let run = |variables: &[(&str, &str)]| step(&sandbox, "scan.sh", &sandbox.dir, None, variables);
    assert_eq!(run(&[("MODE", "tree")]).output("result"), "leaks");
    assert_eq!(run(&[("MODE", "history")]).output("upload"), "true");
    assert_eq!(run(&[("MODE", "range"), ("BASE", "HEAD~"), ("HEAD", "HEAD")]).run.code, 1);
    for wrong in [
        &[("MODE", "range")][..],
        &[("MODE", "all; rm -rf .")],
        &[("MODE", "range"), ("BASE", "--help"), ("HEAD", "HEAD")],
        &[("MODE", "tree"), ("CONFIG", "a\nb")],
        &[("MODE", "auto")],
    ] {
        let step = run(wrong);
        assert_eq!((step.run.code, step.output("result").as_str()), (2, "error"), "{wrong:?}: {}", step.run.stdout);
    }
}

#[test]
fn the_binary_is_cached_built_or_verified_and_nothing_else() {
    let sandbox = Sandbox::new();
    let folder = sandbox.beside("stanch-action");
    std::fs::create_dir_all(&folder).unwrap();
    let folder_text = folder.to_str().unwrap();
    let unknown = step(&sandbox, "build.sh", &sandbox.dir, None, &[("STANCH_DIR", folder_text), ("VERSION", "9.9.9")]);
    assert_eq!(unknown.run.code, 2, "{}{}", unknown.run.stdout, unknown.run.stderr);
    assert!(unknown.run.stdout.contains("knows no checksum"), "{}", unknown.run.stdout);
    let odd = step(&sandbox, "build.sh", &sandbox.dir, None, &[("STANCH_DIR", folder_text), ("VERSION", "../../x")]);
    assert_eq!(odd.run.code, 2);
    copy_binary(&folder.join("stanch"));
    let cached = step(&sandbox, "build.sh", &sandbox.dir, None, &[("STANCH_DIR", folder_text)]);
    assert_eq!(cached.run.code, 0, "{}{}", cached.run.stdout, cached.run.stderr);
    assert_eq!(cached.output("binary"), folder.join("stanch").to_str().unwrap());
    let key = |version: &str| step(&sandbox, "key.sh", &sandbox.dir, None, &[("VERSION", version)]).output("key");
    assert_eq!(key(""), key(""));
    assert_ne!(key(""), key("1.2.3"));
}

#[test]
fn the_action_pins_what_it_uses_and_keeps_expressions_out_of_scripts() {
    let text = std::fs::read_to_string(source("action.yml")).unwrap();
    let action: Value = serde_saphyr::from_str(&text).unwrap();
    let steps = action["runs"]["steps"].as_array().unwrap();
    assert!(steps.len() >= 4);
    for step in steps {
        if let Some(run) = step["run"].as_str() {
            assert!(!run.contains("${{"), "{run}");
            let script = run.split(".github/scripts/").nth(1).map(|rest| rest.trim_matches('"')).unwrap();
            assert!(source(".github/scripts").join(script).is_file(), "{script}");
        }
        if let Some(uses) = step["uses"].as_str() {
            let commit = uses.split('@').nth(1).unwrap();
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{uses}");
        }
    }
    let scan = steps.iter().find(|step| step["id"] == "scan").unwrap();
    let script = std::fs::read_to_string(source(".github/scripts/scan.sh")).unwrap();
    for name in scan["env"].as_object().unwrap().keys().filter(|name| *name != "ACTION_PATH") {
        assert!(
            script.contains(&format!("${name}"))
                || script.contains(&format!("${{{name}"))
                || script.contains(name.as_str()),
            "{name} is not read"
        );
    }
    for (name, output) in action["outputs"].as_object().unwrap() {
        assert_eq!(output["value"], format!("${{{{ steps.scan.outputs.{name} }}}}"));
        assert!(script.contains(&format!("'{name}=%s\\n'")), "{name} is never written");
    }
    assert!(!text.contains("secrets.") && !text.contains("github.token"), "no token is needed");
}
