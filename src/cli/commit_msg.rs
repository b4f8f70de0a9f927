//! `stanch commit-msg FILE`: a commit message before it is recorded.

use std::path::Path;

use super::args::{CommitMsgArgs, Global};
use super::error::CliError;
use super::{output, seal, setup};
use crate::gate::git::Git;
use crate::model::{Origin, Provenance};
use crate::scan::Collector;
use crate::source::{Item, PolicyFiles, Sink};

/// The line below which `git commit --verbose` shows what is not part of the message.
const SCISSORS: &[u8] = b"------------------------ >8 ------------------------";

/// Runs the command.
pub fn run(global: &Global, args: &CommitMsgArgs) -> Result<u8, CliError> {
    let read = std::fs::read(&args.file);
    let text = read.map_err(|error| CliError::user(anyhow::anyhow!("{}: {error}", args.file.display())))?;
    let files = PolicyFiles::on_disk(Some(Path::new(".")));
    let mut setup = setup::build_from(global, Some(Path::new(".")), &files)?;
    seal::arm(global, &mut setup, &files)?;
    let collector = Collector::new(&setup);
    collector.item(Item::whole(Provenance::new(Origin::Message, None), &message(&text, &Cleanup::of_git())));
    output::finish(global, &collector.finish("commit-msg"))
}

/// What git will take out of the message before it records it.
#[derive(Debug, PartialEq, Eq)]
struct Cleanup {
    /// How the lines begin that it drops.
    comment: Option<String>,
    /// Whether it cuts the message at the scissors.
    is_cut: bool,
}

impl Cleanup {
    /// As git is set up here. A message that nobody edits is kept whole: git says so by an editor that does nothing.
    fn of_git() -> Self {
        let is_edited = std::env::var_os("GIT_EDITOR").is_none_or(|editor| editor != ":");
        let git = Git::new(Path::new("."));
        let setting = |key| git.try_ask(&["config", "--get", key]).ok().flatten();
        let comment = setting("core.commentString").or_else(|| setting("core.commentChar"));
        Self::new(is_edited, setting("commit.cleanup").as_deref(), comment)
    }

    /// Where git decides by what is in the message, everything counts.
    fn new(is_edited: bool, mode: Option<&str>, comment: Option<String>) -> Self {
        let is_default = matches!(mode, None | Some("default" | "strip"));
        let comment = comment.unwrap_or_else(|| "#".to_owned());
        let is_known = !comment.is_empty() && comment != "auto";
        Self {
            comment: (is_edited && is_default && is_known).then_some(comment),
            is_cut: is_edited && mode != Some("verbatim"),
        }
    }
}

/// The message with comment lines emptied, so that the others keep their numbers, and without what is below the scissors.
fn message(text: &[u8], cleanup: &Cleanup) -> Vec<u8> {
    let end = memchr::memmem::find(text, SCISSORS)
        .filter(|_| cleanup.is_cut)
        .map_or(text.len(), |at| memchr::memrchr(b'\n', &text[..at]).map_or(0, |line_break| line_break + 1));
    let mut kept = Vec::with_capacity(end);
    for line in text[..end].split_inclusive(|&byte| byte == b'\n') {
        if cleanup.comment.as_ref().is_some_and(|comment| line.starts_with(comment.as_bytes())) {
            kept.push(b'\n');
        } else {
            kept.extend_from_slice(line);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_what_is_below_the_scissors_are_no_part_of_the_message() {
        let text = b"Subject\n# comment\nbody\n# ------------------------ >8 ------------------------\ndiff\n";
        let edited = Cleanup::new(true, None, None);
        assert_eq!(message(text, &edited), b"Subject\n\nbody\n");
        assert_eq!(message(text, &Cleanup::new(false, None, None)), text);
        assert_eq!(message(text, &Cleanup::new(true, Some("verbatim"), None)), text);
        let whitespace = Cleanup::new(true, Some("whitespace"), None);
        assert_eq!(message(text, &whitespace), b"Subject\n# comment\nbody\n");
        assert_eq!(Cleanup::new(true, None, Some(";".to_owned())).comment.as_deref(), Some(";"));
        assert_eq!(Cleanup::new(true, None, Some("auto".to_owned())).comment, None);
    }
}
