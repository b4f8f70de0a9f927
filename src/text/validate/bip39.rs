//! BIP-39 phrases: 12 to 24 words of the English list, of which the last bits are a checksum of the others
//! (<https://github.com/bitcoin/bips/blob/master/bip-0039.mediawiki>).

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use crate::text::Proof;
use crate::text::random::{self, Random};

/// The list, sorted; before each word stands how many letters it shares with the one before.
const LIST: &str = include_str!("bip39_english.txt");

fn words() -> &'static [String] {
    static WORDS: OnceLock<Vec<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let mut words: Vec<String> = Vec::with_capacity(2048);
        let mut word = String::new();
        for character in LIST.trim_end().chars() {
            match character.to_digit(10) {
                Some(shared) => {
                    if !word.is_empty() {
                        words.push(word.clone());
                    }
                    word.truncate(shared as usize);
                }
                None => word.push(character),
            }
        }
        words.push(word);
        words
    })
}

/// The number of a word in the list, letter case aside.
pub fn index(word: &str) -> Option<u16> {
    if !(3..=8).contains(&word.len()) {
        return None;
    }
    let word = word.to_ascii_lowercase();
    words().binary_search(&word).ok().map(|at| at as u16)
}

/// Says whether `words` are a phrase: of a valid number, all in the list, with the right checksum.
pub fn is_phrase<'a>(words: impl IntoIterator<Item = &'a str>) -> bool {
    let indices: Option<Vec<u16>> = words.into_iter().take(25).map(index).collect();
    let Some(indices) = indices.filter(|indices| matches!(indices.len(), 12 | 15 | 18 | 21 | 24)) else {
        return false;
    };
    let bits: Vec<bool> =
        indices.iter().flat_map(|index| (0..11).rev().map(move |bit| index >> bit & 1 == 1)).collect();
    let (entropy, check) = bits.split_at(bits.len() * 32 / 33);
    let bytes: Vec<u8> =
        entropy.chunks(8).map(|byte| byte.iter().fold(0, |byte, &bit| byte << 1 | u8::from(bit))).collect();
    let digest = Sha256::digest(&bytes);
    check.iter().enumerate().all(|(at, &bit)| (digest[0] >> (7 - at) & 1 == 1) == bit)
}

/// Words may be separated by spaces, line breaks, commas, hyphens or quotes.
pub(super) fn check(value: &[u8]) -> Proof {
    let Ok(text) = std::str::from_utf8(value) else { return Proof::Failed };
    let words = text.split(|character: char| !character.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    Proof::of(is_phrase(words))
}

/// A phrase of as many words as `count` says, twelve unless it is a valid number.
pub(super) fn generate(count: &str, random: &mut Random<'_>) -> String {
    let count = count.parse().ok().filter(|count| matches!(count, 12 | 15 | 18 | 21 | 24)).unwrap_or(12_usize);
    let entropy = random::bytes(random, count * 4 / 3);
    let check = Sha256::digest(&entropy)[0];
    let bit = |at: usize| entropy.get(at / 8).unwrap_or(&check) >> (7 - at % 8) & 1;
    let word = |at: usize| (0..11).fold(0, |index, offset| index << 1 | usize::from(bit(at * 11 + offset)));
    (0..count).map(|at| words()[word(at)].as_str()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    #[test]
    fn the_list_is_the_published_one() {
        assert_eq!(words().len(), 2048);
        assert!(words().is_sorted());
        let digest = Sha256::digest(words().iter().map(|word| format!("{word}\n")).collect::<String>());
        let published = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda";
        assert_eq!(data_encoding::HEXLOWER.encode(&digest), published);
        assert_eq!((index("Abandon"), index("zoo"), index("abandons")), (Some(0), Some(2047), None));
    }

    #[test]
    fn vectors_of_the_specification() {
        for (word, count, last) in
            [("abandon", 11, "about"), ("zoo", 11, "wrong"), ("abandon", 23, "art"), ("zoo", 23, "vote")]
        {
            let phrase = format!("{}{last}", format!("{word} ").repeat(count));
            assert_eq!(check(phrase.as_bytes()), Proof::Passed, "{phrase}");
            assert_eq!(check(phrase.replace(last, word).as_bytes()), Proof::Failed, "{phrase}");
        }
    }

    #[test]
    fn every_length_and_separator() {
        for count in ["12", "15", "18", "21", "24"] {
            let phrase = generate(count, &mut seeded(12));
            assert_eq!(phrase.split(' ').count().to_string(), count);
            for separator in ["\n", ", ", "\", \"", "-"] {
                assert_eq!(check(phrase.replace(' ', separator).as_bytes()), Proof::Passed);
            }
        }
    }
}
