//! No output, log, error, temporary file or cache ever holds a value, in any encoding.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use aho_corasick::AhoCorasick;
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

use super::places::Lab;
use super::support::{Run, Sandbox, binary};
use super::{containers, encodings, history};

const FORMATS: [&str; 10] = ["text", "json", "jsonl", "sarif", "github", "markdown", "csv", "html", "junit", "gitlab"];

/// So much of a value in one piece is too much.
const PIECE: usize = 12;

/// Every piece of every value in every encoding.
struct Needles {
    search: AhoCorasick,
    names: Vec<String>,
}

impl Needles {
    fn new<'a>(values: impl Iterator<Item = &'a String>) -> Self {
        let (mut patterns, mut names) = (Vec::new(), Vec::new());
        for value in values {
            // Without the public mark that a mask may show.
            for piece in value.as_bytes()[4..].windows(PIECE) {
                for (name, pattern) in encoded(piece) {
                    patterns.push(pattern);
                    names.push(name.to_owned());
                }
            }
        }
        Self { search: AhoCorasick::new(patterns).unwrap(), names }
    }

    #[track_caller]
    fn check(&self, what: &str, content: &[u8]) {
        if let Some(found) = self.search.find(content) {
            let start = found.start().saturating_sub(120);
            let near = String::from_utf8_lossy(&content[start..(found.end() + 60).min(content.len())]).into_owned();
            panic!("{what} holds a part of a value ({}): …{near}…", self.names[found.pattern().as_usize()]);
        }
    }

    fn check_run(&self, what: &str, run: &Run) {
        self.check(&format!("{what}: standard output"), run.stdout.as_bytes());
        self.check(&format!("{what}: standard error"), run.stderr.as_bytes());
    }

    /// All files below a folder, and their names.
    fn check_folder(&self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            self.check("the name of a file", path.as_os_str().as_encoded_bytes());
            if path.is_dir() {
                self.check_folder(&path);
            } else {
                self.check(&path.display().to_string(), &fs::read(&path).unwrap());
            }
        }
    }
}

fn encoded(piece: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = std::str::from_utf8(piece).unwrap();
    let mut all = vec![
        ("raw", piece.to_vec()),
        ("reversed", piece.iter().rev().copied().collect()),
        ("hex", HEXLOWER.encode(piece).into_bytes()),
        ("hex in capitals", HEXUPPER.encode(piece).into_bytes()),
        ("percent", piece.iter().map(|byte| format!("%{byte:02X}")).collect::<String>().into_bytes()),
        ("UTF-16 LE", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16 BE", text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        ("numbers", piece.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ").into_bytes()),
    ];
    // Twelve bytes are four whole groups of base64 wherever a group begins; a window begins at every byte.
    all.push(("base64", BASE64.encode(piece).into_bytes()));
    all.push(("base64, URL-safe", BASE64URL_NOPAD.encode(piece).into_bytes()));
    all
}

/// Runs stanch so that whatever it writes aside stays in known folders.
fn run(lab: &Lab, args: &[&str], input: &[u8]) -> Run {
    let mut command = lab.sandbox.command(binary());
    let spare = lab.sandbox.beside("spare");
    fs::create_dir_all(&spare).unwrap();
    command.env("TMPDIR", &spare).env("XDG_CACHE_HOME", spare.join("cache")).env("RUST_LOG", "trace");
    command.env("RUST_BACKTRACE", "full").args(args);
    let file = lab.sandbox.beside("input");
    fs::write(&file, input).unwrap();
    command.stdin(Stdio::from(fs::File::open(&file).unwrap()));
    lab.sandbox.run(&mut command, &[])
}

#[test]
fn no_output_holds_a_value() {
    let mut lab = Lab::new(Sandbox::repository());
    history::hidden(&mut lab);
    encodings::hidden(&mut lab);
    containers::hidden(&mut lab);
    let loose = lab.token("standard input", Default::default());
    let named = lab.token("name of a file that can't be read", Default::default());
    let needles = Needles::new(lab.values());
    lab.sandbox.git(&["add", "--all"]);
    let out = lab.sandbox.beside("out");
    fs::create_dir(&out).unwrap();
    let mut formats: Vec<String> = Vec::new();
    for format in FORMATS {
        let path = out.join(format).display().to_string();
        formats.extend(["--format".into(), format.into(), "--output".into(), path]);
    }
    formats.extend(["-vvv".into(), "--receipt".into(), out.join("receipt").display().to_string()]);
    let formats: Vec<&str> = formats.iter().map(String::as_str).collect();
    lab.sandbox.commit("Leak");
    let head = lab.sandbox.git(&["rev-parse", "HEAD"]);
    let zeros = "0".repeat(40);
    let first = lab.sandbox.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let first = first.lines().last().unwrap().to_owned();
    let range = format!("{first}..main");
    let pushed = format!("refs/heads/main {head} refs/heads/main {zeros}\n");
    // Everything is staged anew against an empty commit.
    lab.sandbox.git(&["symbolic-ref", "HEAD", "refs/heads/empty"]);
    let message = format!("Use {loose}\n");
    fs::write(lab.sandbox.beside("message"), &message).unwrap();
    let file = lab.sandbox.beside("message").display().to_string();
    for (args, input) in [
        (vec!["scan"], ""),
        (vec!["scan", "--reversed"], ""),
        (vec!["scan", "-"], message.as_str()),
        (vec!["staged"], ""),
        (vec!["history"], ""),
        (vec!["history", range.as_str()], ""),
        (vec!["push", "origin", "https://example.com/x"], pushed.as_str()),
        (vec!["commit-msg", file.as_str()], ""),
    ] {
        let done = run(&lab, &[&args[..], &formats].concat(), input.as_bytes());
        assert_eq!(done.code, 1, "{args:?}: {}{}", done.stdout, done.stderr);
        needles.check_run(&args.join(" "), &done);
        needles.check_folder(&out);
        assert!(fs::read(out.join("json")).unwrap().len() > 500, "{args:?} wrote a report");
    }
    let report: serde_json::Value = serde_json::from_slice(&fs::read(out.join("json")).unwrap()).unwrap();
    assert!(!report["findings"].as_array().unwrap().is_empty());
    explained(&lab, &needles);
    errors(&lab, &needles, &loose, &named);
    needles.check_folder(&lab.sandbox.beside("spare"));
    needles.check_folder(&lab.sandbox.home());
}

fn explained(lab: &Lab, needles: &Needles) {
    let report = run(lab, &["scan", "--format", "json"], b"").json();
    let findings = report["findings"].as_array().unwrap();
    let places = findings.iter().filter(|finding| finding["location"]["members"].as_array().unwrap().is_empty());
    let mut seen = 0;
    for finding in places.step_by(7).take(20) {
        let place = finding["location"]["display"].as_str().unwrap();
        let done = run(lab, &["explain", place, "-vvv"], b"");
        seen += usize::from(done.code == 0);
        needles.check_run(&format!("explain {place}"), &done);
    }
    assert!(seen > 5, "places were explained");
}

/// Messages that quote what is wrong: arguments, lines of files, names.
fn errors(lab: &Lab, needles: &Needles, token: &str, named: &str) {
    let beside = |name: &str, content: String| {
        let path = lab.sandbox.beside(name);
        fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let rule = |id: &str, example: &str, counter: &str| {
        format!(
            "rules:\n  - id: {id}\n    name: X\n    severity: high\n    confidence: high\n    pattern: '\\b(nothing_[a-z]{{30}})\\b'\n    \
             description: X.\n    grants: X.\n    revoke: X.\n    references: ['https://example.com']\n    examples:\n      - {example}\n    \
             counter_examples:\n      - {{ text: {counter}, why: x }}\n"
        )
    };
    let unknown_key = beside("key.yml", format!("version: 1\n{token}: 1\n"));
    let unknown_value = beside("value.yml", format!("version: 1\nmin_confidence: {token}\n"));
    let broken = beside("broken.yml", format!("version: 1\nallow: [{{ reason: '{token}\n"));
    let unlike = beside("unlike.yml", rule("x-unlike", &format!("'key «{token}»'"), "'none'"));
    let noisy = beside("noisy.yml", rule("x-noisy", "'«nothing_%{lower:30}»'", &format!("'nothing {token}'")));
    let open = beside("open.yml", rule("x-open", &format!("'key {token}»'"), "'none'"));
    let pattern = beside("pattern.yml", format!("rules:\n  - id: x\n    pattern: '{token}('\n"));
    let input = format!("{token} {token} refs/heads/{token}\n");
    for (args, input) in [
        (vec!["scan", "--config", &unknown_key], ""),
        (vec!["scan", "--config", &unknown_value], ""),
        (vec!["scan", "--config", &broken], ""),
        (vec!["rules", "test", &unlike], ""),
        (vec!["rules", "test", &noisy], ""),
        (vec!["rules", "test", &open], ""),
        (vec!["rules", "test", &pattern], ""),
        (vec!["scan", "--rules", &pattern], ""),
        (vec!["scan", token], ""),
        (vec!["scan", "--min-confidence", token], ""),
        (vec!["scan", "--format", token], ""),
        (vec![token], ""),
        (vec!["scan", "--today", token], ""),
        (vec!["scan", "--config", token], ""),
        (vec!["history", token], ""),
        (vec!["history", "--since", token], ""),
        (vec!["explain", token], ""),
        (vec!["rules", "show", token], ""),
        (vec!["push", "--pre-receive"], input.as_str()),
        (vec!["push", token, token], input.as_str()),
        (vec!["commit-msg", token], ""),
        (vec!["scan", "README.md", "--output", &format!("{token}/x")], ""),
    ] {
        let done = run(lab, &[&args[..], &["-vvv"]].concat(), input.as_bytes());
        assert!(done.code > 0, "{args:?} is no error: {}{}", done.stdout, done.stderr);
        needles.check_run("an error", &done);
    }
    // What can't be read is named, and its name may hold anything.
    let other = Sandbox::new();
    std::os::unix::fs::symlink("loop", other.dir.join("loop")).unwrap();
    other.write(&format!("{named}.gz"), b"\x1f\x8b\x08 damaged");
    for format in FORMATS {
        let done = other.stanch(&["scan", "--format", format]);
        assert!(done.code > 0, "{}{}", done.stdout, done.stderr);
        needles.check_run(&format!("a notice as {format}"), &done);
    }
}
