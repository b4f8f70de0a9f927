//! Shannon entropy, and what is normal for a length and an alphabet.

use super::charset::Alphabet;

/// Bits per byte of `value`.
pub fn shannon(value: &[u8]) -> f32 {
    if value.is_empty() {
        return 0.0;
    }
    let mut counts = [0_u32; 256];
    for &byte in value {
        counts[usize::from(byte)] += 1;
    }
    let len = value.len() as f32;
    counts.iter().filter(|&&count| count > 0).map(|&count| count as f32 / len).map(|p| -p * p.log2()).sum()
}

/// The entropy that a draw of `len` characters out of `size` shows on average: each character's count is binomial.
pub fn expected(len: usize, size: usize) -> f32 {
    if len < 2 || size < 2 {
        return 0.0;
    }
    let (count, share) = (len as f32, 1.0 / size as f32);
    let mut chance = (1.0 - share).powf(count);
    let mut sum = 0.0;
    for seen in 1..=len.min(64) {
        let times = seen as f32;
        chance *= (count - times + 1.0) / times * share / (1.0 - share);
        sum += chance * times * times.log2();
    }
    count.log2() - sum * size as f32 / count
}

/// Says whether the value has as much entropy as a random draw from its alphabet almost always has: all but one in some
/// fifteen thousand of those of 24 bytes or more.
pub fn is_normal(value: &[u8]) -> bool {
    let wanted = expected(value.len(), Alphabet::of(value).size());
    // What is short and repeats itself is more often written than drawn.
    let spread = if value.len() < 24 { 2.7 } else { 3.7 };
    shannon(value) >= wanted - spread / (value.len() as f32).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::{BASE62, tests::seeded, text};

    #[test]
    fn entropy_is_that_of_the_counts() {
        assert_eq!(shannon(b""), 0.0);
        assert_eq!(shannon(b"aaaa"), 0.0);
        assert_eq!(shannon(b"abcd"), 2.0);
    }

    #[test]
    fn draws_are_normal_and_repetitions_are_not() {
        let mut random = seeded(3);
        let mut odd = 0;
        for _ in 0..300 {
            for (alphabet, len) in [(BASE62, 20), (BASE62, 64), (&b"0123456789abcdef"[..], 32), (b"0123456789", 12)] {
                odd += usize::from(!is_normal(text(&mut random, alphabet, len).as_bytes()));
            }
        }
        assert!(odd <= 24, "{odd} of 1200");
        for value in ["aaaaaaaaaaaaaaaaaaaaaaaa", "abababababababab1", "0000000000000000000a", "11112222333344445555"] {
            assert!(!is_normal(value.as_bytes()), "{value}");
        }
    }
}
