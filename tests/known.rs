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
    for word in [secret.as_str(), &format!("dotenv={secret}"), &format!("{secret}:x")] {
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
