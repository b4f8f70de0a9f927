//! `stanch known seal` and the checks that go by it, with the real binary: found by name, never a value, never disarmed.

use data_encoding::{BASE64, HEXLOWER};

use crate::support::{Run, Sandbox, seed};

/// A drawn value that no pattern knows; another one for each number and seed of the run.
fn drawn(number: u64, len: usize) -> String {
    let alphabet = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut state = (seed() ^ number << 40).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize
    };
    (0..len).map(|_| char::from(alphabet[next() % alphabet.len()])).collect()
}

struct Vault {
    password: String,
    address: String,
    key: String,
}

impl Vault {
    fn new() -> Self {
        let address = format!("postgres://app:{}@db.internal:5432/app", drawn(2, 20));
        Self { password: format!("{}#{}+/", drawn(1, 9), drawn(4, 8)), address, key: drawn(3, 40) }
    }

    fn export(&self) -> String {
        format!("ADMIN_PASSWORD='{}'\nDATABASE_URL='{}'\nAPI_KEY='{}'\n", self.password, self.address, self.key)
    }

    /// No value, and no long part or encoding of one, is in the text.
    #[track_caller]
    fn is_not_in(&self, text: &str) {
        for value in [&self.password, &self.address, &self.key] {
            let backwards: String = value.chars().rev().collect();
            for form in [value.clone(), backwards, BASE64.encode(value.as_bytes()), HEXLOWER.encode(value.as_bytes())] {
                for start in (0..form.len() - 10).step_by(5) {
                    let part = &form[start..start + 10];
                    // Words of the address stand in the open.
                    assert!(!text.contains(part) || part.contains("postgres") || part.contains("db."), "{part}");
                }
            }
        }
    }

    #[track_caller]
    fn is_silent(&self, run: &Run) {
        self.is_not_in(&run.stdout);
        self.is_not_in(&run.stderr);
    }
}

fn sealed(vault: &Vault) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("README.md", "The product\n");
    let run = sandbox.stanch_with(&["known", "seal", "--known", "dotenv"], vault.export().as_bytes()).exits(0);
    assert!(run.stderr.contains("3 values sealed"), "{}", run.stderr);
    vault.is_silent(&run);
    sandbox.git(&["add", "--all"]);
    let _ = sandbox.stanch(&["staged"]).exits(0);
    sandbox.commit("Begin, with a seal");
    sandbox
}

#[test]
fn a_sealed_value_is_refused_by_its_name_in_every_form() {
    let vault = Vault::new();
    let sandbox = sealed(&vault);
    vault.is_not_in(&std::fs::read_to_string(sandbox.dir.join(".stanch.seal")).unwrap());
    let percent: String = vault.password.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for (name, text) in [
        ("ADMIN_PASSWORD", vault.password.clone()),
        ("ADMIN_PASSWORD", format!("psql --password '{}'\n", vault.password)),
        ("ADMIN_PASSWORD", format!("login=root&pass={percent}&x=1\n")),
        (
            "ADMIN_PASSWORD",
            format!("Authorization: Basic {}\n", BASE64.encode(format!("root:{}", vault.password).as_bytes())),
        ),
        ("API_KEY", format!("let k = \"{}\";\n", vault.key)),
        ("API_KEY", format!("blob: {}\n", BASE64.encode(vault.key.as_bytes()))),
        ("API_KEY", format!("blob: {}\n", HEXLOWER.encode(vault.key.as_bytes()))),
        ("API_KEY", format!("{{\"log\": \"key\\n{}\\nend\"}}\n", vault.key)),
        ("DATABASE_URL", format!("see {} for more\n", vault.address)),
        ("DATABASE_URL", format!("  url: '{}'\n", vault.address)),
    ] {
        sandbox.write("notes.txt", &text);
        sandbox.git(&["add", "notes.txt"]);
        let run = sandbox.stanch(&["staged", "--format", "json"]).exits(1);
        let found = run.json()["findings"].clone();
        let known = found.as_array().unwrap().iter().find(|one| one["rule"] == "known-value");
        let known = known.unwrap_or_else(|| panic!("{name} is not found in its form: {found}"));
        assert_eq!(known["concern"]["name"], name);
        vault.is_silent(&run);
        vault.is_silent(&sandbox.stanch(&["staged", "--show-secrets"]).exits(1).says(name));
    }
    // In the history: a range goes by the seal, a sweep when it is told to; both by deltas as in full.
    sandbox.commit("Leak");
    sandbox.write("notes.txt", format!("{}\n  more: '{}'\n", "line\n".repeat(40), vault.address));
    sandbox.commit("Leak more");
    sandbox.git(&["gc", "--quiet"]);
    vault.is_silent(&sandbox.stanch(&["history", "HEAD~2..HEAD"]).exits(1).says("DATABASE_URL"));
    for more in [&[][..], &["--full-scan"]] {
        let run = sandbox.stanch(&[&["history", "--sealed"], more].concat()).exits(1).says("DATABASE_URL");
        vault.is_silent(&run);
    }
    // Nothing is found in what only resembles it.
    sandbox.write("notes.txt", format!("{} {}\n", &vault.key[1..], drawn(9, 40)));
    sandbox.git(&["add", "notes.txt"]);
    let run = sandbox.stanch(&["staged", "--format", "json"]);
    assert!(!run.stdout.contains("\"known-value\""), "{}", run.stdout);
    // A message, and a working tree.
    std::fs::write(sandbox.beside("message"), format!("Use {}\n", vault.key)).unwrap();
    let message = sandbox.beside("message");
    vault.is_silent(&sandbox.stanch(&["commit-msg", message.to_str().unwrap()]).exits(1).says("API_KEY"));
    sandbox.write("notes.txt", &vault.password);
    vault.is_silent(&sandbox.stanch(&["scan"]).exits(1).says("ADMIN_PASSWORD"));
}

#[test]
fn what_could_be_guessed_is_named_and_not_sealed() {
    let vault = Vault::new();
    let sandbox = Sandbox::repository();
    let export = format!("{}PIN='12345678'\nROOT_PASSWORD='Summer-2026!'\n", vault.export());
    let run = sandbox.stanch_with(&["known", "seal", "--known", "dotenv", "--output", "-"], export.as_bytes()).exits(3);
    for name in ["PIN is not sealed", "ROOT_PASSWORD is not sealed"] {
        assert!(run.stderr.contains(name), "{}", run.stderr);
    }
    assert!(!run.stdout.contains("PIN") && !run.stdout.contains("ROOT_PASSWORD") && run.stdout.contains("API_KEY"));
    assert!(!run.stdout.contains("Summer") && !run.stderr.contains("Summer"));
    vault.is_silent(&run);
    let weak = ["known", "seal", "--known", "dotenv"];
    let run = sandbox.stanch_with(&weak, b"ROOT_PASSWORD='Summer-2026!'\n").exits(2).warns("no value can be sealed");
    assert!(run.stderr.contains("ROOT_PASSWORD") && !sandbox.dir.join(".stanch.seal").exists());
    let _ = sandbox.stanch(&["known", "seal"]).exits(2).warns("--known is needed");
}

#[test]
fn a_wrong_or_missing_seal_is_an_error_and_no_silence() {
    let vault = Vault::new();
    let sandbox = sealed(&vault);
    let good = std::fs::read_to_string(sandbox.dir.join(".stanch.seal")).unwrap();
    let cut: String = good.lines().take(8).map(|line| format!("{line}\n")).collect();
    let emptied: String =
        good.lines().filter(|line| !line.contains("API_KEY")).map(|line| format!("{line}\n")).collect();
    for bad in [cut.as_str(), emptied.as_str(), "", "nonsense\n", &good.replace("argon2id", "md5")] {
        sandbox.write(".stanch.seal", bad);
        for command in ["staged", "scan"] {
            let _ = sandbox.stanch(&[command]).exits(2).warns(".stanch.seal");
        }
    }
    std::fs::remove_file(sandbox.dir.join(".stanch.seal")).unwrap();
    let _ = sandbox.stanch(&["staged"]).exits(0);
    sandbox.write(".stanch.yml", "seal: secrets/values.seal\n");
    let _ = sandbox.stanch(&["staged"]).exits(2).warns("it is not there");
    sandbox.write("secrets/values.seal", &good);
    sandbox.write("a.txt", &vault.key);
    sandbox.git(&["add", "a.txt"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("API_KEY");
}

#[test]
fn a_change_cannot_take_the_seal_away_from_its_own_check() {
    let vault = Vault::new();
    let sandbox = sealed(&vault);
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    std::fs::remove_file(sandbox.dir.join(".stanch.seal")).unwrap();
    sandbox.write("a.txt", format!("key {}\n", vault.key));
    sandbox.commit("Tidy up");
    let run = sandbox.stanch(&["ci", "--base", &base, "--head", "HEAD", "--format", "json"]).exits(1);
    vault.is_silent(&run);
    let found = run.json()["findings"].clone();
    let rules: Vec<&str> = found.as_array().unwrap().iter().filter_map(|one| one["rule"].as_str()).collect();
    assert!(rules.contains(&"known-value") && rules.contains(&"stanch-policy-change"), "{rules:?}");
    assert!(found.to_string().contains("The sealed value of API_KEY is no longer looked for"), "{found}");
    // To seal anew is no weakening.
    sandbox.git(&["reset", "--quiet", "--hard", &base]);
    let _ = sandbox.stanch_with(&["known", "seal", "--known", "dotenv"], vault.export().as_bytes()).exits(0);
    sandbox.commit("Seal anew");
    let _ = sandbox.stanch(&["ci", "--base", &base, "--head", "HEAD"]).exits(0);
}
