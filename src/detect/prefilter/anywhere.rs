//! Finds the places at which a gram of a literal may stand that can stand anywhere.
//!
//! All groups of grams are asked at 64 places at once: a byte's code leads to the groups that have it first, second, and so on;
//! a group that has all of them may have the gram. What passes is asked for in a filter. It must never deny a place at which a
//! gram stands.

use fearless_simd::{Simd, SimdBase, SimdMask, u8x64};

use super::groups::{GROUPS, Group, WIDTH, code};
use super::table::{FOLD, FOUR, other};
use super::{Filter, Kind, window};

/// Places that are looked at at once.
const BLOCK: usize = 64;
/// So many places are glanced at before those that pass are looked at.
pub(super) const GROUP: usize = 16 * BLOCK;
/// Groups that one look into a table tells.
const EIGHT: usize = 8;
/// Those of the literals that the binary holds, and of those that a run adds.
const SETS: usize = 2 * GROUPS / EIGHT;

/// What is noted of a text.
#[derive(Debug)]
pub(super) struct Room {
    /// The places that passed.
    pub(super) passed: [u16; GROUP],
    /// The codes of its bytes, and what is left of an earlier text's.
    codes: [u8; GROUP + BLOCK],
}

impl Default for Room {
    fn default() -> Self {
        Self { passed: [0; GROUP], codes: [0; GROUP + BLOCK] }
    }
}

/// Which groups have a code at a place, for eight groups each.
#[derive(Debug)]
pub(super) struct Anywhere(Box<[[[u8; BLOCK]; WIDTH]; SETS]>);

impl Anywhere {
    pub(super) fn new(groups: impl Iterator<Item = Group>) -> Self {
        let mut sets = Box::new([[[0; BLOCK]; WIDTH]; SETS]);
        for (number, group) in groups.take(SETS * EIGHT).enumerate() {
            for (table, codes) in sets[number / EIGHT].iter_mut().zip(group) {
                for (code, groups) in table.iter_mut().enumerate() {
                    *groups |= ((codes >> code & 1) as u8) << (number % EIGHT);
                }
            }
        }
        Self(sets)
    }

    /// Notes the places in `bytes[at..end]` at which a gram may be, counted from `at`, and says how many they are; `end` is at
    /// most [`GROUP`] bytes on.
    #[inline(always)]
    pub(super) fn glance<S: Simd>(
        &self,
        simd: S,
        filter: &Filter<{ Kind::Any.words() }>,
        bytes: &[u8],
        at: usize,
        end: usize,
        room: &mut Room,
    ) -> usize {
        let text = &bytes[at..];
        let Room { passed, codes } = room;
        write_codes(simd, &text[..text.len().min(end - at + WIDTH - 1)], codes);
        let mut count = 0;
        for base in (0..end - at).step_by(BLOCK) {
            let mut groups = u8x64::splat(simd, 0);
            // No closure: what is not compiled for the processor at hand would be called for each set.
            for set in self.0.iter() {
                let mut all = u8x64::splat(simd, 0xff);
                for (place, table) in set.iter().enumerate() {
                    let codes = u8x64::from_slice(simd, &codes[base + place..base + place + BLOCK]);
                    all &= u8x64::from_slice(simd, table).swizzle_dyn(codes);
                }
                groups |= all;
            }
            let mut open = !groups.simd_eq(u8x64::splat(simd, 0)).to_bitmask();
            if end - at - base < BLOCK {
                open &= (1 << (end - at - base)) - 1;
            }
            while open != 0 {
                let place = base + open.trailing_zeros() as usize;
                open &= open - 1;
                passed[count % GROUP] = place as u16;
                // Behind the end are zeros.
                let gram = text.get(place..place + WIDTH).and_then(<[u8]>::first_chunk);
                let gram = gram.map_or_else(|| window(text, place), |gram| u64::from(u32::from_le_bytes(*gram)));
                count += usize::from(filter.first.may_hold((gram | FOLD) & FOUR));
            }
        }
        let mut kept = 0;
        for index in 0..count {
            let place = passed[index];
            passed[kept] = place;
            kept += usize::from(filter.second.may_hold(other(window(text, usize::from(place)) & FOUR)));
        }
        kept
    }
}

/// Notes the codes of the bytes of a text.
#[inline(always)]
fn write_codes<S: Simd>(simd: S, text: &[u8], codes: &mut [u8; GROUP + BLOCK]) {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let (places, last) = codes.split_at_mut(blocks.len() * BLOCK);
    for (codes, block) in places.as_chunks_mut::<BLOCK>().0.iter_mut().zip(blocks) {
        let bytes = u8x64::from_slice(simd, block);
        let (low, high) = (bytes & u8x64::splat(simd, 0x1f), (bytes >> 1) & u8x64::splat(simd, 0x20));
        (low | high).store_slice(codes);
    }
    last.iter_mut().zip(rest).for_each(|(place, &byte)| *place = code(byte));
}
