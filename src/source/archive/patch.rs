//! Patches with binary files in them, as `git diff --binary` and `git format-patch` write them: base 85, then zlib.
//!
//! A file that is new is there as a whole. Of one that was changed there is what was added, since its base is elsewhere.

use std::sync::LazyLock;

use bstr::{BString, ByteSlice};
use memchr::memmem;

use super::stream::Compression;
use super::walk::{End, Walk};
use crate::model::NoticeKind;

/// So far into a text a patch begins, behind the headers of a mail and the list of files.
const HEAD: usize = 8 << 10;

/// Made once, for every text is asked.
static DIFF: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"diff --git "));

const BINARY: &[u8] = b"\nGIT binary patch\n";

pub(super) fn has_binary(bytes: &[u8]) -> bool {
    DIFF.find(&bytes[..bytes.len().min(HEAD)]).is_some() && memmem::find(bytes, BINARY).is_some()
}

pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    for at in memmem::find_iter(bytes, BINARY) {
        if walk.is_stopped() {
            return;
        }
        let name = name(&bytes[..at]);
        let mut lines = bytes[at + BINARY.len()..].lines();
        // What the file becomes, and, unless it is left out, what it was.
        for side in ["", " (before)"] {
            let Some(first) = lines.next() else { break };
            let is_delta = first.starts_with(b"delta ");
            if !is_delta && !first.starts_with(b"literal ") {
                break;
            }
            let mut packed = Vec::new();
            let is_sound = lines.by_ref().take_while(|line| !line.is_empty()).all(|line| decode(line, &mut packed));
            let mut content = Vec::new();
            let end = walk.read(&mut Compression::Zlib.open(&packed), &mut content);
            let mut name = name.clone();
            name.extend_from_slice(side.as_bytes());
            match (is_sound, &end) {
                (false, _) => walk.refuse(name, NoticeKind::Damaged, "is damaged: a line is no base 85"),
                (_, End::Broken(detail)) => walk.refuse(name, NoticeKind::Damaged, detail.clone()),
                (_, End::Cut(detail)) => walk.refuse(name, NoticeKind::Limit, detail.clone()),
                (_, End::Whole) if is_delta => {
                    let added = added(&content);
                    if !added.is_empty() {
                        walk.made(name, &added);
                    }
                }
                (_, End::Whole) if content.is_empty() => {}
                (_, End::Whole) => walk.made(name, &content),
            }
        }
    }
}

/// The name in the last line `diff --git a/name b/name`.
fn name(before: &[u8]) -> BString {
    let line = memmem::rfind(before, b"diff --git ").map(|at| before[at..].lines().next().unwrap_or_default());
    let name = line.and_then(|line| memmem::rfind(line, b" b/").map(|at| &line[at + 3..]));
    name.unwrap_or(b"binary patch").into()
}

/// A letter for the number of bytes, then five digits for each four of them.
fn decode(line: &[u8], out: &mut Vec<u8>) -> bool {
    const DIGITS: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let (len, digits) = match line.split_first() {
        Some((letter @ b'A'..=b'Z', digits)) => (usize::from(letter - b'A') + 1, digits),
        Some((letter @ b'a'..=b'z', digits)) => (usize::from(letter - b'a') + 27, digits),
        _ => return false,
    };
    let mut left = len;
    for group in digits.trim_ascii_end().chunks(5) {
        let value = group.iter().try_fold(0_u32, |value, byte| {
            let digit = DIGITS.iter().position(|digit| digit == byte)?;
            value.checked_mul(85)?.checked_add(digit as u32)
        });
        let (Some(value), 5) = (value, group.len()) else { return false };
        out.extend_from_slice(&value.to_be_bytes()[..left.min(4)]);
        left = left.saturating_sub(4);
    }
    left == 0
}

/// What a delta adds to its base, one piece a line.
fn added(delta: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut rest = delta;
    // Two sizes, seven bits a byte.
    for _ in 0..2 {
        let len = rest.iter().position(|&byte| byte < 0x80).map_or(rest.len(), |last| last + 1);
        rest = &rest[len..];
    }
    while let Some((&op, tail)) = rest.split_first() {
        let len = if op & 0x80 == 0 { usize::from(op) } else { (op & 0x7f).count_ones() as usize };
        let (piece, tail) = tail.split_at(len.min(tail.len()));
        if op & 0x80 == 0 {
            text.extend_from_slice(piece);
            // A piece of the longest kind goes on in the next.
            if op != 0x7f {
                text.push(b'\n');
            }
        }
        rest = tail;
    }
    text
}
