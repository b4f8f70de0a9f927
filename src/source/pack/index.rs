//! A pack's index: ids in order, and where in the pack each one is.
//!
//! Its shape is checked when it is opened; every position that it yields lies inside the table, every offset inside the
//! pack. Who looks for a few objects has the few bytes read that tell of them; who goes through all of them has it read
//! into memory, once. Versions 1 and 2, ids of 20 and 32 bytes.

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::data::read_file_at;
use super::places::Places;
use super::{HashKind, PackError};
use crate::model::ObjectId;

/// A pack's index.
pub struct PackIndex {
    file: Option<File>,
    bytes: OnceLock<Vec<u8>>,
    places: OnceLock<Places>,
    len: usize,
    /// The first position of each first byte, and where the last one ends.
    fanout: Vec<u32>,
    pack_checksum: Vec<u8>,
    /// How many objects were looked for in the file.
    asked: AtomicU32,
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
/// After so many questions to the file it is cheaper to have read all of it.
const MANY: u32 = 256;
/// Of fewer ids than this each is looked for in the file.
const FEW: usize = 64;
const MAGIC: [u8; 8] = [0xff, b't', b'O', b'c', 0, 0, 0, 2];

impl PackIndex {
    /// Reads the index file of a pack of `pack_len` bytes.
    pub fn open(path: &Path, pack_len: u64, hash: HashKind) -> Result<Self, PackError> {
        let (file, len) = crate::source::file::open(path)?;
        // The smallest entry takes 9 bytes, its place in an index at most 48.
        if len / 8 > pack_len + 1024 {
            return Err(PackError::Format("is too large for its pack"));
        }
        let len = usize::try_from(len).map_err(|_| PackError::Format("is too large for memory"))?;
        let mut head = vec![0; len.min(MAGIC.len() + FANOUT)];
        read_file_at(&file, &mut head, 0)?;
        let mut tail = vec![0; len.min(2 * hash.len())];
        let tail_start = (len - tail.len()) as u64;
        read_file_at(&file, &mut tail, tail_start)?;
        Self::new(&head, &tail, len, hash).map(|index| Self { file: Some(file), ..index })
    }

    /// Takes an index that is in memory.
    pub fn from_bytes(bytes: Vec<u8>, hash: HashKind) -> Result<Self, PackError> {
        let tail = &bytes[bytes.len().saturating_sub(2 * hash.len())..];
        let index = Self::new(&bytes, tail, bytes.len(), hash)?;
        Ok(Self { bytes: OnceLock::from(bytes), ..index })
    }

    /// Checks the shape of an index of `len` bytes, given how it begins and ends.
    fn new(head: &[u8], tail: &[u8], len: usize, hash: HashKind) -> Result<Self, PackError> {
        let two = head.starts_with(&MAGIC);
        if !two && head.starts_with(&MAGIC[..4]) {
            return Err(PackError::Format("is an index of an unknown version"));
        }
        let start = if two { 8 } else { 0 };
        let trailer = 2 * hash.len();
        if len < start + FANOUT + trailer {
            return Err(PackError::Truncated);
        }
        let fanout: Vec<u32> = head[start..start + FANOUT].chunks_exact(4).map(be32).collect();
        if fanout.windows(2).any(|pair| pair[0] > pair[1]) {
            return Err(PackError::Format("has a damaged fan-out table"));
        }
        let objects = fanout[255];
        let rest = len - start - FANOUT - trailer;
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
        let pack_checksum = tail[..hash.len()].to_vec();
        let (file, bytes, places, asked) = (None, OnceLock::new(), OnceLock::new(), AtomicU32::new(0));
        Ok(Self { file, bytes, places, len, fanout, pack_checksum, asked, hash, objects, layout })
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

    /// The index as it stands in its file. What of it cannot be read any more is zero, and [`Self::verify`] tells.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get_or_init(|| {
            let mut bytes = vec![0; self.len];
            if let Some(Err(error)) = self.file.as_ref().map(|file| read_file_at(file, &mut bytes, 0)) {
                log::warn!("an index cannot be read: {error}");
                bytes.fill(0);
            }
            bytes
        })
    }

    /// Says whether all of it has been read, or is worth it by now.
    fn is_in_memory(&self) -> bool {
        self.bytes.get().is_some() || self.file.is_none() || self.asked.fetch_add(1, Ordering::Relaxed) >= MANY
    }

    /// `len` bytes from `start` on, from memory or from the file; none if they cannot be read.
    fn peek(&self, start: usize, len: usize) -> Option<Cow<'_, [u8]>> {
        match &self.file {
            Some(file) if !self.is_in_memory() => {
                let mut out = vec![0; len];
                read_file_at(file, &mut out, start as u64).ok()?;
                Some(Cow::Owned(out))
            }
            _ => self.as_bytes().get(start..start + len).map(Cow::Borrowed),
        }
    }

    fn peek32(&self, start: usize) -> Option<u32> {
        self.peek(start, 4).map(|bytes| be32(&bytes))
    }

    /// Where in the file the id at a position stands, and how far the next one is.
    fn place(&self, position: u32) -> (usize, usize) {
        let len = self.hash.len();
        match self.layout {
            Layout::One => (FANOUT + position as usize * (len + 4) + 4, len + 4),
            Layout::Two { .. } => (8 + FANOUT + position as usize * len, len),
        }
    }

    /// The raw id at a position below [`Self::len`].
    pub fn raw_id(&self, position: u32) -> &[u8] {
        let (start, _) = self.place(position);
        &self.as_bytes()[start..start + self.hash.len()]
    }

    /// The id at a position below [`Self::len`].
    pub fn id(&self, position: u32) -> ObjectId {
        ObjectId::from_bytes(self.raw_id(position)).expect("invariant: ids have the length of their hash")
    }

    /// Where in the pack the object at a position below [`Self::len`] begins; none if its large offset does not exist.
    pub fn offset(&self, position: u32) -> Option<u64> {
        let count = self.objects as usize;
        match self.layout {
            Layout::One => self.peek32(FANOUT + position as usize * (self.hash.len() + 4)).map(u64::from),
            Layout::Two { large } => {
                let table = 8 + FANOUT + count * (self.hash.len() + 4);
                let small = self.peek32(table + position as usize * 4)?;
                if small & 0x8000_0000 == 0 {
                    return Some(u64::from(small));
                }
                let at = (small & 0x7fff_ffff) as usize;
                let wide = if at < large { self.peek(table + count * 4 + at * 8, 8) } else { None };
                wide.and_then(|wide| Some(u64::from_be_bytes((*wide).try_into().ok()?)))
            }
        }
    }

    /// For every position: where in the pack the object begins, as [`Self::offset`] says, and the CRC-32 of its entry, header
    /// included; version 1 has none.
    pub fn entries(&self) -> impl Iterator<Item = (Option<u64>, Option<u32>)> {
        let crcs = match self.layout {
            Layout::One => &[],
            Layout::Two { .. } => {
                let start = 8 + FANOUT + self.objects as usize * self.hash.len();
                &self.as_bytes()[start..start + self.objects as usize * 4]
            }
        };
        (0..self.objects).map(|position| (self.offset(position), crcs.chunks_exact(4).nth(position as usize).map(be32)))
    }

    /// The positions of ids that begin with `byte`.
    pub fn bucket(&self, byte: u8) -> std::ops::Range<u32> {
        let end = |byte: u8| self.fanout[usize::from(byte)];
        (if byte == 0 { 0 } else { end(byte - 1) })..end(byte)
    }

    /// The position of an id.
    pub fn find(&self, id: &ObjectId) -> Option<u32> {
        let raw = id.as_bytes();
        if raw.len() != self.hash.len() {
            return None;
        }
        if self.is_in_memory() {
            return self.places().find(id, |position| self.raw_id(position as u32)).map(|position| position as u32);
        }
        let range = self.bucket(*raw.first()?);
        let (start, stride) = self.place(range.start);
        let ids = self.peek(start, (range.len() * stride).saturating_sub(stride - raw.len()))?;
        let (mut low, mut high) = (0, range.len());
        while low < high {
            let middle = low.midpoint(high);
            match ids[middle * stride..middle * stride + raw.len()].cmp(raw) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(range.start + middle as u32),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The positions of `ids`, none for those that are not there.
    pub fn find_all(&self, ids: &[ObjectId]) -> Vec<Option<u32>> {
        if ids.len() < FEW && !self.is_in_memory() {
            return ids.iter().map(|id| self.find(id)).collect();
        }
        let places = self.places().find_all(ids, |position| self.raw_id(position as u32));
        places.into_iter().map(|place| place.map(|position| position as u32)).collect()
    }

    fn places(&self) -> &Places {
        let all = || (0..self.objects).map(|position| self.raw_id(position));
        self.places.get_or_init(|| Places::new(self.objects as usize, all()))
    }

    /// The checksum of the pack it was made for.
    pub fn pack_checksum(&self) -> &[u8] {
        &self.pack_checksum
    }

    /// Recomputes the checksum of the index: it tells of every flipped bit.
    pub fn verify(&self) -> Result<(), PackError> {
        let (content, checksum) = self.as_bytes().split_at(self.len - self.hash.len());
        if self.hash.digest(&[content]).as_bytes() != checksum {
            return Err(PackError::Format("differs from its checksum"));
        }
        Ok(())
    }
}

fn be32(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_be_bytes)
}
