//! Credentials before the host of a web address: `https://user:password@host`, `https://token@host`.

use super::{Sight, belief};
use crate::detect::generic::DRAWN;
use crate::model::{Confidence, Span};
use crate::text::charset::{self, Classes};
use crate::text::{placeholder, words};

const RULE: &str = "url-credentials";

pub(super) fn read(sight: &mut Sight<'_>) {
    // The common address has no user: its first special character is a slash, a quote or a blank.
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"._~%!$&*+,;=-".contains(&byte);
    let border = sight.run(sight.end, is_user);
    match sight.byte(border) {
        b':' => with_password(sight, border),
        b'@' => token(sight, border),
        _ => {}
    }
}

fn with_password(sight: &mut Sight<'_>, colon: usize) {
    let end = sight.run(colon + 1, |byte| byte > b' ' && byte < 0x7f && !b"@/\"'<>{}`\\".contains(&byte));
    if sight.byte(end) != b'@' || end == colon + 1 || !is_host(sight.byte(end + 1)) {
        return;
    }
    let value = Span::new(colon + 1, end);
    let password = value.of(sight.text);
    let user = Span::new(sight.end, colon).of(sight.text);
    if password.eq_ignore_ascii_case(user) {
        return weak(sight, value, user.len());
    }
    if password.starts_with(b"$") || password.starts_with(b"%") && !password.contains(&b'2') || password.ends_with(b"%")
    {
        return;
    }
    let plain = decoded(password);
    let password = plain.as_deref().unwrap_or(password);
    let Some((confidence, why)) = belief::of(password) else { return weak(sight, value, user.len()) };
    let is_drawn = password.len() >= 8 && words::surplus(password) >= 10.0;
    let confidence = if is_practice(sight, end + 1) && !is_drawn { Confidence::Low } else { confidence };
    // A word before a practice host is a manual's.
    if confidence == Confidence::Low && (is_practice(sight, end + 1) || Classes::of(password).count() < 2) {
        return;
    }
    let reasons = ["stands before the host of an address, after a user", why];
    sight.report_decoded(RULE, value, plain, confidence, &reasons);
}

/// `https://admin:admin@10.0.0.7`: what things are delivered with, at a host that is no manual's.
fn weak(sight: &mut Sight<'_>, value: Span, user: usize) {
    let host = value.end + 1;
    let end = sight.run(host, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let name = sight.text[host..end].to_ascii_lowercase();
    let is_address = name.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') && name.contains(&b'.');
    let is_told = is_address || name == b"localhost" || !is_practice(sight, host);
    let weak = belief::of_weak(value.of(sight.text)).filter(|_| is_told && user >= 3);
    if let Some((_, why)) = weak {
        let reasons = ["stands before the host of an address, after a user", why];
        sight.report("connection-weak-password", value, Confidence::Low, &reasons);
    }
}

/// Undoes per cent signs; none when there are none.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    memchr::memchr(b'%', text)?;
    let mut plain = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let digits = text.get(at + 1..at + 3).filter(|_| text[at] == b'%');
        match digits.and_then(|digits| data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok()) {
            Some(byte) => {
                plain.extend(byte);
                at += 3;
            }
            None => {
                plain.push(text[at]);
                at += 1;
            }
        }
    }
    Some(plain)
}

/// A user without a password: a token, if it is long and drawn.
fn token(sight: &mut Sight<'_>, at: usize) {
    let value = Span::new(sight.end, at);
    let token = value.of(sight.text);
    if token.len() < 20
        || !is_host(sight.byte(at + 1))
        || placeholder::is_placeholder(token)
        || placeholder::is_reference(token)
        || charset::is_sequence(token)
    {
        return;
    }
    // The public key of an event sink (Sentry's DSN) stands there as well, 32 hexadecimal digits.
    let is_dsn = token.len() == 32 && token.iter().all(u8::is_ascii_hexdigit);
    if !is_dsn && words::surplus(token) >= 25.0 {
        sight.report(RULE, value, Confidence::Medium, &["stands before the host of an address", DRAWN]);
    }
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'[' | b'$' | b'{' | b'%' | b'<')
}

/// Whether the host is one that documentation and tests use.
fn is_practice(sight: &Sight<'_>, at: usize) -> bool {
    let end = sight.run(at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    let host = sight.text[at..end].to_ascii_lowercase();
    let has = |part: &[u8]| memchr::memmem::find(&host, part).is_some();
    host == b"localhost"
        || host.starts_with(b"127.")
        || !host.contains(&b'.')
        || has(b"example")
        || host.ends_with(b".test")
        || host.ends_with(b".local")
        || has(b"foo")
        || has(b"domain.")
        || has(b"host.")
        || has(b"acme")
}
