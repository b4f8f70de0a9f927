//! Values that are broken in two: over two adjacent string literals, and over the lines of wrapped base64.
//!
//! The pieces are joined and searched; a match counts only where it crosses a break, for the others are found in the plain
//! text. Only text around the ranges is looked at, as far as the longest pattern reaches.

use super::breaks::{self, Break};
use super::{Known, Match};
use crate::model::Span;

/// How much space, comments and operators may stand between two literals.
const SEAM: usize = 256;

/// Patterns longer than this are not searched across breaks.
const REACH: usize = 16 << 10;

/// Shortest and longest line of wrapped base64.
const LINE: std::ops::RangeInclusive<usize> = breaks::SHORTEST..=200;
/// The longest line with everything around its base64.
const LONGEST: usize = 280;

/// A character of base64, one that may stand around it on its line, and one that may follow it there.
const WORD: u8 = 1;
const EDGE: u8 = 2;
const TAIL: u8 = 4;

const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let is_word = (byte as u8).is_ascii_alphanumeric() || matches!(byte as u8, b'+' | b'/' | b'-' | b'_');
        let is_edge = matches!(byte as u8, b' ' | b'\t' | b'\r' | b'"' | b'\'' | b'`' | b'*' | b'>' | b'#');
        let is_tail = matches!(byte as u8, b'=' | b',' | b';' | b'\\' | b'+' | b')' | b'.' | b'&');
        classes[byte] =
            if is_word { WORD } else { 0 } | if is_edge { EDGE } else { 0 } | if is_tail { TAIL } else { 0 };
        byte += 1;
    }
    classes
};

pub(super) fn search(known: &Known, bytes: &[u8], ranges: &[Span], out: &mut Vec<Match>) {
    let reach = known.index().longest.min(REACH);
    for range in ranges {
        let literals = range.widened(reach + SEAM, bytes.len());
        // A break every sixteen characters, with indentation.
        let lines = whole_lines(bytes, range.widened(reach * 2 + SEAM, bytes.len()));
        let mut seen = lines.start;
        breaks::each(
            bytes,
            Span::new(literals.start.min(lines.start), literals.end.max(lines.end)),
            |found| match found {
                Break::Literal(at) => {
                    if let Some(closing) = closing(bytes, at)
                        && literals.start <= closing
                        && closing < literals.end
                    {
                        literal(known, bytes, closing, reach, out);
                    }
                }
                Break::Line(end) if seen <= end && end < lines.end => {
                    seen = block(known, bytes, seen, end, lines.end, out);
                }
                Break::Line(_) => {}
            },
        );
        if seen < lines.end {
            block(known, bytes, seen, lines.end, lines.end, out);
        }
    }
}

/// `"abc" + "def"`, `'abc' 'def'`, `"abc" \⏎ "def"`: the literal that the quote at `closing` ends, and the one behind it.
fn literal(known: &Known, bytes: &[u8], closing: usize, reach: usize, out: &mut Vec<Match>) {
    let Some(after) = seam_end(bytes, closing) else { return };
    // What crosses the break holds the bytes on both sides of it.
    let may_cross = |byte: &u8| *byte > b' ' || known.index().blanks >> byte & 1 == 1;
    if !bytes[..closing].last().is_some_and(may_cross) || !bytes.get(after).is_some_and(may_cross) {
        return;
    }
    let low = closing.saturating_sub(reach);
    let start = memchr::memrchr2(b'\n', b'\r', &bytes[low..closing]).map_or(low, |at| low + at + 1);
    let high = bytes.len().min(after + reach);
    let end = memchr::memchr2(b'\n', b'\r', &bytes[after..high]).map_or(high, |at| after + at);
    let pieces = [Span::new(start, closing), Span::new(after, end)];
    joined(known, bytes, &pieces, Some("joined"), out);
}

/// The quote behind which there is nothing but a seam up to a place.
pub(super) fn closing(bytes: &[u8], place: usize) -> Option<usize> {
    let low = place.saturating_sub(SEAM);
    let at = low + bytes[low..place].iter().rposition(|byte| !breaks::SEAMS.contains(byte))?;
    matches!(bytes[at], b'"' | b'\'' | b'`').then_some(at)
}

/// The first byte of the literal that continues the one which the quote at `closing` ends.
pub(super) fn seam_end(bytes: &[u8], closing: usize) -> Option<usize> {
    let near = &bytes[..bytes.len().min(closing + SEAM)];
    let first = skip_blank(near, closing + 1);
    let operator = match near.get(first..)? {
        [b'+', b'+', ..] | [b'.', b'.', ..] | [b'|', b'|', ..] | [b'<', b'>', ..] | [b'<', b'<', ..] => 2,
        [b'+' | b'.' | b'&' | b'~' | b'^', ..] => 1,
        _ => 0,
    };
    let mut end = skip_blank(near, first + operator);
    if operator == 1 && near.get(first) == Some(&b'&') && near.get(end) == Some(&b'_') {
        end = skip_blank(near, end + 1);
    }
    // `f"…"`, `L"…"`, `@"…"`: prefixes of literals.
    let is_prefix = |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'@' | b'$');
    let prefix = near.get(end..)?.iter().take(2).take_while(is_prefix).count();
    matches!(near.get(end + prefix)?, b'"' | b'\'' | b'`').then_some(end + prefix + 1)
}

fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        at += match rest {
            [b' ' | b'\t' | b'\n' | b'\r', ..] => 1,
            [b'\\' | b'`', b'\n' | b'\r', ..] => 2,
            [b'/', b'/', ..] | [b'#', b' ', ..] | [b'-', b'-', b' ', ..] => {
                rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
            }
            [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |len| len + 2),
            _ => return at,
        };
    }
}

/// The range with the whole of its first and last line.
fn whole_lines(bytes: &[u8], range: Span) -> Span {
    // Longer lines hold something else: there the first line break inside of the range is the beginning.
    let low = range.start.saturating_sub(LONGEST);
    let start = match memchr::memrchr(b'\n', &bytes[low..range.start]) {
        Some(at) => low + at + 1,
        None if low == 0 => 0,
        None => memchr::memchr(b'\n', range.of(bytes)).map_or(range.end, |at| range.start + at + 1),
    };
    let high = bytes.len().min(range.end + LONGEST);
    let end = memchr::memchr(b'\n', &bytes[range.end..high]).map_or(high, |at| range.end + at);
    Span::new(start.min(end), end)
}

/// Searches the block of lines that begins with the one that ends at `end`, if it holds base64 and nothing else but
/// indentation, quotes and operators. Returns where the first line that it does not hold begins.
fn block(known: &Known, bytes: &[u8], low: usize, end: usize, limit: usize, out: &mut Vec<Match>) -> usize {
    // A line that begins further to the left is too long to be one.
    let far = low.max(end.saturating_sub(LONGEST + 1));
    let start = match memchr::memrchr(b'\n', &bytes[far..end]) {
        Some(at) => far + at + 1,
        None if far == low => low,
        None => return end + 1,
    };
    let mut lines: Vec<Span> = Vec::new();
    let (mut at, mut stop) = (start, end);
    while let Some(piece) = piece(bytes, Span::new(at, stop)) {
        lines.push(piece);
        at = stop + 1;
        if at >= limit {
            break;
        }
        stop = memchr::memchr(b'\n', &bytes[at..limit]).map_or(limit, |len| at + len);
    }
    if lines.len() > 1 {
        joined(known, bytes, &lines, None, out);
    }
    at.max(end + 1)
}

/// The base64 in a line, if there is nothing else in it.
pub(super) fn piece(bytes: &[u8], line: Span) -> Option<Span> {
    if line.is_empty() || line.len() > LONGEST {
        return None;
    }
    let text = line.of(bytes).trim_ascii_end();
    let is = |class: u8, byte: u8| CLASSES[usize::from(byte)] & class != 0;
    let start = text.iter().position(|&byte| !is(EDGE, byte))?;
    let text = &text[start..];
    // Three looks deny most lines.
    if text.len() > *LINE.start() && !(is(WORD, text[5]) && is(WORD, text[10]) && is(WORD, text[15])) {
        return None;
    }
    let word = text.iter().position(|&byte| !is(WORD, byte)).unwrap_or(text.len());
    let rest = &text[word..];
    let fits = LINE.contains(&word) && rest.iter().all(|&byte| is(EDGE | TAIL, byte))
        || word > 0 && rest.iter().all(|&byte| is(EDGE, byte) || byte == b'=');
    fits.then(|| Span::new(line.start + start, line.start + start + word))
}

/// Searches the text that the pieces make; what crosses a break counts.
fn joined(known: &Known, bytes: &[u8], pieces: &[Span], layer: Option<&'static str>, out: &mut Vec<Match>) {
    let mut text = Vec::with_capacity(pieces.iter().map(|piece| piece.len()).sum());
    pieces.iter().for_each(|piece| text.extend_from_slice(piece.of(bytes)));
    let mut found = Vec::new();
    known.scan(&text, Span::new(0, text.len()), &mut found);
    for mut found in found {
        let place = |offset: usize| {
            let mut rest = offset;
            for (index, piece) in pieces.iter().enumerate() {
                if rest < piece.len() {
                    return (index, piece.start + rest);
                }
                rest -= piece.len();
            }
            (pieces.len(), offset)
        };
        let (first, start) = place(found.span.start);
        let (last, end) = place(found.span.end - 1);
        if first < last && last < pieces.len() {
            found.span = Span::new(start, end + 1);
            found.layer = found.layer.or(layer);
            out.push(found);
        }
    }
}
