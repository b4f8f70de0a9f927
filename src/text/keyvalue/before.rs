//! A value that stands before its name: `<add value="…" key="DbPassword"/>`, `{"value": "…", "name": "DB_PASSWORD"}`,
//! `"…".equals(password)`, `setValue("…", forHTTPHeaderField: "X-Api-Key")`.
//!
//! Reads backwards from the name, never more than a literal's length, and only where both fields say what they are.

use super::{Assignment, LONGEST, Operator, Quote};
use crate::model::Span;

const NAMES: &[&[u8]] = &[b"key", b"name", b"id", b"property", b"parameterkey"];
const VALUES: &[&[u8]] = &[b"value", b"val", b"parametervalue", b"stringvalue", b"string_value", b"secretvalue"];

/// Labels of the argument that names what the argument before it is.
const LABELS: &[&[u8]] = &[b"forHTTPHeaderField", b"forKey", b"forHeader"];
/// Calls that compare the literal that they belong to.
const COMPARING: &[&[u8]] = &[b".equals(", b".equalsIgnoreCase(", b".contentEquals(", b".compareTo("];

/// Whether a value may stand before the identifier around `at`: it is the value of a field that holds names, or what a
/// literal is compared with.
pub fn has_value_before(text: &[u8], at: usize) -> bool {
    let low = at.saturating_sub(72);
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let start = (low..at).rev().find(|&at| !is_inner(text[at])).map_or(low, |at| at + 1);
    field(text, start, NAMES).is_some() || compared(text, start).is_some() || labelled(text, start).is_some()
}

/// The end of the literal that the name at `start` is compared with.
fn compared(text: &[u8], start: usize) -> Option<usize> {
    let start = back(text, start, |byte| matches!(byte, b'$' | b'@'));
    let end = match text[..start].last()? {
        b'(' => start - COMPARING.iter().find(|call| text[..start].ends_with(call))?.len(),
        b' ' | b'=' => {
            let sign = back(text, start, |byte| byte == b' ');
            let first = back(text, sign, |byte| matches!(byte, b'=' | b'!'));
            let is_comparison = matches!(&text[first..sign], b"==" | b"===" | b"!=" | b"!==");
            is_comparison.then(|| back(text, first, |byte| byte == b' '))?
        }
        _ => return None,
    };
    matches!(text[..end].last(), Some(b'"' | b'\'')).then_some(end)
}

/// The end of the argument that the name at `start` labels.
fn labelled(text: &[u8], start: usize) -> Option<usize> {
    let open = back(text, start, |byte| matches!(byte, b'"' | b'@'));
    let sign = back(text, open, |byte| byte == b' ').checked_sub(1).filter(|&at| open < start && text[at] == b':')?;
    let label = LABELS.iter().find(|label| text[..sign].ends_with(label))?;
    let end = back(text, sign - label.len(), |byte| matches!(byte, b' ' | b','));
    matches!(text[..end].last(), Some(b'"')).then_some(end)
}

/// The literal that ends at `end`, with its closing quote.
fn literal_before(text: &[u8], end: usize) -> Option<Span> {
    let close = end.checked_sub(1)?;
    let quote = text[close];
    let low = close.saturating_sub(LONGEST);
    let open = (low..close).rev().find(|&at| text[at] == quote || text[at] == b'\n')?;
    (text[open] == quote).then(|| Span::new(open + 1, close))
}

/// The value that the field before the name's field holds.
pub fn value_before(text: &[u8], name: Span) -> Option<Assignment> {
    let passed = compared(text, name.start).map(|end| (Operator::Compare, end));
    if let Some((operator, end)) = passed.or_else(|| labelled(text, name.start).map(|end| (Operator::Comma, end))) {
        let value = literal_before(text, end)?;
        let wrapper = Span::new(value.start, value.start);
        return Some(Assignment { operator, value, quote: Quote::Closed, wrapper, is_listed: false });
    }
    let start = field(text, name.start, NAMES)?;
    let end = back(text, start, |byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b'-'));
    // `SET value = '…' WHERE name = '…'`.
    let is_clause = text[..end].ends_with(b" WHERE") || text[..end].ends_with(b" where");
    let end = if is_clause { end - b" where".len() } else { end };
    let between = &text[end..start];
    let last = *text[..end].last()?;
    let (value, quote) = if matches!(last, b'"' | b'\'') {
        (literal_before(text, end)?, Quote::Closed)
    } else if between.contains(&b'\n') && !between.contains(&b'-') {
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
        assert!(
            has_value_before(text.as_bytes(), at + 1) || value_before(text.as_bytes(), Span::new(at, at)).is_none()
        );
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
