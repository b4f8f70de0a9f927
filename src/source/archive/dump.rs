//! Bytes that are written as text, line by line: uuencode, yEnc, hex dumps of `xxd` and `hexdump`, firmware as Intel HEX or
//! S-records; and texts whose lines were folded: LDIF, calendars, cards.

use bstr::ByteSlice;
use memchr::memmem;

use super::walk::Walk;

/// How the lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    Uuencode,
    Yenc,
    /// Offset, bytes, the same as characters.
    Dump,
    IntelHex,
    SRecords,
    Folded,
}

impl Layout {
    /// Each has a first line that hardly anything else begins with.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let first = || bytes.lines().next().unwrap_or_default();
        match bytes {
            [b'b', b'e', b'g', b'i', b'n', b' ', b'0'..=b'7', b'0'..=b'7', b'0'..=b'7', b' ', ..] => {
                Some(Self::Uuencode)
            }
            [b'=', b'y', b'b', b'e', b'g', b'i', b'n', b' ', ..] => Some(Self::Yenc),
            [b'0', b'0', b'0', b'0', b'0', b'0', b'0', b'0', b':' | b' ', b' ', ..] => Some(Self::Dump),
            [b':', ..] => record(first(), 1).map(|_| Self::IntelHex),
            [b'S', b'0'..=b'3', ..] => record(first(), 2).map(|_| Self::SRecords),
            _ => {
                let is_folded = [&b"dn: "[..], b"dn:: ", b"version: 1\n", b"version: 1\r\n", b"BEGIN:VC"]
                    .iter()
                    .any(|start| bytes.starts_with(start))
                    && (memmem::find(bytes, b"\n ").is_some());
                is_folded.then_some(Self::Folded)
            }
        }
    }
}

pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8], layout: Layout) {
    if !walk.hold(bytes.len() as u64) {
        return;
    }
    let mut out = Vec::new();
    let mut lines = bytes.lines();
    match layout {
        Layout::Uuencode => lines.skip(1).take_while(|line| *line != b"end").for_each(|line| uu(line, &mut out)),
        Layout::Yenc => {
            lines.filter(|line| !line.starts_with(b"=y")).for_each(|line| yenc(line, &mut out));
        }
        Layout::Dump => lines.for_each(|line| dumped(line, &mut out)),
        // Length, address of two bytes, kind, data, checksum.
        Layout::IntelHex => lines.filter_map(|line| record(line, 1)).for_each(|record| {
            if let [len, _, _, 0, data @ ..] = &record[..] {
                out.extend_from_slice(&data[..data.len().min(usize::from(*len))]);
            }
        }),
        // Length, address of two to four bytes, data, checksum.
        Layout::SRecords => lines.by_ref().for_each(|line| {
            let address = line.get(1).map_or(0, |kind| usize::from(kind.wrapping_sub(b'0')));
            if let Some(data) = record(line, 2).filter(|_| (1..=3).contains(&address)) {
                out.extend_from_slice(data.get(2 + address..data.len() - 1).unwrap_or_default());
            }
        }),
        Layout::Folded => {
            for (index, line) in lines.enumerate() {
                match line.strip_prefix(b" ") {
                    Some(rest) => out.extend_from_slice(rest),
                    None => {
                        out.extend_from_slice(if index > 0 { b"\n" } else { b"" });
                        out.extend_from_slice(line);
                    }
                }
            }
        }
    }
    walk.release(bytes.len() as u64);
    if !out.is_empty() {
        walk.made(if layout == Layout::Folded { "(text)" } else { "bytes" }, &out);
    }
}

/// The bytes of a line of digits behind a mark, if their sum is what such lines come to.
fn record(line: &[u8], mark: usize) -> Option<Vec<u8>> {
    let digits = line.trim_ascii_end().get(mark..).filter(|digits| (8..=520).contains(&digits.len()))?;
    let bytes = data_encoding::HEXUPPER_PERMISSIVE.decode(digits).ok()?;
    let sum = bytes.iter().fold(0_u8, |sum, &byte| sum.wrapping_add(byte));
    (sum == if mark == 1 { 0 } else { 0xff }).then_some(bytes)
}

/// The number of bytes, then four characters for each three of them.
fn uu(line: &[u8], out: &mut Vec<u8>) {
    let value = |byte: u8| u32::from(byte.wrapping_sub(b' ') & 63);
    let Some((&len, digits)) = line.split_first() else { return };
    let end = out.len() + value(len) as usize;
    for group in digits.chunks(4) {
        let bits = (0..4).fold(0, |bits, index| bits << 6 | group.get(index).map_or(0, |&byte| value(byte)));
        out.extend_from_slice(&bits.to_be_bytes()[1..]);
    }
    out.truncate(end);
}

/// Every byte 42 more than it was, some of them escaped.
fn yenc(line: &[u8], out: &mut Vec<u8>) {
    let mut is_escaped = false;
    for &byte in line {
        if !is_escaped && byte == b'=' {
            is_escaped = true;
            continue;
        }
        out.push(byte.wrapping_sub(if std::mem::take(&mut is_escaped) { 42 + 64 } else { 42 }));
    }
}

/// Up to sixteen bytes in groups of one or two behind the offset.
fn dumped(line: &[u8], out: &mut Vec<u8>) {
    let words = line.split(|byte| *byte == b' ').skip(1).filter(|word| !word.is_empty());
    let mut left = 16;
    for word in words {
        let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(word).ok();
        let Some(bytes) = bytes.filter(|bytes| matches!(bytes.len(), 1 | 2) && bytes.len() <= left) else { return };
        left -= bytes.len();
        out.extend_from_slice(&bytes);
    }
}
