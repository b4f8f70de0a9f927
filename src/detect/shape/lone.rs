//! Files that hold passwords and nothing else: one word, a user and a password on two lines, a table of users.
//!
//! Such a file has no mark, so that its rules count by path. Every line must be of the grammar: a text of which one line is
//! something else must never be taken for a password file.

use std::borrow::Cow;

use super::{Hit, belief};
use crate::detect::generic::DRAWN;
use crate::model::{Confidence, Span};
use crate::text::{charset, entropy};

const VALUE: &str = "secret-file-value";
const ENTRY: &str = "password-file-entry";

/// More lines are a table of something else.
const LINES: usize = 60;
/// Longest line, and longest value that is drawn as a whole.
const LONGEST: usize = 1100;

pub(super) fn whole(text: &[u8], out: &mut Vec<Hit>) {
    let mut lines = [Span::default(); LINES];
    let mut count = 0;
    let mut at = 0;
    for line in text.split(|&byte| byte == b'\n') {
        let start = at + (line.len() - line.trim_ascii_start().len());
        let span = Span::new(start, start + line.trim_ascii().len());
        at += line.len() + 1;
        match span.of(text).first() {
            None | Some(b'#' | b';' | b'!') => continue,
            _ if count == LINES || !is_plain(span.of(text)) => return,
            _ => lines[count] = span,
        }
        count += 1;
    }
    let lines = &lines[..count];
    let is_word = |span: &Span| !span.of(text).iter().any(|byte| b" \t\":".contains(byte));
    match lines {
        [] => {}
        [line] if is_word(line) && !has_equals(line.of(text)) => value(text, *line, out),
        [user, password] if is_word(user) && is_word(password) && is_user(user.of(text)) => {
            let why = "is the second of two lines, under a user";
            report(text, ENTRY, *password, why, out);
        }
        _ => {
            let mut values = [Span::default(); LINES];
            for (value, line) in values.iter_mut().zip(lines) {
                match entry(text, *line) {
                    Some(found) => *value = found,
                    None => return,
                }
            }
            for value in &values[..count] {
                report(text, ENTRY, *value, "is the password of a line of a file of users", out);
            }
        }
    }
}

/// Printable, and without the signs of code.
fn is_plain(line: &[u8]) -> bool {
    line.len() <= LONGEST && line.iter().all(|&byte| PLAIN[usize::from(byte)]) && !line.starts_with(b"//")
}

/// The bytes of such a line.
static PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0x20;
    while byte < 0x7f {
        plain[byte] = !matches!(byte as u8, b'(' | b')' | b'{' | b'}' | b'<' | b'>' | b'[' | b']' | b'|' | b'`');
        byte += 1;
    }
    plain[b'\t' as usize] = true;
    plain
};

/// An equals sign that is no padding.
fn has_equals(line: &[u8]) -> bool {
    let end = line.iter().rposition(|&byte| byte != b'=').map_or(0, |at| at + 1);
    line[..end].contains(&b'=')
}

fn is_user(user: &[u8]) -> bool {
    (1..=100).contains(&user.len())
        && user.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._@%*+/\\:-~".contains(byte))
}

/// The whole content of a file.
fn value(text: &[u8], span: Span, out: &mut Vec<Hit>) {
    let value = span.of(text);
    let is_long = value.len() > 300
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte))
        && entropy::is_normal(value)
        && !charset::is_sequence(value);
    if is_long {
        let reasons = [Cow::Borrowed("is all that the file holds"), Cow::Borrowed(DRAWN)].to_vec();
        out.push(hit(text, VALUE, span, Confidence::High, reasons));
    } else if value.len() >= 8 && !value.contains(&b'/') || charset_is_base64(value) {
        report(text, VALUE, span, "is all that the file holds", out);
    }
}

/// A path has slashes, and so has base64, which is longer than most.
fn charset_is_base64(value: &[u8]) -> bool {
    value.len() >= 20
        && value.len().is_multiple_of(4)
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
}

/// The password of a line: `"user" "password"`, `user:password`, `host:user:password`, `client server password`,
/// `user = password`.
fn entry(text: &[u8], line: Span) -> Option<Span> {
    let bytes = line.of(text);
    // `user:Private area:digest`: what a realm is called may have blanks.
    if let Some(at) = memchr::memrchr(b':', bytes).filter(|&at| is_digest(&bytes[at + 1..])) {
        let user = bytes.iter().position(|&byte| byte == b':').unwrap_or(at);
        return is_user(&bytes[..user]).then(|| Span::new(line.start + at + 1, line.end));
    }
    let is_spaced = bytes.iter().any(|byte| matches!(byte, b' ' | b'\t'));
    if is_spaced && (bytes.starts_with(b"\"") || !has_equals(bytes) && !bytes.contains(&b',')) {
        return columns(text, line);
    }
    let border = bytes.iter().position(|byte| matches!(byte, b':' | b'='))?;
    let user = bytes[..border].trim_ascii();
    let mut start = border + 1;
    let mut end = bytes.len();
    if bytes[border] == b':' {
        // Fields between colons; what follows the password is numbers, or nothing.
        let fields: Vec<&[u8]> = bytes.split(|&byte| byte == b':').collect();
        let is_host = |field: &[u8]| field.contains(&b'.') || field == b"*";
        match fields[..] {
            [_, _] => {}
            [_, password, level] if level.len() <= 2 && level.iter().all(u8::is_ascii_digit) => {
                end = start + password.len();
            }
            [_, kind, password] if matches!(kind.trim_ascii(), b"MD5" | b"CRYPT" | b"OBF") => {
                start = end - password.len();
            }
            [host, user, password] if is_host(host) && is_user(user) => start = end - password.len(),
            _ => return None,
        }
    }
    let rest = &bytes[start..end];
    start += rest.len() - rest.trim_ascii_start().len();
    // `user: password, role`
    end = bytes[start..end].iter().position(|byte| matches!(byte, b',' | b' ')).map_or(end, |at| start + at);
    (is_user(user) && end > start).then(|| Span::new(line.start + start, line.start + end))
}

fn is_digest(value: &[u8]) -> bool {
    value.len() == 32 && value.iter().all(u8::is_ascii_hexdigit)
}

/// Words between blanks, some of them in quotes.
fn columns(text: &[u8], line: Span) -> Option<Span> {
    let mut words: Vec<Span> = Vec::with_capacity(5);
    let mut at = line.start;
    while at < line.end && words.len() < 6 {
        match text[at] {
            b' ' | b'\t' => at += 1,
            quote @ (b'"' | b'\'') => {
                let end = text[at + 1..line.end].iter().position(|&byte| byte == quote)? + at + 1;
                words.push(Span::new(at + 1, end));
                at = end + 1;
            }
            _ => {
                let end = text[at..line.end].iter().position(|byte| matches!(byte, b' ' | b'\t'));
                let end = end.map_or(line.end, |length| at + length);
                words.push(Span::new(at, end));
                at = end;
            }
        }
    }
    let first = *words.first()?;
    let place = match words.len() {
        2 => 1,
        3 if words[2].is_empty() => 1,
        3 | 4 => 2,
        _ => return None,
    };
    // `name: value` is no column.
    if words[..place].iter().any(|word| matches!(word.of(text), [.., b':' | b','])) {
        return None;
    }
    let value = words[place];
    let is_host = first.of(text).contains(&b'.') || first.of(text).starts_with(b"[");
    // `host user:password`
    let colon = memchr::memchr(b':', value.of(text)).filter(|_| words.len() == 2 && is_host);
    let value = colon.map_or(value, |at| Span::new(value.start + at + 1, value.end));
    (is_user(first.of(text)) && !value.of(text).contains(&b' ')).then_some(value)
}

fn report(text: &[u8], rule: &'static str, span: Span, announcement: &'static str, out: &mut Vec<Hit>) {
    let value = span.of(text);
    let is_scram = value.starts_with(b"SCRAM-SHA-256$") && value.len() > 100;
    let judged = if is_scram || is_digest(value) && entropy::is_normal(value) {
        Some((Confidence::Medium, "is the hash of a password"))
    } else {
        belief::of(value).filter(|(confidence, _)| *confidence >= Confidence::Medium)
    };
    if let Some((confidence, why)) = judged {
        out.push(hit(text, rule, span, confidence, vec![Cow::Borrowed(announcement), Cow::Borrowed(why)]));
    }
}

fn hit(text: &[u8], rule: &'static str, span: Span, confidence: Confidence, reasons: Vec<Cow<'static, str>>) -> Hit {
    Hit { rule, span, window: Span::new(0, text.len()), confidence, value: None, reasons, visible: 0 }
}
