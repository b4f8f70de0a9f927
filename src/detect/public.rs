//! Public by nature: names that bundlers give to every visitor, where they promise a secret, and bundlers that give everything.
//!
//! A name counts where it is given a value or read: in dotenv files, workflows, Dockerfiles and code. Prose about a name is
//! none of these. Looks at the name's own line only.

use bstr::ByteSlice;

use super::hit::Hit;
use crate::model::{Confidence, Span};
use crate::policy::{PublicNames, public, template};

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
    let line = line.strip_prefix(b"\"").or(line.strip_prefix(b"'")).unwrap_or(line).trim_ascii_start();
    let value = match line {
        [b'=' | b':', value @ ..] => value,
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
    opens && source.is_some_and(is_whole)
}

/// Says whether what stands before `rest` is the whole environment, and not one variable of it.
fn is_whole(rest: &[u8]) -> bool {
    !rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'[' | b'?' | b'_'))
}

/// Says whether `define` is given the environment that follows `before`: `define: process.env`, `define: { ...process.env`,
/// `define: { X: JSON.stringify(process.env`.
fn is_defined(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    let is_spread = before.strip_suffix(b"...");
    let is_text = before.strip_suffix(b"JSON.stringify(").map(<[u8]>::trim_ascii_end);
    let define = |text: &[u8]| {
        let name = text
            .trim_ascii_end()
            .strip_suffix(b":")
            .map(|name| name.trim_ascii_end().trim_end_with(|c| matches!(c, '"' | '\'')));
        name.is_some_and(|name| {
            let head = name.strip_suffix(b"define");
            head.is_some_and(|head| {
                !head.last().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
            })
        })
    };
    let opened = |text: &[u8]| text.iter().rposition(|byte| *byte == b'{').is_some_and(|at| define(&text[..at]));
    match (is_spread, is_text) {
        (Some(before), _) => opened(before),
        (None, Some(before)) => before.ends_with(b":") && opened(before),
        (None, None) => define(before),
    }
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
        let value = blank(colon + 1);
        let rest = &bytes[value.min(bytes.len())..bytes.len().min(end + LONGEST)];
        let is_empty = |text: &[u8]| matches!(text.trim_ascii(), b"''" | b"\"\"" | b"``");
        let gives_all = match rest.strip_prefix(b"[") {
            Some(list) => list
                .split(|byte| *byte == b']')
                .next()
                .is_some_and(|list| list.split(|byte| *byte == b',').any(is_empty)),
            None => is_empty(rest.get(..2).unwrap_or_default()),
        };
        if !gives_all {
            return;
        }
        "an empty prefix puts the whole environment into the bundle"
    } else {
        let quote = at.checked_sub(1).map(|before| bytes[before]);
        let is_key = matches!(quote, Some(b'"' | b'\'')) && bytes.get(end) == quote.as_ref();
        let colon = blank(end + 1);
        let low = at.saturating_sub(LONGEST);
        let is_given = !is_key && is_whole(&bytes[end..bytes.len().min(end + 1)]) && is_defined(&bytes[low..at]);
        if is_given {
            return out.push(bundled(
                Span::new(at, end),
                bytes.len(),
                "`define` puts the whole environment into the bundle",
            ));
        }
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
        if !is_whole(rest) {
            return;
        }
        "`define` puts the whole environment into the bundle"
    };
    out.push(bundled(Span::new(at, end), bytes.len(), reason));
}

fn bundled(span: Span, len: usize, reason: &'static str) -> Hit {
    Hit {
        rule: BUNDLE_RULE,
        span,
        window: span.widened(LONGEST, len),
        confidence: Confidence::High,
        value: None,
        reasons: vec![reason.into()],
        visible: span.len(),
    }
}
