//! A leak from its discovery to its end: a repository as the procedures describe it, swept with the vault's values, answered,
//! rewritten with the real `git filter-repo`, verified and audited.

#![allow(clippy::print_stdout, reason = "a test that is skipped says so")]
#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]
#![allow(dead_code, reason = "the sandbox is shared with other test programs")]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Run, Sandbox};

const DAY: &str = "2026-05-02";

/// The vault: names and values. No pattern finds most of them.
struct Vault(BTreeMap<&'static str, String>);

impl Vault {
    fn new() -> Self {
        let mut state = support::seed() ^ 0x9e37_79b9_7f4a_7c15;
        let mut word = |length: usize| -> String {
            let alphabet = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
            (0..length)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    char::from(alphabet[(state >> 33) as usize % alphabet.len()])
                })
                .collect()
        };
        let values = [
            ("DATABASE_URL", format!("postgres://app:{}@db.internal:5432/app", word(20))),
            ("REDIS_URL", format!("redis://default:{}@cache.internal:6379", word(20))),
            ("CLERK_SECRET_KEY", word(42)),
            ("SENTRY_AUTH_TOKEN", word(48)),
            ("STRIPE_SECRET_KEY", word(40)),
            ("LAGO_API_KEY", word(36)),
            ("RESEND_API_KEY", word(32)),
            ("JWT_SECRET", word(44)),
            ("TURNSTILE_SECRET_KEY", word(30)),
            ("INFISICAL_CLIENT_ID", word(36)),
            ("INFISICAL_CLIENT_SECRET", word(64)),
        ];
        Self(values.into())
    }

    fn get(&self, name: &str) -> &str {
        &self.0[name]
    }

    /// What `infisical export` prints.
    fn export(&self) -> String {
        self.0.iter().map(|(name, value)| format!("{name}='{value}'\n")).collect()
    }

    /// No value, and no encoding of one, is in what was printed.
    #[track_caller]
    fn is_silent_in(&self, run: &Run) {
        for text in [&run.stdout, &run.stderr] {
            for (name, value) in &self.0 {
                let encoded = data_encoding::BASE64.encode(value.as_bytes());
                let hex = data_encoding::HEXLOWER.encode(value.as_bytes());
                for form in [value.as_str(), &encoded, &hex] {
                    assert!(!text.contains(form), "the value of {name} was printed:\n{text}");
                }
            }
        }
    }
}

/// `git-filter-repo` from the PATH or from `target/tools/bin`.
fn filter_repo() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/bin");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).chain([own]).find(|folder| folder.join("git-filter-repo").is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("STANCH_REQUIRE_TOOLS").is_none(),
            "git-filter-repo is neither on the PATH nor in target/tools/bin; .ci/run installs it"
        );
        println!("skipped: git-filter-repo is not installed (pip install git-filter-repo)");
    }
    found
}

/// Runs a command line in a shell, with the tool on the PATH.
#[track_caller]
fn shell(sandbox: &Sandbox, folder: &Path, tools: &Path, line: &str) -> String {
    let mut command: Command = sandbox.command("sh");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = [tools.to_owned()].into_iter().chain(std::env::split_paths(&path));
    let output = command
        .current_dir(folder)
        .env("PATH", std::env::join_paths(paths).unwrap())
        .args(["-c", line])
        .output()
        .unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{line}\n{said}");
    said
}

/// The repository before anything is known: secrets on three branches, in a tag, in a message, a stash, a log, and a `.env` that
/// was committed and deleted.
fn leaky(vault: &Vault) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitignore", ".env\n.env.*\n*.env\n!.env.example\n");
    sandbox.write(".dockerignore", "**/.env\n**/.env.*\n**/*.env\n");
    sandbox.write(
        "go-backend/main.go",
        "package main\n\nimport \"os\"\n\nfunc main() {\n\t_ = os.Getenv(\"DATABASE_URL\")\n}\n",
    );
    sandbox.write("go-backend/Dockerfile", "FROM golang:1.24\nCOPY . .\nRUN go build ./...\n");
    sandbox.write(
        "go-backend/.env.example",
        "DATABASE_URL=\nREDIS_URL=\nCLERK_SECRET_KEY=your-key-here\nLOG_LEVEL=info\n",
    );
    sandbox.write(
        "frontend/package.json",
        "{\"name\": \"web\", \"private\": true, \"scripts\": {\"dev\": \"infisical run -- vite\"}}\n",
    );
    sandbox.write("frontend/vite.config.ts", "import { defineConfig } from 'vite'\nexport default defineConfig({})\n");
    sandbox.write("frontend/src/main.ts", "fetch(import.meta.env.VITE_API_BASE_URL)\n");
    sandbox.write(
        "docker-compose.yml",
        "services:\n  api:\n    build: go-backend\n    environment:\n      DATABASE_URL: ${DATABASE_URL}\n",
    );
    sandbox.write("ecosystem.config.js", "module.exports = { apps: [{ name: 'app', script: 'server/index.js' }] }\n");
    sandbox.write(
        ".github/workflows/deploy.yml",
        "on: push\njobs:\n  scan:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: stanch/stanch@v0.1.0\n  deploy:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: Infisical/secrets-action@v1\n        with:\n          client-id: ${{ secrets.INFISICAL_CLIENT_ID }}\n          client-secret: ${{ secrets.INFISICAL_CLIENT_SECRET }}\n",
    );
    sandbox.write(
        "security/rotation-log.txt",
        "# dates and key names only, never values\n\n2026-03-01  DATABASE_URL            Scheduled 90-day rotation\n2026-03-01  REDIS_URL               Scheduled 90-day rotation\n2026-03-01  LAGO_API_KEY            Scheduled 90-day rotation\n2026-03-01  RESEND_API_KEY          Scheduled 90-day rotation\n2026-03-01  JWT_SECRET              Scheduled 180-day rotation\n2026-03-01  TURNSTILE_SECRET_KEY    Scheduled 180-day rotation\n2026-03-01  STRIPE_SECRET_KEY       Team change\n2026-03-01  INFISICAL_CLIENT_ID     Team change\n2026-03-01  INFISICAL_CLIENT_SECRET  Team change\n",
    );
    sandbox.write("security/incident-log.txt", "# Format: DATE | SEVERITY | SECRET | WHAT HAPPENED | RESOLUTION\n\n2026-02-23 | TEMPLATE — replace with real entries\n");
    sandbox.commit("Begin the product");
    // A dotenv file, two versions of it, then gone.
    sandbox.write("go-backend/ops/.env", format!("LOG_LEVEL=info\nDATABASE_URL={}\n", vault.get("DATABASE_URL")));
    sandbox.commit("Add local settings");
    sandbox.write(
        "go-backend/ops/.env",
        format!("LOG_LEVEL=info\nDATABASE_URL={}\nREDIS_URL='{}'\n", vault.get("DATABASE_URL"), vault.get("REDIS_URL")),
    );
    sandbox.commit("Add the cache");
    sandbox.git(&["rm", "--quiet", "go-backend/ops/.env"]);
    sandbox.commit("Remove local settings");
    // Three branches.
    sandbox.git(&["checkout", "--quiet", "-b", "feature/billing"]);
    sandbox
        .write("server/stripe.js", format!("const stripe = require('stripe')('{}')\n", vault.get("STRIPE_SECRET_KEY")));
    sandbox.commit("Try payments");
    sandbox.git(&["checkout", "--quiet", "-b", "feature/login", "main"]);
    let encoded = data_encoding::BASE64.encode(vault.get("JWT_SECRET").as_bytes());
    sandbox.write("k8s/login.yaml", format!("config:\n  signing: {encoded}\n"));
    sandbox.commit("Sign sessions");
    sandbox.git(&["checkout", "--quiet", "-b", "release/1.0", "main"]);
    sandbox.write(
        "logs/app.log",
        format!("10:00 starting\n10:01 mail rejected: key {} is over its limit\n", vault.get("RESEND_API_KEY")),
    );
    sandbox.commit("Keep the log for the ticket");
    // A tag on a commit that no branch has, and a value in a message.
    sandbox.git(&["checkout", "--quiet", "--detach", "main"]);
    sandbox.write(
        "ecosystem.config.js",
        format!("module.exports = {{ apps: [{{ env: {{ LAGO_API_KEY: '{}' }} }}] }}\n", vault.get("LAGO_API_KEY")),
    );
    sandbox.commit("Release by hand");
    sandbox.git(&["tag", "-a", "-m", "Version 0.9", "v0.9"]);
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("README.md", "The product\n");
    sandbox.commit(&format!("Call the new clerk with {}", vault.get("CLERK_SECRET_KEY")));
    // A stash, and a commit that was amended away.
    sandbox.write("README.md", format!("The product\ntoken: {}\n", vault.get("SENTRY_AUTH_TOKEN")));
    sandbox.git(&["stash", "--quiet"]);
    sandbox.write("notes.txt", format!("bot check: {}\n", vault.get("TURNSTILE_SECRET_KEY")));
    sandbox.commit("Note");
    sandbox.git(&["rm", "--quiet", "notes.txt"]);
    sandbox.git(&["commit", "--quiet", "--amend", "--allow-empty", "-m", "Note nothing"]);
    sandbox
}

#[test]
fn a_leak_is_found_answered_rewritten_verified_and_audited() {
    let Some(tools) = filter_repo() else { return };
    let vault = Vault::new();
    let sandbox = leaky(&vault);
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/leak");
    let (operations, security) = (fixtures.join("operations.md"), fixtures.join("security.md"));
    let import = ["inventory", "import", "--write", operations.to_str().unwrap(), security.to_str().unwrap()];
    let _ = sandbox.stanch(&import).exits(0);
    sandbox.commit("List the secrets");
    let outside = |name: &str| sandbox.beside(name).to_str().unwrap().to_owned();

    // The sweep, with the vault's values.
    let (sweep, response) = (outside("sweep.json"), outside("response.json"));
    let export = vault.export();
    let run = sandbox
        .stanch_with(&["history", "--known", "dotenv:-", "--format", "json", "--output", &sweep], export.as_bytes())
        .exits(1);
    vault.is_silent_in(&run);

    // The response: who, by when, since when, from where.
    for format in ["text", "markdown", "json"] {
        vault.is_silent_in(&sandbox.stanch(&["respond", &sweep, "--format", format, "--today", DAY]).exits(1));
    }
    let answer =
        sandbox.stanch(&["respond", &sweep, "--format", "json", "--output", &response, "--today", DAY]).exits(1);
    vault.is_silent_in(&answer);
    let text = std::fs::read_to_string(&response).unwrap();
    vault.is_silent_in(&Run { code: 0, stdout: text.clone(), stderr: String::new() });
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["complete"], true, "{}", json["gaps"]);
    let secrets = json["secrets"].as_array().unwrap();
    let named =
        |name: &str| secrets.iter().find(|secret| secret["name"] == name).unwrap_or_else(|| panic!("{name}: {text}"));
    for name in [
        "DATABASE_URL",
        "REDIS_URL",
        "STRIPE_SECRET_KEY",
        "JWT_SECRET",
        "RESEND_API_KEY",
        "LAGO_API_KEY",
        "CLERK_SECRET_KEY",
        "SENTRY_AUTH_TOKEN",
        "TURNSTILE_SECRET_KEY",
    ] {
        assert_eq!(named(name)["in_inventory"], true, "{name}");
    }
    let deadlines: Vec<&str> = secrets.iter().map(|secret| secret["deadline"].as_str().unwrap()).collect();
    assert!(deadlines.is_sorted(), "{deadlines:?}");
    assert_eq!(named("DATABASE_URL")["owner"], "Backend Lead");
    assert!(named("DATABASE_URL")["playbook"][0].as_str().unwrap().contains("Supabase"));
    assert_eq!(named("JWT_SECRET")["incident_severity"], "SEV-1");
    let exposure = |name: &str| {
        let places = named(name)["places"].as_array().unwrap();
        places.iter().map(|place| place["exposure"].to_string()).collect::<Vec<_>>().join("\n")
    };
    for (name, part) in [
        ("DATABASE_URL", "\"removed\":{"),
        ("STRIPE_SECRET_KEY", "feature/billing"),
        ("JWT_SECRET", "feature/login"),
        ("RESEND_API_KEY", "release/1.0"),
        ("LAGO_API_KEY", "v0.9"),
        ("SENTRY_AUTH_TOKEN", "refs/stash"),
        ("TURNSTILE_SECRET_KEY", "a reflog does"),
    ] {
        assert!(exposure(name).contains(part), "{name}: {part} is not in {}", exposure(name));
    }
    assert_eq!(json["rewrite"]["drop"], serde_json::json!(["go-backend/ops/.env"]));
    assert_eq!(json["rewrite"]["messages"], true);

    // The file of replacements: outside only, for its owner only, never over another file.
    let inside = sandbox.dir.join("x.txt");
    let _ = sandbox
        .stanch(&["respond", &sweep, "--expressions", inside.to_str().unwrap()])
        .exits(2)
        .warns("inside the repository");
    let expressions = outside("stanch-expressions.txt");
    vault.is_silent_in(&sandbox.stanch(&["respond", &sweep, "--expressions", &expressions]).exits(1));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&expressions).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let _ = sandbox.stanch(&["respond", &sweep, "--expressions", &expressions]).exits(2);

    // Before the rewrite something is left, and the verification says so.
    vault.is_silent_in(&sandbox.stanch(&["respond", &response, "--verify"]).exits(1).says("go-backend/ops/.env"));

    // The plan, as it is printed.
    let mirror = sandbox.beside("rewrite.git");
    let origin = sandbox.dir.to_str().unwrap();
    shell(
        &sandbox,
        sandbox.dir.parent().unwrap(),
        &tools,
        &format!("git clone --quiet --mirror --no-local '{origin}' rewrite.git"),
    );
    let command = json["rewrite"]["command"].as_str().unwrap();
    let said = shell(&sandbox, &mirror, &tools, command);
    vault.is_silent_in(&Run { code: 0, stdout: said, stderr: String::new() });
    let verified = ["respond", &response, "--verify", "--repo", mirror.to_str().unwrap()];
    vault.is_silent_in(&sandbox.stanch(&verified).exits(0).says("Clean: "));
    let again = ["history", "--known", "dotenv:-", "--repo", mirror.to_str().unwrap()];
    vault.is_silent_in(&sandbox.stanch_with(&again, export.as_bytes()).exits(0));
    let _ = sandbox.stanch(&["respond", "--cleanup", &expressions]).exits(0);
    assert!(!Path::new(&expressions).exists());
    let _ = sandbox.stanch(&["respond", "--cleanup", &response]).exits(2);

    // A fresh clone: the logs are kept, the hook stands, and the checklist passes.
    shell(&sandbox, sandbox.dir.parent().unwrap(), &tools, "git clone --quiet rewrite.git fresh");
    let fresh = sandbox.beside("fresh");
    let in_fresh = |args: &[&str]| {
        let mut command = sandbox.command(support::binary());
        sandbox.run(command.current_dir(&fresh), args)
    };
    let names: Vec<&str> = secrets.iter().filter_map(|secret| secret["name"].as_str()).collect();
    for name in &names {
        let args = ["rotation", "log", name, "--reason", "Leak found in a sweep", "--today", DAY];
        let _ = in_fresh(&args).exits(0);
    }
    for secret in secrets {
        let (severity, name) = (secret["incident_severity"].as_str().unwrap(), secret["name"].as_str().unwrap());
        let what = ["incident", "log", "--severity", severity, "--secret", name, "--today", DAY];
        let _ = in_fresh(&[&what[..], &["--what", "committed", "--resolution", "rotated; history rewritten"]].concat())
            .exits(0);
    }
    std::fs::write(fresh.join(".git/hooks/pre-commit"), "#!/bin/sh\nexec stanch staged\n").unwrap();
    shell(
        &sandbox,
        &fresh,
        &tools,
        "chmod +x .git/hooks/pre-commit && git add --all && git commit --quiet --no-verify -m 'Write it down'",
    );
    let audit = in_fresh(&["audit", "--today", DAY]).exits(0).says("Passed: ");
    vault.is_silent_in(&audit);
    let _ = in_fresh(&["respond", &response, "--verify"]).exits(0);
}

#[test]
fn nothing_to_respond_to_is_said_and_a_wrong_report_is_refused() {
    let sandbox = Sandbox::repository();
    let _ = sandbox.stanch(&["respond"]).exits(0).says("nothing that asks for a response");
    let _ = sandbox.stanch_with(&["respond", "-"], b"{}").exits(2);
    let scan = sandbox.stanch(&["scan", "--format", "json"]).exits(0).stdout;
    let _ = sandbox.stanch_with(&["respond", "-"], scan.as_bytes()).exits(2).warns("stanch scan");
    let _ = sandbox.stanch(&["respond", "--verify"]).exits(2);
    let value = support::token(4712);
    sandbox.write("a.txt", format!("token = {value}\n"));
    sandbox.commit("Add");
    let shown = sandbox.stanch(&["history", "--format", "json", "--show-secrets"]).exits(1).stdout;
    let refused = sandbox.stanch_with(&["respond", "-"], shown.as_bytes()).exits(2).warns("--show-secrets");
    assert!(!refused.stderr.contains(&value));
}

#[test]
fn values_in_names_are_never_repeated_and_remotes_are_named() {
    let sandbox = Sandbox::repository();
    let value = support::token(4713);
    sandbox.write(&format!("{value}.txt"), format!("token = {value}\n"));
    sandbox.write("ops/my settings.env", format!("API_TOKEN={value}\n"));
    sandbox.commit("Add");
    sandbox.git(&["branch", &format!("try-{value}")]);
    sandbox.git(&["remote", "add", "origin", &format!("https://ada:{value}@git.example.com/a/b.git")]);
    sandbox.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    for format in ["text", "markdown", "json"] {
        let run =
            sandbox.stanch(&["respond", "--format", format]).exits(1).says("git.example.com").says("origin (main)");
        assert!(!run.stdout.contains(&value) && !run.stderr.contains(&value), "{format}: {}", run.stdout);
        let audit = sandbox.stanch(&["audit", "--format", format]).exits(1);
        assert!(!audit.stdout.contains(&value) && !audit.stderr.contains(&value), "{format}: {}", audit.stdout);
    }
    let audit = sandbox.stanch(&["audit", "--format", "sarif"]).exits(1);
    assert!(!audit.stdout.contains(&value), "{}", audit.stdout);
    let _ = sandbox.stanch(&["respond"]).exits(1).says("--path 'ops/my settings.env'").says("Rename branches");
}

#[test]
fn the_logs_take_what_is_to_be_written_down() {
    let sandbox = Sandbox::repository();
    sandbox.write(".stanch.yml", "secrets:\n  - { name: JWT_SECRET, severity: CRITICAL }\n");
    let (listed, unlisted) = (&support::token(4717)[4..34], &support::token(4718)[4..34]);
    sandbox.write("a.js", format!("const JWT_SECRET = '{listed}'\n"));
    // Paths that look like values, or that the log's own signs stand in.
    sandbox.write("dist/index-B2x9Kq81fT3v.js", format!("const ZED_TOKEN = '{unlisted}'\n"));
    sandbox.write("src/z|z.js", format!("const ZED_TOKEN = '{unlisted}'\n"));
    sandbox.commit("Add");
    let export = format!("JWT_SECRET={listed}\nZED_TOKEN={unlisted}\n");
    let respond = |more: &[&str]| {
        let args = [&["respond", "--known", "dotenv", "--today", DAY][..], more].concat();
        sandbox.stanch_with(&args, export.as_bytes()).exits(1)
    };
    let json = respond(&["--format", "json"]).json();
    let lines = |log: &str| {
        json[log].as_array().unwrap().iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect::<String>()
    };
    sandbox.write("security/rotation-log.txt", lines("rotation_log"));
    sandbox.write("security/incident-log.txt", lines("incident_log"));
    sandbox.commit("Write it down");
    let audit = sandbox.stanch(&["audit", "--format", "json", "--today", DAY]).exits(1).json();
    for check in audit["checks"].as_array().unwrap() {
        if ["rotation-log", "incident-log", "rotation-after-incident"].contains(&check["id"].as_str().unwrap()) {
            assert_eq!(check["status"], "pass", "{check}");
        }
    }
    let text = respond(&[]).says("inventory only").stdout;
    let commands = text
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("stanch incident log") || line.starts_with("stanch rotation log"));
    let mut count = 0;
    for command in commands {
        let line = format!("{command} --today {DAY}").replacen("stanch", support::binary().to_str().unwrap(), 1);
        shell(&sandbox, &sandbox.dir, &sandbox.dir, &line);
        count += 1;
    }
    assert!(count >= 2, "{text}");
}

#[test]
fn replacements_stay_out_of_every_folder_of_the_repository() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", format!("token = {}\n", support::token(4719)));
    sandbox.commit("Add");
    let linked = sandbox.beside("linked");
    sandbox.git(&["worktree", "add", "--quiet", "--detach", linked.to_str().unwrap()]);
    let above = sandbox.beside("above");
    std::fs::create_dir(&above).unwrap();
    let outer = sandbox.at(&above);
    outer.git(&["init", "--quiet"]);
    outer.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        sandbox.dir.to_str().unwrap(),
        "part",
    ]);
    let part = above.join("part");
    for (from, to) in
        [(&sandbox.dir, &linked), (&linked, &sandbox.dir), (&part, &above), (&sandbox.dir, &sandbox.dir.join(".git"))]
    {
        let file = to.join("replace.txt");
        let run = sandbox.at(from).stanch(&["respond", "--expressions", file.to_str().unwrap()]);
        let _ = run.exits(2).warns("inside the repository");
        assert!(!file.exists());
    }
    let _ = sandbox.at(&part).stanch(&["respond", "--expressions", sandbox.beside("x.txt").to_str().unwrap()]).exits(1);
}

#[test]
fn what_is_left_in_a_stash_a_reflog_or_an_unreachable_object_is_seen() {
    let sandbox = Sandbox::repository();
    let value = support::token(4711);
    let report = sandbox.beside("sweep.json");
    let report = report.to_str().unwrap();
    sandbox.write("a.txt", format!("token = {value}\n"));
    sandbox.git(&["add", "a.txt"]);
    sandbox.git(&["stash", "--quiet"]);
    let _ = sandbox.stanch(&["history", "--format", "json", "--output", report]).exits(1);
    let verify = |code: i32| {
        let run = sandbox.stanch(&["respond", report, "--verify"]).exits(code);
        assert!(!run.stdout.contains(&value));
        run
    };
    let _ = verify(1).says("a.txt:1").says("reached by stash");
    sandbox.git(&["stash", "drop", "--quiet"]);
    let _ = verify(1).says("nothing reaches it any more");
    // A reset leaves its mark: what it leads to goes with the rest, and nothing was missed.
    sandbox.write("a.txt", format!("token = {value}\n"));
    sandbox.commit("Again");
    sandbox.git(&["branch", "other"]);
    sandbox.git(&["tag", "v1"]);
    let _ = verify(1).says("reached by branch main, branch other, tag v1");
    sandbox.git(&["branch", "--quiet", "-D", "other"]);
    sandbox.git(&["tag", "--delete", "v1"]);
    sandbox.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    let _ = verify(1).says("reached by ORIG_HEAD");
    let mark = sandbox.git(&["rev-parse", "ORIG_HEAD"]).trim().to_owned();
    sandbox.git(&["update-ref", "-d", "ORIG_HEAD"]);
    let _ = verify(1).says("no ref reaches it, but the reflog of HEAD, branch main does");
    sandbox.git(&["update-ref", "ORIG_HEAD", &mark]);
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
    let _ = verify(1).says("still in the database");
    sandbox.git(&["gc", "--quiet", "--prune=now"]);
    let _ = verify(0).says("Clean: ");
    // The same value in another form, which only the vault's export finds.
    let encoded = data_encoding::BASE64.encode(format!("user:{value}").as_bytes());
    sandbox.write("b.txt", format!("header: {encoded}\n"));
    sandbox.commit("Encode");
    let known = ["respond", report, "--verify", "--known", "dotenv"];
    let run = sandbox.stanch_with(&known, format!("SOME_TOKEN={value}\n").as_bytes()).exits(1).says("b.txt:1");
    assert!(!run.stdout.contains(&value) && !run.stdout.contains(&encoded));
}

#[test]
fn replacements_end_where_the_values_end() {
    let sandbox = Sandbox::repository();
    let plain = support::token(4714)[4..28].to_owned();
    let broken = support::token(4715)[4..30].to_owned();
    let (head, tail) = broken.split_at(11);
    sandbox.write("a.js", format!("run({{ env: {{ WORD: '{plain}' }} }})\n"));
    sandbox.write("b.js", format!("go(\"{head}\" +\n  \"{tail}\", 7)\n"));
    sandbox.write("c.txt", format!("{broken}, and more\n"));
    // A rewrite leaves this where it is: to verify, it is none of what leaked.
    sandbox.write("vite.config.ts", "export default { envPrefix: '' }\n");
    sandbox.write("config/live", format!("PORT=3000\nDEPLOY_PASSWORD={}\n", &support::token(4716)[4..24]));
    sandbox.commit("Add");
    let export = format!("WORD={plain}\nOTHER={broken}\n");
    let report = sandbox.beside("sweep.json");
    let report = report.to_str().unwrap();
    let history = ["history", "--known", "dotenv", "--format", "json", "--output", report];
    let _ = sandbox.stanch_with(&history, export.as_bytes()).exits(1);
    let broken_up = format!("regex:{head}\\x22\\x20\\x2b\\x0a\\x20\\x20\\x22{tail}==>***REMOVED***");
    let wanted = [format!("literal:{plain}==>***REMOVED***"), format!("literal:{broken}==>***REMOVED***"), broken_up];
    // With the values at hand, and without.
    for (name, known) in [("with.txt", &["--known", "dotenv"][..]), ("without.txt", &[])] {
        let file = sandbox.beside(name);
        let arguments = [&["respond", report, "--expressions", file.to_str().unwrap()][..], known].concat();
        let _ = sandbox.stanch_with(&arguments, export.as_bytes()).exits(1);
        let text = std::fs::read_to_string(file).unwrap();
        let lines: std::collections::BTreeSet<&str> = text.lines().collect();
        let lacking: Vec<&String> = wanted.iter().filter(|line| !lines.contains(line.as_str())).collect();
        assert!(lacking.is_empty() && lines.len() == wanted.len() + 1, "{name} lacks {lacking:?} of {lines:?}");
    }
    let _ = sandbox.stanch(&["respond", report]).exits(1).says("--invert-paths --path config/live");
    let left = sandbox.stanch_with(&["respond", report, "--verify", "--known", "dotenv"], export.as_bytes()).exits(1);
    assert!(left.stdout.contains("b.js:1") && !left.stdout.contains("vite.config.ts"), "{}", left.stdout);
}
