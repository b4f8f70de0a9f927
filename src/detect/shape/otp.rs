//! Seeds of one-time passwords in `otpauth://` addresses.

use super::{Sight, find};
use crate::model::{Confidence, Span};
use crate::text::validate::Validator;
use crate::text::{Proof, charset};

/// The seed of the format's own documentation, and its neighbours.
const PUBLISHED: &[&[u8]] = &[b"JBSWY3DPEHPK3PXP", b"GEZDGNBVGY3TQOJQ", b"HXDMVJECJJWSRB3HWIZR4IFUGFTMXBOZ"];

pub(super) fn read(sight: &mut Sight<'_>) {
    let end = sight.run(sight.end, |byte| byte > b' ' && !b"\"'<>`\\".contains(&byte));
    let Some(at) = find(&sight.text[sight.end..end], b"secret=").map(|length| sight.end + length + 7) else { return };
    let stop = sight.run(at, |byte| byte.is_ascii_alphanumeric() || byte == b'=');
    let span = Span::new(at, stop);
    let seed = span.of(sight.text).to_ascii_uppercase();
    let is_published = PUBLISHED.iter().any(|published| seed.starts_with(published));
    if is_published || Validator::OtpBase32.check(&seed) == Proof::Failed || charset::is_sequence(&seed) {
        return;
    }
    sight.report(
        "otp-seed",
        span,
        Confidence::High,
        &["is the seed of an otpauth address", "has the alphabet and the length of one"],
    );
}
