//! Edits of files that other tools obey: the host's scanner, git and reviewers. stanch itself pays no attention to any of them,
//! and must not begin to here.

use globset::GlobBuilder;

use super::{Effects, lines};
use crate::policy::{EnvFile, EnvPolicy};

pub(super) fn scanning(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
    let (old, new) = (lines(old), lines(new));
    for line in new.difference(&old) {
        let Some(entry) = line.strip_prefix('-') else {
            if line != "paths-ignore:" {
                effects.weaker("paths-ignore is written in a way that is not understood");
            }
            continue;
        };
        let glob = entry.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        let glob = glob.trim_start_matches('/');
        // Broad: no folder or name of its own.
        let is_broad = glob.split('/').all(|part| part.bytes().all(|byte| b"*?.".contains(&byte)));
        let text = format!("the host's secret scanning ignores {glob}");
        if is_broad || matches_any(glob, &[".env", ".env.local", "app/.env", "app/prod.env"]) {
            effects.weaker(text);
        } else {
            effects.told(text);
        }
    }
}

/// Attributes that keep a change from being seen, on names that matter.
pub(super) fn attributes(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
    const MATTER: [&str; 6] = [
        ".stanch.yml",
        ".gitattributes",
        ".gitignore",
        ".github/secret_scanning.yml",
        ".github/workflows/ci.yml",
        ".env",
    ];
    for line in lines(new).difference(&lines(old)) {
        let mut words = line.split_whitespace();
        let Some(pattern) = words.next() else { continue };
        let hides = |word: &&str| {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            match name {
                "-diff" | "binary" => true,
                "linguist-generated" => value != "false",
                // A driver may show anything in place of the text, and a filter may store anything.
                "diff" | "filter" => !value.is_empty(),
                _ => false,
            }
        };
        for word in words.filter(hides) {
            let text = format!("reviewers no longer see all of {pattern} ({word})");
            let everything = pattern.trim_matches('/').bytes().all(|byte| b"*/.".contains(&byte));
            if everything || pattern.starts_with("[attr]") || matches_any(pattern.trim_start_matches('/'), &MATTER) {
                effects.weaker(text);
            } else {
                effects.told(text);
            }
        }
    }
}

/// Patterns that kept `.env` files out and do so no longer.
pub(super) fn ignore(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
    let (old, new) = (lines(old), lines(new));
    let family = EnvPolicy::default();
    let covers = |pattern: &str| {
        let leaf = pattern.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        family.judge(leaf.as_bytes()) == EnvFile::Banned || matches_any(leaf, &[".env", ".env.local", "prod.env"])
    };
    for pattern in new.difference(&old).filter_map(|line| line.strip_prefix('!')).filter(|pattern| covers(pattern)) {
        effects.told(format!("git no longer ignores {pattern}"));
    }
    for pattern in old.difference(&new).filter(|line| !line.starts_with('!') && covers(line)) {
        effects.told(format!("git no longer ignores {pattern}"));
    }
}

fn matches_any(glob: &str, paths: &[&str]) -> bool {
    let anywhere = if glob.contains('/') { glob.to_owned() } else { format!("**/{glob}") };
    match GlobBuilder::new(&anywhere).literal_separator(true).build() {
        Ok(glob) => {
            let matcher = glob.compile_matcher();
            paths.iter().any(|path| matcher.is_match(path))
        }
        // What is not understood is not trusted.
        Err(_) => true,
    }
}
