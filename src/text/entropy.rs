//! Shannon entropy.

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
