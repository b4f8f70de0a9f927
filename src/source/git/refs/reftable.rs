//! Refs and reflogs as reftables: a stack of sorted tables, of which newer ones override older ones.

use std::collections::BTreeMap;
use std::path::Path;

use bstr::{BString, ByteSlice, ByteVec};
use zlib_rs::{Inflate, InflateFlush, Status};

use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::SourceError;
use crate::source::file;
use crate::source::git::index::offset_varint;

use super::files::Reflog;
use super::{Place, Value, is_safe_name};

/// What the ref `name` holds.
pub(super) fn value(place: &Place<'_>, name: &[u8]) -> Result<Option<Value>, SourceError> {
    let directory = place.directory(name).join("reftable");
    Ok(stack(&directory, place.id_len)?.0.remove(name.as_bstr()))
}

/// All refs that belong to the place.
pub(super) fn all(
    place: &Place<'_>,
    _is_main: bool,
    notices: &mut Vec<Notice>,
) -> Result<BTreeMap<BString, Value>, SourceError> {
    let (found, _) = stack(&place.git_dir.join("reftable"), place.id_len)?;
    // Every work tree has one: with it, others are lost.
    if !found.contains_key(b"HEAD".as_bstr()) {
        notices.push(Notice::new(NoticeKind::Damaged, "HEAD", "no table of refs holds it"));
    }
    Ok(found)
}

/// All reflogs that belong to the place.
pub(super) fn logs(place: &Place<'_>, _is_main: bool, _notices: &mut Vec<Notice>) -> Result<Vec<Reflog>, SourceError> {
    let mut logs: Vec<Reflog> = Vec::new();
    for ((name, _), entry) in stack(&place.git_dir.join("reftable"), place.id_len)?.1 {
        if logs.last().is_none_or(|log| log.name != name) {
            logs.push(Reflog { name, ids: Vec::new(), text: BString::default() });
        }
        if let Some(log) = logs.last_mut() {
            log.push_id(entry.old);
            log.push_id(entry.new);
            log.text.push_str(&entry.text);
        }
    }
    Ok(logs)
}

/// One change of a ref.
#[derive(Debug, Clone)]
struct LogEntry {
    old: ObjectId,
    new: ObjectId,
    text: BString,
}

/// Refs by name, and changes by name and age.
type Stack = (BTreeMap<BString, Value>, BTreeMap<(BString, u64), LogEntry>);

fn stack(directory: &Path, id_len: usize) -> Result<Stack, SourceError> {
    let list = directory.join("tables.list");
    let mut stack = Stack::default();
    let names = file::read(&list).map_err(|error| SourceError::io(&list, error))?;
    for name in names.lines().filter(|name| !name.is_empty()) {
        let name = name.to_str().ok().filter(|name| !name.contains('/'));
        let file = directory.join(name.ok_or_else(|| SourceError::damaged(&list, "a line is no table's name"))?);
        let data = file::read(&file).map_err(|error| SourceError::io(&file, error))?;
        let table = Table::new(&data, id_len).ok_or_else(|| SourceError::damaged(&file, "it is not a reftable"))?;
        table.refs(&mut stack).ok_or_else(|| SourceError::damaged(&file, "its refs are cut off"))?;
        table.logs(&mut stack).ok_or_else(|| SourceError::damaged(&file, "its logs are cut off"))?;
    }
    Ok(stack)
}

struct Table<'a> {
    body: &'a [u8],
    header_len: usize,
    block_size: usize,
    log_position: usize,
    id_len: usize,
}

impl<'a> Table<'a> {
    fn new(data: &'a [u8], id_len: usize) -> Option<Self> {
        let header_len = match data.get(..5)? {
            b"REFT\x01" => 24,
            b"REFT\x02" => 28,
            _ => return None,
        };
        let body_len = data.len().checked_sub(header_len + 44)?;
        let (body, footer) = data.split_at(body_len);
        let (fields, checksum) = footer.split_at(footer.len() - 4);
        if fields[..header_len] != data[..header_len] || crc32fast::hash(fields).to_be_bytes() != checksum {
            return None;
        }
        let at = header_len + 24;
        let log_position = usize::try_from(u64::from_be_bytes(fields.get(at..at + 8)?.try_into().ok()?)).ok()?;
        Some(Self { body, header_len, block_size: be24(data, 5)?, log_position, id_len })
    }

    fn refs(&self, stack: &mut Stack) -> Option<()> {
        let mut position = 0;
        while let Some((records, len)) = self.plain_block(position)? {
            let mut reader = Reader { data: records, at: 0 };
            let mut key = Vec::new();
            while reader.at < records.len() {
                let kind = reader.key(&mut key)?;
                reader.varint()?;
                let value = match kind {
                    0 => None,
                    1 => Some(Value::Direct(reader.id(self.id_len)?)),
                    2 => {
                        let id = reader.id(self.id_len)?;
                        reader.id(self.id_len)?;
                        Some(Value::Direct(id))
                    }
                    3 => Some(Value::Symbolic(reader.text()?.into())),
                    _ => return None,
                };
                match value.filter(|_| is_safe_name(&key)) {
                    Some(value) => stack.0.insert(key.clone().into(), value),
                    None => stack.0.remove(key.as_bstr()),
                };
            }
            position += len;
        }
        Some(())
    }

    /// The records of the ref block at `position` and the distance to the next block; `Some(None)` behind the last one.
    fn plain_block(&self, position: usize) -> Option<Option<(&'a [u8], usize)>> {
        let start = if position == 0 { self.header_len } else { position };
        if start >= self.body.len() || self.body[start] != b'r' {
            return Some(None);
        }
        let len = be24(self.body, start + 1)?;
        let block = self.body.get(position..position + len)?;
        let records = without_restarts(block.get(start - position + 4..)?)?;
        let is_padded = self.block_size > len && self.body.get(position + len).is_none_or(|&byte| byte == 0);
        Some(Some((records, if is_padded { self.block_size } else { len })))
    }

    fn logs(&self, stack: &mut Stack) -> Option<()> {
        let mut position = self.log_position;
        let is_only_logs = position == 0 && self.body.get(self.header_len) == Some(&b'g');
        if position == 0 && !is_only_logs {
            return Some(());
        }
        loop {
            let start = if position == 0 { self.header_len } else { position };
            if self.body.get(start) != Some(&b'g') {
                return Some(());
            }
            let inflated = be24(self.body, start + 1)?.checked_sub(start - position + 4)?;
            let mut block = vec![0; inflated];
            let mut inflate = Inflate::new(true, 15);
            let status = inflate.decompress(self.body.get(start + 4..)?, &mut block, InflateFlush::Finish).ok()?;
            if status != Status::StreamEnd || inflate.total_out() != inflated as u64 {
                return None;
            }
            self.log_records(without_restarts(&block)?, stack)?;
            position = start + 4 + usize::try_from(inflate.total_in()).ok()?;
        }
    }

    fn log_records(&self, records: &[u8], stack: &mut Stack) -> Option<()> {
        let mut reader = Reader { data: records, at: 0 };
        let mut key = Vec::new();
        while reader.at < records.len() {
            let kind = reader.key(&mut key)?;
            let (name, age) = key.split_at_checked(key.len().checked_sub(9)?)?;
            let index = !u64::from_be_bytes(age.get(1..)?.try_into().ok()?);
            let key = (BString::from(name), index);
            if kind == 0 {
                stack.1.remove(&key);
                continue;
            }
            let (old, new) = (reader.id(self.id_len)?, reader.id(self.id_len)?);
            let (who, email) = (reader.text()?, reader.text()?);
            let seconds = reader.varint()?;
            reader.take(2)?;
            let message = reader.text()?;
            let mut text = BString::from(format!("{} <{}> {seconds}\t", who.as_bstr(), email.as_bstr()));
            text.push_str(message.trim_end_with(|c| c == '\n'));
            text.push(b'\n');
            stack.1.insert(key, LogEntry { old, new, text });
        }
        Some(())
    }
}

struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let bytes = self.data.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        Some(bytes)
    }

    fn varint(&mut self) -> Option<usize> {
        let (value, used) = offset_varint(self.data.get(self.at..)?)?;
        self.at += used;
        usize::try_from(value).ok()
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let len = self.varint()?;
        self.take(len)
    }

    fn id(&mut self, len: usize) -> Option<ObjectId> {
        ObjectId::from_bytes(self.take(len)?)
    }

    /// Reads a record's key, which shares a prefix with the key before, and returns the record's type.
    fn key(&mut self, key: &mut Vec<u8>) -> Option<usize> {
        let prefix = self.varint()?;
        let suffix_and_kind = self.varint()?;
        if prefix > key.len() {
            return None;
        }
        key.truncate(prefix);
        key.extend_from_slice(self.take(suffix_and_kind >> 3)?);
        Some(suffix_and_kind & 7)
    }
}

/// Cuts the table of restart points off the end of a block.
fn without_restarts(block: &[u8]) -> Option<&[u8]> {
    let (rest, count) = block.split_at_checked(block.len().checked_sub(2)?)?;
    let count = usize::from(u16::from_be_bytes(count.try_into().ok()?));
    rest.get(..rest.len().checked_sub(3 * count)?)
}

fn be24(data: &[u8], at: usize) -> Option<usize> {
    let bytes = data.get(at..at + 3)?;
    Some(usize::from(bytes[0]) << 16 | usize::from(bytes[1]) << 8 | usize::from(bytes[2]))
}
