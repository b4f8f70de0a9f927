//! For an issue or a wiki: nothing in it is mark-up but ours.

use std::io::{self, Write};

use super::Block;
use crate::report::safe::markdown;

pub(super) fn write(blocks: &[Block], out: &mut dyn Write) -> io::Result<()> {
    for block in blocks {
        match block {
            Block::Heading(level, text) => writeln!(out, "{} {}", "#".repeat(usize::from(*level)), markdown(text))?,
            Block::Say(text) => writeln!(out, "{}", markdown(text))?,
            Block::List(items) => items.iter().try_for_each(|item| writeln!(out, "- {}", markdown(item)))?,
            Block::Steps(items) => {
                items.iter().enumerate().try_for_each(|(at, item)| writeln!(out, "{}. {}", at + 1, markdown(item)))?;
            }
            Block::Code(lines) => {
                // Longer than any run of backticks inside, so that nothing in it ends it.
                let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
                let fence = "`".repeat(longest.max(2) + 1);
                writeln!(out, "{fence}sh")?;
                lines.iter().try_for_each(|line| writeln!(out, "{line}"))?;
                writeln!(out, "{fence}")?;
            }
        }
        writeln!(out)?;
    }
    Ok(())
}
