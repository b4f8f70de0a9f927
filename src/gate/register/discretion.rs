//! Keeps values out of the logs: says whether a text holds something that could be one.
//!
//! Stricter than the scan of code: a log speaks in words, and whatever is not one has to be said otherwise.

use crate::detect::{Engine, Scratch};
use crate::model::Chunk;
use crate::text::entropy;

/// Says why a text must not be written down; none when it may.
pub fn objection(text: &str, engine: &Engine) -> Option<&'static str> {
    if text.chars().any(is_unseen) {
        return Some("it holds a control character or a line break");
    }
    let rules = engine.rules();
    let found = engine.scan(Chunk::whole(text.as_bytes()), &mut Scratch::default());
    if found.iter().any(|one| !rules.signature(one.rule).public) {
        return Some("it holds what looks like a secret");
    }
    text.split_whitespace().any(looks_like_a_value).then_some("it holds a word that could be a value")
}

/// What no reader sees, or takes for the end of a line: control characters, separators of lines, marks that turn the direction of
/// the text or have no width.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A long word that mixes letters and digits without any order, or an assignment of one.
fn looks_like_a_value(word: &str) -> bool {
    let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
    let (name, value) = word.split_once(['=', ':']).unwrap_or(("", word));
    let value = value.trim_matches(|c: char| c.is_ascii_punctuation());
    let has = |test: fn(&u8) -> bool| value.bytes().filter(test).count();
    let (digits, letters) = (has(u8::is_ascii_digit), has(u8::is_ascii_alphabetic));
    if !name.is_empty() && value.len() >= 8 && digits > 0 && letters > 0 && !value.contains('/') {
        return true;
    }
    let is_hex = value.bytes().all(|byte| byte.is_ascii_hexdigit());
    // A commit's abbreviated id may be told, a whole one as well: it is 40 or 64 digits, and so are keys; neither is needed.
    if is_hex {
        return value.len() >= 24;
    }
    let is_token = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'/' | b'=' | b'.'));
    value.len() >= 16
        && is_token
        && digits >= 2
        && letters >= 6
        && is_mixed(value)
        && entropy::is_normal(value.as_bytes())
}

/// Digits stand between letters, not only at an end as in names and dates.
fn is_mixed(value: &str) -> bool {
    let is_digit: Vec<bool> =
        value.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.is_ascii_digit()).collect();
    is_digit.windows(2).filter(|pair| pair[0] != pair[1]).count() >= 3
}

#[cfg(test)]
mod tests {
    use super::looks_like_a_value;

    #[test]
    fn what_no_reader_sees_is_told() {
        let unseen = "\t\r\u{85}\u{2028}\u{202e}\u{200b}\u{feff}";
        assert!(unseen.chars().all(super::is_unseen));
        assert!(!"Planmäßig — wie “immer”, 90 días".chars().any(super::is_unseen));
    }

    #[test]
    fn words_dates_and_short_ids_are_no_values() {
        for word in [
            "Scheduled",
            "90-day",
            "2026-03-15",
            "DATABASE_URL_V2",
            "1a2b3c4d5e",
            "go-backend/ops/.env:12",
            "api.example.com",
            "refs/heads/feature/login-2",
            "2026-03-15T10:00:00Z",
            "(INC-2031)",
        ] {
            assert!(!looks_like_a_value(word), "{word}");
        }
        for word in
            ["q7Xk2mP9vR4tL8wZ", "password=hunter2345", "0123456789abcdef0123456789abcdef", "(q7Xk2mP9vR4tL8wZ)."]
        {
            assert!(looks_like_a_value(word), "{word}");
        }
    }
}
