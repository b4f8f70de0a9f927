//! Remembers which pieces of text hold nothing, so that the many versions of a history are looked at once.
//!
//! Versions are made of the same lines again and again, whatever base their delta has. A piece is some lines; it is known
//! by a hash of itself and of all text around it that can matter to what begins in it. Only pieces are remembered in
//! which nothing was found. Blocks are hashed by sums of products with a key (NH of UMAC, RFC 4418, with words of 64 bits), and
//! these by a polynomial over the field of 2⁶¹ − 1 elements; key and points are drawn for each run: two texts that differ have
//! the same hash once in 2⁵⁰ times, and nobody can prepare such a pair. A place in the table holds one piece, so that a piece
//! is compared with one other and not with all.
//!
//! It must never say that a piece is known beside which another text stood, and never keep any text.

mod look;
mod survey;

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) use look::LAYER_MARGIN;
pub(super) use survey::Survey;

use crate::model::Scope;

/// 2⁶¹ − 1, a prime.
const PRIME: u64 = (1 << 61) - 1;
/// Bytes that are multiplied with one another, and of all that are added up before the polynomial goes on.
const PAIR: usize = 16;
const BLOCK: usize = 1024;
/// The most pieces whose hashes are joined.
const MOST: usize = 512;

/// What all workers of a sweep have seen.
#[derive(Debug)]
pub struct Seen {
    /// A hash with its highest bit set, or nothing.
    slots: Box<[AtomicU64]>,
    /// The key for the pairs of a block.
    key: Box<[[u64; 2]; BLOCK / PAIR]>,
    /// The points for blocks, and for the parts of a block's sum.
    points: [u64; 3],
    /// The powers of the point for pieces.
    powers: Vec<u64>,
}

/// The hash of something and of all that can matter to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(u64);

impl Seen {
    /// For about so many objects.
    pub fn new(objects: usize) -> Self {
        let slots = objects.saturating_mul(32).clamp(1 << 12, 1 << 22).next_power_of_two();
        let random = RandomState::new();
        let drawn = |number: u64| 1 + random.hash_one(number) % (PRIME - 1);
        let mut key = Box::new([[0; 2]; BLOCK / PAIR]);
        key.iter_mut().flatten().zip(8..).for_each(|(word, number)| *word = random.hash_one::<u64>(number));
        let points = [drawn(0), drawn(1), drawn(2)];
        let mut powers = vec![1, drawn(3)];
        (2..=MOST).for_each(|power| powers.push(multiply(powers[power - 1], powers[1])));
        Self { slots: std::iter::repeat_with(AtomicU64::default).take(slots).collect(), key, points, powers }
    }

    /// Says whether it has been remembered.
    pub(super) fn knows(&self, key: Key) -> bool {
        self.slot(key).load(Ordering::Relaxed) == key.0
    }

    /// Remembers that there is nothing, instead of what had the same place.
    pub(super) fn remember(&self, key: Key) {
        self.slot(key).store(key.0, Ordering::Relaxed);
    }

    fn slot(&self, key: Key) -> &AtomicU64 {
        &self.slots[key.0 as usize & (self.slots.len() - 1)]
    }

    /// The key of a whole text, of which the part `new` counts, behind so many other encodings.
    pub(super) fn text_key(&self, bytes: &[u8], new: &Scope, depth: usize, is_content: bool) -> Key {
        let mut hash = self.with(self.hash(bytes), depth as u64 * 2 + u64::from(is_content));
        if let Scope::Ranges(ranges) = new {
            hash = self.with(hash, ranges.len() as u64 + 1);
            hash = ranges
                .iter()
                .fold(hash, |hash, range| self.with(self.with(hash, range.start as u64), range.end as u64));
        }
        self.key(self.with(hash, TEXT))
    }

    /// Goes on with one more word.
    fn with(&self, hash: u64, word: u64) -> u64 {
        add(multiply(hash, self.powers[1]), word)
    }

    fn key(&self, hash: u64) -> Key {
        Key(hash | 1 << 63)
    }

    /// The polynomial of some bytes; bytes of different length have different ones.
    fn hash(&self, bytes: &[u8]) -> u64 {
        let [point, low, high] = self.points.map(u128::from);
        bytes.chunks(BLOCK).fold(bytes.len() as u64, |hash, block| {
            let sum = self.sum(block);
            // In three parts, each smaller than the field.
            let part = |number: u32| sum >> (number * PART) & ((1 << PART) - 1);
            reduce(u128::from(hash) * point + part(2) + part(1) * high + part(0) * low)
        })
    }

    /// The sum of the products of a block's pairs. What is left behind the last pair is multiplied with the bytes before it,
    /// as far as they make a pair: the length of all tells which they are.
    fn sum(&self, block: &[u8]) -> u128 {
        let (pairs, rest) = block.as_chunks::<PAIR>();
        let term = |pair: &[u8; PAIR], key: &[u64; 2]| {
            let word = |at: usize| pair[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
            u128::from(word(0).wrapping_add(key[0])) * u128::from(word(8).wrapping_add(key[1]))
        };
        let mut sum = 0_u128;
        for (pair, key) in pairs.iter().zip(&*self.key) {
            sum = sum.wrapping_add(term(pair, key));
        }
        if let Some(key) = self.key.get(pairs.len()).filter(|_| !rest.is_empty()) {
            let last = block.last_chunk().copied().unwrap_or_else(|| {
                let mut padded = [0; PAIR];
                padded[..rest.len()].copy_from_slice(rest);
                padded
            });
            sum = sum.wrapping_add(term(&last, key));
        }
        sum
    }
}

/// Bits of a part of a sum.
const PART: u32 = 43;

/// Tells whole texts from pieces.
const TEXT: u64 = 1 << 40;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    #[test]
    fn the_hash_is_what_its_definition_says() {
        let seen = Seen::new(1);
        let prime = u128::from(PRIME);
        let [point, low, high] = seen.points.map(u128::from);
        for len in [0, 1, 7, 8, 15, 16, 17, 100, 1023, 1024, 1025, 3000] {
            let bytes: Vec<u8> = (0..len).map(|at| (at * 37 + 11) as u8).collect();
            let mut expected = len as u128;
            for block in bytes.chunks(BLOCK) {
                // The last pair reaches back, or is filled up with zeros.
                let (whole, rest) = block.split_at(block.len() / PAIR * PAIR);
                let last = &block[block.len() - if whole.is_empty() { rest.len() } else { PAIR }..];
                let pairs = [whole, if rest.is_empty() { rest } else { last }].concat();
                let words: Vec<u64> = pairs
                    .chunks(8)
                    .map(|word| word.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)))
                    .collect();
                let terms = words.chunks(2).zip(&*seen.key).map(|(words, key)| {
                    let second = words.get(1).copied().unwrap_or(0);
                    u128::from(words[0].wrapping_add(key[0])) * u128::from(second.wrapping_add(key[1]))
                });
                let sum = terms.fold(0, u128::wrapping_add);
                let parts = [sum >> 86, sum >> 43 & ((1 << 43) - 1), sum & ((1 << 43) - 1)];
                let sum = (parts[0] + parts[1] * high % prime + parts[2] * low % prime) % prime;
                expected = (expected * point + sum) % prime;
            }
            assert_eq!(u128::from(seen.hash(&bytes)), expected, "{len}");
        }
    }

    #[test]
    fn texts_that_differ_in_a_byte_or_in_length_have_other_hashes() {
        let seen = Seen::new(1);
        let mut hashes = std::collections::HashSet::new();
        for len in [0, 1, 15, 16, 17, 1024, 1025] {
            let mut bytes = vec![0; len];
            assert!(hashes.insert(seen.hash(&bytes)), "{len} zeros");
            for at in 0..len {
                bytes[at] = 1;
                assert!(hashes.insert(seen.hash(&bytes)), "{at} of {len}");
                bytes[at] = 0;
            }
        }
    }

    #[test]
    fn a_text_is_known_by_all_that_counts() {
        let seen = Seen::new(1);
        let part = |start| Scope::from_ranges(vec![Span::new(start, 9)]);
        let key = seen.text_key(b"some text", &part(1), 1, true);
        assert!(!seen.knows(key));
        seen.remember(key);
        assert!(seen.knows(seen.text_key(b"some text", &part(1), 1, true)));
        for other in [
            seen.text_key(b"some_text", &part(1), 1, true),
            seen.text_key(b"some text", &part(2), 1, true),
            seen.text_key(b"some text", &Scope::All, 1, true),
            seen.text_key(b"some text", &part(1), 2, true),
            seen.text_key(b"some text", &part(1), 1, false),
        ] {
            assert!(!seen.knows(other));
        }
    }
}
