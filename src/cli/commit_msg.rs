//! `stanch commit-msg FILE`: a commit message before it is recorded.

use super::args::{CommitMsgArgs, Global};
use super::error::CliError;
use super::{output, setup};
use crate::model::{Origin, Provenance};
use crate::scan::Collector;
use crate::source::{Item, Sink};

/// The line below which `git commit --verbose` shows what is not part of the message.
const SCISSORS: &[u8] = b"------------------------ >8 ------------------------";

/// Runs the command.
pub fn run(global: &Global, args: &CommitMsgArgs) -> Result<u8, CliError> {
    let read = std::fs::read(&args.file);
    let text = read.map_err(|error| CliError::user(anyhow::anyhow!("{}: {error}", args.file.display())))?;
    let setup = setup::build(global, Some(std::path::Path::new(".")))?;
    let collector = Collector::new(&setup);
    collector.item(Item::whole(Provenance::new(Origin::Message, None), &message(&text)));
    output::finish(global, &collector.finish("commit-msg"))
}

/// The message with comment lines emptied, so that the others keep their numbers, and without what is below the scissors.
fn message(text: &[u8]) -> Vec<u8> {
    let end = memchr::memmem::find(text, SCISSORS)
        .map_or(text.len(), |at| memchr::memrchr(b'\n', &text[..at]).map_or(0, |line_break| line_break + 1));
    let mut kept = Vec::with_capacity(end);
    for line in text[..end].split_inclusive(|&byte| byte == b'\n') {
        if line.starts_with(b"#") {
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
        assert_eq!(message(text), b"Subject\n\nbody\n");
    }
}
