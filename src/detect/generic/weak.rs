//! Weak passwords: `Admin_123`, `123456`, `admin`. Nobody drew them, and doors open to them all the same.
//!
//! Believed only where the whole value is given to a password in so many words; it must never be asked about a value in
//! code that merely mentions passwords.

use crate::model::Confidence;
use crate::text::charset::Classes;
use crate::text::keyvalue::Quote;
use crate::text::{base64, placeholder};

use super::name::Kind;

const MIXED: &str = "is a weak password: words and digits in disguise";
const COUNTED: &str = "is a weak password: everybody tries it";
const DEFAULT: &str = "is the password that things are delivered with";

/// What is to be filled in, and what is no password: names of fields, formats and methods.
#[rustfmt::skip]
const EXCUSED: &[&[u8]] = &[
    b"xxx", b"your", b"example", b"placeholder", b"dummy", b"fake", b"sample", b"todo", b"fixme", b"redact", b"change", b"replace",
    b"insert", b"input", b"field", b"label", b"hash", b"sha1", b"sha2", b"sha3", b"sha5", b"md5", b"base64", b"utf8", b"oauth2", b"x509", b"rfc", b"http", b"bcrypt",
    b"argon2", b"pbkdf2", b"aes1", b"aes2", b"pkcs", b"ed25519", b"secp", b"invalid", b"wrong", b"error", b"not_", b"column", b"_id", b"text", b"string",
];

/// Passwords that products are delivered with, where they are no word that code uses for something else.
const DELIVERED: &[&[u8]] = &[
    b"admin",
    b"root",
    b"guest",
    b"minioadmin",
    b"postgres",
    b"rabbitmq",
    b"letmein",
    b"welcome",
    b"druid",
    b"toor",
    b"vagrant",
    b"manager",
    b"sonar",
    b"nacos",
    b"elastic",
    b"changeit",
];

/// Judges a value that is given whole to a name of a kind.
pub(super) fn judge(value: &[u8], kind: Kind, quote: Quote) -> Option<(Confidence, &'static str)> {
    if !matches!(kind, Kind::Password | Kind::Secret) || !(4..=24).contains(&value.len()) {
        return None;
    }
    let is_plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-!@#$%&*+.?^~".contains(byte));
    // What is encoded is judged decoded.
    let is_text = |text: &Vec<u8>| value.len() >= 12 && text.iter().all(|byte| (0x20..0x7f).contains(byte));
    let is_encoded = base64::decode(value).as_ref().is_some_and(is_text);
    if !is_plain || !value[0].is_ascii_alphanumeric() || is_encoded || placeholder::is_reference(value) {
        return None;
    }
    let classes = Classes::of(value);
    let lower = value.to_ascii_lowercase();
    if kind == Kind::Password && quote == Quote::Line && DELIVERED.contains(&lower.as_slice()) {
        return Some((Confidence::Low, DEFAULT));
    }
    let is_counted = classes.digits == value.len() && (6..=10).contains(&value.len());
    let is_date = matches!(value, [b'1', b'9', ..] | [b'2', b'0', ..]) && value.len() == 8;
    if kind == Kind::Password && is_counted && !is_date && value.iter().any(|byte| byte != &value[0]) {
        return Some((Confidence::Low, COUNTED));
    }
    let is_excused = EXCUSED.iter().any(|word| memchr::memmem::find(&lower, word).is_some());
    let letters = classes.lower + classes.upper;
    let is_version = value.contains(&b'.') && letters < 4;
    if is_excused || is_version || value.len() < 8 || classes.digits == 0 || letters < 2 {
        return None;
    }
    if classes.lower > 0 && classes.upper > 0 && value[1..].iter().any(|byte| !byte.is_ascii_alphabetic()) {
        let is_trial = [&b"test"[..], b"demo"].iter().any(|word| memchr::memmem::find(&lower, word).is_some());
        let is_sure = kind == Kind::Password && !is_trial;
        return Some((if is_sure { Confidence::Medium } else { Confidence::Low }, MIXED));
    }
    // `password1` and `pass_2` are names of fields.
    (kind == Kind::Password && classes.digits >= 2 && !lower.ends_with(b"256")).then_some((Confidence::Low, MIXED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Option<Confidence> {
        judge(value.as_bytes(), Kind::Password, Quote::Line).map(|(confidence, _)| confidence)
    }

    #[test]
    fn weak_passwords() {
        for value in ["Admin_123", "AdminPassword123!", "Aa12345678", "User1_123", "SuperSecretDB2024!"] {
            assert_eq!(of(value), Some(Confidence::Medium), "{value}");
        }
        for value in ["123456", "password123", "admin", "root", "Test@1234", "abcd_1234"] {
            assert_eq!(of(value), Some(Confidence::Low), "{value}");
        }
        assert_eq!(judge(b"admin", Kind::Password, Quote::Closed), None, "a word in code");
        assert_eq!(judge(b"123456", Kind::Key, Quote::Closed), None, "no password");
    }

    #[test]
    fn what_is_none() {
        for value in [
            "password",
            "Password",
            "password1",
            "pass_2",
            "yourPassword123",
            "changeme1234",
            "inputPassword12",
            "${PASSWORD1}",
            "000000",
            "20240131",
            "Wachtwoord",
            "userPassword",
            "bcrypt_sha256",
            "1.2.3",
            "db_password_2",
        ] {
            assert_eq!(of(value), None, "{value}");
        }
    }
}
