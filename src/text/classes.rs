//! Which of several classes each of 64 bytes belongs to, as masks with a bit for each byte.
//!
//! One look into a table tells up to eight classes at once, at the pace at which memory is read. Bytes beyond ASCII belong to
//! none. It must never branch on a byte.

use fearless_simd::{Simd, SimdBase, SimdMask, u8x64};

/// Up to eight classes of ASCII characters.
#[derive(Debug)]
pub struct Classes {
    /// The classes of each character, a bit for each; in two halves, as the processor wants them.
    table: [[u8; 64]; 2],
}

impl Classes {
    /// The members of each class.
    pub const fn new(members: &[&[u8]]) -> Self {
        assert!(members.len() <= 8);
        let mut table = [[0; 64]; 2];
        let mut class = 0;
        while class < members.len() {
            let mut index = 0;
            while index < members[class].len() {
                let byte = members[class][index] as usize;
                assert!(byte < 128);
                table[byte / 64][byte % 64] |= 1 << class;
                index += 1;
            }
            class += 1;
        }
        Self { table }
    }

    /// The masks of the first classes in a block.
    #[inline(always)]
    pub fn masks<S: Simd, const COUNT: usize>(&self, simd: S, block: &[u8; 64]) -> [u64; COUNT] {
        let bytes = u8x64::from_slice(simd, block);
        let (low, high) = (u8x64::from_slice(simd, &self.table[0]), u8x64::from_slice(simd, &self.table[1]));
        let classes = low.concat_swizzle_dyn(high, bytes & u8x64::splat(simd, 0x7f));
        let is_ascii = bytes.simd_lt(u8x64::splat(simd, 0x80)).to_bitmask();
        let mut masks = [0; COUNT];
        // No closure: what is not compiled for the processor at hand would be called for each class.
        for (class, mask) in masks.iter_mut().enumerate() {
            let bit = u8x64::splat(simd, 1 << class);
            *mask = (classes & bit).simd_eq(bit).to_bitmask() & is_ascii;
        }
        masks
    }
}

/// Where one arrives who starts at some places and steps over all that is `passable`: of ones to which some of them are added,
/// the carry comes out behind the last. It goes on in the next block.
#[inline(always)]
pub fn run_through(passable: u64, starts: u64, carry: &mut bool) -> u64 {
    let (sum, first) = passable.overflowing_add(passable & starts);
    let (sum, second) = sum.overflowing_add(u64::from(*carry));
    *carry = first | second;
    (sum | starts) & !passable
}

/// The places one behind those of a mask; the last one stands in the next block.
#[inline(always)]
pub fn behind(mask: u64, carry: &mut bool) -> u64 {
    let moved = mask << 1 | u64::from(*carry);
    *carry = mask >> 63 != 0;
    moved
}

/// The places `far` before those of a mask and of the next block's.
#[inline(always)]
pub fn before(mask: u64, next: u64, far: u32) -> u64 {
    mask >> far | next << (64 - far)
}

#[cfg(test)]
mod tests {
    use fearless_simd::{Level, dispatch};

    use super::*;

    #[test]
    fn every_byte_is_in_its_classes() {
        static CLASSES: Classes = Classes::new(&[b"az09", b"", b"a~\0 \x7f", b"@?", b"z", b"x", b"", b"az"]);
        let members: [&[u8]; 8] = [b"az09", b"", b"a~\0 \x7f", b"@?", b"z", b"x", b"", b"az"];
        for level in [Level::new(), Level::baseline()] {
            for base in (0..=255_u8).step_by(64) {
                let block: [u8; 64] = std::array::from_fn(|index| base + index as u8);
                let masks: [u64; 8] = dispatch!(level, simd => CLASSES.masks(simd, &block));
                for (mask, members) in masks.iter().zip(members) {
                    for (index, byte) in block.iter().enumerate() {
                        assert_eq!(mask >> index & 1 != 0, members.contains(byte), "{byte}");
                    }
                }
            }
        }
    }
}
