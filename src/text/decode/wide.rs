//! Text in UTF-16 and UTF-32, as whole files, behind other data or inside binaries, with or without a byte order mark.
//!
//! Found by the zero bytes between its characters, which text of any other encoding does not hold: it costs nothing on
//! source code. At least eight ASCII characters in a row begin a run; others may follow.

use super::look::is_printable;
use super::map::Writer;
use super::{Layer, Output};
use crate::model::Span;

/// The shortest run, in characters.
const SHORTEST: usize = 8;

/// So many characters beyond ASCII in a row end a run.
const FOREIGN: usize = 16;

/// More zeros than this in a row stand between no two characters.
const LONGEST_ZEROS: usize = 4;

/// A long run is decoded in parts of this many bytes, which overlap by [`OVERLAP`]. Multiples of four.
const PART: usize = 4 << 20;
const OVERLAP: usize = 64 << 10;

/// Unit size and byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Encoding {
    name: &'static str,
    size: usize,
    is_big: bool,
}

impl Encoding {
    const fn new(size: usize, is_big: bool) -> Self {
        let name = match (size, is_big) {
            (2, false) => "utf-16le",
            (2, true) => "utf-16be",
            (_, false) => "utf-32le",
            (_, true) => "utf-32be",
        };
        Self { name, size, is_big }
    }

    /// The unit at `at`.
    fn unit(self, bytes: &[u8], at: usize) -> Option<u32> {
        let unit = bytes.get(at..at.checked_add(self.size)?)?;
        let add = |value: u32, byte: &u8| value << 8 | u32::from(*byte);
        Some(if self.is_big { unit.iter().fold(0, add) } else { unit.iter().rev().fold(0, add) })
    }

    /// The character at `at`, and how many bytes it takes.
    fn character(self, bytes: &[u8], at: usize) -> Option<(char, usize)> {
        let unit = self.unit(bytes, at)?;
        if self.size == 2 && (0xd800..0xdc00).contains(&unit) {
            let low = self.unit(bytes, at + 2).filter(|low| (0xdc00..0xe000).contains(low))?;
            let code = 0x10000 + ((unit - 0xd800) << 10 | (low - 0xdc00));
            return char::from_u32(code).map(|character| (character, 4));
        }
        char::from_u32(unit).map(|character| (character, self.size))
    }

    /// The character that ends at `at`, and how many bytes it takes.
    fn character_before(self, bytes: &[u8], at: usize) -> Option<(char, usize)> {
        let start = at.checked_sub(self.size)?;
        let is_low = self.size == 2 && self.unit(bytes, start).is_some_and(|unit| (0xdc00..0xe000).contains(&unit));
        self.character(bytes, if is_low { start.checked_sub(2)? } else { start })
            .filter(|&(_, len)| is_low == (len > self.size))
    }

    /// Numbers the encodings.
    fn number(self) -> usize {
        self.size & 2 | usize::from(self.is_big)
    }

    /// Says whether an ASCII character that belongs to text stands at `at`.
    fn is_ascii(self, bytes: &[u8], at: usize) -> bool {
        self.unit(bytes, at).is_some_and(|unit| unit < 0x7f && is_printable(unit as u8))
    }
}

/// How far each encoding has been followed, in each of the places that its characters can begin at.
#[derive(Debug, Default)]
pub(super) struct Followed {
    /// Zeros before this stand among characters that have been judged.
    judged: usize,
    done: [[usize; 4]; 4],
}

/// Decodes the runs that touch `range`; ranges must come in order.
pub(super) fn layers(bytes: &[u8], range: Span, followed: &mut Followed, output: &mut Output<'_, '_>) {
    // A few characters before and after, for runs that begin or end at the edge.
    let range = range.widened(SHORTEST * 4, bytes.len());
    let mut at = range.start.max(followed.judged);
    at -= zeros_before(bytes, at);
    while at < range.end
        && let Some(found) = memchr::memchr(0, &bytes[at..range.end])
    {
        let zero = at + found;
        // Data is full of zeros that stand among no characters.
        let blocks = bytes[zero..].windows(BLOCK + AHEAD).step_by(BLOCK);
        let barren = blocks.take_while(|block| !may_hold_text(block)).count();
        if barren > 0 {
            at = zero + barren * BLOCK;
            at -= zeros_before(bytes, at);
            continue;
        }
        let zeros = count_zeros(&bytes[zero..bytes.len().min(range.end + LONGEST_ZEROS)]);
        at = zero + zeros;
        let (size, last) = match zeros {
            1 => (2, zero),
            3 => (4, zero + 2),
            // The sixteenth bits of a character beyond ASCII and of one within, or a run's edge: the next zero tells.
            _ => continue,
        };
        if last < followed.judged || !is_text_between(bytes, zero, last + 1, size) {
            continue;
        }
        for (encoding, core) in cores(bytes, zero, last + 1, size).into_iter().flatten() {
            followed.judged = followed.judged.max(core.end);
            at = at.max(core.end.min(range.end));
            let done = &mut followed.done[encoding.number()][core.start % size];
            if core.start >= *done {
                let run = extend(bytes, core, encoding);
                *done = run.end;
                push(bytes, run, encoding, output);
            }
        }
    }
}

/// Bytes that are judged at once, and those behind them that are read with them.
const BLOCK: usize = 64;
const AHEAD: usize = 6;

/// Says whether one of the first bytes of a block begins what every run holds, whichever way it is cut in two: a zero, a
/// character, a zero, a character and a zero; or three zeros, a character and three zeros.
fn may_hold_text(block: &[u8]) -> bool {
    let Some(block) = block.first_chunk::<{ BLOCK + AHEAD }>() else { return true };
    let mut any = 0;
    for at in 0..BLOCK {
        let zero = |ahead: usize| u8::from(block[at + ahead] == 0);
        let text = |ahead: usize| u8::from(block[at + ahead].wrapping_sub(b'\t') <= b'~' - b'\t');
        let ends = zero(0) & zero(2) & zero(4) & text(3);
        any |= ends & (text(1) | zero(1) & zero(5) & zero(6));
    }
    any != 0
}

/// How many zeros stand before `at`, as far as they count.
fn zeros_before(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rev().take(LONGEST_ZEROS).take_while(|&&byte| byte == 0).count()
}

fn count_zeros(bytes: &[u8]) -> usize {
    let (blocks, _) = bytes.as_chunks::<64>();
    let zeros = blocks.iter().take_while(|block| block.iter().fold(0, |all, byte| all | byte) == 0).count() * 64;
    zeros + bytes[zeros..].iter().take_while(|&&byte| byte == 0).count()
}

/// The cheap test: text beside the zeros `start..end`, and again zeros at the right distance.
fn is_text_between(bytes: &[u8], start: usize, end: usize, size: usize) -> bool {
    let text = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(|&byte| is_printable(byte));
    let zero = |at: Option<usize>| at.and_then(|at| bytes.get(at)) == Some(&0);
    let before = text(start.checked_sub(1)) && zero(start.checked_sub(size));
    let after = text(Some(end)) && zero(Some(start + size));
    before || after
}

/// The ASCII characters around the zeros `start..end`, in the byte order that makes them more. Where another text stands
/// beside them, both can be as many and differ by a character at the ends: each is decoded. The zeros may belong to the
/// character on either side, so that every zero among the same characters gives the same answer.
fn cores(bytes: &[u8], start: usize, end: usize, size: usize) -> [Option<(Encoding, Span)>; 2] {
    let (little, big) = (Encoding::new(size, false), Encoding::new(size, true));
    let candidates =
        [(little, [end.checked_sub(size), Some(end)]), (big, [Some(start), (start + 1).checked_sub(size + 1)])];
    let cores = candidates.map(|(encoding, places)| {
        let at = places.into_iter().flatten().find(|&at| encoding.is_ascii(bytes, at))?;
        Some((encoding, ascii_run(bytes, at, encoding)?))
    });
    let longest = cores.iter().flatten().map(|(_, core)| core.len()).max();
    cores.map(|core| core.filter(|(_, core)| Some(core.len()) == longest))
}

/// The ASCII characters around `at`, if they are enough.
fn ascii_run(bytes: &[u8], at: usize, encoding: Encoding) -> Option<Span> {
    let (mut start, mut end) = (at, at);
    while let Some(before) = start.checked_sub(encoding.size).filter(|&before| encoding.is_ascii(bytes, before)) {
        start = before;
    }
    while encoding.is_ascii(bytes, end) {
        end += encoding.size;
    }
    (end - start >= SHORTEST * encoding.size).then(|| Span::new(start, end))
}

/// Adds what stands before and follows: more ASCII, with short stretches of other characters between.
fn extend(bytes: &[u8], core: Span, encoding: Encoding) -> Span {
    let (mut start, mut at, mut foreign) = (core.start, core.start, 0);
    while let Some((character, len)) = encoding.character_before(bytes, at)
        && goes_on(character, &mut foreign)
    {
        at -= len;
        start = if foreign == 0 { at } else { start };
    }
    let (mut end, mut at, mut foreign) = (core.end, core.end, 0);
    while let Some((character, len)) = encoding.character(bytes, at)
        && goes_on(character, &mut foreign)
    {
        at += len;
        end = if foreign == 0 { at } else { end };
    }
    Span::new(start, end)
}

/// Counts the characters beyond ASCII in a row; says no to one too many, and to whatever belongs to no text.
fn goes_on(character: char, foreign: &mut usize) -> bool {
    if character.is_ascii() && is_printable(character as u8) {
        *foreign = 0;
        return true;
    }
    *foreign += 1;
    *foreign <= FOREIGN && !character.is_control()
}

fn push(bytes: &[u8], run: Span, encoding: Encoding, output: &mut Output<'_, '_>) {
    let (mut start, whole) = (run.start, bytes.len());
    loop {
        if !output.affords(PART.min(run.end - start) / encoding.size) {
            return;
        }
        let mut writer = Writer::default();
        let mut at = start;
        while at < run.end.min(start + PART)
            && let Some((character, len)) = encoding.character(bytes, at)
        {
            writer.replace(at, len, character.encode_utf8(&mut [0; 4]).as_bytes());
            at += len;
        }
        let span = Span::new(start, at);
        let (bytes, map) = writer.finish(span);
        let context = run.widened((FOREIGN + 1) * 4, whole);
        output.push(Layer { kind: encoding.name, bytes, span, context, map });
        if at >= run.end || span.is_empty() {
            return;
        }
        start = at - OVERLAP;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_block_is_passed_over_in_which_a_run_goes_on(
            text in "[ -~]{8,40}", size in prop::sample::select(vec![2_usize, 4]), is_big: bool, lead in 0..200_usize, from in 0..200_usize,
        ) {
            let mut bytes = vec![0xff; lead];
            for character in text.bytes() {
                let zeros = vec![0; size - 1];
                bytes.extend(if is_big { [zeros, vec![character]].concat() } else { [vec![character], zeros].concat() });
            }
            bytes.extend([0xff; BLOCK + AHEAD]);
            // However blocks fall, one of those that hold a part of it is looked at.
            let run = Span::new(lead, lead + text.len() * size);
            let blocks = bytes.windows(BLOCK + AHEAD).enumerate().skip(from.min(lead)).step_by(BLOCK);
            let touching = blocks.filter(|(at, _)| Span::new(*at, at + BLOCK).overlaps(run));
            prop_assert!(touching.into_iter().any(|(_, block)| may_hold_text(block)));
        }
    }
}
