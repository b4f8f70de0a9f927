//! Base32, in capitals or small letters, with or without padding.

use super::{Layer, Output, SpanMap, look};
use crate::model::Span;

/// The shortest run that is decoded: twenty bytes of text.
const SHORTEST: usize = 32;

/// Longer runs are no values.
const LONGEST: usize = 1 << 20;

/// Decodes `run` if it is nothing but digits of base32 and spells text.
pub(super) fn run(bytes: &[u8], run: Span, output: &mut Output<'_, '_>) {
    if run.len() < SHORTEST || run.len() > LONGEST {
        return;
    }
    let digits = run.of(bytes);
    let is_upper = digits[0].is_ascii_uppercase();
    // The first digits of a text are letters, and most words are refused by one of them.
    let all = |range: &[u8]| range.iter().all(|&byte| digit(byte, is_upper).is_some());
    if !digits[0].is_ascii_alphabetic() || !all(&digits[..SHORTEST]) || !look::promising(&decode(&digits[..SHORTEST])) {
        return;
    }
    if all(digits) && output.affords(digits.len() / 8 * 5) {
        let map = SpanMap::scaled(8, 5, &[run]);
        output.push(Layer { kind: "base32", bytes: decode(digits), span: run, context: run, map });
    }
}

fn digit(byte: u8, is_upper: bool) -> Option<u64> {
    match byte {
        b'A'..=b'Z' if is_upper => Some(u64::from(byte - b'A')),
        b'a'..=b'z' if !is_upper => Some(u64::from(byte - b'a')),
        b'2'..=b'7' => Some(u64::from(byte - b'2' + 26)),
        _ => None,
    }
}

/// Eight digits are five bytes; an incomplete last group gives what it has.
fn decode(digits: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(digits.len() / 8 * 5 + 5);
    for group in digits.chunks(8) {
        let bits = group.iter().fold(0, |bits, &byte| bits << 5 | digit(byte, byte.is_ascii_uppercase()).unwrap_or(0));
        let bits: u64 = bits << (5 * (8 - group.len()));
        text.extend_from_slice(&bits.to_be_bytes()[3..3 + group.len() * 5 / 8]);
    }
    text
}
