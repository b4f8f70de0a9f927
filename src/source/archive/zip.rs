//! Zip archives by their central directory (PKWARE's APPNOTE.TXT), Zip64 included; jar, docx, odt, whl and apk are zips.

use bstr::BString;

use super::{Trouble, Walk, inflate};

const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";
const LOCAL: &[u8] = b"PK\x03\x04";

/// Shows all members.
pub(super) fn members(bytes: &[u8], walk: &mut Walk<'_>) {
    let Some(mut at) = directory(bytes) else {
        return walk.tell(&Trouble::Damaged("its zip directory is missing"));
    };
    let mut seen = std::collections::HashSet::new();
    while let Some(entry) = bytes.get(at..).filter(|rest| rest.starts_with(ENTRY)).and_then(Entry::read) {
        if walk.stopped {
            return;
        }
        at += entry.len;
        // Entries that overlap are how small bombs become large: each local header counts once.
        if !seen.insert(entry.local) {
            walk.tell(&Trouble::Damaged("two of its zip entries overlap"));
            continue;
        }
        if entry.name.ends_with(b"/") {
            continue;
        }
        match content(bytes, &entry, walk.allowance()) {
            Ok(Content::Stored(stored)) => walk.member(entry.name, Ok(stored)),
            Ok(Content::Inflated(content)) => walk.member(entry.name, Ok(&content)),
            Err(trouble) => walk.member(entry.name, Err(trouble)),
        }
    }
}

enum Content<'a> {
    Stored(&'a [u8]),
    Inflated(Vec<u8>),
}

struct Entry {
    name: BString,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    local: u64,
    /// Bytes of the entry in the directory.
    len: usize,
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|pair| u16::from_le_bytes(*pair))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// Offset of the central directory. Data may stand before the archive, so it is counted back from its end record.
fn directory(bytes: &[u8]) -> Option<usize> {
    let low = bytes.len().saturating_sub(66_000);
    let end = low + memchr::memmem::rfind(&bytes[low..], END)?;
    let (size, start) = (word(bytes, end + 12)?, word(bytes, end + 16)?);
    if start == u32::MAX || size == u32::MAX {
        let locator = end.checked_sub(20).filter(|&at| bytes[at..].starts_with(b"PK\x06\x07"))?;
        let record = usize::try_from(long(bytes, locator + 8)?).ok()?;
        return usize::try_from(long(bytes, record.checked_add(48)?)?).ok().filter(|&at| at <= bytes.len());
    }
    end.checked_sub(size as usize)
}

impl Entry {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (name, extra, comment) =
            (short(bytes, 28)? as usize, short(bytes, 30)? as usize, short(bytes, 32)? as usize);
        let mut entry = Self {
            name: BString::from(bytes.get(46..46 + name)?),
            flags: short(bytes, 8)?,
            method: short(bytes, 10)?,
            crc: word(bytes, 16)?,
            packed: word(bytes, 20)?.into(),
            size: word(bytes, 24)?.into(),
            local: word(bytes, 42)?.into(),
            len: 46 + name + extra + comment,
        };
        entry.widen(bytes.get(46 + name..46 + name + extra)?);
        Some(entry)
    }

    /// Sizes that do not fit 32 bits stand in the extra field 1.
    fn widen(&mut self, mut extra: &[u8]) {
        while let (Some(kind), Some(len)) = (short(extra, 0), short(extra, 2)) {
            let Some(field) = extra.get(4..4 + len as usize) else { return };
            if kind == 1 {
                let mut at = 0;
                for value in [&mut self.size, &mut self.packed, &mut self.local] {
                    if *value == u64::from(u32::MAX) {
                        if let Some(wide) = long(field, at) {
                            *value = wide;
                        }
                        at += 8;
                    }
                }
            }
            extra = &extra[4 + len as usize..];
        }
    }
}

fn content<'a>(bytes: &'a [u8], entry: &Entry, allowance: usize) -> Result<Content<'a>, Trouble> {
    let damaged = || Trouble::Damaged("its zip entry is damaged");
    if entry.flags & 1 != 0 {
        return Err(Trouble::Damaged("it is encrypted"));
    }
    let local = usize::try_from(entry.local).map_err(|_| damaged())?;
    let header = bytes.get(local..).filter(|rest| rest.starts_with(LOCAL)).ok_or_else(damaged)?;
    let skip = 30 + short(header, 26).ok_or_else(damaged)? as usize + short(header, 28).ok_or_else(damaged)? as usize;
    let packed = usize::try_from(entry.packed).map_err(|_| damaged())?;
    let data = header.get(skip..).and_then(|rest| rest.get(..packed)).ok_or_else(damaged)?;
    let checked = |content: &[u8]| {
        if crc32fast::hash(content) == entry.crc { Ok(()) } else { Err(Trouble::Damaged("its checksum is wrong")) }
    };
    match entry.method {
        0 if data.len() > allowance => Err(Trouble::Limit("it is larger than is followed")),
        0 => checked(data).map(|()| Content::Stored(data)),
        8 => {
            let content = inflate::raw(data, entry.size as usize, allowance)?;
            checked(&content).map(|()| Content::Inflated(content))
        }
        _ => Err(Trouble::Damaged("its compression method is not supported")),
    }
}
