//! What a sweep has read and found nothing in, remembered for the next one.
//!
//! A file of object ids under the repository's own git directory, one for each way of reading (program, rules, options).
//! It holds ids only, never a value and nothing of a blob that held one. It may be lost at any time: a file that is
//! damaged, cut or of another reading counts as none. Whoever can write to it can also write the repository's hooks.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::git::Repository;
use super::pack::HashKind;
use crate::model::ObjectId;

const MAGIC: &[u8] = b"stanch verdicts 1\n";
const CHECK: usize = 32;
/// A file beyond this is not read: no memory of ids is worth more.
const LARGEST: u64 = 1 << 30;

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
        let name = data_encoding::HEXLOWER.encode(&Sha256::digest(reading)[..16]);
        let path = repository.common_dir.join("stanch").join("verdicts").join(name);
        let ids = match load(&path, repository.hash) {
            Ok(ids) => ids,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    log::info!("{}: {error}; nothing is taken from it", path.display());
                }
                Vec::new()
            }
        };
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

    /// Remembers further blobs. The file is written beside the old one and takes its place at once: sweeps that run at the
    /// same time, or die, leave one of the two.
    pub fn remember(self, further: Vec<ObjectId>) -> io::Result<()> {
        if further.is_empty() {
            return Ok(());
        }
        let mut ids: Vec<&[u8]> = self.ids.chunks_exact(self.id_len).collect();
        ids.extend(further.iter().map(ObjectId::as_bytes).filter(|id| id.len() == self.id_len));
        ids.sort_unstable();
        ids.dedup();
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut content = MAGIC.to_vec();
        content.reserve(ids.len() * self.id_len + CHECK);
        ids.into_iter().for_each(|id| content.extend_from_slice(id));
        let check = Sha256::digest(&content);
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&content)?;
        file.write_all(&check)?;
        file.persist(&self.path)?;
        Ok(())
    }
}

fn load(path: &Path, hash: HashKind) -> io::Result<Vec<u8>> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(invalid("is no memory of verdicts"));
    }
    drop(file);
    let mut content = fs::read(path)?;
    let Some(body) = content.len().checked_sub(CHECK).filter(|&body| body >= MAGIC.len()) else {
        return Err(invalid("ends too early"));
    };
    if !content.starts_with(MAGIC) || Sha256::digest(&content[..body])[..] != content[body..] {
        return Err(invalid("is damaged"));
    }
    content.truncate(body);
    content.drain(..MAGIC.len());
    let is_sorted = content.chunks_exact(hash.len()).is_sorted();
    if content.len() % hash.len() != 0 || !is_sorted {
        return Err(invalid("is damaged"));
    }
    Ok(content)
}
