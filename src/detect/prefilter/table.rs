//! Where the grams of literals are looked up: a bitmap that denies most of them, and a table for the rest.
//!
//! Both are made of the literals of all rules, by the build script for the built-in ones and at run time for a team's
//! own; kept as bytes, so that the built-in ones need no work at the start. It must never be asked about a text, only
//! about grams.

use std::borrow::Cow;
use std::collections::HashMap;

use super::pack;

/// Bits of the bitmap for grams of four bytes.
pub const LONG_BITS: u32 = 19;
/// Bits of the bitmap for grams of three bytes.
pub const SHORT_BITS: u32 = 15;
/// Bits of the second bitmap.
const SECOND_BITS: u32 = 17;
/// Sets the bit that tells lower from upper case, in each of four bytes.
pub const FOLD: u32 = 0x2020_2020;
/// Keeps three of four bytes.
pub const THREE: u32 = 0x00ff_ffff;

/// A literal, and where in it the gram stands.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Number of the literal.
    pub literal: u32,
    /// First byte of the gram in it.
    pub offset: u32,
}

/// Grams of one length, with the literals that hold them.
#[derive(Debug, Default)]
pub struct Table {
    /// One bit for each hash that a gram has; empty without grams.
    bitmap: Cow<'static, [u8]>,
    /// The same by another hash, asked before the table is: most of what passes the first is denied here.
    second: Cow<'static, [u8]>,
    /// Open addressing: gram, first entry, number of entries; none means an empty slot.
    slots: Cow<'static, [u8]>,
    /// Literal and offset.
    entries: Cow<'static, [u8]>,
}

impl Table {
    /// Makes the table of some grams.
    pub fn new(mut grams: Vec<(u32, Entry)>, bits: u32) -> Self {
        if grams.is_empty() {
            return Self::default();
        }
        grams.sort_unstable_by_key(|(gram, entry)| (*gram, entry.literal, entry.offset));
        let size = (grams.len() * 2).next_power_of_two().max(16);
        let (mut bitmap, mut second) = (vec![0; 1 << (bits - 3)], vec![0; 1 << (SECOND_BITS - 3)]);
        let mut slots = vec![[0; 3]; size];
        let mut first = 0;
        for group in grams.chunk_by(|one, other| one.0 == other.0) {
            let gram = group[0].0;
            let bit = hash(gram, bits);
            bitmap[(bit >> 3) as usize] |= 1 << (bit & 7);
            let bit = second_hash(gram);
            second[(bit >> 3) as usize] |= 1 << (bit & 7);
            let mut at = slot_hash(gram) & (size - 1);
            while slots[at][2] != 0 {
                at = (at + 1) & (size - 1);
            }
            slots[at] = [gram, first, group.len() as u32];
            first += group.len() as u32;
        }
        Self {
            bitmap: Cow::Owned(bitmap),
            second: Cow::Owned(second),
            slots: Cow::Owned(pack::numbers(slots.into_iter().flatten())),
            entries: Cow::Owned(pack::numbers(grams.iter().flat_map(|(_, entry)| [entry.literal, entry.offset]))),
        }
    }

    /// Reads a table that was written into the binary.
    pub fn packed([bitmap, second, slots, entries]: [&'static [u8]; 4]) -> Self {
        Self {
            bitmap: Cow::Borrowed(bitmap),
            second: Cow::Borrowed(second),
            slots: Cow::Borrowed(slots),
            entries: Cow::Borrowed(entries),
        }
    }

    /// The bits, 64 at a time, for a filter that is to deny what no table holds.
    pub fn bitmap(&self) -> impl Iterator<Item = u64> {
        self.bitmap.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word))
    }

    /// The literals that hold a gram.
    #[inline]
    pub fn entries(&self, gram: u32) -> impl Iterator<Item = Entry> {
        let (first, count) = self.find(gram);
        (first..first + count).map(|at| Entry {
            literal: pack::number(&self.entries, at * 2),
            offset: pack::number(&self.entries, at * 2 + 1),
        })
    }

    #[inline]
    fn find(&self, gram: u32) -> (usize, usize) {
        let bit = second_hash(gram);
        if self.second.get((bit >> 3) as usize).is_none_or(|bits| bits >> (bit & 7) & 1 == 0) {
            return (0, 0);
        }
        let Some(mask) = (self.slots.len() / 12).checked_sub(1) else { return (0, 0) };
        let mut at = slot_hash(gram) & mask;
        loop {
            let count = pack::number(&self.slots, at * 3 + 2) as usize;
            if count == 0 || pack::number(&self.slots, at * 3) == gram {
                return (pack::number(&self.slots, at * 3 + 1) as usize, count);
            }
            at = (at + 1) & mask;
        }
    }

    /// Both bitmaps, slots and entries, as the binary is to hold them.
    pub fn parts(&self) -> [&[u8]; 4] {
        [&self.bitmap, &self.second, &self.slots, &self.entries]
    }
}

/// The tables of some literals: grams of four bytes for the long ones, of three for the short ones.
///
/// A long literal stands with two neighbouring grams, a short one with one. Of all places in it those are taken that
/// source code holds least often, and that fewest other literals have taken. The most constrained literals choose first.
pub fn tables<'a>(literals: impl IntoIterator<Item = &'a [u8]>) -> (Table, Table) {
    let mut literals: Vec<(u32, &[u8])> = (0..).zip(literals).collect();
    literals.sort_by_key(|(_, literal)| literal.len());
    let mut taken: HashMap<u32, u64> = HashMap::new();
    let (mut long, mut short) = (Vec::new(), Vec::new());
    for (index, literal) in literals {
        let is_long = literal.len() > 4;
        let gram = |offset: usize| if is_long { folded(literal, offset) } else { folded(literal, offset) & THREE };
        let frequency = |gram| if is_long { frequency(gram) } else { frequency_of_three(gram) };
        let cost = |gram: u32| frequency(gram) * (2 + taken.get(&gram).copied().unwrap_or(0));
        let width = if is_long { 2 } else { 1 };
        let places = (literal.len() + 1).saturating_sub(if is_long { 5 } else { 3 });
        let best =
            (0..places).min_by_key(|&place| (place..place + width).map(|offset| cost(gram(offset))).sum::<u64>());
        for offset in best.map_or(0..0, |place| place..place + width) {
            *taken.entry(gram(offset)).or_default() += 1;
            let entry = (gram(offset), Entry { literal: index, offset: offset as u32 });
            if is_long { long.push(entry) } else { short.push(entry) }
        }
    }
    (Table::new(long, LONG_BITS), Table::new(short, SHORT_BITS))
}

/// The folded gram of four bytes at `offset`; of three bytes, where there is no fourth.
pub fn folded(text: &[u8], offset: usize) -> u32 {
    let byte = |step: usize| text.get(offset + step).copied().unwrap_or(0);
    u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)]) | FOLD
}

/// How often folded grams of four bytes occur in source code: the 16,384 most frequent ones of thirteen public projects in
/// C, Go, JavaScript, PHP, Python, Rust, C# and YAML (156 million places). First the grams, then for each of them a
/// byte: eighths of a bit above once in 2^24 places.
const FREQUENT: &[u8] = include_bytes!("grams.bin");
/// What a gram has that is not among them.
const RARE: u64 = 32;

/// How often a folded gram of four bytes occurs in 2^24 places.
fn frequency(gram: u32) -> u64 {
    let count = FREQUENT.len() / 5;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if pack::number(FREQUENT, middle) < gram { low = middle + 1 } else { high = middle }
    }
    if low < count && pack::number(FREQUENT, low) == gram { weight(low) } else { RARE }
}

/// The same of three bytes, summed over what may follow.
fn frequency_of_three(gram: u32) -> u64 {
    let count = FREQUENT.len() / 5;
    RARE + (0..count).filter(|&at| pack::number(FREQUENT, at) & THREE == gram).map(weight).sum::<u64>()
}

fn weight(at: usize) -> u64 {
    let eighths = FREQUENT[FREQUENT.len() / 5 * 4 + at];
    (f64::from(eighths) / 8.0).exp2() as u64
}

/// The bit of a gram in a bitmap of so many bits.
#[inline(always)]
pub fn hash(gram: u32, bits: u32) -> u32 {
    gram.wrapping_mul(0x9e37_79b1) >> (32 - bits)
}

#[inline(always)]
fn second_hash(gram: u32) -> u32 {
    gram.wrapping_mul(0xc2b2_ae35) >> (32 - SECOND_BITS)
}

#[inline]
fn slot_hash(gram: u32) -> usize {
    (gram.wrapping_mul(0x85eb_ca6b) >> 7) as usize
}
