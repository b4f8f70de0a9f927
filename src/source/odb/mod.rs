//! A repository's object database: packs, loose objects and alternates behind one door.
//!
//! Own code, read-only, for both hash functions. Two ways in: [`ObjectStore::read`] for single objects and
//! [`ObjectStore::sweep`] for all of them. What is damaged becomes an error or a notice; all else stays readable, and
//! of an object that is stored twice the sound copy is taken. It must never write, and never run git.
//!
//! What is checked: shapes, bounds and sizes always; each zlib stream's Adler-32 always; in a sweep also each pack
//! entry's CRC-32 (header included) and each index's checksum. Contents are not hashed again to be compared with
//! their ids: that guards against forgery, not against damage, and a forged id hides nothing from a scan.

pub mod alternates;
pub mod cache;
mod hand;
pub mod loose;
mod read;
mod share;
mod show;
pub mod sweep;

#[cfg(test)]
mod tests;

use std::ffi::OsStr;
use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::model::{MemoryBudget, Notice, NoticeKind, ObjectId};
use crate::source::pack::data::PackData;
use crate::source::pack::headers::Headers;
use crate::source::pack::index::PackIndex;
use crate::source::pack::inflate::Inflaters;
use crate::source::pack::walk;
pub use crate::source::pack::{HashKind, ObjectKind, PackError};
pub use hand::LARGE;
pub use sweep::{CopyRun, Kinds, SweepOptions, SweptObject, Tally, Visitor};

/// How much memory objects may take unless the caller says otherwise.
fn usual_limit() -> u64 {
    MemoryBudget::current().sixteenths(12)
}

/// Memory for delta bases of random access.
fn cache_bytes() -> usize {
    usize::try_from(MemoryBudget::current().sixteenths(1)).unwrap_or(usize::MAX)
}

/// An object in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct Object {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Object {
    /// Without the content: it may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.kind, self.bytes.len())
    }
}

/// What is known of an object without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its size.
    pub size: u64,
}

/// Why an object could not be read although it is there.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {source}")]
pub struct OdbError {
    /// The pack or file.
    pub place: String,
    /// What is wrong with it.
    pub source: PackError,
}

impl OdbError {
    fn new(place: &Path, source: PackError) -> Self {
        Self { place: place.display().to_string(), source }
    }
}

/// A pack and its index.
pub struct Pack {
    data: PackData,
    index: PackIndex,
    /// Read by the first sweep.
    headers: OnceLock<Arc<Headers>>,
}

impl Pack {
    /// The pack file.
    pub fn path(&self) -> &Path {
        self.data.path()
    }

    /// Its checksum as the index knows it: a name for "this pack's content".
    pub fn checksum(&self) -> &[u8] {
        self.index.pack_checksum()
    }

    /// How many objects it holds.
    pub fn objects(&self) -> u32 {
        self.index.len()
    }
}

/// An object database.
pub struct ObjectStore {
    hash: HashKind,
    packs: Vec<Pack>,
    dirs: Vec<PathBuf>,
    cache: cache::BaseCache,
    inflaters: Inflaters,
    limit: u64,
    notices: Vec<Notice>,
}

impl ObjectStore {
    /// Opens the database that lies in `dirs`: a repository's `objects` directory, then what the caller adds, such as
    /// a quarantine. Their alternates follow by themselves.
    pub fn open(dirs: &[PathBuf], hash: HashKind) -> Self {
        let mut notices = Vec::new();
        let dirs = alternates::object_dirs(dirs, &mut notices);
        let mut packs = Vec::new();
        for dir in &dirs {
            open_packs(&dir.join("pack"), hash, usual_limit(), &mut packs, &mut notices);
        }
        let cache = cache::BaseCache::new(cache_bytes());
        Self { hash, packs, dirs, cache, inflaters: Inflaters::default(), limit: usual_limit(), notices }
    }

    /// Wraps a single pack that is in memory and has no index, such as one inside of a bundle; `name` is for messages,
    /// `limit` is what an object may take together with its delta bases, and what all that the pack stores may take.
    pub fn of_pack(name: PathBuf, bytes: Vec<u8>, hash: HashKind, limit: u64) -> Result<Self, PackError> {
        let data = PackData::from_bytes(name, bytes, hash)?;
        let index = walk::index_of(&data, limit, limit)?;
        let cache = cache::BaseCache::new(cache_bytes());
        let packs = vec![Pack { data, index, headers: OnceLock::new() }];
        let inflaters = Inflaters::default();
        Ok(Self { hash, packs, dirs: Vec::new(), cache, inflaters, limit, notices: Vec::new() })
    }

    /// Sets how much memory an object may take together with the delta bases that it is built from. Objects of more
    /// than 8 MiB are decoded one at a time, so this bounds a sweep on many threads, too.
    pub fn with_memory_limit(mut self, limit: u64) -> Self {
        self.limit = limit;
        self
    }

    /// What could not be opened.
    pub fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// The hash function of its ids.
    pub fn hash(&self) -> HashKind {
        self.hash
    }

    /// Its packs.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// The ids of all loose objects, sorted, each once; what can't be listed becomes a notice.
    pub fn loose_ids(&self, notices: &mut Vec<Notice>) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> = self.dirs.iter().flat_map(|dir| loose::ids(dir, self.hash, notices)).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// The files of all loose objects, in the order of directories and ids.
    pub fn loose_files(&self, notices: &mut Vec<Notice>) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for dir in &self.dirs {
            let mut ids = loose::ids(dir, self.hash, notices);
            ids.sort_unstable();
            files.extend(ids.iter().map(|id| loose::path(dir, id)));
        }
        files
    }

    /// Says whether an object is there; not whether it can be read.
    pub fn contains(&self, id: &ObjectId) -> bool {
        self.is_packed(id) || self.dirs.iter().any(|dir| loose::path(dir, id).exists())
    }

    /// How many numbers [`Self::numbers`] gives out.
    pub fn packed(&self) -> u32 {
        self.numbered().map(|(pack, _)| pack.objects()).sum()
    }

    /// The packs whose objects have numbers, each with its first one.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (&Pack, u32)> {
        self.packs.iter().scan(0_u32, |next, pack| {
            let first = *next;
            *next = first.checked_add(pack.objects()).filter(|&end| end <= i32::MAX as u32)?;
            Some((pack, first))
        })
    }

    /// The numbers of objects that are packed, each below [`Self::packed`] and the same for every copy; none for others. For
    /// many at once.
    pub fn numbers(&self, ids: &[ObjectId]) -> Vec<Option<u32>> {
        let mut numbers = vec![None; ids.len()];
        let mut left: Vec<usize> = (0..ids.len()).collect();
        for (pack, first) in self.numbered() {
            let asked: Vec<ObjectId> = left.iter().map(|&at| ids[at]).collect();
            for (&at, position) in left.iter().zip(pack.index.find_all(&asked)) {
                numbers[at] = position.map(|position| first + position);
            }
            left.retain(|&at| numbers[at].is_none());
        }
        numbers
    }

    /// The id of the packed object with this number.
    pub fn numbered_id(&self, number: u32) -> Option<ObjectId> {
        let mut packs = self.numbered().filter(|(pack, first)| (*first..first + pack.objects()).contains(&number));
        packs.next().map(|(pack, first)| pack.index.id(number - first))
    }

    /// The number of one object.
    pub fn number(&self, id: &ObjectId) -> Option<u32> {
        self.numbered().find_map(|(pack, first)| Some(first + pack.index.find(id)?))
    }

    fn is_packed(&self, id: &ObjectId) -> bool {
        self.packs.iter().any(|pack| pack.index.find(id).is_some())
    }

    /// Lists all ids, sorted, each once.
    pub fn ids(&self, notices: &mut Vec<Notice>) -> Vec<ObjectId> {
        let mut ids = self.loose_ids(notices);
        for pack in &self.packs {
            ids.extend((0..pack.index.len()).map(|position| pack.index.id(position)));
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

/// Opens each pack of a directory, in the order of their names so that every run sees the same.
fn open_packs(dir: &Path, hash: HashKind, limit: u64, packs: &mut Vec<Pack>, notices: &mut Vec<Notice>) {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return,
        Err(error) => return notices.push(notice(dir, &error.into())),
    };
    let mut paths = Vec::new();
    for entry in entries {
        match entry {
            Ok(entry) => paths.push(entry.path()),
            Err(error) => notices.push(notice(dir, &error.into())),
        }
    }
    paths.retain(|path| path.extension() == Some(OsStr::new("pack")));
    paths.sort_unstable();
    for path in paths {
        match open_pack(&path, hash, limit, notices) {
            Ok(pack) => packs.push(pack),
            Err(error) => notices.push(notice(&path, &error)),
        }
    }
}

/// Opens a pack; one whose index is missing or useless is walked from end to end instead.
fn open_pack(path: &Path, hash: HashKind, limit: u64, notices: &mut Vec<Notice>) -> Result<Pack, PackError> {
    let data = PackData::open(path, hash)?;
    let index_path = path.with_extension("idx");
    let index = match PackIndex::open(&index_path, data.end(), hash) {
        Ok(index) => index,
        Err(error) => {
            let kind = match &error {
                PackError::Io(error) if error.kind() == ErrorKind::NotFound => NoticeKind::Warning,
                error => error.notice_kind(),
            };
            let detail = format!("{error}; the pack was read from end to end instead");
            notices.push(Notice::new(kind, index_path.as_os_str().as_encoded_bytes(), detail));
            walk::index_of(&data, limit, u64::MAX)?
        }
    };
    Ok(Pack { data, index, headers: OnceLock::new() })
}

fn notice(path: &Path, error: &PackError) -> Notice {
    Notice::new(NoticeKind::Unreadable, path.as_os_str().as_encoded_bytes(), error.to_string())
}
