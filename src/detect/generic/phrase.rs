//! Keys that somebody wrote: `acme-payment-2023-signing-key-4711`, or the base64 of such words.
//!
//! Nobody drew them, and tokens are signed with them all the same. Believed only under a name that says that something is
//! signed or kept secret with them; it must never be asked about the names of secrets, which are words as well.

use crate::model::Confidence;
use crate::text::base64;
use crate::text::keyvalue::Quote;
use crate::text::placeholder;

use super::name::{Kind, Name, Strength};

const WRITTEN: &str = "words and numbers that somebody wrote for a key";
const ENCODED: &str = "is the base64 of words that somebody wrote for a key";

/// Judges a value under a strong name, `own` as it is written.
pub(super) fn judge(value: &[u8], name: &Name, own: &[u8], quote: Quote) -> Option<(Confidence, &'static str)> {
    if !matches!(name.kind, Kind::Secret | Kind::Key)
        || name.strength < Strength::Strong
        || !(16..=120).contains(&value.len())
    {
        return None;
    }
    let own = own.to_ascii_lowercase();
    let has = |words: &[&[u8]]| words.iter().any(|word| memchr::memmem::find(&own, word).is_some());
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
    if is_bare || digits < 2 || value.contains(&b' ') || !is_written(value) {
        return None;
    }
    Some((if value.len() >= 20 { Confidence::Medium } else { Confidence::Low }, WRITTEN))
}

fn is_text(text: &[u8]) -> bool {
    text.len() >= 16 && text.iter().all(|byte| (0x20..0x7f).contains(byte))
}

/// Whether a value is three words or more with a number among them, or five words, and not one that is to be replaced.
fn is_written(value: &[u8]) -> bool {
    #[rustfmt::skip]
    const STANDING_IN: &[&[u8]] = &[
        b"your", b"change", b"example", b"replace", b"placeholder", b"insert", b"xxx", b"todo", b"dummy", b"fake", b"sample", b"-here", b"_here",
        b"test", b"demo", b"mock", b"generate", b"random", b"must", b"should", b"please", b"invalid", b"wrong", b"none", b"not-", b"not_",
        b"foo", b"bar", b"<", b"{", b"$(", b"${",
    ];
    let lower = value.to_ascii_lowercase();
    let is_plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:!@# ".contains(byte));
    let words = value.split(|byte| !byte.is_ascii_alphabetic()).filter(|word| word.len() >= 3).count();
    let has_digit = value.iter().any(u8::is_ascii_digit);
    is_plain
        && (words >= 3 && has_digit || words >= 5)
        && value[0].is_ascii_alphanumeric()
        && !placeholder::is_reference(value)
        && !placeholder::is_order(value)
        && !STANDING_IN.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
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
}
