//! Passwords in the rows of a table: password managers' and browsers' exports, lists of users, cloud-init's `chpasswd`.
//!
//! A head names the columns, the rows below it hold the values. What stands in another column must never be told.

use super::Sight;
use crate::model::Span;

const RULE: &str = "table-password";

/// How many rows below a head are looked at.
const ROWS: usize = 12;

/// `url,username,password`: the head is a line of names, one of which is the password's.
pub(super) fn table(sight: &mut Sight<'_>) {
    let head = sight.line(sight.hit);
    if sight.is_cut(head) || head.len() > 300 {
        return;
    }
    let names = head.of(sight.text);
    let Some(&sign) = names.iter().find(|byte| matches!(byte, b',' | b';' | b'\t')) else { return };
    let is_name = |name: &[u8]| {
        name.len() <= 40 && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"\" _-./'()".contains(byte))
    };
    let columns: Vec<&[u8]> = names.split(|&byte| byte == sign).collect();
    let is_head = columns.len() >= 2 && columns.iter().all(|name| is_name(name)) && !names.ends_with(b".");
    let Some(place) = columns.iter().position(|name| is_password(name)).filter(|_| is_head) else { return };
    let mut at = next_line(sight, head.end);
    for _ in 0..ROWS {
        let row = sight.line(at);
        // The row may go on beyond the window.
        if row.is_empty() || row.end == sight.text.len() && sight.hit + super::REACH == sight.text.len() {
            return;
        }
        let (value, count) = cell(sight, row, sign, place);
        if count.abs_diff(columns.len()) > 1 {
            return;
        }
        if let Some(value) = value.filter(|value| !value.of(sight.text).contains(&b' ')) {
            sight.report_password(RULE, value, "stands in the password's column of a table");
        }
        at = next_line(sight, row.end);
        if at >= sight.text.len() {
            return;
        }
    }
}

/// `password`, `"Password"`, `login_password`.
fn is_password(name: &[u8]) -> bool {
    let name = name.trim_ascii();
    let name = name.strip_prefix(b"\"").and_then(|name| name.strip_suffix(b"\"")).unwrap_or(name);
    let names = [&b"password"[..], b"passwd", b"pass", b"pwd", b"login_password", b"user_password"];
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn next_line(sight: &Sight<'_>, end: usize) -> usize {
    if sight.byte(end) == b'\r' && sight.byte(end + 1) == b'\n' { end + 2 } else { end + 1 }
}

/// The cell number `place` of a row, and how many cells the row has.
fn cell(sight: &Sight<'_>, row: Span, sign: u8, place: usize) -> (Option<Span>, usize) {
    let (mut at, mut number, mut found) = (row.start, 0, None);
    loop {
        let (value, end) = if sight.byte(at) == b'"' {
            let close = sight.run(at + 1, |byte| byte != b'"' && byte != b'\n').min(row.end);
            (Span::new(at + 1, close.max(at + 1)), sight.run(close, |byte| byte != sign && byte != b'\n').min(row.end))
        } else {
            let end = sight.run(at, |byte| byte != sign && byte != b'\n').min(row.end);
            (Span::new(at, end.max(at)), end)
        };
        if number == place && !value.is_empty() {
            found = Some(value);
        }
        number += 1;
        if end >= row.end {
            return (found, number);
        }
        at = end + 1;
    }
}

/// `chpasswd:`, `list: |`, then a line `user:password` each.
pub(super) fn chpasswd(sight: &mut Sight<'_>) {
    let line = sight.line(sight.hit);
    if !sight.text[line.start..sight.hit].trim_ascii().is_empty() || line.end > sight.end + 2 {
        return;
    }
    let mut at = next_line(sight, line.end);
    let head = sight.line(at);
    if !head.of(sight.text).trim_ascii_start().starts_with(b"list:") {
        return;
    }
    let depth = |line: Span, sight: &Sight<'_>| line.len() - line.of(sight.text).trim_ascii_start().len();
    let indent = depth(head, sight);
    at = next_line(sight, head.end);
    for _ in 0..ROWS {
        let row = sight.line(at);
        let start = row.start + depth(row, sight);
        if at >= sight.text.len() || row.is_empty() || depth(row, sight) < indent || sight.is_cut(row) {
            return;
        }
        let start = if sight.byte(start) == b'-' { sight.skip_blanks(start + 1) } else { start };
        let user = sight.run(start, |byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
        if sight.byte(user) != b':' || user == start || matches!(sight.byte(user + 1), b' ' | b'\n' | b'\r') {
            return;
        }
        let end = sight.run(user + 1, |byte| byte > b' ' && !b"\"'".contains(&byte)).min(row.end);
        let value = Span::new(user + 1, end);
        if !matches!(value.of(sight.text), b"RANDOM" | b"R") {
            sight.report_password(RULE, value, "is given to a user when a machine first starts");
        }
        at = next_line(sight, row.end);
    }
}
