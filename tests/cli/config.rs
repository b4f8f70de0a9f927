//! `.stanch.yml`.

use crate::support::{Sandbox, token};

#[test]
fn rules_that_are_switched_off_are_not_in_force() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", "text\n");
    let in_force = || {
        let run = sandbox.stanch(&["scan"]).exits(0);
        let line =
            run.stderr.lines().chain(run.stdout.lines()).find(|line| line.starts_with("rules ")).map(str::to_owned);
        let digits: String =
            line.unwrap().split(" in force").next().unwrap().chars().filter(char::is_ascii_digit).collect();
        digits.parse::<usize>().unwrap()
    };
    let all = in_force();
    sandbox.write(".stanch.yml", "rules:\n  disable: [0x-api-key, generic-token]\n");
    assert_eq!(in_force(), all - 2);
}

#[test]
fn unknown_keys_and_rules_are_refused_with_their_place() {
    let sandbox = Sandbox::repository();
    sandbox.write(".stanch.yml", "rules:\n  disabel: [x-y]\n");
    let _ = sandbox.stanch(&["scan"]).exits(2).warns("disabel");
    sandbox.write(".stanch.yml", "rules:\n  disable: [no-such-rule]\n");
    let _ = sandbox.stanch(&["scan"]).exits(2).warns("no-such-rule");
}

#[test]
fn allow_entries_excuse_until_they_expire_and_are_told_when_unused() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", token(1));
    let json = sandbox.stanch(&["scan", "--format", "json"]).exits(1).json();
    let fingerprint = json["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    let config = |expires: &str| {
        sandbox.write(
            ".stanch.yml",
            format!("allow:\n  - fingerprint: '{fingerprint}'\n    reason: test data\n    expires: {expires}\n"),
        );
    };
    config("2030-01-01");
    let _ = sandbox.stanch(&["scan", "--today", "2026-01-01"]).exits(0);
    let _ = sandbox.stanch(&["scan", "--today", "2031-01-01"]).exits(1).says("expired");
    sandbox.write("a.txt", "clean");
    let _ = sandbox.stanch(&["scan", "--today", "2026-01-01"]).exits(0).says("matched nothing");
}

#[test]
fn comments_excuse_the_rules_that_they_name_with_a_reason() {
    let sandbox = Sandbox::repository();
    let secret = token(2);
    let json = {
        sandbox.write("a.py", format!("T = '{secret}'\n"));
        sandbox.stanch(&["scan", "--format", "json"]).exits(1).json()
    };
    let rule = json["findings"][0]["rule"].as_str().unwrap_or_else(|| panic!("{json}")).to_owned();
    sandbox.write("a.py", format!("T = '{secret}'  # stanch:allow {rule} revoked test data\n"));
    let _ = sandbox.stanch(&["scan"]).exits(0);
    sandbox.write("a.py", format!("T = '{secret}'  # stanch:allow other-rule revoked test data\n"));
    let _ = sandbox.stanch(&["scan"]).exits(1);
    sandbox.write("a.py", format!("T = '{secret}'  # stanch:allow {rule}\n"));
    let _ = sandbox.stanch(&["scan"]).exits(1);
    sandbox.write("a.py", format!("T = '{secret}'  # stanch:allow {rule} revoked test data\n"));
    sandbox.write(".stanch.yml", "comments:\n  allow: false\n");
    let _ = sandbox.stanch(&["scan"]).exits(1);
}

#[test]
fn comments_that_excuse_nothing_are_told() {
    let sandbox = Sandbox::repository();
    let json = {
        sandbox.write("a.py", format!("T = '{}'\n", token(3)));
        sandbox.stanch(&["scan", "--format", "json"]).exits(1).json()
    };
    let rule = json["findings"][0]["rule"].as_str().unwrap().to_owned();
    let commented = |remark: &str| {
        sandbox.write("a.py", format!("# {}:{} {remark}\nT = '{}'\n", "stanch", "allow", token(3)));
    };
    let on = |day| sandbox.stanch(&["scan", "--today", day]);
    commented(&format!("{rule} until 2026-03-01 revoked test data"));
    let _ = on("2026-03-01").exits(0);
    let _ = on("2026-03-02").exits(1).says("a.py:1: the comment expired on 2026-03-01");
    commented(&format!("{rule} until 2026-02-31 revoked test data"));
    let _ = on("2026-03-01").exits(1).says("expired");
    commented(&rule);
    let _ = on("2026-03-01").exits(1).says("a.py:1: the comment excuses nothing: it gives no reason");
    commented(&format!("{rule} revoked test data"));
    sandbox.write(".stanch.yml", "comments: { allow: false }\n");
    let _ = on("2026-03-01").exits(1).says("a.py:1: the comment does not count");
    std::fs::remove_file(sandbox.dir.join(".stanch.yml")).unwrap();
    sandbox.write("a.py", format!("# {}:{} {rule} revoked test data\n", "stanch", "allow"));
    let _ = on("2026-03-01").exits(0).says("a.py:1: the comment excuses nothing: no value of");
}

#[test]
fn own_rules_are_loaded_and_tested_like_the_built_in_ones() {
    let sandbox = Sandbox::repository();
    sandbox.write(
        "rules/prism.yml",
        "provider: prism\nrules:\n  - id: prism-api-key\n    name: Prism API key\n    severity: high\n    confidence: high\n    \
         pattern: '\\bprism_live_([0-9a-f]{32})\\b'\n    description: A key of our own application.\n    grants: Everything.\n    \
         revoke: DELETE /api/v1/api-keys/{id}.\n    examples: ['key = prism_live_«%{hex:32}»', 'x: \"prism_live_«%{hex:32}»\"']\n    \
         counter_examples: [{ text: 'prism_live_short', why: too short }]\n",
    );
    let _ = sandbox.stanch(&["rules", "test", "rules"]).exits(0);
    sandbox.write("conf.txt", "prism_live_7f3c9a02e5b841d6c0f97b3ae2864d15\n");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let _ = sandbox.stanch(&["scan", "--rules", "rules"]).exits(1).says("prism-api-key");
    // What is wrong with a rule is told with its file and its line; a folder without rules is no set of rules.
    let yaml = std::fs::read_to_string(sandbox.dir.join("rules/prism.yml")).unwrap();
    sandbox.write("bad/prism.yml", yaml.replace("severity: high", "severity: awful"));
    std::fs::create_dir(sandbox.dir.join("none")).unwrap();
    for (folder, complaint) in [
        ("bad", "prism.yml:3: prism-api-key: `severity: awful` is none of"),
        ("none", "none holds no rule file"),
        ("nowhere", "nowhere"),
    ] {
        let _ = sandbox.stanch(&["rules", "test", folder]).exits(2).warns(complaint);
        let _ = sandbox.stanch(&["scan", "--rules", folder]).exits(2).warns(complaint);
    }
    // A failed example names where it stands; a built-in id is told, and refused by a scan.
    let wrong = yaml.replace("'x: \"prism_live_", "\n      'x: \"prism_test_");
    sandbox.write("wrong/prism.yml", &wrong);
    let line = wrong.lines().position(|line| line.contains("prism_test_")).unwrap() + 1;
    let failed = format!("wrong/prism.yml:{line}: missing: prism-api-key");
    let _ = sandbox.stanch(&["rules", "test", "wrong"]).exits(1).says(&failed);
    sandbox.write("taken/prism.yml", yaml.replace("id: prism-api-key", "id: npm-access-token"));
    let _ = sandbox.stanch(&["rules", "test", "taken"]).exits(0).says("npm-access-token: an id of a built-in rule");
    let _ = sandbox.stanch(&["scan", "--rules", "taken"]).exits(2).warns("npm-access-token");
    sandbox.write(".stanch.yml", "rules:\n  load: [rules]\n");
    let _ = sandbox.stanch(&["scan"]).exits(1).says("prism-api-key");
}

#[test]
fn a_configuration_to_start_from_names_what_the_repository_shows() {
    let sandbox = Sandbox::repository();
    sandbox.write(".env.example", "DATABASE_URL=\nPORT=3000\nVITE_API_URL=\n");
    sandbox.write(
        ".github/workflows/ci.yml",
        "env:\n  T: ${{ secrets.DEPLOY_TOKEN }}\n  G: ${{ secrets.GITHUB_TOKEN }}\n",
    );
    let _ = sandbox.stanch(&["init"]).exits(0);
    let yaml = std::fs::read_to_string(sandbox.dir.join(".stanch.yml")).unwrap();
    for part in [
        "- name: DATABASE_URL  # .env.example",
        "- name: DEPLOY_TOKEN  # .github",
        "# - name: PORT",
        "#     - VITE_API_URL",
    ] {
        assert!(yaml.contains(part), "{part}: {yaml}");
    }
    assert!(!yaml.contains("GITHUB_TOKEN"));
    let _ = sandbox.stanch(&["inventory", "list"]).exits(0).says("2 secrets");
    let _ = sandbox.stanch(&["init"]).exits(2).warns("exists already");
    let _ = sandbox.stanch(&["scan"]).exits(0);
}

#[test]
fn the_schema_is_printed_for_editors() {
    let schema = Sandbox::new().stanch(&["config", "schema"]).exits(0).json();
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["secrets"]["items"]["properties"]["playbook"].is_object());
}
