//! `stanch scan`.

use crate::support::{Sandbox, token};

#[test]
fn a_secret_is_found_at_its_place_and_its_value_is_not_shown() {
    let sandbox = Sandbox::repository();
    let secret = token(1);
    sandbox.write("src/app.py", format!("import os\n\nTOKEN = \"{secret}\"\n"));
    for format in ["text", "json", "jsonl", "sarif", "github", "markdown"] {
        let run = sandbox.stanch(&["scan", "--format", format]).exits(1).says("app.py");
        assert!(!run.stdout.contains(&secret), "{format} shows the value");
        assert!(!run.stderr.contains(&secret), "{format} logs the value");
    }
    let _ = sandbox.stanch(&["scan"]).exits(1).says("src/app.py:3:10").says("github");
    let run = sandbox.stanch(&["scan", "--show-secrets"]).exits(1);
    assert!(run.stdout.contains(&secret));
    let run = sandbox.stanch(&["scan", "--show-secrets", "--format", "sarif"]).exits(1);
    assert!(!run.stdout.contains(&secret), "SARIF never shows a value");
}

#[test]
fn ignored_files_are_left_out_unless_tracked_or_asked_for() {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitignore", "*.log\n");
    sandbox.write("tracked.log", format!("{}\n", token(2)));
    sandbox.commit("Add a log that an ignore rule matches");
    sandbox.write("ignored.log", format!("{}\n", token(3)));
    sandbox.write("new.txt", format!("{}\n", token(4)));
    let run = sandbox.stanch(&["scan"]).exits(1).says("tracked.log").says("new.txt");
    assert!(!run.stdout.contains("ignored.log"));
    let _ = sandbox.stanch(&["scan", "--ignored"]).exits(1).says("ignored.log");
}

#[test]
fn standard_input_and_single_files_are_scanned() {
    let sandbox = Sandbox::new();
    let _ = sandbox.stanch_with(&["scan", "-"], format!("key: {}\n", token(5)).as_bytes()).exits(1).says("1:6");
    let _ = sandbox.stanch_with(&["scan", "-"], b"nothing here\n").exits(0);
    sandbox.write("one.txt", token(6));
    sandbox.write("two.txt", token(7));
    let run = sandbox.stanch(&["scan", "one.txt"]).exits(1).says("one.txt:1:1");
    assert!(!run.stdout.contains("two.txt"));
}

#[test]
fn the_same_value_has_the_same_identity_everywhere() {
    let sandbox = Sandbox::repository();
    let secret = token(8);
    sandbox.write("a.txt", format!("{secret}\n"));
    sandbox.write("deep/b.txt", format!("moved down\n\n{secret}\n"));
    let identity = |args: &[&str]| {
        let json = sandbox.stanch(args).exits(1).json();
        let findings = json["findings"].as_array().unwrap().clone();
        assert!(!findings.is_empty());
        findings.iter().map(|finding| finding["fingerprint"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let scanned = identity(&["scan", "--format", "json"]);
    assert_eq!(scanned.len(), 2);
    assert_eq!(scanned[0], scanned[1]);
    sandbox.git(&["add", "--all"]);
    assert_eq!(identity(&["staged", "--format", "json"]), scanned);
    sandbox.commit("Leak");
    assert_eq!(identity(&["history", "--format", "json"])[0], scanned[0]);
}

#[test]
fn one_thread_and_many_say_the_same() {
    let sandbox = Sandbox::repository();
    for number in 0..40 {
        sandbox.write(&format!("f{number}.txt"), format!("x\n{}\n", token(100 + number)));
    }
    let report = |jobs: &str| {
        let mut json = sandbox.stanch(&["scan", "--jobs", jobs, "--format", "json"]).exits(1).json();
        json["started"] = 0.into();
        json["findings"].clone()
    };
    assert_eq!(report("1"), report("4"));
}

#[test]
fn a_token_that_has_ended_is_marked() {
    let sandbox = Sandbox::new();
    let mut seed = stanch::rule::example::Seeded::new("ended", 1);
    let mut token = |expires: &str| {
        let template = format!("token = \"%{{jwt:{{\"sub\":\"71625344\",\"exp\":{expires}}}}}\"\n");
        stanch::rule::example::expand(&template, &mut seed).unwrap().text
    };
    // 2026-01-02.
    sandbox.write("a.txt", token("1767312000"));
    let told = "says that it expired on 2026-01-02";
    let _ = sandbox.stanch(&["scan", "a.txt", "--today", "2026-01-03"]).exits(1).says(told);
    for today in ["2026-01-01", "2026-01-02"] {
        let run = sandbox.stanch(&["scan", "a.txt", "--today", today]).exits(1);
        assert!(!run.stdout.contains("expired"), "{}", run.stdout);
    }
}

#[test]
fn a_token_in_a_lock_file_is_told_and_its_hashes_are_not() {
    let sandbox = Sandbox::repository();
    let mut seed = stanch::rule::example::Seeded::new("lock", 1);
    let mut text = |template: &str| stanch::rule::example::expand(template, &mut seed).unwrap().text;
    sandbox.write("Podfile.lock", text("SPEC CHECKSUMS:\n  KeychainAccess: %{hex:40}\n  SecretKit: %{hex:40}\n"));
    let hashes = "  \"integrity\": \"sha512-%{base64:88}\"\n";
    for (name, line) in [
        ("package-lock.json", "  \"resolved\": \"https://deploy:%{base62:20}4x@npm.northwind.dev/a.tgz\",\n"),
        ("yarn.lock", "  resolved \"https://npm.northwind.dev/a.tgz?token=%{hex:40}#%{hex:40}\"\n"),
        ("Pipfile.lock", "  \"url\": \"https://deploy:%{base62:20}4x@pypi.northwind.dev/simple\",\n"),
        ("Gemfile.lock", "  remote: https://deploy:%{hex:32}@gems.northwind.dev/\n"),
    ] {
        sandbox.write(name, text(hashes));
        let _ = sandbox.stanch(&["scan"]).exits(0);
        sandbox.write(name, text(&format!("{line}{hashes}")));
        let _ = sandbox.stanch(&["scan"]).exits(1).says(name);
        std::fs::remove_file(sandbox.dir.join(name)).unwrap();
    }
}

#[test]
fn a_hint_is_told_once_for_a_file_and_names_its_other_lines() {
    let sandbox = Sandbox::repository();
    let (value, secret) = (token(9)[4..24].to_owned(), token(10));
    let line = format!("client.login(password=\"{value}\")\n");
    sandbox.write("tests/client.py", format!("{line}\n{line}\n\n{line}"));
    sandbox.write("tests/other.py", &line);
    sandbox.write("tests/tokens.txt", format!("{secret}\n{secret}\n"));
    let low = ["scan", "--min-confidence", "low", "--show-secrets", "--format"];
    let with = |format| [low.as_slice(), &[format]].concat();
    let json = sandbox.stanch(&with("json")).exits(1).json();
    let told: Vec<_> = json["findings"].as_array().unwrap().iter().map(|finding| &finding["location"]).collect();
    let of = |path: &str| told.iter().filter(|place| place["path"] == path).copied().collect::<Vec<_>>();
    // A hint is one for a file, and a secret one for each place.
    assert_eq!((of("tests/client.py").len(), of("tests/other.py").len(), of("tests/tokens.txt").len()), (1, 1, 2));
    let again: Vec<_> = of("tests/client.py")[0]["again"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| place["start"]["line"].clone())
        .collect();
    assert_eq!(again, [3, 6]);
    let _ = sandbox.stanch(&with("text")).exits(1).says("again in lines 3 and 6");
    let sarif = sandbox.stanch(&with("sarif")).exits(1).json();
    let related = sarif["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|result| result["relatedLocations"].as_array());
    assert_eq!(related.map(Vec::len).sum::<usize>(), 2);
    // Of what a change adds, each place is told.
    sandbox.git(&["add", "--all"]);
    let staged = sandbox.stanch(&["staged", "--min-confidence", "low", "--format", "json"]).exits(1).json();
    let added = staged["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["location"]["path"] == "tests/client.py");
    assert_eq!(added.count(), 3);
}
