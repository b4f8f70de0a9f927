//! JSON Lines while the run goes on.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::{Sandbox, binary, token};

fn piped(sandbox: &Sandbox, args: &[&str]) -> Command {
    let mut command = sandbox.command(binary());
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn lines_of(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The findings among lines, without their type and without order.
fn findings(lines: &[Value]) -> Vec<String> {
    let bare = |line: &Value| {
        let mut line = line.clone();
        line.as_object_mut().unwrap().remove("type");
        line.to_string()
    };
    let mut findings: Vec<String> = lines.iter().filter(|line| line["type"] == "finding").map(bare).collect();
    findings.sort();
    findings
}

#[test]
fn a_reader_sees_findings_before_the_run_ends() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", format!("{}\n", token(1)));
    // Standard input comes last, and ends when this test closes it.
    let mut child = piped(&sandbox, &["scan", "a.txt", "-", "--format", "jsonl"]).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut early = String::new();
    output.read_line(&mut early).unwrap();
    output.read_line(&mut early).unwrap();
    let seen = lines_of(&early);
    assert_eq!(seen[0]["type"], "run");
    assert_eq!(seen[0]["duration_ms"], Value::Null, "nobody knows it yet");
    assert_eq!(seen[1]["location"]["display"], "a.txt:1:1");
    assert!(child.try_wait().unwrap().is_none(), "it waits for its input");
    writeln!(input, "key: {}", token(2)).unwrap();
    drop(input);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let rest = lines_of(&rest);
    assert_eq!(rest[0]["location"]["display"], "standard input:1:6");
    let end = rest.last().unwrap();
    assert_eq!((&end["type"], &end["summary"]["denied"]), (&"end".into(), &2.into()));
    assert!(end["receipt"]["bytes"].is_u64() && end["duration_ms"].is_u64());
}

#[test]
fn a_reader_that_goes_away_ends_the_run_silently() {
    let sandbox = Sandbox::repository();
    for number in 0..1500 {
        sandbox.write(&format!("d{}/f{number}.txt", number % 10), format!("{}\n", token(number)));
    }
    let mut child = piped(&sandbox, &["scan", "--format", "jsonl"]).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    drop(output);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(2), "what nobody reads is never clean");
}

#[test]
fn streamed_lines_are_the_findings_of_the_document() {
    let sandbox = Sandbox::repository();
    for number in 0..30 {
        sandbox.write(&format!("src/f{number}.py"), format!("x = 1\nTOKEN = \"{}\"\n", token(number)));
    }
    sandbox.write(".env", format!("A={}\n", token(40)));
    sandbox.write("src/a-long-name-2026-01-02.txt", token(41));
    sandbox.write(&format!("{}.txt", token(42)), "nothing\n");
    sandbox.write("large.bin", [token(43).as_bytes(), &b"x ".repeat(3 << 20), token(44).as_bytes()].concat());
    sandbox.git(&["add", "--all", "--force"]);
    for mode in ["scan", "staged"] {
        let document = sandbox.stanch(&[mode, "--format", "json"]).exits(1).json();
        let mut expected: Vec<String> =
            document["findings"].as_array().unwrap().iter().map(ToString::to_string).collect();
        expected.sort();
        for jobs in ["1", "4"] {
            let lines = lines_of(&sandbox.stanch(&[mode, "--jobs", jobs, "--format", "jsonl"]).exits(1).stdout);
            assert_eq!(findings(&lines), expected, "{mode}");
            assert_eq!((&lines[0]["type"], &lines.last().unwrap()["type"]), (&"run".into(), &"end".into()));
        }
    }
}

#[test]
fn a_name_that_turns_out_to_be_a_value_is_masked_however_late_that_is_known() {
    let sandbox = Sandbox::repository();
    // No rule knows it by itself; only what stands before it in the second file tells.
    let password: String = token(50)[8..24].to_owned();
    sandbox.write(&format!("a/{password}.txt"), token(51));
    sandbox.write("z/settings.py", format!("database_password = \"{password}\"\n"));
    for jobs in ["1", "4"] {
        let run = sandbox.stanch(&["scan", "--jobs", jobs, "--format", "jsonl"]).exits(1).says("a/***.txt:1:1");
        assert!(!run.stdout.contains(&password), "{}", run.stdout);
        assert_eq!(findings(&lines_of(&run.stdout)).len(), 2);
    }
}

#[test]
fn a_file_is_written_at_the_end_and_as_a_whole() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", token(60));
    let run = sandbox.stanch(&["scan", "-f", "jsonl", "-o", "lines.jsonl", "-f", "text"]).exits(1).says("a.txt:1:1");
    assert!(!run.stdout.contains("{\"type\""));
    let text = std::fs::read_to_string(sandbox.dir.join("lines.jsonl")).unwrap();
    assert_eq!(findings(&lines_of(&text)).len(), 1);
    // The other way round: lines to standard output, while a second format goes to a file.
    let run = sandbox.stanch(&["scan", "-f", "text", "-o", "r.txt", "-f", "jsonl", "a.txt"]).exits(1);
    assert_eq!(findings(&lines_of(&run.stdout)).len(), 1);
    assert!(std::fs::read_to_string(sandbox.dir.join("r.txt")).unwrap().contains("a.txt:1:1"));
}
