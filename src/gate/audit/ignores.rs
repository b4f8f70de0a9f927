//! Does `.gitignore` keep `.env` out? Read for what it must say, and probed with names, as git would judge them.
//!
//! Only what is committed counts: an ignore rule in `.git/info/exclude` or in a developer's home protects nobody else.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice};
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::files::{Content, folder, leaf};
use super::{Check, Context, GUARDS, Spot, Status};
use crate::policy::EnvFile;

/// What must be ignored.
pub(super) const PROBES: [&str; 7] =
    [".env", ".env.local", ".env.development", ".env.production", ".env.x", "x.env", "production.env"];
/// What `.gitignore` must say; the last two imply the others.
const REQUIRED: [&str; 6] = [".env", ".env.local", ".env.development", ".env.production", ".env.*", "*.env"];
/// A folder that nobody has.
const ELSEWHERE: &str = "some/folder";
/// Folders that are probed.
pub(super) const MOST_FOLDERS: usize = 10_000;

const LINES: &str = "printf '%s\\n' '.env' '.env.*' '*.env' '!.env.example' >> .gitignore";

/// All tracked `.gitignore` files, by folder.
pub(super) struct Ignores {
    files: BTreeMap<BString, (BString, String, Gitignore)>,
    /// Those that cannot be read.
    pub unread: Vec<Spot>,
}

/// What an ignore rule says about a probe.
pub(super) enum Judged {
    Ignored,
    /// No rule speaks about it.
    Open,
    /// A negation takes it in again: the file and the pattern.
    Negated(BString, String),
}

impl Ignores {
    /// Reads them all.
    pub(super) fn read(context: &Context<'_>) -> Self {
        let (mut files, mut unread) = (BTreeMap::new(), Vec::new());
        for file in context.files.all.iter().filter(|file| leaf(&file.path) == b".gitignore" && !file.is_link) {
            let Some(bytes) = context.files.read(file) else {
                unread.push(context.spot(&file.path, None, "cannot be read"));
                continue;
            };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let matcher = matcher(&text);
            files.insert(folder(&file.path).into(), (file.path.clone(), text, matcher));
        }
        Self { files, unread }
    }

    /// Judges a path as git does: an ignored folder ends it; else the nearest file that speaks decides.
    pub(super) fn judge(&self, path: &str) -> Judged {
        let ends = path.match_indices('/').map(|(at, _)| at);
        for end in ends {
            if matches!(self.one(&path[..end], true), Judged::Ignored) {
                return Judged::Ignored;
            }
        }
        self.one(path, false)
    }

    fn one(&self, path: &str, is_dir: bool) -> Judged {
        let mut at = folder(path.as_bytes());
        loop {
            if let Some((file, _, matcher)) = self.files.get(at.as_bstr()) {
                let relative = path.as_bytes()[at.len()..].trim_start_with(|c| c == '/');
                let relative = relative.to_path_lossy();
                let found = matcher.matched(&*relative, is_dir);
                if found.is_ignore() {
                    return Judged::Ignored;
                }
                if let ignore::Match::Whitelist(glob) = found {
                    return Judged::Negated(file.clone(), glob.original().to_owned());
                }
            }
            if at.is_empty() {
                return Judged::Open;
            }
            at = folder(at);
        }
    }
}

/// The rules of one ignore file.
pub(super) fn matcher(text: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    // Git passes over a mark of the encoding.
    for line in text.trim_start_matches('\u{feff}').lines() {
        drop(builder.add_line(None, line));
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

fn line_of(text: &str, pattern: &str) -> Option<usize> {
    text.lines().position(|line| line.trim_end() == pattern.trim_end()).map(|at| at + 1)
}

fn probes(folders: &[BString]) -> Vec<String> {
    let mut probes = Vec::new();
    for folder in folders.iter().map(|folder| folder.to_str_lossy()).chain([ELSEWHERE.into()]).take(MOST_FOLDERS) {
        for name in PROBES {
            probes.push(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") });
        }
    }
    probes
}

/// The two lines about `.gitignore`: what it says, and what git makes of it.
pub(super) fn git(context: &Context<'_>) -> Vec<Check> {
    const SAYS: &str = ".gitignore carries the required patterns";
    const DOES: &str = "git ignores every file of the .env family, in every folder";
    let ignores = Ignores::read(context);
    let says = |status, why: String| Check::new("gitignore-patterns", GUARDS, SAYS, status, why);
    let does = |status, why: String| Check::new("gitignore-probes", GUARDS, DOES, status, why);
    let first = match ignores.files.get(b"".as_bstr()) {
        None if matches!(context.files.content(b".gitignore"), Content::Unread) => {
            says(Status::Unknown, "the one at the root cannot be read".to_owned())
        }
        None => says(Status::Fail, "there is no tracked .gitignore at the root".to_owned()).todo(LINES),
        Some((_, text, _)) => {
            // Spaces before a pattern are part of it.
            let lines = text.trim_start_matches('\u{feff}').lines();
            let lines: Vec<&str> = lines.map(|line| line.trim_end().trim_start_matches("**/")).collect();
            let covers = |pattern: &str| {
                lines.contains(&pattern)
                    || pattern.starts_with(".env.") && lines.iter().any(|line| [".env.*", ".env*"].contains(line))
                    || pattern == ".env" && lines.iter().any(|line| ["*.env", ".env*"].contains(line))
            };
            let missing: Vec<&str> = REQUIRED.into_iter().filter(|pattern| !covers(pattern)).collect();
            if missing.is_empty() {
                says(Status::Pass, "they are there, or wider ones".to_owned())
            } else {
                says(Status::Fail, format!("it lacks {}", missing.join(", "))).todo(LINES)
            }
        }
    };
    let mut spots = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let is_banned = |path: &str| context.policy.env.judge(path.as_bytes()) == EnvFile::Banned;
    for probe in probes(&context.files.folders()).into_iter().filter(|probe| is_banned(probe)) {
        match ignores.judge(&probe) {
            Judged::Ignored => {}
            Judged::Open => open.push(probe),
            Judged::Negated(file, pattern) => {
                let line = ignores.files.values().find(|(path, ..)| *path == file);
                let line = line.and_then(|(_, text, _)| line_of(text, &pattern));
                spots.push(context.spot(
                    &file,
                    line,
                    format!("`{}` takes {probe} in again", context.speak(pattern.as_bytes())),
                ));
            }
        }
    }
    // A negation that takes in a banned file which is no probe.
    for (file, text, _) in ignores.files.values() {
        for (at, line) in text.lines().enumerate() {
            let Some(pattern) = line.trim_end().strip_prefix('!') else { continue };
            let path = example(folder(file), pattern);
            let is_told = || spots.iter().any(|spot| spot.line == Some(at + 1) && spot.path == context.speak(file));
            if is_banned(&path) && matches!(ignores.judge(&path), Judged::Negated(..)) && !is_told() {
                let note = format!("`{}` takes a banned file in again", context.speak(line.trim().as_bytes()));
                spots.push(context.spot(file, Some(at + 1), note));
            }
        }
    }
    let second = if spots.is_empty() && open.is_empty() && ignores.unread.is_empty() {
        does(Status::Pass, format!("{} are ignored in every folder", PROBES[..6].join(", ")))
    } else if spots.is_empty() && !ignores.unread.is_empty() {
        does(Status::Unknown, "not every .gitignore could be read".to_owned())
    } else if open.is_empty() {
        does(Status::Fail, "a negation takes banned files in again".to_owned())
            .at(spots)
            .todo("Delete the negation; templates are `!.env.example` and its kin")
    } else {
        let shown: Vec<String> = open.iter().take(6).map(|probe| context.speak(probe.as_bytes())).collect();
        let more = if open.len() > 6 { format!(" and {} more", open.len() - 6) } else { String::new() };
        does(Status::Fail, format!("not ignored: {}{more}", shown.join(", "))).at(spots).todo(LINES)
    };
    let second = if second.status == Status::Unknown { second.at(ignores.unread) } else { second };
    vec![first, second]
}

/// A path that a pattern of the ignore file in `folder` speaks about.
fn example(folder: &[u8], pattern: &str) -> String {
    let mut name = String::new();
    let mut rest = pattern.trim_start_matches("**/").trim_matches('/').chars();
    while let Some(character) = rest.next() {
        match character {
            '*' if name.ends_with('x') => {}
            '*' | '?' => name.push('x'),
            // The first of a class is in it, unless the class is turned around.
            '[' => {
                let first = rest.next();
                let is_turned = matches!(first, Some('!' | '^'));
                name.push(first.filter(|_| !is_turned).unwrap_or('x'));
                rest.by_ref().find(|&next| next == ']');
            }
            '\\' => name.extend(rest.next()),
            _ => name.push(character),
        }
    }
    if folder.is_empty() { name } else { format!("{}/{name}", folder.to_str_lossy()) }
}

#[cfg(test)]
mod tests {
    use super::example;

    #[test]
    fn an_example_is_what_a_pattern_means() {
        for (pattern, path) in
            [(".env.ci-*", ".env.ci-x"), ("/docs/[ab]?.env", "docs/ax.env"), ("**/[!a].env/", "x.env"), ("\\!a", "!a")]
        {
            assert_eq!(example(b"", pattern), path);
        }
        assert_eq!(example(b"a/b", "*.env"), "a/b/x.env");
    }
}
