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
    sandbox.write(".gitignore", ".env\n.env.*\n*.env\n!.env.ci-*\n");
    fails(&sandbox, "gitignore-probes", &["takes a banned file in again", "\"line\":4"]);
    sandbox.write(".gitignore", "!.env.test\n.env\n.env.*\n*.env\n!docs/*.env\n");
    sandbox.write(".stanch.yml", format!("{INVENTORY}env_files: {{ allowed: ['docs/*.env'] }}\n"));
    sandbox.git(&["add", "--all"]);
    assert_eq!(line(&audit(&sandbox), "gitignore-probes").0, "pass");
    sandbox.write(".gitignore", " .env\n .env.*\n *.env\n");
    fails(&sandbox, "gitignore-patterns", &["lacks"]);
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

    // Whatever is taken in again, as a whole.
    let sandbox = sound();
    sandbox.write(".dockerignore", "**\n!backend\n");
    fails(&sandbox, "dockerignore", &["backend/.env"]);
    // A list of files begins at the package; git's ignore rules do not reach into it.
    for files in ["./", "/", "./.env.local"] {
        sandbox.write("frontend/package.json", format!("{{\"name\": \"web\", \"files\": [\"{files}\"]}}"));
        fails(&sandbox, "npm-files", &[".env.local"]);
    }
    sandbox.write("frontend/package.json", "{\"name\": \"web\", \"files\": [\"config\"]}");
    sandbox.git(&["add", "--all"]);
    assert_eq!(line(&audit(&sandbox), "npm-files").0, "pass");
    sandbox.write("frontend/config/.env.local", "A=1\n");
    let (status, said) = line(&audit(&sandbox), "npm-files");
    assert!(status == "fail" && said.contains("would publish config/.env.local"), "{said}");
    sandbox.write("frontend/config/.npmignore", ".env*\n");
    assert_eq!(line(&audit(&sandbox), "npm-files").0, "pass");
}

#[test]
fn what_cannot_be_read_is_never_taken_for_what_is_not_there() {
    for (path, text, id) in [
        (".gitignore", "x\n", "gitignore-patterns"),
        ("backend/.gitignore", "!.env\n", "gitignore-probes"),
        (".dockerignore", "x\n", "dockerignore"),
        ("frontend/.npmignore", "x\n", "npm-files"),
        ("docker-compose.yml", "services: {}\n", "process-env"),
        (".github/secret_scanning.yml", "paths-ignore: ['**']\n", "secret-scanning-yml"),
    ] {
        let sandbox = sound();
        sandbox.write("frontend/package.json", "{\"name\": \"web\"}");
        sandbox.write(path, text);
        sandbox.commit("Add");
        let id_of = sandbox.git(&["rev-parse", &format!("HEAD:{path}")]);
        sandbox.git(&["update-index", "--skip-worktree", path]);
        std::fs::remove_file(sandbox.dir.join(path)).unwrap();
        std::fs::remove_file(sandbox.dir.join(".git/objects").join(&id_of[..2]).join(&id_of[2..])).unwrap();
        let (status, said) = line(&audit(&sandbox), id);
        assert_eq!(status, "cannot-tell", "{path}: {said}");
    }
}

#[test]
fn what_a_sparse_index_folds_up_is_looked_at() {
    let sandbox = sound();
    sandbox.write("far/away/.env", "A=1\n");
    sandbox.write("far/.gitignore", "!.env\n");
    sandbox.commit("Add");
    sandbox.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "frontend"]);
    assert!(sandbox.git(&["ls-files", "--sparse"]).contains("far/\n"));
    let run = audit(&sandbox).exits(1);
    for id in ["env-tracked", "gitignore-probes"] {
        let (status, said) = line(&run, id);
        assert!(status == "fail" && said.contains("far/"), "{id}: {said}");
    }
    let tree = sandbox.git(&["rev-parse", "HEAD:far"]);
    std::fs::remove_file(sandbox.dir.join(".git/objects").join(&tree[..2]).join(&tree[2..])).unwrap();
    for id in ["env-tracked", "gitignore-probes", "process-env", "actions-secrets"] {
        assert_eq!(line(&audit(&sandbox), id).0, "cannot-tell", "{id}");
    }
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
        ("deploy/any.config.js", "const shared = { JWT_SECRET: 'sunflower' }\nmodule.exports = { apps: [{ env: shared }] }\n".to_owned()),
        ("process.yml", "apps:\n  - script: a.js\n    env:\n      JWT_SECRET: sunflower\n".to_owned()),
        ("stack/any.yml", "services:\n  a:\n    image: x\n    environment:\n      JWT_SECRET: ${JWT_SECRET:-sunflower}\n".to_owned()),
        ("compose.yml", "services:\n  a:\n    build:\n      args: [NPM_TOKEN=sunflower]\n".to_owned()),
        ("docker-compose.yml", "services:\n  a:\n    environment:\n      URL: postgres://app:sunflower@${HOST}/app\n".to_owned()),
        ("k8s/secret.json", "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"kind\": \"Secret\", \"stringData\": {\"a\": \"sunflower\"}}]}".to_owned()),
        ("k8s/flow.yaml", "{apiVersion: v1, kind: Secret, stringData: {a: sunflower}}\n".to_owned()),
        ("k8s/auth.yaml", "apiVersion: v1\nkind: Secret\nstringData:\n  .dockerconfigjson: '{\"auths\": {\"x\": {\"auth\": \"sunflower\"}}}'\n".to_owned()),
        ("k8s/kustomization.yaml", "secretGenerator:\n  - literals: [db-pass=sunflower]\n".to_owned()),
        ("app.service.j2", "[Service]\nEnvironment=A=b \\\n# remark\n  JWT_SECRET=sunflower\n".to_owned()),
        ("app.container", "[Container]\nEnvironment=JWT_SECRET=sunflower\n".to_owned()),
        ("etc/systemd/system/service.d/x.conf", "[Service]\nSetCredential=a:sunflower\n".to_owned()),
        ("etc/environment.d/x.conf", "JWT_SECRET=sunflower\n".to_owned()),
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
    // A hook that passes whatever stanch says, and words about it.
    for (hook, why) in [
        ("stanch staged || true", "thrown away"),
        ("stanch staged &", "background"),
        ("stanch staged\nnpm test", "commands after it"),
        ("echo stanch staged", "no hook"),
    ] {
        sandbox.git(&["rm", "--quiet", "--force", "--ignore-unmatch", ".pre-commit-config.yaml"]);
        let file = sandbox.write(".git/hooks/pre-commit", format!("#!/bin/sh\n{hook}\n"));
        let _ = sandbox.run(&mut sandbox.command("chmod"), &["+x", file.to_str().unwrap()]);
        fails(&sandbox, "hooks", &[why]);
    }
    let job = |on: &str, step: &str| format!("on: {on}\njobs:\n  a:\n    steps:\n      - {step}\n");
    let ci = |text: String| {
        sandbox.write(".github/workflows/ci.yml", text);
        sandbox.git(&["add", "--all"]);
        line(&audit(&sandbox), "ci-scanning").0
    };
    assert_eq!(ci(job("workflow_dispatch", "run: stanch ci")), "fail");
    assert_eq!(ci(job("push", "run: stanch ci || true")), "fail");
    assert_eq!(ci(job("push", "run: 'echo stanch'")), "fail");
    assert_eq!(ci("on: push\njobs: {a: {uses: acme/security/.github/workflows/stanch.yml@v1}}\n".to_owned()), "pass");
    sandbox
        .write(".github/actions/scan/action.yml", "runs: {using: composite, steps: [{run: stanch ci, shell: bash}]}\n");
    assert_eq!(ci(job("push", "uses: ./.github/actions/scan")), "pass");
    sandbox.write(".github/workflows/ci.yml.off", job("push", "run: stanch ci"));
    sandbox.write(".github/workflows/old/ci.yml", job("push", "run: stanch ci"));
    assert_eq!(ci(job("push", "run: make")), "fail");
    sandbox.write(".gitlab-ci.yml", "include:\n  - template: Jobs/Secret-Detection.gitlab-ci.yml\n");
    assert_eq!(ci(job("push", "run: make")), "pass");
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
    // Tabs and a mark of the encoding are no faults; what is dated ahead counts for nothing.
    sandbox.write("security/rotation-log.txt", format!("\u{feff}{}", ROTATIONS.replace("  ", "\t")));
    sandbox.git(&["add", "--all"]);
    assert_eq!(line(&audit(&sandbox), "rotation-log").0, "pass");
    sandbox.write("security/rotation-log.txt", format!("{ROTATIONS}2027-01-01  RESEND_API_KEY  soon\n"));
    let run = sandbox.stanch(&["audit", "--today", "2026-06-01", "--format", "json"]).exits(1);
    assert!(line(&run, "rotation-cadence").1.contains("RESEND_API_KEY (Ops): 8 days overdue"));
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
    let told = run["properties"]["checks"].as_array().unwrap();
    let lines = sandbox.stanch(&["audit", "--today", "2026-04-01", "--format", "json"]).exits(1).json();
    assert_eq!(told.len(), lines["checks"].as_array().unwrap().len());
    assert!(told.iter().any(|check| check["status"] == "pass" && check["why"].as_str().is_some()));
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
