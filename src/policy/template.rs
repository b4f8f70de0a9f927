//! Templates of `.env` files: is a value proven to be a placeholder?
//!
//! Empty, a reference, a documented placeholder, an allowed public value, or plain configuration: a number, a word, an
//! address. Whatever could be somebody's secret is not proven. Judged from the name and the value alone.

use super::public::{PublicNames, is_telling};
use crate::text::charset::{Alphabet, is_sequence, is_uuid};
use crate::text::{placeholder, words};

/// Words of which development settings are made: nobody keeps them secret.
const OPEN: &[&str] =
    &["dev", "development", "local", "localhost", "test", "testing", "default", "postgres", "mysql", "redis", "mongo"];

/// Says whether a template may hold the value under the name.
pub fn is_proven(name: &str, value: &[u8], public: &PublicNames) -> bool {
    if value.is_empty() || public.is_declared(name) || is_filler(value) {
        return true;
    }
    if let Some(password) = password_in(value) {
        return is_filler(password) || is_open(name, password) || user_in(value) == Some(password);
    }
    let is_public = public.stem(name).is_some() && public.fault(name).is_none();
    if is_telling(name) || is_key(name) {
        return is_open(name, value) || is_public && !is_drawn(value);
    }
    !is_drawn(value)
}

fn is_filler(value: &[u8]) -> bool {
    let is_address = value.starts_with(b"http://") || value.starts_with(b"https://");
    placeholder::is_placeholder(value)
        || placeholder::is_worn(value)
        || !is_address && placeholder::is_reference(value)
        || is_sequence(value)
}

/// `API_KEY`, `ACCESS_TOKEN`: promising, but not as clear as a secret.
fn is_key(name: &str) -> bool {
    ["KEY", "TOKEN", "PWD", "PASS"].iter().any(|word| name == *word || name.ends_with(&format!("_{word}")))
}

/// What is no secret even under a secret's name: short words, a word of the name, words of development settings.
fn is_open(name: &str, value: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(value) else { return false };
    let lower = text.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphabetic()).filter(|part| !part.is_empty()).collect();
    let is_known = |part: &&str| OPEN.contains(part) || name.to_ascii_lowercase().split('_').any(|word| word == *part);
    let is_config = value.iter().all(u8::is_ascii_digit) && value.len() <= 6
        || matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "none" | "null");
    let is_wordy = value.iter().all(|byte| byte.is_ascii_lowercase() || b"-_ .".contains(byte));
    is_config
        || parts.iter().any(is_known) && words::surplus(value) < 0.0
        || is_wordy && value.len() <= 12 && words::surplus(value) < 0.0
}

/// Says whether a machine drew the value: long, and dearer than anything that a person would write.
fn is_drawn(value: &[u8]) -> bool {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+/=.".contains(byte);
    if is_uuid(value) || value.len() < 16 || value.iter().all(u8::is_ascii_digit) {
        return false;
    }
    // Of an address only what follows the host can be drawn: a webhook's path.
    let text = match memchr::memmem::find(value, b"://") {
        Some(at) => {
            value[at + 3..].split(|&byte| byte == b'/').skip(1).max_by_key(|part| part.len()).unwrap_or_default()
        }
        None => value,
    };
    text.split(|byte| matches!(byte, b',' | b' ' | b'/' | b':' | b'@' | b'?' | b'&')).any(|part| {
        part.len() >= 16 && part.iter().all(is_token) && words::surplus(part) > 0.0 && Alphabet::of(part).size() >= 16
    })
}

/// The password in an address: `scheme://user:password@host`.
fn password_in(value: &[u8]) -> Option<&[u8]> {
    userinfo(value)?.splitn(2, |&byte| byte == b':').nth(1).filter(|password| !password.is_empty())
}

fn user_in(value: &[u8]) -> Option<&[u8]> {
    userinfo(value)?.split(|&byte| byte == b':').next()
}

fn userinfo(value: &[u8]) -> Option<&[u8]> {
    let start = memchr::memmem::find(value, b"://")? + 3;
    let end = start + value[start..].iter().position(|byte| matches!(byte, b'/' | b'?')).unwrap_or(value.len() - start);
    value[start..end].iter().rposition(|&byte| byte == b'@').map(|at| &value[start..start + at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_templates_hold_is_told_from_what_people_paste() {
        let public = PublicNames::default();
        for (name, value) in [
            ("A", ""),
            ("PORT", "3000"),
            ("LOG_LEVEL", "info"),
            ("DEBUG", "true"),
            ("API_URL", "https://api.acme.org/v1/things"),
            ("DATABASE_URL", "postgres://user:password@localhost:5432/db"),
            ("DATABASE_URL", "postgres://postgres:postgres@localhost/db"),
            ("REDIS_URL", "redis://localhost:6379/0"),
            ("JWT_SECRET", "changeme"),
            ("JWT_SECRET", "your-secret-here"),
            ("DB_PASSWORD", "<password>"),
            ("DB_PASSWORD", "${VAULT_PASSWORD}"),
            ("POSTGRES_PASSWORD", "postgres"),
            ("SECRET_KEY", "local-development-secret"),
            ("ALLOWED_ORIGINS", "http://localhost:3000,http://localhost:5173"),
            ("STRIPE_SECRET_KEY", "sk_test_..."),
            ("MAIL_FROM", "noreply@acme.org"),
            ("PROJECT_ID", "7d4c2f60-41b7-4c0e-9d0a-5a6c1f2b3e4d"),
            ("TIMEZONE", "Europe/Amsterdam"),
            ("S3_BUCKET", "acme-production-uploads-bucket"),
            ("MAX_TOKENS", "4096"),
        ] {
            assert!(is_proven(name, value.as_bytes(), &public), "{name}={value}");
        }
        let drawn: String = ["kJ8xpQ2z", "R4vW7nB1", "mT5yL9cD"].concat();
        for (name, value) in [
            ("JWT_SECRET", drawn.as_str()),
            ("API_KEY", "f3a91c07be5d"),
            ("DB_PASSWORD", "Wint3rSturm!7"),
            ("DATABASE_URL", "postgres://app:kJ8x!pQ2z@db.acme.org/app"),
            ("SOME_SETTING", drawn.as_str()),
            ("WEBHOOK", &format!("https://hooks.acme.org/services/{drawn}")),
            ("VITE_THING", drawn.as_str()),
        ] {
            assert!(!is_proven(name, value.as_bytes(), &public), "{name}={value}");
        }
    }
}
