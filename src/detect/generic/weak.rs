//! Weak passwords: `Admin_123`, `123456`, `admin`. Nobody drew them, and doors open to them all the same.
//!
//! Believed only where the whole value is given to a password in so many words; it must never be asked about a value in
//! code that merely mentions passwords.

use crate::model::Confidence;
use crate::text::charset;
use crate::text::keyvalue::{Assignment, Operator, Quote};
use crate::text::placeholder::{self, Disguise};
use crate::text::{base64, holds};

use super::name::{Kind, Name};

const MIXED: &str = "is a weak password: words and digits in disguise";
const MADE_UP: &str = "is a weak password: words that not everybody tries, and a number";
/// Said of a number that people type when they are asked for a password.
pub const COUNTED: &str = "is a weak password: everybody tries it";
const PADDED: &str = "is a weak password: a number that everybody tries, and what a form asks for besides";
const SETTING: &str = "is a weak password: a word that a line of settings gives";
const DEFAULT: &str = "is the password that things are delivered with";

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
    b"secret",
];

/// Judges a value that is given whole to a name of a kind.
pub(super) fn judge(value: &[u8], kind: Kind, quote: Quote) -> Option<(Confidence, &'static str)> {
    if !matches!(kind, Kind::Password | Kind::Secret) {
        return None;
    }
    let is_password = kind == Kind::Password;
    let is_line = quote == Quote::Line;
    if is_password && is_line && is_delivered(value) || value == b"minioadmin" {
        return Some((Confidence::Low, DEFAULT));
    }
    if is_password && is_counted(value, is_line) {
        return Some((Confidence::Low, COUNTED));
    }
    // What is encoded is judged decoded.
    let is_text = |text: &Vec<u8>| value.len() >= 12 && text.iter().all(|byte| (0x20..0x7f).contains(byte));
    if base64::decode(value).as_ref().is_some_and(is_text) {
        return None;
    }
    if placeholder::is_order(value) {
        return None;
    }
    // A sign may come first, where the rest leaves no doubt.
    let body = value.strip_prefix(b"!").or_else(|| value.strip_prefix(b"#")).or_else(|| value.strip_prefix(b"&"));
    let disguise = match body.map(placeholder::disguise) {
        Some(Some(Disguise::Mixed)) => Some(Disguise::Mixed),
        Some(_) => None,
        None => placeholder::disguise(value),
    };
    let Some(disguise) = disguise else {
        return (is_password && is_padded(value)).then_some((Confidence::Low, PADDED));
    };
    match disguise {
        Disguise::Mixed if is_password && value.len() >= 8 && !is_trial(value) => Some((Confidence::Medium, MIXED)),
        Disguise::Thin if !is_password => None,
        Disguise::Thin
            if value.len() >= 8 && !is_trial(value) && (!placeholder::is_worn(value) || is_of_rank(value)) =>
        {
            Some((Confidence::Medium, MADE_UP))
        }
        _ => Some((Confidence::Low, MIXED)),
    }
}

/// Judges a word that a line of an environment gives to a password: `REDIS_PASSWORD=secretpass`. Nothing is computed there.
pub(super) fn setting(value: &[u8], name: &Name, assignment: &Assignment) -> Option<(Confidence, &'static str)> {
    #[rustfmt::skip]
    const STANDING_IN: &[&[u8]] = &[
        b"password", b"passwd", b"pwd", b"your", b"change", b"example", b"placeholder", b"xxx", b"none", b"null", b"true", b"false",
        b"empty", b"default", b"value", b"string", b"unknown", b"undefined", b"here", b"replace", b"insert", b"todo", b"dummy", b"fake",
        b"redact", b"hidden", b"secret_", b"fill", b"enter", b"required", b"optional", b"prompt", b"random", b"generate", b"foo", b"bar",
    ];
    let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
    let is_given = name.is_loud
        && name.kind == Kind::Password
        && assignment.quote == Quote::Line
        && assignment.operator == Operator::Assign
        && assignment.value.start == name.span.end + 1;
    let is_told = (5..=32).contains(&value.len()) && value[0].is_ascii_lowercase() && value.iter().all(is_word);
    let stands_in = || STANDING_IN.iter().any(|word| holds(value, word));
    (is_given && is_told && !stands_in() && !placeholder::is_order(value)).then_some((Confidence::Low, SETTING))
}

/// Whether a value is one of the words that things are delivered with.
pub(in crate::detect) fn is_delivered(value: &[u8]) -> bool {
    DELIVERED.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a value is a number that people type when they are asked for a password. A day is one where a line of settings
/// gives it; nothing but noughts stands for a number.
fn is_counted(value: &[u8], is_line: bool) -> bool {
    let is_day = matches!(value, [b'1', b'9', ..] | [b'2', b'0', ..]) && value.len() == 8;
    (5..=10).contains(&value.len())
        && value.iter().all(u8::is_ascii_digit)
        && value.iter().any(|byte| *byte != b'0')
        && (is_line || !is_day)
}

/// `123456!a`, `a123456`: a number that counts and a few characters before or behind it.
fn is_padded(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let Some(first) = value.iter().position(u8::is_ascii_digit) else { return false };
    let run = value[first..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let others = value.len() - digits;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"!@#$%&*".contains(byte);
    run == digits
        && (5..=9).contains(&run)
        && (1..=3).contains(&others)
        && value.iter().all(is_plain)
        && (first == 0 || first + run == value.len())
        && charset::is_sequence(&value[first..first + run])
}

/// `admin@0633`, `webmaster2019`: who it is for, and a number that is not everybody's.
fn is_of_rank(value: &[u8]) -> bool {
    #[rustfmt::skip]
    const STOCK: &[&[u8]] = &[
        b"pass", b"p@ss", b"secret", b"user", b"login", b"guest", b"foo", b"default", b"temp", b"hello", b"qwer", b"asdf", b"abc", b"1234", b"4321",
    ];
    let lower = value.to_ascii_lowercase();
    let has = |words: &[&[u8]]| words.iter().any(|word| holds(&lower, word));
    has(&[b"admin", b"root", b"master", b"welcome"]) && !has(STOCK)
}

/// Whether a value says of itself that it is for a test.
fn is_trial(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    [&b"test"[..], b"demo"].iter().any(|word| holds(&lower, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> Option<Confidence> {
        judge(value.as_bytes(), Kind::Password, Quote::Line).map(|(confidence, _)| confidence)
    }

    #[test]
    fn weak_passwords() {
        for value in [
            "Admin_123",
            "AdminPassword123!",
            "!QAZ2wsx",
            "#Lantern84",
            "Aa12345678",
            "User1_123",
            "SuperSecretDB2024!",
            "lantern84",
            "river_stone42",
            "admin@0633",
            "webmaster2019",
        ] {
            assert_eq!(of(value), Some(Confidence::Medium), "{value}");
        }
        for value in [
            "123456",
            "54321",
            "777777",
            "20240131",
            "password123",
            "admin",
            "root",
            "secret",
            "Test@1234",
            "abcd_1234",
            "root123",
            "admin1234",
            "passmaster22",
            "123456!a",
            "a123456",
            "s3Cur3",
        ] {
            assert_eq!(of(value), Some(Confidence::Low), "{value}");
        }
        assert_eq!(judge(b"admin", Kind::Password, Quote::Closed), None, "a word in code");
        assert_eq!(judge(b"20240131", Kind::Password, Quote::Closed), None, "a day in code");
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
            "#lantern",
            "!lantern84",
            "Wachtwoord",
            "userPassword",
            "bcrypt_sha256",
            "1.2.3",
            "0x12345",
            "12345.6",
            "db_password_2",
            "eW91ci1wYXNzd29yZA",
        ] {
            assert_eq!(of(value), None, "{value}");
        }
    }
}
