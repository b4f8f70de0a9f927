//! What a sweep has read and found nothing in, remembered for the next one.
//!
//! A file of object ids under the repository's own git directory, one for each way of reading (program, rules, options).
//! It holds ids only, never a value and nothing of a blob that held one.

use std::io;
use std::path::PathBuf;

use super::git::Repository;
use super::kept;
use crate::model::ObjectId;

const MAGIC: &[u8] = b"stanch verdicts 1\n";

/// The ids of blobs that were read whole and hold nothing.
#[derive(Debug)]
pub struct Verdicts {
    path: PathBuf,
    id_len: usize,
    /// Sorted ids, one after the other.
    ids: Vec<u8>,
}

impl Verdicts {
    /// Reads what sweeps of `repository` that read in this way have remembered.
    pub fn read(repository: &Repository, reading: &str) -> Self {
        let path = kept::place(repository, "verdicts", reading);
        let is_sound = |ids: &Vec<u8>| {
            ids.len().is_multiple_of(repository.hash.len()) && ids.chunks_exact(repository.hash.len()).is_sorted()
        };
        let ids = kept::read(&path, MAGIC).filter(is_sound).unwrap_or_default();
        Self { path, id_len: repository.hash.len(), ids }
    }

    /// Says whether a blob was read and holds nothing.
    pub fn holds(&self, id: &ObjectId) -> bool {
        let wanted = id.as_bytes();
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.ids[middle * self.id_len..(middle + 1) * self.id_len].cmp(wanted) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return true,
            }
        }
        false
    }

    /// The ids that are remembered, in order.
    pub fn ids(&self) -> impl Iterator<Item = ObjectId> {
        self.ids.chunks_exact(self.id_len).filter_map(ObjectId::from_bytes)
    }

    /// How many blobs are remembered.
    pub fn len(&self) -> usize {
        self.ids.len() / self.id_len
    }

    /// Says whether none is remembered.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Remembers further blobs.
    pub fn remember(self, further: Vec<ObjectId>) -> io::Result<()> {
        if further.is_empty() {
            return Ok(());
        }
        let mut ids: Vec<&[u8]> = self.ids.chunks_exact(self.id_len).collect();
        ids.extend(further.iter().map(ObjectId::as_bytes).filter(|id| id.len() == self.id_len));
        ids.sort_unstable();
        ids.dedup();
        kept::write(&self.path, MAGIC, &ids.concat())
    }
}
