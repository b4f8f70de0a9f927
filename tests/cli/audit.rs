//! `stanch audit`, `stanch rotation log` and `stanch incident log`.

use crate::support::{Run, Sandbox, token};

const INVENTORY: &str = "\
secrets:
  - { name: JWT_SECRET, owner: Backend Lead, severity: CRITICAL, rotation: 180 days }
  - { name: RESEND_API_KEY, owner: Ops, severity: MEDIUM, rotation: 90 days }
  - { name: CLERK_SECRET_KEY, severity: HIGH, rotation: On staff change or compromise }
  - { name: SENTRY_DSN, sensitive: false, rotation: never }
";

const ROTATIONS: &str = "\
# dates and key names only

2026-02-23  RESEND_API_KEY          Scheduled 90-day rotation
2026-02-23  CLERK_SECRET_KEY        Scheduled rotation
2026-03-15  JWT_SECRET              Scheduled 180-day rotation
";

/// A repository that keeps all the rules.
fn sound() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitignore", ".env\n.env.local\n.env.development\n.env.production\n.env.*\n*.env\n!.env.example\n");
    sandbox.write(".dockerignore", "**/.env\n**/.env.*\n**/*.env\n");
    sandbox.write("backend/Dockerfile", "FROM scratch\nCOPY . .\n");
    sandbox.write("frontend/package.json", "{\"name\": \"web\", \"version\": \"1.0.0\", \"files\": [\"dist\"]}\n");
    sandbox.write(
        ".github/workflows/ci.yml",
        "on: [push]\njobs:\n  scan:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: stanch/stanch@v0.1.0\n      - uses: Infisical/secrets-action@v1\n        with:\n          client-id: ${{ secrets.INFISICAL_CLIENT_ID }}\n          client-secret: ${{ secrets['INFISICAL_CLIENT_SECRET'] }}\n          token: ${{ secrets.GITHUB_TOKEN }}\n",
    );
    sandbox.write(
        "ecosystem.config.js",
        "module.exports = { apps: [{ name: 'x', env: { NODE_ENV: 'production', JWT_SECRET: process.env.JWT_SECRET } }] }\n",
    );
    sandbox.write("docker-compose.yml", "services:\n  db:\n    image: postgres\n    environment:\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}\n      PORT: 5432\n");
    sandbox.write(".stanch.yml", INVENTORY);
    sandbox.write("security/rotation-log.txt", ROTATIONS);
    sandbox.write(
        "security/incident-log.txt",
        "# Format: DATE | SEVERITY | SECRET | WHAT HAPPENED | RESOLUTION\n\n2026-02-23 | TEMPLATE — replace with real entries\n2026-03-14 | SEV-1 | JWT_SECRET | pasted into a ticket | rotated the next morning\n",
    );
    sandbox.commit("Keep the rules");
    let hook = sandbox.write(".git/hooks/pre-commit", "#!/bin/sh\nexec stanch staged\n");
    let _ = sandbox.run(&mut sandbox.command("chmod"), &["+x", hook.to_str().unwrap()]);
    sandbox
}

fn audit(sandbox: &Sandbox) -> Run {
    sandbox.stanch(&["audit", "--today", "2026-04-01", "--format", "json"])
}

/// The status of a line, and its reason with all places.
#[track_caller]
fn line(run: &Run, id: &str) -> (String, String) {
    let json = run.json();
    let check = json["checks"].as_array().unwrap().iter().find(|check| check["id"] == id);
    let check = check.unwrap_or_else(|| panic!("there is no line {id}"));
    (check["status"].as_str().unwrap().to_owned(), format!("{} {}", check["why"], check["places"]))
}

#[track_caller]
fn fails(sandbox: &Sandbox, id: &str, parts: &[&str]) {
    sandbox.git(&["add", "--all", "--force"]);
    let run = audit(sandbox).exits(1);
    let (status, said) = line(&run, id);
    assert_eq!(status, "fail", "{id}: {said}");
    for part in parts {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}

#[test]
fn a_repository_that_keeps_the_rules_passes_and_the_rest_stays_on_the_list() {
    let sandbox = sound();
    let run = audit(&sandbox).exits(0);
    let json = run.json();
    for check in json["checks"].as_array().unwrap() {
        assert!(check["status"] == "pass" || check["beyond_repository"] == true, "{check}");
    }
    assert_eq!(line(&run, "firewall").0, "cannot-tell");
    let text = sandbox.stanch(&["audit", "--today", "2026-04-01"]).exits(0).says("Passed: ").says("can't tell");
    assert!(!text.stdout.contains("fail  "));
    let _ = sandbox.stanch(&["audit", "--today", "2026-04-01", "--format", "markdown"]).exits(0).says("- [x] **pass**");
    let _ = sandbox.stanch(&["audit", "--format", "csv"]).exits(2).warns("csv");
    let bare = Sandbox::new();
    let _ = bare.stanch(&["audit"]).exits(2);
}

#[test]
fn git_agrees_with_what_is_said_about_ignore_rules() {
    let sandbox = sound();
    let probes =
        [".env", ".env.local", ".env.production", "x.env", "backend/.env", "backend/deep/.env.x", "frontend/x.env"];
    for (root, nested) in [
        (".env\n.env.*\n*.env\n", ""),
        ("/.env\n.env.*\n*.env\n", ""),
        (".env\n", ""),
        (".env*\n*.env\n!.env.production\n", ""),
        (".env\n.env.*\n*.env\n", "!.env\n"),
        ("*\n!*/\n!*.md\n", ""),
        ("backend/\n.env\n.env.*\n", ""),
    ] {
        sandbox.write(".gitignore", root);
        sandbox.write("backend/.gitignore", nested);
        sandbox.git(&["add", "--all", "--force"]);
        let run = audit(&sandbox);
        let (status, said) = line(&run, "gitignore-probes");
        let is_open = |probe: &&&str| {
            let output =
                sandbox.command("git").args(["check-ignore", "--quiet", "--no-index", probe]).output().unwrap();
            !output.status.success()
        };
        let open: Vec<&&str> = probes.iter().filter(is_open).collect();
        assert_eq!(open.is_empty(), status == "pass", "{root:?} {nested:?}: git leaves {open:?} open; {said}");
    }
    sandbox.write("backend/.gitignore", "");
    sandbox.write(".gitignore", ".env\n.env.*\n*.env\n!.env.production\n");
    fails(&sandbox, "gitignore-probes", &["takes .env.production in again", "\"line\":4"]);
    sandbox.write(".gitignore", ".env\n");
    fails(&sandbox, "gitignore-patterns", &["lacks", "*.env"]);
}

#[test]
fn docker_and_npm_are_probed() {
    let sandbox = sound();
    sandbox.write(".dockerignore", ".env\n.env.*\n*.env\n");
    fails(&sandbox, "dockerignore", &["folder/.env"]);
    sandbox.write("frontend/package.json", "{\"name\": \"web\", \"files\": [\"*\"]}");
    fails(&sandbox, "npm-files", &["would publish", ".env.local"]);
    sandbox.write("frontend/package.json", "{\"name\": \"web\"}");
    sandbox.write("frontend/.npmignore", "test\n");
    fails(&sandbox, "npm-files", &["frontend/package.json", "x.env"]);
}

#[test]
fn every_way_to_a_github_secret_is_held_against_the_list() {
    let sandbox = sound();
    sandbox.write(
        ".github/workflows/deploy.yml",
        "on:\n  workflow_call:\n    secrets:\n      ASKED_FOR: {required: true}\njobs:\n  a:\n    uses: ./.github/workflows/x.yml\n    secrets: inherit\n  b:\n    runs-on: x\n    if: secrets.IN_CONDITION != ''\n    env:\n      ALL: ${{ toJSON(secrets) }}\n      ONE: ${{ secrets[format('{0}_KEY', matrix.name)] }}\n    steps:\n      - run: |\n          # ${{ secrets.IN_COMMENT }}\n          ssh ${{ secrets['VPS_IP'] }} ${{ secrets.GITHUB_TOKEN }}\n      # ${{ secrets.NOT_EVALUATED }}\n  c:\n    uses: ./.github/workflows/y.yml\n    secrets: {HANDED: '${{ secrets.INFISICAL_CLIENT_ID }}'}\n",
    );
    let parts = [
        "ASKED_FOR",
        "inherit",
        "IN_CONDITION",
        "whole `secrets` context",
        "computed name",
        "IN_COMMENT",
        "VPS_IP",
        "HANDED",
        "\"line\":18",
    ];
    fails(&sandbox, "actions-secrets", &parts);
    let run = audit(&sandbox);
    let (_, said) = line(&run, "actions-secrets");
    assert!(!said.contains("NOT_EVALUATED") && !said.contains("GITHUB_TOKEN is not"), "{said}");
    sandbox
        .write(".github/workflows/deploy.yml", "on: push\njobs: {a: {steps: [{run: 'ssh ${{ secrets.VPS_IP }}'}]}}\n");
    sandbox.write(
        ".stanch.yml",
        format!("{INVENTORY}audit: {{ actions_secrets: [INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET, VPS_IP] }}\n"),
    );
    sandbox.git(&["add", "--all"]);
    assert_eq!(line(&audit(&sandbox), "actions-secrets").0, "pass");
    sandbox.write(".github/workflows/broken.yml", "a: {{ b }}\n- c");
    sandbox.git(&["add", "--all"]);
    let run = audit(&sandbox).exits(3);
    assert_eq!(line(&run, "actions-secrets").0, "cannot-tell");
}

#[test]
fn secrets_in_blocks_of_variables_fail() {
    let value = token(77);
    for (path, text) in [
        ("ecosystem.config.cjs", format!("module.exports = {{apps: [{{env_production: {{A: '{value}'}}}}]}}")),
        ("ecosystem.json", "{\"apps\": [{\"env\": {\"JWT_SECRET\": \"correct horse battery\"}}]}".to_owned()),
        ("ecosystem.yml", "apps:\n  - env:\n      ADMIN_PASSWORD: sunflower\n".to_owned()),
        ("compose.yaml", "services:\n  a:\n    environment:\n      - DATABASE_URL=postgres://app:sunflower@db/app\n".to_owned()),
        ("k8s/secret.yaml", "apiVersion: v1\nkind: Secret\nstringData:\n  DB_PASSWORD: sunflower\n".to_owned()),
        ("k8s/plain.yaml", "apiVersion: v1\nkind: Secret\nstringData:\n  anything: sunflower\n".to_owned()),
        ("k8s/data.yaml", "apiVersion: v1\nkind: Secret\ndata:\n  anything: c3VuZmxvd2Vy\n".to_owned()),
        ("chart/deploy.yaml", "apiVersion: v1\nkind: Deployment\n{{- if .Values.x }}\nspec:\n  env:\n    - name: API_TOKEN\n      value: sunflower\n    - name: {{ .Values.y }}\n      value: {{ .Values.z }}\n{{- end }}\n".to_owned()),
        ("deploy/app.service", "[Service]\nEnvironment=\"JWT_SECRET=correct horse battery\" PORT=1\n".to_owned()),
    ] {
        let sandbox = sound();
        sandbox.write(path, &text);
        fails(&sandbox, "process-env", &[path]);
        let run = audit(&sandbox);
        for secret in ["sunflower", "correct horse", &value] {
            assert!(!run.stdout.contains(secret), "{path}");
        }
    }
}

#[test]
fn env_files_and_break_glass_material_are_found_in_history() {
    let sandbox = sound();
    sandbox.write("ops/.env", "A=1\n");
    sandbox.commit("Add");
    sandbox.git(&["rm", "--quiet", "ops/.env"]);
    sandbox.commit("Remove");
    fails(&sandbox, "env-history", &["ops/.env", "since commit"]);
    assert_eq!(line(&audit(&sandbox), "env-tracked").0, "pass");

    let sandbox = sound();
    sandbox.write("notes.bin", b"age-encryption.org/v1\n-> X25519 abc\n");
    sandbox.write("passwords.db", [&[0x03, 0xd9, 0xa2, 0x9a, 0x67, 0xfb, 0x4b, 0xb5][..], &[0; 64]].concat());
    sandbox.write("emergency.env.gpg", b"whatever");
    sandbox.write(
        "plain.txt",
        "JWT_SECRET=sun flower one\nRESEND_API_KEY=moon flower two\nCLERK_SECRET_KEY=star flower three\n",
    );
    sandbox.commit("Add");
    for path in ["notes.bin", "passwords.db"] {
        sandbox.git(&["rm", "--quiet", path]);
    }
    sandbox.commit("Remove");
    fails(
        &sandbox,
        "break-glass",
        &["notes.bin", "an age-encrypted file, in the history", "passwords.db", "emergency.env.gpg", "plain.txt"],
    );
    sandbox.git(&["rm", "--quiet", "plain.txt"]);
    sandbox.write(".stanch.yml", format!("{INVENTORY}audit: {{ encrypted_files: ['*.bin', '*.db', '*.gpg'] }}\n"));
    sandbox.git(&["add", "--all"]);
    assert_eq!(line(&audit(&sandbox), "break-glass").0, "pass");
}

#[test]
fn a_missing_hook_and_toothless_scanning_fail() {
    let sandbox = sound();
    sandbox.write(".git/hooks/pre-commit", "#!/bin/sh\n# stanch\nexit 0\n");
    fails(&sandbox, "hooks", &["no hook"]);
    sandbox.write(".pre-commit-config.yaml", "repos:\n  - hooks: [{id: stanch}]\n");
    sandbox.git(&["add", "--all"]);
    assert_eq!(line(&audit(&sandbox), "hooks").0, "cannot-tell");
    sandbox.write(
        ".github/workflows/ci.yml",
        "on: push\njobs:\n  a:\n    steps:\n      - run: stanch history\n        continue-on-error: true\n",
    );
    fails(&sandbox, "ci-scanning", &["continue-on-error"]);
    sandbox.write(".github/workflows/ci.yml", "a: {{ b }}\n- c");
    sandbox.git(&["add", "--all"]);
    assert_eq!(line(&audit(&sandbox), "ci-scanning").0, "cannot-tell");
    sandbox.write(".github/secret_scanning.yml", "paths-ignore:\n  - \"**\"\nother: 1\n");
    fails(&sandbox, "secret-scanning-yml", &["excuses every file", "does not know the key"]);
}

#[test]
fn rotations_are_held_against_cadence_and_incidents() {
    let sandbox = sound();
    let run = sandbox.stanch(&["audit", "--today", "2026-06-01", "--format", "json"]).exits(1);
    let (status, said) = line(&run, "rotation-cadence");
    assert!(status == "fail" && said.contains("RESEND_API_KEY (Ops): 8 days overdue"), "{said}");
    let (status, said) = line(&run, "rotation-limits");
    assert!(status == "fail" && said.contains("CLERK_SECRET_KEY: 8 days overdue") && !said.contains("JWT"), "{said}");
    sandbox.write(
        "security/incident-log.txt",
        "2026-03-10 | SEV-1 | JWT_SECRET | leaked | rotated\n2026-03-20 | SEV-3 | RESEND_API_KEY | leaked | open\n",
    );
    fails(
        &sandbox,
        "rotation-after-incident",
        &["JWT_SECRET: rotated 2026-03-15, 4 days late", "RESEND_API_KEY: not rotated, 11 days overdue"],
    );
    let value = token(78);
    sandbox.write(
        "security/rotation-log.txt",
        format!(
            "{ROTATIONS}2026-03-01  JWT_SECRET  x\n2026-03-20  NOBODY  y\n2026-03-21  JWT_SECRET  new is {value}\n"
        ),
    );
    fails(
        &sandbox,
        "rotation-log",
        &["NOBODY is not in the inventory", "appended, never inserted", "looks like a secret"],
    );
    for format in ["text", "markdown", "json", "sarif"] {
        let run = sandbox.stanch(&["audit", "--format", format]).exits(1);
        assert!(!run.stdout.contains(&value) && !run.stderr.contains(&value), "{format}");
    }
    sandbox.git(&["rm", "--quiet", "--force", "security/rotation-log.txt"]);
    fails(&sandbox, "rotation-log", &["is not tracked"]);
}

#[test]
fn sarif_is_what_code_scanning_reads() {
    let sandbox = sound();
    sandbox.write(".gitignore", ".env\n");
    sandbox.git(&["add", "--all"]);
    let json = sandbox.stanch(&["audit", "--today", "2026-04-01", "--format", "sarif"]).exits(1).json();
    let run = &json["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(!rule["help"]["text"].as_str().unwrap().is_empty());
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert!(region["startLine"].as_u64().unwrap() >= 1 && region["endColumn"].as_u64().unwrap() >= 1);
    }
}

#[test]
fn logs_grow_by_well_formed_lines_and_refuse_values() {
    let sandbox = sound();
    let today = ["--today", "2026-04-02"];
    let run = |args: &[&str]| sandbox.stanch(&[args, &today].concat());
    let before = std::fs::read_to_string(sandbox.dir.join("security/rotation-log.txt")).unwrap();
    let _ = run(&["rotation", "log", "JWT_SECRET", "--reason", "Leak of 2026-04-01"]).exits(0);
    let after = std::fs::read_to_string(sandbox.dir.join("security/rotation-log.txt")).unwrap();
    assert!(
        after.starts_with(&before) && after.ends_with("2026-04-02  JWT_SECRET              Leak of 2026-04-01\n"),
        "{after}"
    );
    let what = ["incident", "log", "--severity", "SEV-2", "--secret", "CLERK_SECRET_KEY", "--secret", ".env"];
    let _ = run(&[&what[..], &["--what", "committed in ops/.env", "--resolution", "rotated in 2 h"]].concat()).exits(0);
    let log = std::fs::read_to_string(sandbox.dir.join("security/incident-log.txt")).unwrap();
    assert!(
        log.ends_with("2026-04-02 | SEV-2 | CLERK_SECRET_KEY, .env | committed in ops/.env | rotated in 2 h\n"),
        "{log}"
    );

    let value = token(79);
    for args in [
        vec!["rotation", "log", "JWT_SECRET", "--reason", value.as_str()],
        vec!["rotation", "log", value.as_str(), "--reason", "why"],
        vec!["rotation", "log", "JWT_SECRET", "--reason", "new: q7Xk2mP9vR4tL8wZ"],
        vec!["rotation", "log", "JWT_SECRET", "--reason", "two\nlines"],
        vec!["rotation", "log", "JWT_SECRET", "--reason", "why", "--date", "2026-05-01"],
        vec!["rotation", "log", "JWT_SECRET", "--reason", "why", "--date", "2026-01-01"],
        vec!["incident", "log", "--severity", "SEV-5", "--what", "x", "--resolution", "y"],
        vec!["incident", "log", "--severity", "SEV-1", "--what", "a | b", "--resolution", "y"],
    ] {
        let run = run(&args).exits(2);
        assert!(!run.stderr.contains(&value) && !run.stderr.contains("q7Xk2m"), "{}", run.stderr);
    }
    assert_eq!(std::fs::read_to_string(sandbox.dir.join("security/rotation-log.txt")).unwrap(), after);

    let empty = Sandbox::repository();
    let _ = empty.stanch(&["rotation", "log", "API_KEY", "--reason", "First issue", "--today", "2026-04-02"]).exits(0);
    let log = std::fs::read_to_string(empty.dir.join("security/rotation-log.txt")).unwrap();
    assert!(log.starts_with("# Rotation log") && log.contains("\n2026-04-02  API_KEY "), "{log}");
}
