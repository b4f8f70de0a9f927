//! One pass over all bytes: finds long runs of word characters, and the marks that may begin an escape.
//!
//! This is the only code that looks at every byte. It classifies 64 bytes at a time into bit masks, in a form that the
//! compiler turns into vector instructions, and must not branch on single bytes.

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

fn is_mark(byte: u8) -> bool {
    // `$`, `%`, `&` and `'` are neighbours.
    (byte & 0xfc == b'$') | (byte == b'"') | (byte == b'=') | (byte == b'\\') | (byte == b'`')
}

/// Says whether `mark` and the byte after it can be the beginning of anything: seldom, in source code.
fn promises(mark: u8, next: u8) -> bool {
    /// Which marks a byte is, and which it may follow, in bits.
    const TABLE: [(u8, u8); 256] = {
        let followers: [&[u8]; 8] = [
            b"uUx0123nrt/\"'`\\\n\r",
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
    let mut runs = RunFinder { previous: 0, base: start, done: 0 };
    let mut at = start;
    let mut tail = [0; 64];
    while at < end {
        let block: &[u8; 64] = match bytes[at..end].first_chunk() {
            Some(block) => block,
            None => {
                tail[..end - at].copy_from_slice(&bytes[at..end]);
                &tail
            }
        };
        let (words, mut marks) = classify(block);
        runs.push(words, bytes, range, report);
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
    runs.push(0, bytes, range, report);
}

/// The masks of the core characters and of the marks in a block.
fn classify(block: &[u8; 64]) -> (u64, u64) {
    let (mut words, mut marks) = ([0; 64], [0; 64]);
    for (index, &byte) in block.iter().enumerate() {
        let bit = 1 << (index % 8);
        words[index] = if is_core(byte) { bit } else { 0 };
        marks[index] = if is_mark(byte) { bit } else { 0 };
    }
    (pack(&words), pack(&marks))
}

/// Packs 64 bytes, of which each holds a bit of its own of eight or none, into 64 bits.
fn pack(bits: &[u8; 64]) -> u64 {
    let mut mask = [0; 8];
    for (mask, eight) in mask.iter_mut().zip(bits.as_chunks::<8>().0) {
        *mask = eight.iter().fold(0_u8, |sum, &bit| sum.wrapping_add(bit));
    }
    u64::from_le_bytes(mask)
}

/// Finds runs in the masks of successive blocks, one block late, so that runs over an edge are whole.
struct RunFinder {
    previous: u64,
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
        if !has_full_byte(previous) && !has_full_byte(words) {
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
    bytes[..at].iter().rposition(|&byte| !is_word(byte)).map_or(0, |before| before + 1)
}

/// The end of the word characters that begin at `at`.
pub(super) fn word_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|&byte| !is_word(byte)).map_or(bytes.len(), |len| at + len)
}
