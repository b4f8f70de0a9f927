//! Hashes of passwords that are told by their column alone: `INSERT INTO users (name, password) VALUES ('…', '5f4d…')`.
//!
//! Hexadecimal digits say nothing by themselves, so that only a column named after passwords counts; a name that
//! speaks of files or versions is none. What is no literal of a row must never be counted as one.

use super::{Sight, find};
use crate::model::{Confidence, Span};
use crate::text::charset;

/// How many rows of a statement are looked at, and how many columns it may have.
const ROWS: usize = 12;
const COLUMNS: usize = 40;

pub(super) fn read(sight: &mut Sight<'_>) {
    let open = sight.run(sight.end, |byte| byte != b'(' && byte != b';' && byte != b'\'');
    if sight.byte(open) != b'(' || open > sight.end + 100 {
        return;
    }
    let close = sight.run(open, |byte| byte != b')');
    let names = &sight.text[open + 1..close.max(open + 1)];
    let Some(place) = names.split(|&byte| byte == b',').take(COLUMNS).position(is_password) else { return };
    let Some(rows) = find(&sight.text[close..], b"values").filter(|&at| at < 12).map(|at| close + at + 6) else {
        return;
    };
    let mut at = rows;
    for _ in 0..ROWS {
        at = sight.run(at, |byte| byte.is_ascii_whitespace() || byte == b',');
        if sight.byte(at) != b'(' {
            return;
        }
        let Some((value, end)) = field(sight, at + 1, place) else { return };
        let text = value.of(sight.text);
        let is_hash = matches!(text.len(), 32 | 40 | 64 | 96 | 128)
            && text.iter().all(u8::is_ascii_hexdigit)
            && !charset::is_sequence(text)
            && text.iter().any(|byte| *byte != text[0]);
        if is_hash {
            let why = "is the hash in the password column of a row";
            sight.report("password-hash", value, Confidence::Medium, &[why]);
        }
        at = end;
    }
}

/// `password`, `user_pass`, `passwd_hash`.
fn is_password(column: &[u8]) -> bool {
    let name = column.trim_ascii().to_ascii_lowercase();
    let name: Vec<u8> = name.into_iter().filter(u8::is_ascii_alphabetic).collect();
    // Of `password_md5` the digit is gone.
    let kinds = [&b"hash"[..], b"md", b"sha"];
    let name = kinds.iter().find_map(|kind| name.strip_suffix(*kind)).unwrap_or(&name);
    [&b"password"[..], b"passwd", b"pass", b"pwd"].iter().any(|end| name.ends_with(end))
}

/// The literal in field number `place` of the row whose first field begins at `at`, and where the row is over.
fn field(sight: &Sight<'_>, at: usize, place: usize) -> Option<(Span, usize)> {
    let (mut at, mut number, mut value) = (at, 0, Span::new(at, at));
    loop {
        at = sight.run(at, |byte| byte.is_ascii_whitespace());
        if at >= sight.text.len() {
            return None;
        }
        match sight.text[at] {
            b')' => return Some((value, at + 1)),
            b',' => {
                number += 1;
                at += 1;
            }
            b'\'' => {
                let end = sight.run(at + 1, |byte| !matches!(byte, b'\'' | b'\\' | b'\n'));
                if sight.byte(end) != b'\'' || sight.byte(end + 1) == b'\'' {
                    return None;
                }
                if number == place {
                    value = Span::new(at + 1, end);
                }
                at = end + 1;
            }
            b'(' | b';' => return None,
            _ => at = sight.run(at, |byte| !matches!(byte, b',' | b')' | b'(' | b'\'' | b';')),
        }
    }
}
