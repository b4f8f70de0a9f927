//! Passwords that a function takes by position: `getConnection(url, "user", "password")`, `auth=("user", "password")`.
//!
//! Only functions whose signature is known stand here, with the place of their password. A call whose arguments are not
//! literals is no secret; nothing is concluded from a variable's name.

use super::{Sight, belief, find};
use crate::model::{Confidence, Span};

const RULE: &str = "argument-password";

/// A function and the place of its password, counted from nought.
const FUNCTIONS: &[(&[u8], usize)] = &[
    (b"passwordauthentication(", 1),
    (b"passwordcredentials(", 1),
    (b"networkcredential(", 1),
    (b"httpbasicauth(", 1),
    (b"httpdigestauth(", 1),
    (b"setbasicauth(", 1),
    (b"getconnection(", 2),
    (b"mysqli(", 2),
    (b"mysqli_connect(", 2),
    (b"mysql_connect(", 2),
    (b"new pdo(", 2),
    (b"auth=(", 1),
    (b"convertto-securestring", 0),
];

pub(super) fn read(sight: &mut Sight<'_>) {
    let literal = sight.text[sight.hit..sight.end].to_ascii_lowercase();
    let Some(&(name, place)) = FUNCTIONS.iter().find(|(name, _)| *name == literal.as_slice()) else { return };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let opens = name.ends_with(b"(");
    // `UsernamePasswordCredentials` ends in one of the names; `oauth=(` does not count.
    let is_inside = sight.hit > 0 && is_word(sight.text[sight.hit - 1]) && is_word(name[0]);
    if is_inside && !matches!(name, b"passwordcredentials(" | b"passwordauthentication(" | b"getconnection(") {
        return;
    }
    let value = if opens { argument(sight, sight.end, place) } else { secure_string(sight) };
    let Some(value) = value else { return };
    if let Some((confidence, why)) = belief::of(value.of(sight.text)) {
        let confidence = confidence.min(Confidence::Medium);
        sight.report(RULE, value, confidence, &["is passed where a password is taken", why]);
    }
}

/// The literal that is argument number `place` of the call whose arguments begin at `at`.
fn argument(sight: &Sight<'_>, at: usize, place: usize) -> Option<Span> {
    let mut at = at;
    for number in 0..=place {
        at = sight.run(at, |byte| byte.is_ascii_whitespace());
        let quote = sight.byte(at);
        if matches!(quote, b'"' | b'\'' | b'`') {
            let end = sight.run(at + 1, |byte| byte != quote && !matches!(byte, b'\n' | b'\\'));
            if sight.byte(end) != quote {
                return None;
            }
            if number == place {
                return Some(Span::new(at + 1, end));
            }
            at = end + 1;
        }
        if number == place {
            return None;
        }
        at = sight.run(at, |byte| !b",;()\n".contains(&byte) && byte != b'"' && byte != b'\'');
        if sight.byte(at) != b',' {
            return None;
        }
        at += 1;
    }
    None
}

/// `ConvertTo-SecureString "…" -AsPlainText -Force`, the parameters in any order.
fn secure_string(sight: &Sight<'_>) -> Option<Span> {
    let line = sight.line(sight.hit);
    let rest = Span::new(sight.end.min(line.end), line.end);
    find(rest.of(sight.text), b"-asplaintext")?;
    let open = (rest.start..rest.end).find(|&at| matches!(sight.text[at], b'"' | b'\''))?;
    let quote = sight.text[open];
    let close = (open + 1..rest.end).find(|&at| sight.text[at] == quote)?;
    Some(Span::new(open + 1, close))
}
