//! Where a value may be broken in two: a pass that notes literals that may be continued by another, and lines that may be base64
//! and nothing else.
//!
//! Every byte of every text is looked at here, so 64 are classified at a time, and what stands between two places is stepped over
//! by one addition: a carry runs through all ones. Too much may be noted, never too little.

use fearless_simd::{Level, Simd, dispatch};

use crate::model::Span;
use crate::text::classes::{Classes, before, behind, run_through};

/// A place where a value may go on elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// What may be the opening quote of a literal that continues another one, or stands in front of it.
    Literal(usize),
    /// The end of a line that may hold base64 and nothing else.
    Line(usize),
}

/// So many blocks of 64 bytes are classified at once.
const GROUP: usize = 64;

/// The shortest line of base64 that others follow.
pub(super) const SHORTEST: usize = 16;

/// What a block holds, a bit for each byte.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    quotes: u64,
    /// What may stand between two literals: blanks and operators.
    seams: u64,
    /// What a comment may begin with there.
    remarks: u64,
    /// What may stand before an opening quote as a part of the literal.
    prefixes: u64,
    /// Ends of lines.
    ends: u64,
    /// Characters of the base64 alphabets.
    words: u64,
    /// What may stand between them and the end of their line.
    tails: u64,
}

/// What may stand between a literal and the one that continues it: besides comments.
pub(super) const SEAMS: &[u8] = b" \t\n\r+.&~|<>^\\_";

/// What the end of a block says of the next one.
#[derive(Debug, Clone, Copy, Default)]
struct Carry {
    /// It ends with a quote, amid a seam, amid what follows base64.
    quote: bool,
    seam: bool,
    tail: bool,
    words: u64,
}

/// Tells of all breaks that begin and end in a range, in order.
pub(super) fn each(bytes: &[u8], range: Span, mut tell: impl FnMut(Break)) {
    let level = Level::new();
    let mut masks = [Marks::default(); GROUP + 1];
    let mut carry = Carry::default();
    let mut at = range.start;
    while at < range.end {
        let group = &bytes[at..range.end.min(at + 64 * (GROUP + 1))];
        let count = group.len().div_ceil(64).min(GROUP);
        // What is behind the group is seen with it, and what lacks there is empty.
        masks[count] = Marks::default();
        dispatch!(level, simd => classify_group(simd, group, &mut masks));
        for pair in masks[..=count].windows(2) {
            let literals = after_literals(pair[0], pair[1].quotes, &mut carry);
            let lines = pair[0].ends & after_words(pair[0], &mut carry);
            let mut open = literals | lines;
            while open != 0 {
                let bit = open.trailing_zeros();
                open &= open - 1;
                let place = at + bit as usize;
                tell(if lines >> bit & 1 == 1 { Break::Line(place) } else { Break::Literal(place) });
            }
            at += 64;
        }
    }
}

/// The places behind a quote and a seam, at which a quote stands or may follow.
#[inline(always)]
fn after_literals(marks: Marks, next_quotes: u64, carry: &mut Carry) -> u64 {
    let starts = behind(marks.quotes, &mut carry.quote);
    let reached = run_through(marks.seams, starts, &mut carry.seam);
    let is_prefix = before(marks.quotes, next_quotes, 1) | before(marks.quotes, next_quotes, 2);
    reached & (marks.quotes | marks.remarks | marks.prefixes & is_prefix)
}

/// The places behind so many characters of base64 as a line needs, and behind what may follow them.
#[inline(always)]
fn after_words(marks: Marks, carry: &mut Carry) -> u64 {
    let both = u128::from(marks.words) << 64 | u128::from(carry.words);
    carry.words = marks.words;
    let long = [1, 2, 4, 8].iter().fold(both, |long, shift| long & long << shift);
    run_through(marks.tails, (long >> 63) as u64, &mut carry.tail)
}

#[inline(always)]
fn classify_group<S: Simd>(simd: S, bytes: &[u8], masks: &mut [Marks; GROUP + 1]) {
    let (blocks, rest) = bytes.as_chunks();
    for (marks, block) in masks.iter_mut().zip(blocks) {
        *marks = classify(simd, block);
    }
    if let Some(marks) = masks.get_mut(blocks.len()).filter(|_| !rest.is_empty()) {
        let mut block = [0; 64];
        block[..rest.len()].copy_from_slice(rest);
        *marks = classify(simd, &block);
    }
}

static LITERALS: Classes = Classes::new(&[
    b"\"'`",
    SEAMS,
    b"/#-",
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@$",
    b"\n",
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/-_",
    b" \t\r\"'`)*+,>#=;\\.&",
]);

#[inline(always)]
fn classify<S: Simd>(simd: S, block: &[u8; 64]) -> Marks {
    let [quotes, seams, remarks, prefixes, ends, words, tails] = LITERALS.masks(simd, block);
    Marks { quotes, seams, remarks, prefixes, ends, words, tails }
}

#[cfg(test)]
mod tests {
    use super::super::broken::{closing, piece, seam_end};
    use super::*;

    proptest::proptest! {
        #[test]
        fn nothing_that_may_be_a_break_is_left_out(
            text in "([a-zA-Z0-9+/_=-]{0,90}|[ \t\"'`.&+\\\\]{0,9}|[\"'] {0,70}[+.@a-z\"'/*#-]{0,3}[\"' ]|\n){0,40}",
            start: proptest::sample::Index,
        ) {
            let bytes = text.as_bytes();
            let range = Span::new(start.index(bytes.len() + 1), bytes.len());
            let mut told = Vec::new();
            each(bytes, range, |found| told.push(found));
            let literals: Vec<usize> = told
                .iter()
                .filter_map(|found| match found {
                    Break::Literal(at) => closing(bytes, *at),
                    Break::Line(_) => None,
                })
                .collect();
            let mut line = range.start;
            for at in range.start..range.end {
                if b"\"'`".contains(&bytes[at]) && seam_end(bytes, at).is_some() {
                    proptest::prop_assert!(literals.contains(&at), "{:?}", &text[at..]);
                }
                if bytes[at] == b'\n' {
                    if piece(bytes, Span::new(line, at)).is_some_and(|piece| piece.len() >= SHORTEST) {
                        proptest::prop_assert!(told.contains(&Break::Line(at)), "{:?}", &text[line..at]);
                    }
                    line = at + 1;
                }
            }
        }
    }
}
