//! Known values with the real binary and the real `git`: every source and every output.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod support;

use data_encoding::{BASE64, BASE64_NOPAD, HEXLOWER, HEXUPPER};
use support::Sandbox;

/// A password that no pattern knows; different for every seed.
fn password(seed: u64, len: usize) -> String {
    let alphabet: Vec<char> = ('!'..='~').filter(|c| !matches!(c, '\'' | '"' | '\\' | '`')).collect();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x1234_5678_9abc_def0;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as usize
    };
    (0..len).map(|_| alphabet[next() % alphabet.len()]).collect()
}

fn forms(value: &str) -> Vec<String> {
    let bytes = value.as_bytes();
    let mut forms = vec![value.to_owned(), HEXLOWER.encode(bytes), HEXUPPER.encode(bytes)];
    for shift in 0..3_usize {
        let text = BASE64_NOPAD.encode(&[&vec![0; shift][..], bytes].concat());
        forms.push(text[(shift * 8).div_ceil(6)..(shift + bytes.len()) * 8 / 6].to_owned());
    }
    forms.push(bytes.iter().map(|byte| format!("%{byte:02X}")).collect());
    forms.push(bytes.iter().map(|byte| format!("\\u{byte:04x}")).collect());
    let json = serde_json::to_string(value).unwrap();
    forms.push(json[1..json.len() - 1].to_owned());
    forms.push(value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
    forms
}

#[track_caller]
fn is_silent(run: &support::Run, value: &str) {
    for form in forms(value) {
        assert!(!run.stdout.contains(&form), "standard output holds the value as {form}");
        assert!(!run.stderr.contains(&form), "standard error holds the value as {form}");
    }
}

#[test]
fn exports_are_read_from_files_descriptors_standard_input_and_the_environment() {
    let sandbox = Sandbox::repository();
    let secret = password(1, 14);
    sandbox.write("app/config.txt", format!("basic {}\n", BASE64.encode(format!("admin:{secret}").as_bytes())));
    let dotenv = format!("OTHER_PASSWORD='{}'\nDB_PASSWORD='{secret}'\nLOG_LEVEL='info'\n", password(2, 14));
    let json = serde_json::json!([{"key": "DB_PASSWORD", "value": secret, "type": "shared"}]).to_string();
    let yaml = format!("DB_PASSWORD: {json}\n", json = serde_json::to_string(&secret).unwrap());
    for (format, text) in [("dotenv", &dotenv), ("json", &json), ("yaml", &yaml)] {
        std::fs::write(sandbox.beside("export"), text).unwrap();
        let file = format!("{format}:{}", sandbox.beside("export").display());
        let run = sandbox.stanch(&["scan", "--known", &file]).exits(1).says("DB_PASSWORD").says("app/config.txt:1:");
        is_silent(&run, &secret);
        let run = sandbox.stanch_with(&["scan", "--known", format], text.as_bytes()).exits(1).says("DB_PASSWORD");
        is_silent(&run, &secret);
        let script = format!("exec \"$0\" scan --known {format}:/dev/fd/3 3<'{}'", sandbox.beside("export").display());
        let run = sandbox.run(&mut sandbox.command("sh"), &["-c", &script, support::binary().to_str().unwrap()]);
        let _ = run.exits(1).says("DB_PASSWORD");
    }
    // The environment counts for inventoried names only.
    // Its name and its place are told, and not its length.
    let run = sandbox.stanch_with(&["scan", "--known", "dotenv", "--format", "json"], dotenv.as_bytes()).exits(1);
    let finding = run.json()["findings"][0].clone();
    assert_eq!((&finding["value"], &finding["value_bytes"]), (&"***".into(), &serde_json::Value::Null));
    let line = std::fs::read_to_string(sandbox.dir.join("app/config.txt")).unwrap().trim_end().len();
    assert_eq!(finding["location"]["end"]["column"], line + 1);
    sandbox.write(".stanch.yml", "secrets: [{name: DB_PASSWORD, owner: Ada, severity: HIGH}]\n");
    let mut command = sandbox.command(support::binary());
    command.env("DB_PASSWORD", &secret).env("UNLISTED", "hello");
    let run = sandbox.run(&mut command, &["scan", "--known", "env"]).exits(1).says("DB_PASSWORD by").says("(Ada)");
    is_silent(&run, &secret);
    let mut command = sandbox.command(support::binary());
    command.env("UNLISTED", &secret);
    let _ = sandbox.run(&mut command, &["scan", "--known", "env"]).exits(2).warns("no value");
}

#[test]
fn every_source_is_searched_and_the_short_and_common_are_named() {
    let sandbox = Sandbox::repository();
    let secret = password(3, 16);
    let export = format!("DB_PASSWORD='{secret}'\nPIN='1234'\nREGION='us-east-1'\n");
    std::fs::write(sandbox.beside("export"), export).unwrap();
    let known = format!("dotenv:{}", sandbox.beside("export").display());
    let run = sandbox.stanch(&["scan", "--known", &known]).exits(0);
    assert!(
        run.stdout.contains("PIN: not matchable") && run.stdout.contains("REGION: not matchable"),
        "{}",
        run.stdout
    );
    // Build output that git ignores.
    sandbox.write(".gitignore", "dist/\n");
    let escaped: String = secret.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    sandbox.write("dist/app.js", format!("!function(){{var a=\"{escaped}\"}}();"));
    let _ = sandbox.stanch(&["scan", "dist", "--ignored", "--known", &known]).exits(1).says("dist/app.js");
    sandbox.write("notes.txt", format!("'{}' + '{}'\n", &secret[..5], &secret[5..]));
    sandbox.git(&["add", "notes.txt"]);
    let _ = sandbox.stanch(&["staged", "--known", &known]).exits(1).says("notes.txt").says("DB_PASSWORD");
    sandbox.commit("Leak");
    let range = "HEAD~1..HEAD";
    let _ = sandbox.stanch(&["history", range, "--known", &known]).exits(1).says("notes.txt");
    sandbox.write("notes.txt", "");
    sandbox.commit("Remove");
    let run = sandbox.stanch(&["history", "--known", &known]).exits(1).says("notes.txt");
    is_silent(&run, &secret);
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    let zero = "0".repeat(40);
    let line = format!("refs/heads/main {head} refs/heads/main {zero}\n");
    let _ =
        sandbox.stanch_with(&["push", "origin", "x", "--known", &known], line.as_bytes()).exits(1).says("DB_PASSWORD");
    let _ = sandbox.stanch_with(&["push", "--known", "dotenv:-"], line.as_bytes()).exits(2).warns("standard input");
    let _ = sandbox.stanch_with(&["scan", "-", "--known", &known], secret.as_bytes()).exits(1).says("DB_PASSWORD");
    let _ = sandbox.stanch_with(&["scan", "-", "--known", "dotenv"], b"A=1\n").exits(2).warns("standard input");
}

#[test]
fn no_format_and_no_error_holds_the_value() {
    let sandbox = Sandbox::repository();
    let secret = password(4, 20).replace('/', "x");
    std::fs::write(sandbox.beside("export"), format!("API_PASSWORD='{secret}'\n")).unwrap();
    let known = format!("dotenv:{}", sandbox.beside("export").display());
    sandbox.write(&format!("a-{secret}.txt"), &secret);
    sandbox.write("b.txt", forms(&secret).join("\n"));
    sandbox.commit(&format!("Use {secret}"));
    let formats = ["text", "json", "jsonl", "sarif", "github", "markdown", "csv", "html", "junit", "gitlab"];
    for format in formats {
        for command in ["scan", "history"] {
            let run =
                sandbox.stanch(&[command, "--known", &known, "--format", format, "--show-secrets", "-vv"]).exits(1);
            is_silent(&run, &secret);
        }
    }
    // Wrong usage with the value where it does not belong.
    for word in [secret.as_str(), &format!("dotenv={secret}"), &format!("{secret}:x"), &format!("dotenv:{secret}")] {
        let run = sandbox.stanch(&["scan", "--known", word]).exits(2);
        assert!(!run.stderr.contains(&secret), "{}", run.stderr);
    }
    for (format, text) in [
        ("dotenv", format!("A=1\n{secret}\n")),
        ("json", format!("{{\"A\": {secret}")),
        ("yaml", format!("[{secret}\n{secret}: {{")),
    ] {
        let run = sandbox.stanch_with(&["scan", "--known", format], text.as_bytes()).exits(2);
        is_silent(&run, &secret);
    }
}

/// What a program makes of its input.
fn piped(program: &str, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let mut command = Command::new(program);
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().stdout
}

/// A file for each way in which a value travels, with something before and behind it.
fn carriers(value: &str, seed: u64) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = value.as_bytes();
    let each = |write: &dyn Fn(u8) -> String| bytes.iter().map(|&byte| write(byte)).collect::<String>();
    let user = |len: usize| format!("{}:{value}@", "user".repeat(3).get(..len).unwrap());
    let wrapped = |width: usize| {
        let text = BASE64.encode(format!("{}{value}{}", password(seed + 1, 61), password(seed + 2, 40)).as_bytes());
        text.as_bytes().chunks(width).map(|line| format!("  {}\n", String::from_utf8_lossy(line))).collect::<String>()
    };
    let python = "import sys, gzip; sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read()))";
    let gzip = piped("python3", &["-c", python], format!("a line\npassword={value}\n").as_bytes());
    let json = serde_json::to_string(value).unwrap();
    let half = bytes.len() / 2;
    let url = |text: &str| BASE64.encode(text.as_bytes()).replace('+', "-").replace('/', "_").replace('=', "");
    let html = [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")];
    let mut carriers: Vec<(&'static str, String)> = vec![
        ("raw.txt", value.to_owned()),
        ("base64.txt", BASE64.encode(bytes)),
        ("base64-first.txt", BASE64.encode(user(2).as_bytes())),
        ("base64-second.txt", BASE64.encode(user(3).as_bytes())),
        ("base64-third.txt", BASE64.encode(user(4).as_bytes())),
        ("base64-url.txt", url(&user(5))),
        ("hex.txt", HEXLOWER.encode(bytes)),
        ("hex-capitals.txt", HEXUPPER.encode(bytes)),
        ("percent.txt", each(&|byte| format!("%{byte:02X}"))),
        (
            "percent-least.txt",
            each(&|byte| if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02x}") }),
        ),
        ("json.json", json.clone()),
        ("unicode.js", each(&|byte| format!("\\u{byte:04x}"))),
        ("escapes.c", each(&|byte| format!("\\x{byte:02x}"))),
        ("octal.c", each(&|byte| format!("\\{byte:03o}"))),
        ("entities.html", html.iter().fold(value.to_owned(), |text, (from, to)| text.replace(from, to))),
        ("numbers.html", each(&|byte| format!("&#{byte};"))),
        ("hex-numbers.html", each(&|byte| format!("&#x{byte:x};"))),
        ("shell.sh", format!("'{}'", value.replace('\'', "'\\''"))),
        ("literals.py", format!("'{}' '{}'", &value[..half], &value[half..])),
        ("literals.js", format!("\"{}\" +\n    \"{}\"", &value[..half], &value[half..])),
    ];
    for (_, text) in &mut carriers {
        *text = format!("{}\nx = {text}\n{}\n", password(seed + 3, 30), password(seed + 4, 20));
    }
    carriers.push(("wrapped-76.txt", wrapped(76)));
    carriers.push(("wrapped-64.txt", wrapped(64)));
    let units = |unit: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let mut carriers: Vec<_> = carriers.into_iter().map(|(name, text)| (name, text.into_bytes())).collect();
    carriers.push(("utf-16le.txt", [b"\xff\xfe", units(u16::to_le_bytes).as_slice()].concat()));
    carriers.push(("utf-16be.txt", [b"\xfe\xff", units(u16::to_be_bytes).as_slice()].concat()));
    carriers.push(("stream.gz", gzip));
    carriers
}

#[test]
fn every_command_finds_every_form_and_no_output_of_any_holds_one() {
    let seed = support::seed();
    let sandbox = Sandbox::repository();
    let secret = password(seed, 17 + seed as usize % 9);
    println!("seed {seed}");
    std::fs::write(sandbox.beside("export"), format!("API_PASSWORD='{secret}'\n")).unwrap();
    let known = format!("dotenv:{}", sandbox.beside("export").display());
    let carriers = carriers(&secret, seed);
    for (name, content) in &carriers {
        sandbox.write(&format!("dist/{name}"), content);
    }
    sandbox.git(&["add", "--all"]);
    let base = sandbox.git(&["rev-parse", "HEAD"]);
    let formats = ["text", "json", "jsonl", "sarif", "github", "markdown", "csv", "html", "junit", "gitlab"];
    let check = |command: &[&str], input: &[u8], formats: &[&str]| {
        for &format in formats {
            let arguments = [command, &["--known", &known, "--format", format, "--show-secrets", "-vv"]].concat();
            let run = sandbox.stanch_with(&arguments, input).exits(1);
            is_silent(&run, &secret);
            // Annotations are few by GitHub's limits; how many there are is told.
            for (name, _) in carriers.iter().filter(|_| format != "github") {
                assert!(run.stdout.contains(name), "seed {seed}: {command:?} {format} has no {name}: {}", run.stdout);
            }
        }
    };
    check(&["scan"], b"", &["text"]);
    check(&["scan", "dist"], b"", &formats);
    check(&["staged"], b"", &["text", "jsonl"]);
    for (name, content) in &carriers {
        let run = sandbox.stanch_with(&["scan", "-", "--known", &known], content);
        assert!(run.code == 1 && run.stdout.contains("API_PASSWORD"), "seed {seed}: {name}: {}", run.stdout);
        is_silent(&run, &secret);
    }
    let head = sandbox.commit("Carriers");
    check(&["history"], b"", &formats);
    check(&["history", &format!("{base}..{head}")], b"", &["text", "sarif"]);
    let line = format!("refs/heads/main {head} refs/heads/main {}\n", "0".repeat(40));
    check(&["push", "origin"], line.as_bytes(), &["text", "json"]);
    for format in ["text", "json", "markdown"] {
        for command in ["respond", "audit"] {
            let run = sandbox.stanch(&[command, "--known", &known, "--format", format, "-vv"]).exits(1);
            is_silent(&run, &secret);
        }
    }
    let report = sandbox.beside("sweep.json");
    let report = report.to_str().unwrap();
    let _ = sandbox.stanch(&["history", "--known", &known, "--format", "json", "--output", report]).exits(1);
    let answered = sandbox.stanch(&["respond", report]).exits(1).says("API_PASSWORD");
    is_silent(&answered, &secret);
    let sealed = sandbox.stanch(&["known", "seal", "--known", &known]);
    is_silent(&sealed, &secret);
}

#[test]
fn a_sweep_by_deltas_finds_long_values_wherever_they_are_completed() {
    let sandbox = Sandbox::repository();
    let long = password(5, 2600).replace(['$', '#'], "x");
    std::fs::write(sandbox.beside("export"), format!("SERVICE_ACCOUNT='{long}'\n")).unwrap();
    let known = format!("dotenv:{}", sandbox.beside("export").display());
    let filler: String = (0..400).map(|line| format!("line {line} of a file that changes little\n")).collect();
    let text = |value: &str| format!("{filler}key = \"{value}\"\n{filler}");
    for at in [0, 700, 1300, 2599] {
        let mut broken = long.clone();
        broken.replace_range(at..=at, "\n");
        sandbox.write("service.txt", text(&broken));
        sandbox.commit("Almost");
        sandbox.write("service.txt", text(&long));
        sandbox.commit("Complete");
        sandbox.write(&format!("hex{at}.txt"), text(&HEXLOWER.encode(long.as_bytes())));
        sandbox.commit("As a number");
    }
    sandbox.git(&["gc", "--quiet", "--aggressive"]);
    let report = |more: &[&str]| {
        let arguments = [&["history", "--known", &known, "--format", "json", "--today", "2026-01-01"], more].concat();
        sandbox.stanch(&arguments).exits(1).json()["findings"].clone()
    };
    let strip = |findings: serde_json::Value| -> Vec<serde_json::Value> {
        let mut findings = findings.as_array().unwrap().clone();
        findings.iter_mut().for_each(|finding| finding["concern"]["deadline"] = "".into());
        findings
    };
    let (by_deltas, in_full) = (strip(report(&[])), strip(report(&["--full-scan"])));
    assert_eq!(by_deltas.iter().filter(|finding| finding["rule"] == "known-value").count(), 5);
    assert_eq!(by_deltas, in_full);
}
