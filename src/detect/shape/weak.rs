//! Weak passwords in addresses and connection strings: `amqp://guest:guest@queue`, `…;Username=admin;Password=123;`.
//!
//! The rules of connection strings tell what looks like a password; what does not is a password here all the same, for
//! the grammar leaves no doubt, and it opens a door to whoever tries it. It must never believe a manual's `user:password`.

use super::{Sight, belief, find};
use crate::model::{Confidence, Span};
use crate::text::placeholder;

const RULE: &str = "connection-weak-password";

/// `mysql://root:root@db`: a scheme of a database, a broker or a file server, a user, a password, a host.
pub(super) fn address(sight: &mut Sight<'_>) {
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"._~%!$&*+,;=-".contains(&byte);
    let colon = sight.run(sight.end, is_user);
    if sight.byte(colon) != b':' {
        return;
    }
    let end = sight.run(colon + 1, |byte| byte > b' ' && byte < 0x7f && !b":@/\"'<>{}`\\".contains(&byte));
    let value = Span::new(colon + 1, end);
    let host = sight.byte(end + 1);
    let is_host = host.is_ascii_alphanumeric() || matches!(host, b'[' | b'$' | b'{' | b'%');
    // The account that every manual of databases shows: `scott:tiger`.
    let is_manuals = Span::new(sight.end, colon).of(sight.text) == b"scott" && value.of(sight.text) == b"tiger";
    if sight.byte(end) != b'@' || !is_host || is_manuals {
        return;
    }
    let user = &sight.text[sight.end..colon];
    let own = is_own(user, value.of(sight.text)).then_some((Confidence::Low, "is the name of the user once more"));
    let Some((confidence, why)) = belief::of_weak(value.of(sight.text)).or(own) else { return };
    let confidence = if is_practice(sight, end + 1) { Confidence::Low } else { confidence };
    sight.report(RULE, value, confidence, &["stands before the host of an address, after a user", why]);
}

/// `ci:ci`: a user whose name is the password, where it is no word of a manual.
fn is_own(user: &[u8], value: &[u8]) -> bool {
    const MANUAL: &[&[u8]] = &[
        b"user",
        b"username",
        b"usr",
        b"test",
        b"foo",
        b"bar",
        b"name",
        b"abc",
        b"xxx",
        b"login",
        b"example",
        b"pass",
        b"password",
    ];
    user == value
        && (2..=32).contains(&value.len())
        && value.iter().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'_')
        && !MANUAL.contains(&value)
        && !placeholder::is_placeholder(value)
}

/// `Host=db;Username=admin;Password=123;`: a password among the fields that a connection is made with.
pub(super) fn field(sight: &mut Sight<'_>) {
    let start = sight.skip_blanks(sight.end);
    let end = sight.run(start, |byte| byte > b' ' && byte < 0x7f && !b";\"'`&<>{}\\".contains(&byte));
    let line = sight.line(sight.hit);
    let (before, after) = (&sight.text[line.start..sight.hit], &sight.text[end..line.end.max(end)]);
    let has =
        |fields: &[&[u8]]| fields.iter().any(|field| find(before, field).is_some() || find(after, field).is_some());
    let is_connection = has(&[b"user id=", b"userid=", b"uid=", b"username=", b"user=", b"user id ="])
        && has(&[
            b"server=",
            b"host=",
            b"data source=",
            b"datasource=",
            b"database=",
            b"initial catalog=",
            b"driver=",
            b"server =",
        ]);
    let value = Span::new(start, end);
    if !is_connection || !matches!(sight.byte(end), b';' | b'"' | b'\'' | b'\n' | b'\r' | b'<') {
        return;
    }
    if let Some((_, why)) = belief::of_weak(value.of(sight.text)) {
        sight.report(RULE, value, Confidence::Low, &["is the password of a connection string", why]);
    }
}

/// `cache:6380,password=…,ssl=True`: a password among the options behind the address of a cache.
pub(super) fn option(sight: &mut Sight<'_>) {
    let before = &sight.text[sight.hit.saturating_sub(8)..sight.hit];
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let is_port = (3..=5).contains(&digits) && before[..before.len() - digits].ends_with(b":");
    let end = sight.run(sight.end, |byte| byte > b' ' && byte < 0x7f && !b",;\"'`<>{}\\".contains(&byte));
    if !is_port || !matches!(sight.byte(end), b',' | b'"' | b'\'' | b'\n' | b'\r' | b'<') {
        return;
    }
    let value = Span::new(sight.end, end);
    let text = value.of(sight.text);
    let drawn = belief::of(text).filter(|(confidence, _)| *confidence >= Confidence::Medium);
    let is_word = text.len() >= 4 && !placeholder::is_placeholder(text) && !placeholder::is_reference(text);
    let word = is_word.then_some((Confidence::Low, "is a word that stands for nothing else"));
    let Some((confidence, why)) = drawn.or_else(|| belief::of_weak(text)).or(word) else { return };
    let is_literal = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_!@#$%^&*+=/.~?".contains(byte);
    if text.iter().all(is_literal) && confidence < Confidence::Certain {
        let confidence = confidence.min(Confidence::Medium);
        sight.report(RULE, value, confidence, &["is the password of a connection string", why]);
    }
}

/// Whether the host is a word, a machine's own name, or one of an example.
fn is_practice(sight: &Sight<'_>, at: usize) -> bool {
    let end = sight.run(at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let host = sight.text[at..end].to_ascii_lowercase();
    let has = |part: &[u8]| memchr::memmem::find(&host, part).is_some();
    !host.contains(&b'.') || host.starts_with(b"127.") || host.ends_with(b".local") || has(b"example") || has(b"test")
}
