//! Keys that are written as numbers: `static const uint8_t aes_key[16] = { 0x1f, 0x8b, … }`.
//!
//! Only as many bytes as keys have, under the name of a key, and only bytes that look drawn: a table of a cipher, a character
//! set and a picture are none. It must never look beyond the list.

use std::borrow::Cow;

use super::name::{Kind, Name, Strength};
use super::{Hit, promise, rule};
use crate::model::{Confidence, Span};

/// How far from its name a list may begin, and how long it may be.
const REACH: usize = 72;
const LONGEST: usize = 440;

/// The list of bytes that a name is given.
pub(super) fn read(text: &[u8], name: &Name) -> Option<Hit> {
    if matches!(name.kind, Kind::Password | Kind::Token) {
        return None;
    }
    let open = opening(text, name.span.end)?;
    let mut numbers = [0_u8; 64];
    let (count, span) = list(text, open + 1, text[open], &mut numbers)?;
    let numbers = &numbers[..count];
    let own = name.span.of(text).to_ascii_lowercase();
    let ends = |word: &[u8]| own.ends_with(word);
    let is_small = ends(b"iv") || ends(b"salt") || ends(b"nonce") || ends(b"seed");
    let is_length = matches!(count, 16 | 24 | 32 | 48 | 64) || is_small && matches!(count, 8 | 12);
    if !is_length || !is_drawn(numbers) {
        return None;
    }
    let confidence = match name.strength {
        Strength::Strong => Confidence::Medium,
        Strength::Fair if !is_small => Confidence::Medium,
        _ => Confidence::Low,
    };
    let reasons = vec![
        Cow::Borrowed(promise(name)),
        Cow::Borrowed("which the value is assigned to"),
        Cow::Owned(format!("{count} bytes, as many as a key has")),
        Cow::Borrowed("look drawn at random"),
    ];
    Some(Hit { rule: rule(name.kind), span, window: span, confidence, value: None, reasons, visible: 0 })
}

/// The bracket before the first number, with an operator and a type at most before it.
fn opening(text: &[u8], from: usize) -> Option<usize> {
    let limit = (from + REACH).min(text.len());
    let mut is_tied = false;
    for at in from..limit {
        match text[at] {
            b'{' | b'[' | b'(' if is_tied => {
                let next = (at + 1..limit).find(|&at| !text[at].is_ascii_whitespace())?;
                let is_cast = text[next..].starts_with(b"(byte)");
                if text[next].is_ascii_digit() || text[next] == b'-' || is_cast {
                    return Some(at);
                }
            }
            b'=' | b':' => is_tied = true,
            // `[u8; 16]`.
            b';' if text.get(at + 2).is_some_and(u8::is_ascii_digit) => {}
            b'{' | b'[' | b'(' | b']' | b')' | b'}' | b'<' | b'>' | b'_' | b'.' | b'&' | b'*' => {}
            byte if byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() => {}
            _ => return None,
        }
    }
    None
}

/// The numbers from `at` to the bracket that closes them: how many, and from where to where.
fn list(text: &[u8], at: usize, open: u8, numbers: &mut [u8; 64]) -> Option<(usize, Span)> {
    let close = match open {
        b'{' => b'}',
        b'[' => b']',
        _ => b')',
    };
    let limit = (at + LONGEST).min(text.len());
    let (mut at, mut count, mut span) = (at, 0, None);
    loop {
        at = (at..limit).find(|&at| !text[at].is_ascii_whitespace())?;
        if text[at] == close {
            return span.map(|span| (count, span));
        }
        let cast = if text[at..].starts_with(b"(byte)") { 6 } else { 0 };
        let start = at;
        let digits = (at + cast..limit).find(|&at| !(text[at].is_ascii_whitespace())).unwrap_or(limit);
        let end = (digits..limit).find(|&at| !(text[at].is_ascii_alphanumeric() || text[at] == b'-'))?;
        *numbers.get_mut(count)? = number(&text[digits..end])?;
        count += 1;
        span = Some(Span::new(span.map_or(start, |span: Span| span.start), end));
        at = (end..limit).find(|&at| !text[at].is_ascii_whitespace())?;
        if text[at] == b',' {
            at += 1;
        } else if text[at] != close {
            return None;
        }
    }
}

fn number(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    let lower = digits.to_ascii_lowercase();
    if let Some(hex) = lower.strip_prefix("0x") {
        return u8::from_str_radix(hex.trim_end_matches('u'), 16).ok();
    }
    lower.parse::<u8>().ok().or_else(|| lower.parse::<i8>().ok().map(|signed| signed as u8))
}

/// Whether bytes look drawn: many different ones, of the whole range, in no order.
fn is_drawn(numbers: &[u8]) -> bool {
    let mut sorted = numbers.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    let is_varied = sorted.len() * 4 >= numbers.len() * 3;
    let is_wide = numbers.iter().any(|byte| *byte >= 0x80) && numbers.iter().any(|byte| (0x10..0x80).contains(byte));
    let steps = |want: u8| numbers.windows(2).filter(|pair| pair[1].wrapping_sub(pair[0]) == want).count();
    let is_ordered = numbers.windows(2).any(|pair| steps(pair[1].wrapping_sub(pair[0])) * 3 > numbers.len());
    is_varied && is_wide && !is_ordered
}

#[cfg(test)]
mod tests {
    use crate::detect::generic::tests::find;
    use crate::model::Confidence;
    use crate::text::random::{bytes, tests::seeded};

    fn list(count: usize, show: impl Fn(u8) -> String) -> String {
        bytes(&mut seeded(9), count).into_iter().map(show).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn keys_that_are_written_as_numbers() {
        let hex = list(16, |byte| format!("0x{byte:02x}"));
        let decimal = list(32, |byte| byte.to_string());
        let signed = list(16, |byte| (byte as i8).to_string());
        for text in [
            format!("static const unsigned char aes_key[16] = {{ {hex} }};"),
            format!("const uint8_t secret_key[] = {{\n  {hex},\n}};"),
            format!("private static final byte[] AES_KEY = new byte[] {{ {signed} }};"),
            format!("let encryption_key: [u8; 32] = [{decimal}];"),
            format!("SECRET_KEY = bytes([{decimal}])"),
            format!("var signingKey = []byte{{{hex}}}"),
        ] {
            let found = find(&text);
            assert!(found.iter().any(|(_, confidence, _)| *confidence >= Confidence::Medium), "{text}: {found:?}");
        }
        let short = format!("byte[] salt = {{ {} }};", list(8, |byte| format!("0x{byte:02x}")));
        assert!(!find(&short).is_empty());
    }

    #[test]
    fn tables_are_no_keys() {
        let counted = (0..16).map(|at| format!("0x{at:02x}")).collect::<Vec<_>>().join(", ");
        let many = list(200, |byte| format!("0x{byte:02x}"));
        let drawn = list(16, |byte| format!("0x{byte:02x}"));
        for text in [
            format!("static const unsigned char aes_key[16] = {{ {counted} }};"),
            format!("const uint8_t secret_key[] = {{ {many} }};"),
            format!("static const uint8_t sbox[16] = {{ {drawn} }};"),
            "uint8_t secret_key[16] = { 0 };".to_owned(),
            format!("if (key_length == 3) {{ table = {{ {drawn} }} }}"),
        ] {
            assert_eq!(find(&text), [], "{text}");
        }
    }
}
