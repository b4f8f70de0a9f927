//! Tape archives: ustar, GNU long names and pax paths.

use bstr::{BString, ByteSlice};

use super::{Trouble, Walk};

const BLOCK: usize = 512;

/// Shows all files; links are shown with their target as content.
pub(super) fn members(bytes: &[u8], walk: &mut Walk<'_>) {
    let mut at = 0;
    let mut long_name: Option<BString> = None;
    while let Some(header) = bytes.get(at..at + BLOCK) {
        if walk.stopped || header.iter().all(|&byte| byte == 0) {
            return;
        }
        if !is_sound(header) {
            return walk.tell(&Trouble::Damaged("a header in its tar data is damaged"));
        }
        let Some(size) = number(&header[124..136]) else {
            return walk.tell(&Trouble::Damaged("a size in its tar data is damaged"));
        };
        let start = at + BLOCK;
        let content = start.checked_add(size).and_then(|end| bytes.get(start..end));
        let name = || long_name.clone().unwrap_or_else(|| name(header));
        match header[156] {
            b'L' => long_name = content.map(|text| BString::from(text.trim_end_with(|c| c == '\0'))),
            b'x' => long_name = content.and_then(pax_path).or(long_name),
            b'g' | b'K' | b'5' | b'3' | b'4' | b'6' => {
                if header[156] != b'g' && header[156] != b'K' {
                    long_name = None;
                }
            }
            b'1' | b'2' => {
                let target = until_nul(&header[157..257]);
                walk.member(name(), Ok(target));
                long_name = None;
            }
            _ => {
                match content {
                    Some(content) if content.len() <= walk.limits.member => walk.member(name(), Ok(content)),
                    Some(_) => walk.member(name(), Err(Trouble::Limit("it is larger than is followed"))),
                    None => walk.member(name(), Err(Trouble::Damaged("its tar data end too early"))),
                }
                long_name = None;
            }
        }
        let Some(next) = size.checked_next_multiple_of(BLOCK).and_then(|padded| start.checked_add(padded)) else {
            return;
        };
        at = next;
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    &field[..memchr::memchr(0, field).unwrap_or(field.len())]
}

fn name(header: &[u8]) -> BString {
    let name = until_nul(&header[..100]);
    let prefix = if header[257..].starts_with(b"ustar\0") { until_nul(&header[345..500]) } else { b"" };
    if prefix.is_empty() { name.into() } else { [prefix, b"/", name].concat().into() }
}

/// Octal digits, or a big-endian number behind a set high bit.
fn number(field: &[u8]) -> Option<usize> {
    if field[0] & 0x80 != 0 {
        let mut value = usize::from(field[0] & 0x7f);
        for &byte in &field[1..] {
            value = value.checked_mul(256)?.checked_add(byte.into())?;
        }
        return Some(value);
    }
    let digits = until_nul(field).trim();
    digits.iter().try_fold(0_usize, |value, &digit| {
        (b'0'..=b'7').contains(&digit).then(|| value * 8 + usize::from(digit - b'0'))
    })
}

/// The header's own checksum: the sum of its bytes with the checksum field read as blanks.
fn is_sound(header: &[u8]) -> bool {
    let sum: usize = header
        .iter()
        .enumerate()
        .map(|(at, &byte)| if (148..156).contains(&at) { usize::from(b' ') } else { byte.into() })
        .sum();
    number(&header[148..156]) == Some(sum)
}

/// The `path` record of a pax header: `LEN path=VALUE LF`.
fn pax_path(records: &[u8]) -> Option<BString> {
    records.lines().find_map(|line| line.split_once_str(" path=").map(|(_, path)| BString::from(path)))
}
