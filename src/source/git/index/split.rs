//! The split index: a small index of changes on top of a shared one, told by two compressed bitmaps.

use crate::model::ObjectId;

use super::{Index, IndexEntry, be32};

/// The `link` extension.
#[derive(Debug)]
pub(super) struct Link {
    /// Checksum and name of the shared index.
    pub base: ObjectId,
    deleted: Vec<bool>,
    replaced: Vec<bool>,
}

impl Link {
    /// Reads the extension's body; none when it names no shared index.
    pub fn parse(body: &[u8], id_len: usize) -> Result<Option<Self>, &'static str> {
        let (base, rest) = body.split_at_checked(id_len).ok_or("its link is cut off")?;
        let base = ObjectId::from_bytes(base).ok_or("its link is cut off")?;
        if base.is_zero() {
            return Ok(None);
        }
        if rest.is_empty() {
            return Ok(Some(Self { base, deleted: Vec::new(), replaced: Vec::new() }));
        }
        let (deleted, used) = bitmap(rest).ok_or("its link is damaged")?;
        let (replaced, _) = bitmap(&rest[used..]).ok_or("its link is damaged")?;
        Ok(Some(Self { base, deleted, replaced }))
    }
}

/// Applies the changes in `top` to `base`. None when the two do not fit together.
pub(super) fn merge(base: &Index, top: &Index, link: &Link) -> Option<Index> {
    let is_set = |bits: &[bool], at: usize| bits.get(at).copied().unwrap_or(false);
    let mut changes = top.iter().peekable();
    let mut kept: Vec<IndexEntry<'_>> = Vec::with_capacity(base.len() + top.len());
    for (at, entry) in base.iter().enumerate() {
        if is_set(&link.replaced, at) {
            // Replacements come first, in the order of what they replace, and have no name of their own.
            let replacement = changes.next().filter(|change| change.path.is_empty())?;
            if !is_set(&link.deleted, at) {
                kept.push(IndexEntry { path: entry.path, stage: entry.stage, ..replacement });
            }
        } else if !is_set(&link.deleted, at) {
            kept.push(entry);
        }
    }
    for change in changes {
        if change.path.is_empty() {
            return None;
        }
        kept.push(change);
    }
    kept.sort_by(|a, b| (a.path, a.stage).cmp(&(b.path, b.stage)));
    let mut index = Index { cache_tree: top.cache_tree.clone(), ..Index::default() };
    for entry in kept {
        index.push(entry)?;
    }
    Some(index)
}

/// A false length can't make us allocate more than this many bits.
const MOST_ENTRIES: u32 = 1 << 26;

/// Reads an EWAH bitmap; the bits and how many bytes it took.
fn bitmap(data: &[u8]) -> Option<(Vec<bool>, usize)> {
    let bits = be32(data, 0).filter(|&bits| bits <= MOST_ENTRIES)? as usize;
    let words = be32(data, 4)? as usize;
    let used = words.checked_mul(8)?.checked_add(12)?;
    let body = data.get(8..used - 4)?;
    data.get(..used)?;
    let mut literals = body.chunks_exact(8).map(|word| u64::from_be_bytes(word.try_into().unwrap_or_default()));
    let mut set = Vec::new();
    while let Some(marker) = literals.next() {
        let run = (marker >> 1 & 0xffff_ffff) as usize * 64;
        set.extend(std::iter::repeat_n(marker & 1 == 1, run.min(bits.saturating_sub(set.len()))));
        for _ in 0..marker >> 33 {
            let word = literals.next()?;
            set.extend((0..64).map(|bit| word >> bit & 1 == 1).take(bits.saturating_sub(set.len())));
        }
    }
    Some((set, used))
}
