//! Remembers which pieces of text hold nothing, so that the many versions of a history are looked at once.
//!
//! Versions are made of the same lines again and again, whatever base their delta has. A piece is some lines; it is known
//! by a hash of itself and of all text around it that can matter to what begins in it. Only pieces are remembered in
//! which nothing was found. The hash is a polynomial over the field of 2⁶¹ − 1 elements at points that are drawn for each run:
//! two texts that differ have the same one once in 2⁵⁰ times, and nobody can prepare such a pair. A place in the table holds
//! one piece, so that a piece is compared with one other and not with all.
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
/// Bytes of a word of the polynomial, and of so many words that are added at once.
const WORD: usize = 7;
const BLOCK: usize = 4 * WORD;
/// The most pieces whose hashes are joined.
const MOST: usize = 512;

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

/// The hash of something and of all that can matter to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(u64);

impl Seen {
    /// For about so many objects.
    pub fn new(objects: usize) -> Self {
        let slots = objects.saturating_mul(32).clamp(1 << 12, 1 << 22).next_power_of_two();
        let drawn = |number: u64| 1 + RandomState::new().hash_one(number) % (PRIME - 1);
        let (byte, piece) = (drawn(1), drawn(2));
        let mut point = [1; 5];
        (1..5).for_each(|power| point[power] = multiply(point[power - 1], byte));
        let mut powers = vec![1; MOST + 1];
        (1..powers.len()).for_each(|power| powers[power] = multiply(powers[power - 1], piece));
        Self { slots: std::iter::repeat_with(AtomicU64::default).take(slots).collect(), point, powers }
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

    /// The polynomial of some bytes; bytes of different length have different words.
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
