//! Compiled Python and Java: the strings in them stand behind their lengths, which can look like a part of them.
//!
//! `len` of a string of 51 bytes is the digit 3: a token after it would seem to begin one character too early.

use super::walk::Walk;

/// The shortest string that is told.
const SHORTEST: usize = 6;

pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    let is_java = bytes.starts_with(b"\xca\xfe\xba\xbe");
    let mut text = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let found = if is_java { java(bytes, at) } else { python(bytes, at) };
        match found.filter(|string| string.len() >= SHORTEST && string.iter().all(|&byte| is_text(byte))) {
            Some(string) => {
                text.extend_from_slice(string);
                text.push(b'\n');
                // The string's own bytes may hold another only if this was none.
                at += string.len();
            }
            None => at += 1,
        }
    }
    if !text.is_empty() {
        walk.made("strings", &text);
    }
}

fn is_text(byte: u8) -> bool {
    byte >= b' ' && byte != 0x7f || matches!(byte, b'\t' | b'\n' | b'\r')
}

/// A constant of kind 1: two bytes of length, then the text.
fn java(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let [1, high, low, rest @ ..] = bytes.get(at..)? else { return None };
    rest.get(..usize::from(u16::from_be_bytes([*high, *low])))
}

/// Kinds of strings, perhaps marked as shared by the highest bit: with one byte of length, or with four.
fn python(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let rest = bytes.get(at + 1..)?;
    let (len, text) = match bytes[at] & 0x7f {
        b'z' | b'Z' => (usize::from(*rest.first()?), &rest[1..]),
        b's' | b'u' | b't' | b'a' | b'A' => (u32::from_le_bytes(*rest.first_chunk()?) as usize, &rest[4..]),
        _ => return None,
    };
    text.get(..len)
}
