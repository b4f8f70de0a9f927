//! Strings written in pieces: `"abc" + "def"`, adjacent literals, lines continued with a backslash, notebooks' lines.
//!
//! What counts is the seam: a closing quote, an operator or nothing, an opening quote, with parts of words on both sides.
//! A seam beside punctuation or space joins sentences and hides nothing.

use super::rewrite::{Escape, Family};

/// Pieces of strings and lines. A seam promises as many characters as the word that it makes has, so that the shortest
/// word that is joined has eight; one amid prose promises nothing.
pub(super) static JOINED: Family = Family { kind: "joined", marks: b"\"'`$\\", step: seam, threshold: WORD };

/// The lines of a text in JSON, each a string of its own that ends with a line break: Jupyter notebooks.
pub(super) static NOTEBOOK: Family = Family { kind: "notebook", marks: b"\\", step: line_of_list, threshold: 2 };

const WORD: u32 = 8;

/// Of so many word characters no word of a language is made.
const LONG: usize = 20;

/// How much space, comments and operators a seam may hold.
const LONGEST: usize = 256;

fn seam(bytes: &[u8], at: usize) -> Option<Escape> {
    let before = *bytes.get(at.checked_sub(1)?)?;
    if KINDS[usize::from(before)] & EDGE == 0 {
        return None;
    }
    let end = match bytes[at] {
        b'\\' => continued_line(bytes, at)?,
        b'$' => empty_placeholder(bytes, at)?,
        quote => between_quotes(bytes, at, quote)?,
    };
    let after = *bytes.get(end)?;
    is_edge(after).then(|| Escape::nothing(end - at, words_beside(bytes, at, end)))
}

/// What a byte can be to a seam, in bits.
static KINDS: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = if is_edge(byte as u8) { EDGE } else { 0 };
        kinds[byte] |= match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' => BLANK,
            b'\\' | b'`' | b'/' | b'#' | b'-' => REMARK,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};
/// May stand beside it.
const EDGE: u8 = 1;
/// Space in it.
const BLANK: u8 = 2;
/// May begin a comment in it, or continue a line.
const REMARK: u8 = 4;

/// What may stand beside a seam: a piece of a word, a key or a password, but no bracket, comma or quote.
const fn is_edge(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || matches!(byte, b'!' | b'#'..=b'&' | b'*' | b'+' | b'-'..=b'/' | b':')
        || matches!(byte, b'=' | b'?' | b'@' | b'^' | b'_' | b'|' | b'~')
}

/// A stricter edge, for seams without an operator.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'/' | b'+' | b'.')
}

/// `"abc" + "def"`: the end of the seam that begins at the quote `at`.
fn between_quotes(bytes: &[u8], at: usize, quote: u8) -> Option<usize> {
    let limit = bytes.len().min(at + LONGEST);
    let near = &bytes[..limit];
    if near.get(at + 1) == Some(&b'}') {
        // The end of a literal in a template: `…${"abc"}def`.
        let opens = bytes[..at].iter().rev().take(LONGEST).position(|&byte| byte == quote).map(|len| at - len - 1)?;
        return bytes[..opens].ends_with(b"${").then_some(at + 2);
    }
    let first = skip_blank(near, at + 1);
    let operator = operator(&near[first..]);
    // No language that joins with another sign quotes like this; Markdown does.
    if quote == b'`' && !operator.is_empty() && operator != b"+" {
        return None;
    }
    let mut end = skip_blank(near, first + operator.len());
    if operator == b"&" && near.get(end) == Some(&b'_') {
        end = skip_blank(near, end + 1);
    }
    // `f"…"`, `L"…"`: prefixes of literals.
    let is_apart = end > at + 1;
    let prefix =
        near[end..].iter().take(2).take_while(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'@' | b'$')).count();
    if is_apart && matches!(near.get(end + prefix), Some(b'"' | b'\'')) {
        end += prefix;
    }
    let opening = *near.get(end)?;
    if !matches!(opening, b'"' | b'\'' | b'`') {
        return None;
    }
    let after = *bytes.get(end + 1)?;
    if operator.is_empty() && !(is_word(bytes[at - 1]) && is_word(after) && (is_apart || opening == quote)) {
        return None;
    }
    Some(end + 1)
}

/// The operators that join strings in C#, Erlang, Go, Haskell, Java, JavaScript, Lua, OCaml, Perl, PHP, Python, Ruby,
/// Rust, SQL, Swift, Visual Basic and others.
fn operator(bytes: &[u8]) -> &[u8] {
    let len = match bytes {
        [b'+', b'+', ..] | [b'.', b'.', ..] | [b'|', b'|', ..] | [b'<', b'>', ..] => 2,
        [b'+' | b'.' | b'&' | b'~' | b'^', ..] => 1,
        _ => 0,
    };
    &bytes[..len]
}

/// Skips space, comments and the signs that continue a line.
fn skip_blank(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        match KINDS[usize::from(byte)] & (BLANK | REMARK) {
            BLANK => {
                at += 1;
                continue;
            }
            REMARK => {}
            _ => return at,
        }
        let rest = &bytes[at..];
        let len = match rest {
            [b'\\' | b'`', b'\n', ..] => 2,
            [b'\\' | b'`', b'\r', b'\n', ..] => 3,
            [b'/', b'/', ..] | [b'#', b' ', ..] | [b'-', b'-', b' ', ..] => {
                rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len())
            }
            [b'/', b'*', ..] => memchr::memmem::find(rest, b"*/").map_or(rest.len(), |len| len + 2),
            _ => return at,
        };
        at += len;
    }
    at
}

/// A backslash at the end of a line, inside a literal or a shell command; the indentation of the next line is dropped.
fn continued_line(bytes: &[u8], at: usize) -> Option<usize> {
    let start = match bytes.get(at + 1..)? {
        [b'\n', ..] => at + 2,
        [b'\r', b'\n', ..] => at + 3,
        _ => return None,
    };
    let indent = bytes[start..].iter().take(LONGEST).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let mut end = start + indent;
    // Haskell closes the gap with another one.
    end += usize::from(indent > 0 && bytes.get(end) == Some(&b'\\'));
    // YAML writes a backslash before leading space that counts.
    (is_word(bytes[at - 1]) && is_word(*bytes.get(end)?)).then_some(end)
}

/// `${""}`, `${''}`, and the beginning of a literal in a template: `abc${"def"}`.
fn empty_placeholder(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at + 1..)? {
        [b'{', b'"' | b'\'', b'"' | b'\'', b'}', ..] => Some(at + 5),
        [b'{', b'"' | b'\'', after, ..] if is_word(*after) && is_word(bytes[at - 1]) => Some(at + 3),
        _ => None,
    }
}

/// What the seam `start..end` promises: the number of word characters that it joins, unless they can only be prose.
pub(super) fn words_beside(bytes: &[u8], start: usize, end: usize) -> u32 {
    let is_part = |byte: &u8| is_word(*byte) || *byte >= 0x80;
    let before = bytes[..start].iter().rev().take(LONG).take_while(|&byte| is_part(byte)).count();
    let after = bytes[end..].iter().take(LONG).take_while(|&byte| is_part(byte)).count();
    let (left, right) = (&bytes[start - before..start], &bytes[end..end + after]);
    // Keys and tokens hold digits, or capitals amid small letters; what stands before them ends in a sign.
    let has_digit = |part: &[u8]| part.iter().any(u8::is_ascii_digit);
    let is_mixed = |part: &[u8]| part.windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase());
    let is_sign = |byte: u8| matches!(byte, b':' | b'=' | b'@' | b'&' | b'?');
    // Single characters are no prose either.
    let is_prose = (4..LONG).contains(&(before + after))
        && ![left, right].into_iter().any(|part| has_digit(part) || is_mixed(part))
        && !is_sign(bytes[start - 1])
        && !is_sign(bytes[end]);
    if is_prose { 0 } else { before.min(WORD as usize) as u32 + after.min(WORD as usize) as u32 }
}

/// `\n",` at the end of a line in a list of lines, up to the next line's text.
fn line_of_list(bytes: &[u8], at: usize) -> Option<Escape> {
    let rest = bytes.get(at..)?.strip_prefix(br#"\n","#)?;
    let blank = rest.iter().take(LONGEST).take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
    (blank > 0 && rest.get(blank) == Some(&b'"')).then(|| Escape::byte(4 + blank + 1, b'\n', 1))
}
