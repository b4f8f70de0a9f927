//! Where a value may be broken in two: a pass that notes quotes with something behind them that may join literals, and ends of
//! lines that may be base64.
//!
//! Every byte of every text is looked at here, so 64 are classified at a time. Too much may be noted, never too little.

use fearless_simd::{Level, Simd, SimdBase, SimdMask, dispatch, u8x64};

use crate::model::Span;

/// A place where a value may go on elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// A quote that may end a literal which another continues.
    Quote(usize),
    /// The end of a line that may hold base64 and nothing else.
    Line(usize),
}

/// So many blocks of 64 bytes are classified at once.
const GROUP: usize = 64;

/// What a block holds, a bit for each byte.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    /// Quotes, and ends of lines.
    quotes: u64,
    ends: u64,
    /// Characters of the base64 alphabets.
    words: u64,
    /// Some that stand before the end of no such line unless as the last of its base64: those, but for the operator, ends of
    /// lines, braces.
    cores: u64,
}

/// Says what may follow the quote that ends a literal: space, an operator, the opening quote.
const fn may_follow(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\n' | b'\r' | b'+' | b'.' | b'&' | b'~' | b'|' | b'<' | b'^' | b'\\' | b'"' | b'\'' | b'`'
    )
}

/// Tells of all breaks in a range, in order.
pub(super) fn each(bytes: &[u8], range: Span, mut tell: impl FnMut(Break)) {
    let level = Level::new();
    let mut masks = [Marks::default(); GROUP];
    // Nothing is said of what stands before the range: it may be anything.
    let mut before = None;
    let mut at = range.start;
    while at < range.end {
        let group = &bytes[at..range.end.min(at + 64 * GROUP)];
        dispatch!(level, simd => classify_group(simd, group, &mut masks));
        for marks in &masks[..group.len().div_ceil(64)] {
            let mut candidates = marks.quotes | marks.ends & may_end_a_line(before, *marks);
            while candidates != 0 {
                let bit = candidates.trailing_zeros();
                candidates &= candidates - 1;
                let place = at + bit as usize;
                if marks.ends >> bit & 1 == 1 {
                    tell(Break::Line(place));
                } else if bytes.get(place + 1).is_some_and(|&next| may_follow(next)) {
                    tell(Break::Quote(place));
                }
            }
            before = Some(*marks);
            at += 64;
        }
    }
}

/// The places behind four characters of base64, four bytes apart, or behind four bytes in a row that may end such a line.
fn may_end_a_line(before: Option<Marks>, marks: Marks) -> u64 {
    let Some(before) = before else { return u64::MAX };
    let behind = |old: u64, new: u64, far: u32| ((u128::from(new) << 64 | u128::from(old)) >> (64 - far)) as u64;
    let is_word = [4, 8, 12, 16].iter().fold(u64::MAX, |all, &far| all & behind(before.words, marks.words, far));
    let is_core = (1..=4).fold(0, |any, far| any | behind(before.cores, marks.cores, far));
    is_word | !is_core
}

#[inline(always)]
fn classify_group<S: Simd>(simd: S, bytes: &[u8], masks: &mut [Marks; GROUP]) {
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

#[inline(always)]
fn classify<S: Simd>(simd: S, block: &[u8; 64]) -> Marks {
    let (bytes, all) = (u8x64::from_slice(simd, block), |byte| u8x64::splat(simd, byte));
    let is_letter = ((bytes | all(0x20)) - all(b'a')).simd_lt(all(26));
    // `/` is the neighbour of the digits.
    let is_word = is_letter | (bytes - all(b'/')).simd_lt(all(11));
    let is_signed = is_word | bytes.simd_eq(all(b'-')) | bytes.simd_eq(all(b'_'));
    let is_end = bytes.simd_eq(all(b'\n'));
    let is_brace = (bytes - all(b'{')).simd_lt(all(3)) | bytes.simd_eq(all(b'('));
    let is_quote = bytes.simd_eq(all(b'"')) | bytes.simd_eq(all(b'\'')) | bytes.simd_eq(all(b'`'));
    Marks {
        quotes: is_quote.to_bitmask(),
        ends: is_end.to_bitmask(),
        words: (is_signed | bytes.simd_eq(all(b'+'))).to_bitmask(),
        cores: (is_signed | is_end | is_brace).to_bitmask(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn nothing_that_may_be_a_break_is_left_out(
            text in "([a-zA-Z0-9+/_=-]{0,90}|[ \t\"'`.&+\\\\]{0,9}|\n){0,40}", start: proptest::sample::Index
        ) {
            let bytes = text.as_bytes();
            let range = Span::new(start.index(bytes.len() + 1), bytes.len());
            let mut told = Vec::new();
            each(bytes, range, |found| told.push(found));
            let mut line = range.start;
            for at in range.start..range.end {
                let is_quote = b"\"'`".contains(&bytes[at]) && bytes.get(at + 1).is_some_and(|&next| may_follow(next));
                proptest::prop_assert_eq!(told.contains(&Break::Quote(at)), is_quote);
                if bytes[at] == b'\n' {
                    if super::super::broken::may_begin(&bytes[line..at]) {
                        proptest::prop_assert!(told.contains(&Break::Line(at)), "{:?}", &text[line..at]);
                    }
                    line = at + 1;
                }
            }
        }
    }
}
