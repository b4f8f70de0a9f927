//! For a terminal.

use std::io::{self, Write};

use super::Block;

pub(super) fn write(blocks: &[Block], color: bool, out: &mut dyn Write) -> io::Result<()> {
    let (on, off) = if color { ("\x1b[1m", "\x1b[0m") } else { ("", "") };
    for block in blocks {
        match block {
            Block::Heading(1, text) => writeln!(out, "{on}{text}{off}\n")?,
            Block::Heading(2, text) => writeln!(out, "\n{on}{text}{off}\n")?,
            Block::Heading(_, text) => writeln!(out, "\n{on}{text}{off}")?,
            Block::Say(text) => writeln!(out, "{text}")?,
            Block::List(items) => items.iter().try_for_each(|item| writeln!(out, "  - {item}"))?,
            Block::Steps(items) => {
                items.iter().enumerate().try_for_each(|(at, item)| writeln!(out, "  {}. {item}", at + 1))?;
            }
            Block::Code(lines) => {
                writeln!(out)?;
                lines.iter().try_for_each(|line| writeln!(out, "    {line}"))?;
                writeln!(out)?;
            }
        }
    }
    Ok(())
}
