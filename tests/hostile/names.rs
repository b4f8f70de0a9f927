//! Names and messages that want to be something else on a terminal, in a log, in a page or in a spreadsheet.

use crate::measure::bounded;
use crate::support::{Sandbox, token};

const FORMATS: [&str; 10] = ["text", "json", "jsonl", "sarif", "github", "markdown", "csv", "html", "junit", "gitlab"];

#[test]
fn nothing_that_a_repository_says_is_obeyed_by_what_reads_the_report() {
    let sandbox = Sandbox::repository();
    let names = [
        "\x1b[2J\x1b]0;owned\x07.txt",
        "\n::error file=x::injected\n.txt",
        "::set-output name=a::b.txt",
        "<script>alert(1)<\u{2044}script>.txt",
        "](javascript:alert(1)) ![x](y) `z` |.txt",
        "=cmd|' \u{2044}C calc'!A0.txt",
        "+1+1.txt",
        "@SUM(1).txt",
        "right\u{202e}txt.exe",
        "carriage\rreturn.txt",
        "csi\u{9b}31m.txt",
        "]]>cdata.txt",
    ];
    for (number, name) in names.iter().enumerate() {
        sandbox.write(name, format!("{}\n", token(200 + number as u64)));
    }
    sandbox.commit(&format!("\x1b[31mred\x1b[0m\n\n::warning::injected {}\n=1+1", token(300)));
    // Git would not make such a branch; who builds a repository by hand can.
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write(".git/refs/heads/::error::<b>=1+1", format!("{head}\n"));
    for format in FORMATS {
        for command in ["scan", "history"] {
            let run = sandbox.stanch(&[command, "--format", format]).exits(1);
            let what = format!("{command} {format}");
            let is_control = |c: char| {
                (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            // In CSV, lines end as its standard wants it.
            let text = if format == "csv" { run.stdout.replace("\r\n", "\n") } else { run.stdout.clone() };
            assert!(!text.contains(is_control), "{what}: a control character in {text:?}");
            for line in text.lines() {
                let line = line.trim_start();
                let own = format == "github"
                    && ["::error ", "::warning ", "::notice "].iter().any(|word| line.starts_with(word));
                assert!(!line.starts_with("::") || own, "{what}: {line}");
                if format == "csv" {
                    let is_formula = |cell: &str| cell.trim_matches('"').starts_with(['=', '+', '@', '-']);
                    assert!(!line.split(',').any(is_formula), "{what}: {line}");
                }
            }
            if matches!(format, "html" | "markdown" | "junit") {
                assert!(!text.contains("<script>alert"), "{what}: {text}");
            }
            if format == "markdown" {
                assert!(!text.contains("](javascript:"), "{what}: {text}");
            }
            if format == "junit" {
                assert!(!text.contains("]]>cdata"), "{what}: {text}");
            }
        }
    }
}

#[test]
fn paths_as_long_as_a_system_allows_and_longer() {
    let sandbox = Sandbox::repository();
    let blob = sandbox.git_with(&["hash-object", "-w", "--stdin"], format!("{}\n", token(400)).as_bytes());
    let blob = String::from_utf8(blob).unwrap();
    for length in [4096, 20_000] {
        let path = format!("{}leak.txt", "d/".repeat((length - 8) / 2));
        sandbox.git_with(&["update-index", "--index-info"], format!("100644 {} 0\t{path}\n", blob.trim()).as_bytes());
        let run = bounded(&sandbox, &format!("a path of {length} bytes"), &["staged", "--format", "json"]).exits(1);
        assert!(run.stdout.contains("leak.txt"));
        sandbox.git(&["commit", "--quiet", "-m", "Long"]);
        let _ = bounded(&sandbox, &format!("a path of {length} bytes"), &["history"]).exits(1);
    }
}
