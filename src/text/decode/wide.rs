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

    /// Says whether an ASCII character that belongs to text stands at `at`.
    fn is_ascii(self, bytes: &[u8], at: usize) -> bool {
        self.unit(bytes, at).is_some_and(|unit| unit < 0x7f && is_printable(unit as u8))
    }
}

/// Decodes the runs that touch `range`.
pub(super) fn layers(bytes: &[u8], range: Span, output: &mut Output<'_, '_>) {
    // One character before and after, for runs that begin or end at the edge.
    let range = range.widened(SHORTEST * 4, bytes.len());
    let mut at = range.start;
    let mut done = 0;
    while let Some(found) = memchr::memchr(0, &bytes[at..range.end]) {
        let zero = at + found;
        let zeros = count_zeros(&bytes[zero..range.end]);
        at = zero + zeros;
        let (size, last) = match zeros {
            1 => (2, zero),
            3 => (4, zero + 2),
            // The sixteenth bits of a character beyond ASCII and of one within, or a run's edge: the next zero tells.
            _ => continue,
        };
        if last < done || !is_text_between(bytes, zero, last + 1, size) {
            continue;
        }
        for (encoding, run) in runs(bytes, zero, last + 1, size).into_iter().flatten() {
            done = done.max(run.end);
            at = at.max(run.end.min(range.end));
            push(bytes, run, encoding, output);
        }
    }
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

/// The run around the zeros `start..end`, in the byte order that makes it longer. Where another text stands beside it, both
/// can be as long and differ by a character at the ends: each is decoded, for nothing but the run itself may decide, and
/// least of all its place in a text that grows.
fn runs(bytes: &[u8], start: usize, end: usize, size: usize) -> [Option<(Encoding, Span)>; 2] {
    let candidates = [(Encoding::new(size, false), end.checked_sub(size)), (Encoding::new(size, true), Some(start))];
    let cores = candidates.map(|(encoding, at)| Some((encoding, ascii_run(bytes, at?, encoding)?)));
    let longest = cores.iter().flatten().map(|(_, core)| core.len()).max();
    cores.map(|core| {
        let (encoding, core) = core.filter(|(_, core)| Some(core.len()) == longest)?;
        Some((encoding, extend(bytes, core, encoding)))
    })
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

/// Adds what follows: more ASCII, with short stretches of other characters between.
fn extend(bytes: &[u8], core: Span, encoding: Encoding) -> Span {
    let (mut end, mut at, mut foreign) = (core.end, core.end, 0);
    while let Some((character, len)) = encoding.character(bytes, at) {
        at += len;
        if character.is_ascii() && is_printable(character as u8) {
            (end, foreign) = (at, 0);
        } else {
            foreign += 1;
            if foreign > FOREIGN || character.is_control() {
                break;
            }
        }
    }
    Span::new(core.start, end)
}

fn push(bytes: &[u8], run: Span, encoding: Encoding, output: &mut Output<'_, '_>) {
    let mut start = run.start;
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
        output.push(Layer { kind: encoding.name, bytes, span, map });
        if at >= run.end || span.is_empty() {
            return;
        }
        start = at - OVERLAP;
    }
}
