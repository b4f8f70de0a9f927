//! Finds the literals of all rules in one pass, much faster than an automaton over all of them could.
//!
//! Every second position's four bytes, case folded by one OR, are looked up in a bitmap that fits the first-level
//! cache. Each literal stands in it with two neighbouring grams, so that one of them falls on an even position wherever
//! the literal begins. It is sound by construction: no literal is ever missed (a property test holds it against a plain
//! search). It must never decide anything: what it reports is verified byte for byte, and judged elsewhere.

use crate::model::Span;

const BITS: u32 = 18;
const FOLD: u32 = 0x2020_2020;

/// A compiled set of literals.
#[derive(Debug)]
pub struct Prefilter {
    bitmap: Vec<u64>,
    /// Open addressing: gram, first entry, number of entries; no entries means an empty slot.
    slots: Vec<Slot>,
    entries: Vec<Entry>,
    literals: Vec<Box<[u8]>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    gram: u32,
    first: u32,
    count: u32,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    literal: u32,
    /// Where in the literal the gram stands; -1 for the gram that begins one byte before a literal of three bytes.
    offset: i32,
}

/// Index of a literal in the order in which they were given.
pub type LiteralIndex = u32;

impl Prefilter {
    /// Compiles lower-case literals of three bytes or more; one of three is not seen at the very end of a text, where no
    /// value can follow it.
    pub fn new(literals: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let literals: Vec<Box<[u8]>> = literals.into_iter().map(|literal| literal.into().into_boxed_slice()).collect();
        let mut grams: Vec<(u32, Entry)> = Vec::with_capacity(literals.len() * 4);
        for (index, literal) in literals.iter().enumerate() {
            add_grams(literal, index as u32, &mut grams);
        }
        grams.sort_unstable_by_key(|(gram, entry)| (*gram, entry.literal, entry.offset));
        let mut filter = Self {
            bitmap: vec![0; 1 << (BITS - 6)],
            slots: vec![Slot::default(); (grams.len() * 2).next_power_of_two().max(16)],
            entries: grams.iter().map(|(_, entry)| *entry).collect(),
            literals,
        };
        let mut first = 0;
        for group in grams.chunk_by(|one, other| one.0 == other.0) {
            filter.insert(group[0].0, first, group.len() as u32);
            first += group.len() as u32;
        }
        filter
    }

    fn insert(&mut self, gram: u32, first: u32, count: u32) {
        let bit = hash(gram);
        self.bitmap[(bit >> 6) as usize] |= 1 << (bit & 63);
        let mask = self.slots.len() - 1;
        let mut at = slot_hash(gram) & mask;
        while self.slots[at].count != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = Slot { gram, first, count };
    }

    /// The literal at `index`.
    pub fn literal(&self, index: LiteralIndex) -> &[u8] {
        &self.literals[index as usize]
    }

    /// Reports every literal that touches `range` of `bytes`: its index and where it begins.
    pub fn scan(&self, bytes: &[u8], range: Span, mut on_hit: impl FnMut(LiteralIndex, usize)) {
        let end = range.end.min(bytes.len());
        let mut at = range.start.saturating_sub(3);
        let bitmap: &[u64; 1 << (BITS - 6)] =
            self.bitmap.as_slice().try_into().expect("invariant: the bitmap has its fixed size");
        // Four grams a step out of two overlapping loads.
        while at + 11 <= bytes.len() && at < end {
            let window: &[u8; 11] = bytes[at..at + 11].try_into().expect("invariant: eleven bytes");
            let low = u64::from_le_bytes([
                window[0], window[1], window[2], window[3], window[4], window[5], window[6], window[7],
            ]);
            let grams = [
                low as u32,
                (low >> 16) as u32,
                (low >> 32) as u32,
                u32::from_le_bytes([window[6], window[7], window[8], window[9]]),
            ];
            let bits = grams.map(|gram| {
                let bit = hash(gram | FOLD);
                (bitmap[(bit >> 6) as usize & ((1 << (BITS - 6)) - 1)] >> (bit & 63)) & 1
            });
            if bits[0] | bits[1] | bits[2] | bits[3] != 0 {
                for step in 0..4 {
                    if bits[step] != 0 {
                        self.look_up(grams[step] | FOLD, bytes, at + 2 * step, &mut on_hit);
                    }
                }
            }
            at += 8;
        }
        while at + 4 <= bytes.len() && at < end + 4 {
            let gram = u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]) | FOLD;
            self.look_up(gram, bytes, at, &mut on_hit);
            at += 2;
        }
        // A four-byte literal at the very end has no even gram with a byte after it.
        if end == bytes.len() && bytes.len() >= 4 {
            self.at_end(bytes, &mut on_hit);
        }
    }

    fn look_up(&self, gram: u32, bytes: &[u8], at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        let mask = self.slots.len() - 1;
        let mut index = slot_hash(gram) & mask;
        loop {
            let slot = self.slots[index];
            if slot.count == 0 {
                return;
            }
            if slot.gram == gram {
                for entry in &self.entries[slot.first as usize..(slot.first + slot.count) as usize] {
                    self.verify(*entry, bytes, at, on_hit);
                }
                return;
            }
            index = (index + 1) & mask;
        }
    }

    fn verify(&self, entry: Entry, bytes: &[u8], at: usize, on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        let literal = &self.literals[entry.literal as usize];
        let Some(start) = at.checked_add_signed(-(entry.offset as isize)) else { return };
        if bytes.get(start..start + literal.len()).is_some_and(|found| found.eq_ignore_ascii_case(literal)) {
            on_hit(entry.literal, start);
        }
    }

    fn at_end(&self, bytes: &[u8], on_hit: &mut impl FnMut(LiteralIndex, usize)) {
        let start = bytes.len() - 4;
        for (index, literal) in self.literals.iter().enumerate() {
            if literal.len() == 4 && bytes[start..].eq_ignore_ascii_case(literal) {
                on_hit(index as u32, start);
            }
        }
    }
}

fn add_grams(literal: &[u8], index: u32, grams: &mut Vec<(u32, Entry)>) {
    let gram = |offset: usize| {
        u32::from_le_bytes([literal[offset], literal[offset + 1], literal[offset + 2], literal[offset + 3]]) | FOLD
    };
    match literal.len() {
        0..3 => {}
        3 => {
            let short = u32::from_le_bytes([literal[0], literal[1], literal[2], 0]) | FOLD;
            for byte in (0..=255u32).filter(|byte| byte & 0x20 != 0) {
                grams.push(((short & 0x00ff_ffff) | byte << 24, Entry { literal: index, offset: 0 }));
                grams.push((short << 8 | byte, Entry { literal: index, offset: -1 }));
            }
        }
        4 => {
            grams.push((gram(0), Entry { literal: index, offset: 0 }));
            let tail = u32::from_le_bytes([literal[1], literal[2], literal[3], 0]) | FOLD;
            let next = (0..=255u32).filter(|byte| byte & 0x20 != 0);
            grams.extend(next.map(|byte| ((tail & 0x00ff_ffff) | byte << 24, Entry { literal: index, offset: 1 })));
        }
        len => {
            let offset = (0..=len - 5).min_by_key(|&offset| commonness(gram(offset)) + commonness(gram(offset + 1)));
            let offset = offset.expect("invariant: five bytes or more");
            grams.push((gram(offset), Entry { literal: index, offset: offset as i32 }));
            grams.push((gram(offset + 1), Entry { literal: index, offset: offset as i32 + 1 }));
        }
    }
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

fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1) >> (32 - BITS)
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
        // A literal of three bytes at the very end may be seen or not: no value can follow it.
        hits.retain(|&(literal, at)| LITERALS[literal as usize].len() > 3 || at + 3 < bytes.len());
        hits
    }

    /// What an automaton over the same literals finds.
    fn expected(bytes: &[u8]) -> Vec<(u32, usize)> {
        let automaton = aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(LITERALS).unwrap();
        let hits = automaton.find_overlapping_iter(bytes).map(|hit| (hit.pattern().as_u32(), hit.start()));
        let mut hits: Vec<(u32, usize)> =
            hits.filter(|&(literal, at)| LITERALS[literal as usize].len() > 3 || at + 3 < bytes.len()).collect();
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
