//! Finds the literals of all rules in one pass, much faster than an automaton over all of them could.
//!
//! Every second position's four bytes, case folded by one OR, are looked up in a bitmap. Each literal of five bytes or
//! more stands in it with two neighbouring grams, so that one of them falls on an even position wherever the literal
//! begins. The few shorter literals stand with their first three bytes in a small bitmap of their own, which is asked at
//! every position. It is sound by construction: no literal is ever missed (a property test holds it against an automaton).
//! It must never decide anything: what it reports is verified byte for byte, and judged elsewhere.

pub mod table;

use crate::model::Span;
use crate::rule::pack::{self, Texts};
use table::{Entry, FOLD, LONG_BITS, SHORT_BITS, THREE, Table, folded};

/// A compiled set of literals.
#[derive(Debug)]
pub struct Prefilter {
    long: Box<Bitmap<{ 1 << (LONG_BITS - 6) }, LONG_BITS>>,
    short: Box<Bitmap<{ 1 << (SHORT_BITS - 6) }, SHORT_BITS>>,
    ready: Part,
    added: Part,
}

/// Literals with their tables: those that the binary holds ready, or those that a run adds.
#[derive(Debug, Default)]
pub struct Part {
    literals: Texts,
    long: Table,
    short: Table,
}

/// Index of a literal: first come those that were ready, then those that were added.
pub type LiteralIndex = u32;

/// Denies most grams at the cost of one look.
#[derive(Debug)]
struct Bitmap<const WORDS: usize, const BITS: u32>([u64; WORDS]);

impl<const WORDS: usize, const BITS: u32> Bitmap<WORDS, BITS> {
    fn new(tables: [&Table; 2]) -> Box<Self> {
        let mut bitmap = Box::new(Self([0; WORDS]));
        for table in tables {
            bitmap.0.iter_mut().zip(table.bitmap()).for_each(|(word, bits)| *word |= bits);
        }
        bitmap
    }

    /// One or zero.
    #[inline(always)]
    fn may_hold(&self, gram: u32) -> u64 {
        let bit = table::hash(gram, BITS);
        (self.0[(bit >> 6) as usize % WORDS] >> (bit & 63)) & 1
    }
}

impl Part {
    /// Literals whose tables the binary holds.
    pub fn packed(literals: Texts, long: Table, short: Table) -> Self {
        Self { literals, long, short }
    }

    /// Makes the tables of lower-case literals of three bytes or more.
    pub fn of(literals: Texts) -> Self {
        let (long, short) = table::tables((0..literals.count()).map(|index| literals.get(index)));
        Self { literals, long, short }
    }
}

impl Prefilter {
    /// Joins two sets of literals.
    pub fn new(ready: Part, added: Part) -> Self {
        Self {
            long: Bitmap::new([&ready.long, &added.long]),
            short: Bitmap::new([&ready.short, &added.short]),
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

    /// Reports every literal that touches `range` of `bytes`: its index and where it begins.
    pub fn scan(&self, bytes: &[u8], range: Span, mut on_hit: impl FnMut(LiteralIndex, usize)) {
        let end = range.end.min(bytes.len());
        let mut at = range.start.saturating_sub(3);
        // Four bytes a step: two grams of four, four of three.
        while at + 8 <= bytes.len() && at < end {
            let Some(window) = bytes[at..].first_chunk::<8>() else { break };
            let low = u64::from_le_bytes(*window) | (u64::from(FOLD) << 32 | u64::from(FOLD));
            let grams = [low as u32, (low >> 8) as u32, (low >> 16) as u32, (low >> 24) as u32];
            let long = self.long.may_hold(grams[0]) | self.long.may_hold(grams[2]);
            let short = self.short.may_hold(grams[0] & THREE)
                | self.short.may_hold(grams[1] & THREE)
                | self.short.may_hold(grams[2] & THREE)
                | self.short.may_hold(grams[3] & THREE);
            if long != 0 {
                self.look_up_long(grams[0], bytes, at, &mut on_hit);
                self.look_up_long(grams[2], bytes, at + 2, &mut on_hit);
            }
            if short != 0 {
                for (step, gram) in grams.into_iter().enumerate() {
                    self.look_up_short(gram & THREE, bytes, at + step, &mut on_hit);
                }
            }
            at += 4;
        }
        while at + 3 <= bytes.len() && at < end + 4 {
            for at in [at, at + 1] {
                if at + 3 <= bytes.len() {
                    let gram = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], 0]) | FOLD & THREE;
                    self.look_up_short(gram, bytes, at, &mut on_hit);
                }
            }
            if at + 4 <= bytes.len() {
                self.look_up_long(folded(bytes, at), bytes, at, &mut on_hit);
            }
            at += 2;
        }
    }

    #[inline]
    fn look_up_long(&self, gram: u32, bytes: &[u8], at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        if self.long.may_hold(gram) != 0 {
            self.verify(self.ready.long.entries(gram), self.added.long.entries(gram), bytes, at, on_hit);
        }
    }

    #[inline]
    fn look_up_short(&self, gram: u32, bytes: &[u8], at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        if self.short.may_hold(gram) != 0 {
            self.verify(self.ready.short.entries(gram), self.added.short.entries(gram), bytes, at, on_hit);
        }
    }

    fn verify(
        &self,
        ready: impl Iterator<Item = Entry>,
        added: impl Iterator<Item = Entry>,
        bytes: &[u8],
        at: usize,
        on_hit: &mut impl FnMut(LiteralIndex, usize),
    ) {
        let mut verify = |literals: &Texts, entry: Entry, index: u32| {
            let literal = literals.get(entry.literal as usize);
            let Some(start) = at.checked_sub(entry.offset as usize) else { return };
            if bytes.get(start..start + literal.len()).is_some_and(|found| found.eq_ignore_ascii_case(literal)) {
                on_hit(index, start);
            }
        };
        ready.for_each(|entry| verify(&self.ready.literals, entry, entry.literal));
        let first = self.ready.literals.count() as u32;
        added.for_each(|entry| verify(&self.added.literals, entry, first + entry.literal));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LITERALS: &[&str] = &["akia", "ghp_", "secret", "aaaaa", "acme_live_", "-----begin", "pass", "_key", "cio"];

    fn found(bytes: &[u8]) -> Vec<(u32, usize)> {
        // As the binary holds them, and as they are added: both halves answer.
        let (ready, added) = LITERALS.split_at(LITERALS.len() / 2);
        let filter = Prefilter::new(Part::of(Texts::of(ready)), Part::of(Texts::of(added)));
        let mut hits = Vec::new();
        filter.scan(bytes, Span::new(0, bytes.len()), |literal, at| hits.push((literal, at)));
        hits.sort_unstable();
        hits.dedup();
        hits
    }

    /// What an automaton over the same literals finds.
    fn expected(bytes: &[u8]) -> Vec<(u32, usize)> {
        let automaton = aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(LITERALS).unwrap();
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
            prop_assert_eq!(found(&bytes), expected(&bytes));
        }
    }

    #[test]
    fn literals_at_the_very_edges_are_found() {
        for text in ["akia", "xakia", "aaaaa", "ghp_akia", "x-----BEGIN"] {
            assert_eq!(found(text.as_bytes()), expected(text.as_bytes()), "{text}");
        }
    }
}
