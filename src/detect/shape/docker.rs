//! `"auth": "…"` of a Docker configuration: user and password in base64.

use super::{Sight, belief};
use crate::model::{Confidence, Span};
use crate::text::base64;

pub(super) fn read(sight: &mut Sight<'_>) {
    let colon = sight.run(sight.end, |byte| byte.is_ascii_whitespace());
    if sight.byte(colon) != b':' {
        return;
    }
    let open = sight.run(colon + 1, |byte| byte.is_ascii_whitespace());
    if sight.byte(open) != b'"' {
        return;
    }
    let end = sight.run(open + 1, |byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte));
    let span = Span::new(open + 1, end);
    if sight.byte(end) != b'"' || span.len() < 8 {
        return;
    }
    let Some(decoded) = base64::decode(span.of(sight.text)) else { return };
    let Some(border) = memchr::memchr(b':', &decoded) else { return };
    if border == 0 || !decoded.iter().all(|byte| (0x20..0x7f).contains(byte)) {
        return;
    }
    let Some((confidence, why)) = belief::of(&decoded[border + 1..]) else { return };
    let is_config = super::find(sight.text, b"\"auths\"").is_some();
    let confidence = if is_config { confidence } else { confidence.min(Confidence::Medium) };
    sight.report("docker-config-auth", span, confidence, &["decodes to a user and a password of a registry", why]);
}
