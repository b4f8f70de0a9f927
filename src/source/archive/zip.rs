//! Zip archives and everything built on them.
//!
//! The central directory at the end says what belongs to the archive; what lies between its members, such as members that
//! were deleted without rewriting the file, is looked at as well.

use bstr::BString;
use memchr::memmem;

use super::stream::{self, Compression};
use super::walk::Walk;
use crate::model::{NoticeKind, Span};

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const END_LEN: usize = 22;

/// Says whether an archive ends with `bytes`: what stands before it may be a program or a script.
pub(super) fn has_end(bytes: &[u8]) -> bool {
    bytes.len() > END_LEN
        && bytes[bytes.len() - END_LEN..].starts_with(END)
        && bytes[bytes.len() - END_LEN + 8..] != [0; 14]
}

/// Reads the archive.
pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    let directory = Directory::find(bytes);
    let mut extents = Vec::new();
    match &directory {
        Some(directory) => {
            for entry in directory.entries(bytes) {
                if walk.is_stopped() {
                    return;
                }
                match entry {
                    Ok(entry) => {
                        extents.push(entry.read(walk, bytes));
                        if !entry.comment.is_empty() {
                            walk.bytes(format!("{} (comment)", entry.name), entry.comment.of(bytes));
                        }
                    }
                    Err(detail) => {
                        walk.notice(NoticeKind::Damaged, detail);
                        break;
                    }
                }
            }
            extents.push(directory.span);
            if !directory.comment.is_empty() {
                walk.bytes("(comment)", directory.comment.of(bytes));
            }
        }
        None => walk.notice(NoticeKind::Damaged, "is damaged: it has no directory, members were read as they come"),
    }
    gaps(walk, bytes, extents);
}

/// Reads members that the directory does not list.
fn gaps(walk: &mut Walk<'_>, bytes: &[u8], mut extents: Vec<Span>) {
    extents.push(Span::new(bytes.len(), bytes.len()));
    extents.sort_unstable();
    let mut at = 0;
    for extent in extents {
        while let Some(found) = bytes.get(at..extent.start).and_then(|gap| memmem::find(gap, LOCAL)) {
            at += found;
            if walk.is_stopped() {
                return;
            }
            match Entry::local(bytes, at) {
                Some(entry) => at = entry.read(walk, bytes).end.max(at + LOCAL.len()),
                None => at += LOCAL.len(),
            }
        }
        at = at.max(extent.end);
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// The central directory.
struct Directory {
    span: Span,
    comment: Span,
    /// What was put before the archive after it was made: all offsets are too small by it.
    shift: u64,
}

impl Directory {
    fn find(bytes: &[u8]) -> Option<Self> {
        let low = bytes.len().saturating_sub(END_LEN + usize::from(u16::MAX));
        let mut high = bytes.len();
        // The comment may hold the signature, too; the last one whose directory is one counts.
        for _ in 0..64 {
            let end = low + memmem::rfind(&bytes[low..high], END)?;
            if let Some(directory) = Self::at(bytes, end) {
                return Some(directory);
            }
            high = end;
        }
        None
    }

    fn at(bytes: &[u8], end: usize) -> Option<Self> {
        let (mut len, mut offset) = (u32_at(bytes, end + 12)?, u32_at(bytes, end + 16)?);
        let comment = Span::new(end + END_LEN, (end + END_LEN + u16_at(bytes, end + 20)? as usize).min(bytes.len()));
        let mut border = end;
        if len == u64::from(u32::MAX)
            || offset == u64::from(u32::MAX)
            || u16_at(bytes, end + 10)? == u64::from(u16::MAX)
        {
            let near = end.saturating_sub(20 + 56 + 256);
            if let Some(found) = memmem::rfind(&bytes[near..end], END_64) {
                border = near + found;
                (len, offset) = (u64_at(bytes, border + 40)?, u64_at(bytes, border + 48)?);
            }
        }
        let start = (border as u64).checked_sub(len)?;
        let shift = start.checked_sub(offset)?;
        let is_one = len == 0 || bytes.get(start as usize..)?.starts_with(CENTRAL);
        is_one.then(|| Self { span: Span::new(start as usize, bytes.len()), comment, shift })
    }

    /// Its entries up to the first that is damaged.
    fn entries<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Result<Entry, &'static str>> + 'a {
        let mut at = self.span.start;
        std::iter::from_fn(move || {
            let rest = bytes.get(at..)?;
            if !rest.starts_with(CENTRAL) {
                let is_end = rest.starts_with(END) || rest.starts_with(END_64);
                at = bytes.len() + 1;
                return (!is_end && !rest.is_empty()).then_some(Err("is damaged: its directory breaks off"));
            }
            let entry = Entry::central(bytes, at, self.shift);
            at = entry.as_ref().map_or(bytes.len() + 1, |(_, next)| *next);
            Some(entry.map(|(entry, _)| entry).ok_or("is damaged: an entry of its directory breaks off"))
        })
    }
}

/// A member.
struct Entry {
    name: BString,
    /// What is remarked about it in the directory.
    comment: Span,
    /// Start of the local header.
    start: u64,
    flags: u64,
    method: u64,
    crc: u64,
    packed: u64,
    size: u64,
    /// The sizes are not in the local header, and no directory told them.
    is_open: bool,
}

impl Entry {
    fn central(bytes: &[u8], at: usize, shift: u64) -> Option<(Self, usize)> {
        let (name, extra, comment) = (u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?);
        let name = Span::new(at + 46, at + 46 + name as usize);
        let extra = Span::new(name.end, name.end + extra as usize);
        let comment = Span::new(extra.end, extra.end + comment as usize);
        let mut entry = Self {
            name: bytes.get(name.start..name.end)?.into(),
            comment: Span::new(comment.start.min(bytes.len()), comment.end.min(bytes.len())),
            start: u32_at(bytes, at + 42)?,
            flags: u16_at(bytes, at + 8)?,
            method: u16_at(bytes, at + 10)?,
            crc: u32_at(bytes, at + 16)?,
            packed: u32_at(bytes, at + 20)?,
            size: u32_at(bytes, at + 24)?,
            is_open: false,
        };
        entry.widen(extra.of(bytes));
        entry.start = entry.start.checked_add(shift)?;
        Some((entry, comment.end))
    }

    /// A member of which only the local header is known.
    fn local(bytes: &[u8], at: usize) -> Option<Self> {
        let name = Span::new(at + 30, at + 30 + u16_at(bytes, at + 26)? as usize);
        let extra = Span::new(name.end, name.end + u16_at(bytes, at + 28)? as usize);
        let mut entry = Self {
            name: bytes.get(name.start..name.end)?.into(),
            comment: Span::new(at, at),
            start: at as u64,
            flags: u16_at(bytes, at + 6)?,
            method: u16_at(bytes, at + 8)?,
            crc: u32_at(bytes, at + 14)?,
            packed: u32_at(bytes, at + 18)?,
            size: u32_at(bytes, at + 22)?,
            is_open: false,
        };
        entry.widen(extra.of(bytes));
        entry.is_open = entry.flags & 8 != 0;
        matches!(entry.method, 0 | 8 | 9 | 12 | 14 | 93 | 95 | 99).then_some(entry)
    }

    /// Takes 64-bit sizes from the extra field.
    fn widen(&mut self, mut extra: &[u8]) {
        while let (Some(id), Some(len)) = (u16_at(extra, 0), u16_at(extra, 2)) {
            let Some(field) = extra.get(4..4 + len as usize) else { return };
            if id == 1 {
                let mut at = 0;
                for value in [&mut self.size, &mut self.packed, &mut self.start] {
                    if *value == u64::from(u32::MAX)
                        && let Some(wide) = u64_at(field, at)
                    {
                        *value = wide;
                        at += 8;
                    }
                }
            }
            extra = &extra[4 + len as usize..];
        }
    }

    /// Reads the member; returns what it takes of the archive.
    fn read(&self, walk: &mut Walk<'_>, bytes: &[u8]) -> Span {
        let start = usize::try_from(self.start).unwrap_or(usize::MAX).min(bytes.len());
        let header = &bytes[start..];
        let lens = u16_at(header, 26).zip(u16_at(header, 28)).filter(|_| header.starts_with(LOCAL));
        let Some((name, extra)) = lens else {
            walk.refuse(self.name.clone(), NoticeKind::Damaged, "is damaged: its header is not where it should be");
            return Span::new(start, start);
        };
        let data = (start + 30 + (name + extra) as usize).min(bytes.len());
        let known = usize::try_from(self.packed).unwrap_or(usize::MAX);
        let end = if self.is_open { bytes.len() } else { data.saturating_add(known).min(bytes.len()) };
        let packed = &bytes[data..end];
        let is_short = !self.is_open && packed.len() < known;
        if self.flags & 1 != 0 || self.method == 99 {
            walk.refuse(self.name.clone(), NoticeKind::Damaged, "is encrypted");
        } else if self.name.ends_with(b"/") && packed.is_empty() {
            walk.empty(self.name.clone());
        } else if self.is_open && self.method == 8 {
            let mut source = stream::Inflating::new(packed, Compression::Deflate);
            walk.stream(self.name.clone(), &mut source, &|_| Ok(()));
            return Span::new(start, bytes.len() - source.rest().len());
        } else {
            let is_sound = |content: &[u8]| match (is_short, u64::from(crc32fast::hash(content)) == self.crc) {
                (true, _) => Err("ends too early".to_owned()),
                (_, false) if !self.is_open => Err("is damaged: it differs from its checksum".to_owned()),
                _ => Ok(()),
            };
            let mut source: Box<dyn std::io::Read> = match self.method {
                0 if self.is_open => Box::new(&packed[..memmem::find(packed, b"PK").unwrap_or(packed.len())]),
                0 => Box::new(packed),
                8 => Compression::Deflate.open(packed),
                12 => Compression::Bzip2.open(packed),
                14 => stream::zip_lzma(packed, self.size),
                93 => Compression::Zstd.open(packed),
                95 => Compression::Xz.open(packed),
                method => {
                    let detail = format!("is compressed by a method that is not read: {method}");
                    walk.refuse(self.name.clone(), NoticeKind::Unreadable, detail);
                    return Span::new(start, end);
                }
            };
            walk.stream(self.name.clone(), &mut source, &is_sound);
        }
        Span::new(start, if self.is_open { data } else { end })
    }
}
