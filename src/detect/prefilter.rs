//! Finds the literals of all rules in one pass, much faster than an automaton over all of them could.
//!
//! Every second position's four bytes, case folded by one OR, are looked up in a bitmap. Each literal of five bytes or
//! more stands in it with two neighbouring grams, so that one of them falls on an even position wherever the literal
//! begins. The few shorter literals stand with their first three bytes in a small bitmap of their own, which is asked at
//! every position. It is sound by construction: no literal is ever missed (a property test holds it against an automaton).
//! It must never decide anything: what it reports is verified byte for byte, and judged elsewhere.

use crate::model::Span;

const LONG_BITS: u32 = 19;
const SHORT_BITS: u32 = 15;
const FOLD: u32 = 0x2020_2020;
const THREE: u32 = 0x00ff_ffff;

/// A compiled set of literals.
#[derive(Debug)]
pub struct Prefilter {
    long: Grams<{ 1 << (LONG_BITS - 6) }, LONG_BITS>,
    short: Grams<{ 1 << (SHORT_BITS - 6) }, SHORT_BITS>,
    literals: Vec<Box<[u8]>>,
}

/// Grams with the literals that hold them: a bitmap to deny, and a table to look up.
#[derive(Debug)]
struct Grams<const WORDS: usize, const BITS: u32> {
    bitmap: Box<[u64; WORDS]>,
    /// Open addressing; no entries means an empty slot.
    slots: Vec<Slot>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    gram: u32,
    first: u32,
    count: u32,
}

/// A literal, and where in it the gram stands.
#[derive(Debug, Clone, Copy)]
struct Entry {
    literal: u32,
    offset: u32,
}

/// Index of a literal in the order in which they were given.
pub type LiteralIndex = u32;

impl<const WORDS: usize, const BITS: u32> Grams<WORDS, BITS> {
    fn new(mut grams: Vec<(u32, Entry)>) -> Self {
        grams.sort_unstable_by_key(|(gram, entry)| (*gram, entry.literal, entry.offset));
        let mut table = Self {
            bitmap: Box::new([0; WORDS]),
            slots: vec![Slot::default(); (grams.len() * 2).next_power_of_two().max(16)],
            entries: grams.iter().map(|(_, entry)| *entry).collect(),
        };
        let mut first = 0;
        for group in grams.chunk_by(|one, other| one.0 == other.0) {
            table.insert(Slot { gram: group[0].0, first, count: group.len() as u32 });
            first += group.len() as u32;
        }
        table
    }

    fn insert(&mut self, slot: Slot) {
        let bit = hash(slot.gram, BITS);
        self.bitmap[(bit >> 6) as usize % WORDS] |= 1 << (bit & 63);
        let mask = self.slots.len() - 1;
        let mut at = slot_hash(slot.gram) & mask;
        while self.slots[at].count != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    /// One or zero.
    #[inline(always)]
    fn may_hold(&self, gram: u32) -> u64 {
        let bit = hash(gram, BITS);
        (self.bitmap[(bit >> 6) as usize % WORDS] >> (bit & 63)) & 1
    }

    fn entries(&self, gram: u32) -> &[Entry] {
        let mask = self.slots.len() - 1;
        let mut at = slot_hash(gram) & mask;
        loop {
            let slot = self.slots[at];
            if slot.count == 0 {
                return &[];
            }
            if slot.gram == gram {
                return &self.entries[slot.first as usize..(slot.first + slot.count) as usize];
            }
            at = (at + 1) & mask;
        }
    }
}

impl Prefilter {
    /// Compiles lower-case literals of three bytes or more.
    pub fn new(literals: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let literals: Vec<Box<[u8]>> = literals.into_iter().map(|literal| literal.into().into_boxed_slice()).collect();
        let (mut long, mut short) = (Vec::with_capacity(literals.len() * 2), Vec::new());
        for (index, literal) in (0..).zip(&literals) {
            match literal.len() {
                0..3 => {}
                3 | 4 => short.push((folded(literal, 0) & THREE, Entry { literal: index, offset: 0 })),
                len => {
                    let cost =
                        |offset: usize| commonness(folded(literal, offset)) + commonness(folded(literal, offset + 1));
                    let offset = (0..=len - 5).min_by_key(|&offset| cost(offset)).unwrap_or(0);
                    for offset in [offset, offset + 1] {
                        long.push((folded(literal, offset), Entry { literal: index, offset: offset as u32 }));
                    }
                }
            }
        }
        Self { long: Grams::new(long), short: Grams::new(short), literals }
    }

    /// The literal at `index`.
    pub fn literal(&self, index: LiteralIndex) -> &[u8] {
        &self.literals[index as usize]
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

    fn look_up_long(&self, gram: u32, bytes: &[u8], at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        if self.long.may_hold(gram) != 0 {
            for entry in self.long.entries(gram) {
                self.verify(*entry, bytes, at, on_hit);
            }
        }
    }

    fn look_up_short(&self, gram: u32, bytes: &[u8], at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        if self.short.may_hold(gram) != 0 {
            for entry in self.short.entries(gram) {
                self.verify(*entry, bytes, at, on_hit);
            }
        }
    }

    fn verify(&self, entry: Entry, bytes: &[u8], at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        let literal = &self.literals[entry.literal as usize];
        let Some(start) = at.checked_sub(entry.offset as usize) else { return };
        if bytes.get(start..start + literal.len()).is_some_and(|found| found.eq_ignore_ascii_case(literal)) {
            on_hit(entry.literal, start);
        }
    }
}

/// The folded gram of four bytes at `offset`; of three bytes, where there is no fourth.
fn folded(text: &[u8], offset: usize) -> u32 {
    let byte = |step: usize| text.get(offset + step).copied().unwrap_or(0);
    u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)]) | FOLD
}

/// How common a folded gram is in source code and prose, in arbitrary units: the sum of its letters' ranks.
fn commonness(gram: u32) -> u32 {
    const RANKS: &[u8] = b" etaoinsrlcdupmhgfb(_)y.,;=-0\"v/w'1:xk*>2{}3#<4[]5896z7jq$";
    let rank = |byte: u8| {
        let folded = |candidate: &u8| candidate | 0x20 == byte;
        RANKS.iter().position(folded).map_or(0, |position| 64 - position as u32)
    };
    gram.to_le_bytes().into_iter().map(rank).sum()
}

#[inline(always)]
fn hash(gram: u32, bits: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1) >> (32 - bits)
}

fn slot_hash(gram: u32) -> usize {
    (gram.wrapping_mul(0x85eb_ca6b) >> 7) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LITERALS: &[&str] = &["akia", "ghp_", "secret", "aaaaa", "acme_live_", "-----begin", "pass", "_key", "cio"];

    fn found(bytes: &[u8]) -> Vec<(u32, usize)> {
        let filter = Prefilter::new(LITERALS.iter().map(|literal| literal.as_bytes()));
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
