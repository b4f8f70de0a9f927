//! OpenPGP secret keys as packets (RFC 9580, 5.5.3): files that `gpg --export-secret-keys` writes, and their base64.
//!
//! A packet is told by all that stands around its public half: the packet's header, the version, the length of each number,
//! and what follows: how the secret half is protected. Public keys, signatures and stubs of cards have none of it.

use super::Sight;
use crate::model::{Confidence, Span};
use crate::text::base64;

const RULE: &str = "private-key-pgp-packet";

/// Lengths of RSA moduli in bytes whose beginning lies within sight.
const NEAR: [usize; 4] = [128, 192, 256, 384];
/// The length of one that does not.
const FAR: usize = 512;

/// The exponent 65537 of an RSA key, as a number of 17 bits.
pub(super) fn rsa(sight: &mut Sight<'_>) {
    let after = &sight.text[sight.end..];
    let is_near = NEAR.into_iter().any(|length| is_modulus(sight.text, sight.hit, length) && is_secret(after, length));
    if is_near || sight.hit >= 480 && is_secret(after, FAR) {
        report(sight, 32);
    }
}

/// Algorithm 22 and the curve Ed25519.
pub(super) fn ed25519(sight: &mut Sight<'_>) {
    let is_key = sight.hit.checked_sub(5).is_some_and(|at| sight.text[at] == 4 && has_header(&sight.text[..at]));
    let Some(rest) = sight.text[sight.end..].strip_prefix(b"\xda\x47\x0f\x01\x01\x07\x40") else { return };
    if is_key && rest.get(32..).is_some_and(|after| is_secret(after, 32)) {
        sight.end += 39;
        report(sight, 5);
    }
}

/// The base64 of the first bytes of a packet, in one run.
pub(super) fn encoded(sight: &mut Sight<'_>) {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    if sight.hit > 0 && is_inner(sight.text[sight.hit - 1]) && sight.text[sight.hit - 1] != b'=' {
        return;
    }
    let end = sight.run(sight.hit, is_inner);
    let seen = &sight.text[sight.hit..end];
    let Some(bytes) = base64::decode(&seen[..seen.len() / 4 * 4]) else { return };
    // Tag 5, its length, version 4, the time, then RSA with a modulus of a usual length, or Ed25519.
    let body = match bytes[..] {
        [0x94, _, ..] => &bytes[2..],
        [0x95, _, _, ..] => &bytes[3..],
        _ => return,
    };
    let is_key = match body {
        [4, _, _, _, _, 1..=3, high, low, first, ..] => {
            let bits = usize::from(u16::from_be_bytes([*high, *low]));
            NEAR.contains(&bits.div_ceil(8)) && leads(bits, *first) || bits.div_ceil(8) == FAR && leads(bits, *first)
        }
        [4, _, _, _, _, 22, rest @ ..] => rest.starts_with(b"\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01\x01\x07\x40"),
        _ => false,
    };
    if is_key && seen.len() >= 110 {
        let reasons = ["begins as the packet of a PGP secret key does, in base64"];
        sight.report(RULE, Span::new(sight.hit, end), Confidence::High, &reasons);
    }
}

fn report(sight: &mut Sight<'_>, before: usize) {
    let span = Span::new(sight.hit.saturating_sub(before), (sight.end + 1).min(sight.text.len()));
    let reasons = ["is the public half of a PGP key, which its secret half follows"];
    sight.report(RULE, span, Confidence::High, &reasons);
}

/// Whether a modulus of `length` bytes ends at `end`, after the algorithm, the time, the version and the packet's header.
fn is_modulus(text: &[u8], end: usize, length: usize) -> bool {
    let Some(start) = end.checked_sub(length + 8) else { return false };
    let bits = usize::from(u16::from_be_bytes([text[start + 6], text[start + 7]]));
    text[start] == 4
        && matches!(text[start + 5], 1..=3)
        && bits.div_ceil(8) == length
        && leads(bits, text[start + 8])
        && has_header(&text[..start])
}

/// Whether the header of a secret key or subkey packet ends `before`: in the old form or in the new one.
fn has_header(before: &[u8]) -> bool {
    matches!(
        before,
        [.., 0x94 | 0x9c | 0xc5 | 0xc7, _]
            | [.., 0x95 | 0x9d, 0..=15, _]
            | [.., 0xc5 | 0xc7, 192..=223, _]
            | [.., 0x96 | 0x9e, 0, 0, _, _]
            | [.., 0xc5 | 0xc7, 255, 0, 0, _, _]
    )
}

/// Whether `after` begins as the secret half of a key does whose numbers have at most `length` bytes: in the clear, or under
/// a passphrase. `GNU` stubs hold none.
fn is_secret(after: &[u8], length: usize) -> bool {
    match after {
        [0, high, low, first, ..] => {
            let bits = usize::from(u16::from_be_bytes([*high, *low]));
            bits <= length * 8 && bits + 64 > length * 8 && leads(bits, *first)
        }
        [253..=255, 1..=4 | 7..=13, 0 | 1 | 3, 1..=3 | 8..=14, ..] => true,
        _ => false,
    }
}

/// Whether a number of so many bits may begin with this byte.
fn leads(bits: usize, first: u8) -> bool {
    bits > 0 && first.leading_zeros() as usize == (8 - bits % 8) % 8
}

#[cfg(test)]
mod tests {
    use super::super::{Hit, KEYWORDS, at};
    use crate::text::random::bytes;
    use crate::text::random::tests::seeded;

    const PROTECTED: &[u8] = &[254, 9, 3, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0xff];
    const STUB: &[u8] = &[255, 0, 101, 0, b'G', b'N', b'U', 1];

    fn found(text: &[u8]) -> usize {
        let mut hits: Vec<Hit> = Vec::new();
        for (number, literal) in KEYWORDS.iter().enumerate() {
            let lower = text.to_ascii_lowercase();
            memchr::memmem::find_iter(&lower, literal.as_bytes()).for_each(|hit| at(text, hit, number, &mut hits));
        }
        hits.iter().filter(|hit| hit.rule == super::RULE).count()
    }

    fn number(length: usize, seed: u64) -> Vec<u8> {
        let mut content = bytes(&mut seeded(seed), length);
        content[0] |= 0x80;
        [&((length * 8) as u16).to_be_bytes()[..], &content].concat()
    }

    fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u16).to_be_bytes();
        [&[0x81 | tag << 2][..], &length, body, b"\xb4\x03ada"].concat()
    }

    fn rsa(tag: u8, length: usize, tail: &[u8]) -> Vec<u8> {
        let head = [&[4, 0x65, 0x53, 0xf1, 0, 1][..], &number(length, 1), &[0, 17, 1, 0, 1]].concat();
        packet(tag, &[&head, tail].concat())
    }

    fn ed25519(tag: u8, tail: &[u8]) -> Vec<u8> {
        let head =
            [&[4, 0x65, 0x53, 0xf1, 0, 22][..], b"\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01\x01\x07\x40"].concat();
        packet(tag, &[&head, &bytes(&mut seeded(2), 32)[..], tail].concat())
    }

    #[test]
    fn secret_keys_of_every_usual_length() {
        for length in [128, 256, 384, 512] {
            let secret = [&[0][..], &number(length, 3), &number(length / 2, 4)].concat();
            let protected = [PROTECTED, &bytes(&mut seeded(8), 400)].concat();
            for tail in [&secret[..], &protected] {
                assert_eq!(found(&rsa(5, length, tail)), 1, "{length}");
                let subkey = [rsa(6, length, b""), rsa(7, length, tail)].concat();
                assert_eq!(found(&subkey), 1, "{length}");
            }
        }
        for tail in [&[&[0][..], &number(32, 5)].concat()[..], PROTECTED] {
            assert_eq!(found(&ed25519(5, tail)), 1);
        }
    }

    #[test]
    fn the_base64_of_one() {
        let secret =
            [&[0][..], &number(256, 3), &number(128, 4), &number(128, 6), &number(128, 7), b"\x12\x34"].concat();
        for (key, count) in [(rsa(5, 256, &secret), 1), (rsa(6, 256, b""), 0)] {
            let text = format!("key: {}\n", data_encoding::BASE64.encode(&key));
            assert_eq!(found(text.as_bytes()), count, "{text}");
        }
    }

    #[test]
    fn public_keys_and_stubs_are_none() {
        for length in [256, 384, 512] {
            for tail in [b"", STUB] {
                assert_eq!(found(&rsa(6, length, tail)), 0, "{length}");
            }
            assert_eq!(found(&rsa(5, length, STUB)), 0, "{length}");
        }
        assert_eq!(found(&ed25519(6, b"")), 0);
        assert_eq!(found(&ed25519(5, STUB)), 0);
        assert_eq!(found(&[&[0; 600][..], b"\0\x11\x01\0\x01", &[0; 600]].concat()), 0);
    }
}
