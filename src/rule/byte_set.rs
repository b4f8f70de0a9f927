//! A set of bytes, asked with one look.
//!
//! For classes of characters in hot loops, where a list of ranges would cost a loop for each byte. It imports nothing: the
//! build script compiles it too.

/// A set of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// No byte.
    pub const NONE: Self = Self([0; 4]);
    /// Every byte.
    pub const ALL: Self = Self([u64::MAX; 4]);

    /// Letters, digits and `_`, as `\w` has them.
    pub fn word() -> Self {
        Self::of_ranges(&[(b'0', b'9'), (b'A', b'Z'), (b'_', b'_'), (b'a', b'z')])
    }

    /// The bytes of some ranges, both ends included.
    pub fn of_ranges(ranges: &[(u8, u8)]) -> Self {
        let mut set = Self::NONE;
        ranges.iter().for_each(|&(low, high)| (low..=high).for_each(|byte| set.insert(byte)));
        set
    }

    /// Adds a byte.
    pub fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    /// Says whether a byte is in it.
    #[inline(always)]
    pub fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    /// What is in one of two sets.
    pub fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    /// What is not in it.
    pub fn complement(self) -> Self {
        Self(self.0.map(|word| !word))
    }

    /// Its bytes in order.
    pub fn into_bytes(self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(move |&byte| self.has(byte))
    }
}
