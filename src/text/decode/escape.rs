//! Escapes with a backslash, as in the strings of nearly all languages: `\u0067`, `\x67`, `\147`, `\n`, `\"`; and `\_` of Markdown.

use super::hex::value;
use super::rewrite::{Escape, Family};

/// A letter written as a number is enough by itself. Line breaks and quotes count when text stands on both sides:
/// then they hide where a value begins or ends.
pub(super) static FAMILY: Family = Family { kind: "escape", marks: b"\\", step, threshold: 2 };

fn step(bytes: &[u8], at: usize) -> Option<Escape> {
    let before = at.checked_sub(1).map_or(b' ', |before| bytes[before]);
    let after = bytes.get(at + 2).copied().unwrap_or(b' ');
    // Only between words does a line break matter.
    let is_between = || after.is_ascii_alphanumeric() && !matches!(before, b'"' | b'\'' | b' ');
    let between = || 2 * u32::from(is_between() && may_hold_value(&bytes[at + 2..]));
    match bytes.get(at + 1)? {
        b'u' | b'U' | b'x' => number(bytes, at),
        b'0'..=b'3' => octal(bytes, at),
        b'n' => Some(Escape::byte(2, b'\n', between())),
        b'r' => Some(Escape::byte(2, b'\r', between())),
        b't' => Some(Escape::byte(2, b'\t', between())),
        b'/' => Some(Escape::byte(2, b'/', 1)),
        // Markdown and LaTeX, where an underscore means something.
        b'_' => {
            let hides = before.is_ascii_alphanumeric() && is_between() && may_hold_value(&bytes[at + 2..]);
            Some(Escape::byte(2, b'_', 2 * u32::from(hides)))
        }
        &quote @ (b'"' | b'\'' | b'`') => {
            let opens =
                after.is_ascii_alphanumeric() && (is_expected(&bytes[..at]) || may_hold_value(&bytes[at + 2..]));
            Some(Escape::byte(2, quote, u32::from(opens)))
        }
        b'\\' => Some(Escape::byte(2, b'\\', 2 * u32::from(is_escaped_number(&bytes[at + 2..])))),
        _ => None,
    }
}

/// Says whether what follows a backslash that stands for itself is a character as a number, escaped again.
fn is_escaped_number(rest: &[u8]) -> bool {
    let depth = rest.iter().take(16).take_while(|&&byte| byte == b'\\').count();
    match rest.get(depth) {
        Some(b'u') => value(rest, depth + 1, 4).is_some(),
        Some(b'x') => value(rest, depth + 1, 2).is_some(),
        _ => false,
    }
}

/// Says whether a line in a string may be more than prose: keys and tokens hold digits, capitals amid small letters or
/// very long words, and before a value stands a sign.
fn may_hold_value(rest: &[u8]) -> bool {
    let end = |byte: &u8| matches!(byte, b'\n' | b'\\' | b'"' | b'\'' | b'`');
    let line = &rest[..rest.iter().take(LINE).position(end).unwrap_or(rest.len().min(LINE))];
    let is_sign = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'=' | b':' | b'@');
    line.iter().any(is_sign)
        || line.len() == LINE && !line.contains(&b' ')
        || line.windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase())
}

/// Says whether a value or a name may follow: in JSON, as an attribute, as an argument.
fn is_expected(before: &[u8]) -> bool {
    before.trim_ascii_end().last().is_none_or(|sign| matches!(sign, b'=' | b':' | b'{' | b'[' | b'(' | b',' | b'>'))
}

/// So much of a line is looked at.
const LINE: usize = 64;

/// `\x67`, `\u0067`, `\U00000067`, `\u{67}`, `\x{67}`, and pairs of surrogates.
fn number(bytes: &[u8], at: usize) -> Option<Escape> {
    if bytes.get(at + 2) == Some(&b'{') {
        let digits =
            bytes[at + 3..].iter().take(9).position(|&byte| byte == b'}').filter(|&len| len > 0 && len <= 8)?;
        return character(digits + 4, value(bytes, at + 3, digits)?);
    }
    match bytes[at + 1] {
        b'x' => {
            let next = |at: usize| bytes.get(at..)?.strip_prefix(b"\\x").and_then(|rest| value(rest, 0, 2));
            several(at, &next).or_else(|| character(4, next(at)?))
        }
        b'U' => character(10, value(bytes, at + 2, 8)?),
        _ => {
            let code = value(bytes, at + 2, 4)?;
            if !(0xd800..0xdc00).contains(&code) || bytes.get(at + 6..at + 8) != Some(b"\\u") {
                return character(6, code);
            }
            let low = value(bytes, at + 8, 4).filter(|low| (0xdc00..0xe000).contains(low))?;
            character(12, 0x10000 + ((code - 0xd800) << 10 | (low - 0xdc00)))
        }
    }
}

fn octal(bytes: &[u8], at: usize) -> Option<Escape> {
    let next = |at: usize| {
        let digits = bytes.get(at..at + 4)?.strip_prefix(b"\\")?;
        let digit = |byte: u8| (b'0'..b'8').contains(&byte).then(|| u32::from(byte - b'0'));
        digits.iter().try_fold(0, |code, &byte| digit(byte).map(|digit| code << 3 | digit))
    };
    several(at, &next).or_else(|| character(4, next(at)?))
}

/// A character of several bytes, each of which is an escape of four, as C and Go write it: `\xc3\xa9`.
fn several(at: usize, next: &dyn Fn(usize) -> Option<u32>) -> Option<Escape> {
    let count = match next(at)? {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let mut text = [0; 4];
    for (number, byte) in text[..count].iter_mut().enumerate() {
        *byte = u8::try_from(next(at + 4 * number)?).ok()?;
    }
    let character = std::str::from_utf8(&text[..count]).ok()?.chars().next()?;
    (!character.is_control()).then(|| Escape::character(4 * count, character, 0))
}

/// Control characters are no text and stay as they are written, but for the one that begins a colour.
fn character(len: usize, code: u32) -> Option<Escape> {
    let character =
        char::from_u32(code).filter(|&code| !code.is_control() || matches!(code, '\t' | '\n' | '\r' | '\u{1b}'))?;
    Some(Escape::character(len, character, 2 * u32::from(character.is_ascii())))
}
