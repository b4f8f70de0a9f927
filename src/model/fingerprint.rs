//! The identity of a finding: which rule, which value; never a line, never a position, never a path.
//!
//! A fingerprint is a keyed hash (HMAC-SHA-256). With a random key, as in a baseline, nobody can try guesses without
//! the key's file at hand. It must never change its meaning without a new version prefix.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The identity of a finding, printed as `v1:` and 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 16]);

/// The key of a set of fingerprints.
#[derive(Clone, PartialEq, Eq)]
pub struct FingerprintKey(Vec<u8>);

impl FingerprintKey {
    /// The key that is used where no baseline gives one: the same on every machine, so that identities agree.
    pub fn shared() -> Self {
        Self(b"stanch fingerprint v1".to_vec())
    }

    /// Takes key bytes, as a baseline's header holds them.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The identity of `value` as rule `rule_id` found it.
    pub fn fingerprint(&self, rule_id: &str, value: &[u8]) -> Fingerprint {
        let mut mac =
            <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).expect("invariant: HMAC takes keys of any length");
        mac.update(rule_id.as_bytes());
        mac.update(&[0]);
        mac.update(value);
        let digest = mac.finalize().into_bytes();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        Fingerprint(short)
    }

    /// The same for a value that may be guessable: each guess costs [`SLOW`] rounds.
    pub fn slow_fingerprint(&self, rule_id: &str, value: &[u8]) -> Fingerprint {
        self.fingerprint(rule_id, &stretched(&self.0, value, SLOW))
    }
}

/// Rounds of a slow fingerprint.
pub const SLOW: u32 = 50_000;

/// PBKDF2-HMAC-SHA-256, its first block.
pub fn stretched(salt: &[u8], value: &[u8], rounds: u32) -> [u8; 32] {
    let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(value).expect("invariant: HMAC takes keys of any length");
    let mut mac = keyed.clone();
    mac.update(salt);
    mac.update(&1_u32.to_be_bytes());
    let mut block: [u8; 32] = mac.finalize().into_bytes().into();
    let mut sum = block;
    for _ in 1..rounds {
        let mut mac = keyed.clone();
        mac.update(&block);
        block = mac.finalize().into_bytes().into();
        sum.iter_mut().zip(block).for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

impl Fingerprint {
    /// Reads what [`fmt::Display`] prints.
    pub fn parse(text: &str) -> Option<Self> {
        let raw = data_encoding::HEXLOWER.decode(text.strip_prefix("v1:")?.as_bytes()).ok()?;
        Some(Self(raw.try_into().ok()?))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1:{}", data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretching_is_pbkdf2() {
        // RFC 7914, section 11.
        let wanted = "55ac046e56e3089fec1691c22544b605";
        assert_eq!(data_encoding::HEXLOWER.encode(&stretched(b"salt", b"passwd", 1)[..16]), wanted);
        assert_ne!(stretched(b"salt", b"passwd", 2), stretched(b"salt", b"passwd", 1));
    }

    #[test]
    fn identity_depends_on_key_rule_and_value_alone_and_reads_back() {
        let key = FingerprintKey::shared();
        let one = key.fingerprint("a-b", b"value");
        assert_eq!(one, key.fingerprint("a-b", b"value"));
        assert_ne!(one, key.fingerprint("a-bv", b"alue"));
        assert_ne!(one, FingerprintKey::new([1; 32]).fingerprint("a-b", b"value"));
        assert_eq!(Fingerprint::parse(&one.to_string()), Some(one));
    }
}
