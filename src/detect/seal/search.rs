//! Looks for sealed values without knowing them: every stretch of a text that has the length of a value and begins and ends
//! where a value could is asked for in the filter; what passes and is strong enough is hashed slowly.
//!
//! What decides about a stretch is its own bytes and two on each side, so that a part of a text gives what all of it gives.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Seal, strength};
use crate::model::Span;

/// So many slow looks a text gets; with more it is not read to its end.
const MOST: usize = 256;

/// So many bytes on each side of a stretch decide about it.
pub const ASIDE: usize = 2;

/// A sealed value in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// Where.
    pub span: Span,
    /// Whose.
    pub name: Arc<str>,
}

/// A rolling hash modulo 2^61 - 1 under a key that the salt makes, and the filter as bits.
pub(super) struct Ready {
    base: u64,
    mix: u64,
    bits: Vec<u64>,
    width: u32,
}

const PRIME: u64 = (1 << 61) - 1;

fn multiply(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    let sum = (product as u64 & PRIME) + (product >> 61) as u64;
    if sum >= PRIME { sum - PRIME } else { sum }
}

fn add(one: u64, other: u64) -> u64 {
    let sum = one + other;
    if sum >= PRIME { sum - PRIME } else { sum }
}

impl Ready {
    pub(super) fn new(salt: &[u8; 16]) -> Self {
        let key: [u8; 32] = Sha256::digest([&b"stanch seal filter"[..], salt].concat()).into();
        let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| key[at + byte]));
        Self { base: word(0) % (PRIME - 1024) + 512, mix: word(8) | 1, bits: Vec::new(), width: 0 }
    }

    pub(super) fn learn(&mut self, filter: &BTreeSet<u32>, width: u32) {
        self.width = width;
        self.bits = vec![0; (1_usize << width).div_ceil(64)];
        for &short in filter {
            self.bits[short as usize / 64] |= 1 << (short % 64);
        }
    }

    /// The short hash of a whole value.
    pub(super) fn short(&self, value: &[u8], width: u32) -> u32 {
        let sum = value.iter().fold(0, |sum, &byte| add(multiply(sum, self.base), u64::from(byte) + 1));
        self.finished(sum, value.len(), width)
    }

    fn finished(&self, sum: u64, len: usize, width: u32) -> u32 {
        let mut mixed = (sum ^ (len as u64) << 40).wrapping_mul(self.mix);
        mixed = (mixed ^ mixed >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> (64 - width)) as u32
    }

    fn power(&self, exponent: usize) -> u64 {
        let (mut result, mut base, mut rest) = (1, self.base, exponent);
        while rest > 0 {
            if rest & 1 == 1 {
                result = multiply(result, base);
            }
            base = multiply(base, base);
            rest >>= 1;
        }
        result
    }

    fn passes(&self, sum: u64, len: usize) -> bool {
        let short = self.finished(sum, len, self.width);
        self.bits[short as usize / 64] >> (short % 64) & 1 == 1
    }
}

/// Where a value can begin or end: not between two letters or digits, but after `\n` and its kin.
fn is_edge(bytes: &[u8], at: usize) -> bool {
    let (Some(&before), Some(&after)) = (at.checked_sub(1).and_then(|before| bytes.get(before)), bytes.get(at)) else {
        return true;
    };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte >= 0x80;
    let is_escape = matches!(before, b'n' | b'r' | b't') && at >= 2 && bytes[at - 2] == b'\\';
    !(is_word(before) && is_word(after)) || is_escape
}

impl Seal {
    /// Adds the sealed values that touch `ranges`; says whether all that asked for a slow look got one.
    pub fn search(&self, bytes: &[u8], ranges: &[Span], out: &mut Vec<Match>) -> bool {
        let (Some(&shortest), Some(&longest)) = (self.lengths.first(), self.lengths.last()) else { return true };
        let mut left = MOST;
        let first = out.len();
        for &range in ranges {
            if bytes.len() >= shortest && !self.look(bytes, range, longest, &mut left, out) {
                return false;
            }
        }
        if out.len() > first + 1 {
            let mut found = out.split_off(first);
            found.sort_by(|one, other| (one.span, &one.name).cmp(&(other.span, &other.name)));
            found.dedup();
            out.append(&mut found);
        }
        true
    }

    fn look(&self, bytes: &[u8], range: Span, longest: usize, left: &mut usize, out: &mut Vec<Match>) -> bool {
        let area = range.widened(longest + ASIDE, bytes.len());
        // Each edge with the hash of everything before it.
        let mut edges: Vec<(usize, u64)> = Vec::new();
        // For each place its number among the edges, or none.
        let mut numbers: Vec<u32> = vec![u32::MAX; area.len() + 1];
        let mut sum = 0;
        for at in area.start..=area.end {
            if is_edge(bytes, at) {
                numbers[at - area.start] = edges.len() as u32;
                edges.push((at, sum));
            }
            if at < area.end {
                sum = add(multiply(sum, self.ready.base), u64::from(bytes[at]) + 1);
            }
        }
        for &length in &self.lengths {
            let power = self.ready.power(length);
            let low = edges.partition_point(|&(at, _)| at + length + ASIDE < range.start);
            for &(start, before) in &edges[low..] {
                let end = start + length;
                if start > range.end + ASIDE || end > area.end {
                    break;
                }
                let number = numbers[end - area.start];
                if number == u32::MAX {
                    continue;
                }
                let sum = add(edges[number as usize].1, PRIME - multiply(before, power));
                if !self.ready.passes(sum, length) {
                    continue;
                }
                let text = &bytes[start..end];
                if !strength::may_be_sealed(text) {
                    continue;
                }
                if *left == 0 {
                    return false;
                }
                *left -= 1;
                if let Some(name) = self.confirm(text) {
                    out.push(Match { span: Span::new(start, end), name });
                }
            }
        }
        true
    }
}
