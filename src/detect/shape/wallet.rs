//! Seed phrases of wallets: twelve to twenty-four words of the BIP-39 list whose checksum is right.

use super::Sight;
use crate::model::{Confidence, Span};
use crate::text::validate::bip39;

/// How many bytes may stand between the announcement and the first word.
const GAP: usize = 60;
const LENGTHS: [usize; 5] = [24, 21, 18, 15, 12];

pub(super) fn read(sight: &mut Sight<'_>) {
    let words = listed_words(sight, sight.end);
    for length in LENGTHS {
        let Some(phrase) = words.get(..length).filter(|_| words.len() < 25) else { continue };
        let texts = || phrase.iter().filter_map(|span| std::str::from_utf8(span.of(sight.text)).ok());
        let mut different: Vec<&str> = texts().collect();
        different.sort_unstable();
        different.dedup();
        // `abandon … about` and `test … junk` are everybody's.
        if different.len() <= length / 2 || !bip39::is_phrase(texts()) {
            continue;
        }
        let span = Span::new(phrase[0].start, phrase[length - 1].end);
        return sight.report(
            "wallet-seed-phrase",
            span,
            Confidence::Certain,
            &["is announced as a seed phrase", "has the words and the checksum of BIP-39"],
        );
    }
}

/// The longest run of listed words that begins soon after `at`.
fn listed_words(sight: &Sight<'_>, at: usize) -> Vec<Span> {
    let mut words: Vec<Span> = Vec::new();
    let mut next = at;
    loop {
        let start = sight.run(next, |byte| !byte.is_ascii_alphabetic());
        let end = sight.run(start, |byte| byte.is_ascii_alphabetic());
        let is_near = words.last().map_or(start < at + GAP, |last: &Span| start - last.end <= 12);
        // Where the literal or the paragraph is over, so is the phrase.
        let gap = words.last().map_or(&[][..], |last| &sight.text[last.end..start]);
        let is_over = LENGTHS.contains(&words.len())
            && (gap.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'`')) || super::find(gap, b"\n\n").is_some());
        if start == end || !is_near || is_over {
            return words;
        }
        let word = Span::new(start, end);
        let is_listed = std::str::from_utf8(word.of(sight.text)).ok().and_then(bip39::index).is_some();
        match (is_listed, words.len()) {
            (true, _) => words.push(word),
            (false, 0..12) => words.clear(),
            (false, _) => return words,
        }
        next = end;
        if words.is_empty() && next > at + GAP {
            return words;
        }
    }
}
