//! Password hashes by their notation: modular crypt, PHC strings, LDAP schemes, Django.

use crate::text::random::{self, Random};
use crate::text::{Proof, base64};

const CRYPT64: &[u8] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Says whether `text` has a length of `lengths` and only characters of crypt's alphabet.
fn digits(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|byte| CRYPT64.contains(&byte))
}

/// `$2b$`, cost of 04 to 31, `$`, 22 characters of salt and 31 of hash.
pub(super) fn bcrypt(value: &[u8]) -> Proof {
    Proof::of(std::str::from_utf8(value).is_ok_and(is_bcrypt))
}

fn is_bcrypt(text: &str) -> bool {
    let parts: Vec<&str> = text.split('$').collect();
    match parts[..] {
        ["", "2" | "2a" | "2b" | "2x" | "2y", cost, body] => {
            cost.len() == 2 && cost.parse().is_ok_and(|cost: u8| (4..=31).contains(&cost)) && digits(body, 53..=53)
        }
        _ => false,
    }
}

/// Any of the common notations.
pub(super) fn crypt(value: &[u8]) -> Proof {
    Proof::of(
        std::str::from_utf8(value)
            .is_ok_and(|text| is_bcrypt(text) || is_modular(text) || is_phc(text) || is_ldap(text) || is_django(text)),
    )
}

/// `$ID$[rounds=N$]SALT$HASH` (crypt(5)), Apache's `$apr1$`, phpass's `$P$`.
fn is_modular(text: &str) -> bool {
    if let Some(body) = text.strip_prefix("$P$").or_else(|| text.strip_prefix("$H$")) {
        return digits(body, 31..=31);
    }
    let parts: Vec<&str> = text.split('$').collect();
    let (id, salt, hash) = match parts[..] {
        ["", id, salt, hash] => (id, salt, hash),
        ["", id @ ("5" | "6"), rounds, salt, hash] if rounds.starts_with("rounds=") => (id, salt, hash),
        ["", "y" | "gy" | "7", params, salt, hash] => {
            return digits(params, 2..=8) && digits(salt, 1..=86) && digits(hash, 43..=43);
        }
        _ => return false,
    };
    let length = match id {
        "1" | "apr1" => 22,
        "5" => 43,
        "6" => 86,
        _ => return false,
    };
    digits(salt, 0..=16) && digits(hash, length..=length)
}

/// `$argon2id$v=19$m=…,t=…,p=…$SALT$HASH`, `$scrypt$…`, `$pbkdf2-sha256$ROUNDS$SALT$HASH`.
fn is_phc(text: &str) -> bool {
    let parts: Vec<&str> = text.split('$').collect();
    let known = |id: &str| ["argon2", "scrypt", "pbkdf2"].iter().any(|name| id.starts_with(name));
    match parts[..] {
        ["", id, .., salt, hash] if parts.len() >= 5 && known(id) => {
            // passlib writes `.` for `+`.
            let bytes = |text: &str| base64::decode(text.replace('.', "+").as_bytes()).map_or(0, |bytes| bytes.len());
            bytes(salt) >= 4 && bytes(hash) >= 16
        }
        _ => false,
    }
}

/// `{SSHA}` and its siblings (RFC 2307), `{CRYPT}` around any other.
fn is_ldap(text: &str) -> bool {
    let Some((scheme, body)) = text.strip_prefix('{').and_then(|text| text.split_once('}')) else { return false };
    let length = match scheme.to_ascii_uppercase().as_str() {
        "MD5" | "SMD5" => 16,
        "SHA" | "SSHA" => 20,
        "SHA256" | "SSHA256" => 32,
        "SHA384" | "SSHA384" => 48,
        "SHA512" | "SSHA512" => 64,
        "CRYPT" => return is_modular(body) || is_bcrypt(body),
        _ => return false,
    };
    base64::decode(body.as_bytes()).is_some_and(|bytes| (length..=length + 32).contains(&bytes.len()))
}

/// `pbkdf2_sha256$ROUNDS$SALT$HASH` (Django's `make_password`).
fn is_django(text: &str) -> bool {
    let parts: Vec<&str> = text.split('$').collect();
    match parts[..] {
        ["pbkdf2_sha256" | "pbkdf2_sha1", rounds, salt, hash] => {
            rounds.parse::<u32>().is_ok()
                && !salt.is_empty()
                && base64::decode(hash.as_bytes()).is_some_and(|bytes| matches!(bytes.len(), 20 | 32))
        }
        ["bcrypt_sha256" | "bcrypt", "", ..] => text.split_once('$').is_some_and(|(_, body)| is_bcrypt(body)),
        ["argon2", ..] => text.split_once("argon2$").is_some_and(|(_, body)| is_phc(&format!("${body}"))),
        _ => false,
    }
}

pub(super) fn make_bcrypt(_arg: &str, random: &mut Random<'_>) -> String {
    format!("$2b${:02}${}", 10 + random::below(random, 4), random::text(random, CRYPT64, 53))
}

pub(super) fn make_crypt(arg: &str, random: &mut Random<'_>) -> String {
    match arg {
        "1" | "apr1" => format!("${arg}${}${}", random::text(random, CRYPT64, 8), random::text(random, CRYPT64, 22)),
        "5" => format!("$5${}${}", random::text(random, CRYPT64, 16), random::text(random, CRYPT64, 43)),
        "y" => format!("$y$j9T${}${}", random::text(random, CRYPT64, 22), random::text(random, CRYPT64, 43)),
        "argon2id" => {
            let part = |bytes: Vec<u8>| data_encoding::BASE64_NOPAD.encode(&bytes);
            let (salt, hash) = (part(random::bytes(random, 16)), part(random::bytes(random, 32)));
            format!("$argon2id$v=19$m=65536,t=3,p=4${salt}${hash}")
        }
        "SSHA" => format!("{{SSHA}}{}", data_encoding::BASE64.encode(&random::bytes(random, 28))),
        "django" => {
            let hash = data_encoding::BASE64.encode(&random::bytes(random, 32));
            format!("pbkdf2_sha256$600000${}${hash}", random::text(random, random::BASE62, 22))
        }
        _ => format!("$6${}${}", random::text(random, CRYPT64, 16), random::text(random, CRYPT64, 86)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    #[test]
    fn every_notation_passes_and_fails_when_cut() {
        for kind in ["1", "apr1", "5", "6", "y", "argon2id", "SSHA", "django"] {
            let hash = make_crypt(kind, &mut seeded(15));
            assert_eq!(crypt(hash.as_bytes()), Proof::Passed, "{hash}");
            assert_eq!(crypt(&hash.as_bytes()[..hash.len() / 2]), Proof::Failed, "{hash}");
        }
        let inner = make_bcrypt("", &mut seeded(16));
        assert_eq!(crypt(format!("{{CRYPT}}{inner}").as_bytes()), Proof::Passed);
        assert_eq!(crypt(format!("bcrypt_sha256${inner}").as_bytes()), Proof::Passed);
    }

    #[test]
    fn costs_and_alphabets_are_judged() {
        let body = "a".repeat(53);
        for (text, expected) in [
            (format!("$2b$12${body}"), Proof::Passed),
            (format!("$2b$32${body}"), Proof::Failed),
            (format!("$2z$12${body}"), Proof::Failed),
            (format!("$2b$12${body}a"), Proof::Failed),
            (format!("$2b$12${}", body.replace('a', "+")), Proof::Failed),
        ] {
            assert_eq!(bcrypt(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(crypt(b"$6$rounds=5000$salt$short"), Proof::Failed);
    }
}
