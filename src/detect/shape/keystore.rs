//! Key stores in base64: Java's JKS and JCEKS by their magic number, PKCS#12 by its first fields.

use super::Sight;
use crate::model::{Confidence, Span};

pub(super) fn read(sight: &mut Sight<'_>) {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let is_pkcs12 = sight.byte(sight.hit).eq_ignore_ascii_case(&b'i');
    let start = if is_pkcs12 {
        // SEQUENCE of some hundred bytes or more, INTEGER 3, SEQUENCE.
        let Some(start) = sight.hit.checked_sub(6) else { return };
        let head = &sight.text[start..sight.end];
        if !head.starts_with(b"MII") || &head[6..] != b"IBAzCC" {
            return;
        }
        start
    } else {
        if !matches!(&sight.text[sight.hit..sight.end], b"/u3+7QAAA" | b"zs7OzgAAA") {
            return;
        }
        sight.hit
    };
    if start > 0 && is_inner(sight.text[start - 1]) && sight.text[start - 1] != b'=' {
        return;
    }
    let end = sight.run(start, is_inner);
    // What is seen of it must be long; the rest may be anywhere.
    if end - start >= 200 {
        sight.report(
            "keystore-base64",
            Span::new(start, end),
            Confidence::High,
            &["begins as a key store does", "is long enough to hold a key"],
        );
    }
}
