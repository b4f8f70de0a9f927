//! How `git filter-repo` takes what leaked out of the history: which files go, which text is replaced, in which order, and what is left
//! to be done by people.

use std::collections::BTreeSet;

use bstr::{BString, ByteSlice};
use zeroize::Zeroizing;

use super::input::Found;
use super::past::Past;
use super::values::Value;
use super::{DISGUISE_RULE, ENV_FILE_RULE, is_about_code, is_banned};
use crate::policy::Policy;
use crate::source::git::Kind;

/// What filter-repo writes in a value's place.
const REPLACEMENT: &[u8] = b"==>***REMOVED***";

/// The plan.
#[derive(Debug, Default)]
pub struct Rewrite {
    /// Files that go, in every version, with the option that names them to filter-repo.
    pub drop: Vec<String>,
    /// Files that go although they are not banned: no text can be replaced in them.
    pub binary: Vec<String>,
    /// Number of values that are replaced.
    pub values: usize,
    /// Whether commit or tag messages are rewritten.
    pub messages: bool,
    /// Whether a stash is rewritten, which filter-repo takes for unfinished work.
    pub stash: bool,
    /// What filter-repo cannot do by itself.
    pub by_hand: Vec<String>,
}

impl Rewrite {
    /// Says whether there is nothing to rewrite.
    pub fn is_empty(&self) -> bool {
        self.drop.is_empty() && self.binary.is_empty() && self.values == 0
    }

    /// The command; `expressions` is the file of replacements.
    pub fn command(&self, expressions: &str) -> String {
        let mut command = "git filter-repo --sensitive-data-removal".to_owned();
        if self.stash {
            command.push_str(" --force");
        }
        if self.drop.len() + self.binary.len() > 0 {
            command.push_str(" --invert-paths");
        }
        for path in self.drop.iter().chain(&self.binary) {
            command.push_str(&format!(" --path {path}"));
        }
        if self.values > 0 {
            command.push_str(&format!(" --replace-text {expressions}"));
            if self.messages {
                command.push_str(&format!(" --replace-message {expressions}"));
            }
        }
        command
    }
}

/// Makes the plan.
pub(super) fn plan(
    found: &[Found],
    values: &[Value],
    unread: &[usize],
    past: &Past<'_>,
    policy: &Policy,
    speak: &dyn Fn(&[u8]) -> String,
) -> Rewrite {
    let distinct: BTreeSet<[u8; 32]> = values.iter().map(|value| value.raw.digest()).collect();
    let mut plan = Rewrite { values: distinct.len(), ..Rewrite::default() };
    plan.stash = found
        .iter()
        .filter_map(|one| one.history.as_ref())
        .flat_map(|window| &window.refs)
        .any(|name| name == "refs/stash");
    let mut drop: BTreeSet<BString> = BTreeSet::new();
    let mut binary: BTreeSet<BString> = BTreeSet::new();
    let mut by_hand = BTreeSet::new();
    for (at, one) in found.iter().enumerate() {
        match (one.location.origin.as_str(), one.path()) {
            (_, Some(path)) if one.rule == ENV_FILE_RULE || is_banned(policy, &path) => {
                if one.location.members.is_empty() {
                    drop.insert(path);
                } else {
                    binary.insert(path);
                }
            }
            ("commit" | "tag", _) => plan.messages = true,
            ("name", _) => {
                by_hand.insert("Rename branches, tags, files and folders whose names hold a value: git branch -m, git tag -d, and --path-rename".to_owned());
            }
            ("reflog", _) => {
                by_hand.insert(
                    "Expire the reflogs of every clone: git reflog expire --expire=now --all && git gc --prune=now"
                        .to_owned(),
                );
            }
            (_, Some(path)) if one.rule == DISGUISE_RULE => {
                let path = quoted(&path, speak);
                by_hand.insert(format!(
                    "A .env file under another name goes when you add to the command: --invert-paths --path {path}"
                ));
            }
            _ if is_about_code(&one.rule) => {}
            (_, Some(path)) => {
                let bytes = one.object().and_then(|id| past.objects().read_kind(&id, Kind::Blob).ok());
                // filter-repo replaces nothing in what it takes for binary.
                let is_binary = bytes.is_some_and(|bytes| bytes[..bytes.len().min(8192)].contains(&0));
                if is_binary || unread.contains(&at) {
                    binary.insert(path);
                }
            }
            _ => {}
        }
    }
    let is_text = |id| past.objects().kind(id).is_ok_and(|kind| kind != Kind::Blob);
    plan.messages |= past.holders.iter().flatten().any(is_text);
    if !binary.is_empty() {
        by_hand.insert(
            "Files that go because no text can be replaced in them: put a clean version back with a new commit"
                .to_owned(),
        );
    }
    plan.drop = drop.iter().map(|path| quoted(path, speak)).collect();
    plan.binary = binary.difference(&drop).map(|path| quoted(path, speak)).collect();
    plan.by_hand = by_hand.into_iter().collect();
    plan
}

/// A path as a shell takes it.
fn quoted(path: &[u8], speak: &dyn Fn(&[u8]) -> String) -> String {
    let is_plain =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'_' | b'-' | b'+' | b'@' | b'%');
    let spoken = speak(path);
    if spoken.as_bytes() != path {
        let escaped: String = path
            .iter()
            .map(|byte| if is_plain(byte) { char::from(*byte).to_string() } else { format!("\\x{byte:02x}") })
            .collect();
        // A name that holds a value is not repeated; everything else that is not plain is escaped.
        return if spoken.contains("***") { format!("'{spoken}'") } else { format!("$'{escaped}'") };
    }
    if path.iter().all(is_plain) { spoken } else { format!("'{}'", spoken.replace('\'', "'\\''")) }
}

/// One line a value, as filter-repo reads them. What a line cannot hold is written as a pattern.
pub(super) fn expressions(values: &[Value]) -> Zeroizing<Vec<u8>> {
    let mut all: Vec<&[u8]> = values.iter().map(|value| value.raw.expose()).collect();
    // A value that is part of another must not spoil it: the longest first.
    all.sort_by(|one, other| (other.len(), one).cmp(&(one.len(), other)));
    all.dedup();
    let mut text = Zeroizing::new(Vec::with_capacity(all.iter().map(|value| value.len() * 4 + 32).sum()));
    for value in all {
        let is_line = !value.contains(&b'\n') && !value.contains(&b'\r') && value.find(b"==>").is_none();
        if is_line {
            text.extend_from_slice(b"literal:");
            text.extend_from_slice(value);
        } else {
            text.extend_from_slice(b"regex:");
            for &byte in value {
                if byte.is_ascii_alphanumeric() {
                    text.push(byte);
                } else {
                    text.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
                }
            }
        }
        text.extend_from_slice(REPLACEMENT);
        text.push(b'\n');
    }
    text
}

/// Says whether a text is a file of replacements: only such a file is ever shredded.
pub fn is_expressions(text: &[u8]) -> bool {
    let mut lines = text.lines().peekable();
    lines.peek().is_some()
        && lines
            .all(|line| (line.starts_with(b"literal:") || line.starts_with(b"regex:")) && line.ends_with(REPLACEMENT))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Secret;

    #[test]
    fn values_become_lines_that_filter_repo_reads() {
        let value = |text: &str| Value { raw: Secret::new(text), finding: 0 };
        let text = expressions(&[value("ab"), value("a==>b"), value("x\ny"), value("longer value"), value("ab")]);
        assert_eq!(
            text.as_bstr(),
            "literal:longer value==>***REMOVED***\nregex:a\\x3d\\x3d\\x3eb==>***REMOVED***\nregex:x\\x0ay==>***REMOVED***\nliteral:ab==>***REMOVED***\n"
        );
        assert!(is_expressions(&text) && !is_expressions(b"") && !is_expressions(b"A=b\n"));
    }

    #[test]
    fn paths_are_quoted_for_a_shell() {
        let speak = |text: &[u8]| crate::report::safe::inline(text);
        assert_eq!(quoted(b"ops/.env", &speak), "ops/.env");
        assert_eq!(quoted(b"my dir/it's.env", &speak), "'my dir/it'\\''s.env'");
        assert_eq!(quoted(b"a\xff\n.env", &speak), "$'a\\xff\\x0a.env'");
    }
}
