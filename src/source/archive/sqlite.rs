//! SQLite databases, page by page: the values of every row, in one line, with their overflow pages.
//!
//! In the file itself the values of a row run into one another, and long ones are scattered. What was deleted is still there
//! and is found in the file's own bytes, which are scanned as well.

use super::walk::Walk;
use super::{Container, mail};
use crate::model::NoticeKind;

/// So much text is gathered before it is handed over.
const BATCH: usize = 4 << 20;

pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    let Some(database) = Database::open(bytes) else {
        walk.notice(NoticeKind::Damaged, "is damaged: its header makes no sense");
        return;
    };
    let mut text = Vec::new();
    for number in 1..=bytes.len() / database.page {
        for payload in database.cells(number) {
            database.row(walk, &payload, &mut text);
            if text.len() > BATCH {
                walk.made("rows", &text);
                text.clear();
            }
            if walk.is_stopped() {
                return;
            }
        }
    }
    if !text.is_empty() {
        walk.made("rows", &text);
    }
    if !bytes.len().is_multiple_of(database.page) {
        walk.notice(NoticeKind::Damaged, "ends too early");
    }
}

struct Database<'a> {
    bytes: &'a [u8],
    /// Bytes of a page, and how many of them are used.
    page: usize,
    usable: usize,
}

impl<'a> Database<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let page = match u16_at(bytes, 16)? {
            1 => 1 << 16,
            size => size,
        };
        let usable = page.checked_sub(usize::from(*bytes.get(20)?))?;
        (page.is_power_of_two() && page >= 512 && usable >= 480).then_some(Self { bytes, page, usable })
    }

    fn page(&self, number: usize) -> Option<&'a [u8]> {
        let start = number.checked_sub(1)?.checked_mul(self.page)?;
        self.bytes.get(start..start + self.page)
    }

    /// The payloads of the cells of a page that holds rows or keys.
    fn cells(&self, number: usize) -> impl Iterator<Item = Vec<u8>> + '_ {
        let page = self.page(number).unwrap_or_default();
        let header = if number == 1 { 100 } else { 0 };
        let kind = page.get(header).copied().unwrap_or(0);
        // Leaves of tables; leaves and inner pages of indexes, which are tables without row numbers, too.
        let (len, skipped) = match kind {
            0x0d | 0x0a => (8, 0),
            0x02 => (12, 4),
            _ => (0, 0),
        };
        let count = if len == 0 { 0 } else { u16_at(page, header + 3).unwrap_or(0) };
        (0..count).filter_map(move |index| {
            let cell = u16_at(page, header + len + 2 * index)? + skipped;
            let (size, mut at) = varint(page, cell)?;
            if kind == 0x0d {
                at = varint(page, at)?.1;
            }
            self.payload(page, at, usize::try_from(size).ok()?, kind == 0x0d)
        })
    }

    /// A payload of `size` bytes that begins at `at` of a page and goes on in a chain of others.
    fn payload(&self, page: &[u8], at: usize, size: usize, is_table: bool) -> Option<Vec<u8>> {
        let usable = self.usable;
        let most = if is_table { usable - 35 } else { (usable - 12) * 64 / 255 - 23 };
        if size <= most {
            return page.get(at..at + size).map(<[u8]>::to_vec);
        }
        let least = (usable - 12) * 32 / 255 - 23;
        let here = least + (size - least) % (usable - 4);
        let here = if here <= most { here } else { least };
        let mut payload = page.get(at..at + here)?.to_vec();
        let mut next = u32_at(page, at + here)?;
        // No chain can be longer than the file.
        while payload.len() < size && payload.len() < self.bytes.len() {
            let Some(page) = self.page(next) else { break };
            let part = (size - payload.len()).min(usable - 4);
            payload.extend_from_slice(&page[4..4 + part]);
            next = u32_at(page, 0)?;
        }
        Some(payload)
    }

    /// Writes the values of a record that are text or bytes; those that are containers become members.
    fn row(&self, walk: &mut Walk<'_>, payload: &[u8], text: &mut Vec<u8>) {
        let Some((header, mut at)) = varint(payload, 0) else { return };
        let Ok(mut value) = usize::try_from(header) else { return };
        let start = text.len();
        while at < header as usize {
            let Some((kind, next)) = varint(payload, at) else { break };
            at = next;
            let len = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind as usize,
                5 => 6,
                6 | 7 => 8,
                _ => usize::try_from(kind.saturating_sub(12) / 2).unwrap_or(usize::MAX),
            };
            let content = payload.get(value..value.saturating_add(len).min(payload.len())).unwrap_or_default();
            value = value.saturating_add(len);
            if kind < 12 || content.is_empty() {
                continue;
            }
            if text.len() > start {
                text.push(b'\t');
            }
            if kind % 2 == 0 && (Container::of(content).is_some() || mail::is_mail(content)) {
                walk.bytes("blob", content);
            } else {
                text.extend_from_slice(content);
            }
        }
        if text.len() > start {
            text.push(b'\n');
        }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize)
}

/// A number of one to nine bytes, and where it ends.
fn varint(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let mut value = 0;
    for (index, &byte) in bytes.get(at..)?.iter().take(9).enumerate() {
        if index == 8 {
            return Some((value << 8 | u64::from(byte), at + 9));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, at + index + 1));
        }
    }
    None
}
