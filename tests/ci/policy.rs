//! The policy comes from the protected side: no change disarms the gate that judges it.

use crate::support::{Run, Sandbox, binary, token};

/// A repository whose remote, `origin`, has the first commit.
fn with_remote() -> Sandbox {
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
    std::fs::write(&hook, format!("#!/bin/sh\nexec '{}' push --pre-receive\n", binary().display())).unwrap();
    executable(&hook);
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

#[cfg(unix)]
fn executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
