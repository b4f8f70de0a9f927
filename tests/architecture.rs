//! The house's rules, as tests: floors, confined crates, file sizes.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

use std::fs;
use std::path::{Path, PathBuf};

/// Floor of each top-level module; imports go down only, and modules of one floor do not import each other.
const FLOORS: &[(&str, usize)] = &[
    ("model", 0),
    ("text", 1),
    ("rule", 2),
    ("policy", 2),
    ("detect", 3),
    ("source", 3),
    ("triage", 4),
    ("org", 4),
    ("report", 5),
    ("scan", 6),
    ("gate", 6),
    ("cli", 7),
];

/// Crates that only one place may name.
const CONFINED: &[(&str, &[&str])] = &[
    ("git2", &["src/source/git"]),
    ("serde_sarif", &["src/report/sarif"]),
    ("serde_saphyr", &["src/rule/load.rs", "src/policy", "src/org"]),
    ("clap", &["src/cli"]),
    ("anyhow", &["src/cli"]),
    ("indicatif", &["src/cli"]),
];

fn sources() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    let mut pending = vec![PathBuf::from("src")];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                files.push((path, text));
            }
        }
    }
    files.sort();
    assert!(files.len() > 20, "the sources were not found");
    files
}

fn module(path: &Path) -> String {
    let part = path.components().nth(1).unwrap().as_os_str().to_string_lossy().into_owned();
    part.trim_end_matches(".rs").to_owned()
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let own = module(&path);
        if own == "lib" || own == "main" {
            continue;
        }
        let here = floor(&own).unwrap_or_else(|| panic!("{own} has no floor"));
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for rest in line.split("crate::").skip(1) {
                let other: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let Some(there) = floor(&other) else { continue };
                if other != own && there >= here {
                    wrong.push(format!("{}:{}: {own} imports {other}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_stay_where_they_belong() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (name, homes) in CONFINED {
            let is_home = homes.iter().any(|home| path.starts_with(home));
            if !is_home
                && text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(&format!("{name}::")))
            {
                wrong.push(format!("{}: names {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_stay_short_and_say_why_they_exist() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > 600 {
            wrong.push(format!("{}: {lines} lines", path.display()));
        }
        if !text.starts_with("//!") && !path.ends_with("tests.rs") {
            wrong.push(format!("{}: no module header", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
