//! One pass over all bytes: finds long runs of word characters, and the marks that may begin an escape.
//!
//! This is the only code that looks at every byte. It classifies 64 bytes at a time into bit masks, in a form that the
//! compiler turns into vector instructions, and must not branch on single bytes.

use crate::model::Span;

/// What the pass found.
pub(super) enum Event {
    /// A maximal run of at least [`RUN`] characters of the base64 alphabets.
    Run(Span),
    /// The place of a character for which [`is_mark`] is true.
    Mark(usize),
}

/// The shortest run that is looked at: twelve bytes in base64.
pub(super) const RUN: usize = 16;

/// Characters of the base64 alphabets, which include those of hexadecimal numbers.
pub(super) fn is_word(byte: u8) -> bool {
    let lower = byte | 0x20;
    (lower.wrapping_sub(b'a') < 26) | (byte.wrapping_sub(b'/') < 11) | (byte == b'+') | (byte == b'-') | (byte == b'_')
}

/// Characters that begin an escape, or end one of two literals that are to be joined.
pub(super) fn is_mark(byte: u8) -> bool {
    (byte == b'\\')
        | (byte == b'%')
        | (byte == b'&')
        | (byte == b'=')
        | (byte == b'"')
        | (byte == b'\'')
        | (byte == b'`')
        | (byte == b'$')
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
            if range.start <= mark && mark < range.end {
                report(Event::Mark(mark));
            }
        }
        at += 64;
    }
    runs.push(0, bytes, range, report);
}

/// The masks of the word characters and of the marks in a block.
fn classify(block: &[u8; 64]) -> (u64, u64) {
    let (mut words, mut marks) = ([0; 64], [0; 64]);
    for (index, &byte) in block.iter().enumerate() {
        words[index] = u8::from(is_word(byte));
        marks[index] = u8::from(is_mark(byte));
    }
    (pack(&words), pack(&marks))
}

/// Packs 64 bytes of 0 or 1 into 64 bits: the product moves the lowest bit of each byte into the highest byte.
fn pack(flags: &[u8; 64]) -> u64 {
    let mut mask = 0;
    for (index, eight) in flags.as_chunks::<8>().0.iter().enumerate() {
        let bits = u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask |= bits << (index * 8);
    }
    mask
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
    fn push(&mut self, words: u64, bytes: &[u8], range: Span, report: &mut impl FnMut(Event)) {
        let mut long = u128::from(words) << 64 | u128::from(self.previous);
        // After this a bit says that it and the fifteen above it were set.
        for shift in [1, 2, 4, 8] {
            long &= long >> shift;
        }
        let mut starts = long as u64;
        self.previous = words;
        // The first call has no block before it.
        let base = self.base.wrapping_sub(64);
        self.base += 64;
        while starts != 0 {
            let at = base.wrapping_add(starts.trailing_zeros() as usize);
            if at >= self.done {
                let run = maximal(bytes, at);
                self.done = run.end;
                if run.start < range.end.saturating_add(1) && range.start < run.end.saturating_add(1) {
                    report(Event::Run(run));
                }
            }
            let seen = self.done.saturating_sub(base);
            starts &= if seen < 64 { u64::MAX << seen } else { 0 };
        }
    }
}

/// The whole run of word characters around `at`.
fn maximal(bytes: &[u8], at: usize) -> Span {
    let start = bytes[..at].iter().rposition(|&byte| !is_word(byte)).map_or(0, |before| before + 1);
    Span::new(start, word_end(bytes, at))
}

/// The end of the word characters that begin at `at`.
pub(super) fn word_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|&byte| !is_word(byte)).map_or(bytes.len(), |len| at + len)
}
