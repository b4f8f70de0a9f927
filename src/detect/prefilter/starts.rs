//! Finds the literals that can only stand where a word begins: names, and prefixes of tokens.
//!
//! These are nearly all literals, and words begin at one byte of six or seven only, so that each can be asked for its
//! first six or four bytes at once. Where words begin is `text::edge`'s rule, here for 64 bytes at a time. It must
//! never say that none begins where one does.

use fearless_simd::{Simd, SimdBase, SimdMask, u8x64};

use super::Filters;
use super::table::{FIVE, FOLD, FOUR, SIX};

/// Bytes that are classified at once.
const BLOCK: usize = 64;
/// Blocks that are glanced at before what passes is looked at.
const BLOCKS: usize = 32;
/// So many places are glanced at at once.
pub(super) const GROUP: usize = BLOCK * BLOCKS;
/// Bytes behind a block that are read with it.
const AHEAD: usize = 8;

/// Notes the places in `bytes[at..end]` at which a literal may stand that begins a word, counted from `at`, and says how
/// many they are; `end` is at most [`GROUP`] bytes on.
#[inline(always)]
pub(super) fn glance<S: Simd>(
    simd: S,
    filters: &Filters,
    bytes: &[u8],
    at: usize,
    end: usize,
    passed: &mut [u16; GROUP],
) -> usize {
    let mut count = 0;
    let mut base = at;
    while base < end {
        let mut rest = [0; BLOCK + AHEAD];
        let text = match bytes[base..].first_chunk::<{ BLOCK + AHEAD }>() {
            Some(whole) => whole,
            None => {
                rest[..bytes.len() - base].copy_from_slice(&bytes[base..]);
                &rest
            }
        };
        let mut starts = starts(simd, text, &bytes[base.saturating_sub(2)..base]);
        if end - base < BLOCK {
            starts &= (1 << (end - base)) - 1;
        }
        let offset = (base - at) as u16;
        while starts != 0 {
            let place = starts.trailing_zeros() as usize;
            starts &= starts - 1;
            let Some(window) = text[place..].first_chunk() else { break };
            passed[count % GROUP] = offset + place as u16;
            count += usize::from(may_begin(filters, u64::from_le_bytes(*window) | FOLD));
        }
        base += BLOCK;
    }
    count
}

/// Keeps those places at which the grams of a literal may stand, by the first half of each filter: the other one is for the
/// few that are left. By itself, for its loop needs all registers.
#[inline(never)]
pub(super) fn thin(filters: &Filters, bytes: &[u8], passed: &mut [u16; GROUP], count: usize) -> usize {
    let Filters { eight, six, five, four, .. } = filters;
    let mut kept = 0;
    for index in 0..count {
        let place = passed[index];
        let text = super::window(bytes, usize::from(place));
        let long = eight.first.may_hold(text) | six.first.may_hold(text & SIX);
        passed[kept] = place;
        kept += usize::from(long | five.first.may_hold(text & FIVE) | four.first.may_hold(text & FOUR));
    }
    kept
}

/// Says whether one of the literals can begin with the first bytes of a folded text.
#[inline(always)]
fn may_begin(filters: &Filters, text: u64) -> bool {
    filters.long_head.may_hold(text & SIX) | filters.short_head.may_hold(text & FOUR)
}

/// The places in a block at which words begin that begin with a letter or a digit, given the two bytes before it.
#[inline(always)]
fn starts<S: Simd>(simd: S, text: &[u8; BLOCK + AHEAD], before: &[u8]) -> u64 {
    let (bytes, all) = (u8x64::from_slice(simd, &text[..BLOCK]), |byte| u8x64::splat(simd, byte));
    let lower = (bytes - all(b'a')).simd_lt(all(26)).to_bitmask();
    let upper = (bytes - all(b'A')).simd_lt(all(26)).to_bitmask();
    let digit = (bytes - all(b'0')).simd_lt(all(10)).to_bitmask();
    let escape = bytes.simd_eq(all(b'\\')).to_bitmask();
    let (second, last) = match *before {
        [] => (0, 0),
        [last] => (0, last),
        [.., second, last] => (second, last),
    };
    let after = |mask: u64, is_last: bool| mask << 1 | u64::from(is_last);
    let known = lower | upper | digit;
    let divides = upper
        & (after(lower, last.is_ascii_lowercase())
            | after(upper, last.is_ascii_uppercase())
                & (lower >> 1 | u64::from(text[BLOCK].is_ascii_lowercase()) << (BLOCK - 1)));
    let dash = bytes.simd_eq(all(b'-')).to_bitmask();
    let behind = |mask: u64, sign: u8| mask << 2 | u64::from(last == sign) << 1 | u64::from(second == sign);
    let is_option = behind(dash, b'-') & after(upper, last.is_ascii_uppercase());
    known & (!after(known, last.is_ascii_alphanumeric()) | divides | behind(escape, b'\\') | is_option)
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};
    use proptest::prelude::*;

    use super::*;
    use crate::text::edge;

    proptest! {
        #[test]
        fn words_begin_where_the_rule_says(text in "[aZ7_é \\\\-]{0,300}", from in 0..300_usize) {
            let bytes = text.as_bytes();
            for base in (from.min(bytes.len())..bytes.len()).step_by(BLOCK) {
                let mut block = [0; BLOCK + AHEAD];
                let len = (bytes.len() - base).min(block.len());
                block[..len].copy_from_slice(&bytes[base..base + len]);
                let mask = dispatch!(Level::new(), simd => starts(simd, &block, &bytes[base.saturating_sub(2)..base]));
                for at in base..(base + BLOCK).min(bytes.len()) {
                    let expected = bytes[at].is_ascii_alphanumeric() && edge::begins_word(bytes, at);
                    prop_assert_eq!(mask >> (at - base) & 1 != 0, expected, "at {} of {:?}", at, text);
                }
            }
        }
    }
}
