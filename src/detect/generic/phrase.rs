//! Keys that somebody wrote: `acme-payment-2023-signing-key-4711`, or the base64 of such words.
//!
//! Nobody drew them, and tokens are signed with them all the same. Believed only under a name that says that something is
//! signed or kept secret with them; it must never be asked about the names of secrets, which are words as well.

use crate::model::Confidence;
use crate::text::keyvalue::Quote;
use crate::text::placeholder;
use crate::text::{base64, holds};

use super::name::{Kind, Name, Strength};

const WRITTEN: &str = "words and numbers that somebody wrote for a key";
const OF_CIPHER: &str = "letters and digits, as many as a cipher asks for";
const OF_SIGNS: &str = "letters and a sign that no name has";
const ENCODED: &str = "is the base64 of words that somebody wrote for a key";

/// What says of a value that it is to be replaced, or that nothing is signed with it.
#[rustfmt::skip]
const STANDING_IN: &[&[u8]] = &[
    b"your", b"change", b"example", b"replace", b"placeholder", b"insert", b"xxx", b"todo", b"dummy", b"fake", b"sample", b"-here", b"_here",
    b"test", b"demo", b"mock", b"generate", b"random", b"must", b"should", b"please", b"invalid", b"wrong", b"none", b"not-", b"not_",
    b"foo", b"bar", b"<", b"{", b"$(", b"${",
];

/// Judges a value under a strong name, `own` as it is written.
pub(super) fn judge(value: &[u8], name: &Name, own: &[u8], quote: Quote) -> Option<(Confidence, &'static str)> {
    if !matches!(name.kind, Kind::Secret | Kind::Key)
        || name.strength < Strength::Strong
        || !(16..=120).contains(&value.len())
    {
        return None;
    }
    let own = own.to_ascii_lowercase();
    let has = |words: &[&[u8]]| words.iter().any(|word| holds(&own, word));
    let signs = has(&[b"jwt", b"sign", b"encrypt", b"crypt", b"hmac", b"session", b"cookie"]);
    if !signs && !has(&[b"secret"]) || has(&[b"existing", b"ref", b"store", b"image", b"pull", b"tls"]) {
        return None;
    }
    if let Some(text) = base64::decode(value).filter(|text| is_text(text)) {
        return (text.contains(&b' ') && is_written(&text)).then_some((Confidence::Low, ENCODED));
    }
    // What stands bare is the name of a secret more often than one, and a name ends in a digit at times.
    let is_bare = quote != Quote::Closed && !name.is_loud && !signs;
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_joined = value.iter().filter(|byte| b"-_".contains(byte)).count() >= 2;
    if is_bare
        || digits < 2 && !(signs && name.is_loud && is_joined && digits == 1)
        || value.contains(&b' ')
        || !is_written(value)
    {
        return None;
    }
    Some((if value.len() >= 20 && digits >= 2 { Confidence::Medium } else { Confidence::Low }, WRITTEN))
}

fn is_text(text: &[u8]) -> bool {
    text.len() >= 16 && text.iter().all(|byte| (0x20..0x7f).contains(byte))
}

/// Whether a value is three words or more with a number among them, or five words, and not one that is to be replaced.
fn is_written(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let is_plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:!@# ".contains(byte));
    let words = words(value);
    let has_digit = value.iter().any(u8::is_ascii_digit);
    is_plain
        && (words >= 3 && has_digit || words >= 5)
        && value[0].is_ascii_alphanumeric()
        && !placeholder::is_reference(value)
        && !placeholder::is_order(value)
        && !STANDING_IN.iter().any(|word| holds(&lower, word))
}

/// How many words of three letters or more a value has, cut at signs, digits and changes of case.
fn words(value: &[u8]) -> usize {
    let (mut count, mut length, mut last) = (0, 0, 0_u8);
    for &byte in value {
        let starts = byte.is_ascii_uppercase() && last.is_ascii_lowercase();
        if starts || !byte.is_ascii_alphabetic() {
            count += usize::from(length >= 3);
            length = 0;
        }
        length += usize::from(byte.is_ascii_alphabetic());
        last = byte;
    }
    count + usize::from(length >= 3)
}

/// Judges a short key with a sign in it, which no name of code has: `copper&lantern`.
pub(super) fn of_signs(value: &[u8], name: &Name, own: &[u8], quote: Quote) -> Option<(Confidence, &'static str)> {
    let own = own.to_ascii_lowercase();
    let signs = [&b"sign"[..], b"jwt", b"encrypt", b"hmac"].iter().any(|word| holds(&own, word));
    let letters = value.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let lower = value.to_ascii_lowercase();
    let is_key = matches!(name.kind, Kind::Secret | Kind::Key)
        && name.strength == Strength::Strong
        && quote == Quote::Closed
        && signs
        && (8..=40).contains(&value.len())
        && letters >= 5
        && value[1..].iter().any(|byte| b"!@#$%^&*".contains(byte))
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_!@#$%^&*".contains(byte))
        && value[0].is_ascii_alphanumeric()
        && !placeholder::is_reference(value)
        && !placeholder::is_placeholder(value)
        && !STANDING_IN.iter().any(|word| holds(&lower, word));
    is_key.then_some((Confidence::Low, OF_SIGNS))
}

/// Judges the key of a cipher: as long as the cipher asks for, and no algorithm's name.
pub(super) fn of_cipher(value: &[u8], name: &Name, own: &[u8], quote: Quote) -> Option<(Confidence, &'static str)> {
    #[rustfmt::skip]
    const ALGORITHMS: &[&[u8]] = &[
        b"aes", b"des", b"cbc", b"ecb", b"gcm", b"ctr", b"pkcs", b"pad", b"pbe", b"pbkdf", b"rsa", b"sha", b"md5", b"hmac", b"key", b"crypt",
        b"base64", b"utf", b"iso", b"version", b"header", b"cipher", b"secret", b"abcdef", b"12345678", b"01234567",
    ];
    let own = own.to_ascii_lowercase();
    let has = |words: &[&[u8]], text: &[u8]| words.iter().any(|word| holds(text, word));
    let is_cipher = has(&[b"crypt", b"cipher", b"aes", b"3des", b"des_", b"blowfish", b"sm4"], &own);
    let (letters, digits) = (
        value.iter().filter(|byte| byte.is_ascii_alphabetic()).count(),
        value.iter().filter(|byte| byte.is_ascii_digit()).count(),
    );
    let lower = value.to_ascii_lowercase();
    let is_key = name.kind == Kind::Key
        && name.strength == Strength::Strong
        && quote == Quote::Closed
        && is_cipher
        && matches!(value.len(), 16 | 24 | 32)
        && letters >= 4
        && digits >= 2
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_!@#$%^&*+=".contains(byte))
        && !value.iter().all(u8::is_ascii_hexdigit)
        && !placeholder::is_reference(value)
        && !placeholder::is_placeholder(value)
        && !STANDING_IN.iter().any(|word| holds(&lower, word))
        && !has(ALGORITHMS, &lower);
    is_key.then_some((Confidence::Medium, OF_CIPHER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Span;

    fn of(name: &str, value: &str) -> Option<Confidence> {
        let kind = if name.to_ascii_lowercase().ends_with("key") { Kind::Key } else { Kind::Secret };
        let is_loud = name.bytes().all(|byte| !byte.is_ascii_lowercase());
        let read = Name { span: Span::new(0, 0), kind, strength: Strength::Strong, is_qualified: true, is_loud };
        judge(value.as_bytes(), &read, name.as_bytes(), Quote::Closed).map(|(confidence, _)| confidence)
    }

    #[test]
    fn keys_that_somebody_wrote() {
        assert_eq!(of("secret", "globe-payment-2023-signing-key-98127"), Some(Confidence::Medium));
        assert_eq!(of("ENCRYPTION_KEY", "acme-strong-encryption-key-32-chars"), Some(Confidence::Medium));
        assert_eq!(of("jwtSecret", "copper_jwt_key_77"), Some(Confidence::Low));
        let encoded = data_encoding::BASE64.encode(b"some copper lantern for the meadow api");
        assert_eq!(of("Secret", &encoded), Some(Confidence::Low));
    }

    #[test]
    fn what_is_none() {
        for (name, value) in [
            ("secret", "your-secret-key-2024-with-words"),
            ("secret", "change-this-key-in-production-1"),
            ("existingSecret", "acme-payment-secret-2023"),
            ("api_key", "acme-payment-service-2023"),
            ("secret", "acme-secrets"),
            ("ENCRYPTION_KEY", "X-Acme-Server-Side-Encryption-Key"),
            ("secret", "acme-client-app-secret-2"),
            ("client_secret", "the secret of 2 or 3 clients, 12 at most"),
            ("secret", "${ACME_SECRET_OF_2023}"),
        ] {
            assert_eq!(of(name, value), None, "{name} {value}");
        }
    }

    fn key(name: &str, value: &str) -> Option<Confidence> {
        let read = Name {
            span: Span::new(0, 0),
            kind: Kind::Key,
            strength: Strength::Strong,
            is_qualified: true,
            is_loud: name.bytes().all(|byte| !byte.is_ascii_lowercase()),
        };
        let own = name.as_bytes();
        judge(value.as_bytes(), &read, own, Quote::Closed)
            .or_else(|| of_cipher(value.as_bytes(), &read, own, Quote::Closed))
            .or_else(|| of_signs(value.as_bytes(), &read, own, Quote::Closed))
            .map(|(confidence, _)| confidence)
    }

    #[test]
    fn keys_of_ciphers_and_signatures() {
        assert_eq!(key("CRYPT_KEY", "hsylqgwk-2004071"), Some(Confidence::Medium));
        assert_eq!(key("AES_KEY", "coppr2291lantern"), Some(Confidence::Medium));
        assert_eq!(key("SESSION_SECRET_KEY", "CopperBotWebSession2026_Meadow"), Some(Confidence::Medium));
        assert_eq!(key("ENCRYPT_KEY", "ninna-nanna-ninna-4h"), Some(Confidence::Low));
        assert_eq!(key("sessionSignKey", "copper&lantern"), Some(Confidence::Low));
        for (name, value) in [
            ("AES_KEY", "AES/CBC/PKCS5Pad"),
            ("ENCRYPT_KEY", "PBEWithMD5AndDES"),
            ("AES_KEY", "1234567890abcdef"),
            ("CRYPT_KEY", "00112233445566778899aabbccddeeff"),
            ("API_KEY", "coppr2291lantern"),
            ("encryptKey", "v1-encryptedPrivateKey"),
            ("SESSION_SECRET_KEY", "ChangeThisSessionKey2026InProd"),
            ("signKey", "copper-lantern"),
            ("signKey", "your&key-here"),
            ("signKey", "a*b+c"),
        ] {
            assert_eq!(key(name, value), None, "{name} {value}");
        }
    }
}
