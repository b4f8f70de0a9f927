//! How the action comes by its binary: built by cargo from its own sources, or downloaded and held against a checksum.
//!
//! Cargo, rustup and curl are stand-ins that write down how they were called; everything else is real.

use std::fs;
use std::path::{Path, PathBuf};

use crate::action::{Step, step};
use crate::support::{Sandbox, binary, executable};

struct Runner {
    sandbox: Sandbox,
    tools: PathBuf,
    action: PathBuf,
}

impl Runner {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let (tools, action) = (sandbox.beside("tools"), sandbox.beside("action"));
        fs::create_dir_all(&tools).unwrap();
        fs::create_dir_all(action.join(".github")).unwrap();
        fs::write(action.join("Cargo.toml"), "[package]\nname = \"stanch\"\nrust-version = \"1.95\"\n").unwrap();
        fs::write(action.join(".github/checksums.txt"), "").unwrap();
        Self { sandbox, tools, action }
    }

    /// A stand-in that first writes its folder and arguments to the log.
    fn tool(&self, name: &str, script: &str) {
        let path = self.tools.join(name);
        let log = self.tools.join("log");
        let text = format!("#!/bin/sh\necho \"{name} $*\" >>'{}'\n{script}\n", log.display());
        executable(&path, text.as_bytes());
    }

    fn cargo(&self, version: &str) {
        // `+1.95` in front is what rustup's cargo takes.
        let build = format!(
            "case $1 in --version) echo 'cargo {version} (0000000 2026-01-01)';; *)\n\
             pwd >>'{log}'; while [ $# -gt 0 ]; do [ \"$1\" = --target-dir ] && target=$2; shift; done\n\
             mkdir -p \"$target/release\" && cp '{binary}' \"$target/release/stanch\";; esac",
            log = self.tools.join("log").display(),
            binary = binary().display(),
        );
        self.tool("cargo", &build);
    }

    fn get(&self, variables: &[(&str, &str)]) -> Step {
        let folder = self.sandbox.beside("stanch-action");
        drop(fs::remove_dir_all(&folder));
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.tools.display());
        let all = [
            ("PATH", path.as_str()),
            ("ACTION_PATH", self.action.to_str().unwrap()),
            ("STANCH_DIR", folder.to_str().unwrap()),
            ("GITHUB_SERVER_URL", "https://git.example.com"),
            ("GITHUB_ACTION_REPOSITORY", "acme/stanch"),
        ];
        step(&self.sandbox, "build.sh", &self.sandbox.dir, None, &[&all[..], variables].concat())
    }

    fn log(&self) -> String {
        let log = self.tools.join("log");
        let text = fs::read_to_string(&log).unwrap_or_default();
        drop(fs::remove_file(log));
        text
    }
}

#[test]
fn cargo_builds_the_sources_of_the_action_and_never_those_of_the_change() {
    let runner = Runner::new();
    runner.cargo("1.95.0");
    let built = runner.get(&[]);
    assert_eq!(built.run.code, 0, "{}{}", built.run.stdout, built.run.stderr);
    assert!(built.run.stdout.contains(&format!("built stanch {}", env!("CARGO_PKG_VERSION"))), "{}", built.run.stdout);
    assert!(Path::new(&built.output("binary")).is_file());
    let log = runner.log();
    assert!(log.contains("cargo build --locked --release --target-dir "), "{log}");
    assert!(log.contains(&format!("\n{}\n", runner.action.canonicalize().unwrap().display())), "{log}");
    assert!(!runner.sandbox.beside("stanch-action/build").exists(), "the cache would keep it");
    // An older Rust is replaced where rustup can do it, and nothing is built where it cannot.
    runner.cargo("1.80.1");
    if !Path::new("/usr/local/bin/rustup").exists() && !Path::new("/usr/bin/rustup").exists() {
        let refused = runner.get(&[]);
        assert_eq!(refused.run.code, 2, "{}{}", refused.run.stdout, refused.run.stderr);
        assert!(refused.run.stdout.contains("::error title=stanch action::building stanch needs Rust 1.95"));
        assert!(!runner.log().contains("cargo build"));
    }
    runner.tool("rustup", "exit 0");
    let built = runner.get(&[]);
    assert_eq!(built.run.code, 0, "{}{}", built.run.stdout, built.run.stderr);
    let log = runner.log();
    assert!(log.contains("rustup toolchain install 1.95 ") && log.contains("cargo +1.95 build --locked"), "{log}");
}

#[test]
fn a_release_is_taken_only_when_its_checksum_is_known_and_right() {
    let runner = Runner::new();
    let stage = runner.sandbox.beside("stage");
    fs::create_dir_all(&stage).unwrap();
    fs::copy(binary(), stage.join("stanch")).unwrap();
    let asset = runner.sandbox.beside("asset.tar.gz");
    let mut tar = runner.sandbox.command("tar");
    let packed = runner.sandbox.run(tar.arg("-czf").arg(&asset).arg("-C").arg(&stage), &["stanch"]);
    assert_eq!(packed.code, 0, "{}", packed.stderr);
    let take = "while [ $# -gt 0 ]; do [ \"$1\" = --output ] && output=$2; shift; done";
    runner.tool("curl", &format!("{take}\ncp '{}' \"$output\"", asset.display()));
    let triples =
        ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl", "aarch64-apple-darwin", "x86_64-apple-darwin"];
    let know = |sum: &str| {
        let lines: String = triples.iter().map(|triple| format!("{sum}  stanch-1.2.3-{triple}.tar.gz\n")).collect();
        fs::write(runner.action.join(".github/checksums.txt"), lines).unwrap();
    };
    know(&data_encoding::HEXLOWER.encode(&<sha2::Sha256 as sha2::Digest>::digest(fs::read(&asset).unwrap())));
    let taken = runner.get(&[("VERSION", "1.2.3")]);
    assert_eq!(taken.run.code, 0, "{}{}", taken.run.stdout, taken.run.stderr);
    assert!(taken.run.stdout.contains("downloaded and verified"), "{}", taken.run.stdout);
    assert!(runner.log().contains("https://git.example.com/acme/stanch/releases/download/v1.2.3/stanch-1.2.3-"));
    know(&"0".repeat(64));
    let refused = runner.get(&[("VERSION", "1.2.3")]);
    assert_eq!(refused.run.code, 2, "{}{}", refused.run.stdout, refused.run.stderr);
    assert!(refused.run.stdout.contains("is not the one that the action knows"), "{}", refused.run.stdout);
    assert!(!runner.sandbox.beside("stanch-action/stanch").exists(), "what is not verified is not unpacked");
    runner.log();
    let unknown = runner.get(&[("VERSION", "1.2.4")]);
    assert!(unknown.run.code == 2 && runner.log().is_empty(), "nothing is fetched without a checksum");
}
