//! Percent-encoding of URLs and forms: `%2F`, and the `%u002F` of old JavaScript.

use super::hex::value;
use super::look::is_printable;
use super::rewrite::{Escape, Family};

/// One character is enough, if it is one of those that tokens, passwords and addresses are made of.
pub(super) static FAMILY: Family = Family { kind: "percent", marks: b"%", step, threshold: 1 };

fn step(bytes: &[u8], at: usize) -> Option<Escape> {
    if let Some(b'u' | b'U') = bytes.get(at + 1) {
        let code = value(bytes, at + 2, 4).and_then(char::from_u32).filter(|code| !code.is_control())?;
        return Some(Escape::character(6, code, weight(code as u32)));
    }
    let byte = value(bytes, at + 1, 2)? as u8;
    (is_printable(byte) || byte >= 0x80).then(|| Escape::byte(3, byte, weight(u32::from(byte))))
}

fn weight(code: u32) -> u32 {
    let is_common = |byte: u8| byte.is_ascii_alphanumeric() || b"\n!#$%&*+,-./:;=?@_~".contains(&byte);
    u32::from(u8::try_from(code).is_ok_and(is_common))
}
