//! What a reader does not see between the letters of a word: characters without width, soft hyphens, colours of a
//! terminal; and letters in another dress, full width or as tags, that look like others or like nothing.
//!
//! They hide a value from whoever searches, not from whoever copies it. A seam of them counts like one between literals.

use super::Output;
use super::literal::words_beside;
use super::rewrite::{Clusters, Escape, Family};
use crate::model::Span;

/// Two families, for their marks are found one after the other.
pub(super) static FAMILY: Family = Family { kind: "unseen", marks: MARKS, step, threshold: 8 };
pub(super) static RARE: Family = Family { kind: "unseen", marks: MARKS, step, threshold: 8 };

const MARKS: &[u8] = b"\x1b\xc2\xe2\xef\xf3";

/// The longest row of unseen characters that is one seam.
const LONGEST: usize = 256;

/// Finds the marks in a range. Nearly all text has none, which is found out at the pace of memory.
pub(super) fn marks(bytes: &[u8], range: Span, clusters: &mut Clusters, output: &mut Output<'_, '_>) {
    let text = range.of(bytes);
    if text.is_ascii() {
        memchr::memchr_iter(0x1b, text).for_each(|at| mark(bytes, range.start + at, clusters, output));
        return;
    }
    // Frequent leads of characters, and rare ones, each in the order of the text.
    memchr::memchr3_iter(0x1b, 0xe2, 0xef, text).for_each(|at| mark(bytes, range.start + at, clusters, output));
    memchr::memchr2_iter(0xc2, 0xf3, text).for_each(|at| mark(bytes, range.start + at, clusters, output));
}

fn mark(bytes: &[u8], at: usize, clusters: &mut Clusters, output: &mut Output<'_, '_>) {
    let may_be = matches!(
        bytes[at..],
        [0x1b, b'[', ..]
            | [0xc2, 0xad, ..]
            | [0xe2, 0x80 | 0x81, 0x8b..=0x8f | 0xa0..=0xae, ..]
            | [0xef, 0xbb..=0xbd, ..]
            | [0xf3, 0xa0, ..]
    );
    if may_be {
        clusters.mark(bytes, at, output);
    }
}

fn step(bytes: &[u8], at: usize) -> Option<Escape> {
    if let Some((len, byte)) = dressed(&bytes[at..]) {
        return Some(Escape::byte(len, byte, u32::from(byte.is_ascii_alphanumeric())));
    }
    let (mut end, mut is_colour) = (at, false);
    while end - at < LONGEST
        && let Some(len) = unseen(&bytes[end..])
    {
        is_colour |= bytes[end] == 0x1b;
        end += len;
    }
    let is_word = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_alphanumeric);
    // The last letter of a colour is no part of the word that it colours, whatever stands before it.
    let weight = match is_word(Some(end)) && (is_colour || is_word(at.checked_sub(1)) || bytes[..at].ends_with(b"_")) {
        true if is_colour => FAMILY.threshold,
        true => words_beside(bytes, at, end).max(2),
        false => 0,
    };
    (end > at).then(|| Escape::nothing(end - at, weight))
}

/// The length of the character that is not seen, if it is one: no width, a direction, a soft hyphen, a colour.
fn unseen(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0x1b, b'[', rest @ ..] => {
            let parameters = rest.iter().take(32).take_while(|byte| matches!(byte, b' '..=b'?')).count();
            rest.get(parameters).filter(|byte| matches!(byte, b'@'..=b'~')).map(|_| parameters + 3)
        }
        [0xc2, 0xad, ..] => Some(2),
        // U+180E, U+200B to U+200F, U+202A to U+202E, U+2060 to U+206E, the byte order mark.
        [0xe1, 0xa0, 0x8e, ..] | [0xe2, 0x80, 0x8b..=0x8f | 0xaa..=0xae, ..] | [0xe2, 0x81, 0xa0..=0xae, ..] => Some(3),
        [0xef, 0xbb, 0xbf, ..] => Some(3),
        _ => None,
    }
}

/// A letter in full width or as a tag: its length, and the letter.
fn dressed(bytes: &[u8]) -> Option<(usize, u8)> {
    match *bytes {
        [0xef, 0xbc, last @ 0x81..=0xbf, ..] => Some((3, last - 0x81 + b'!')),
        [0xef, 0xbd, last @ 0x80..=0x9e, ..] => Some((3, last - 0x80 + b'`')),
        [0xf3, 0xa0, 0x80, last @ 0xa0..=0xbf, ..] => Some((4, last - 0x80)),
        [0xf3, 0xa0, 0x81, last @ 0x80..=0xbe, ..] => Some((4, last - 0x80 + b'@')),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::decode::{Budget, layers};

    fn decoded(text: &str) -> Option<String> {
        let mut found = Vec::new();
        layers(text.as_bytes(), &[Span::new(0, text.len())], &mut Budget::new(text.len()), &mut found);
        let layer = found.into_iter().find(|layer| layer.kind == "unseen")?;
        Some(String::from_utf8(layer.bytes).unwrap())
    }

    #[test]
    fn what_is_not_seen_is_taken_out() {
        for (text, expected) in [
            ("token aB3dE6\u{200b}gH9jK2 end", Some("token aB3dE6gH9jK2 end")),
            ("token aB3\u{ad}dE6gH9jK2", Some("token aB3dE6gH9jK2")),
            ("a\u{200d}B\u{200d}3\u{200d}d\u{200d}E\u{200d}6", Some("aB3dE6")),
            ("\u{1b}[31maB3dE6gH9\u{1b}[0m", Some("aB3dE6gH9")),
            ("x \u{1b}[1;31maB3d\u{1b}[0mE6gH9", Some("x aB3dE6gH9")),
            ("ａＢ３ｄＥ６ｇＨ", Some("aB3dE6gH")),
            ("hi\u{e0061}\u{e0042}\u{e0033}\u{e0064}\u{e0045}\u{e0036}\u{e0067}\u{e0048}", Some("hiaB3dE6gH")),
            ("\u{feff}aB3dE6gH9", None),
            ("两个，三个：四个（五个）。", None),
            ("a — b … “c”", None),
            ("\u{1b}[0m \u{1b}[", None),
        ] {
            assert_eq!(decoded(text).as_deref(), expected, "{text:?}");
        }
    }
}
