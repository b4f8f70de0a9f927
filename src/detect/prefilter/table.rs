//! Where the grams of literals are looked up: tables from grams to the literals that hold them.
//!
//! Both are made of the literals of all rules, by the build script for the built-in ones and at run time for a team's
//! own; kept as bytes, so that the built-in ones need no work at the start. It must never be asked about a text, only
//! about grams.

use std::borrow::Cow;
use std::collections::HashMap;

use super::byte_set::ByteSet;
use super::pack;

/// Sets the bit that tells lower from upper case, in each of eight bytes.
pub const FOLD: u64 = 0x2020_2020_2020_2020;
/// Clears the highest bit in each of four bytes: grams that stand anywhere are asked for without it, so that half as many
/// bytes can stand beside a short literal.
const PLAIN: u32 = 0x7f7f_7f7f;
/// Keeps six of eight bytes.
pub const SIX: u64 = 0x0000_ffff_ffff_ffff;
/// Keeps five of eight bytes.
pub const FIVE: u64 = 0x0000_00ff_ffff_ffff;
/// Keeps four of eight bytes.
pub const FOUR: u64 = 0x0000_0000_ffff_ffff;
/// So many bytes that may stand beside a literal are few: letters, digits and some signs.
const FEW: usize = 40;
/// Literals of so many bytes or more have enough grams of their own.
const LONG: usize = 7;
/// Bytes of a slot.
const SLOT: usize = 16;
/// Says of an entry that another one of the same gram follows.
const MORE: u32 = 1 << 31;

/// Where a literal may stand.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Only where a word begins; the literal begins with a letter or a digit.
    pub begins: bool,
    /// The bytes of which one must go before it, if it does not begin the text.
    pub before: ByteSet,
    /// The bytes of which one must follow it, if it does not end the text; if not every byte can, one must.
    pub after: ByteSet,
}

impl Place {
    /// Anywhere.
    pub const ANY: Self = Self { begins: false, before: ByteSet::ALL, after: ByteSet::ALL };

    /// All places of both.
    pub fn union(self, other: Self) -> Self {
        Self {
            begins: self.begins && other.begins,
            before: self.before.union(other.before),
            after: self.after.union(other.after),
        }
    }
}

/// A literal that is searched for. All in lower case, as the text is.
#[derive(Debug, Clone, Copy)]
pub struct Needle<'a> {
    /// Three bytes or more.
    pub literal: &'a [u8],
    /// Where it may stand.
    pub place: Place,
}

/// A literal, and where it begins.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Number of the literal.
    pub literal: u32,
    /// How many bytes after the byte before the literal the gram begins: it may begin with that byte.
    pub offset: u32,
    /// How long the literal is.
    pub length: u32,
    /// Its last four bytes, folded; of a literal of three, these behind a zero. Many share a gram: this tells most apart.
    pub tail: u32,
}

/// Folded bytes of an [`Entry::tail`].
const TAIL: usize = 4;

impl Entry {
    fn of(index: u32, literal: &[u8], offset: u32) -> Self {
        let last = &literal[literal.len().saturating_sub(TAIL)..];
        let tail = (folded(last.iter().copied()) as u32) << (8 * (TAIL - last.len()));
        Self { literal: index, offset, length: literal.len() as u32, tail }
    }

    /// Says whether the literal may end at `end` of a text: its last bytes stand there.
    #[inline]
    pub fn may_end(&self, text: &[u8], end: usize) -> bool {
        let Some(last) = end.checked_sub(TAIL).and_then(|start| text.get(start..)?.first_chunk()) else { return true };
        let mask = if (self.length as usize) < TAIL { !0xff } else { !0 };
        (u32::from_le_bytes(*last) | FOLD as u32) & mask == self.tail
    }
}

/// Grams of one length, with the literals that hold them.
#[derive(Debug, Default)]
pub struct Table {
    /// Two filters of its grams, one after the other; empty without any.
    filters: Cow<'static, [u8]>,
    /// Open addressing: some bits of the gram's hash, the literal counted from one (with a mark if more follow; zero in an empty
    /// slot), length with offset, and tail. All in one place: memory is what a look-up waits for.
    slots: Cow<'static, [u8]>,
}

/// The word of a gram in a filter of so many `words`, a power of two, and its bit in that word.
#[inline(always)]
pub fn place(gram: u64, words: usize) -> (usize, u32) {
    let (hash, bits) = (hash(gram), words.trailing_zeros());
    ((hash >> (64 - bits)) as usize, (hash >> (58 - bits)) as u32 & 63)
}

/// What stands for a gram in a second filter, so that it has another place there.
#[inline(always)]
pub fn other(gram: u64) -> u64 {
    hash(gram).swap_bytes()
}

/// Folds a gram of four bytes that stands anywhere.
#[inline(always)]
pub fn plain(gram: u32) -> u32 {
    gram & PLAIN | FOLD as u32
}

/// The place of a gram that stands anywhere in one of its filters, the first or the second: the number of a word of 32 bits,
/// and a bit. All in 32 bits, so that many grams are placed at once.
#[inline(always)]
pub fn place_anywhere(gram: u32, is_second: bool) -> (usize, u32) {
    let hash = gram.wrapping_mul(if is_second { 0x85eb_ca6b } else { 0x9e37_79b1 });
    ((hash >> (32 - ANYWHERE.trailing_zeros())) as usize, hash >> (27 - ANYWHERE.trailing_zeros()) & 31)
}

/// Words of 32 bits in each of these filters.
pub const ANYWHERE: usize = Kind::Any.words() * 2;

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
    /// Makes the filters alone.
    fn filter(grams: &[Gram], kind: Kind) -> Self {
        if grams.is_empty() {
            return Self::default();
        }
        let words = kind.words();
        let mut filters = vec![0_u64; 2 * words];
        for &(gram, _) in grams {
            if kind == Kind::Any {
                for (filter, is_second) in [(0, false), (words, true)] {
                    let (word, bit) = place_anywhere(gram as u32, is_second);
                    filters[filter + word / 2] |= 1 << (bit as usize + word % 2 * 32);
                }
            } else {
                for (filter, gram) in [(0, gram), (words, other(gram))] {
                    let (word, bit) = place(gram, words);
                    filters[filter + word] |= 1 << bit;
                }
            }
        }
        let filters = Cow::Owned(filters.into_iter().flat_map(u64::to_le_bytes).collect());
        Self { filters, ..Self::default() }
    }

    /// Makes the table of some grams.
    fn new(grams: &mut [Gram], kind: Kind) -> Self {
        if grams.is_empty() {
            return Self::default();
        }
        let size = (grams.len() * 5 / 4).next_power_of_two().max(16);
        let key = |gram: u64| slot(gram, size - 1);
        grams.sort_unstable_by_key(|&(gram, entry)| (key(gram), entry.literal, entry.offset));
        let mut slots = vec![[0; SLOT / 4]; size];
        for group in grams.chunk_by(|one, other| key(one.0) == key(other.0)) {
            let (mut at, tag) = key(group[0].0);
            for (left, &(_, entry)) in (0..group.len()).rev().zip(group) {
                while slots[at][1] != 0 {
                    at = (at + 1) & (size - 1);
                }
                let more = if left > 0 { MORE } else { 0 };
                slots[at] = [tag, (entry.literal + 1) | more, entry.length << 16 | entry.offset, entry.tail];
            }
        }
        Self { slots: Cow::Owned(pack::numbers(slots.into_iter().flatten())), ..Self::filter(grams, kind) }
    }

    /// Reads a table that was written into the binary.
    pub fn packed([filters, slots]: [&'static [u8]; 2]) -> Self {
        Self { filters: Cow::Borrowed(filters), slots: Cow::Borrowed(slots) }
    }

    /// The words of the first filter, then those of the second.
    pub fn filters(&self) -> impl Iterator<Item = u64> {
        self.filters.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word))
    }

    /// The same in words of 32 bits.
    pub fn filters_anywhere(&self) -> impl Iterator<Item = u32> {
        self.filters.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word))
    }

    /// The literals that hold a gram, and now and then one that does not.
    #[inline]
    pub fn entries(&self, gram: u64) -> impl Iterator<Item = Entry> {
        let slots = self.slots.as_chunks::<SLOT>().0;
        let mask = slots.len().wrapping_sub(1);
        let (mut next, tag) = slot(gram, mask);
        let mut is_done = slots.is_empty();
        std::iter::from_fn(move || {
            while !is_done {
                // Written out: this is where the time of a look-up goes.
                let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = *slots.get(next)?;
                next = (next + 1) & mask;
                let literal = u32::from_le_bytes([e, f, g, h]);
                let is_same = u32::from_le_bytes([a, b, c, d]) == tag;
                is_done = literal == 0 || is_same && literal & MORE == 0;
                if is_same && literal != 0 {
                    let place = u32::from_le_bytes([i, j, k, l]);
                    let tail = u32::from_le_bytes([m, n, o, p]);
                    let literal = (literal & !MORE) - 1;
                    return Some(Entry { literal, offset: place & 0xffff, length: place >> 16, tail });
                }
            }
            None
        })
    }

    /// Filters and slots, as the binary is to hold them.
    pub fn parts(&self) -> [&[u8]; 2] {
        [&self.filters, &self.slots]
    }
}

/// Kinds of tables: how long their grams are, and where they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The first six bytes of literals that begin a word, of those that have so many. Leads to no literal.
    LongHead,
    /// The first four bytes of the others. Leads to no literal.
    ShortHead,
    /// Eight bytes where a word begins.
    Eight,
    /// Six bytes where a word begins, for literals of fewer than eight.
    Six,
    /// Five bytes where a word begins, for literals of five.
    Five,
    /// Four bytes where a word begins, for literals of four, or of three with the byte that follows.
    Four,
    /// Four bytes at every second place.
    Any,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; KINDS] =
        [Self::LongHead, Self::ShortHead, Self::Eight, Self::Six, Self::Five, Self::Four, Self::Any];

    /// Words of each of its filters, a power of two: so many that few bits are set, and few enough to stay at hand.
    pub const fn words(self) -> usize {
        match self {
            Self::LongHead | Self::Eight | Self::Any => 1 << 12,
            Self::ShortHead | Self::Six | Self::Four => 1 << 10,
            Self::Five => 1 << 8,
        }
    }

    /// What it is called in the binary.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LongHead => "long-head",
            Self::ShortHead => "short-head",
            Self::Eight => "eight",
            Self::Six => "six",
            Self::Five => "five",
            Self::Four => "four",
            Self::Any => "any",
        }
    }
}

/// How many kinds of tables there are.
pub const KINDS: usize = 7;

/// The tables of some literals, in the order of [`Kind::ALL`].
pub fn tables<'a>(needles: impl IntoIterator<Item = Needle<'a>>) -> [Table; KINDS] {
    let (starting, others): (Vec<_>, Vec<_>) = (0..).zip(needles).partition(|(_, needle)| needle.place.begins);
    let [mut eight, mut six, mut five, mut four] = starting_grams(&starting);
    let mut any = grams_anywhere(others);
    let heads = |grams: &[Gram], mask: u64| grams.iter().map(|&(gram, entry)| (gram & mask, entry)).collect();
    let long: Vec<Gram> = heads(&[&eight[..], &six].concat(), SIX);
    let short: Vec<Gram> = heads(&[&five[..], &four].concat(), FOUR);
    Kind::ALL.map(|kind| match kind {
        Kind::LongHead => Table::filter(&long, kind),
        Kind::ShortHead => Table::filter(&short, kind),
        Kind::Eight => Table::new(&mut eight, kind),
        Kind::Six => Table::new(&mut six, kind),
        Kind::Five => Table::new(&mut five, kind),
        Kind::Four => Table::new(&mut four, kind),
        Kind::Any => Table::new(&mut any, kind),
    })
}

/// A gram, with a literal that holds it.
type Gram = (u64, Entry);

/// The first bytes of literals that stand where a word begins: eight, six, five and four.
fn starting_grams(needles: &[(u32, Needle<'_>)]) -> [Vec<Gram>; 4] {
    let mut grams = [const { Vec::new() }; 4];
    for &(index, Needle { literal, place }) in needles {
        let entry = |gram| (gram, Entry::of(index, literal, 1));
        let first = |len: usize| entry(folded(literal[..len].iter().copied()));
        match literal.len() {
            8.. => grams[0].push(first(8)),
            6.. => grams[1].push(first(6)),
            5 => grams[2].push(first(5)),
            4 => grams[3].push(first(4)),
            _ => {
                let after = any(place.after).into_iter();
                grams[3].extend(after.map(|byte| entry(folded(literal.iter().copied().chain([byte])))));
            }
        }
    }
    grams
}

/// Grams of four bytes of literals that stand anywhere.
///
/// A text is asked at every second place, so that a literal stands with two grams: one that begins an even number of bytes
/// from its beginning, one an odd number. Of all that it has those are taken that source code holds least often, and that
/// fewest other literals have taken; the most constrained literals choose first. A literal that is short may also stand
/// with all bytes that can follow it or go before it.
fn grams_anywhere(mut needles: Vec<(u32, Needle<'_>)>) -> Vec<Gram> {
    needles.sort_by_key(|(_, needle)| needle.literal.len());
    let mut taken: HashMap<u64, u64> = HashMap::new();
    let mut found = Vec::new();
    for (index, needle) in needles {
        let literal = needle.literal;
        let choices = choices(needle);
        for parity in [0, 1] {
            let cost = |gram: &u64| frequency(*gram as u32) * (2 + taken.get(gram).copied().unwrap_or(0));
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
            let entry = Entry::of(index, literal, *offset);
            found.extend(grams.iter().map(|&gram| (gram, entry)));
        }
    }
    found
}

/// Sets of grams of which a text that holds the literal has one, with their offsets from the byte before it.
fn choices(needle: Needle<'_>) -> Vec<(u32, Vec<u64>)> {
    let literal = needle.literal;
    let inside = literal.windows(4).map(|gram| vec![anywhere(gram.iter().copied())]);
    let mut choices: Vec<_> = (1..).zip(inside).collect();
    if literal.len() >= 3 && literal.len() < LONG {
        let tail = literal.len() - 3;
        let beside = |set: ByteSet| {
            let mut folded = ByteSet::NONE;
            set.into_bytes().for_each(|byte| folded.insert(plain(byte.into()) as u8));
            folded.into_bytes().collect::<Vec<u8>>()
        };
        let (before, after) = (beside(needle.place.before), beside(needle.place.after));
        // Sets of many grams cost time and room: only where they are few, or nothing else is left.
        let is_few = |set: &[u8]| set.len() <= FEW;
        if is_few(&after) || literal.len() == 3 {
            let grams = after.iter().map(|&byte| anywhere(literal[tail..].iter().copied().chain([byte])));
            choices.push((tail as u32 + 1, grams.collect()));
        }
        if is_few(&before) || literal.len() == 3 || literal.len() == 4 && !is_few(&after) {
            let grams = before.iter().map(|&byte| anywhere([byte, literal[0], literal[1], literal[2]]));
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

/// The folded gram of four bytes that stand anywhere.
fn anywhere(text: impl IntoIterator<Item = u8>) -> u64 {
    plain(folded(text) as u32).into()
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
