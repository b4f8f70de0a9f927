//! Finds the literals of all rules in one pass, much faster than an automaton over all of them could.
//!
//! Most literals count only where a word begins: their first bytes are looked up there (`starts`). For the others, four
//! bytes are looked up at every second place; every literal stands there with two grams, so that one of these falls on
//! such a place wherever the literal begins. All is case folded by one OR. It is sound by construction: no literal is
//! ever missed (a property test holds it against an automaton). It must never decide anything: what it reports is verified
//! byte for byte, and judged elsewhere.

mod starts;
pub mod table;

use fearless_simd::{Level, dispatch};

use crate::model::Span;
use crate::rule::byte_set;
use crate::rule::pack::{self, Texts};
use table::{ANYWHERE, FIVE, FOLD, FOUR, KINDS, Kind, Needle, Place, SIX, Table};

/// Bytes that are read at once.
const WINDOW: usize = 8;
/// Bytes from one window to the next.
const STEP: usize = 4;
/// So many windows are glanced at before those that pass are looked at.
const STEPS: usize = 512;

/// A compiled set of literals.
#[derive(Debug)]
pub struct Prefilter {
    filters: Filters,
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
    tables: [Table; KINDS],
    longest: usize,
}

/// Places at which a literal may stand: kept by whoever searches, for they are many.
#[derive(Debug)]
pub struct Places {
    starts: [u16; starts::GROUP],
    steps: Steps,
}

/// Steps at which a literal may stand, and what the filters said of each.
#[derive(Debug)]
struct Steps {
    passed: [u16; STEPS],
    held: [u32; STEPS],
}

impl Default for Places {
    fn default() -> Self {
        Self { starts: [0; starts::GROUP], steps: Steps { passed: [0; STEPS], held: [0; STEPS] } }
    }
}

/// Index of a literal: first come those that were ready, then those that were added.
pub type LiteralIndex = u32;

/// What denies most grams, for each kind of table.
#[derive(Debug)]
struct Filters {
    long_head: Sieve<{ Kind::LongHead.words() }>,
    short_head: Sieve<{ Kind::ShortHead.words() }>,
    eight: Filter<{ Kind::Eight.words() }>,
    six: Filter<{ Kind::Six.words() }>,
    five: Filter<{ Kind::Five.words() }>,
    four: Filter<{ Kind::Four.words() }>,
    any: Anywhere,
}

/// Denies most grams: a bit for each.
#[derive(Debug)]
struct Sieve<const WORDS: usize>(Box<[u64; WORDS]>);

impl<const WORDS: usize> Sieve<WORDS> {
    /// Of the first words of the tables' filters, or of those behind them.
    fn new(kind: Kind, parts: [&Part; 2], which: usize) -> Self {
        let mut words = Box::new([0; WORDS]);
        for part in parts {
            let filter = part.tables[kind as usize].filters().skip(which * WORDS);
            words.iter_mut().zip(filter).for_each(|(word, bits)| *word |= bits);
        }
        Self(words)
    }

    #[inline(always)]
    fn may_hold(&self, gram: u64) -> bool {
        let (word, bit) = table::place(gram, WORDS);
        self.0[word] >> bit & 1 != 0
    }
}

/// Denies nearly all grams, with two bits for each, far apart.
#[derive(Debug)]
struct Filter<const WORDS: usize> {
    first: Sieve<WORDS>,
    second: Sieve<WORDS>,
}

impl<const WORDS: usize> Filter<WORDS> {
    fn new(kind: Kind, parts: [&Part; 2]) -> Self {
        Self { first: Sieve::new(kind, parts, 0), second: Sieve::new(kind, parts, 1) }
    }

    /// Without a branch: nobody could foresee it.
    #[inline(always)]
    fn may_hold(&self, gram: u64) -> bool {
        self.first.may_hold(gram) & self.second.may_hold(table::other(gram))
    }
}

/// Denies nearly all grams of four bytes that stand anywhere, in the same way.
#[derive(Debug)]
struct Anywhere {
    first: Box<[u32; ANYWHERE]>,
    second: Box<[u32; ANYWHERE]>,
}

impl Anywhere {
    fn new(parts: [&Part; 2]) -> Self {
        let [mut first, mut second] = [(); 2].map(|()| Box::new([0; ANYWHERE]));
        for part in parts {
            let filters = || part.tables[Kind::Any as usize].filters_anywhere();
            first.iter_mut().zip(filters()).for_each(|(word, bits)| *word |= bits);
            second.iter_mut().zip(filters().skip(ANYWHERE)).for_each(|(word, bits)| *word |= bits);
        }
        Self { first, second }
    }

    /// The lowest bit says whether the first filter may hold the gram.
    #[inline(always)]
    fn glance(&self, gram: u32) -> u32 {
        let (word, bit) = table::place_anywhere(gram, false);
        self.first[word] >> bit
    }

    /// The lowest bit says whether both filters may hold the gram.
    #[inline(always)]
    fn may_hold(&self, gram: u32) -> u32 {
        let (word, bit) = table::place_anywhere(gram, true);
        self.glance(gram) & self.second[word] >> bit
    }
}

/// The folded grams of a step, of whose bytes the first four are `low` and the last four `high`.
#[inline(always)]
fn grams_of(low: [u8; STEP], high: [u8; STEP]) -> [u32; 2] {
    let (low, high) = (u32::from_le_bytes(low), u32::from_le_bytes(high));
    [table::plain(low), table::plain(low >> 16 | high << 16)]
}

impl Part {
    /// Literals whose tables the binary holds, and the length of the longest.
    pub fn packed(literals: Texts, tables: [Table; KINDS], longest: usize) -> Self {
        Self { literals, tables, longest }
    }

    /// Makes the tables of lower-case literals of three bytes or more, each with its place; for literals beyond the end of
    /// that list, any.
    pub fn of(literals: Texts, places: &[Place]) -> Self {
        let places = places.iter().copied().chain(std::iter::repeat(Place::ANY));
        let needles = (0..literals.count()).zip(places);
        let tables = table::tables(needles.map(|(index, place)| Needle { literal: literals.get(index), place }));
        let longest = (0..literals.count()).map(|index| literals.get(index).len()).max().unwrap_or(0);
        Self { literals, tables, longest }
    }
}

impl Prefilter {
    /// Joins two sets of literals.
    pub fn new(ready: Part, added: Part) -> Self {
        let parts = [&ready, &added];
        Self {
            filters: Filters {
                long_head: Sieve::new(Kind::LongHead, parts, 0),
                short_head: Sieve::new(Kind::ShortHead, parts, 0),
                eight: Filter::new(Kind::Eight, parts),
                six: Filter::new(Kind::Six, parts),
                five: Filter::new(Kind::Five, parts),
                four: Filter::new(Kind::Four, parts),
                any: Anywhere::new(parts),
            },
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

    /// Reports every literal that begins in `range` of `bytes` where it counts, and some that begin shortly before it: its
    /// index and where it begins.
    pub fn scan(&self, bytes: &[u8], range: Span, places: &mut Places, mut on_hit: impl FnMut(LiteralIndex, usize)) {
        self.scan_starts(bytes, range, &mut places.starts, &mut on_hit);
        self.scan_anywhere(bytes, range, &mut places.steps, &mut on_hit);
    }

    /// Searches for the literals that stand where a word begins.
    fn scan_starts(
        &self,
        bytes: &[u8],
        range: Span,
        passed: &mut [u16; starts::GROUP],
        on_hit: &mut impl FnMut(LiteralIndex, usize),
    ) {
        let mut at = range.start;
        let last = range.end.min(bytes.len());
        while at < last {
            let end = last.min(at + starts::GROUP);
            let count = dispatch!(self.level, simd => starts::glance(simd, &self.filters, bytes, at, end, passed));
            let count = starts::thin(&self.filters, &bytes[at..], passed, count);
            for &place in &passed[..count] {
                let at = at + usize::from(place);
                self.look_at_start(bytes, range, at, on_hit);
            }
            at = end;
        }
    }

    /// Looks up the grams of a place where a word begins.
    fn look_at_start(&self, bytes: &[u8], range: Span, at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        let text = window(bytes, at);
        let Filters { eight, six, five, four, .. } = &self.filters;
        for (kind, gram, may_hold) in [
            (Kind::Eight, text, eight.may_hold(text)),
            (Kind::Six, text & SIX, six.may_hold(text & SIX)),
            (Kind::Five, text & FIVE, five.may_hold(text & FIVE)),
            (Kind::Four, text & FOUR, four.may_hold(text & FOUR)),
        ] {
            if may_hold {
                self.look_up(kind, gram, bytes, range, at, on_hit);
            }
        }
    }

    /// Searches for the literals that stand anywhere.
    fn scan_anywhere(
        &self,
        bytes: &[u8],
        range: Span,
        places: &mut Steps,
        on_hit: &mut impl FnMut(LiteralIndex, usize),
    ) {
        // A literal that begins at the very end may be seen by its last bytes only.
        let end = range.end.saturating_add(self.longest).min(bytes.len());
        let mut at = range.start.saturating_sub(1);
        while at + WINDOW <= bytes.len() && at < end {
            let steps = STEPS.min((end - at).div_ceil(STEP)).min((bytes.len() - at) / STEP - 1);
            let text = &bytes[at..at + steps * STEP + STEP];
            let count = dispatch!(self.level, _simd => self.glance(text, places));
            let count = self.thin(text, &mut places.passed, count);
            for &step in &places.passed[..count] {
                let at = at + usize::from(step) * STEP;
                self.look(bytes, range, at, on_hit);
            }
            at += steps * STEP;
        }
        while at < end {
            self.look(bytes, range, at, on_hit);
            at += STEP;
        }
    }

    /// Glances at every step of a text but the last, and notes those at which a gram may be. Most of the time goes here: there
    /// must be no branch, so that many steps are asked at once.
    #[inline(always)]
    fn glance(&self, text: &[u8], Steps { passed, held }: &mut Steps) -> usize {
        let chunks = text.as_chunks::<STEP>().0;
        let steps = (chunks.len() - 1).min(STEPS);
        for step in 0..steps {
            let [one, other] = grams_of(chunks[step], chunks[step + 1]);
            held[step] = (self.filters.any.glance(one) | self.filters.any.glance(other)) & 1;
        }
        let mut count = 0;
        for (step, held) in (0..).zip(&held[..steps]) {
            passed[count % STEPS] = step;
            count += *held as usize;
        }
        count
    }

    /// Keeps those steps that pass the whole filter. By itself, for its loop needs all registers.
    #[inline(never)]
    fn thin(&self, text: &[u8], passed: &mut [u16; STEPS], count: usize) -> usize {
        let chunks = text.as_chunks::<STEP>().0;
        let mut kept = 0;
        for index in 0..count {
            let step = passed[index];
            let [one, other] = grams_of(chunks[usize::from(step)], chunks[usize::from(step) + 1]);
            passed[kept] = step;
            kept += ((self.filters.any.may_hold(one) | self.filters.any.may_hold(other)) & 1) as usize;
        }
        kept
    }

    /// Looks up the grams of one step.
    fn look(&self, bytes: &[u8], range: Span, at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        let text = window(bytes, at);
        for (text, at) in [(text, at), (text >> 16, at + 2)] {
            let gram = table::plain(text as u32);
            if self.filters.any.may_hold(gram) & 1 != 0 {
                self.look_up(Kind::Any, gram.into(), bytes, range, at, on_hit);
            }
        }
    }

    #[inline(never)]
    fn look_up(
        &self,
        kind: Kind,
        gram: u64,
        bytes: &[u8],
        range: Span,
        at: usize,
        on_hit: &mut impl FnMut(LiteralIndex, usize),
    ) {
        let first_added = self.ready.literals.count() as u32;
        for (part, first) in [(&self.ready, 0), (&self.added, first_added)] {
            for entry in part.tables[kind as usize].entries(gram) {
                let Some(start) = (at + 1).checked_sub(entry.offset as usize) else { continue };
                if !entry.may_end(bytes, start + entry.length as usize) {
                    continue;
                }
                let literal = part.literals.get(entry.literal as usize);
                let found = bytes.get(start..start + literal.len());
                if start < range.end && found.is_some_and(|found| found.eq_ignore_ascii_case(literal)) {
                    on_hit(first + entry.literal, start);
                }
            }
        }
    }
}

/// The folded bytes at a place of a text; behind its end are zeros.
fn window(bytes: &[u8], at: usize) -> u64 {
    let mut window = [0; WINDOW];
    match bytes[at..].first_chunk() {
        Some(whole) => window = *whole,
        None => window[..bytes.len() - at].copy_from_slice(&bytes[at..]),
    }
    u64::from_le_bytes(window) | FOLD
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rule::byte_set::ByteSet;
    use crate::text::edge;

    const LITERALS: &[&str] = &["akia", "ghp_", "secret", "aaaaa", "acme_live_", "-----begin", "pass", "_key", "cio"];

    const NAMES: &[&str] =
        &["cio", "mite", "posit", "fixer.", "mailgun", "dropbox_", "dropbox_key", "mitek", "dropbox_k"];

    fn found(literals: &[impl AsRef<[u8]>], bytes: &[u8]) -> Vec<(u32, usize)> {
        // As the binary holds them, and as they are added: both halves answer.
        let (ready, added) = literals.split_at(literals.len() / 2);
        let filter = Prefilter::new(Part::of(Texts::of(ready), &[]), Part::of(Texts::of(added), &[]));
        let mut hits = Vec::new();
        filter.scan(bytes, Span::new(0, bytes.len()), &mut Places::default(), |literal, at| hits.push((literal, at)));
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
            let place = Place { begins: false, before: ByteSet::word().complement(), after: digits };
            let filter = Prefilter::new(Part::default(), Part::of(Texts::of([&literal]), &[place]));
            let start = if before.is_empty() { 0 } else { padding.len() + before.len() };
            let text = if before.is_empty() { format!("{literal}{after}{padding}") } else { format!("{padding}{before}{literal}{after}") };
            let mut hits = Vec::new();
            filter.scan(text.as_bytes(), Span::new(0, text.len()), &mut Places::default(), |_, at| hits.push(at));
            prop_assert!(hits.contains(&start));
        }
    }

    proptest! {
        #[test]
        fn literals_that_begin_a_word_are_found_where_one_begins(pieces in prop::collection::vec(prop_oneof![
            proptest::sample::select(NAMES).prop_map(|literal| literal.as_bytes().to_vec()),
            proptest::sample::select(NAMES).prop_map(|literal| literal.to_ascii_uppercase().into_bytes()),
            "[a-zA-Z0-9_.\\\\ ]{0,3}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..3),
            Just(vec![b' '; 61]),
        ], 0..12), from in 0..40_usize) {
            let bytes = pieces.concat();
            let places = vec![Place { begins: true, ..Place::ANY }; NAMES.len()];
            let (ready, added) = NAMES.split_at(NAMES.len() / 2);
            let part = |literals: &[&str]| Part::of(Texts::of(literals), &places[..literals.len()]);
            let filter = Prefilter::new(part(ready), part(added));
            let mut hits = Vec::new();
            filter.scan(&bytes, Span::new(from.min(bytes.len()), bytes.len()), &mut Places::default(), |literal, at| hits.push((literal, at)));
            hits.sort_unstable();
            let mut expected = expected(NAMES, &bytes);
            expected.retain(|&(_, at)| at >= from && edge::begins_word(&bytes, at));
            prop_assert_eq!(hits, expected);
        }
    }

    #[test]
    fn literals_at_the_very_edges_are_found() {
        for text in ["akia", "xakia", "aaaaa", "ghp_akia", "x-----BEGIN"] {
            assert_eq!(found(LITERALS, text.as_bytes()), expected(LITERALS, text.as_bytes()), "{text}");
        }
    }
}
