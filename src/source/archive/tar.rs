//! Tape archives, read as they come: old, POSIX and GNU, long names, and several archives one after another.

use std::io::Read;

use bstr::{BString, ByteSlice};

use super::walk::{End, Walk, broken};
use crate::model::NoticeKind;

const BLOCK: usize = 512;

/// The longest name or header record that is believed.
const RECORD: u64 = 1 << 20;

pub(super) fn read(walk: &mut Walk<'_>, source: &mut dyn Read) {
    let mut longer = Longer::default();
    while !walk.is_stopped() {
        let mut header = [0; BLOCK];
        match fill(source, &mut header) {
            Ok(0) => return,
            Ok(BLOCK) => {}
            Ok(_) => return walk.notice(NoticeKind::Damaged, "ends too early"),
            Err(error) => return walk.notice(NoticeKind::Damaged, broken(&error)),
        }
        if !walk.charge(BLOCK) {
            return;
        }
        // Zero blocks end an archive, but another one may follow.
        if header.iter().all(|&byte| byte == 0) {
            continue;
        }
        let Some(entry) = Entry::parse(&header) else {
            return walk.notice(NoticeKind::Damaged, "is damaged: a header is not one");
        };
        let size = longer.size.unwrap_or(entry.size);
        let mut data = source.take(size);
        match entry.kind {
            b'L' | b'K' | b'x' | b'g' => {
                let mut record = Vec::new();
                match walk.read(&mut (&mut data).take(RECORD), &mut record) {
                    End::Whole => longer.learn(entry.kind, &record),
                    End::Cut(detail) => walk.notice(NoticeKind::Limit, detail),
                    End::Broken(detail) => walk.notice(NoticeKind::Damaged, detail),
                }
                if matches!(entry.kind, b'x' | b'g') {
                    // Comments and vendors' keys may hold anything.
                    walk.bytes("(extended header)", &record);
                }
            }
            kind => {
                let known = std::mem::take(&mut longer);
                let name = known.name.unwrap_or(entry.name);
                let link = known.link.unwrap_or(entry.link);
                match kind {
                    b'0' | 0 | b'7' | b'S' if !name.ends_with(b"/") => {
                        let is_sound = |content: &[u8]| match content.len() as u64 == size {
                            true => Ok(()),
                            false => Err("ends too early".to_owned()),
                        };
                        walk.stream(name, &mut data, &is_sound);
                    }
                    b'1' | b'2' => walk.bytes(name, &link),
                    _ => walk.empty(name),
                }
            }
        }
        // What was not read, and what fills the last block.
        let unread = data.limit();
        let filling = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        match skip(walk, source, unread + filling) {
            Some(0) => {}
            // Some writers do not fill the last block at all.
            Some(lacking) if unread == 0 && lacking < filling => {
                return walk.notice(NoticeKind::Damaged, "ends too early");
            }
            _ => return,
        }
    }
}

/// What records before an entry say about it.
#[derive(Default)]
struct Longer {
    name: Option<BString>,
    link: Option<BString>,
    size: Option<u64>,
}

impl Longer {
    fn learn(&mut self, kind: u8, record: &[u8]) {
        let text = || BString::from(record.split(|&byte| byte == 0).next().unwrap_or_default());
        match kind {
            b'L' => self.name = Some(text()),
            b'K' => self.link = Some(text()),
            b'x' => self.learn_pax(record),
            _ => {}
        }
    }

    /// Lines of `length key=value`.
    fn learn_pax(&mut self, mut record: &[u8]) {
        while let Some(space) = record.find_byte(b' ') {
            let len = record[..space].to_str().ok().and_then(|digits| digits.parse::<usize>().ok());
            let Some(line) = len.and_then(|len| record.get(space + 1..len)) else { return };
            if let Some((key, value)) = line.strip_suffix(b"\n").unwrap_or(line).split_once_str("=") {
                match key {
                    b"path" | b"GNU.sparse.name" => self.name = Some(value.into()),
                    b"linkpath" => self.link = Some(value.into()),
                    b"size" => self.size = value.to_str().ok().and_then(|digits| digits.parse().ok()),
                    _ => {}
                }
            }
            record = &record[len.unwrap_or(record.len()).min(record.len())..];
        }
    }
}

struct Entry {
    name: BString,
    link: BString,
    size: u64,
    kind: u8,
}

impl Entry {
    fn parse(header: &[u8; BLOCK]) -> Option<Self> {
        let sum = |bytes: &[u8]| bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
        let expected = sum(header) - sum(&header[148..156]) + 8 * u64::from(b' ');
        if number(&header[148..156])? != expected {
            return None;
        }
        let text = |range: std::ops::Range<usize>| {
            let field = &header[range];
            BString::from(&field[..field.find_byte(0).unwrap_or(field.len())])
        };
        let mut name = text(0..100);
        if header[257..263] == *b"ustar\0" && header[345] != 0 {
            let mut full = text(345..500);
            full.push(b'/');
            full.extend_from_slice(&name);
            name = full;
        }
        Some(Self { name, link: text(157..257), size: number(&header[124..136])?, kind: header[156] })
    }
}

/// Octal digits among spaces and zeros, or, marked by the highest bit, a binary number.
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let (start, rest) = field.split_at(field.len() - 8);
        let is_small = start.iter().enumerate().all(|(index, &byte)| byte == if index == 0 { 0x80 } else { 0 });
        return is_small.then(|| rest.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)));
    }
    let digits = field.trim_with(|character| matches!(character, ' ' | '\0'));
    digits.iter().try_fold(0_u64, |value, &byte| {
        value.checked_mul(8)?.checked_add(u64::from(byte.checked_sub(b'0').filter(|&digit| digit < 8)?))
    })
}

/// Reads until `out` is full or the source ends.
fn fill(source: &mut dyn Read, out: &mut [u8]) -> std::io::Result<usize> {
    let mut len = 0;
    while len < out.len() {
        match source.read(&mut out[len..]) {
            Ok(0) => break,
            Ok(read) => len += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}

/// Passes over `len` bytes; says how many of them are not there, or that there is a reason to go no further.
fn skip(walk: &mut Walk<'_>, source: &mut dyn Read, len: u64) -> Option<u64> {
    let mut buffer = [0; 8 << 10];
    let mut rest = len;
    while rest > 0 {
        let part = buffer.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
        match fill(source, &mut buffer[..part]) {
            Ok(0) => break,
            Ok(read) if walk.charge(read) => rest -= read as u64,
            Ok(_) => return None,
            Err(error) => {
                walk.notice(NoticeKind::Damaged, broken(&error));
                return None;
            }
        }
    }
    Some(rest)
}
