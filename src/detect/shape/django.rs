//! Django's `SECRET_KEY`: fifty characters of an alphabet with signs that look like code.

use super::Sight;
use crate::model::{Confidence, Span};
use crate::text::keyvalue::{self, Operator};
use crate::text::{charset, entropy, placeholder, words};

const ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)";
const INSECURE: &[u8] = b"django-insecure-";

pub(super) fn read(sight: &mut Sight<'_>) {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if is_word(sight.byte(sight.end)) {
        return;
    }
    let start = sight.text[..sight.hit].iter().rposition(|&byte| !is_word(byte)).map_or(0, |at| at + 1);
    let mut values = Vec::new();
    keyvalue::values(sight.text, Span::new(start, sight.end), |assignment| {
        if matches!(
            assignment.operator,
            Operator::Assign | Operator::Colon | Operator::Comma | Operator::Default | Operator::Pair
        ) {
            values.push(assignment.value);
        }
    });
    for value in values {
        let key = value.of(sight.text);
        let body = key.strip_prefix(INSECURE).unwrap_or(key);
        let is_native = body.len() == 50 && body.iter().all(|byte| ALPHABET.contains(byte));
        let is_drawn =
            is_native && entropy::shannon(body) >= 4.0 && !charset::is_sequence(body) && words::surplus(body) > 20.0;
        if is_drawn && !placeholder::is_placeholder(body) {
            let confidence = if body.len() < key.len() { Confidence::Medium } else { Confidence::High };
            sight.report(
                "django-secret-key",
                value,
                confidence,
                &["is assigned to SECRET_KEY", "has the length and the alphabet of Django's generator"],
            );
        }
    }
}
