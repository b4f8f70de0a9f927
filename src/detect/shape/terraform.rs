//! Secrets of a Terraform state: outputs that are marked sensitive, and what `random_password` drew. It must never take
//! a configuration's expression for a value.

use super::{Sight, find};
use crate::model::Span;

pub(super) fn read(sight: &mut Sight<'_>) {
    // The object around the mark; its other members are strings.
    let open = memchr::memrchr(b'{', &sight.text[..sight.hit]).unwrap_or(0);
    let close = sight.run(sight.end, |byte| byte != b'}');
    let object = &sight.text[open..close];
    if find(object, b"\"type\"").is_none() {
        return;
    }
    let Some(at) = find(object, b"\"value\"").map(|length| open + length + 7) else { return };
    let quote = sight.run(at, |byte| byte.is_ascii_whitespace() || byte == b':');
    if sight.byte(quote) != b'"' {
        return;
    }
    let end = sight.run(quote + 1, |byte| !matches!(byte, b'"' | b'\n' | b'\\'));
    if sight.byte(end) == b'"' {
        sight.report_password(
            "terraform-sensitive-output",
            Span::new(quote + 1, end),
            "is an output of a Terraform state that is marked sensitive",
        );
    }
}

/// `"type": "random_password"`, and the result of its instances.
pub(super) fn drawn(sight: &mut Sight<'_>) {
    let rest = &sight.text[sight.end..];
    // Another resource is another matter.
    let rest = &rest[..find(rest, b"\"type\"").unwrap_or(rest.len())];
    let Some(at) = find(rest, b"\"result\"").map(|at| sight.end + at + 8) else { return };
    let quote = sight.run(at, |byte| byte.is_ascii_whitespace() || byte == b':');
    if sight.byte(quote) != b'"' {
        return;
    }
    let end = sight.run(quote + 1, |byte| !matches!(byte, b'"' | b'\n' | b'\\'));
    if sight.byte(end) == b'"' {
        let why = "is what random_password drew, in a Terraform state";
        sight.report_password("terraform-sensitive-output", Span::new(quote + 1, end), why);
    }
}
