//! `Bearer …` and `Basic …`: credentials that a scheme announces instead of a name.

use std::borrow::Cow;

use super::{DRAWN, Hit};
use crate::model::{Confidence, Span};
use crate::text::charset::{self, Classes};
use crate::text::{base64, entropy, holds, placeholder, words};

/// A token after `Bearer `.
pub(super) fn bearer(text: &[u8], hit: usize, end: usize, out: &mut Vec<Hit>) {
    let Some(span) = word(text, hit, end) else { return };
    let value = span.of(text);
    let classes = Classes::of(value);
    let is_jwt = value.starts_with(b"eyJ");
    if is_jwt || value.len() < 16 || value.len() > 320 || classes.count() < 2 || classes.digits == 0 {
        return;
    }
    if placeholder::is_placeholder(value)
        || placeholder::is_reference(value)
        || charset::is_sequence(value)
        || !(entropy::is_normal(value) || charset::is_uuid(value))
    {
        return;
    }
    let surplus = words::surplus(value);
    let confidence = if surplus >= 25.0 || charset::is_uuid(value) {
        Confidence::Medium
    } else if surplus >= 12.0 {
        Confidence::Low
    } else {
        return;
    };
    let reasons = vec![Cow::Borrowed("stands after the scheme of a bearer token"), Cow::Borrowed(DRAWN)];
    out.push(Hit { rule: "generic-bearer-token", span, window: span, confidence, value: None, reasons, visible: 0 });
}

/// A user and a password after `Basic `, in base64.
pub(super) fn basic(text: &[u8], hit: usize, end: usize, out: &mut Vec<Hit>) {
    let Some(span) = word(text, hit, end) else { return };
    let encoded = span.of(text);
    if encoded.len() < 12
        || encoded.len() > 320
        || !encoded.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte))
    {
        return;
    }
    let Some(decoded) = base64::decode(encoded) else { return };
    let Some(colon) = memchr::memchr(b':', &decoded) else { return };
    let (user, password) = (&decoded[..colon], &decoded[colon + 1..]);
    let is_text = decoded.iter().all(|byte| (0x20..0x7f).contains(byte));
    // A key may stand where the user does, with no password after it.
    let is_key = password.is_empty() && user.len() >= 16 && words::surplus(user) >= 20.0;
    let password = if is_key { user } else { password };
    if !is_text || password.len() < 4 || user.is_empty() && password.len() < 12 {
        return;
    }
    // The example of the standard, RFC 7617.
    if user.eq_ignore_ascii_case(b"aladdin") && password.to_ascii_lowercase().starts_with(b"open") {
        return;
    }
    if placeholder::is_placeholder(password) || placeholder::is_reference(password) || charset::is_sequence(password) {
        return;
    }
    let surplus = words::surplus(password);
    let classes = Classes::of(password);
    let is_random = password.len() >= 8 && classes.count() >= 2 && surplus >= 2.0;
    let is_mixed = classes.count() >= 3 && surplus >= -14.0 || classes.count() == 4 && password.len() >= 10;
    // Words are passwords too, unless they are those of every manual.
    let is_own = password.len() >= 8 && !placeholder::is_worn(password) && !is_same(user, password);
    let confidence = if is_random || is_mixed || is_own { Confidence::Medium } else { Confidence::Low };
    if confidence == Confidence::Low && classes.count() < 2 {
        return;
    }
    let reasons = vec![
        Cow::Borrowed("stands after the scheme of basic authentication"),
        Cow::Borrowed("decodes to a user and a password"),
    ];
    out.push(Hit { rule: "generic-basic-auth", span, window: span, confidence, value: None, reasons, visible: 0 });
}

/// `guest:guest`, `user:userpass`.
fn is_same(user: &[u8], password: &[u8]) -> bool {
    let (user, password) = (user.to_ascii_lowercase(), password.to_ascii_lowercase());
    user.len() >= 3 && holds(&password, &user)
}

/// The word after a scheme's name, which must itself begin a word.
fn word(text: &[u8], hit: usize, end: usize) -> Option<Span> {
    if hit.checked_sub(1).is_some_and(|at| text[at].is_ascii_alphanumeric()) {
        return None;
    }
    let start =
        text[end..].iter().position(|&byte| byte != b' ').filter(|&blanks| blanks < 4).map(|blanks| end + blanks)?;
    let limit = (start + 400).min(text.len());
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_.~:|".contains(&byte);
    let stop = (start..limit).find(|&at| !is_inner(text[at])).unwrap_or(limit);
    let trimmed = text[start..stop].iter().rposition(|byte| !b".:|".contains(byte)).map_or(start, |at| start + at + 1);
    (trimmed > start).then(|| Span::new(start, trimmed))
}
