//! Makes `src/text/words.bin`, the model of what people write, from a word list and folders of text and code.
//!
//! `cargo run --release --example train_words -- DICTIONARY FOLDER… > src/text/words.bin`
//!
//! The committed file was trained on Debian's `wamerican` list, the documentation, manual pages, headers and
//! Python and Perl libraries of a Debian system, and the sources of this package's own dependencies. It holds counts
//! turned into costs, and a Bloom filter of common words: no text can be read back from it.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::Path;

const LETTERS: usize = 27;
const CLASSES: usize = 6;
const BLOOM_BITS: u32 = 1 << 18;
const WORDS: usize = 24_000;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let dictionary = std::fs::read(arguments.next().unwrap_or_default())?;
    let mut tokens: HashMap<Vec<u8>, u32> = HashMap::new();
    for folder in arguments {
        count(Path::new(&folder), &mut tokens)?;
    }
    let dictionary: HashSet<Vec<u8>> = dictionary
        .split(|&byte| byte == b'\n')
        .filter(|word| word.iter().all(u8::is_ascii_lowercase))
        .map(<[u8]>::to_vec)
        .collect();
    let mut trigrams = vec![0.05_f64; LETTERS * LETTERS * LETTERS];
    let mut classes = vec![0.5_f64; CLASSES * CLASSES * CLASSES];
    let mut words: HashMap<Vec<u8>, f64> = HashMap::new();
    for (token, times) in tokens.iter().filter(|(_, times)| **times >= 3) {
        let weight = f64::from(*times).sqrt();
        let (mut before, mut last) = (0, 0);
        for class in token.iter().map(|&byte| class_of(byte)).chain([0]) {
            classes[(before * CLASSES + last) * CLASSES + class] += weight;
            (before, last) = (last, class);
        }
        for run in runs(token) {
            let (mut one, mut two) = (0, 0);
            for letter in run.iter().map(|byte| usize::from(byte - b'a') + 1) {
                trigrams[(one * LETTERS + two) * LETTERS + letter] += weight;
                (one, two) = (two, letter);
            }
            *words.entry(run).or_default() += weight;
        }
    }
    let mut common: Vec<(Vec<u8>, f64)> = words
        .into_iter()
        .filter(|(word, _)| (4..=16).contains(&word.len()) && word.iter().any(|byte| b"aeiouy".contains(byte)))
        .map(|(word, weight)| if dictionary.contains(&word) { (word, weight * 8.0) } else { (word, weight) })
        .collect();
    common.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    common.truncate(WORDS);
    let mut bloom = vec![0_u8; (BLOOM_BITS / 8) as usize];
    for (word, _) in &common {
        for bit in bloom_bits(word) {
            bloom[(bit / 8) as usize] |= 1 << (bit % 8);
        }
    }
    let mut out = std::io::stdout().lock();
    out.write_all(&costs(&trigrams, LETTERS))?;
    out.write_all(&costs(&classes, CLASSES))?;
    out.write_all(&bloom)
}

fn count(path: &Path, tokens: &mut HashMap<Vec<u8>, u32>) -> std::io::Result<()> {
    let kind = std::fs::symlink_metadata(path)?;
    if kind.is_dir() {
        for entry in std::fs::read_dir(path)? {
            count(&entry?.path(), tokens)?;
        }
    } else if kind.is_file() && kind.len() < 4 << 20 {
        let text = std::fs::read(path)?;
        if text.contains(&0) {
            return Ok(());
        }
        let is_end = |byte: &u8| !(byte.is_ascii_alphanumeric() || b"_-.".contains(byte));
        for token in text.split(is_end).filter(|token| (2..=40).contains(&token.len())) {
            match tokens.get_mut(token) {
                Some(times) => *times += 1,
                None => drop(tokens.insert(token.to_vec(), 1)),
            }
        }
    }
    Ok(())
}

/// Letter runs in lower case, cut where a capital follows a small letter.
fn runs(token: &[u8]) -> Vec<Vec<u8>> {
    let mut runs: Vec<Vec<u8>> = Vec::new();
    let mut last = b' ';
    for &byte in token {
        if byte.is_ascii_alphabetic() {
            let starts = !last.is_ascii_alphabetic() || (last.is_ascii_lowercase() && byte.is_ascii_uppercase());
            if starts {
                runs.push(Vec::new());
            }
            if let Some(run) = runs.last_mut() {
                run.push(byte.to_ascii_lowercase());
            }
        }
        last = byte;
    }
    runs
}

/// The same classes as `text/words.rs` has.
fn class_of(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => 1,
        b'A'..=b'Z' => 2,
        b'0'..=b'9' => 3,
        b'_' | b'-' | b'.' | b'/' | b' ' | b':' | b',' => 4,
        _ => 5,
    }
}

/// Bits, in sixteenths, that each continuation costs.
fn costs(counts: &[f64], width: usize) -> Vec<u8> {
    let mut costs = Vec::with_capacity(counts.len());
    for row in counts.chunks_exact(width) {
        let sum: f64 = row.iter().sum();
        costs.extend(row.iter().map(|count| (-(count / sum).log2() * 16.0).round().clamp(0.0, 255.0) as u8));
    }
    costs
}

/// The same hash as `text/words.rs` has.
fn bloom_bits(word: &[u8]) -> impl Iterator<Item = u32> {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for &byte in word {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let (low, high) = (hash as u32, (hash >> 32) as u32 | 1);
    (0..5).map(move |step: u32| low.wrapping_add(step.wrapping_mul(high)) % BLOOM_BITS)
}
