//! Seeds of one-time passwords: in `otpauth://` addresses, and in the file of the PAM module that checks them.

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

/// The file `.google_authenticator`: the seed on the first line, options behind `" `, then codes for emergencies.
pub(super) fn google(sight: &mut Sight<'_>) {
    let before = |sight: &Sight<'_>, at: usize| {
        let is_two = at > 0 && sight.byte(at) == b'\n' && sight.text[at - 1] == b'\r';
        sight.line(if is_two { at - 1 } else { at })
    };
    let mut line = before(sight, sight.hit);
    // Options may stand in any order.
    for _ in 0..8 {
        let text = line.of(sight.text);
        let is_seed =
            matches!(text.len(), 16..=64) && text.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
        if is_seed {
            if Validator::OtpBase32.check(text) != Proof::Failed && !charset::is_sequence(text) {
                let reasons = ["is the first line of a file of one-time passwords", "has the alphabet of a seed"];
                sight.report("otp-seed", line, Confidence::High, &reasons);
            }
            return;
        }
        if !text.starts_with(b"\" ") || line.start == 0 {
            return;
        }
        line = before(sight, line.start - 1);
    }
}
