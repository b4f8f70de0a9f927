//! Does `NAME=value` in a block of environment variables put a secret into a file?
//!
//! References to where the value really is (`${VAR}`, `process.env.X`) are what such blocks should hold.

use super::Context;
use crate::model::Confidence;
use crate::text::placeholder::{is_placeholder, is_reference};

/// The last words of names that hold secrets.
const TELLING: [&str; 16] = [
    "PASSWORD",
    "PASSWD",
    "PASS",
    "PWD",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "ACCESS_KEY",
    "SECRET_KEY",
    "PRIVATE_KEY",
    "ENCRYPTION_KEY",
    "SIGNING_KEY",
    "CREDENTIALS",
    "PASSPHRASE",
    "CLIENT_SECRET",
];

/// Says whether a value is there and stands for itself.
pub(in crate::gate) fn is_real(value: &str) -> bool {
    let value = fallback(value);
    let is_code =
        ["process.env", "import.meta.env", "Deno.env", "os.environ", "env("].iter().any(|code| value.starts_with(code));
    !value.is_empty() && !is_code && !is_reference(value.as_bytes()) && !is_placeholder(value.as_bytes())
}

/// Why the entry is a secret in a file; none if it is none.
pub(super) fn judge(context: &Context<'_>, name: &str, value: &str) -> Option<&'static str> {
    let is_listed = super::registers::sensitive(context).contains(name);
    why(name, value, is_listed, &|text| !context.values(text, Confidence::Medium).is_empty())
}

/// The same where the caller knows the inventory and the rules.
pub(in crate::gate) fn why(
    name: &str,
    value: &str,
    is_listed: bool,
    sees: &dyn Fn(&[u8]) -> bool,
) -> Option<&'static str> {
    let value = fallback(value);
    // The rest of an address may be a reference.
    if has_password(value) {
        return Some("an address with a password in it");
    }
    if !is_real(value) || matches!(value, "true" | "false" | "null" | "undefined") {
        return None;
    }
    if is_listed {
        return Some("an inventoried secret with its value");
    }
    if sees(format!("{name}={value}\n").as_bytes()) {
        return Some("a value that looks like a secret");
    }
    let upper = name.to_ascii_uppercase().replace(['-', '.'], "_");
    let is_telling = TELLING.iter().any(|word| {
        upper.strip_suffix(word).is_some_and(|head| head.is_empty() || head.ends_with('_') || word.len() > 5)
    });
    (is_telling && !value.starts_with('/')).then_some("a value under a secret's name")
}

/// What counts where a reference is empty: `value` of `${NAME:-value}`; anything else as it is, without quotes.
fn fallback(value: &str) -> &str {
    let mut value = value.trim().trim_matches(['"', '\'', '`']);
    while let Some(inner) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        let name = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let rest = &inner[name..];
        let Some(otherwise) = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')).filter(|_| name > 0) else {
            break;
        };
        // Two references in a row are no fallback of the first: its bracket closes before the end.
        let mut depth = 0_i32;
        let closes = |sign: char| {
            depth += i32::from(sign == '{') - i32::from(sign == '}');
            depth < 0
        };
        if otherwise.chars().any(closes) {
            break;
        }
        value = otherwise.trim().trim_matches(['"', '\'']);
    }
    value
}

/// `scheme://user:password@host` with a password that stands for itself.
fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let password = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, password)| password);
    password.is_some_and(is_real)
}

/// `NAME=value` as in a dotenv file or a list of variables.
pub(in crate::gate) fn pair(line: &str) -> Option<(String, String)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && !name.as_bytes()[0].is_ascii_digit()).then(|| (name.to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fallback_is_what_counts() {
        for (value, counts) in [
            ("${A:-b}", "b"),
            ("${A-b}", "b"),
            ("${A:-${B:-c}}", "c"),
            ("'${A}'", "${A}"),
            ("${A:?must be set}", "${A:?must be set}"),
            ("${A:-x}${B}", "${A:-x}${B}"),
        ] {
            assert_eq!(fallback(value), counts);
        }
        assert!(!is_real("${A:-${B}}") && !is_real("${A:-}"));
        assert!(has_password(&format!("postgres://app:{}@${{HOST}}/db", "moonflower")));
        assert!(!has_password("postgres://${USER}:${PASSWORD}@${HOST}/db"));
    }
}
