//! Hashes of passwords: in `/etc/shadow`, in `.htpasswd`, in dumps of tables, alone.
//!
//! A hash can be attacked at leisure; how telling it is depends on where it stands.

use super::Sight;
use crate::model::{Confidence, Span};
use crate::text::Proof;
use crate::text::validate::Validator;

pub(super) fn read(sight: &mut Sight<'_>) {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"./$=,+_-{}".contains(&byte);
    let mut start = sight.hit;
    while start < sight.end && matches!(sight.text[start], b':' | b'\'' | b'"' | b'=' | b' ') {
        start += 1;
    }
    let end = sight.run(start, is_inner);
    if start > 0 && is_inner(sight.text[start - 1]) && !matches!(sight.text[start - 1], b'=' | b',') {
        return;
    }
    let mut span = Span::new(start, end);
    while span.len() > 20 && matches!(sight.text[span.end - 1], b',' | b'}' | b'-') {
        span = Span::new(span.start, span.end - 1);
    }
    let value = span.of(sight.text);
    let is_sha1 = value.len() == 33 && value.starts_with(b"{SHA}");
    if !is_sha1 && Validator::Crypt.check(value) != Proof::Passed {
        return;
    }
    let line = sight.line(start);
    let before = &sight.text[line.start..start];
    let after = &sight.text[span.end..line.end];
    let is_user = |bytes: &[u8]| {
        (1..=64).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._@-$".contains(byte))
    };
    let user = before.strip_suffix(b":").filter(|user| is_user(user));
    if user.is_some() && is_shadow(after) {
        sight.report(
            "shadow-entry",
            span,
            Confidence::High,
            &["is the second of nine fields of a line of /etc/shadow"],
        );
    } else if user.is_some() && after.trim_ascii().is_empty() {
        sight.report(
            "htpasswd-entry",
            span,
            Confidence::Medium,
            &["stands after a user, alone on a line, as in a password file of a web server"],
        );
    } else if is_dumped(sight, start) {
        sight.report("password-hash", span, Confidence::Medium, &["is a value of a row of a database dump"]);
    } else {
        sight.report("password-hash", span, Confidence::Low, &["has the form of a hash of a password"]);
    }
}

/// `:18000:0:99999:7:::`: numbers or nothing between seven colons.
fn is_shadow(after: &[u8]) -> bool {
    let after = after.trim_ascii_end();
    after.iter().filter(|&&byte| byte == b':').count() == 7
        && after.iter().all(|byte| byte.is_ascii_digit() || *byte == b':')
}

/// Whether an `INSERT` or a `COPY` stands before, or the line is one of a tab-separated dump.
fn is_dumped(sight: &Sight<'_>, at: usize) -> bool {
    let before = &sight.text[at.saturating_sub(400)..at];
    let statement = before.iter().rposition(|&byte| byte == b';').map_or(before, |at| &before[at..]);
    let line = sight.line(at).of(sight.text);
    let is_row = super::find(statement, b"insert into").is_some() && super::find(statement, b"values").is_some();
    let is_copied = super::find(before, b"copy ").is_some() && super::find(before, b"from stdin").is_some();
    is_row || is_copied || line.iter().filter(|&&byte| byte == b'\t').count() >= 3 && !line.starts_with(b"\t")
}
