//! Quoted-printable, the encoding of e-mail: `=3D`, and lines broken by `=` at their end.
//!
//! The equals sign is everywhere in source code; only what a mail program would write counts.

use super::hex::value;
use super::look::is_printable;
use super::rewrite::{Escape, Family};

pub(super) static FAMILY: Family = Family { kind: "quoted-printable", marks: b"=", step, threshold: 2 };

/// Mail programs break lines at 76 columns, or a little before where an escape would be cut.
const LINE: std::ops::RangeInclusive<usize> = 60..=80;

fn step(bytes: &[u8], at: usize) -> Option<Escape> {
    match bytes.get(at + 1)? {
        b'\n' | b'\r' => soft_break(bytes, at),
        _ => {
            let byte = value(bytes, at + 1, 2)? as u8;
            let is_followed = bytes.get(at + 3) == Some(&b'=') && value(bytes, at + 4, 2).is_some();
            let weight = match byte {
                b'=' => 2,
                _ => u32::from(is_followed),
            };
            (is_printable(byte) || byte >= 0x80).then(|| Escape::byte(3, byte, weight))
        }
    }
}

fn soft_break(bytes: &[u8], at: usize) -> Option<Escape> {
    let before = &bytes[at.saturating_sub(LINE.end() + 1)..at];
    let len = before.iter().rev().take_while(|&&byte| byte != b'\n' && byte != b'\r').count();
    if !LINE.contains(&len) || !before.last()?.is_ascii_graphic() {
        return None;
    }
    let len = if bytes.get(at + 1..at + 3) == Some(b"\r\n") { 3 } else { 2 };
    bytes.get(at + len).is_some_and(u8::is_ascii_graphic).then(|| Escape::nothing(len, 2))
}
