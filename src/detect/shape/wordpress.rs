//! `wp-config.php`: `define('DB_PASSWORD', '…')` and the eight keys and salts of 64 printable characters.

use super::{Sight, belief};
use crate::detect::generic::DRAWN;
use crate::model::{Confidence, Span};
use crate::text::keyvalue::{self, Operator, Quote};
use crate::text::{entropy, placeholder};

pub(super) fn read(sight: &mut Sight<'_>) {
    let start = sight.text[..sight.hit]
        .iter()
        .rposition(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))
        .map_or(0, |at| at + 1);
    let name = Span::new(start, sight.end);
    let is_quoted =
        matches!(sight.byte(sight.end), b'\'' | b'"') && start > 0 && matches!(sight.text[start - 1], b'\'' | b'"');
    let line = sight.line(start);
    if !is_quoted || super::find(&sight.text[line.start..start], b"define").is_none() {
        return;
    }
    let mut found = None;
    keyvalue::values(sight.text, name, |assignment| {
        if assignment.operator == Operator::Comma && assignment.quote == Quote::Closed && assignment.wrapper.is_empty()
        {
            found.get_or_insert(assignment.value);
        }
    });
    let Some(value) = found else { return };
    match name.of(sight.text) {
        b"DB_PASSWORD" => {
            if let Some((confidence, why)) = belief::of(value.of(sight.text)) {
                let reasons = ["is defined as the password of WordPress's database", why];
                sight.report("wordpress-database-password", value, confidence.max(Confidence::Medium), &reasons);
            }
        }
        b"AUTH_KEY" | b"SECURE_AUTH_KEY" | b"LOGGED_IN_KEY" | b"NONCE_KEY" | b"AUTH_SALT" | b"SECURE_AUTH_SALT"
        | b"LOGGED_IN_SALT" | b"NONCE_SALT" => {
            let key = value.of(sight.text);
            // One draw of 64 signs in some fifteen holds `%(`, `#{` or the like.
            let is_whole = key.len() == 64 && entropy::shannon(key) >= 4.8 && !key.contains(&b' ');
            let is_drawn = key.len() >= 32
                && entropy::shannon(key) >= 4.2
                && !placeholder::is_placeholder(key)
                && (is_whole || !placeholder::is_reference(key));
            if is_drawn && !key.windows(5).any(|window| window.eq_ignore_ascii_case(b"phras")) {
                sight.report(
                    "wordpress-secret-key",
                    value,
                    Confidence::High,
                    &["is defined as one of WordPress's eight secret keys", DRAWN],
                );
            }
        }
        _ => {}
    }
}
