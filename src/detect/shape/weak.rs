//! Weak passwords in addresses and connection strings: `amqp://guest:guest@queue`, `…;Username=admin;Password=123;`.
//!
//! The rules of connection strings tell what looks like a password; what does not is a password here all the same, for
//! the grammar leaves no doubt, and it opens a door to whoever tries it. It must never believe a manual's `user:password`.

use super::{Sight, belief, find};
use crate::model::{Confidence, Span};

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
    if sight.byte(end) != b'@' || !is_host {
        return;
    }
    let Some((confidence, why)) = belief::of_weak(value.of(sight.text)) else { return };
    let confidence = if is_practice(sight, end + 1) { Confidence::Low } else { confidence };
    sight.report(RULE, value, confidence, &["stands before the host of an address, after a user", why]);
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

/// Whether the host is a word, a machine's own name, or one of an example.
fn is_practice(sight: &Sight<'_>, at: usize) -> bool {
    let end = sight.run(at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    let host = sight.text[at..end].to_ascii_lowercase();
    let has = |part: &[u8]| memchr::memmem::find(&host, part).is_some();
    !host.contains(&b'.') || host.starts_with(b"127.") || host.ends_with(b".local") || has(b"example") || has(b"test")
}
