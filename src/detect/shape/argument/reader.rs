//! Reads the arguments of a call: where each one ends, and the literal in it.
//!
//! A literal may stand inside a conversion, `Base64.decode("…")`, but never inside a look-up, `getenv("…")`: what a look-up
//! is given is a name. It must never read past the sight.

use crate::detect::shape::Sight;
use crate::model::Span;

/// Functions that turn a literal into bytes or into another kind of text.
const CONVERSIONS: &[&[u8]] = &[
    b"getbytes",
    b"decode",
    b"b64decode",
    b"decodebase64",
    b"from",
    b"fromhex",
    b"unhexlify",
    b"frombase64string",
    b"parsebase64binary",
    b"parse",
    b"some",
    b"string",
    b"byte",
    b"bytes",
    b"bytearray",
    b"qstring",
    b"qstringliteral",
    b"new",
    b"of",
    b"secret",
];

/// The literal that is argument number `place` of the call whose arguments begin at `at`. The arguments of a call without
/// a bracket, as Ruby has it, end with their line.
pub(super) fn argument(sight: &Sight<'_>, at: usize, place: usize, has_bracket: bool) -> Option<Span> {
    let mut at = at;
    for number in 0..=place {
        at = sight.run(at, |byte| if has_bracket { byte.is_ascii_whitespace() } else { matches!(byte, b' ' | b'\t') });
        if number == place {
            return literal(sight, at);
        }
        at = past(sight, at, has_bracket)?;
    }
    None
}

/// The literal that an argument is, what converts it aside.
fn literal(sight: &Sight<'_>, at: usize) -> Option<Span> {
    let mut at = at;
    for _ in 0..4 {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:[]$&".contains(&byte);
        let end = sight.run(at, is_word);
        if sight.byte(end) == b' ' && &sight.text[at..end] == b"new" {
            at = end + 1;
            continue;
        }
        if sight.byte(end) != b'(' || end == at || end > at + 60 {
            break;
        }
        // `Base64.getDecoder().decode("…")`.
        if sight.byte(end + 1) == b')' && sight.byte(end + 2) == b'.' {
            at = end + 3;
            continue;
        }
        let word = &sight.text[at..end];
        let start = word.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(0, |at| at + 1);
        if !CONVERSIONS.iter().any(|known| word[start..].eq_ignore_ascii_case(known)) {
            return None;
        }
        at = sight.run(end + 1, |byte| byte.is_ascii_whitespace());
    }
    // What marks the kind of a literal: b"", @"", L"".
    let is_mark = matches!(sight.byte(at), b'b' | b'B' | b'r' | b'u' | b'@' | b'L' | b'N' | b'$');
    let at = if is_mark && matches!(sight.byte(at + 1), b'"' | b'\'') { at + 1 } else { at };
    let quote = sight.byte(at);
    if !matches!(quote, b'"' | b'\'' | b'`') {
        return None;
    }
    let end = sight.run(at + 1, |byte| byte != quote && !matches!(byte, b'\n' | b'\\'));
    (sight.byte(end) == quote).then(|| Span::new(at + 1, end))
}

/// Behind the comma that ends the argument at `at`; none where the call ends first.
fn past(sight: &Sight<'_>, at: usize, has_bracket: bool) -> Option<usize> {
    let (mut at, mut depth) = (at, 0_usize);
    while at < sight.text.len() {
        match sight.text[at] {
            quote @ (b'"' | b'\'' | b'`') => {
                let mut end = at + 1;
                while end < sight.text.len() && sight.text[end] != quote && sight.text[end] != b'\n' {
                    end += 1 + usize::from(sight.text[end] == b'\\');
                }
                if sight.byte(end) != quote {
                    return None;
                }
                at = end;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => return Some(at + 1),
            b';' => return None,
            b'\n' if !has_bracket => return None,
            _ => {}
        }
        at += 1;
    }
    None
}
