//! A value that stands before its name: `<add value="…" key="DbPassword"/>`, `{"value": "…", "name": "DB_PASSWORD"}`.
//!
//! Reads backwards from the name, never more than a literal's length, and only where both fields say what they are.

use super::{Assignment, LONGEST, Operator, Quote};
use crate::model::Span;

const NAMES: &[&[u8]] = &[b"key", b"name", b"id", b"property", b"parameterkey"];
const VALUES: &[&[u8]] = &[b"value", b"val", b"parametervalue", b"stringvalue", b"string_value", b"secretvalue"];

/// Whether the identifier around `at` is the value of a field that holds names.
pub fn is_named_field(text: &[u8], at: usize) -> bool {
    let low = at.saturating_sub(72);
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let start = (low..at).rev().find(|&at| !is_inner(text[at])).map_or(low, |at| at + 1);
    field(text, start, NAMES).is_some()
}

/// The value that the field before the name's field holds.
pub fn value_before(text: &[u8], name: Span) -> Option<Assignment> {
    let start = field(text, name.start, NAMES)?;
    let end = back(text, start, |byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'-'));
    let between = &text[end..start];
    let last = *text[..end].last()?;
    let (value, quote) = if matches!(last, b'"' | b'\'') {
        let close = end - 1;
        let low = close.saturating_sub(LONGEST);
        let open = (low..close).rev().find(|&at| text[at] == last || text[at] == b'\n')?;
        if text[open] != last {
            return None;
        }
        (Span::new(open + 1, close), Quote::Closed)
    } else if between.contains(&b'\n') {
        let begin = back(text, end, |byte| !byte.is_ascii_whitespace());
        (Span::new(begin, end), Quote::Line)
    } else {
        return None;
    };
    let opening = if quote == Quote::Closed { value.start } else { value.start.max(1) };
    let is_value = !value.is_empty() && field(text, opening, VALUES).is_some();
    let wrapper = Span::new(value.start, value.start);
    is_value.then_some(Assignment { operator: Operator::Pair, value, quote, wrapper, is_listed: false })
}

/// Where the field begins whose value begins at `at`, if its name is one of `names`.
fn field(text: &[u8], at: usize, names: &[&[u8]]) -> Option<usize> {
    let open = back(text, at, |byte| matches!(byte, b'"' | b'\''));
    let tied = back(text, open, |byte| matches!(byte, b' ' | b'\t'));
    let sign = tied.checked_sub(1).filter(|&at| matches!(text[at], b':' | b'='))?;
    let end = back(text, sign, |byte| matches!(byte, b' ' | b'\t' | b'"' | b'\''));
    let start = back(text, end, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let word = &text[start..end];
    names
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name))
        .then(|| back(text, start, |byte| matches!(byte, b'"' | b'\'')))
}

/// The start of the run before `at` for which `holds`, at most a literal's length away.
fn back(text: &[u8], at: usize, holds: impl Fn(u8) -> bool) -> usize {
    let low = at.saturating_sub(LONGEST);
    (low..at).rev().find(|&at| !holds(text[at])).map_or(low, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, name: &str) -> Option<String> {
        let at = text.find(name).expect("the name");
        assert!(is_named_field(text.as_bytes(), at + 1) || value_before(text.as_bytes(), Span::new(at, at)).is_none());
        let found = value_before(text.as_bytes(), Span::new(at, at + name.len()))?;
        Some(String::from_utf8_lossy(found.value.of(text.as_bytes())).into_owned())
    }

    #[test]
    fn values_before_names() {
        for text in [
            "<add value=\"s3cr-et!\" key=\"DbPassword\" />",
            "{\"value\": \"s3cr-et!\", \"name\": \"DbPassword\"}",
            "{\n  'Value': 's3cr-et!',\n  'Key': 'DbPassword'\n}",
            "- value: s3cr-et!\n  name: DbPassword\n",
        ] {
            assert_eq!(read(text, "DbPassword").as_deref(), Some("s3cr-et!"), "{text}");
        }
    }

    #[test]
    fn other_fields() {
        for text in [
            "<add label=\"s3cr-et!\" key=\"DbPassword\" />",
            "x = \"s3cr-et!\"; y = DbPassword",
            "DbPassword",
            "key: DbPassword",
            "value\" name=\"DbPassword\"",
        ] {
            assert_eq!(read(text, "DbPassword"), None, "{text}");
        }
    }
}
