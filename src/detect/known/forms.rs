//! The ways in which a value is written: as it is, or as encoders and quoting functions write it.
//!
//! Each form is a pure function of the value, so that a match can be checked by writing the form again: no encoded secret is
//! kept. Texts in which every character is escaped are not listed here; they are found in their decoded layer.

use std::cmp::Ordering;
use std::sync::LazyLock;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD, Encoding, HEXLOWER, HEXUPPER};
use zeroize::Zeroize as _;

use super::lane::is_drawn;

/// A way to write a value.
pub(super) type Form = u8;

pub(super) const BASE64: Form = 1;
pub(super) const BASE64_URL: Form = 4;
pub(super) const HEX: Form = 7;
const UTF16: Form = 9;
/// Forms from here on equal the value unless it holds something special.
const SPECIAL: Form = 11;
/// Forms in which no byte of a value stands as it is.
pub(super) const ENCODED: std::ops::Range<Form> = BASE64..SPECIAL;
const PERCENT: Form = SPECIAL;
const TEXTUAL: Form = PERCENT + 2 * KEPT.len() as Form;

/// What percent-encoders leave alone besides letters and digits: RFC 3986, `encodeURIComponent`, `encodeURI`, path segments,
/// user information, forms, and the least that a URL needs.
const KEPT: [&[u8]; 7] =
    [b"-_.~", b"-_.~!'()*", b"-_.~!'()*;/?:@&=+$,#", b"-_.~/", b"-_.~$&+,;=", b"-_.*", b"-_.~!'()*;=+$,&\"<>[]^`{|}\\"];

/// Which of them writes a blank as `+`.
const PLUS: usize = 5;

/// Name of the layer, and what is replaced by what.
type Textual = (&'static str, &'static [(u8, &'static [u8])]);

const TEXTUALS: [Textual; 23] = [
    ("json", JSON),
    ("json", &[(b'"', b"\\\""), (b'\\', b"\\\\"), (b'\n', b"\\n"), (b'\r', b"\\r"), (b'\t', b"\\t"), (b'/', b"\\/")]),
    (
        "json",
        &[
            (b'"', b"\\\""),
            (b'\\', b"\\\\"),
            (b'\n', b"\\n"),
            (b'\r', b"\\r"),
            (b'\t', b"\\t"),
            (b'<', b"\\u003c"),
            (b'>', b"\\u003e"),
            (b'&', b"\\u0026"),
        ],
    ),
    (
        "json",
        &[
            (b'"', b"\\\""),
            (b'\\', b"\\\\"),
            (b'\n', b"\\n"),
            (b'<', b"\\u003C"),
            (b'>', b"\\u003E"),
            (b'&', b"\\u0026"),
            (b'\'', b"\\u0027"),
        ],
    ),
    ("json in json", &[(b'"', b"\\\\\\\""), (b'\\', b"\\\\\\\\"), (b'\n', b"\\\\n"), (b'\t', b"\\\\t")]),
    ("c", &[(b'"', b"\\\""), (b'\'', b"\\'"), (b'\\', b"\\\\"), (b'\n', b"\\n"), (b'\t', b"\\t"), (b'\r', b"\\r")]),
    ("c", &[(b'\'', b"\\'"), (b'\\', b"\\\\"), (b'\n', b"\\n"), (b'\t', b"\\t"), (b'\r', b"\\r")]),
    ("c", &[(b'\'', b"\\'")]),
    // Strings of several lines.
    ("c", &[(b'\\', b"\\\\")]),
    ("c", &[(b'"', b"\\\""), (b'\\', b"\\\\")]),
    ("c", &[(b'\'', b"\\'"), (b'\\', b"\\\\")]),
    // C breaks up what would be a trigraph.
    ("c", &[(b'"', b"\\\""), (b'\\', b"\\\\"), (b'?', b"\\?"), (b'\n', b"\\n"), (b'\t', b"\\t"), (b'\r', b"\\r")]),
    (
        "c",
        &[
            (b'"', b"\\\""),
            (b'\'', b"\\'"),
            (b'\\', b"\\\\"),
            (b'?', b"\\?"),
            (b'\n', b"\\n"),
            (b'\t', b"\\t"),
            (b'\r', b"\\r"),
        ],
    ),
    ("html", &[(b'&', b"&amp;"), (b'<', b"&lt;"), (b'>', b"&gt;")]),
    ("html", &[(b'&', b"&amp;"), (b'<', b"&lt;"), (b'>', b"&gt;"), (b'"', b"&quot;")]),
    ("html", &[(b'&', b"&amp;"), (b'<', b"&lt;"), (b'>', b"&gt;"), (b'"', b"&quot;"), (b'\'', b"&#39;")]),
    ("html", &[(b'&', b"&amp;"), (b'<', b"&lt;"), (b'>', b"&gt;"), (b'"', b"&#34;"), (b'\'', b"&#39;")]),
    ("html", &[(b'&', b"&amp;"), (b'<', b"&lt;"), (b'>', b"&gt;"), (b'"', b"&quot;"), (b'\'', b"&#x27;")]),
    ("html", &[(b'&', b"&amp;"), (b'<', b"&lt;"), (b'>', b"&gt;"), (b'"', b"&quot;"), (b'\'', b"&apos;")]),
    ("shell", &[(b'\'', b"'\\''")]),
    ("shell", &[(b'\'', b"'\"'\"'")]),
    ("shell", &[(b'"', b"\\\""), (b'\\', b"\\\\"), (b'$', b"\\$"), (b'`', b"\\`")]),
    ("shell", &[(b'"', b"\\\""), (b'\\', b"\\\\"), (b'$', b"\\$"), (b'`', b"\\`"), (b'!', b"\\!")]),
];

const JSON: &[(u8, &[u8])] =
    &[(b'"', b"\\\""), (b'\\', b"\\\\"), (b'\n', b"\\n"), (b'\r', b"\\r"), (b'\t', b"\\t"), (0x0c, b"\\f")];

/// Forms that need code of their own.
const OWN: Form = TEXTUAL + TEXTUALS.len() as Form;
const BACKSLASHED: Form = OWN;
const ASCII_JSON: Form = OWN + 1;
/// The same with `\/`, as PHP writes it.
const SLASHED_JSON: Form = OWN + 3;
const DOUBLED_SINGLE: Form = OWN + 5;
const DOUBLED_DOUBLE: Form = OWN + 6;
/// What `printf %q` of bash writes, and what `Shellwords` of Ruby does.
const BASH: Form = OWN + 7;
const RUBY: Form = OWN + 8;
/// Readable text with the bytes of other characters as `\xc3`, `\xC3` or `\303`.
const C_BYTES: Form = OWN + 9;
const CARRIAGE: Form = OWN + 12;
/// Three lines of a text of several lines: indentation may separate them.
const LINES: Form = OWN + 13;
pub(super) const COUNT: Form = LINES + 3;
/// Stands, together with a form that is not encoded, for all that write a part of the value as that one does.
pub(super) const SHARED: Form = 128;

/// The name of the encoding; none for the value itself.
pub(super) fn layer(form: Form) -> Option<&'static str> {
    Some(match form {
        0 | CARRIAGE | LINES.. => return None,
        BASE64..HEX => "base64",
        HEX..UTF16 => "hex",
        UTF16 => "utf-16le",
        10 => "utf-16be",
        PERCENT..TEXTUAL => "percent",
        TEXTUAL..OWN => TEXTUALS[usize::from(form - TEXTUAL)].0,
        BACKSLASHED | DOUBLED_SINGLE..C_BYTES => "shell",
        C_BYTES..CARRIAGE => "c",
        _ => "json",
    })
}

/// The forms in which a value differs from all earlier ones, most of the time. Thousands of values have half a million forms,
/// nearly all of them equal: those of percent-encoders and quoting functions are compared by what they do to the value's
/// special bytes, before any is written.
pub(super) fn of(value: &[u8]) -> impl Iterator<Item = Form> {
    let mut is_there = [false; 256];
    value.iter().for_each(|&byte| is_there[usize::from(byte)] = true);
    let special: Vec<u8> = (0..=u8::MAX)
        .filter(|&byte| is_there[usize::from(byte)])
        .filter(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'_' | b'-' | b'.'))
        .collect();
    let mut forms: Vec<Form> = (0..SPECIAL).collect();
    if special.is_empty() {
        return forms.into_iter();
    }
    let has_letter = |byte: &u8| byte >> 4 > 9 || byte & 15 > 9;
    let mut seen: Vec<Vec<u8>> = Vec::with_capacity(KEPT.len());
    for (number, kept) in KEPT.iter().enumerate() {
        let mut escaped: Vec<u8> = special.iter().copied().filter(|byte| !kept.contains(byte)).collect();
        // What `kept` leaves out of these three is escaped as well.
        escaped.extend(b"_-.".iter().filter(|&&byte| is_there[usize::from(byte)] && !kept.contains(&byte)));
        let form = PERCENT + 2 * number as Form;
        if number == PLUS && is_there[usize::from(b' ')] {
            forms.extend([form, form + 1]);
        } else if !escaped.is_empty() && !seen.contains(&escaped) {
            forms.push(form);
            // Digits alone have no case.
            forms.extend(escaped.iter().any(has_letter).then_some(form + 1));
            seen.push(escaped);
        }
    }
    let mut seen: Vec<Vec<(u8, &[u8])>> = Vec::with_capacity(TEXTUALS.len());
    for (number, (_, table)) in TEXTUALS.iter().enumerate() {
        let mut replaced: Vec<_> = table.iter().filter(|(from, _)| is_there[usize::from(*from)]).copied().collect();
        replaced.sort_unstable();
        if !replaced.is_empty() && !seen.contains(&replaced) {
            forms.push(TEXTUAL + number as Form);
            seen.push(replaced);
        }
    }
    let is_ascii = value.is_ascii();
    let has_lines = is_there[usize::from(b'\n')];
    let own = (OWN..COUNT).filter(|&form| match form {
        // In ASCII nothing is left to escape that JSON does not escape anyway.
        SLASHED_JSON..DOUBLED_SINGLE => !is_ascii && is_there[usize::from(b'/')],
        ASCII_JSON..SLASHED_JSON | C_BYTES..CARRIAGE => !is_ascii,
        DOUBLED_SINGLE => is_there[usize::from(b'\'')],
        DOUBLED_DOUBLE => is_there[usize::from(b'"')],
        CARRIAGE.. => has_lines,
        _ => true,
    });
    forms.extend(own);
    forms.into_iter()
}

/// Where parts of `window` bytes begin that few forms but the encoded ones change: some of them, the best first. None where such
/// a form might be longer than `most`, leave a part of the value out, or not write each byte by itself.
pub(super) fn cores(value: &[u8], window: usize, most: usize) -> Vec<usize> {
    if longest(value) > most || value.contains(&b'\n') || value.len() > SUMS {
        return Vec::new();
    }
    // What the bytes of the part that begins at a place cost together.
    let mut sums = [FORBIDDEN; SUMS];
    let mut sum = 0;
    let (mut least, mut count) = (FORBIDDEN, 0);
    let mut digits = 0;
    for (at, &byte) in value.iter().enumerate() {
        sum += COSTS[usize::from(byte)];
        digits = digits << 1 | u32::from(byte.is_ascii_digit());
        let Some(start) = (at + 1).checked_sub(window) else { continue };
        // Where digits stand, a window is looked for at fewer places.
        sums[start] = sum + if is_drawn(digits) { 0 } else { UNDRAWN };
        match sums[start].cmp(&least) {
            Ordering::Less => (least, count) = (sums[start], 1),
            Ordering::Equal => count += 1,
            Ordering::Greater => {}
        }
        sum -= COSTS[usize::from(value[start])];
    }
    if least >= FORBIDDEN {
        return Vec::new();
    }
    // The last one first: names and addresses stand in front, and those are shared.
    let apart = usize::div_ceil(count, CORES);
    let mut starts: Vec<usize> = Vec::with_capacity(CORES);
    let mut number = 0;
    for start in (0..value.len()).rev() {
        if sums[start] == least {
            if number % apart == 0 {
                starts.push(start);
            }
            number += 1;
        }
    }
    starts
}

/// Longer values have no parts of this kind.
const SUMS: usize = 256;

/// What a byte costs in a part that forms are to leave alone. What percent-encoders replace counts little, for they replace
/// something nearly everywhere; blanks stand everywhere.
const COSTS: [u32; 256] = {
    let mut costs = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        costs[byte] = match byte as u8 {
            0..=b' ' => 256,
            b'"' | b'\'' | b'\\' | b'&' | b'<' | b'>' | b'$' | b'`' | b'!' | b'/' | b'?' => 16,
            0x80.. => FORBIDDEN,
            byte => !byte.is_ascii_alphanumeric() as u32,
        };
        byte += 1;
    }
    costs
};

/// What a part costs whose grams have no digit.
const UNDRAWN: u32 = 3;

/// So many parts of a value are tried.
const CORES: usize = 8;

/// What a byte costs that no part may hold.
const FORBIDDEN: u32 = 1 << 16;

/// Tells of one form, besides the value itself, for each way in which the forms but the encoded ones write a part of a value,
/// not counting case. There must be ASCII in it alone.
pub(super) fn each_way(value: &[u8], at: usize, len: usize, mut tell: impl FnMut(Form)) {
    const OTHERS: usize = (COUNT - SPECIAL) as usize;
    /// For each byte of ASCII the forms, in which those that write it alike have the same number; 0 for the byte itself.
    static WAYS: LazyLock<Vec<[u8; OTHERS]>> = LazyLock::new(|| {
        let mut written: Vec<Vec<u8>> = Vec::new();
        let ways = (0..128).map(|byte| {
            written.clear();
            written.push(vec![byte]);
            std::array::from_fn(|form| {
                let mut text = Vec::new();
                write_part(&[b'a', byte], 1, 1, SPECIAL + form as Form, &mut text);
                text.make_ascii_lowercase();
                let is_itself = text.is_empty() || text == [byte.to_ascii_lowercase()];
                let known = if is_itself { Some(0) } else { written.iter().position(|other| *other == text) };
                known.unwrap_or_else(|| {
                    written.push(text);
                    written.len() - 1
                }) as u8
            })
        });
        ways.collect()
    });
    let part = &value[at..at + len];
    // At the beginning of a word these are something else to a shell.
    let is_comment = at == 0 && matches!(part.first(), Some(b'#' | b'~'));
    let changed = |byte: &&u8| WAYS[usize::from(**byte)] != [0; OTHERS];
    if !is_comment && part.iter().find(changed).is_none() {
        return;
    }
    let mut seen = [0_u128; OTHERS + 1];
    let mut count = 1;
    for form in SPECIAL..COUNT {
        let index = usize::from(form - SPECIAL);
        let way = part.iter().fold(u128::from(is_comment && form == BASH), |way, &byte| {
            way << 8 | u128::from(WAYS[usize::from(byte)][index])
        });
        if !seen[..count].contains(&way) {
            seen[count] = way;
            count += 1;
            tell(form);
        }
    }
}

/// The bytes up to the blank that some form of a value may hold, as bits: its own, those of UTF-16, and the other end of a line.
pub(super) fn blanks(value: &[u8]) -> u64 {
    if !value.is_ascii() {
        return u64::MAX;
    }
    value.iter().filter(|&&byte| byte <= b' ').fold(1 | 1 << b'\r', |blanks, &byte| blanks | 1 << byte)
}

/// No form is longer.
pub(super) fn longest(value: &[u8]) -> usize {
    let special = value.iter().filter(|byte| !byte.is_ascii_alphanumeric()).count();
    (value.len() * 2).max(value.len() + special * 5)
}

/// So many bytes at the end of a form are not in those that are found where it is.
pub(super) fn aside(form: Form, value: &[u8]) -> usize {
    usize::from(form == UTF16 && value.is_ascii())
}

/// Says whether a form is found where another one is.
pub(super) fn follows(form: Form, value: &[u8]) -> bool {
    match form {
        8 => true,
        10 => value.is_ascii(),
        PERCENT..TEXTUAL => (form - PERCENT) % 2 == 1,
        _ => false,
    }
}

/// The forms that are found where one is: they differ in case, or stand so many bytes further to the left.
pub(super) fn family(form: Form, value: &[u8]) -> impl Iterator<Item = (Form, usize)> {
    let other = match form {
        BASE64..BASE64_URL => Some((form + (BASE64_URL - BASE64), 0)),
        HEX => Some((8, 0)),
        UTF16 if value.is_ascii() => Some((10, 1)),
        PERCENT..TEXTUAL => Some((form + 1, 0)),
        _ => None,
    };
    [(form, 0)].into_iter().chain(other)
}

/// Writes `value` in a form; leaves `out` empty where the form does not exist or equals the value.
pub(super) fn write(value: &[u8], form: Form, out: &mut Vec<u8>) {
    out.clear();
    match form {
        0 => out.extend_from_slice(value),
        BASE64..HEX => base64(value, form, out),
        HEX => encode(value, &HEXLOWER, out),
        8 => encode(value, &HEXUPPER, out),
        UTF16 | 10 => {
            let Ok(text) = std::str::from_utf8(value) else { return };
            let unit = |unit: u16| if form == UTF16 { unit.to_le_bytes() } else { unit.to_be_bytes() };
            text.encode_utf16().for_each(|code| out.extend_from_slice(&unit(code)));
        }
        PERCENT..TEXTUAL => percent(value, form - PERCENT, out),
        TEXTUAL..OWN => replace(value, TEXTUALS[usize::from(form - TEXTUAL)].1, out),
        BACKSLASHED => backslashed(value, |_, byte| byte.is_ascii_punctuation() && !b"_-./:=+@%,".contains(&byte), out),
        BASH => backslashed(
            value,
            |at, byte| b"!\"$&'()*,;<>?[\\]^`{|}".contains(&byte) || at == 0 && b"#~".contains(&byte),
            out,
        ),
        // Characters of several bytes get one backslash.
        RUBY => backslashed(
            value,
            |_, byte| byte.is_ascii_punctuation() && !b"_-.,:+/@".contains(&byte) || byte >= 0xc0,
            out,
        ),
        C_BYTES..CARRIAGE => c_bytes(value, form - C_BYTES, out),
        ASCII_JSON.. if form < DOUBLED_SINGLE => ascii_json(value, form - ASCII_JSON, out),
        DOUBLED_SINGLE => replace(value, &[(b'\'', b"''")], out),
        DOUBLED_DOUBLE => replace(value, &[(b'"', b"\"\"")], out),
        CARRIAGE => replace(value, &[(b'\n', b"\r\n")], out),
        _ => {
            // The first line of a key is the same for many keys.
            let is_long = |line: &&[u8]| line.len() >= 40 && !line.contains(&b' ');
            let mut lines = value.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(is_long).skip(1);
            out.extend_from_slice(lines.nth(usize::from(form - LINES)).unwrap_or_default());
        }
    }
    if form > UTF16 && out.as_slice() == value || (BASE64_URL..HEX).contains(&form) && !has_url_signs(out) {
        out.clear();
    }
}

fn has_url_signs(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b'-' | b'_'))
}

/// The characters that the value alone decides when `shift` bytes stand before it in its group of three.
fn base64(value: &[u8], form: Form, out: &mut Vec<u8>) {
    let shift = usize::from((form - BASE64) % 3);
    let encoding = if form < BASE64_URL { &BASE64_NOPAD } else { &BASE64URL_NOPAD };
    let (first, rest) = value.split_at(value.len().min((3 - shift) % 3));
    encode(rest, encoding, out);
    // The group that begins with something else.
    let mut group = [0; 3];
    group[shift..shift + first.len()].copy_from_slice(first);
    let mut head = [0; 4];
    encoding.encode_mut(&group, &mut head);
    group.zeroize();
    if shift > 0 {
        out.splice(..0, head[(shift * 8).div_ceil(6)..].iter().copied());
    }
    head.zeroize();
    let skipped = (shift * 8).div_ceil(6);
    out.truncate((shift + value.len()) * 8 / 6 - skipped);
}

fn encode(value: &[u8], encoding: &Encoding, out: &mut Vec<u8>) {
    out.resize(encoding.encode_len(value.len()), 0);
    encoding.encode_mut(value, out);
}

/// Says whether the characters beside a match in base64 agree with the rest of the value's bits.
pub(super) fn fits(value: &[u8], form: Form, before: Option<u8>, after: Option<u8>) -> bool {
    if !(BASE64..HEX).contains(&form) {
        return true;
    }
    let shift = usize::from((form - BASE64) % 3);
    let head = [0, 4, 2][shift];
    let tail = (shift + value.len()) * 8 % 6;
    let sextet = |byte: Option<u8>| {
        byte.and_then(|byte| match byte {
            b'A'..=b'Z' => Some(byte - b'A'),
            b'a'..=b'z' => Some(byte - b'a' + 26),
            b'0'..=b'9' => Some(byte - b'0' + 52),
            b'+' | b'-' => Some(62),
            b'/' | b'_' => Some(63),
            _ => None,
        })
    };
    let first = value.first().copied().unwrap_or_default();
    let last = value.last().copied().unwrap_or_default();
    let head_fits = head == 0 || sextet(before).is_some_and(|sextet| sextet & ((1 << head) - 1) == first >> (8 - head));
    let tail_fits = tail == 0 || sextet(after).is_some_and(|sextet| sextet >> (6 - tail) == last & ((1 << tail) - 1));
    head_fits && tail_fits
}

fn percent(value: &[u8], variant: u8, out: &mut Vec<u8>) {
    let kept = KEPT[usize::from(variant / 2)];
    let digits: &[u8; 16] = if variant.is_multiple_of(2) { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    for &byte in value {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(byte);
        } else if byte == b' ' && usize::from(variant / 2) == PLUS {
            out.push(b'+');
        } else {
            out.extend([b'%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        }
    }
}

/// Writes a part of `value` as it stands in a form that writes each byte by itself.
pub(super) fn write_part(value: &[u8], start: usize, len: usize, form: Form, out: &mut Vec<u8>) {
    let part = &value[start..start + len];
    write(part, form, out);
    if form == BASH && start > 0 && matches!(part, [b'#' | b'~', ..]) {
        // The backslash stands before the first byte of a word alone.
        out.remove(0);
    }
    if out.is_empty() {
        out.extend_from_slice(part);
    }
}

/// With a backslash before each blank and each byte that `is_special` at its place.
fn backslashed(value: &[u8], is_special: impl Fn(usize, u8) -> bool, out: &mut Vec<u8>) {
    for (at, &byte) in value.iter().enumerate() {
        if byte == b' ' || is_special(at, byte) {
            out.push(b'\\');
        }
        out.push(byte);
    }
}

/// A string of C or Go in ASCII: other bytes as numbers.
fn c_bytes(value: &[u8], variant: u8, out: &mut Vec<u8>) {
    for &byte in value {
        match (byte.is_ascii(), variant) {
            (true, _) => replace(&[byte], JSON, out),
            (false, 0) => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
            (false, 1) => out.extend_from_slice(format!("\\x{byte:02X}").as_bytes()),
            (false, _) => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
        }
    }
}

fn replace(value: &[u8], table: &[(u8, &[u8])], out: &mut Vec<u8>) {
    for &byte in value {
        match table.iter().find(|(from, _)| *from == byte) {
            Some((_, to)) => out.extend_from_slice(to),
            None => out.push(byte),
        }
    }
}

/// JSON in ASCII: other characters as `\u00e9`, in small or capital digits, without and with `\/`.
fn ascii_json(value: &[u8], variant: u8, out: &mut Vec<u8>) {
    let Ok(text) = std::str::from_utf8(value) else { return };
    let digits: &[u8; 16] = if variant.is_multiple_of(2) { b"0123456789abcdef" } else { b"0123456789ABCDEF" };
    for character in text.chars() {
        if character == '/' && variant >= SLASHED_JSON - ASCII_JSON {
            out.extend_from_slice(b"\\/");
            continue;
        }
        if character.is_ascii() {
            replace(&[character as u8], JSON, out);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            out.extend_from_slice(b"\\u");
            out.extend([12, 8, 4, 0].map(|shift| digits[usize::from(*unit >> shift & 15)]));
        }
    }
}
