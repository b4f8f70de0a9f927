//! Character references of HTML and XML: `&#103;`, `&#x67;`, and the names of punctuation marks.

use super::hex::value;
use super::rewrite::{Escape, Family};

pub(super) static FAMILY: Family = Family { kind: "entity", marks: b"&", step, threshold: 1 };

/// The names that HTML gives to ASCII characters, and the space.
const NAMES: [(&[u8], u8); 49] = [
    (b"amp", b'&'),
    (b"lt", b'<'),
    (b"gt", b'>'),
    (b"quot", b'"'),
    (b"apos", b'\''),
    (b"nbsp", b' '),
    (b"AMP", b'&'),
    (b"LT", b'<'),
    (b"GT", b'>'),
    (b"QUOT", b'"'),
    (b"Tab", b'\t'),
    (b"NewLine", b'\n'),
    (b"excl", b'!'),
    (b"num", b'#'),
    (b"dollar", b'$'),
    (b"percnt", b'%'),
    (b"lpar", b'('),
    (b"rpar", b')'),
    (b"ast", b'*'),
    (b"midast", b'*'),
    (b"plus", b'+'),
    (b"comma", b','),
    (b"period", b'.'),
    (b"sol", b'/'),
    (b"colon", b':'),
    (b"semi", b';'),
    (b"equals", b'='),
    (b"quest", b'?'),
    (b"commat", b'@'),
    (b"lsqb", b'['),
    (b"lbrack", b'['),
    (b"bsol", b'\\'),
    (b"rsqb", b']'),
    (b"rbrack", b']'),
    (b"Hat", b'^'),
    (b"lowbar", b'_'),
    (b"UnderBar", b'_'),
    (b"grave", b'`'),
    (b"DiacriticalGrave", b'`'),
    (b"lcub", b'{'),
    (b"lbrace", b'{'),
    (b"verbar", b'|'),
    (b"vert", b'|'),
    (b"VerticalLine", b'|'),
    (b"rcub", b'}'),
    (b"rbrace", b'}'),
    (b"hyphen", b'-'),
    (b"dash", b'-'),
    (b"tilde", b'~'),
];

fn step(bytes: &[u8], at: usize) -> Option<Escape> {
    let rest = &bytes[at + 1..];
    let len = rest.iter().take(18).position(|&byte| byte != b'#' && !byte.is_ascii_alphanumeric())?;
    if rest[len] != b';' {
        return None;
    }
    let code = match &rest[..len] {
        [b'#', b'x' | b'X', digits @ ..] if (1..=8).contains(&digits.len()) => value(digits, 0, digits.len())?,
        [b'#', digits @ ..] if (1..=8).contains(&digits.len()) => {
            digits.iter().try_fold(0, |code, byte| byte.is_ascii_digit().then(|| code * 10 + u32::from(byte - b'0')))?
        }
        name => NAMES.iter().find(|(known, _)| known == &name).map(|&(_, byte)| u32::from(byte))?,
    };
    let character = char::from_u32(code).filter(|&code| !code.is_control() || matches!(code, '\t' | '\n' | '\r'))?;
    let is_between = |from: usize| bytes.get(from).is_some_and(|&byte| byte.is_ascii_alphanumeric());
    let is_telling = match &rest[..len] {
        // Of the everyday ones, those in the middle of a value, and those that end an element.
        // A reference within a reference hides what that one hides.
        b"amp" => rest.get(len + 1) == Some(&b'#') || at > 0 && is_between(at - 1) && is_between(at + len + 2),
        b"lt" => rest.get(len + 1) == Some(&b'/'),
        b"gt" | b"nbsp" => false,
        _ => character.is_ascii(),
    };
    Some(Escape::character(len + 2, character, u32::from(is_telling)))
}
