//! Inflation within a limit: a bomb costs what the limit allows, and says so.

use zlib_rs::{Inflate, InflateFlush, Status};

use super::Trouble;

const STEP: usize = 64 << 10;

/// Inflates raw deflate data; the stream must end within `limit` bytes of output.
pub(super) fn raw(bytes: &[u8], expected: usize, limit: usize) -> Result<Vec<u8>, Trouble> {
    let (content, _, trouble) = stream(bytes, Inflate::new(false, 15), expected, limit);
    trouble.map_or(Ok(content), Err)
}

/// Inflates a gzip file of any number of parts. With the trouble comes what could be read before it.
pub(super) fn gzip(bytes: &[u8], limit: usize) -> Result<Vec<u8>, (Vec<u8>, Trouble)> {
    let mut all = Vec::new();
    let mut rest = bytes;
    loop {
        let Some(header) = header_len(rest) else {
            let trouble = Trouble::Damaged("its gzip header is damaged");
            return if all.is_empty() { Err((all, trouble)) } else { Ok(all) };
        };
        let (mut content, used, trouble) =
            stream(&rest[header..], Inflate::new(false, 15), rest.len() * 3, limit.saturating_sub(all.len()));
        let tail = &rest[header + used..];
        let sum = tail.first_chunk::<4>().map(|sum| u32::from_le_bytes(*sum));
        let is_wrong = trouble.is_none() && sum != Some(crc32fast::hash(&content));
        all.append(&mut content);
        if let Some(trouble) = trouble {
            return Err((all, trouble));
        }
        if is_wrong {
            return Err((all, Trouble::Damaged("its gzip checksum is wrong")));
        }
        rest = tail.get(8..).unwrap_or_default();
        if rest.is_empty() || !rest.starts_with(&[0x1f, 0x8b]) {
            return Ok(all);
        }
    }
}

/// Length of a gzip header (RFC 1952).
fn header_len(bytes: &[u8]) -> Option<usize> {
    let flags = *bytes.get(3).filter(|_| bytes.starts_with(&[0x1f, 0x8b, 8]))?;
    let mut at = 10;
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            at += memchr::memchr(0, bytes.get(at..)?)? + 1;
        }
    }
    at += usize::from(flags & 2);
    (at <= bytes.len()).then_some(at)
}

/// Output, bytes of input used, and what went wrong.
fn stream(bytes: &[u8], mut inflate: Inflate, expected: usize, limit: usize) -> (Vec<u8>, usize, Option<Trouble>) {
    let mut content = Vec::with_capacity(expected.min(limit).min(16 << 20));
    let mut piece = vec![0; STEP];
    loop {
        let (before_in, before_out) = (inflate.total_in() as usize, inflate.total_out() as usize);
        let input = &bytes[before_in.min(bytes.len())..];
        let status = inflate.decompress(input, &mut piece, InflateFlush::NoFlush);
        let made = inflate.total_out() as usize - before_out;
        content.extend_from_slice(&piece[..made.min(STEP)]);
        let used = inflate.total_in() as usize;
        if content.len() > limit {
            content.truncate(limit);
            return (content, used, Some(Trouble::Limit("it inflates to more than is followed")));
        }
        match status {
            Ok(Status::StreamEnd) => return (content, used, None),
            Ok(_) if made == 0 && used == before_in => {
                return (content, used, Some(Trouble::Damaged("its compressed data end too early")));
            }
            Ok(_) => {}
            Err(_) => return (content, used, Some(Trouble::Damaged("its compressed data are damaged"))),
        }
    }
}
