//! Seed phrases of wallets: twelve to twenty-four words of the BIP-39 list whose checksum is right. And the keys of wallets
//! that are written as an array of sixty-four numbers.

use std::borrow::Cow;

use super::{Hit, Sight};
use crate::model::{Confidence, Span};
use crate::text::validate::bip39;

/// How many bytes may stand between the announcement and the first word.
const GAP: usize = 60;
const LENGTHS: [usize; 5] = [24, 21, 18, 15, 12];

pub(super) fn read(sight: &mut Sight<'_>) {
    let words = listed_words(sight, sight.end);
    if let Some(span) = phrase(sight.text, &words) {
        sight.report("wallet-seed-phrase", span, Confidence::Certain, &["is announced as a seed phrase", PROVEN]);
    }
}

const PROVEN: &str = "has the words and the checksum of BIP-39";

/// `12. word` ends a numbered list of words, or its first half.
pub(super) fn numbered(sight: &mut Sight<'_>) {
    let mut start = sight.hit + 1;
    // Back over the lines before: eleven of them are numbered.
    for number in (1..=11_usize).rev() {
        let Some(end) = start.checked_sub(1) else { return };
        start = sight.line(end).start;
        let line = sight.line(start).of(sight.text).trim_ascii_start();
        let digits = line.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let is_next = std::str::from_utf8(&line[..digits]).ok().and_then(|text| text.parse().ok()) == Some(number);
        if !is_next || !matches!(line.get(digits), Some(b'.' | b')' | b':' | b' ')) {
            return;
        }
    }
    let words = listed_words(sight, start);
    if let Some(span) = phrase(sight.text, &words) {
        sight.report("wallet-seed-phrase", span, Confidence::Certain, &["is a numbered list", PROVEN]);
    }
}

/// Whether a text may be words or numbers in a list, by its first bytes.
pub(super) fn may_be_whole(text: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b" \t\r\n\"',[].)-:".contains(byte);
    (40..700).contains(&text.len()) && text[..40].iter().all(is_part)
}

/// A text of the words of a phrase and nothing else, or of sixty-four numbers.
pub(super) fn whole(text: &[u8], out: &mut Vec<Hit>) {
    let start = text.len() - text.trim_ascii_start().len();
    if let Some(span) = numbers(text, start).filter(|span| text[span.end..].trim_ascii().is_empty()) {
        let reasons = [Cow::Borrowed("is all that the text holds"), Cow::Borrowed(ARRAY)].to_vec();
        out.push(hit("wallet-key-array", span, text, Confidence::High, reasons));
        return;
    }
    let is_separator = |byte: &u8| !byte.is_ascii_alphabetic();
    let mut words = Vec::with_capacity(24);
    let mut at = 0;
    for word in text.split(is_separator) {
        if !word.is_empty() {
            words.push(Span::new(at, at + word.len()));
        }
        at += word.len() + 1;
    }
    if !LENGTHS.contains(&words.len()) {
        return;
    }
    if let Some(span) = phrase(text, &words).filter(|span| span.len() > words[0].len() + words.len()) {
        let reasons = [Cow::Borrowed("is all that the text holds"), Cow::Borrowed(PROVEN)].to_vec();
        out.push(hit("wallet-seed-phrase", span, text, Confidence::Certain, reasons));
    }
}

fn hit(rule: &'static str, span: Span, text: &[u8], confidence: Confidence, reasons: Vec<Cow<'static, str>>) -> Hit {
    Hit { rule, span, window: Span::new(0, text.len()), confidence, value: None, reasons, visible: 0 }
}

const ARRAY: &str = "is the sixty-four numbers of a key pair";

/// `Uint8Array.from([…])`, `PRIVATE_KEY=[…]`: sixty-four numbers soon after the literal.
pub(super) fn array(sight: &mut Sight<'_>) {
    let open = sight.run(sight.end, |byte| b" \t\r\n=:\"'[(".contains(&byte));
    let Some(start) = open.checked_sub(1).filter(|&at| at >= sight.hit) else { return };
    let Some(start) = (sight.hit..=start).rev().find(|&at| sight.text[at] == b'[') else { return };
    let near = &sight.text[sight.hit.saturating_sub(120)..start];
    let is_key = [&b"secret"[..], b"private", b"keypair", b"payer", b"wallet"]
        .iter()
        .any(|word| super::find(near, word).is_some());
    if let Some(span) = numbers(sight.text, start).filter(|_| is_key) {
        sight.report("wallet-key-array", span, Confidence::High, &["is announced as a secret key", ARRAY]);
    }
}

/// An array of sixty-four numbers of one byte, drawn at random.
fn numbers(text: &[u8], start: usize) -> Option<Span> {
    let rest = &text[start..];
    let close = memchr::memchr(b']', rest).filter(|_| rest.first() == Some(&b'['))?;
    let inner = rest.get(1..close).filter(|inner| inner.len() < 400)?;
    let number = |text: &[u8]| std::str::from_utf8(text.trim_ascii()).ok()?.parse::<u8>().ok();
    let mut bytes: Vec<u8> = inner.split(|&byte| byte == b',').map(number).collect::<Option<_>>()?;
    let is_run =
        bytes.windows(2).filter(|pair| pair[1].wrapping_sub(pair[0]) == bytes[1].wrapping_sub(bytes[0])).count();
    let is_pair = bytes.len() == 64 && is_run < 16;
    bytes.sort_unstable();
    bytes.dedup();
    // Of sixty-four bytes that are drawn, some fifty-seven differ.
    (is_pair && bytes.len() >= 44).then(|| Span::new(start, start + close + 1))
}

/// The longest phrase that the words begin with and whose checksum is right.
fn phrase(text: &[u8], words: &[Span]) -> Option<Span> {
    for length in LENGTHS {
        let Some(phrase) = words.get(..length).filter(|_| words.len() < 25) else { continue };
        let texts = || phrase.iter().filter_map(|span| std::str::from_utf8(span.of(text)).ok());
        let mut different: Vec<&str> = texts().collect();
        different.sort_unstable();
        different.dedup();
        // `abandon … about` and `test … junk` are everybody's.
        if different.len() > length / 2 && bip39::is_phrase(texts()) {
            return Some(Span::new(phrase[0].start, phrase[length - 1].end));
        }
    }
    None
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
        let is_quoted = |gap: &[u8]| gap.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'`'));
        let is_list = words.len() >= 2 && is_quoted(&sight.text[words[0].end..words[1].start]);
        let ends = if is_list { gap.contains(&b']') || gap.contains(&b')') } else { is_quoted(gap) };
        let is_over = LENGTHS.contains(&words.len())
            && (ends || super::find(gap, b"\n\n").is_some() || super::find(gap, b"\n\r\n").is_some());
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
