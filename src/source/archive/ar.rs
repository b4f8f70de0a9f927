//! `ar` (Debian packages, static libraries) and `cpio` archives: a header of text, a name, the content, the next.

use bstr::{BString, ByteSlice};

use super::walk::Walk;
use crate::model::NoticeKind;

const DAMAGED: &str = "is damaged: a header is not one";

/// Headers of 60 bytes; long names of GNU stand in a table, those of BSD before the content.
pub(super) fn read_ar(walk: &mut Walk<'_>, bytes: &[u8]) {
    let mut at = 8;
    let mut names: &[u8] = &[];
    while at < bytes.len() && !walk.is_stopped() {
        let size = bytes
            .get(at..at + 60)
            .filter(|header| header.ends_with(b"`\n"))
            .and_then(|header| decimal(&header[48..58]));
        let Some(size) = size else {
            walk.notice(NoticeKind::Damaged, DAMAGED);
            return;
        };
        let header = &bytes[at..at + 16];
        let end = (at + 60).saturating_add(size);
        let mut content = &bytes[at + 60..end.min(bytes.len())];
        let name = header.trim_ascii_end();
        let mut name =
            BString::from(name.strip_suffix(b"/").filter(|name| !name.is_empty() && *name != b"/").unwrap_or(name));
        if name == "//" {
            names = content;
        } else if let Some(offset) = name.strip_prefix(b"/").and_then(decimal) {
            let long = names.get(offset..).unwrap_or_default();
            let long = &long[..long.find_byte(b'\n').unwrap_or(long.len())];
            name = long.strip_suffix(b"/").unwrap_or(long).into();
        } else if let Some(len) = name.strip_prefix(b"#1/").and_then(decimal) {
            let (long, rest) = content.split_at(len.min(content.len()));
            (name, content) = (long.trim_end_with(|character| character == '\0').into(), rest);
        }
        walk.bytes(name, content);
        if end > bytes.len() {
            walk.notice(NoticeKind::Damaged, "ends too early");
            return;
        }
        at = end + end % 2;
    }
}

fn decimal(field: &[u8]) -> Option<usize> {
    field.trim_ascii().to_str().ok()?.parse().ok()
}

/// The formats of text: `newc`, with and without checksum, and the old portable one.
pub(super) fn read_cpio(walk: &mut Walk<'_>, bytes: &[u8]) {
    let mut at = 0;
    while !walk.is_stopped() {
        let Some(header) = Header::parse(bytes.get(at..).unwrap_or_default()) else {
            walk.notice(NoticeKind::Damaged, DAMAGED);
            return;
        };
        let align = |offset: usize| if header.is_aligned { offset.next_multiple_of(4) } else { offset };
        let end = (at + header.len).saturating_add(header.name);
        let name = bytes.get(at + header.len..end).map(|name| name.strip_suffix(b"\0").unwrap_or(name));
        if name == Some(b"TRAILER!!!") {
            return;
        }
        let start = align(end.min(bytes.len()));
        let content = bytes.get(start..start.saturating_add(header.size));
        let (Some(name), Some(content)) = (name, content) else {
            walk.notice(NoticeKind::Damaged, "ends too early");
            return;
        };
        // Folders have no content, links have their target.
        if header.size > 0 {
            walk.bytes(name, content);
        } else {
            walk.empty(name);
        }
        at = align(start + header.size);
    }
}

struct Header {
    len: usize,
    name: usize,
    size: usize,
    is_aligned: bool,
}

impl Header {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize, len: usize, radix: u32| {
            usize::from_str_radix(bytes.get(at..at + len)?.to_str().ok()?, radix).ok()
        };
        match bytes.get(..6)? {
            b"070701" | b"070702" => {
                Some(Self { len: 110, name: number(94, 8, 16)?, size: number(54, 8, 16)?, is_aligned: true })
            }
            b"070707" => Some(Self { len: 76, name: number(59, 6, 8)?, size: number(65, 11, 8)?, is_aligned: false }),
            _ => None,
        }
    }
}
