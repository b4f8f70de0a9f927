//! Compressed data behind a head of its own: RPM packages, lzip members, Flash films.

use std::io::{self, Read};

use lzma_rust2::LzmaReader;

use super::stream::{Compression, Failed, WINDOW};
use super::walk::Walk;
use crate::model::NoticeKind;

/// What an RPM package has before its two headers.
const LEAD: usize = 96;

/// A lead, a header for the signature, one for the package, then the files as a compressed cpio archive.
pub(super) fn read_rpm(walk: &mut Walk<'_>, bytes: &[u8]) {
    let payload = rpm_header(bytes, LEAD)
        .and_then(|end| rpm_header(bytes, end.next_multiple_of(8)))
        .and_then(|end| bytes.get(end..))
        .filter(|payload| !payload.is_empty());
    match payload {
        Some(payload) => walk.bytes("payload", payload),
        None => walk.notice(NoticeKind::Damaged, "is damaged: a header is not one"),
    }
}

/// Where the header that begins at `at` ends: sixteen bytes, as many for each entry, and the entries' data.
fn rpm_header(bytes: &[u8], at: usize) -> Option<usize> {
    let header: &[u8; 16] = bytes.get(at..)?.first_chunk()?;
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]) as usize;
    header.starts_with(b"\x8e\xad\xe8").then(|| at + 16 + number(8).saturating_mul(16).saturating_add(number(12)))
}

/// Eight bytes, then zlib; or twelve, the properties of LZMA, and its data.
pub(super) fn read_flash(walk: &mut Walk<'_>, bytes: &[u8]) {
    let mut source: Box<dyn Read + '_> = match bytes {
        [b'C', _, _, _, _, _, _, _, data @ ..] => Compression::Zlib.open(data),
        [b'Z', _, _, _, a, b, c, d, _, _, _, _, properties, e, f, g, h, data @ ..] => {
            let size = u64::from(u32::from_le_bytes([*a, *b, *c, *d])).saturating_sub(8);
            lzma(data, size, *properties, u32::from_le_bytes([*e, *f, *g, *h]))
        }
        _ => Box::new(Failed(Some(io::ErrorKind::UnexpectedEof.into()))),
    };
    if walk.hold(WINDOW) {
        walk.stream("film", &mut source, &|_| Ok(()));
        walk.release(WINDOW);
    }
}

fn lzma(data: &[u8], size: u64, properties: u8, dictionary: u32) -> Box<dyn Read + '_> {
    let wrong = || Box::new(Failed(Some(io::ErrorKind::InvalidData.into())));
    if u64::from(dictionary) > WINDOW {
        return wrong();
    }
    match LzmaReader::new_with_props(data, size, properties, dictionary, None) {
        Ok(reader) => Box::new(reader),
        Err(error) => Box::new(Failed(Some(error))),
    }
}

/// The members of an lzip file: each says at its end how long it is, so they are told from the last to the first.
pub(super) struct Lzip<'a> {
    /// What is to be read, the next at the end; none if the file is damaged.
    members: Option<Vec<&'a [u8]>>,
    now: Option<Box<dyn Read + 'a>>,
}

impl<'a> Lzip<'a> {
    /// A head of six bytes and a tail of twenty.
    const LEAST: usize = 26;

    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut members = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let member = rest
                .last_chunk::<8>()
                .and_then(|size| usize::try_from(u64::from_le_bytes(*size)).ok())
                .and_then(|size| rest.len().checked_sub(size).filter(|_| size >= Self::LEAST))
                .filter(|&start| rest[start..].starts_with(b"LZIP\x01"));
            let Some(start) = member else { return Self { members: None, now: None } };
            members.push(&rest[start..]);
            rest = &rest[..start];
        }
        Self { members: Some(members), now: None }
    }

    /// The size of the dictionary is a power of two, less up to seven sixteenths of it.
    fn open(member: &'a [u8]) -> Box<dyn Read + 'a> {
        let (code, tail) = (member[5], &member[member.len() - 20..]);
        let whole = 1_u32 << (code & 0x1f);
        let size = tail[4..].first_chunk().map_or(0, |size| u64::from_le_bytes(*size));
        lzma(&member[6..], size, 0x5d, whole - whole / 16 * u32::from(code >> 5))
    }
}

impl Read for Lzip<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(now) = &mut self.now {
                let len = now.read(out)?;
                if len > 0 || out.is_empty() {
                    return Ok(len);
                }
            }
            match &mut self.members {
                Some(members) => match members.pop() {
                    Some(member) => self.now = Some(Self::open(member)),
                    None => return Ok(0),
                },
                None => {
                    self.members = Some(Vec::new());
                    return Err(io::Error::new(io::ErrorKind::InvalidData, "the lengths of its members are wrong"));
                }
            }
        }
    }
}
