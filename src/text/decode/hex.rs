//! Hexadecimal numbers that spell text: `6b65793a…`, also as part of a longer word (`0x…`, `key_…`).

use super::{Layer, Output, SpanMap, look, scan};
use crate::model::Span;

/// The shortest run that is decoded: ten bytes of text.
const SHORTEST: usize = 20;

/// A long run is decoded in parts of this many digits, which overlap by [`OVERLAP`].
const PART: usize = 4 << 20;
const OVERLAP: usize = 64 << 10;

/// Decodes the hexadecimal numbers in a run of word characters.
pub(super) fn layers(bytes: &[u8], run: Span, output: &mut Output<'_, '_>) {
    let mut at = run.start;
    while at + SHORTEST <= run.end {
        // From the far end of the shortest possible number backwards: most runs hold a letter there that is no digit.
        let window = &bytes[at..at + SHORTEST];
        if let Some(other) = window.iter().rposition(|&byte| digit(byte) > 15) {
            at += other + 1;
            continue;
        }
        let len = bytes[at..run.end].iter().position(|&byte| digit(byte) > 15).unwrap_or(run.end - at);
        number(bytes, Span::new(at, at + len), output);
        at += len;
    }
}

fn number(bytes: &[u8], number: Span, output: &mut Output<'_, '_>) {
    // An odd digit may stand at either end.
    let number = (number.start..=number.start + number.len() % 2)
        .map(|start| Span::new(start, start + (number.end - start) / 2 * 2))
        .find(|span| look::promising(&decode(&bytes[span.start..span.end.min(span.start + 2 * look::HEAD)])));
    let Some(number) = number else { return };
    let mut start = number.start;
    loop {
        let part = Span::new(start, number.end.min(start + PART));
        if !output.affords(part.len() / 2) {
            return;
        }
        output.push(Layer {
            kind: "hex",
            bytes: decode(part.of(bytes)),
            span: part,
            context: part,
            map: SpanMap::scaled(2, 1, &[part]),
        });
        if part.end == number.end {
            return;
        }
        start = part.end - OVERLAP;
    }
}

fn decode(digits: &[u8]) -> Vec<u8> {
    digits.as_chunks::<2>().0.iter().map(|&[high, low]| digit(high) << 4 | digit(low) & 15).collect()
}

/// The value of a digit; more than 15 for anything else.
pub(super) fn digit(byte: u8) -> u8 {
    const VALUES: [u8; 256] = {
        let mut values = [0xff; 256];
        let mut digit = 0;
        while digit < 16 {
            values[b"0123456789abcdef"[digit] as usize] = digit as u8;
            values[b"0123456789ABCDEF"[digit] as usize] = digit as u8;
            digit += 1;
        }
        values
    };
    VALUES[usize::from(byte)]
}

/// Reads exactly `len` digits (at most 8).
pub(super) fn value(bytes: &[u8], start: usize, len: usize) -> Option<u32> {
    let digits = bytes.get(start..start.checked_add(len)?)?;
    digits.iter().try_fold(0, |value, &byte| (digit(byte) < 16).then(|| value << 4 | u32::from(digit(byte))))
}

const _: () = assert!(SHORTEST >= scan::RUN);
