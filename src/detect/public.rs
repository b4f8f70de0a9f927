//! Public by nature: names that bundlers give to every visitor, where they promise a secret, and bundlers that give everything.
//!
//! A name counts where it is given a value or read: in dotenv files, workflows, Dockerfiles and code. Prose about a name is
//! none of these. Looks at the name's own line only.

use super::hit::Hit;
use crate::model::{Confidence, Span};
use crate::policy::PublicNames;

/// A public name that promises a secret.
pub const NAME_RULE: &str = "stanch-public-name";
/// A bundler that gives away the whole environment.
pub const BUNDLE_RULE: &str = "stanch-public-bundle";

/// Words at which the bundler's configuration is looked at.
const BUNDLE: &[&str] = &["envPrefix", "process.env"];

/// Longest name, and how far before it counts.
const LONGEST: usize = 100;

/// The rules of this module.
pub const RULES: &[&str] = &[NAME_RULE, BUNDLE_RULE];

/// What a text must hold to be looked at by [`at`]: prefixes, and words of bundlers' configuration.
pub fn words(names: &PublicNames) -> impl Iterator<Item = &str> {
    BUNDLE.iter().copied().chain(names.prefixes())
}

/// Looks at the word of number `word` that may stand at `at`, in another case perhaps.
pub fn at(bytes: &[u8], at: usize, word: usize, names: &PublicNames, out: &mut Vec<Hit>) {
    if !words(names).nth(word).is_some_and(|text| bytes[at..].starts_with(text.as_bytes())) {
        return;
    }
    if word < BUNDLE.len() {
        bundle(bytes, at, word, out);
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
    let Some(fault) = names.fault(text) else { return };
    let low = at.saturating_sub(LONGEST);
    let start = memchr::memrchr(b'\n', &bytes[low..at]).map_or(low, |line| low + line + 1);
    let high = bytes.len().min(span.end + LONGEST);
    if is_used(&bytes[start..at], &bytes[span.end..high]) {
        out.push(Hit {
            rule: NAME_RULE,
            span,
            window: Span::new(low, high),
            confidence: Confidence::High,
            value: None,
            reasons: vec![format!("{text} is public by its prefix").into(), fault.into()],
            visible: len,
        });
    }
}

/// Says whether a name between `before` (of its line) and `after` is given a value or read.
fn is_used(before: &[u8], after: &[u8]) -> bool {
    let ends = |word: &[u8]| before.ends_with(word);
    let is_read =
        [&b"import.meta.env."[..], b"process.env.", b"import.meta.env?.", b"process.env?."].into_iter().any(ends)
            || ["import.meta.env[", "process.env["]
                .iter()
                .any(|word| before.len() > word.len() && before[..before.len() - 1].ends_with(word.as_bytes()));
    if is_read {
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

/// `envPrefix: ''` and `'process.env': process.env`: everything goes into the bundle.
fn bundle(bytes: &[u8], at: usize, literal: usize, out: &mut Vec<Hit>) {
    let end = at + BUNDLE[literal].len();
    let blank = |from: usize| {
        let rest = bytes.get(from..).unwrap_or_default();
        from + rest.iter().take(40).take_while(|byte| byte.is_ascii_whitespace()).count()
    };
    let reason = if literal == 0 {
        let colon = blank(end);
        if bytes.get(at..end) != Some(b"envPrefix") || bytes.get(colon) != Some(&b':') {
            return;
        }
        let mut value = blank(colon + 1);
        if bytes.get(value) == Some(&b'[') {
            value = blank(value + 1);
        }
        if !matches!(bytes.get(value..value + 2), Some(b"''" | b"\"\"" | b"``")) {
            return;
        }
        "an empty prefix puts the whole environment into the bundle"
    } else {
        let quote = at.checked_sub(1).map(|before| bytes[before]);
        let is_key = matches!(quote, Some(b'"' | b'\'')) && bytes.get(end) == quote.as_ref();
        let colon = blank(end + 1);
        if !is_key || bytes.get(colon) != Some(&b':') {
            return;
        }
        let mut value = blank(colon + 1);
        for opening in [&b"JSON.stringify("[..], b"{", b"..."] {
            if bytes[value.min(bytes.len())..].starts_with(opening) {
                value = blank(value + opening.len());
            }
        }
        let rest = &bytes[value.min(bytes.len())..];
        let Some(rest) = rest.strip_prefix(b"process.env") else { return };
        if matches!(rest.first(), Some(b'.' | b'[' | b'?')) || rest.first().is_some_and(u8::is_ascii_alphanumeric) {
            return;
        }
        "`define` puts the whole environment into the bundle"
    };
    out.push(Hit {
        rule: BUNDLE_RULE,
        span: Span::new(at, end),
        window: Span::new(at, end).widened(LONGEST, bytes.len()),
        confidence: Confidence::High,
        value: None,
        reasons: vec![reason.into()],
        visible: end - at,
    });
}
