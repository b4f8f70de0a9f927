//! The policy comes from the protected side: no change disarms the gate that judges it.

use crate::events::{pull_request, pushed};
use crate::support::{Run, Sandbox, binary, executable, token};

/// A repository whose remote, `origin`, has the first commit.
pub fn with_remote() -> Sandbox {
    let sandbox = Sandbox::repository();
    let bare = sandbox.beside("origin.git");
    let bare = bare.to_str().unwrap();
    sandbox.git(&["init", "--quiet", "--bare", "--initial-branch=main", bare]);
    sandbox.git(&["remote", "add", "origin", bare]);
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    sandbox
}

/// What the pre-push hook would be told about `HEAD` going to `branch`.
fn push(sandbox: &Sandbox, branch: &str, args: &[&str]) -> Run {
    let (zero, head) = ("0".repeat(40), sandbox.git(&["rev-parse", "HEAD"]));
    let line = format!("refs/heads/{branch} {head} refs/heads/{branch} {zero}\n");
    sandbox.stanch_with(&[&["push", "origin"], args].concat(), line.as_bytes())
}

/// Changes that would let the secret in `leak.txt` through, if the change's own policy counted.
fn disarming(secret: &str) -> Vec<(&'static str, &'static str, String)> {
    let rule = "github-personal-access-token";
    vec![
        ("an allow entry", ".stanch.yml", "allow:\n  - path: '**'\n    reason: trust me\n".to_owned()),
        ("a disabled rule", ".stanch.yml", format!("rules:\n  disable: [{rule}]\n")),
        ("a threshold", ".stanch.yml", format!("min_severity: critical\nrules:\n  severity: {{ {rule}: low }}\n")),
        ("an attribute", ".gitattributes", "*.txt -diff\n* binary\n".to_owned()),
        ("paths-ignore", ".github/secret_scanning.yml", "paths-ignore:\n  - '**'\n".to_owned()),
        ("ignore rules", ".gitignore", format!("!.env\n# {}\n", secret.len())),
    ]
}

#[test]
fn a_change_cannot_disarm_the_push_that_carries_it() {
    for (number, (what, path, content)) in disarming(&token(0)).into_iter().enumerate() {
        let sandbox = with_remote();
        sandbox.write(path, &content);
        sandbox.commit("Policy");
        sandbox.write("leak.txt", format!("{}\n", token(number as u64 + 1)));
        sandbox.commit("Leak");
        let run = push(&sandbox, "feature", &[]).exits(1).says("leak.txt");
        assert!(run.stdout.contains("origin/main"), "{what}: the policy's side is not named: {}", run.stdout);
    }
}

#[test]
fn a_change_cannot_disarm_the_ci_run_that_judges_it() {
    for (number, (what, path, content)) in disarming(&token(0)).into_iter().enumerate() {
        let sandbox = with_remote();
        let base = sandbox.git(&["rev-parse", "HEAD"]);
        sandbox.write(path, &content);
        sandbox.commit("Policy");
        sandbox.write("leak.txt", format!("{}\n", token(number as u64 + 60)));
        sandbox.commit("Leak");
        let run = pull_request(&sandbox, &base, &[]).exits(1).says("leak.txt");
        assert!(run.stdout.contains("stanch-policy-change"), "{what} is not reported: {}", run.stdout);
        let _ = pushed(&sandbox, "refs/heads/main", &base, &[]).exits(1).says("leak.txt").says("stanch-policy-change");
        let _ = pushed(&sandbox, "refs/heads/feature", &"0".repeat(40), &[]).exits(1).says("leak.txt");
    }
}

#[test]
fn a_change_that_weakens_the_gate_is_denied_until_somebody_allows_it() {
    let sandbox = with_remote();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write(".stanch.yml", "rules:\n  disable: [github-personal-access-token]\n");
    sandbox.commit("Switch a rule off");
    let _ = pull_request(&sandbox, &base, &[]).exits(1).says("is switched off").says("--allow-policy-change");
    let _ = push(&sandbox, "feature", &[]).exits(1).says("is switched off");
    let allowed = pull_request(&sandbox, &base, &["--allow-policy-change"]).exits(0);
    assert!(allowed.stdout.contains("stanch-policy-change"), "{}", allowed.stdout);
    let _ = push(&sandbox, "feature", &["--allow-policy-change"]).exits(0).says("is switched off");
    for format in ["json", "jsonl", "sarif", "github", "markdown", "csv", "html", "junit", "gitlab"] {
        let run = pull_request(&sandbox, &base, &["--format", format]).exits(1);
        let is_told = run.stdout.contains("stanch-policy-change") || run.stdout.contains("the gate's own policy");
        assert!(is_told || run.stdout.contains("gate&#39;s own policy"), "{format}: {}", run.stdout);
    }
    // What is taken back again is no change.
    sandbox.git(&["revert", "--no-edit", "HEAD"]);
    let run = pull_request(&sandbox, &base, &[]).exits(0);
    assert!(!run.stdout.contains("stanch-policy-change"), "{}", run.stdout);
}

#[test]
fn the_protected_side_may_allow_an_edit_and_a_stronger_gate_is_only_told() {
    let sandbox = with_remote();
    sandbox.write(
        ".stanch.yml",
        "allow:\n  - rule: stanch-policy-change\n    path: .stanch.yml\n    reason: owners review it\n",
    );
    let base = sandbox.commit("Policy");
    sandbox.write(".stanch.yml", "min_severity: high\n");
    sandbox.commit("Weaken");
    let _ = pull_request(&sandbox, &base, &[]).exits(0).says("owners review it");
    let sandbox = with_remote();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write(".stanch.yml", "min_confidence: low\n");
    sandbox.write(".gitattributes", "*.conf -diff\n");
    sandbox.commit("Strengthen");
    let run = pull_request(&sandbox, &base, &[]).exits(0).says("stanch-policy-change").says("*.conf (-diff)");
    assert_eq!(run.stdout.matches("warning only").count(), 2, "{}", run.stdout);
}

#[test]
fn a_baseline_that_the_change_brings_excuses_nothing_in_it() {
    let sandbox = with_remote();
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write("leak.txt", format!("{}\n", token(80)));
    let _ = sandbox.stanch(&["baseline", "create", "--state", "false-positive", "--reason", "trust me"]).exits(0);
    let _ = sandbox.stanch(&["scan"]).exits(0);
    sandbox.commit("Leak with a baseline");
    let _ = pull_request(&sandbox, &base, &[]).exits(1).says("leak.txt").says("of the baseline");
    let _ = push(&sandbox, "feature", &["--allow-policy-change"]).exits(1).says("leak.txt");
    // Once it has landed, it counts.
    sandbox.git(&["push", "--quiet", "--no-verify", "origin", "main"]);
    sandbox.write("again.txt", std::fs::read(sandbox.dir.join("leak.txt")).unwrap());
    sandbox.commit("The same value");
    let _ = push(&sandbox, "feature", &[]).exits(0).says("trust me");
}

#[test]
fn what_a_merge_only_takes_over_is_no_edit() {
    let sandbox = with_remote();
    sandbox.git(&["checkout", "--quiet", "-b", "feature"]);
    sandbox.write("work.txt", "work\n");
    sandbox.commit("Work");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write(".stanch.yml", "min_severity: high\n");
    let base = sandbox.commit("The owners weaken it");
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    sandbox.git(&["checkout", "--quiet", "feature"]);
    sandbox.git(&["merge", "--quiet", "--no-edit", "main"]);
    let run = pull_request(&sandbox, &base, &[]).exits(0);
    assert!(!run.stdout.contains("stanch-policy-change"), "{}", run.stdout);
}

#[test]
fn a_push_that_is_not_judged_in_time_is_refused() {
    let sandbox = with_remote();
    sandbox.write("clean.txt", "nothing to see\n");
    sandbox.commit("Clean");
    let _ = push(&sandbox, "feature", &["--deadline", "0.000001"]).exits(3);
    let _ = push(&sandbox, "feature", &["--deadline", "600"]).exits(0);
    for wrong in ["0", "-1", "soon"] {
        let _ = push(&sandbox, "feature", &[&format!("--deadline={wrong}")]).exits(2);
    }
}

#[test]
fn a_configuration_named_inside_of_the_repository_is_read_from_the_protected_side() {
    let sandbox = with_remote();
    sandbox.write("ci/stanch.yml", "allow:\n  - path: '**'\n    reason: trust me\n");
    sandbox.write("leak.txt", token(20));
    sandbox.commit("Leak");
    let _ = push(&sandbox, "feature", &["--config", "ci/stanch.yml"]).exits(1).says("leak.txt");
    // What lies outside of the repository is the operator's own.
    let outside = sandbox.beside("operator.yml");
    std::fs::write(&outside, "allow:\n  - path: '**'\n    reason: the operator says so\n").unwrap();
    let _ = push(&sandbox, "feature", &["--config", outside.to_str().unwrap()]).exits(0);
}

#[test]
fn what_the_protected_side_allows_is_allowed_and_what_it_forbids_is_forbidden() {
    let sandbox = with_remote();
    let rule = "provider: prism\nrules:\n  - id: prism-api-key\n    name: Prism API key\n    severity: high\n    confidence: high\n    \
         pattern: '\\bprism_live_([0-9a-f]{32})\\b'\n    description: A key of our own application.\n    grants: Everything.\n    \
         revoke: DELETE /api/v1/api-keys/{id}.\n    examples: ['key = prism_live_«%{hex:32}»', 'x: \"prism_live_«%{hex:32}»\"']\n    \
         counter_examples: [{ text: 'prism_live_short', why: too short }]\n";
    sandbox.write("rules/prism.yml", rule);
    sandbox.write(".stanch.yml", "rules:\n  load: [rules]\nallow:\n  - path: 'fixtures/**'\n    reason: generated\n");
    sandbox.commit("Policy");
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    sandbox.write("fixtures/a.txt", token(30));
    sandbox.commit("Fixture");
    let _ = push(&sandbox, "feature", &[]).exits(0);
    sandbox.git(&["rm", "-r", "--quiet", "rules", ".stanch.yml"]);
    sandbox.write("conf.txt", "key = prism_live_7f3c9a02e5b841d6c0f97b3ae2864d15\n");
    sandbox.commit("Leak");
    let _ = push(&sandbox, "feature", &[]).exits(1).says("prism-api-key");
}

#[test]
fn a_server_takes_its_policy_from_its_default_branch_as_it_was() {
    let sandbox = with_remote();
    let bare = sandbox.beside("origin.git");
    let hook = bare.join("hooks/pre-receive");
    executable(&hook, format!("#!/bin/sh\nexec '{}' push --pre-receive\n", binary().display()).as_bytes());
    for (number, (what, path, content)) in disarming(&token(0)).into_iter().enumerate() {
        sandbox.git(&["checkout", "--quiet", "-B", "work", "origin/main"]);
        sandbox.write(path, &content);
        sandbox.write("leak.txt", format!("{}\n", token(number as u64 + 40)));
        sandbox.commit("Leak with policy");
        for target in ["work", "main"] {
            let refspec = format!("HEAD:refs/heads/{target}");
            let output = sandbox.command("git").args(["push", "--quiet", "origin", &refspec]).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(!output.status.success() && told.contains("leak.txt"), "{what} to {target}: {told}");
        }
    }
    sandbox.git(&["checkout", "--quiet", "-B", "work", "origin/main"]);
    sandbox.write("clean.txt", "nothing to see\n");
    sandbox.commit("Clean");
    sandbox.git(&["push", "--quiet", "origin", "HEAD:refs/heads/work"]);
}
