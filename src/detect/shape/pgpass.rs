//! `.pgpass`: lines of `host:port:database:user:password`; a colon or backslash in a field is escaped by a backslash.

use super::Sight;
use crate::model::Span;

pub(super) fn read(sight: &mut Sight<'_>) {
    let line = sight.line(sight.hit);
    if sight.is_cut(line) || line.len() > 300 || sight.byte(line.start) == b'#' {
        return;
    }
    let mut borders = Vec::with_capacity(5);
    let mut at = line.start;
    while at < line.end {
        match sight.text[at] {
            b'\\' => at += 1,
            b':' => borders.push(at),
            b' ' | b'\t' | b'"' | b'\'' | b'=' | b'/' if borders.len() < 4 => return,
            _ => {}
        }
        at += 1;
    }
    let [first, second, third, fourth] = borders[..] else { return };
    let port = Span::new(first + 1, second).of(sight.text);
    let is_port = port == b"*" || (!port.is_empty() && port.iter().all(u8::is_ascii_digit));
    let is_named = first > line.start && third > second + 1 && fourth > third + 1;
    let value = Span::new(fourth + 1, line.start + sight.text[line.start..line.end].trim_ascii_end().len());
    if is_port && is_named && sight.hit >= line.start {
        sight.report_password("pgpass-password", value, "is the fifth field of a line of a PostgreSQL password file");
    }
}
