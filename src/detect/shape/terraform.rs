//! Outputs of a Terraform state that are marked sensitive.

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
