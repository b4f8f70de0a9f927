//! The name of a git object: SHA-1 or SHA-256, as bytes.

use std::fmt;
use std::hash::{Hash, Hasher};

/// Bytes of the longest one.
const LONGEST: usize = 32;

/// A git object id of 20 or 32 bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId {
    len: u8,
    bytes: [u8; LONGEST],
}

impl Hash for ObjectId {
    /// An id is a hash: eight bytes of it tell nearly all apart, and making two that share them takes 2³² attempts.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d, e, f, g, h, ..] = self.bytes;
        state.write_u64(u64::from_le_bytes([a, b, c, d, e, f, g, h]));
    }
}

impl ObjectId {
    /// Takes 20 (SHA-1) or 32 (SHA-256) raw bytes; any other length is refused.
    pub fn from_bytes(raw: &[u8]) -> Option<Self> {
        if raw.len() != 20 && raw.len() != 32 {
            return None;
        }
        let mut bytes = [0; LONGEST];
        bytes[..raw.len()].copy_from_slice(raw);
        Some(Self { len: raw.len() as u8, bytes })
    }

    /// Reads 40 or 64 hexadecimal digits.
    pub fn from_hex(hex: &[u8]) -> Option<Self> {
        if hex.len() != 40 && hex.len() != 64 {
            return None;
        }
        let mut bytes = [0; LONGEST];
        let len = hex.len() / 2;
        data_encoding::HEXLOWER_PERMISSIVE.decode_mut(hex, &mut bytes[..len]).ok()?;
        Some(Self { len: len as u8, bytes })
    }

    /// The raw bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Says whether every byte is zero: git's way to write "no object".
    pub fn is_zero(&self) -> bool {
        self.bytes.iter().all(|&byte| byte == 0)
    }

    /// The first ten digits, as people read them.
    pub fn short(&self) -> String {
        let mut hex = self.to_string();
        hex.truncate(10);
        hex
    }
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 2 * LONGEST];
        let digits = &mut digits[..2 * self.as_bytes().len()];
        data_encoding::HEXLOWER.encode_mut(self.as_bytes(), digits);
        f.write_str(std::str::from_utf8(digits).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_goes_both_ways() {
        for digits in [40, 64] {
            let hex = "0123456789abcdef".repeat(4)[..digits].to_owned();
            assert_eq!(ObjectId::from_hex(hex.as_bytes()).map(|id| id.to_string()), Some(hex));
        }
        assert_eq!(ObjectId::from_hex(b"abc"), None);
    }
}
