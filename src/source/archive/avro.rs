//! Avro files: rows in blocks, which may be compressed; a string stands behind its length, which can look like a part of it.

use super::stream::Compression;
use super::walk::{End, Walk};
use crate::model::NoticeKind;

/// The shortest string that is told.
const SHORTEST: usize = 6;

/// So many bytes of strings become one member.
const PART: usize = 4 << 20;

/// The head is a map of names and values, then come sixteen bytes that end it and every block.
pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    let mut input = Input { rest: &bytes[4..] };
    let Some(codec) = input.head() else {
        walk.notice(NoticeKind::Damaged, "is damaged: its head is not one");
        return;
    };
    let compression = match codec {
        b"" | b"null" => None,
        b"deflate" => Some(Compression::Deflate),
        b"bzip2" => Some(Compression::Bzip2),
        b"xz" => Some(Compression::Xz),
        b"zstandard" => Some(Compression::Zstd),
        other => {
            let name = String::from_utf8_lossy(other);
            walk.notice(NoticeKind::Unreadable, format!("is compressed in a way that is not read: {name}"));
            return;
        }
    };
    let (mut text, mut part) = (Vec::new(), 0);
    while !input.rest.is_empty() && !walk.is_stopped() {
        let Some(block) = input.block() else {
            walk.notice(NoticeKind::Damaged, "is damaged: a block is not one");
            break;
        };
        match compression {
            None => strings(block, &mut text),
            Some(compression) => {
                let window = compression.window(block);
                if !walk.hold(window) {
                    return;
                }
                let mut content = Vec::new();
                let end = walk.read(&mut compression.open(block), &mut content);
                walk.release(window);
                strings(&content, &mut text);
                match end {
                    End::Whole => {}
                    End::Cut(detail) => walk.notice(NoticeKind::Limit, detail),
                    End::Broken(detail) => walk.notice(NoticeKind::Damaged, detail),
                }
            }
        }
        if text.len() >= PART {
            part += 1;
            walk.made(format!("strings {part}"), &text);
            text.clear();
        }
    }
    if !text.is_empty() {
        walk.made(format!("strings {}", part + 1), &text);
    }
}

/// Adds what stands behind a length and is text, one string a line.
fn strings(bytes: &[u8], text: &mut Vec<u8>) {
    let is_text = |byte: &u8| *byte >= b' ' && *byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r');
    let mut at = 0;
    while at < bytes.len() {
        let mut input = Input { rest: &bytes[at..] };
        let string = input.bytes().filter(|string| string.len() >= SHORTEST && string.iter().all(is_text));
        match string {
            Some(string) => {
                text.extend_from_slice(string);
                text.push(b'\n');
                at = bytes.len() - input.rest.len();
            }
            None => at += 1,
        }
    }
}

struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    /// A number of seven bits a byte, the lowest first; every second one is negative.
    fn number(&mut self) -> Option<i64> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let (&byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Some((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        None
    }

    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.number()?).ok()?;
        self.take(len)
    }

    /// Reads the head; gives how the blocks are compressed, or nothing if they are not.
    fn head(&mut self) -> Option<&'a [u8]> {
        let mut codec: &[u8] = b"";
        loop {
            let mut count = self.number()?;
            if count == 0 {
                break;
            }
            // A count below zero has the length of its part after it.
            if count < 0 {
                self.number()?;
                count = count.checked_neg()?;
            }
            for _ in 0..count {
                let (name, value) = (self.bytes()?, self.bytes()?);
                if name == b"avro.codec" {
                    codec = value;
                }
            }
        }
        self.take(16).map(|_| codec)
    }

    /// The data of a block: the number of its rows and its length stand before it.
    fn block(&mut self) -> Option<&'a [u8]> {
        self.number()?;
        let data = self.bytes()?;
        self.take(16).map(|_| data)
    }
}
