//! One pass over all bytes: finds long runs of word characters, and the marks that may begin an escape.
//!
//! This is the only code that looks at every byte. It classifies 64 bytes at a time into bit masks, in a form that the
//! compiler turns into vector instructions, and must not branch on single bytes.

use fearless_simd::{Level, Simd, SimdBase, SimdMask, dispatch, u8x64};

use crate::model::Span;

/// What the pass found.
pub(super) enum Event {
    /// A maximal run of characters of the base64 alphabets, with at least [`RUN`] letters, digits or slashes in a row.
    Run(Span),
    /// The place of one of [`MARKS`], and a byte after it that makes sense.
    Mark(usize),
}

/// The shortest run that is looked at: twelve bytes in base64.
pub(super) const RUN: usize = 16;

/// Characters of the base64 alphabets, which include those of hexadecimal numbers.
pub(super) fn is_word(byte: u8) -> bool {
    is_core(byte) || matches!(byte, b'+' | b'-' | b'_')
}

/// Letters, digits and `/`, their neighbour: text in base64 hardly ever holds anything else, names in source code do.
fn is_core(byte: u8) -> bool {
    ((byte | 0x20).wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'/') < 11)
}

/// Characters that begin an escape, or end one of two literals that are to be joined.
pub(super) const MARKS: [u8; 8] = *b"\\%&=\"'`$";

/// Says whether `mark` and the byte after it can be the beginning of anything: seldom, in source code.
fn promises(mark: u8, next: u8) -> bool {
    /// Which marks a byte is, and which it may follow, in bits.
    const TABLE: [(u8, u8); 256] = {
        let followers: [&[u8]; 8] = [
            b"uUx0123nrt/\"'`\\\n\r_",
            b"uU0123456789abcdefABCDEF",
            b"#abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
            b"\n\r0123456789abcdefABCDEF",
            b" \t\n\r+.&~|<^\\\"'`}",
            b" \t\n\r+.&~|<^\\\"'`}",
            b" \t\n\r+.&~|<^\\\"'`}",
            b"{",
        ];
        let mut table = [(0, 0); 256];
        let mut mark = 0;
        while mark < MARKS.len() {
            table[MARKS[mark] as usize].0 |= 1 << mark;
            let mut index = 0;
            while index < followers[mark].len() {
                table[followers[mark][index] as usize].1 |= 1 << mark;
                index += 1;
            }
            mark += 1;
        }
        table
    };
    TABLE[usize::from(mark)].0 & TABLE[usize::from(next)].1 != 0
}

/// Reports the runs that touch `range` and the marks in it. A run is reported in its full length even where it leaves
/// the range.
pub(super) fn walk(bytes: &[u8], range: Span, report: &mut impl FnMut(Event)) {
    let start = range.start.saturating_sub(RUN);
    let end = range.end.saturating_add(RUN).min(bytes.len());
    let mut runs = RunFinder { previous: 0, was_full: false, base: start, done: 0 };
    let level = Level::new();
    let mut masks = [Masks::default(); GROUP];
    let mut at = start;
    while at < end {
        let group = &bytes[at..end.min(at + 64 * GROUP)];
        dispatch!(level, simd => classify_group(simd, group, &mut masks));
        for block in &masks[..group.len().div_ceil(64)] {
            runs.push(block.core, bytes, range, report);
            let mut marks = block.marks();
            while marks != 0 {
                let mark = at + marks.trailing_zeros() as usize;
                marks &= marks - 1;
                if bytes.get(mark + 1).is_some_and(|&next| promises(bytes[mark], next))
                    && range.start <= mark
                    && mark < range.end
                {
                    report(Event::Mark(mark));
                }
            }
            at += 64;
        }
    }
    runs.push(0, bytes, range, report);
}

/// So many blocks are classified at once.
const GROUP: usize = 16;

/// The masks of successive blocks; what a last block lacks counts as zeros.
#[inline(always)]
fn classify_group<S: Simd>(simd: S, bytes: &[u8], masks: &mut [Masks; GROUP]) {
    let (blocks, rest) = bytes.as_chunks();
    for (mask, block) in masks.iter_mut().zip(blocks) {
        *mask = classify(simd, block);
    }
    if let Some(mask) = masks.get_mut(blocks.len()).filter(|_| !rest.is_empty()) {
        let mut block = [0; 64];
        block[..rest.len()].copy_from_slice(rest);
        *mask = classify(simd, &block);
    }
}

/// The masks of a block. They are combined elsewhere: here the compiler would take them apart again.
#[inline(always)]
fn classify<S: Simd>(simd: S, block: &[u8; 64]) -> Masks {
    let (bytes, all) = (u8x64::from_slice(simd, block), |byte| u8x64::splat(simd, byte));
    let is_letter = ((bytes | all(0x20)) - all(b'a')).simd_lt(all(26));
    let is_core = is_letter | (bytes - all(b'/')).simd_lt(all(11));
    let is_quote = bytes.simd_eq(all(b'"')) | bytes.simd_eq(all(b'\'')) | bytes.simd_eq(all(b'`'));
    // `$`, `%` and `&` are neighbours of `'`, which is a quote.
    let is_sign = (bytes & all(0xfc)).simd_eq(all(b'$')) | bytes.simd_eq(all(b'\\'));
    Masks {
        core: is_core.to_bitmask(),
        quote: is_quote.to_bitmask(),
        sign: is_sign.to_bitmask(),
        equals: bytes.simd_eq(all(b'=')).to_bitmask(),
        blank: bytes.simd_lt(all(b'!')).to_bitmask(),
        low: bytes.simd_lt(all(0x10)).to_bitmask(),
    }
}

/// What the bytes of a block are, a bit for each.
#[derive(Debug, Clone, Copy, Default)]
struct Masks {
    core: u64,
    quote: u64,
    /// `$`, `%`, `&` and `\\`; also `'`.
    sign: u64,
    equals: u64,
    /// Space and control characters.
    blank: u64,
    /// Line breaks and tabs among them.
    low: u64,
}

impl Masks {
    /// The marks that may promise something: most are told by the byte beside them; where that stands in another block,
    /// [`promises`] decides.
    fn marks(&self) -> u64 {
        let quote = self.quote & !(self.core >> 1) & !(self.blank << 1);
        let equals = self.equals & ((self.core | self.low) >> 1 | 1 << 63);
        self.sign & !self.quote | quote | equals
    }
}

/// Finds runs in the masks of successive blocks, one block late, so that runs over an edge are whole.
struct RunFinder {
    previous: u64,
    /// The mask of the block before has a whole byte.
    was_full: bool,
    /// Where the block before the one to come begins.
    base: usize,
    /// End of the last run.
    done: usize,
}

impl RunFinder {
    #[inline]
    fn push(&mut self, words: u64, bytes: &[u8], range: Span, report: &mut impl FnMut(Event)) {
        let previous = std::mem::replace(&mut self.previous, words);
        // Before the first block there is none, and no bit is set.
        let base = self.base.wrapping_sub(64);
        self.base += 64;
        // Most blocks can be passed over: a run holds a whole byte of the mask.
        let is_full = has_full_byte(words);
        if !std::mem::replace(&mut self.was_full, is_full) && !is_full {
            return;
        }
        let both = u128::from(words) << 64 | u128::from(previous);
        // After this a bit says that it and the fifteen above it were set.
        let mut starts = [1, 2, 4, 8].iter().fold(both, |long, shift| long & long >> shift) as u64;
        while starts != 0 {
            let bit = starts.trailing_zeros();
            let at = base.wrapping_add(bit as usize);
            let ones = (!(both >> bit)).trailing_zeros();
            if at >= self.done {
                let end = word_end(bytes, (at + ones as usize).min(bytes.len()));
                let run = Span::new(word_start(bytes, at), end);
                self.done = run.end;
                if run.start <= range.end && range.start <= run.end {
                    report(Event::Run(run));
                }
            }
            // What has been seen of the run, and the bits above it that could not be the first of a run.
            starts &= u64::MAX.checked_shl(bit + ones).unwrap_or(0);
        }
    }
}

/// Says whether one of the eight bytes is 255.
fn has_full_byte(mask: u64) -> bool {
    (!mask).wrapping_sub(0x0101_0101_0101_0101) & mask & 0x8080_8080_8080_8080 != 0
}

/// The start of the word characters that end at `at`.
pub(super) fn word_start(bytes: &[u8], at: usize) -> usize {
    let mut start = at;
    while let Some(chunk) = bytes[..start].last_chunk::<CHUNK>()
        && are_words(chunk)
    {
        start -= CHUNK;
    }
    bytes[..start].iter().rposition(|&byte| !is_word(byte)).map_or(0, |before| before + 1)
}

/// The end of the word characters that begin at `at`.
pub(super) fn word_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while let Some(chunk) = bytes[end..].first_chunk::<CHUNK>()
        && are_words(chunk)
    {
        end += CHUNK;
    }
    bytes[end..].iter().position(|&byte| !is_word(byte)).map_or(bytes.len(), |len| end + len)
}

/// Runs may be long: so many bytes are asked at once.
const CHUNK: usize = 32;

/// Without a branch on each byte.
fn are_words(chunk: &[u8; CHUNK]) -> bool {
    chunk.iter().fold(true, |all, &byte| all & (is_core(byte) | (byte == b'+') | (byte == b'-') | (byte == b'_')))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_end_where_their_characters_do(text in "[a-z+/_ -]{0,40}[a-zA-Z0-9]{0,200}[. ]?[a-z]{0,40}", at in 0..300_usize) {
            let bytes = text.as_bytes();
            let at = at.min(bytes.len());
            let mut end = at;
            while end < bytes.len() && is_word(bytes[end]) {
                end += 1;
            }
            let mut start = at;
            while start > 0 && is_word(bytes[start - 1]) {
                start -= 1;
            }
            prop_assert_eq!((word_start(bytes, at), word_end(bytes, at)), (start, end));
        }
    }
}
