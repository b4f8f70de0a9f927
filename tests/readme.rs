//! What the README says, run: its commands end as they should, and its configuration is accepted.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

#[allow(dead_code, reason = "each suite uses a part of it")]
mod support;

use std::fs;

use support::{Sandbox, token};

/// The blocks of a Markdown text in a language: the line each begins on, and its text.
fn blocks(markdown: &str, language: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut open: Option<(usize, String, bool)> = None;
    for (number, line) in markdown.lines().enumerate() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(name)) => open = Some((number + 2, String::new(), name == language)),
            (Some(_), Some(_)) => {
                let (start, text, counts) = open.take().unwrap();
                found.extend(counts.then_some((start, text)));
            }
            (Some((_, text, _)), None) => text.push_str(&format!("{line}\n")),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a block does not end");
    found
}

fn readme() -> String {
    fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap()
}

/// A place where everything that the README speaks of is there.
fn place() -> Sandbox {
    let sandbox = Sandbox::repository();
    let rule = "provider: acme\nrules:\n  - id: acme-api-key\n    name: Acme API key\n    severity: high\n    confidence: high\n    \
                pattern: '\\bacme_live_([0-9a-f]{32})\\b'\n    description: A key of our own application.\n    grants: Everything.\n    \
                revoke: Revoke it in the console.\n    examples: ['key = acme_live_«%{hex:32}»', 'x: \"acme_live_«%{hex:32}»\"']\n    \
                counter_examples: [{ text: 'acme_live_short', why: too short }]\n";
    sandbox.write("my-rules/acme.yml", rule);
    sandbox.write("security/rules/acme.yml", rule.replace("acme", "emca"));
    sandbox.commit("Rules");
    sandbox.git(&["checkout", "-q", "-b", "feature"]);
    sandbox.write("feature.txt", "feature\n");
    sandbox.commit("Feature");
    sandbox.write("new.txt", token(1));
    sandbox.git(&["add", "new.txt"]);
    sandbox
}

#[test]
fn the_commands_run() {
    let sandbox = place();
    let mut count = 0;
    for (start, block) in blocks(&readme(), "sh") {
        for (offset, line) in block.lines().enumerate() {
            let at = format!("README.md:{}: {line}", start + offset);
            let command = line.split(" #").next().unwrap().trim();
            let words: Vec<&str> = command.split_whitespace().collect();
            match words.as_slice() {
                [] => {}
                // These are this very build and this very test.
                ["cargo", "install", "--path", "."]
                | ["cargo", "run", "--release", "--", "scan", "."]
                | ["cargo", "test"] => {}
                ["stanch", args @ ..] => {
                    count += 1;
                    // Every command and option exists.
                    let plain = support::shell_words(command);
                    let known: Vec<&str> = plain.iter().skip(1).map(String::as_str).chain(["--help"]).collect();
                    let run = sandbox.stanch(&known);
                    assert_eq!(run.code, 0, "{at}: {}", run.stderr);
                    // What needs nothing but a repository is run as it stands.
                    if ["scan", "staged", "history", "rules", "baseline"].contains(&args[0]) {
                        let before_pipe = args.iter().take_while(|word| **word != "|").copied().collect::<Vec<_>>();
                        let run = sandbox.stanch_with(&before_pipe, b"q\n");
                        let is_told = [0, 1, 3].contains(&run.code);
                        assert!(is_told, "{at} ends with {}:\n{}{}", run.code, run.stdout, run.stderr);
                    }
                }
                _ => panic!("{at}: neither stanch nor one of cargo's"),
            }
        }
    }
    assert!(count >= 8, "only {count} commands were found");
}

#[test]
fn the_commands_tell_clean_from_denied() {
    let sandbox = place();
    let _ = sandbox.stanch(&["staged"]).exits(1);
    let _ = sandbox.stanch(&["scan", "."]).exits(1);
    sandbox.git(&["rm", "-q", "--cached", "new.txt"]);
    fs::remove_file(sandbox.dir.join("new.txt")).unwrap();
    let _ = sandbox.stanch(&["staged"]).exits(0);
    let _ = sandbox.stanch(&["scan", "."]).exits(0);
}

#[test]
fn the_configuration_is_accepted() {
    let sandbox = place();
    let readme = readme();
    let configurations: Vec<_> =
        blocks(&readme, "yaml").into_iter().filter(|(_, text)| text.starts_with("version: 1")).collect();
    assert!(!configurations.is_empty());
    for (line, text) in configurations {
        sandbox.write(".stanch.yml", &text);
        let run = sandbox.stanch(&["scan", "feature.txt"]);
        assert_eq!(run.code, 0, "README.md:{line}\n{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let sandbox = Sandbox::new();
    let help = sandbox.stanch(&["--help"]).exits(0).stdout;
    for code in ["0", "1", "2", "3", "130"] {
        assert!(readme().lines().any(|line| line.starts_with(&format!("| {code} |"))), "{code} in the README");
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{code} "))), "{code} in the help");
    }
}

#[test]
fn contributing_names_what_is_there() {
    let root = env!("CARGO_MANIFEST_DIR");
    let text = fs::read_to_string(format!("{root}/CONTRIBUTING.md")).unwrap();
    for path in ["src/lib.rs", "tests/architecture.rs", "rules/README.md", ".ci/run"] {
        assert!(text.contains(path), "CONTRIBUTING.md does not speak of {path}");
        assert!(fs::exists(format!("{root}/{path}")).unwrap(), "{path} is not there");
    }
    for heading in ["## Add a rule", "## Add a report format", "## Add a source"] {
        assert!(text.contains(heading), "{heading}");
    }
}
