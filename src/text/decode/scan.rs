//! One pass over all bytes: finds long runs of word characters, and the marks that may begin an escape.
//!
//! This is the only code that looks at every byte. It classifies 64 bytes at a time into bit masks, and must not branch on
//! single bytes. Of the marks, most are quotes that nothing follows, and percent and equals signs of programs: these are left
//! out, a whole mask at a time. Too many may be reported, never too few.

use fearless_simd::{Level, Simd, dispatch};

use crate::model::Span;
use crate::text::classes::{Classes, before, behind, run_through};

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
    let mut runs = RunFinder { previous: 0, base: start, done: 0 };
    let level = Level::new();
    let mut blocks = [Block::default(); GROUP];
    // What stands before the first byte may be anything.
    let mut carry = Carry { edge: true, ..Carry::default() };
    let mut at = start;
    while at < end {
        let count = (end - at).div_ceil(64).min(GROUP);
        dispatch!(level, simd => classify(simd, &bytes[at..], &mut blocks[..count], &mut carry));
        for block in &blocks[..count] {
            let words = if end - at < 64 { block.words & ((1 << (end - at)) - 1) } else { block.words };
            runs.push(words, bytes, range, report);
            let mut marks = block.marks;
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
const GROUP: usize = 64;
/// A seam between two literals ends in one of so many blocks behind the one that it begins in.
const AHEAD: usize = 4;

/// The core characters of a block, and the marks.
#[derive(Debug, Clone, Copy, Default)]
struct Block {
    words: u64,
    marks: u64,
}

/// What the end of a block says of the next one.
#[derive(Debug, Clone, Copy, Default)]
struct Carry {
    /// Its last byte may stand beside a seam, is a quote behind such a byte, belongs to a seam.
    edge: bool,
    quote: bool,
    seam: bool,
}

static WORDS: Classes = Classes::new(&[
    b"0123456789/abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    b"\"'`",
    // What may stand between two literals: blanks and operators.
    b" \t\n\r+.&~|<>^\\_",
    // What a comment or another literal may begin with.
    b"/#-\"'`",
    // The prefix of a literal.
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@$",
    // What no literal that is joined ends with.
    b"\0\t\n\r \"'(),;<>[\\]`{}",
    // Marks that are looked at one by one.
    b"\\&",
    b"}",
]);

static SIGNS: Classes = Classes::new(&[b"%", b"=", b"$", b"0123456789abcdefABCDEF", b"\r\n", b"uU", b"{"]);

/// The masks of a block.
struct Masks {
    words: [u64; 8],
    signs: [u64; 7],
}

impl Masks {
    /// Of the block with a number; what a text lacks counts as zeros.
    #[inline(always)]
    fn of<S: Simd>(simd: S, text: &[u8], number: usize) -> Self {
        let text = text.get(64 * number..).unwrap_or_default();
        let mut block = [0; 64];
        match text.first_chunk() {
            Some(whole) => block = *whole,
            None => block[..text.len()].copy_from_slice(text),
        }
        Self { words: WORDS.masks(simd, &block), signs: SIGNS.masks(simd, &block) }
    }

    /// The quotes that may end a literal, and whether a seam behind one leads to what may be another.
    #[inline(always)]
    fn literals(&self, next: &Self, carry: &mut Carry) -> (u64, bool) {
        let [_, quotes, seams, beginnings, prefixes, apart, ..] = self.words;
        let closing = quotes & behind(!apart, &mut carry.edge);
        let reached = run_through(seams, behind(closing, &mut carry.quote), &mut carry.seam);
        let is_prefix = before(quotes, next.words[1], 1) | before(quotes, next.words[1], 2);
        (closing, reached & (beginnings | prefixes & is_prefix) != 0)
    }

    /// The other marks.
    #[inline(always)]
    fn others(&self, next: &Self) -> u64 {
        let [percents, equals, dollars, digits, ends, letters, braces] = self.signs;
        let before = |index: usize, mask: u64, far: u32| before(mask, next.signs[index], far);
        let is_number = before(3, digits, 1) & before(3, digits, 2);
        self.words[6]
            | percents & (is_number | before(5, letters, 1))
            | equals & (is_number | before(4, ends, 1))
            | dollars & before(6, braces, 1)
    }
}

/// Classifies the first blocks of a text.
#[inline(always)]
fn classify<S: Simd>(simd: S, text: &[u8], blocks: &mut [Block], carry: &mut Carry) {
    let count = blocks.len();
    let mut closings = [0; GROUP];
    // In which blocks something is arrived at, a bit for each.
    let mut arrivals = 0_u128;
    let mut masks = Masks::of(simd, text, 0);
    for (number, (block, closing)) in blocks.iter_mut().zip(&mut closings).enumerate() {
        let next = Masks::of(simd, text, number + 1);
        let (quotes, has_arrived) = masks.literals(&next, carry);
        let in_template = before(masks.words[7], next.words[7], 1);
        *block = Block { words: masks.words[0], marks: masks.others(&next) | quotes & in_template };
        *closing = quotes;
        arrivals |= u128::from(has_arrived) << number;
        masks = next;
    }
    let mut open = *carry;
    for number in count..count + AHEAD {
        if !open.quote && !open.seam {
            break;
        }
        let next = Masks::of(simd, text, number + 1);
        arrivals |= u128::from(masks.literals(&next, &mut open).1) << number;
        masks = next;
    }
    for (number, (block, closing)) in blocks.iter_mut().zip(closings).enumerate() {
        let is_near = arrivals >> number & ((2 << AHEAD) - 1) != 0;
        block.marks |= if is_near { closing } else { 0 };
    }
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
