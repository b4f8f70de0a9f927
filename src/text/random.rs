//! Material for the examples of rules: text of a given alphabet from a caller's generator.
//!
//! The generator decides everything, so that an example is the same on every machine. It must never be used to make
//! anything that is meant to stay secret.

/// A source of random numbers that the caller seeds.
pub type Random<'a> = dyn FnMut() -> u32 + 'a;

/// Digits, then capitals, then small letters: the order in which the checksummed formats count.
pub const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// `count` characters of `alphabet`, which must not be empty.
pub fn text(random: &mut Random<'_>, alphabet: &[u8], count: usize) -> String {
    (0..count).map(|_| char::from(alphabet[random() as usize % alphabet.len()])).collect()
}

/// `count` bytes.
pub fn bytes(random: &mut Random<'_>, count: usize) -> Vec<u8> {
    (0..count).map(|_| (random() >> 11) as u8).collect()
}

/// A number below `bound`, which must not be zero.
pub fn below(random: &mut Random<'_>, bound: u32) -> u32 {
    (random() >> 3) % bound
}

#[cfg(test)]
pub(crate) mod tests {
    /// A small generator for tests.
    pub(crate) fn seeded(seed: u64) -> impl FnMut() -> u32 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 16) as u32
        }
    }
}
