//! What lies around the gates: how whole the clone is, shortcuts past the hooks, and attributes that blind reviewers.

use bstr::ByteSlice;

use super::{Patient, around};
use crate::gate::GateError;
use crate::gate::audit::{Check, Spot, Status};
use crate::gate::git::Git;
use crate::report::safe;

/// The line about the clone.
pub(super) fn clone(patient: &Patient<'_>) -> Check {
    const TITLE: &str = "The clone is whole";
    let line = |status, why: &str| around("clone", TITLE, status, why);
    match patient.repository.shallow() {
        Err(error) => line(Status::Unknown, &safe::inline(error.to_string().as_bytes())),
        Ok(cut) if !cut.is_empty() => {
            line(Status::Fail, "it is shallow: what is beyond the cut cannot be judged").todo("git fetch --unshallow")
        }
        Ok(_) if patient.repository.is_partial() => line(
            Status::Pass,
            "its history is whole; contents that were never fetched (a partial clone) are for CI to judge",
        ),
        Ok(_) => line(Status::Pass, "its history is all here"),
    }
}

/// The line about shortcuts past the hooks.
pub(super) fn aliases(patient: &Patient<'_>) -> Result<Check, GateError> {
    const TITLE: &str = "No shortcut leads past the hooks";
    let line = |status, why: &str| around("shortcuts", TITLE, status, why);
    let aliases = Git::new(&patient.root).try_ask(&["config", "--get-regexp", "^alias\\."])?.unwrap_or_default();
    let is_past = |value: &str| {
        let words: Vec<&str> = value.split_whitespace().collect();
        let commits = words.contains(&"commit");
        value.contains("--no-verify") || value.contains("core.hooksPath") || commits && words.contains(&"-n")
    };
    let past: Vec<Spot> = aliases
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter(|(_, value)| is_past(value))
        .map(|(name, _)| Spot { path: "git config".to_owned(), line: None, note: safe::inline(name.as_bytes()) })
        .collect();
    Ok(match past.is_empty() {
        true => line(Status::Pass, "no alias commits or pushes past them"),
        false => {
            line(Status::Fail, "an alias commits or pushes past them").at(past).todo("Delete it: git config --unset")
        }
    })
}

/// Files that people look at, to see whom a pattern covers.
const PROBES: [&str; 8] =
    [".env", "app.conf", "config.yml", "settings.json", "app.properties", "main.py", "deploy.sh", "config.toml"];

/// The line about attributes.
pub(super) fn attributes(patient: &Patient<'_>) -> Check {
    const TITLE: &str = "Attributes hide no text from reviewers";
    let line = |status, why: &str| around("attributes", TITLE, status, why);
    let mut hidden = Vec::new();
    let named = patient.files.all.iter().filter(|file| file.path.rsplit_str("/").next() == Some(b".gitattributes"));
    for file in named {
        let text = patient.files.read(file).unwrap_or_default();
        for (at, said) in text.lines().enumerate() {
            let said = said.to_str_lossy();
            let mut words = said.split_whitespace();
            let Some(pattern) = words.next().filter(|word| !word.starts_with('#')) else { continue };
            let is_hiding = words.any(|word| word == "-diff" || word == "binary" || word == "diff=binary");
            if let Some(probe) = covered(pattern).filter(|_| is_hiding) {
                let note = format!("hides changes of files like {probe}; stanch reads them all the same");
                hidden.push(Spot { path: safe::inline(&file.path), line: Some(at + 1), note });
            }
        }
    }
    match hidden.is_empty() {
        true => line(Status::Pass, "none marks text as binary"),
        false => line(Status::Fail, "text is marked as binary, so that nobody sees what changes in it")
            .at(hidden)
            .todo("Mark only what is no text"),
    }
}

/// A file that people read and that the pattern covers.
fn covered(pattern: &str) -> Option<&'static str> {
    let leaf = pattern.trim_start_matches('/').rsplit('/').next()?;
    let glob = globset::GlobBuilder::new(leaf).build().ok()?.compile_matcher();
    PROBES.into_iter().find(|probe| glob.is_match(probe))
}
