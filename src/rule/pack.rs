//! Lists of numbers and of texts as plain bytes, so that the binary can hold them ready for use.
//!
//! The build script writes them, the program reads them where they lie: nothing is parsed and nothing is copied at the
//! start. It imports nothing, for the build script compiles it too. It must never be used for bytes from outside.

use std::borrow::Cow;

/// Writes numbers as little-endian bytes.
pub fn numbers(numbers: impl IntoIterator<Item = u32>) -> Vec<u8> {
    numbers.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// The number at `index` of such bytes; 0 beyond their end.
#[inline]
pub fn number(bytes: &[u8], index: usize) -> u32 {
    match bytes.get(index * 4..index * 4 + 4) {
        Some(&[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

/// A list of byte strings, one after the other, with the end of each.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    bytes: Cow<'static, [u8]>,
    ends: Cow<'static, [u8]>,
}

impl Texts {
    /// Reads a list that was written into the binary.
    pub const fn packed(bytes: &'static [u8], ends: &'static [u8]) -> Self {
        Self { bytes: Cow::Borrowed(bytes), ends: Cow::Borrowed(ends) }
    }

    /// Makes a list.
    pub fn of(texts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for text in texts {
            bytes.extend_from_slice(text.as_ref());
            ends.push(bytes.len() as u32);
        }
        Self { bytes: Cow::Owned(bytes), ends: Cow::Owned(numbers(ends)) }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.ends.len() / 4
    }

    /// The text at `index`; empty beyond the end.
    #[inline]
    pub fn get(&self, index: usize) -> &[u8] {
        let start = if index == 0 { 0 } else { number(&self.ends, index - 1) };
        self.bytes.get(start as usize..number(&self.ends, index) as usize).unwrap_or_default()
    }

    /// Bytes and ends, as the binary is to hold them.
    pub fn parts(&self) -> (&[u8], &[u8]) {
        (&self.bytes, &self.ends)
    }
}
