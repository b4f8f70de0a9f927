//! Hexadecimal numbers that spell text: `6b65793a…`, also as part of a longer word (`0x…`, `key_…`).

use super::base64::{next_line, previous_line};
use super::{Layer, Output, SpanMap, look, scan};
use crate::model::Span;

/// The shortest run that is decoded: ten bytes of text.
const SHORTEST: usize = 20;

/// A long run is decoded in parts of this many digits, which overlap by [`OVERLAP`].
const PART: usize = 4 << 20;
const OVERLAP: usize = 64 << 10;

/// Takes the runs of word characters in ranges, in order.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// Lines have been joined up to here.
    done: usize,
}

impl Runs {
    /// Decodes the numbers in a run, and the lines that it is one of.
    pub(super) fn run(&mut self, bytes: &[u8], run: Span, output: &mut Output<'_, '_>) {
        layers(bytes, run, output);
        if run.start >= self.done && is_line(bytes, run) {
            self.done = lines(bytes, run, output);
        }
    }
}

/// Says whether a run is nothing but digits, two for each byte.
fn is_line(bytes: &[u8], run: Span) -> bool {
    run.len() >= SHORTEST && run.len().is_multiple_of(2) && run.of(bytes).iter().all(|&byte| digit(byte) < 16)
}

/// Joins the lines above and below `run` that are as long as it, and a shorter last one; a text goes on from line to line.
/// Returns where they end.
fn lines(bytes: &[u8], run: Span, output: &mut Output<'_, '_>) -> usize {
    let mut first = run;
    while let Some(line) = previous_line(bytes, first.start)
        && (line.len() == first.len() || first == run && line.len() > run.len())
        && is_line(bytes, line)
    {
        first = line;
    }
    let mut lines = vec![first];
    let mut end = first.end;
    let is_digits = |line: Span| line.of(bytes).iter().all(|&byte| digit(byte) < 16);
    while let Some(line) = next_line(bytes, end)
        && line.len() <= first.len()
        && line.len().is_multiple_of(2)
        && is_digits(line)
    {
        lines.push(line);
        end = line.end;
        if line.len() < first.len() {
            break;
        }
    }
    let per_part = (PART / first.len()).max(2);
    let mut start = 0;
    while lines.len() > 1 && start < lines.len() {
        let part = &lines[start..lines.len().min(start + per_part)];
        let digits: Vec<u8> = part.iter().flat_map(|line| line.of(bytes)).copied().collect();
        if !output.affords(digits.len() / 2) {
            return end.max(run.end);
        }
        let decoded = decode(&digits);
        if look::has_text(&decoded) {
            let span = Span::new(part[0].start, part[part.len() - 1].end);
            let context = Span::new(first.start, end);
            output.push(Layer { kind: "hex", bytes: decoded, span, context, map: SpanMap::scaled(2, 1, part) });
        }
        if part.len() < per_part {
            break;
        }
        start += per_part - (OVERLAP / first.len()).min(per_part / 2);
    }
    end.max(run.end)
}

/// Decodes the hexadecimal numbers in a run of word characters.
fn layers(bytes: &[u8], run: Span, output: &mut Output<'_, '_>) {
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
