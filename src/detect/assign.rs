//! Judges what stands between a telling name and a plain value.
//!
//! A rule of the kind *name, operator, value* matches loosely, so that every language's way to write an assignment is
//! covered; how believable the connection is, is decided here, from the bytes between the two.

use super::hash;
use crate::model::{Confidence, Evidence, Span};
use crate::rule::Signature;

/// How many bytes before the name may hold one of the rule's further words.
const WORDS_BEFORE: usize = 32;

/// The most confidence that the connection of the name at `at` and the value allows; none when there is no connection.
pub(super) fn judge(
    bytes: &[u8],
    at: usize,
    value: Span,
    signature: &Signature,
    evidence: &mut Evidence,
) -> Option<Confidence> {
    let gap = Span::new(at, value.start).of(bytes).to_ascii_lowercase();
    let words = &signature.matcher.words;
    if !words.is_empty() {
        let around = Span::new(at.saturating_sub(WORDS_BEFORE), value.start).of(bytes).to_ascii_lowercase();
        if !words.iter().any(|word| contains(&around, word.as_bytes())) {
            return None;
        }
    }
    if hash::is_announced(&bytes[at..value.start]) || is_pinned(&gap, value.of(bytes)) {
        return None;
    }
    let breaks = gap.iter().filter(|&&byte| byte == b'\n').count();
    let trimmed = gap.trim_ascii_end();
    let bare: &[u8] = match trimmed {
        [head @ .., b'"' | b'\'' | b'`' | b'\\'] => trim_quotes(head),
        other => other,
    };
    let has_operator = matches!(bare.last(), Some(b'=' | b':' | b'(' | b'>' | b',' | b'|' | b'[' | b'{'));
    if breaks > 2 || (breaks > 0 && !has_operator && !bare.ends_with(b"-")) {
        evidence.add("the name stands on another line, with no operator between");
        return Some(Confidence::Low);
    }
    if contains(&gap, b";") || contains(&gap, b"//") && contains(&gap, b"\n") {
        evidence.add("another statement ends between the name and the value");
        return Some(Confidence::Low);
    }
    if has_operator {
        evidence.add("assigned to a name of its provider");
        return Some(Confidence::Certain);
    }
    if follows_as_word(bytes, at, &gap) {
        evidence.add("follows a name of its provider, as arguments and declarations do");
        return Some(Confidence::Certain);
    }
    evidence.add("stands beside a name of its provider");
    Some(signature.confidence.lowered())
}

/// White space ties a value to its name after a flag (`--acme-key VALUE`) and after a word that declares (`ENV NAME VALUE`).
fn follows_as_word(bytes: &[u8], at: usize, gap: &[u8]) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let rest = gap.iter().take_while(|&&byte| is_name(byte)).count();
    let tie = &gap[rest..];
    let is_blank = tie.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'))
        && tie.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'"' | b'\''));
    if !is_blank {
        return false;
    }
    let before = &bytes[at.saturating_sub(WORDS_BEFORE)..at];
    let line = before.iter().rposition(|&byte| byte == b'\n').map_or(before, |at| &before[at + 1..]);
    let name = line.iter().rposition(|&byte| !is_name(byte)).map_or(0, |at| at + 1);
    if line[name..].starts_with(b"-") || gap.starts_with(b"-") {
        return true;
    }
    let declares: &[&[u8]] =
        &[b"env", b"arg", b"set", b"setenv", b"setx", b"export", b"define", b"-gx", b"-x", b"config:set"];
    let word = line[..name].trim_ascii();
    let start = word.iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
    let word = word[start..].strip_prefix(b"#").unwrap_or(&word[start..]);
    declares.iter().any(|declaring| word.eq_ignore_ascii_case(declaring))
}

/// A version of somebody's code: `owner/action@` and forty hexadecimal digits.
fn is_pinned(gap: &[u8], value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_hexdigit) && matches!(gap.last(), Some(b'@' | b'#'))
}

fn trim_quotes(mut text: &[u8]) -> &[u8] {
    while let [head @ .., b'"' | b'\'' | b'`' | b'\\' | b' '] = text {
        text = head;
    }
    text
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}
