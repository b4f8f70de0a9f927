//! Judges what stands between a telling name and a plain value.
//!
//! A rule of the kind *name, operator, value* matches loosely, so that every language's way to write an assignment is
//! covered; how believable the connection is, is decided here, from the bytes between the two.

use super::hash;
use crate::model::{Confidence, Evidence, Span};
use crate::rule::Signature;
use crate::text::words;

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
    // What every visitor of a page searches its manual with.
    if sets_another(&gap) || contains(&gap, b"docsearch") || is_fragment(&gap) || lists_ids(&gap) {
        return None;
    }
    let breaks = gap.iter().filter(|&&byte| byte == b'\n').count();
    let is_quoted = gap.last().is_some_and(|last| b"\"'`".contains(last));
    let bare = trim_opening(&gap);
    let has_operator = matches!(bare.last(), Some(b'=' | b':' | b'(' | b'>' | b',' | b'|' | b'[' | b'{' | b'?'));
    // An argument on the next line is another one.
    if breaks > 0 && !is_quoted && bare.ends_with(b",") || is_given_before_break(&gap) {
        return None;
    }
    if breaks > 2 || (breaks > 0 && !has_operator && !bare.ends_with(b"-")) {
        // A word of another line.
        if words::surplus(value.of(bytes)) < 10.0 {
            return None;
        }
        evidence.add("the name stands on another line, with no operator between");
        return Some(Confidence::Low);
    }
    if ends_statement(&gap) || contains(&gap, b"//") && contains(&gap, b"\n") {
        evidence.add("another statement ends between the name and the value");
        return Some(Confidence::Low);
    }
    if has_operator {
        evidence.add("assigned to a name of its provider");
        return Some(Confidence::Certain);
    }
    if follows_as_word(bytes, at, &gap) || is_quoted && is_name_alone(&gap) {
        evidence.add("follows a name of its provider, as arguments and declarations do");
        return Some(Confidence::Certain);
    }
    if is_spoken_of(bare) {
        evidence.add("follows its provider's name and the word for what it is");
        return Some(Confidence::Certain);
    }
    evidence.add("stands beside a name of its provider");
    Some(signature.confidence.lowered())
}

/// Whether the name is that of a host and the value the fragment of an address: `name.com/page#value`.
fn is_fragment(gap: &[u8]) -> bool {
    gap.ends_with(b"#") && memchr::memchr(b'/', gap).is_some() && !gap.iter().any(u8::is_ascii_whitespace)
}

/// Whether the name ends in `_ids`: what follows tells things apart, and opens none of them.
fn lists_ids(gap: &[u8]) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let name = gap.iter().take_while(|byte| is_name(byte)).count();
    gap[..name].ends_with(b"_ids") || gap[..name].ends_with(b"-ids")
}

/// Whether the name is given another value on its own line: `NAME=value`, then a line break.
fn is_given_before_break(gap: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b'\n', gap) else { return false };
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let name = gap.iter().take_while(|byte| is_name(byte)).count();
    let rest = gap[name..end.max(name)].strip_prefix(b"=").unwrap_or_default();
    rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric())
}

/// Whether the name is a command that gives a value to another name: `acme secrets set OTHER_KEY=…`.
pub(super) fn sets_another(gap: &[u8]) -> bool {
    const VERBS: [&[u8]; 5] = [b" set ", b":set ", b" put ", b" add ", b" create "];
    let verb = VERBS.iter().filter_map(|verb| Some((memchr::memmem::find(gap, verb)?, verb.len()))).min();
    verb.is_some_and(|(at, length)| {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/');
        let rest = gap[at + length..].trim_ascii_start();
        let is_command = gap[..at].iter().all(|byte| is_name(byte) || *byte == b' ');
        let target = rest.iter().take_while(|byte| **byte != b':' && is_name(byte)).count();
        is_command && target > 0 && matches!(rest.get(target), Some(b'=' | b' '))
    })
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

/// Whether nothing stands between the name and its value: `acme_key "VALUE"`, `(setq acme-key "VALUE")`.
fn is_name_alone(gap: &[u8]) -> bool {
    let mut rest = gap.iter().skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    rest.all(|byte| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b'`'))
}

/// Prose and tables: the provider, at most three further words of which one says what the value is, `is`, the value.
fn is_spoken_of(bare: &[u8]) -> bool {
    let mut words = bare.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let is_plain = bare.iter().all(|byte| byte.is_ascii_alphanumeric() || b" \t_-.'\"`".contains(byte));
    let says = |word: &[u8]| {
        let word = word.strip_suffix(b"s").unwrap_or(word);
        [&b"key"[..], b"token", b"secret", b"password", b"credential"].iter().any(|known| word.ends_with(known))
    };
    is_plain && words.clone().count() <= 6 && words.any(says)
}

/// Whether a statement ends in the gap; the accessors of a property are no statements.
fn ends_statement(gap: &[u8]) -> bool {
    let open = memchr::memchr(b'{', gap).unwrap_or(gap.len());
    let close = memchr::memrchr(b'}', gap).map_or(open, |at| at + 1).max(open);
    let words = gap[open..close].split(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    let is_property = close > open
        && words.clone().count() > 0
        && words.clone().all(|word| matches!(word, b"get" | b"set" | b"init" | b"private"));
    let has = |part: &[u8]| memchr::memchr(b';', part).is_some();
    if is_property { has(&gap[..open]) || has(&gap[close..]) } else { has(gap) }
}

/// A version of somebody's code: `owner/action@` and forty hexadecimal digits.
fn is_pinned(gap: &[u8], value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_hexdigit) && matches!(gap.last(), Some(b'@' | b'#'))
}

/// The gap without what opens a literal at its end: quotes, what marks the literal's kind, blanks, a bracket.
fn trim_opening(gap: &[u8]) -> &[u8] {
    let is_open = |byte: &u8| b"\"'`\\ \t\r\n".contains(byte);
    let trim = |text: &[u8]| text.iter().rposition(|byte| !is_open(byte)).map_or(0, |at| at + 1);
    let end = trim(gap);
    let is_literal = gap[end..].first().is_some_and(|first| b"\"'`".contains(first));
    let marks = gap[..end].iter().rev().take(3).take_while(|byte| b"bfrulnq@$".contains(byte)).count();
    let before = &gap[..end - marks];
    let is_marked = is_literal && marks > 0 && before.last().is_some_and(|last| b" \t=(:,?[{>|".contains(last));
    if is_marked { &before[..trim(before)] } else { &gap[..end] }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    memchr::memmem::find(text, word).is_some()
}
