//! Cuts a text into pieces, and tells those that are new.

use fearless_simd::{Level, Simd, SimdBase, SimdMask, dispatch, u8x64};

use super::{Key, MOST, Seen, add, multiply};
use crate::model::{Scope, Span};

/// A piece ends here at the latest, if no line ends where pieces may.
const LONGEST: usize = 1024;
/// One line in so many ends a piece.
const LINES: u64 = 8;

/// How the text around a piece can matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reach {
    /// So many bytes on each side.
    pub(super) bytes: usize,
    /// Tells apart what is looked for.
    pub(super) purpose: u64,
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
    /// The pieces that were new at the last look.
    fresh: Vec<(Span, Option<Key>)>,
    known: Vec<bool>,
}

impl Survey {
    /// Cuts what lies in `ranges`, which are sorted and disjoint, and `reach` bytes beside them.
    pub(super) fn take(&mut self, seen: &Seen, bytes: &[u8], ranges: &[Span], reach: usize) {
        self.pieces.clear();
        self.sums.clear();
        self.regions.clear();
        self.len = bytes.len();
        let mut lines = Lines::of(bytes);
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
                let end = lines.next_boundary(at);
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

    /// The pieces in `ranges` that are new, joined. They are judged as a whole, so that they reach a little beyond.
    pub(super) fn fresh(&mut self, seen: &Seen, ranges: &[Span], reach: Reach) -> Vec<Span> {
        let Self { pieces, sums, regions, len, fresh, known } = self;
        fresh.clear();
        let mut wanted = ranges.iter().peekable();
        for (number, &begin) in regions.iter().enumerate() {
            let end = regions.get(number + 1).map_or(pieces.len(), |next| *next);
            let (pieces, sums) = (&pieces[begin..end], &sums[begin + number..]);
            let (mut first, mut last) = (0, 0);
            for (index, piece) in pieces.iter().enumerate() {
                while wanted.next_if(|range| range.end <= piece.start).is_some() {}
                if wanted.peek().is_none_or(|range| range.start >= piece.end) {
                    continue;
                }
                // The pieces that hold all that can matter.
                while first < index && pieces[first + 1].start + reach.bytes <= piece.start {
                    first += 1;
                }
                last = last.max(index);
                while last + 1 < pieces.len() && pieces[last].end < piece.end + reach.bytes {
                    last += 1;
                }
                let (start, end, count) = (pieces[first].start, pieces[last].end, last + 1 - first);
                let is_whole = (start == 0 || start + reach.bytes <= piece.start)
                    && (end == *len || piece.end + reach.bytes <= end)
                    && count <= MOST;
                let key = is_whole.then(|| {
                    let all = add(sums[last + 1], super::PRIME - multiply(sums[first], seen.powers[count]));
                    let edges = u64::from(start == 0) * 2 + u64::from(end == *len);
                    seen.key(seen.with(all, ((index - first) as u64) << 8 | reach.purpose << 2 | edges))
                });
                fresh.push((*piece, key));
            }
        }
        // All together, for each waits for memory.
        known.clear();
        known.extend(fresh.iter().map(|(_, key)| key.is_some_and(|key| seen.knows(key))));
        let mut is_known = known.iter();
        fresh.retain(|_| is_known.next() == Some(&false));
        match Scope::from_ranges(fresh.iter().map(|(piece, _)| *piece).collect()) {
            Scope::Ranges(ranges) => ranges,
            Scope::All => ranges.to_vec(),
        }
    }

    /// Remembers the pieces that were new at the last look, but those that touch one of `telling`.
    pub(super) fn remember(&self, seen: &Seen, telling: &Scope) {
        let silent = self.fresh.iter().filter(|(piece, _)| !telling.touches(*piece));
        silent.filter_map(|(_, key)| *key).for_each(|key| seen.remember(key));
    }
}

/// Says whether a piece ends where a line does: told by the line's last bytes.
fn is_boundary(bytes: &[u8], end: usize) -> bool {
    let last = end.checked_sub(8).and_then(|start| bytes.get(start..end)?.try_into().ok());
    last.is_some_and(|last| u64::from_le_bytes(last).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 & (LINES - 1) == 0)
}

/// Where lines end, found for some kilobytes at a time.
struct Lines<'a> {
    bytes: &'a [u8],
    level: Level,
    /// What the masks are of.
    base: usize,
    end: usize,
    masks: [u64; BLOCKS],
}

/// Blocks of 64 bytes that are looked at together.
const BLOCKS: usize = 64;

impl<'a> Lines<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        Self { bytes, level: Level::new(), base: 0, end: 0, masks: [0; BLOCKS] }
    }

    /// The end of the piece that begins at `start`.
    fn next_boundary(&mut self, start: usize) -> usize {
        let end = self.bytes.len().min(start + LONGEST);
        let mut at = start;
        while at < end {
            if at < self.base || at >= self.end {
                (self.base, self.end) = (at, self.bytes.len().min(at + 64 * BLOCKS));
                let (text, masks) = (&self.bytes[self.base..self.end], &mut self.masks);
                dispatch!(self.level, simd => line_ends(simd, text, masks));
            }
            let (block, offset) = ((at - self.base) / 64, (at - self.base) % 64);
            let mut mask = self.masks[block] >> offset << offset;
            while mask != 0 {
                let line = self.base + block * 64 + mask.trailing_zeros() as usize + 1;
                mask &= mask - 1;
                if line > end {
                    return end;
                }
                if is_boundary(self.bytes, line) {
                    return line;
                }
            }
            at = self.base + (block + 1) * 64;
        }
        end
    }
}

/// The masks of the line breaks in successive blocks.
#[inline(always)]
fn line_ends<S: Simd>(simd: S, text: &[u8], masks: &mut [u64; BLOCKS]) {
    let (blocks, rest) = text.as_chunks::<64>();
    let line_break = u8x64::splat(simd, b'\n');
    for (mask, block) in masks.iter_mut().zip(blocks) {
        *mask = u8x64::from_slice(simd, block).simd_eq(line_break).to_bitmask();
    }
    if let Some(mask) = masks.get_mut(blocks.len()).filter(|_| !rest.is_empty()) {
        let mut block = [0; 64];
        block[..rest.len()].copy_from_slice(rest);
        *mask = u8x64::from_slice(simd, &block).simd_eq(line_break).to_bitmask();
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

    const MARGIN: usize = 512;
    const REACH: Reach = Reach { bytes: MARGIN, purpose: 1 };

    fn fresh(seen: &Seen, bytes: &[u8], ranges: &[Span]) -> (Vec<Span>, Survey) {
        let mut survey = Survey::default();
        survey.take(seen, bytes, ranges, MARGIN);
        (survey.fresh(seen, ranges, REACH), survey)
    }

    /// Says whether all that can matter at `at` also stands in `known`, at an edge of it where it is one here.
    fn is_in(known: &[u8], bytes: &[u8], at: usize) -> bool {
        let span = Span::new(at, at + 1).widened(MARGIN, bytes.len());
        memchr::memmem::find_iter(known, span.of(bytes)).any(|start| {
            (span.start > 0 || at >= MARGIN || start == 0)
                && (span.end < bytes.len() || at + 1 + MARGIN <= bytes.len() || start + span.len() == known.len())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

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
            survey.remember(&seen, &Scope::from_ranges(Vec::new()));
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
        survey.remember(&seen, &Scope::from_ranges(vec![middle]));
        let (again, _) = fresh(&seen, &known, &whole);
        let left: usize = again.iter().map(|span| span.len()).sum();
        assert!(Scope::from_ranges(again).touches(middle));
        assert!(left < known.len() / 4, "{left} of {}", known.len());
    }
}
