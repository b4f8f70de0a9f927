//! Grams in groups: of each group it is known which bytes stand first in one of its grams, which second, and so on.
//!
//! A text can be asked for all groups at once, 64 places at a time. The more alike the grams of a group are, the fewer other
//! texts pass for one of them. It also compiles into the build script.

/// How many groups the grams of some literals make, at most.
pub const GROUPS: usize = 24;
/// Bytes of a gram.
pub const WIDTH: usize = 4;

/// The codes of the bytes that stand at each place of a group's grams, as bits.
pub type Group = [u64; WIDTH];

/// What a byte is known by, among 64: not its case, nor whether it is of ASCII.
#[inline(always)]
pub const fn code(byte: u8) -> u8 {
    byte & 0x1f | byte >> 1 & 0x20
}

/// How many of 4096 bytes of source code have a code: counted in repositories in C, Go, JavaScript, Python and Ruby (18 million
/// bytes).
const WEIGHTS: [u64; 64] = [
    664, 8, 52, 17, 10, 9, 17, 13, 36, 75, 143, 8, 39, 42, 39, 21, 22, 17, 14, 9, 9, 9, 7, 6, 8, 6, 26, 25, 10, 29, 17,
    6, 11, 174, 46, 116, 107, 303, 65, 57, 66, 170, 9, 26, 120, 74, 158, 153, 87, 16, 173, 179, 238, 78, 28, 25, 23,
    30, 10, 21, 14, 21, 4, 78,
];

/// Puts grams into groups.
pub fn of(grams: impl IntoIterator<Item = u32>) -> Vec<Group> {
    // What is alike in the rarest letters, which are those in the middle, stands side by side then.
    let mut grams: Vec<[u8; WIDTH]> = grams.into_iter().map(u32::to_le_bytes).collect();
    grams.sort_unstable_by_key(|&[first, second, third, fourth]| [third, second, fourth, first].map(code));
    grams.dedup();
    // The groups may cost as little as leads to no more of them than there may be.
    let (mut low, mut high) = (0, 1 << (12 * WIDTH));
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if divided(&grams, middle).len() <= GROUPS { high = middle } else { low = middle }
    }
    divided(&grams, high)
}

/// Puts neighbours into one group for as long as that costs no more than `most`.
fn divided(grams: &[[u8; WIDTH]], most: u64) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut weights = [0; WIDTH];
    for gram in grams {
        let bits = gram.map(|byte| 1 << code(byte));
        let old = groups.last().copied().unwrap_or_default();
        let added: [u64; WIDTH] = std::array::from_fn(|at| {
            let is_new = old[at] & bits[at] == 0;
            weights[at] + if is_new { WEIGHTS[usize::from(code(gram[at]))] } else { 0 }
        });
        match groups.last_mut().filter(|_| added.iter().product::<u64>() <= most) {
            Some(group) => {
                group.iter_mut().zip(bits).for_each(|(codes, bit)| *codes |= bit);
                weights = added;
            }
            None => {
                groups.push(bits);
                weights = gram.map(|byte| WEIGHTS[usize::from(code(byte))]);
            }
        }
    }
    groups
}
