//! Reads the index of any version (2 to 4), split or sparse, without libgit2 and without running git.
//!
//! The cache-tree in it tells which directories are exactly a known tree, which is what makes the staged walk fast.

mod cache_tree;
mod split;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::Path;

use bstr::{BStr, ByteSlice};

use crate::model::ObjectId;
use crate::source::SourceError;

use super::object::Mode;
use crate::source::pack::HashKind;

pub use cache_tree::CacheTree;

/// The entries of an index, sorted by path and stage.
#[derive(Debug, Default)]
pub struct Index {
    names: Vec<u8>,
    entries: Vec<RawEntry>,
    /// Which directories are known to be a certain tree.
    pub cache_tree: Option<CacheTree>,
}

#[derive(Debug, Clone, Copy)]
struct RawEntry {
    name: (u32, u32),
    id: ObjectId,
    mode: Mode,
    stage: u8,
    intent_to_add: bool,
    skip_worktree: bool,
}

/// One path in the index.
#[derive(Debug, Clone, Copy)]
pub struct IndexEntry<'a> {
    /// Path from the root of the work tree; ends with a slash for a directory of a sparse index.
    pub path: &'a BStr,
    /// Its blob, its tree in a sparse index, or the submodule's commit.
    pub id: ObjectId,
    /// File type and permissions.
    pub mode: Mode,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub stage: u8,
    /// Set by `git add -N`: nothing is staged yet.
    pub intent_to_add: bool,
    /// Not checked out: outside of a sparse checkout.
    pub skip_worktree: bool,
}

impl Index {
    /// Reads the index at `file`; a file that is not there is an empty index.
    pub fn read(file: &Path, hash: HashKind) -> Result<Self, SourceError> {
        let data = match crate::source::file::read(file) {
            Ok(data) => data,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(SourceError::io(file, error)),
        };
        let (index, link) = parse(data, hash).map_err(|problem| match problem {
            Problem::Unsupported(what) => SourceError::UnsupportedFormat { path: file.to_owned(), what },
            Problem::Damaged(what) => SourceError::damaged(file, what),
        })?;
        let Some(link) = link else { return Ok(index) };
        let shared = file.with_file_name(format!("sharedindex.{}", link.base));
        let data = crate::source::file::read(&shared).map_err(|error| SourceError::io(&shared, error))?;
        let base = match parse(data, hash) {
            Ok((base, None)) => base,
            _ => return Err(SourceError::damaged(shared, "it is not a shared index")),
        };
        split::merge(&base, &index, &link).ok_or_else(|| SourceError::damaged(file, "it does not fit its shared index"))
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Says whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry at position `at`.
    pub fn entry(&self, at: usize) -> IndexEntry<'_> {
        let RawEntry { name, id, mode, stage, intent_to_add, skip_worktree } = self.entries[at];
        let path = self.names[name.0 as usize..(name.0 + name.1) as usize].as_bstr();
        IndexEntry { path, id, mode, stage, intent_to_add, skip_worktree }
    }

    /// All entries.
    pub fn iter(&self) -> impl Iterator<Item = IndexEntry<'_>> {
        (0..self.len()).map(|at| self.entry(at))
    }

    /// The positions within `range` of the paths that begin with `prefix`, given that they begin at `range.start`.
    pub fn group(&self, range: Range<usize>, prefix: &[u8]) -> Range<usize> {
        let rest = &self.entries[range.clone()];
        let len = rest.partition_point(|entry| {
            let path = &self.names[entry.name.0 as usize..(entry.name.0 + entry.name.1) as usize];
            path.starts_with(prefix)
        });
        range.start..range.start + len
    }

    /// The position of `path` at stage 0, if it is there.
    pub fn position(&self, path: &[u8]) -> Option<usize> {
        let at = self.entries.partition_point(|entry| {
            let name = &self.names[entry.name.0 as usize..(entry.name.0 + entry.name.1) as usize];
            (name, entry.stage) < (path, 0)
        });
        (at < self.len() && self.entry(at).path == path).then_some(at)
    }

    fn push(&mut self, entry: IndexEntry<'_>) -> Option<()> {
        let start = u32::try_from(self.names.len()).ok()?;
        self.names.extend_from_slice(entry.path);
        let IndexEntry { id, mode, stage, intent_to_add, skip_worktree, path } = entry;
        let name = (start, u32::try_from(path.len()).ok()?);
        self.entries.push(RawEntry { name, id, mode, stage, intent_to_add, skip_worktree });
        Some(())
    }
}

enum Problem {
    Damaged(String),
    Unsupported(String),
}

impl From<&str> for Problem {
    fn from(what: &str) -> Self {
        Self::Damaged(what.to_owned())
    }
}

fn parse(data: Vec<u8>, hash: HashKind) -> Result<(Index, Option<split::Link>), Problem> {
    let id_len = hash.len();
    let header =
        data.get(..12).filter(|header| header.starts_with(b"DIRC")).ok_or("it does not begin like an index")?;
    let version = be32(header, 4).unwrap_or(0);
    let count = be32(header, 8).unwrap_or(0) as usize;
    if !(2..=4).contains(&version) {
        return Err(Problem::Unsupported(format!("index version {version}")));
    }
    let end = data.len().checked_sub(id_len).filter(|&end| end >= 12).ok_or("it is cut off")?;
    if data.len() > u32::MAX as usize {
        return Err(Problem::Unsupported("an index of more than 4 GiB".to_owned()));
    }
    let trailer = &data[end..];
    if trailer.iter().any(|&byte| byte != 0) && trailer != hash.digest(&[&data[..end]]).as_bytes() {
        return Err("its checksum is wrong".into());
    }
    let (entries, names, mut at) = entries(&data[..end], version, count, id_len).ok_or("its entries are cut off")?;
    let mut index = Index { names, entries, cache_tree: None };
    let mut link = None;
    while at < end {
        let size = be32(&data[..end], at + 4).ok_or("its extensions are cut off")? as usize;
        let signature = &data[at..at + 4];
        let body = data[..end].get(at + 8..at + 8 + size).ok_or("its extensions are cut off")?;
        match signature {
            b"TREE" => index.cache_tree = CacheTree::parse(body, id_len),
            b"link" => link = split::Link::parse(body, id_len)?,
            b"sdir" => {}
            _ if signature[0].is_ascii_uppercase() => {}
            _ => {
                return Err(Problem::Unsupported(format!("the index extension `{}`", signature.as_bstr())));
            }
        }
        at += 8 + size;
    }
    if version < 4 {
        index.names = data;
    }
    Ok((index, link))
}

/// Reads the entries. The names of versions 2 and 3 stay where they are in `data`; those of version 4 are unfolded.
fn entries(data: &[u8], version: u32, count: usize, id_len: usize) -> Option<(Vec<RawEntry>, Vec<u8>, usize)> {
    // An entry has at least 63 bytes in version 2, and 43 in version 4: a false count can't make us allocate more.
    let mut entries = Vec::with_capacity(count.min(data.len() / 40));
    let mut names = Vec::new();
    let mut before = 0..0;
    let mut at = 12;
    for _ in 0..count {
        let start = at;
        let mode = Mode(be32(data, start + 24)?);
        let id = ObjectId::from_bytes(data.get(start + 40..start + 40 + id_len)?)?;
        let flags = be16(data, start + 40 + id_len)?;
        at = start + 42 + id_len;
        let mut more = 0;
        if flags & 0x4000 != 0 {
            more = be16(data, at)?;
            at += 2;
        }
        let name = if version == 4 {
            let (cut, used) = offset_varint(data.get(at..)?)?;
            at += used;
            let suffix = data.get(at..at + memchr::memchr(0, data.get(at..)?)?)?;
            let kept = (before.len()).checked_sub(usize::try_from(cut).ok()?)?;
            let begin = names.len();
            names.extend_from_within(before.start..before.start + kept);
            names.extend_from_slice(suffix);
            at += suffix.len() + 1;
            before = begin..names.len();
            (u32::try_from(begin).ok()?, u32::try_from(before.len()).ok()?)
        } else {
            let len = match usize::from(flags & 0x0fff) {
                0x0fff => memchr::memchr(0, data.get(at..)?)?,
                len if data.get(at + len) == Some(&0) => len,
                _ => return None,
            };
            let name = (u32::try_from(at).ok()?, u32::try_from(len).ok()?);
            at = start + ((at + len - start + 8) & !7);
            name
        };
        let stage = (flags >> 12 & 3) as u8;
        let (intent_to_add, skip_worktree) = (more & 0x2000 != 0, more & 0x4000 != 0);
        entries.push(RawEntry { name, id, mode, stage, intent_to_add, skip_worktree });
    }
    (at <= data.len()).then_some((entries, names, at))
}

fn be16(data: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(data.get(at..at + 2)?.try_into().ok()?))
}

fn be32(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(data.get(at..at + 4)?.try_into().ok()?))
}

/// The number format of pack offsets; the number and how many bytes it took.
pub(super) fn offset_varint(data: &[u8]) -> Option<(u64, usize)> {
    let mut value = u64::from(data.first()? & 0x7f);
    let mut at = 0;
    while data[at] & 0x80 != 0 {
        at += 1;
        value = value.checked_add(1)?.checked_mul(128)? | u64::from(data.get(at)? & 0x7f);
    }
    Some((value, at + 1))
}
