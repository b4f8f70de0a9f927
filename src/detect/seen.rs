//! Remembers which pieces of text hold nothing, so that the many versions of a history are looked at once.
//!
//! Versions are made of the same lines again and again, whatever base their delta has. A piece is some lines; it is known
//! by a hash of itself and of all text around it that can matter to what begins in it. Only pieces are remembered in
//! which nothing was found. The hash is a polynomial over the field of 2⁶¹ − 1 elements at points that are drawn for each run:
//! two texts that differ have the same one once in 2⁵⁰ times, and nobody can prepare such a pair. A place in the table holds
//! one piece, so that a piece is compared with one other and not with all.
//!
//! It must never say that a piece is known beside which another text stood, and never keep any text.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

use super::engine::FarHit;
use crate::model::{Candidate, Scope, Span};
use crate::rule::MARGIN;

/// A piece ends here at the latest, if no line ends where pieces may.
const LONGEST: usize = 1024;
/// The most pieces that may stand beside one another within [`MARGIN`].
const MOST: usize = 256;
/// One line in so many ends a piece.
const LINES: u64 = 4;
/// 2⁶¹ − 1, a prime.
const PRIME: u64 = (1 << 61) - 1;
/// Bytes of a word of the polynomial, and of so many words that are added at once.
const WORD: usize = 7;
const BLOCK: usize = 4 * WORD;

/// What all workers of a sweep have seen.
#[derive(Debug)]
pub struct Seen {
    /// A hash with its highest bit set, or nothing.
    slots: Box<[AtomicU64]>,
    /// The powers of the point for bytes.
    point: [u64; 5],
    /// The powers of the point for pieces.
    powers: Vec<u64>,
}

/// What one worker needs to look for what is new.
#[derive(Debug, Default)]
pub struct Survey {
    pieces: Vec<Piece>,
    /// The hash of all pieces before each.
    sums: Vec<u64>,
    fresh: Vec<(Span, Option<u64>)>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    end: usize,
}

impl Seen {
    /// For about so many objects.
    pub fn new(objects: usize) -> Self {
        let slots = objects.saturating_mul(32).clamp(1 << 12, 1 << 22).next_power_of_two();
        let drawn = |number: u64| 1 + RandomState::new().hash_one(number) % (PRIME - 1);
        let (byte, piece) = (drawn(1), drawn(2));
        let mut point = [1; 5];
        (1..5).for_each(|power| point[power] = multiply(point[power - 1], byte));
        let mut powers = vec![1; 2 * MOST];
        (1..powers.len()).for_each(|power| powers[power] = multiply(powers[power - 1], piece));
        Self { slots: std::iter::repeat_with(AtomicU64::default).take(slots).collect(), point, powers }
    }

    /// The parts of `ranges`, which are sorted and disjoint, where something may be that was not there before; a little more,
    /// for pieces are judged as a whole. What is content is told apart from
    /// what is none.
    pub(super) fn fresh(&self, bytes: &[u8], ranges: &[Span], is_content: bool, survey: &mut Survey) -> Vec<Span> {
        survey.fresh.clear();
        survey.pieces.clear();
        let mut first = 0;
        for (index, range) in ranges.iter().enumerate() {
            let begin = boundary_before(bytes, boundary_before(bytes, range.start).saturating_sub(MARGIN));
            let covered = survey.pieces.last().map_or(0, |piece| piece.end);
            if begin > covered {
                self.judge(bytes, &ranges[first..index], is_content, survey);
                survey.pieces.clear();
                first = index;
            }
            let mut at = survey.pieces.last().map_or(begin, |piece| piece.end);
            let mut enough = None;
            while at < bytes.len() && enough.is_none_or(|enough| at < enough) {
                let end = next_boundary(bytes, at);
                survey.pieces.push(Piece { start: at, end });
                at = end;
                if at >= range.end && enough.is_none() {
                    enough = Some(at + MARGIN);
                }
            }
        }
        self.judge(bytes, &ranges[first..], is_content, survey);
        match Scope::from_ranges(survey.fresh.iter().map(|(span, _)| *span).collect()) {
            Scope::Ranges(ranges) => ranges,
            Scope::All => ranges.to_vec(),
        }
    }

    /// Adds those pieces in `ranges` that are new to the fresh ones.
    fn judge(&self, bytes: &[u8], ranges: &[Span], is_content: bool, survey: &mut Survey) {
        let Survey { pieces, sums, fresh } = survey;
        sums.clear();
        sums.push(0);
        for piece in pieces.iter() {
            let last = sums[sums.len() - 1];
            sums.push(add(multiply(last, self.powers[1]), self.hash(&bytes[piece.start..piece.end])));
        }
        let mut wanted = ranges.iter().peekable();
        let (mut first, mut last) = (0, 0);
        for (index, piece) in pieces.iter().enumerate() {
            while wanted.next_if(|range| range.end <= piece.start).is_some() {}
            if wanted.peek().is_none_or(|range| range.start >= piece.end) {
                continue;
            }
            // The pieces that hold all that can matter.
            while first < index && pieces[first + 1].start + MARGIN <= piece.start {
                first += 1;
            }
            last = last.max(index);
            while last + 1 < pieces.len() && pieces[last].end < piece.end + MARGIN {
                last += 1;
            }
            let (start, end) = (pieces[first].start, pieces[last].end);
            let is_whole = (start == 0 || start + MARGIN <= piece.start)
                && (end == bytes.len() || piece.end + MARGIN <= end)
                && last - first < 2 * MOST - 1;
            let key = is_whole.then(|| {
                let (before, count) = (sums[first], last + 1 - first);
                let all = add(sums[last + 1], PRIME - multiply(before, self.powers[count]));
                let place = (index - first) as u64 * 16
                    + u64::from(is_content) * 4
                    + u64::from(start == 0) * 2
                    + u64::from(end == bytes.len());
                add(multiply(all, self.powers[1]), place) | 1 << 63
            });
            if key.is_none_or(|key| self.slot(key).load(Ordering::Relaxed) != key) {
                fresh.push((Span::new(piece.start, piece.end), key));
            }
        }
    }

    /// Remembers those of the fresh pieces in which nothing was found. `found` holds what was found in them, and
    /// where literals of rules stand that look further than [`MARGIN`].
    pub(super) fn remember(&self, survey: &Survey, found: &[Candidate], far: &[FarHit]) {
        let windows = found.iter().map(|candidate| candidate.window);
        let telling = windows.chain(far.iter().map(|hit| Span::new(hit.at, hit.at + 1)));
        let telling = Scope::from_ranges(telling.collect());
        for (span, key) in &survey.fresh {
            if let Some(key) = key
                && !telling.touches(*span)
            {
                self.slot(*key).store(*key, Ordering::Relaxed);
            }
        }
    }

    fn slot(&self, key: u64) -> &AtomicU64 {
        &self.slots[key as usize & (self.slots.len() - 1)]
    }

    /// The polynomial of a piece; no two pieces of different length have the same words.
    fn hash(&self, bytes: &[u8]) -> u64 {
        let (blocks, rest) = bytes.as_chunks::<BLOCK>();
        let product = |word: u64, power: usize| u128::from(word) * u128::from(self.point[power]);
        let mut hash = bytes.len() as u64;
        for block in blocks {
            let word = |at: usize| block[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
            let mask = (1 << (8 * WORD)) - 1;
            let sum = product(word(0) & mask, 3) + product(word(WORD) & mask, 2) + product(word(2 * WORD) & mask, 1);
            hash = reduce(product(hash, 4) + sum + u128::from(word(BLOCK - 8) >> 8));
        }
        for word in rest.chunks(WORD) {
            let mut padded = [0; 8];
            padded[..word.len()].copy_from_slice(word);
            hash = reduce(product(hash, 1) + u128::from(u64::from_le_bytes(padded)));
        }
        hash
    }
}

fn reduce(value: u128) -> u64 {
    // Twice, for the first time may leave some bits more.
    let once = (value & u128::from(PRIME)) + (value >> 61);
    let twice = (once as u64 & PRIME) + (once >> 61) as u64;
    if twice >= PRIME { twice - PRIME } else { twice }
}

fn multiply(one: u64, other: u64) -> u64 {
    reduce(u128::from(one) * u128::from(other))
}

fn add(one: u64, other: u64) -> u64 {
    reduce(u128::from(one) + u128::from(other))
}

/// Says whether a piece ends where a line does: told by the line's last bytes.
fn is_boundary(bytes: &[u8], end: usize) -> bool {
    let last = end.checked_sub(8).and_then(|start| bytes.get(start..end)?.try_into().ok());
    last.is_some_and(|last| u64::from_le_bytes(last).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32 & (LINES - 1) == 0)
}

/// The end of the piece that begins at `start`.
fn next_boundary(bytes: &[u8], start: usize) -> usize {
    let end = bytes.len().min(start + LONGEST);
    let lines = memchr::memchr_iter(b'\n', &bytes[start..end]).map(|line| start + line + 1);
    lines.into_iter().find(|&line| is_boundary(bytes, line)).unwrap_or(end)
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
        (seen.fresh(bytes, ranges, true, &mut survey), survey)
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
            seen.remember(&survey, &[], &[]);
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
        let hit = FarHit { at: known.len() / 2, literal: 0 };
        seen.remember(&survey, &[], &[hit]);
        let (again, _) = fresh(&seen, &known, &whole);
        let left: usize = again.iter().map(|span| span.len()).sum();
        assert!(Scope::from_ranges(again).touches(Span::new(hit.at, hit.at + 1)));
        assert!(left < known.len() / 4, "{left} of {}", known.len());
    }

    #[test]
    fn the_hash_is_the_polynomial() {
        let seen = Seen::new(1);
        let point = u128::from(seen.point[1]);
        for len in 0..200 {
            let bytes: Vec<u8> = (0..len).map(|at| (at * 37 + 11) as u8).collect();
            let words =
                bytes.chunks(WORD).map(|word| word.iter().rev().fold(0, |all, byte| all << 8 | u128::from(*byte)));
            let expected = words.fold(len as u128, |hash, word| (hash * point + word) % u128::from(PRIME));
            assert_eq!(u128::from(seen.hash(&bytes)), expected, "{len}");
        }
    }
}
