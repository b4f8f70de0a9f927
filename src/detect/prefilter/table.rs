//! Where the grams of literals are looked up: a filter that denies most of them, and a table for the rest.
//!
//! Both are made of the literals of all rules, by the build script for the built-in ones and at run time for a team's
//! own; kept as bytes, so that the built-in ones need no work at the start. It must never be asked about a text, only
//! about grams.

use std::borrow::Cow;
use std::collections::HashMap;

use super::byte_set::ByteSet;
use super::pack;

/// Words of a filter, as a power of two.
const FILTER_BITS: u32 = 14;
/// Words of a filter.
pub const FILTER: usize = 1 << FILTER_BITS;
/// Words of the filter that those grams are held against which pass the first, as a power of two.
const SECOND_BITS: u32 = 12;
/// Words of the second filter.
pub const SECOND: usize = 1 << SECOND_BITS;
/// Sets the bit that tells lower from upper case, in each of eight bytes.
pub const FOLD: u64 = 0x2020_2020_2020_2020;
/// Keeps six of eight bytes.
pub const SIX: u64 = 0x0000_ffff_ffff_ffff;
/// Keeps four of eight bytes.
pub const FOUR: u64 = 0x0000_0000_ffff_ffff;
/// Literals of so many bytes or more stand with grams of six bytes.
const LONG: usize = 7;
/// So many bytes that may stand beside a literal are few: letters, digits and some signs.
const FEW: usize = 64;
/// Says of an entry that another one of the same gram follows.
const MORE: u32 = 1 << 31;

/// A literal that is searched for. All in lower case, as the text is.
#[derive(Debug, Clone, Copy)]
pub struct Needle<'a> {
    /// Three bytes or more.
    pub literal: &'a [u8],
    /// The bytes of which one must go before it, if it does not begin the text.
    pub before: ByteSet,
    /// The bytes of which one must follow it, if it does not end the text; if not every byte can, one must.
    pub after: ByteSet,
}

/// A literal, and where it begins.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Number of the literal.
    pub literal: u32,
    /// How many bytes after the byte before the literal the gram begins: it may begin with that byte.
    pub offset: u32,
}

/// Grams of one length, with the literals that hold them.
#[derive(Debug, Default)]
pub struct Table {
    /// Two filters, with a bit in each for each gram; empty without grams.
    filters: Cow<'static, [u8]>,
    /// Open addressing: some bits of the gram's hash, and its first entry, counted from one; zero means an empty slot.
    slots: Cow<'static, [u8]>,
    /// Literal (with a mark if more follow) and offset.
    entries: Cow<'static, [u8]>,
}

/// The word of a gram in the first filter, and its bit in that word.
#[inline(always)]
pub fn first_place(gram: u64) -> (usize, u64) {
    let hash = hash(gram);
    ((hash >> (64 - FILTER_BITS)) as usize, (hash >> (58 - FILTER_BITS)) & 63)
}

/// The same in the second filter, of other parts of the hash.
#[inline(always)]
pub fn second_place(gram: u64) -> (usize, u64) {
    let hash = hash(gram);
    (
        (hash >> (58 - FILTER_BITS - SECOND_BITS)) as usize & (SECOND - 1),
        (hash >> (52 - FILTER_BITS - SECOND_BITS)) & 63,
    )
}

#[inline(always)]
fn hash(gram: u64) -> u64 {
    gram.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Where a gram's slot is searched for, and what it is known by there; the first follows from the second. Two grams may
/// be known by the same: they share a slot, and whoever asks compares the literal.
#[inline(always)]
fn slot(gram: u64, mask: usize) -> (usize, u32) {
    // The upper half: of a product, the lower bits know of the lower bits only.
    let tag = (hash(gram) >> 32) as u32;
    ((tag >> 8) as usize & mask, tag)
}

impl Table {
    /// Makes the table of some grams.
    pub fn new(mut grams: Vec<(u64, Entry)>) -> Self {
        if grams.is_empty() {
            return Self::default();
        }
        let size = (grams.len() * 3 / 2).next_power_of_two().max(16);
        let key = |gram: u64| slot(gram, size - 1);
        grams.sort_unstable_by_key(|&(gram, entry)| (key(gram), entry.literal, entry.offset));
        let mut filters = vec![0_u64; FILTER + SECOND];
        let mut slots = vec![[0; 2]; size];
        let mut entries = Vec::with_capacity(grams.len() * 2);
        for group in grams.chunk_by(|one, other| key(one.0) == key(other.0)) {
            let (mut at, tag) = key(group[0].0);
            while slots[at][1] != 0 {
                at = (at + 1) & (size - 1);
            }
            slots[at] = [tag, entries.len() as u32 / 2 + 1];
            for (left, &(gram, entry)) in (0..group.len()).rev().zip(group) {
                let ((word, bit), (second_word, second_bit)) = (first_place(gram), second_place(gram));
                filters[word] |= 1 << bit;
                filters[FILTER + second_word] |= 1 << second_bit;
                entries.extend([entry.literal | if left > 0 { MORE } else { 0 }, entry.offset]);
            }
        }
        Self {
            filters: Cow::Owned(filters.into_iter().flat_map(u64::to_le_bytes).collect()),
            slots: Cow::Owned(pack::numbers(slots.into_iter().flatten())),
            entries: Cow::Owned(pack::numbers(entries)),
        }
    }

    /// Reads a table that was written into the binary.
    pub fn packed([filters, slots, entries]: [&'static [u8]; 3]) -> Self {
        Self { filters: Cow::Borrowed(filters), slots: Cow::Borrowed(slots), entries: Cow::Borrowed(entries) }
    }

    /// The words of the first filter, then those of the second.
    pub fn filters(&self) -> impl Iterator<Item = u64> {
        self.filters.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word))
    }

    /// The literals that hold a gram, and now and then one that does not.
    #[inline]
    pub fn entries(&self, gram: u64) -> impl Iterator<Item = Entry> {
        let mut next = self.find(gram);
        std::iter::from_fn(move || {
            let at = next?;
            let literal = pack::number(&self.entries, at * 2);
            next = (literal & MORE != 0).then_some(at + 1);
            Some(Entry { literal: literal & !MORE, offset: pack::number(&self.entries, at * 2 + 1) })
        })
    }

    #[inline]
    fn find(&self, gram: u64) -> Option<usize> {
        let mask = (self.slots.len() / 8).checked_sub(1)?;
        let (mut at, tag) = slot(gram, mask);
        loop {
            let first = pack::number(&self.slots, at * 2 + 1).checked_sub(1)?;
            if pack::number(&self.slots, at * 2) == tag {
                return Some(first as usize);
            }
            at = (at + 1) & mask;
        }
    }

    /// Filters, slots and entries, as the binary is to hold them.
    pub fn parts(&self) -> [&[u8]; 3] {
        [&self.filters, &self.slots, &self.entries]
    }
}

/// The tables of some literals: grams of six bytes for the long ones, of four for the others.
///
/// A text is asked at every second place, so that a literal stands with two grams: one that begins an even number of bytes
/// from its beginning, one an odd number. Of all that it has those are taken that source code holds least often, and that
/// fewest other literals have taken; the most constrained literals choose first. A literal that is short may also stand
/// with all bytes that can follow it or go before it.
pub fn tables<'a>(needles: impl IntoIterator<Item = Needle<'a>>) -> (Table, Table) {
    let mut needles: Vec<(u32, Needle<'_>)> = (0..).zip(needles).collect();
    needles.sort_by_key(|(_, needle)| needle.literal.len());
    let mut taken: HashMap<u64, u64> = HashMap::new();
    let (mut six, mut four) = (Vec::new(), Vec::new());
    for (index, needle) in needles {
        let len = if needle.literal.len() < LONG { 4 } else { 6 };
        let choices = choices(needle, len);
        for parity in [0, 1] {
            let cost = |gram: &u64| {
                let rarest = (0..len - 3).map(|step| frequency((gram >> (8 * step) & FOUR) as u32)).min();
                rarest.unwrap_or(RARE) * (2 + taken.get(gram).copied().unwrap_or(0))
            };
            let of_parity: Vec<_> = choices.iter().filter(|(offset, _)| offset % 2 == parity).collect();
            let best = match of_parity[..] {
                [] => continue,
                [only] => only,
                _ => of_parity
                    .iter()
                    .min_by_key(|(_, grams)| grams.iter().map(cost).sum::<u64>())
                    .unwrap_or(&of_parity[0]),
            };
            let (offset, grams) = best;
            if let [gram] = grams[..] {
                *taken.entry(gram).or_default() += 1;
            }
            for &gram in grams {
                let entry = (gram, Entry { literal: index, offset: *offset });
                if len == 6 { six.push(entry) } else { four.push(entry) }
            }
        }
    }
    (Table::new(six), Table::new(four))
}

/// Sets of grams of `len` bytes of which a text that holds the literal has one, with their offsets from the byte before it.
fn choices(needle: Needle<'_>, len: usize) -> Vec<(u32, Vec<u64>)> {
    let literal = needle.literal;
    let inside = (0..(literal.len() + 1).saturating_sub(len))
        .map(|offset| (offset as u32 + 1, vec![folded(literal[offset..offset + len].iter().copied())]));
    let mut choices: Vec<_> = inside.collect();
    if len == 4 && literal.len() >= 3 {
        let tail = literal.len() - 3;
        let (before, after) = (any(needle.before), any(needle.after));
        // Sets of many grams cost time and room: only where they are few, or nothing else is left.
        let is_few = |set: &[u8]| set.len() <= FEW;
        if is_few(&after) || literal.len() == 3 {
            let grams = after.iter().map(|&byte| folded(literal[tail..].iter().copied().chain([byte])));
            choices.push((tail as u32 + 1, grams.collect()));
        }
        if is_few(&before) || literal.len() == 3 || literal.len() == 4 && !is_few(&after) {
            let grams = before.iter().map(|&byte| folded([byte, literal[0], literal[1], literal[2]]));
            choices.push((0, grams.collect()));
        }
    }
    choices
}

/// The folded bytes of a set.
fn any(set: ByteSet) -> Vec<u8> {
    let mut folded = ByteSet::NONE;
    set.into_bytes().for_each(|byte| folded.insert(byte | FOLD as u8));
    folded.into_bytes().collect()
}

/// The folded gram of up to eight bytes.
fn folded(text: impl IntoIterator<Item = u8>) -> u64 {
    (0..).zip(text).fold(0, |gram, (at, byte)| gram | u64::from(byte | FOLD as u8) << (8 * at))
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

fn weight(at: usize) -> u64 {
    let eighths = FREQUENT[FREQUENT.len() / 5 * 4 + at];
    (f64::from(eighths) / 8.0).exp2() as u64
}
