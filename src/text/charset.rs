//! Alphabets.

/// Says whether the value is a run of consecutive characters.
pub fn is_sequence(value: &[u8]) -> bool {
    value.windows(2).filter(|pair| pair[1] == pair[0] || pair[1] == pair[0].wrapping_add(1)).count() * 10
        > value.len() * 7
}
