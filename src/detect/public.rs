//! Public by nature: names that bundlers give to every visitor, where they promise a secret, and bundlers that give everything.
//!
//! A name counts where it is given a value or read: in dotenv files, workflows, Dockerfiles and code. Prose about a name is
//! none of these. Looks at the name's own line only.

mod bundle;
mod words;

use self::words::BUNDLERS;
use super::hit::Hit;
use crate::model::{Confidence, Span};
use crate::policy::public::PREFIXES;
use crate::policy::{PublicNames, public, template};

/// A public name that promises a secret.
pub const NAME_RULE: &str = "stanch-public-name";
/// A bundler that gives away the whole environment.
pub const BUNDLE_RULE: &str = "stanch-public-bundle";

/// Longest name, and how far before it counts.
const LONGEST: usize = 100;

/// The rules of this module.
pub const RULES: &[&str] = &[NAME_RULE, BUNDLE_RULE];

/// So many of the words are the same in every run.
pub const HELD: usize = BUNDLERS.len() + PREFIXES.len();

/// What a text must hold to be looked at by [`at`]: prefixes, and words of bundlers' configuration.
pub fn words(names: &PublicNames) -> impl Iterator<Item = &str> {
    BUNDLERS.iter().copied().chain(names.prefixes())
}

/// Looks at the word of number `word` that may stand at `at`, in another case perhaps.
pub fn at(bytes: &[u8], at: usize, word: usize, names: &PublicNames, out: &mut Vec<Hit>) {
    if !words(names).nth(word).is_some_and(|text| bytes[at..].starts_with(text.as_bytes())) {
        return;
    }
    if word < BUNDLERS.len() {
        out.extend(bundle::at(bytes, at, word));
    } else {
        name(bytes, at, names, out);
    }
}

/// Looks at the public prefix at `at`.
fn name(bytes: &[u8], at: usize, names: &PublicNames, out: &mut Vec<Hit>) {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    if at.checked_sub(1).is_some_and(|before| is_word(&bytes[before])) {
        return;
    }
    let len = bytes[at..].iter().take(LONGEST).take_while(|byte| is_word(byte)).count();
    let span = Span::new(at, at + len);
    let Ok(text) = std::str::from_utf8(span.of(bytes)) else { return };
    let low = at.saturating_sub(LONGEST);
    let start = memchr::memrchr(b'\n', &bytes[low..at]).map_or(low, |line| low + line + 1);
    let high = bytes.len().min(span.end + LONGEST);
    let (before, after) = (&bytes[start..at], &bytes[span.end..high]);
    let (fault, confidence) = match names.fault(text) {
        Some(fault) => (fault, Confidence::High),
        None if holds_secret(text, before, after, names) => ("its value looks like a secret", Confidence::Medium),
        None => return,
    };
    if is_used(before, after) {
        out.push(Hit {
            rule: NAME_RULE,
            span,
            window: Span::new(low, high),
            confidence,
            value: None,
            reasons: vec![format!("{text} is public by its prefix").into(), fault.into()],
            visible: len,
        });
    }
}

/// Says whether the name is given a value of its own that no placeholder, word or public identifier is.
fn holds_secret(name: &str, before: &[u8], after: &[u8], names: &PublicNames) -> bool {
    let Some(stem) = names.stem(name) else { return false };
    let line = &after[..memchr::memchr2(b'\n', b'\r', after).unwrap_or(after.len())];
    let line = line.strip_prefix(b"\"").or(line.strip_prefix(b"'")).unwrap_or(line);
    let line = line.strip_prefix(b"]").unwrap_or(line).trim_ascii_start();
    let value = match line {
        [b'=' | b':', value @ ..] => value,
        // What stands in for the variable where it is not set.
        [b'|', b'|', value @ ..] | [b'?', b'?', value @ ..] => value,
        value if before.trim_ascii() == b"ENV" => value,
        _ => return false,
    };
    let value = value.trim_ascii_start();
    let (value, end): (&[u8], &[u8]) = match value {
        [quote @ (b'"' | b'\''), value @ ..] => (value, std::slice::from_ref(quote)),
        _ => (value, b" \t,;#)}"),
    };
    let value = &value[..value.iter().position(|byte| end.contains(byte)).unwrap_or(value.len())];
    // Calls, members and references are no values.
    let is_plain = !value.iter().any(|byte| matches!(byte, b'(' | b'$' | b'{' | b'<' | b'%'));
    is_plain && !public::is_open(stem, value) && !template::is_proven(name, value, names)
}

/// Says whether a name between `before` (of its line) and `after` is given a value or read.
fn is_used(before: &[u8], after: &[u8]) -> bool {
    let ends = |word: &[u8]| before.ends_with(word);
    let is_read =
        [&b"import.meta.env."[..], b"process.env.", b"import.meta.env?.", b"process.env?."].into_iter().any(ends)
            || ["import.meta.env[", "process.env["]
                .iter()
                .any(|word| before.len() > word.len() && before[..before.len() - 1].ends_with(word.as_bytes()));
    if is_read || is_taken_out(before, after) {
        return true;
    }
    let before = before.trim_ascii_start();
    let before = before.strip_prefix(b"- ").unwrap_or(before).trim_ascii();
    let is_start = matches!(before, b"" | b"\"" | b"'" | b"export" | b"ARG" | b"ENV" | b"set" | b"--build-arg");
    let after = after.strip_prefix(b"\"").or(after.strip_prefix(b"'")).unwrap_or(after);
    let rest = after.iter().position(|byte| !matches!(byte, b' ' | b'\t')).map_or(&[][..], |at| &after[at..]);
    let is_docker = matches!(before, b"ARG") && matches!(rest.first(), None | Some(b'\n' | b'\r' | b'='))
        || before == b"ENV" && !rest.is_empty();
    let is_given = match rest {
        [b'=', second, ..] => *second != b'=',
        [b':', second, ..] => second.is_ascii_whitespace(),
        [b'=' | b':'] => true,
        _ => false,
    };
    is_start && (is_given || is_docker)
}

/// `const { NAME } = process.env`, on one line or several.
fn is_taken_out(before: &[u8], after: &[u8]) -> bool {
    let opens = matches!(before.trim_ascii_end().last(), None | Some(b'{' | b','));
    let is_list = |byte: &u8| {
        byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || matches!(byte, b'_' | b',' | b':' | b'=' | b'$')
    };
    let end = after.iter().position(|byte| !is_list(byte)).unwrap_or(after.len());
    let Some(rest) = after[end..].strip_prefix(b"}") else { return false };
    let Some(rest) = rest.trim_ascii_start().strip_prefix(b"=") else { return false };
    let rest = rest.trim_ascii_start();
    let source = [&b"process.env"[..], b"import.meta.env"].into_iter().find_map(|source| rest.strip_prefix(source));
    opens && source.is_some_and(bundle::is_whole)
}
