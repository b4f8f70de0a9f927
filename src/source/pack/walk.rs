//! An index for a pack that has none: every entry inflated once to find its end, every delta resolved to get its name.
//!
//! For packs whose index was deleted or damaged, and for packs inside of other files. What can't be resolved stays out
//! of the index; its number of objects then differs from the pack's, which a sweep reports.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use super::data::{PACK_HEADER, PackData, PackStream};
use super::delta::{self, DeltaHeader};
use super::entry::MAX_HEADER;
use super::index::PackIndex;
use super::inflate::{Inflater, read_exactly, unwrap_io};
use super::{Entry, EntryBase, Hasher, ObjectKind, PackError};
use crate::model::ObjectId;

/// An entry that was walked over.
struct Walked {
    entry: Entry,
    offset: u64,
    end: u64,
    crc: u32,
    id: Option<ObjectId>,
}

/// A base, and which of its children are still to be resolved.
struct Open {
    kind: ObjectKind,
    bytes: Arc<Vec<u8>>,
    children: Vec<usize>,
}

/// Walks a pack and builds its index. Deltas that need more memory than `limit` are left out; so is what lies behind the
/// place where more than `reach` bytes have been inflated, for a small pack may hold terabytes.
pub fn index_of(pack: &PackData, limit: u64, reach: u64) -> Result<PackIndex, PackError> {
    let mut inflater = Inflater::default();
    let mut entries = Vec::new();
    let mut offset = PACK_HEADER;
    let mut left = reach;
    while entries.len() < pack.objects() as usize && offset < pack.end() {
        // Behind an entry that is damaged nothing can be found.
        let Ok(walked) = step(pack, offset, left, &mut inflater) else { break };
        left -= walked.entry.size;
        offset = walked.end;
        entries.push(walked);
    }
    resolve(pack, &mut entries, &mut inflater, limit);
    let named = entries.iter().filter_map(|walked| Some((walked.id?, walked.offset, walked.crc))).collect();
    PackIndex::build(named, &pack.checksum()?, pack.hash())
}

fn step(pack: &PackData, offset: u64, left: u64, inflater: &mut Inflater) -> Result<Walked, PackError> {
    let mut header = [0; MAX_HEADER];
    let room = usize::try_from(pack.end() - offset).unwrap_or(MAX_HEADER).min(MAX_HEADER);
    pack.read_at(&mut header[..room], offset)?;
    let entry = Entry::parse(&header[..room], offset, pack.hash())?;
    if entry.size > left {
        return Err(PackError::Limit { size: entry.size, limit: left });
    }
    let start = offset + entry.header_len as u64;
    let mut stream = inflater.stream(PackStream::new(pack, start, pack.end()));
    let mut hasher = match entry.base {
        EntryBase::Whole(kind) => Some(hasher_of(pack, kind, entry.size)),
        EntryBase::Offset(_) | EntryBase::Named(_) => None,
    };
    let mut size = 0;
    let mut piece = vec![0; 32 << 10];
    loop {
        let read = stream.read(&mut piece).map_err(unwrap_io)?;
        if read == 0 {
            break;
        }
        size += read as u64;
        if size > entry.size {
            return Err(PackError::Inflate("not as long as promised"));
        }
        if let Some(hasher) = &mut hasher {
            hasher.update(&piece[..read]);
        }
    }
    if size != entry.size {
        return Err(PackError::Inflate("not as long as promised"));
    }
    let end = start + stream.consumed();
    let mut crc = crc32fast::Hasher::new();
    let mut raw = PackStream::new(pack, offset, end);
    loop {
        match raw.read(&mut piece)? {
            0 => break,
            read => crc.update(&piece[..read]),
        }
    }
    Ok(Walked { entry, offset, end, crc: crc.finalize(), id: hasher.map(Hasher::finish) })
}

/// Names all deltas whose base is in the pack: from each whole object outwards, depth-first with an own stack.
fn resolve(pack: &PackData, entries: &mut [Walked], inflater: &mut Inflater, limit: u64) {
    let mut by_offset: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut by_name: HashMap<ObjectId, Vec<usize>> = HashMap::new();
    for (at, walked) in entries.iter().enumerate() {
        match walked.entry.base {
            EntryBase::Offset(base) => by_offset.entry(base).or_default().push(at),
            EntryBase::Named(base) => by_name.entry(base).or_default().push(at),
            EntryBase::Whole(_) => {}
        }
    }
    // A list is taken out when its base is found: no delta is resolved twice, no cycle entered.
    let mut children_of = |walked: &Walked| {
        let mut children = by_offset.remove(&walked.offset).unwrap_or_default();
        children.extend(walked.id.and_then(|id| by_name.remove(&id)).unwrap_or_default());
        children
    };
    let mut runs = Vec::new();
    for root in 0..entries.len() {
        let EntryBase::Whole(kind) = entries[root].entry.base else { continue };
        let children = children_of(&entries[root]);
        if children.is_empty() {
            continue;
        }
        let Ok(bytes) = inflate(pack, &entries[root], inflater, limit) else { continue };
        let mut alive = bytes.len() as u64;
        let mut stack = vec![Open { kind, bytes: Arc::new(bytes), children }];
        while let Some(open) = stack.last_mut() {
            let (kind, base) = (open.kind, Arc::clone(&open.bytes));
            let Some(at) = open.children.pop() else {
                alive -= base.len() as u64;
                stack.pop();
                continue;
            };
            let is_last = open.children.is_empty();
            if is_last {
                stack.pop();
            }
            let resolved = inflate(pack, &entries[at], inflater, limit).and_then(|delta| {
                let header = DeltaHeader::parse(&delta)?;
                let size = header.result_size.saturating_add(alive);
                if size > limit {
                    return Err(PackError::Limit { size, limit });
                }
                let mut bytes = Vec::new();
                delta::apply(header, &delta, &base, &mut bytes, &mut runs)?;
                Ok(bytes)
            });
            if is_last {
                alive -= base.len() as u64;
            }
            let Ok(bytes) = resolved else { continue };
            let mut hasher = hasher_of(pack, kind, bytes.len() as u64);
            hasher.update(&bytes);
            entries[at].id = Some(hasher.finish());
            let children = children_of(&entries[at]);
            if !children.is_empty() {
                alive += bytes.len() as u64;
                stack.push(Open { kind, bytes: Arc::new(bytes), children });
            }
        }
    }
}

fn inflate(pack: &PackData, walked: &Walked, inflater: &mut Inflater, limit: u64) -> Result<Vec<u8>, PackError> {
    let size = walked.entry.size;
    if size > limit {
        return Err(PackError::Limit { size, limit });
    }
    let start = walked.offset + walked.entry.header_len as u64;
    let mut bytes = Vec::new();
    read_exactly(&mut inflater.stream(PackStream::new(pack, start, walked.end)), size, &mut bytes)?;
    Ok(bytes)
}

fn hasher_of(pack: &PackData, kind: ObjectKind, size: u64) -> Hasher {
    let mut hasher = Hasher::new(pack.hash());
    hasher.update(format!("{kind} {size}\0").as_bytes());
    hasher
}
