//! Key stores: in base64 by their first bytes, as files by the object identifiers that stand before each private key.

use super::Sight;
use crate::model::{Confidence, Span};

/// The identifiers of what protects a private key: Sun's own in JKS and JCEKS, the shrouded key bag of PKCS#12. A store
/// that holds certificates alone has none of them.
pub(super) fn raw(sight: &mut Sight<'_>) {
    let is_bag = sight.byte(sight.hit) == b'\r';
    let start = sight.hit.saturating_sub(if is_bag { 7 } else { 2 });
    let before = &sight.text[start..sight.hit];
    let is_identifier = match before {
        [0x06, 0x08..=0x0a] => !is_bag,
        _ => before == b"\x06\x0b\x2a\x86\x48\x86\xf7",
    };
    if is_identifier {
        sight.report(
            "private-key-store",
            Span::new(start, sight.end),
            Confidence::High,
            &["names the protection of a private key, as an entry of a key store does"],
        );
    }
}

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
