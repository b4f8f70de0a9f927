//! The cheap look that decides whether a decoded text is worth having.
//!
//! Nearly every long word in source code is valid base64; nearly none decodes to text. A dozen decoded bytes tell.

use super::inflate;

/// How many decoded bytes are looked at.
pub(super) const HEAD: usize = 48;

/// Shorter texts are left alone in data that begins with something else.
const TEXT: usize = 20;

/// Says whether decoded data that starts with `head` is text, or compressed data that can be inflated.
pub(super) fn promising(head: &[u8]) -> bool {
    let head = &head[..head.len().min(HEAD)];
    is_text(head) || is_wide_text(head) || inflate::is_compressed(head)
}

/// A first look at a few bytes: no says that [`promising`] would say no.
pub(super) fn may_begin(start: &[u8]) -> bool {
    match start {
        [0, ..]
        | [_, 0, ..]
        | [0x1f, 0x8b, ..]
        | [0x78, ..]
        | [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', ..]
        | [0xfd, b'7', b'z', ..]
        | [0x28, 0xb5, 0x2f, 0xfd, ..]
        | [b'P', b'K', 3, 4, ..]
        | [0xff, 0xfe, ..]
        | [0xfe, 0xff, ..] => true,
        _ => is_text(start),
    }
}

/// At least nine of ten bytes are printable; all of them in short texts.
pub(super) fn is_text(head: &[u8]) -> bool {
    let mut rest = head;
    let (mut bad, allowed) = (0, if head.len() < 24 { 0 } else { head.len() / 10 });
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if is_printable(byte) {
            continue;
        }
        match utf8_tail(byte, rest) {
            Some(len) => rest = &rest[len..],
            None => bad += 1,
        }
        if bad > allowed || head.len() - rest.len() <= 6 {
            return false;
        }
    }
    !head.is_empty()
}

/// Says whether data holds a text that is long enough for a secret.
pub(super) fn has_text(bytes: &[u8]) -> bool {
    let mut at = TEXT - 1;
    while let Some(&byte) = bytes.get(at) {
        if !is_printable(byte) {
            at += TEXT;
            continue;
        }
        let start = bytes[..at].iter().rposition(|&byte| !is_printable(byte)).map_or(0, |before| before + 1);
        let end = bytes[at..].iter().position(|&byte| !is_printable(byte)).map_or(bytes.len(), |len| at + len);
        if end - start >= TEXT {
            return true;
        }
        at = end + TEXT;
    }
    false
}

/// Text in UTF-16: one byte of each pair is zero.
fn is_wide_text(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xff\xfe").or(head.strip_prefix(b"\xfe\xff")).unwrap_or(head);
    let pairs = head.as_chunks::<2>().0;
    let zero_at = |index: usize| pairs.iter().all(|pair| pair[index] == 0 && is_printable(pair[1 - index]));
    pairs.len() >= 4 && (zero_at(0) || zero_at(1))
}

/// Printable ASCII, tab or line break.
pub(super) fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r')
}

/// The number of continuation bytes after `first`, if it begins a character that is complete (or cut off by the end).
fn utf8_tail(first: u8, rest: &[u8]) -> Option<usize> {
    let len = match first {
        0xc2..=0xdf => 1,
        0xe0..=0xef => 2,
        0xf0..=0xf4 => 3,
        _ => return None,
    };
    let tail = &rest[..len.min(rest.len())];
    tail.iter().all(|byte| (0x80..0xc0).contains(byte)).then_some(tail.len())
}
