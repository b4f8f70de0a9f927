//! A pack's index: ids in order, and where in the pack each one is.
//!
//! Read into memory once and checked for its shape; every position that it yields lies inside the table, every offset
//! inside the pack. Versions 1 and 2, ids of 20 and 32 bytes.

use std::io::Read;
use std::path::Path;

use super::data::open_regular;
use super::{HashKind, PackError};
use crate::model::ObjectId;

/// A pack's index.
pub struct PackIndex {
    bytes: Vec<u8>,
    hash: HashKind,
    objects: u32,
    layout: Layout,
}

#[derive(Clone, Copy)]
enum Layout {
    /// Offset and id side by side.
    One,
    /// Tables of ids, checksums, offsets and large offsets.
    Two {
        /// Number of large offsets.
        large: usize,
    },
}

const FANOUT: usize = 256 * 4;
const MAGIC: [u8; 8] = [0xff, b't', b'O', b'c', 0, 0, 0, 2];

impl PackIndex {
    /// Reads the index file of a pack of `pack_len` bytes.
    pub fn open(path: &Path, pack_len: u64, hash: HashKind) -> Result<Self, PackError> {
        let (file, len) = open_regular(path)?;
        // The smallest entry takes 9 bytes, its place in an index at most 48.
        if len / 8 > pack_len + 1024 {
            return Err(PackError::Format("is too large for its pack"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or_default());
        file.take(len).read_to_end(&mut bytes)?;
        Self::from_bytes(bytes, hash)
    }

    /// Takes an index that is in memory.
    pub fn from_bytes(bytes: Vec<u8>, hash: HashKind) -> Result<Self, PackError> {
        let two = bytes.starts_with(&MAGIC);
        if !two && bytes.starts_with(&MAGIC[..4]) {
            return Err(PackError::Format("is an index of an unknown version"));
        }
        let fanout = if two { 8 } else { 0 };
        let trailer = 2 * hash.len();
        if bytes.len() < fanout + FANOUT + trailer {
            return Err(PackError::Truncated);
        }
        let table: Vec<u32> = bytes[fanout..fanout + FANOUT].chunks_exact(4).map(be32).collect();
        if table.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(PackError::Format("has a damaged fan-out table"));
        }
        let objects = table[255];
        let rest = bytes.len() - fanout - FANOUT - trailer;
        let count = objects as usize;
        let layout = if two {
            let fixed = count.checked_mul(hash.len() + 8).ok_or(PackError::Truncated)?;
            let large = rest.checked_sub(fixed).ok_or(PackError::Truncated)?;
            if large % 8 != 0 || large / 8 > count {
                return Err(PackError::Format("has a length that does not fit its objects"));
            }
            Layout::Two { large: large / 8 }
        } else {
            if count.checked_mul(hash.len() + 4) != Some(rest) {
                return Err(PackError::Format("has a length that does not fit its objects"));
            }
            Layout::One
        };
        Ok(Self { bytes, hash, objects, layout })
    }

    /// Builds an index of the second version from ids, offsets and checksums of entries, in any order.
    pub fn build(
        mut entries: Vec<(ObjectId, u64, u32)>,
        pack_checksum: &[u8],
        hash: HashKind,
    ) -> Result<Self, PackError> {
        entries.sort_unstable();
        let mut bytes = MAGIC.to_vec();
        let mut count = 0;
        for first in 0..=255_u8 {
            count +=
                entries[count..].partition_point(|(id, ..)| id.as_bytes().first().is_some_and(|&byte| byte <= first));
            bytes.extend_from_slice(&(count as u32).to_be_bytes());
        }
        entries.iter().for_each(|(id, ..)| bytes.extend_from_slice(id.as_bytes()));
        entries.iter().for_each(|(.., crc)| bytes.extend_from_slice(&crc.to_be_bytes()));
        let mut large: Vec<u64> = Vec::new();
        for &(_, offset, _) in &entries {
            let small = u32::try_from(offset).ok().filter(|small| small & 0x8000_0000 == 0);
            bytes.extend_from_slice(&small.unwrap_or(0x8000_0000 | large.len() as u32).to_be_bytes());
            if small.is_none() {
                large.push(offset);
            }
        }
        large.iter().for_each(|offset| bytes.extend_from_slice(&offset.to_be_bytes()));
        bytes.extend_from_slice(pack_checksum);
        let own = hash.digest(&[&bytes]);
        bytes.extend_from_slice(own.as_bytes());
        Self::from_bytes(bytes, hash)
    }

    /// How many objects.
    pub fn len(&self) -> u32 {
        self.objects
    }

    /// Says whether there is none.
    pub fn is_empty(&self) -> bool {
        self.objects == 0
    }

    /// The index as it stands in its file.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The raw id at a position below [`Self::len`].
    pub fn raw_id(&self, position: u32) -> &[u8] {
        let len = self.hash.len();
        let start = match self.layout {
            Layout::One => FANOUT + position as usize * (len + 4) + 4,
            Layout::Two { .. } => 8 + FANOUT + position as usize * len,
        };
        &self.bytes[start..start + len]
    }

    /// The id at a position below [`Self::len`].
    pub fn id(&self, position: u32) -> ObjectId {
        ObjectId::from_bytes(self.raw_id(position)).expect("invariant: ids have the length of their hash")
    }

    /// Where in the pack the object at a position below [`Self::len`] begins; none if its large offset does not exist.
    pub fn offset(&self, position: u32) -> Option<u64> {
        let count = self.objects as usize;
        match self.layout {
            Layout::One => {
                let start = FANOUT + position as usize * (self.hash.len() + 4);
                Some(u64::from(be32(&self.bytes[start..start + 4])))
            }
            Layout::Two { large } => {
                let table = 8 + FANOUT + count * (self.hash.len() + 4);
                let start = table + position as usize * 4;
                let small = be32(&self.bytes[start..start + 4]);
                if small & 0x8000_0000 == 0 {
                    return Some(u64::from(small));
                }
                let at = (small & 0x7fff_ffff) as usize;
                if at >= large {
                    return None;
                }
                let start = table + count * 4 + at * 8;
                let raw = self.bytes[start..start + 8].try_into().ok()?;
                Some(u64::from_be_bytes(raw))
            }
        }
    }

    /// The CRC-32 of the entry at a position below [`Self::len`], header included; version 1 has none.
    pub fn crc(&self, position: u32) -> Option<u32> {
        match self.layout {
            Layout::One => None,
            Layout::Two { .. } => {
                let start = 8 + FANOUT + self.objects as usize * self.hash.len() + position as usize * 4;
                Some(be32(&self.bytes[start..start + 4]))
            }
        }
    }

    /// The positions of ids that begin with `byte`.
    pub fn bucket(&self, byte: u8) -> std::ops::Range<u32> {
        let fanout = if matches!(self.layout, Layout::One) { 0 } else { 8 };
        let end = |byte: u8| {
            let start = fanout + usize::from(byte) * 4;
            be32(&self.bytes[start..start + 4])
        };
        (if byte == 0 { 0 } else { end(byte - 1) })..end(byte)
    }

    /// The position of an id.
    pub fn find(&self, id: &ObjectId) -> Option<u32> {
        let raw = id.as_bytes();
        if raw.len() != self.hash.len() {
            return None;
        }
        let mut range = self.bucket(*raw.first()?);
        while range.start < range.end {
            let middle = range.start + (range.end - range.start) / 2;
            match self.raw_id(middle).cmp(raw) {
                std::cmp::Ordering::Less => range.start = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => range.end = middle,
            }
        }
        None
    }

    /// The checksum of the pack it was made for.
    pub fn pack_checksum(&self) -> &[u8] {
        let len = self.hash.len();
        &self.bytes[self.bytes.len() - 2 * len..self.bytes.len() - len]
    }

    /// Recomputes the checksum of the index: it tells of every flipped bit.
    pub fn verify(&self) -> Result<(), PackError> {
        let (content, checksum) = self.bytes.split_at(self.bytes.len() - self.hash.len());
        if self.hash.digest(&[content]).as_bytes() != checksum {
            return Err(PackError::Format("differs from its checksum"));
        }
        Ok(())
    }
}

fn be32(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_be_bytes)
}
