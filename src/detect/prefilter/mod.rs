//! Finds the literals of all rules in one pass, much faster than an automaton over all of them could.
//!
//! At every second place the next six bytes and the next four, case folded by one OR, are looked up in a filter each.
//! Every literal stands in one of them with two neighbouring grams, so that one of these falls on such a place wherever
//! the literal begins. It is sound by construction: no literal is ever missed (a property test holds it against an
//! automaton). It must never decide anything: what it reports is verified byte for byte, and judged elsewhere.

pub mod table;

use fearless_simd::{Level, dispatch};

use crate::model::Span;
use crate::rule::byte_set::{self, ByteSet};
use crate::rule::pack::{self, Texts};
use table::{FILTER, FOLD, FOUR, Needle, SECOND, SIX, Table};

/// Bytes that are read at once: two grams of each length.
const WINDOW: usize = 8;
/// Bytes from one window to the next.
const STEP: usize = 4;
/// So many windows are glanced at before those that pass are looked at.
const STEPS: usize = 512;

/// A compiled set of literals.
#[derive(Debug)]
pub struct Prefilter {
    six: Filter,
    four: Filter,
    ready: Part,
    added: Part,
    longest: usize,
    /// What the processor can do: the search is compiled for several.
    level: Level,
}

/// Literals with their tables: those that the binary holds ready, or those that a run adds.
#[derive(Debug, Default)]
pub struct Part {
    literals: Texts,
    six: Table,
    four: Table,
    longest: usize,
}

/// Index of a literal: first come those that were ready, then those that were added.
pub type LiteralIndex = u32;

/// Denies most grams at the cost of one look, and most of the others at the cost of another.
#[derive(Debug)]
struct Filter {
    first: Box<[u64; FILTER]>,
    second: Box<[u64; SECOND]>,
}

impl Filter {
    fn new(tables: [&Table; 2]) -> Self {
        let (mut first, mut second) = (Box::new([0; FILTER]), Box::new([0; SECOND]));
        for table in tables {
            let words = first.iter_mut().chain(second.iter_mut());
            words.zip(table.filters()).for_each(|(word, bits)| *word |= bits);
        }
        Self { first, second }
    }

    /// The answer of the first filter, in the lowest bit.
    #[inline(always)]
    fn glance(&self, gram: u64) -> u64 {
        let (word, bit) = table::first_place(gram);
        self.first[word] >> bit
    }

    #[inline(always)]
    fn may_hold(&self, gram: u64) -> bool {
        let (word, bit) = table::second_place(gram);
        self.glance(gram) & self.second[word] >> bit & 1 != 0
    }
}

impl Part {
    /// Literals whose tables the binary holds, and the length of the longest.
    pub fn packed(literals: Texts, six: Table, four: Table, longest: usize) -> Self {
        Self { literals, six, four, longest }
    }

    /// Makes the tables of lower-case literals of three bytes or more, each with the bytes of which one must go before it
    /// and one follow it; for literals beyond the end of that list, any.
    pub fn of(literals: Texts, beside: &[[ByteSet; 2]]) -> Self {
        let beside = beside.iter().copied().chain(std::iter::repeat([ByteSet::ALL; 2]));
        let needles = (0..literals.count()).zip(beside);
        let (six, four) = table::tables(needles.map(|(index, [before, after])| Needle {
            literal: literals.get(index),
            before,
            after,
        }));
        let longest = (0..literals.count()).map(|index| literals.get(index).len()).max().unwrap_or(0);
        Self { literals, six, four, longest }
    }
}

impl Prefilter {
    /// Joins two sets of literals.
    pub fn new(ready: Part, added: Part) -> Self {
        Self {
            six: Filter::new([&ready.six, &added.six]),
            four: Filter::new([&ready.four, &added.four]),
            longest: ready.longest.max(added.longest),
            level: Level::new(),
            ready,
            added,
        }
    }

    /// The literal at `index`.
    pub fn literal(&self, index: LiteralIndex) -> &[u8] {
        let ready = self.ready.literals.count();
        match (index as usize).checked_sub(ready) {
            None => self.ready.literals.get(index as usize),
            Some(index) => self.added.literals.get(index),
        }
    }

    /// Reports every literal that begins in `range` of `bytes`, and some that begin shortly before it: its index and where
    /// it begins.
    pub fn scan(&self, bytes: &[u8], range: Span, mut on_hit: impl FnMut(LiteralIndex, usize)) {
        // A literal that begins at the very end may be seen by its last bytes only.
        let end = range.end.saturating_add(self.longest).min(bytes.len());
        let mut at = range.start.saturating_sub(1);
        let mut passed = [0; STEPS];
        while at + WINDOW <= bytes.len() && at < end {
            let steps = STEPS.min((end - at).div_ceil(STEP)).min((bytes.len() - at) / STEP - 1);
            let text = &bytes[at..at + steps * STEP + STEP];
            let count = dispatch!(self.level, _simd => self.glance(text, &mut passed));
            for &step in &passed[..count] {
                let at = at + usize::from(step) * STEP;
                self.look(bytes, range, at, &mut on_hit);
            }
            at += steps * STEP;
        }
        while at < end {
            self.look(bytes, range, at, &mut on_hit);
            at += STEP;
        }
    }

    /// Glances at every step of a text but the last, and notes those at which a gram may be. Most of the time goes here: there
    /// must be no branch that nobody can foresee.
    #[inline(always)]
    fn glance(&self, text: &[u8], passed: &mut [u16; STEPS]) -> usize {
        let mut count = 0;
        for (step, [low, high]) in text.as_chunks::<STEP>().0.array_windows().enumerate() {
            let [low, high] = [low, high].map(|half| u64::from(u32::from_le_bytes(*half)));
            let text = low | high << 32 | FOLD;
            let next = text >> 16;
            let six = self.six.glance(text & SIX) | self.six.glance(next);
            let four = self.four.glance(text & FOUR) | self.four.glance(next & FOUR);
            passed[count % STEPS] = step as u16;
            count += ((six | four) & 1) as usize;
        }
        count
    }

    /// Looks up the grams of one step; behind the end of the text are zeros.
    fn look(&self, bytes: &[u8], range: Span, at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        let mut window = [0; WINDOW];
        match bytes[at..].first_chunk() {
            Some(whole) => window = *whole,
            None => window[..bytes.len() - at].copy_from_slice(&bytes[at..]),
        }
        let text = u64::from_le_bytes(window) | FOLD;
        for (text, at) in [(text, at), (text >> 16, at + 2)] {
            if self.six.may_hold(text & SIX) {
                self.look_up(|part| &part.six, text & SIX, bytes, range, at, on_hit);
            }
            if self.four.may_hold(text & FOUR) {
                self.look_up(|part| &part.four, text & FOUR, bytes, range, at, on_hit);
            }
        }
    }

    #[inline(never)]
    fn look_up(
        &self,
        table: impl Fn(&Part) -> &Table,
        gram: u64,
        bytes: &[u8],
        range: Span,
        at: usize,
        on_hit: &mut impl FnMut(LiteralIndex, usize),
    ) {
        let first_added = self.ready.literals.count() as u32;
        for (part, first) in [(&self.ready, 0), (&self.added, first_added)] {
            for entry in table(part).entries(gram) {
                let literal = part.literals.get(entry.literal as usize);
                let Some(start) = (at + 1).checked_sub(entry.offset as usize) else { continue };
                let found = bytes.get(start..start + literal.len());
                if start < range.end && found.is_some_and(|found| found.eq_ignore_ascii_case(literal)) {
                    on_hit(first + entry.literal, start);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LITERALS: &[&str] = &["akia", "ghp_", "secret", "aaaaa", "acme_live_", "-----begin", "pass", "_key", "cio"];

    fn found(literals: &[impl AsRef<[u8]>], bytes: &[u8]) -> Vec<(u32, usize)> {
        // As the binary holds them, and as they are added: both halves answer.
        let (ready, added) = literals.split_at(literals.len() / 2);
        let filter = Prefilter::new(Part::of(Texts::of(ready), &[]), Part::of(Texts::of(added), &[]));
        let mut hits = Vec::new();
        filter.scan(bytes, Span::new(0, bytes.len()), |literal, at| hits.push((literal, at)));
        hits.sort_unstable();
        hits.dedup();
        hits
    }

    /// What an automaton over the same literals finds.
    fn expected(literals: &[impl AsRef<[u8]>], bytes: &[u8]) -> Vec<(u32, usize)> {
        let automaton = aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(literals).unwrap();
        let hits = automaton.find_overlapping_iter(bytes).map(|hit| (hit.pattern().as_u32(), hit.start()));
        let mut hits: Vec<(u32, usize)> = hits.collect();
        hits.sort_unstable();
        hits
    }

    proptest! {
        #[test]
        fn no_literal_is_missed(pieces in prop::collection::vec(prop_oneof![
            proptest::sample::select(LITERALS).prop_map(|literal| literal.as_bytes().to_vec()),
            proptest::sample::select(LITERALS).prop_map(|literal| literal.to_ascii_uppercase().into_bytes()),
            prop::collection::vec(any::<u8>(), 0..9),
        ], 0..12)) {
            let bytes = pieces.concat();
            prop_assert_eq!(found(LITERALS, &bytes), expected(LITERALS, &bytes));
        }
    }

    proptest! {
        // Each case makes tables.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn literals_that_share_most_of_their_grams_are_told_apart(
            literals in prop::collection::btree_set("[ab_.]{3,12}", 1..40),
            pieces in prop::collection::vec((any::<prop::sample::Index>(), "[abAB_. ]{0,3}"), 0..12),
        ) {
            let literals: Vec<String> = literals.into_iter().collect();
            let text: String = pieces.iter().map(|(index, rest)| format!("{}{rest}", index.get(&literals))).collect();
            prop_assert_eq!(found(&literals, text.as_bytes()), expected(&literals, text.as_bytes()));
        }

        #[test]
        fn what_must_stand_beside_a_literal_hides_none_that_has_it(
            before in "[-+ \n]?", after in "[0-9]", padding in ".{0,9}", literal in "[a-z]{3,7}_?",
        ) {
            let digits = ByteSet::of_ranges(&[(b'0', b'9')]);
            let beside = [[ByteSet::word().complement(), digits]];
            let filter = Prefilter::new(Part::default(), Part::of(Texts::of([&literal]), &beside));
            let start = if before.is_empty() { 0 } else { padding.len() + before.len() };
            let text = if before.is_empty() { format!("{literal}{after}{padding}") } else { format!("{padding}{before}{literal}{after}") };
            let mut hits = Vec::new();
            filter.scan(text.as_bytes(), Span::new(0, text.len()), |_, at| hits.push(at));
            prop_assert!(hits.contains(&start));
        }
    }

    #[test]
    fn literals_at_the_very_edges_are_found() {
        for text in ["akia", "xakia", "aaaaa", "ghp_akia", "x-----BEGIN"] {
            assert_eq!(found(LITERALS, text.as_bytes()), expected(LITERALS, text.as_bytes()), "{text}");
        }
    }
}
