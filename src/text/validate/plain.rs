//! Forms that prove nothing when they are kept and everything when they are broken.

use crate::text::random::{self, BASE62, Random};
use crate::text::{Proof, base64 as b64};

/// Hexadecimal digits in groups of 8-4-4-4-12, not all the same and not counting up (`00000000-…`, `12345678-1234-…`).
pub(super) fn uuid(value: &[u8]) -> Proof {
    let groups: Vec<&[u8]> = value.split(|&byte| byte == b'-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let digits: Vec<u8> = groups.concat().to_ascii_lowercase();
    let counting = groups.iter().all(|group| b"123456789abcdef".starts_with(&group[..group.len().min(8)]));
    let well_formed = lengths == [8, 4, 4, 4, 12] && digits.iter().all(u8::is_ascii_hexdigit);
    let mut different = digits.clone();
    different.sort_unstable();
    different.dedup();
    Proof::only_fails(well_formed && different.len() > 4 && !counting)
}

pub(super) fn make_uuid(_arg: &str, random: &mut Random<'_>) -> String {
    let variant = random::text(random, b"89ab", 1);
    let mut hex = |count| random::text(random, b"0123456789abcdef", count);
    format!("{}-{}-4{}-{variant}{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
}

/// Base64 that decodes, line breaks aside.
pub(super) fn base64(value: &[u8]) -> Proof {
    Proof::only_fails(b64::decode(&b64::unwrapped(value)).is_some_and(|bytes| !bytes.is_empty()))
}

pub(super) fn make_base64(arg: &str, random: &mut Random<'_>) -> String {
    let count = arg.parse().ok().filter(|count| (1..=4096).contains(count)).unwrap_or(32);
    data_encoding::BASE64.encode(&random::bytes(random, count))
}

/// The seed of one-time passwords (RFC 4226 wants 16 bytes, issuers give 10 and more): base32, spaces and letter case aside.
pub(super) fn otp(value: &[u8]) -> Proof {
    let bare: Vec<u8> =
        value.iter().filter(|byte| !matches!(byte, b' ' | b'-' | b'=')).map(u8::to_ascii_uppercase).collect();
    let known = bare.iter().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    let mut different = bare.clone();
    different.sort_unstable();
    different.dedup();
    Proof::only_fails(known && bare.len() >= 16 && different.len() >= 5)
}

pub(super) fn make_otp(_arg: &str, random: &mut Random<'_>) -> String {
    random::text(random, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32)
}

/// Words that stand where a password would.
const PLACEHOLDERS: &[&str] = &[
    "pass",
    "passwd",
    "password",
    "passphrase",
    "pw",
    "pwd",
    "secret",
    "mypass",
    "mypassword",
    "yourpassword",
    "userpass",
    "dbpass",
    "dbpassword",
    "token",
    "apikey",
    "key",
    "user",
    "username",
    "changeme",
    "changeit",
    "example",
    "sample",
    "test",
    "dummy",
    "fake",
    "redacted",
    "hidden",
    "removed",
    "masked",
    "placeholder",
    "none",
    "null",
    "undefined",
    "empty",
    "todo",
    "foo",
    "bar",
    "baz",
    "foobar",
    "xxx",
    "abc",
    "pswd",
    "p",
    "x",
];

/// A password, or a URL that carries one between `:` and the last `@` of its authority.
pub(super) fn url_password(value: &[u8]) -> Proof {
    let Ok(text) = std::str::from_utf8(value) else { return Proof::NotApplicable };
    let password = match text.split_once("://") {
        Some((_, rest)) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
            authority
                .rsplit_once('@')
                .and_then(|(userinfo, _)| userinfo.split_once(':'))
                .map_or("", |(_, password)| password)
        }
        None => text,
    };
    Proof::only_fails(!password.is_empty() && !is_reference(password) && !is_placeholder(password))
}

/// `$X`, `${X}`, `%s`, `%{x}`, `{{ x }}`, `{x}`, `<x>`, `[x]`, `#{x}`, `:x`, `(x)`.
fn is_reference(text: &str) -> bool {
    let decoded = text.replace("%7B", "{").replace("%7b", "{").replace("%3C", "<").replace("%3c", "<");
    let named = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    ["${", "$(", "{{", "{", "<", "[", "#{", "%{", "%(", "@{", "\\(", "' +", "\" +", "'+", "\"+"]
        .iter()
        .any(|mark| decoded.starts_with(mark))
        || decoded.strip_prefix('$').is_some_and(|rest| named(rest) || is_word(rest))
        || decoded.contains("${")
        || decoded.contains("{{")
        || matches!(decoded.as_str(), "%s" | "%v" | "%d" | "%q" | "%@" | "{}" | "?")
        || decoded.strip_prefix('%').and_then(|rest| rest.strip_suffix('%')).is_some_and(is_word)
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// One repeated character, dots, asterisks, or a word of the list, separators and letter case aside.
fn is_placeholder(text: &str) -> bool {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    if text.bytes().all(|byte| byte == first) || text.contains("***") || text.contains("...") || text.contains('…') {
        return true;
    }
    let bare: String =
        text.chars().filter(char::is_ascii_alphanumeric).map(|character| character.to_ascii_lowercase()).collect();
    let bare = bare.strip_prefix("your").or(bare.strip_prefix("my")).unwrap_or(&bare);
    PLACEHOLDERS.contains(&bare) || PLACEHOLDERS.contains(&bare.trim_end_matches(|c: char| c.is_ascii_digit()))
}

pub(super) fn make_url_password(_arg: &str, random: &mut Random<'_>) -> String {
    random::text(random, BASE62, 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_of_documentation_fail() {
        for (text, expected) in [
            ("3f2b8c1e-9d47-4a60-8b1f-5c7e2d90a4b6", Proof::NotApplicable),
            ("00000000-0000-0000-0000-000000000000", Proof::Failed),
            ("12345678-1234-1234-1234-123456789abc", Proof::Failed),
            ("11111111-2222-3333-4444-111111111111", Proof::Failed),
            ("3f2b8c1e9d474a608b1f5c7e2d90a4b6", Proof::Failed),
            ("3f2b8c1e-9d47-4a60-8b1f-5c7e2d90a4bg", Proof::Failed),
        ] {
            assert_eq!(uuid(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn passwords_of_urls() {
        for password in ["hunter2", "s3cr3t!x", "p%40ss9w", "Tr0ub4dor&3", "$2y9aB"] {
            assert_eq!(url_password(password.as_bytes()), Proof::NotApplicable, "{password}");
            let url = format!("postgres://app:{password}@db.internal:5432/app?sslmode=require");
            assert_eq!(url_password(url.as_bytes()), Proof::NotApplicable, "{url}");
        }
        for password in [
            "",
            "password",
            "PASSWORD",
            "pass123",
            "your-password",
            "my_password",
            "changeme",
            "xxxxxxxx",
            "*****",
            "$PASSWORD",
            "$password",
            "${DB_PASSWORD}",
            "%s",
            "%PASSWORD%".to_lowercase().as_str(),
            "{password}",
            "{{ pw }}",
            "<password>",
            "[redacted]",
            "%7Bpassword%7D",
            "abc...xyz",
            "$(cat pw)",
        ] {
            assert_eq!(url_password(password.as_bytes()), Proof::Failed, "{password}");
            let url = format!("https://user:{password}@example.com/path");
            assert_eq!(url_password(url.as_bytes()), Proof::Failed, "{url}");
        }
        assert_eq!(url_password(b"https://example.com/a:b@c"), Proof::Failed);
    }

    #[test]
    fn seeds_of_one_time_passwords() {
        assert_eq!(otp(b"gezd gnbv gy3t qojq"), Proof::NotApplicable);
        assert_eq!(otp(b"GEZDGNBVGY3T"), Proof::Failed);
        assert_eq!(otp(b"AAAAAAAAAAAAAAAAAAAA"), Proof::Failed);
        assert_eq!(otp(b"GEZDGNBVGY3TQOJ1"), Proof::Failed);
    }
}
