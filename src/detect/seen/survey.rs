//! Cuts a text into pieces, and tells those that are new.

use fearless_simd::{Level, Simd, SimdBase, SimdMask, dispatch, u8x64};

use super::{Key, LAYER_MARGIN, MOST, Seen, add, multiply};
use crate::model::{Scope, Span};
use crate::rule::MARGIN;

/// A piece ends here at the latest, if no line ends where pieces may.
const LONGEST: usize = 1024;

/// What is looked for in a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// What the plain text holds.
    Plain,
    /// That, and what its encodings hold, for which more of the text around it matters.
    All,
}

impl Purpose {
    /// So many bytes matter on each side.
    const fn reach(self) -> usize {
        match self {
            Self::Plain => MARGIN,
            Self::All => LAYER_MARGIN,
        }
    }
}

/// The pieces of one text; used again for the next one.
#[derive(Debug, Default)]
pub(in crate::detect) struct Survey {
    pieces: Vec<Span>,
    /// The hash of all pieces of the region before each piece, and before its end.
    sums: Vec<u64>,
    /// Where in the pieces a region begins: pieces of one region stand side by side.
    regions: Vec<usize>,
    len: usize,
    /// The pieces that are new for each purpose.
    new: [Vec<Asked>; 2],
    /// Pieces in which nothing at all is.
    is_silent: Vec<bool>,
    answers: Vec<bool>,
}

/// A piece's number, and what it is known by with what is around it.
type Asked = (u32, Option<Key>);

impl Survey {
    /// Cuts what lies in `ranges`, which are sorted and disjoint, and `reach` bytes beside them.
    pub(super) fn take(&mut self, seen: &Seen, bytes: &[u8], ranges: &[Span], reach: usize) {
        self.pieces.clear();
        self.sums.clear();
        self.regions.clear();
        self.len = bytes.len();
        let mut ends = Ends::of(bytes);
        for range in ranges {
            let begin = boundary_before(bytes, boundary_before(bytes, range.start).saturating_sub(reach));
            let mut at = match self.pieces.last() {
                Some(last) if begin <= last.end => last.end,
                _ => {
                    self.regions.push(self.pieces.len());
                    begin
                }
            };
            let mut enough = None;
            while at < bytes.len() && enough.is_none_or(|enough| at < enough) {
                let end = ends.next(at);
                self.pieces.push(Span::new(at, end));
                at = end;
                if at >= range.end && enough.is_none() {
                    enough = Some(at + reach);
                }
            }
        }
        // One sum more than pieces in each region.
        for (index, first) in self.regions.iter().enumerate() {
            let end = self.regions.get(index + 1).map_or(self.pieces.len(), |next| *next);
            let mut sum = 0;
            self.sums.push(sum);
            for piece in &self.pieces[*first..end] {
                sum = seen.with(sum, seen.hash(piece.of(bytes)));
                self.sums.push(sum);
            }
        }
    }

    /// Asks which pieces in `ranges` are new; first for all that may be in them, then, for fewer ranges, for what the plain text
    /// holds: what is silent in all is silent in that.
    pub(super) fn ask(&mut self, seen: &Seen, ranges: &[Span], purpose: Purpose) {
        let Self { pieces, sums, regions, len, new, is_silent, answers } = self;
        if purpose == Purpose::All {
            is_silent.clear();
            is_silent.resize(pieces.len(), false);
        }
        let new = &mut new[purpose as usize];
        new.clear();
        let reach = purpose.reach();
        let mut wanted = ranges.iter().peekable();
        for (number, &begin) in regions.iter().enumerate() {
            let end = regions.get(number + 1).map_or(pieces.len(), |next| *next);
            let (pieces, sums) = (&pieces[begin..end], &sums[begin + number..]);
            let (mut first, mut last) = (0, 0);
            for (index, piece) in pieces.iter().enumerate() {
                while wanted.next_if(|range| range.end <= piece.start).is_some() {}
                if is_silent[begin + index] || wanted.peek().is_none_or(|range| range.start >= piece.end) {
                    continue;
                }
                // The pieces that hold all that can matter.
                while first < index && pieces[first + 1].start + reach <= piece.start {
                    first += 1;
                }
                last = last.max(index);
                while last + 1 < pieces.len() && pieces[last].end < piece.end + reach {
                    last += 1;
                }
                let (start, end, count) = (pieces[first].start, pieces[last].end, last + 1 - first);
                let is_whole = (start == 0 || start + reach <= piece.start)
                    && (end == *len || piece.end + reach <= end)
                    && count <= MOST;
                let key = is_whole.then(|| {
                    let all = add(sums[last + 1], super::PRIME - multiply(sums[first], seen.powers[count]));
                    let edges = u64::from(start == 0) * 2 + u64::from(end == *len);
                    seen.key(seen.with(all, ((index - first) as u64) << 8 | (purpose as u64) << 2 | edges))
                });
                new.push(((begin + index) as u32, key));
            }
        }
        // All together, for each waits for memory.
        answers.clear();
        answers.extend(new.iter().map(|(_, key)| key.is_some_and(|key| seen.knows(key))));
        let mut is_known = answers.iter();
        new.retain(|&(piece, _)| {
            let is_known = is_known.next() == Some(&true);
            is_silent[piece as usize] = is_known && purpose == Purpose::All;
            !is_known
        });
    }

    /// The pieces that are new, joined. They are judged as a whole, so that they reach a little beyond the ranges asked for.
    pub(super) fn new_pieces(&self, purpose: Purpose) -> Vec<Span> {
        let mut joined: Vec<Span> = Vec::new();
        for piece in self.new[purpose as usize].iter().map(|&(piece, _)| self.pieces[piece as usize]) {
            match joined.last_mut() {
                Some(last) if last.end == piece.start => last.end = piece.end,
                _ => joined.push(piece),
            }
        }
        joined
    }

    /// Remembers the pieces that were new, but those that touch one of `telling`.
    pub(super) fn remember(&self, seen: &Seen, purpose: Purpose, telling: &Scope) {
        let silent =
            self.new[purpose as usize].iter().filter(|(piece, _)| !telling.touches(self.pieces[*piece as usize]));
        silent.filter_map(|(_, key)| *key).for_each(|key| seen.remember(key));
    }
}

/// Whether a piece ends where a line does is told by so many bytes before the line break, as far as they are there.
const TOLD: usize = 5;

/// What these bytes come to, the first one first.
fn told(bytes: impl IntoIterator<Item = u8>) -> u8 {
    bytes.into_iter().fold(0, |sum: u8, byte| sum.wrapping_mul(3).wrapping_add(byte))
}

/// The bits of it of which none is set where a piece ends: at one line in eight.
const ENDS: u8 = 0b0011_1000;

/// Says whether a piece ends at `end`, where a line does.
fn is_boundary(bytes: &[u8], end: usize) -> bool {
    let line = &bytes[..end - 1];
    told(line[line.len().saturating_sub(TOLD)..].iter().copied()) & ENDS == 0
}

/// Where pieces end, found for some kilobytes at a time.
struct Ends<'a> {
    bytes: &'a [u8],
    level: Level,
    /// What the masks are of.
    base: usize,
    end: usize,
    masks: [u64; BLOCKS],
}

/// Blocks of 64 bytes that are looked at together.
const BLOCKS: usize = 64;

impl<'a> Ends<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, level: Level::new(), base: 0, end: 0, masks: [0; BLOCKS] }
    }

    /// The end of the piece that begins at `start`.
    fn next(&mut self, start: usize) -> usize {
        let end = self.bytes.len().min(start + LONGEST);
        let mut at = start;
        while at < end {
            if at < self.base || at >= self.end {
                (self.base, self.end) = (at, self.bytes.len().min(at + 64 * BLOCKS));
                let (bytes, base, masks) = (self.bytes, self.base, &mut self.masks);
                dispatch!(self.level, simd => find_ends(simd, bytes, base, masks));
            }
            let (block, offset) = ((at - self.base) / 64, (at - self.base) % 64);
            let mask = self.masks[block] >> offset << offset;
            if mask != 0 {
                return end.min(self.base + block * 64 + mask.trailing_zeros() as usize + 1);
            }
            at = self.base + (block + 1) * 64;
        }
        end
    }
}

/// The masks of the line breaks at which pieces end, in successive blocks from `base` on.
#[inline(always)]
fn find_ends<S: Simd>(simd: S, bytes: &[u8], base: usize, masks: &mut [u64; BLOCKS]) {
    let mut at = base;
    for mask in masks {
        if at >= bytes.len() {
            break;
        }
        let mut edge = [0; TOLD + 64];
        let start = at.checked_sub(TOLD).and_then(|start| bytes.get(start..)?.first_chunk());
        let block: &[u8; TOLD + 64] = match start {
            Some(block) => block,
            None => {
                let start = at.saturating_sub(TOLD);
                let part = &bytes[start..bytes.len().min(at + 64)];
                edge[TOLD + start - at..][..part.len()].copy_from_slice(part);
                &edge
            }
        };
        let mut sum = u8x64::splat(simd, 0);
        for before in 0..TOLD {
            sum = sum + sum + sum + u8x64::from_slice(simd, &block[before..before + 64]);
        }
        let is_told = (sum & u8x64::splat(simd, ENDS)).simd_eq(u8x64::splat(simd, 0));
        let is_break = u8x64::from_slice(simd, &block[TOLD..]).simd_eq(u8x64::splat(simd, b'\n'));
        *mask = (is_told & is_break).to_bitmask();
        at += 64;
    }
}

/// A place at `at` or not far before it where a piece may begin.
fn boundary_before(bytes: &[u8], at: usize) -> usize {
    let start = at.saturating_sub(LONGEST);
    let lines = memchr::memrchr_iter(b'\n', &bytes[start..at]).map(|line| start + line + 1);
    lines.into_iter().find(|&line| is_boundary(bytes, line)).unwrap_or(start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LINES_OF_CODE: [&str; 9] = [
        "}\n",
        "\n",
        "    return Err(error.into());\n",
        "use std::sync::Arc;\n",
        "/// What all workers of a sweep have seen, and then some more of it.\n",
        "        let mut survey = Survey::default();\n",
        "x",
        "fn slot(&self, key: u64) -> &AtomicU64 {\r\n",
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    ];

    fn text(lines: &[u8]) -> Vec<u8> {
        lines.iter().flat_map(|line| LINES_OF_CODE[usize::from(*line) % LINES_OF_CODE.len()].bytes()).collect()
    }

    fn fresh(seen: &Seen, bytes: &[u8], ranges: &[Span]) -> (Vec<Span>, Survey) {
        let mut survey = Survey::default();
        survey.take(seen, bytes, ranges, LAYER_MARGIN);
        survey.ask(seen, ranges, Purpose::All);
        (survey.new_pieces(Purpose::All), survey)
    }

    /// Says whether all that can matter at `at` also stands in `known`, at an edge of it where it is one here.
    fn is_in(known: &[u8], bytes: &[u8], at: usize) -> bool {
        let span = Span::new(at, at + 1).widened(LAYER_MARGIN, bytes.len());
        memchr::memmem::find_iter(known, span.of(bytes)).any(|start| {
            (span.start > 0 || at >= LAYER_MARGIN || start == 0)
                && (span.end < bytes.len() || at + 1 + LAYER_MARGIN <= bytes.len() || start + span.len() == known.len())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn pieces_end_where_their_last_bytes_say(lines in prop::collection::vec(any::<u8>(), 0..90), from in 0..3000_usize) {
            let bytes = text(&lines);
            let mut ends = Ends::of(&bytes);
            let mut start = from.min(bytes.len());
            while start < bytes.len() {
                let breaks = memchr::memchr_iter(b'\n', &bytes[start..]).map(|at| start + at + 1);
                let end = breaks.into_iter().find(|&end| is_boundary(&bytes, end)).unwrap_or(bytes.len());
                prop_assert_eq!(ends.next(start), end.min(start + LONGEST));
                start = end;
            }
        }

        #[test]
        fn only_what_stood_there_before_is_known(
            one in prop::collection::vec(any::<u8>(), 0..150),
            keep in (0..150_usize, 0..150_usize, 0..150_usize),
            put in prop::collection::vec(any::<u8>(), 0..4),
            range in (0..9000_usize, 0..3000_usize),
        ) {
            let seen = Seen::new(100);
            let known = text(&one);
            let (first, survey) = fresh(&seen, &known, &[Span::new(0, known.len())]);
            prop_assert_eq!(first.iter().map(|span| span.len()).sum::<usize>(), known.len());
            survey.remember(&seen, Purpose::All, &Scope::from_ranges(Vec::new()));
            let at = |at: usize| at.min(one.len());
            let other = text(&[&one[..at(keep.0)], &put, &one[at(keep.1)..at(keep.1.max(keep.2))]].concat());
            let start = range.0.min(other.len());
            let asked = Span::new(start, other.len().min(start + range.1));
            let (new, _) = fresh(&seen, &other, &[asked]);
            let new = Scope::from_ranges(new);
            for at in (asked.start..asked.end).filter(|&at| !new.touches(Span::new(at, at + 1))) {
                prop_assert!(is_in(&known, &other, at), "{at} of {}", other.len());
            }
        }
    }

    #[test]
    fn a_text_is_known_again_and_beside_a_finding_it_never_is() {
        let seen = Seen::new(1000);
        let lines: String = (0..2000).map(|at| format!("{at:x}: the {at}th line\n")).collect();
        let known = lines.into_bytes();
        let whole = [Span::new(0, known.len())];
        let (_, survey) = fresh(&seen, &known, &whole);
        let middle = Span::new(known.len() / 2, known.len() / 2 + 1);
        survey.remember(&seen, Purpose::All, &Scope::from_ranges(vec![middle]));
        let (again, _) = fresh(&seen, &known, &whole);
        let left: usize = again.iter().map(|span| span.len()).sum();
        assert!(Scope::from_ranges(again).touches(middle));
        assert!(left < known.len() / 4, "{left} of {}", known.len());
    }
}
