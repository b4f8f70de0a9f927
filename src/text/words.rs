//! How word-like a value is: the difference between what people write and what machines draw.
//!
//! A small model of identifiers and prose (letter trigrams, changes of character class, a Bloom filter of common words)
//! says how many bits a value costs when it is read as something a person named. A value drawn at random costs far
//! more than its alphabet explains. The model is data (`words.bin`, made by `examples/train_words.rs`); this file must
//! never allocate, for it is asked about every candidate.

use super::charset::Alphabet;

static MODEL: &[u8; TRIGRAMS + TRANSITIONS + BLOOM_BITS as usize / 8] = include_bytes!("words.bin");

const LETTERS: usize = 27;
const CLASSES: usize = 6;
const TRIGRAMS: usize = LETTERS * LETTERS * LETTERS;
const TRANSITIONS: usize = CLASSES * CLASSES * CLASSES;
const BLOOM_BITS: u32 = 1 << 18;

/// What a word of the model costs: it is one of some 24,000, and rarely the likeliest.
const WORD_COST: f32 = 14.0;
/// Values are judged by their first bytes; no human-made value needs more to show itself.
const LONGEST: usize = 128;

/// Bits by which the value is dearer as human writing than as a draw from its alphabet: clearly positive for machine-made
/// values, clearly negative for words, names and dates.
pub fn surplus(value: &[u8]) -> f32 {
    let value = &value[..value.len().min(LONGEST)];
    let drawn = value.len() as f32 * (Alphabet::of(value).size() as f32).log2();
    human_cost(value) - drawn
}

/// Bits that the value costs when a person wrote it.
fn human_cost(value: &[u8]) -> f32 {
    let mut cost = [0.0_f32; LONGEST + 1];
    let (mut before, mut last) = (0, 0);
    let (mut one, mut two) = (0, 0);
    let mut run = 0;
    for (at, &byte) in value.iter().enumerate() {
        let class = class_of(byte);
        let previous = at.checked_sub(1).map(|at| value[at]);
        let starts = !byte.is_ascii_alphabetic() || last == 0 || last > 2 || (last == 1 && class == 2);
        if starts {
            (one, two) = (0, 0);
            run = at;
        }
        let transition = f32::from(MODEL[TRIGRAMS + (before * CLASSES + last) * CLASSES + class]) / 16.0;
        let content = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {
                let letter = usize::from(byte.to_ascii_lowercase() - b'a') + 1;
                let bits = f32::from(MODEL[(one * LETTERS + two) * LETTERS + letter]) / 16.0;
                (one, two) = (two, letter);
                bits
            }
            b'0'..=b'9' => digit_cost(byte, previous),
            _ if previous == Some(byte) => 0.5,
            _ if class == 4 => 2.0,
            _ => 4.0,
        };
        let mut best = cost[at] + transition + content;
        if byte.is_ascii_alphabetic() {
            for length in 4..=(at + 1 - run).min(14) {
                let start = at + 1 - length;
                if cost[start] + WORD_COST < best && is_word(&value[start..=at]) {
                    best = cost[start] + WORD_COST;
                }
            }
        }
        cost[at + 1] = best;
        (before, last) = (last, class);
    }
    cost[value.len()]
}

fn digit_cost(digit: u8, previous: Option<u8>) -> f32 {
    match previous {
        Some(last) if last.is_ascii_digit() => match digit.abs_diff(last) {
            0 => 1.5,
            1 => 1.8,
            _ => 4.0,
        },
        _ if digit == b'1' => 2.0,
        _ => 3.5,
    }
}

/// How many of the value's letters stand in common words of four letters or more, and how many letters there are.
pub fn coverage(value: &[u8]) -> (usize, usize) {
    let value = &value[..value.len().min(LONGEST)];
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let mut covered = [0_usize; LONGEST + 1];
    let mut run = 0;
    for (at, byte) in value.iter().enumerate() {
        covered[at + 1] = covered[at];
        if !byte.is_ascii_alphabetic() {
            run = 0;
            continue;
        }
        run += 1;
        for length in 4..=run.min(14) {
            let start = at + 1 - length;
            if covered[start] + length > covered[at + 1] && is_word(&value[start..=at]) {
                covered[at + 1] = covered[start] + length;
            }
        }
    }
    (covered[value.len()], letters)
}

/// Says whether the letters are a common word in a case that people write: `word`, `Word`, `WORD`. Wrong once in some
/// hundred times.
pub fn is_word(letters: &[u8]) -> bool {
    let rest = letters.get(1..).unwrap_or_default();
    let is_plain = rest.iter().all(u8::is_ascii_lowercase) || letters.iter().all(u8::is_ascii_uppercase);
    if !is_plain {
        return false;
    }
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in letters {
        hash = (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3);
    }
    let (low, high) = (hash as u32, (hash >> 32) as u32 | 1);
    let is_known = (0..5_u32).all(|step| {
        let bit = low.wrapping_add(step.wrapping_mul(high)) % BLOOM_BITS;
        MODEL[TRIGRAMS + TRANSITIONS + (bit / 8) as usize] >> (bit % 8) & 1 == 1
    });
    // The filter errs; a draw that it takes for a word is told by its trigrams.
    let most = match letters.len() {
        ..=6 => 6.0,
        7..=9 => 5.4,
        _ => 5.0,
    };
    is_known && letters_cost(letters) <= letters.len() as f32 * most
}

/// Bits that letters cost by their trigrams alone: of a hundred words, one costs more than `is_word` allows; of a
/// hundred draws of ten letters, one costs less.
pub fn letters_cost(letters: &[u8]) -> f32 {
    let (mut one, mut two) = (0, 0);
    let mut cost = 0.0;
    for byte in letters {
        let letter = usize::from(byte.to_ascii_lowercase() - b'a') + 1;
        cost += f32::from(MODEL[(one * LETTERS + two) * LETTERS + letter]) / 16.0;
        (one, two) = (two, letter);
    }
    cost
}

fn class_of(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        b'_' | b'-' | b'.' | b'/' | b' ' | b':' | b',' => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::{BASE62, tests::seeded, text};

    #[test]
    fn what_people_write_is_cheaper_than_its_alphabet() {
        for human in [
            "authentication_failed",
            "getPasswordFromUser",
            "com.example.security.TokenProvider",
            "correct-horse-battery-staple",
            "hunter2",
            "Password123",
            "2024-01-31",
            "application/json",
            "deadbeef",
        ] {
            assert!(surplus(human.as_bytes()) < 0.0, "{human}: {}", surplus(human.as_bytes()));
        }
    }

    #[test]
    fn what_machines_draw_is_dearer() {
        let mut random = seeded(7);
        let mut wrong = 0;
        for _ in 0..500 {
            let drawn = text(&mut random, BASE62, 20);
            wrong += usize::from(surplus(drawn.as_bytes()) < 8.0);
            let drawn = text(&mut random, b"0123456789abcdef", 32);
            wrong += usize::from(surplus(drawn.as_bytes()) < 8.0);
        }
        assert!(wrong <= 5, "{wrong} of 1000");
    }

    #[test]
    fn words_cover_words() {
        assert_eq!(coverage(b"databasePassword"), (16, 16));
        assert_eq!(coverage(b"dAtABaSe"), (0, 8));
        assert_eq!(coverage(b"12-34"), (0, 0));
        let (covered, letters) = coverage(b"xQzvKwPjTrBn");
        assert!(covered * 2 < letters);
    }
}
