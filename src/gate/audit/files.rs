//! The files that git tracks: their names, and what is in them on disk.
//!
//! Links are never followed: what they lead to is not in the repository. A file that is not on disk (sparse checkout) is read from
//! the object database.

use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice};

use crate::model::ObjectId;
use crate::source::SourceError;
use crate::source::git::index::Index;
use crate::source::git::{Kind, Objects, Repository};

/// Larger files are no configuration.
const LARGEST: u64 = 8 << 20;

/// A tracked file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Path from the root, with slashes.
    pub path: BString,
    /// Its blob in the index.
    pub id: ObjectId,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// All tracked files of a work tree.
pub struct Files {
    root: PathBuf,
    objects: Objects,
    /// In the order of their paths.
    pub all: Vec<File>,
}

impl Files {
    /// Lists the files in the index of `repository`, which must have a work tree.
    pub fn list(repository: &Repository) -> Result<Self, SourceError> {
        let root = repository.work_dir()?.to_owned();
        let index = Index::read(&repository.index_file(), repository.hash)?;
        let entries = index.iter().filter(|entry| entry.mode.is_blob() && !entry.intent_to_add);
        let mut all: Vec<File> = entries
            .map(|entry| File { path: entry.path.to_owned(), id: entry.id, is_link: entry.mode.is_symlink() })
            .collect();
        all.dedup_by(|one, other| one.path == other.path);
        Ok(Self { root, objects: Objects::open(repository), all })
    }

    /// The root of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The tracked file of this path.
    pub fn find(&self, path: &[u8]) -> Option<&File> {
        self.all.binary_search_by(|file| file.path.as_slice().cmp(path)).ok().map(|at| &self.all[at])
    }

    /// What a tracked file holds; none when it cannot be read or is larger than configuration is.
    pub fn read(&self, file: &File) -> Option<Vec<u8>> {
        let on_disk = super::on_disk(&self.root, &file.path)?;
        if !file.is_link
            && let Ok(metadata) = std::fs::symlink_metadata(&on_disk)
            && metadata.is_file()
        {
            return (metadata.len() <= LARGEST).then(|| std::fs::read(&on_disk).ok()).flatten();
        }
        self.objects.read_kind(&file.id, Kind::Blob).ok()
    }

    /// What the tracked file of this path holds as text.
    pub fn text(&self, path: &[u8]) -> Option<String> {
        self.find(path).and_then(|file| self.read(file)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Every folder that holds a tracked file, the root (empty) first.
    pub fn folders(&self) -> Vec<BString> {
        let mut folders = std::collections::BTreeSet::from([BString::default()]);
        for file in &self.all {
            let mut path = file.path.as_bstr();
            while let Some((parent, _)) = path.rsplit_once_str("/") {
                if !folders.insert(parent.into()) {
                    break;
                }
                path = parent.as_bstr();
            }
        }
        folders.into_iter().collect()
    }
}

/// The last component of a path.
pub(super) fn leaf(path: &[u8]) -> &[u8] {
    path.rsplit_once_str("/").map_or(path, |(_, leaf)| leaf)
}

/// The folder of a path; empty for the root.
pub(super) fn folder(path: &[u8]) -> &[u8] {
    path.rsplit_once_str("/").map_or(b"", |(folder, _)| folder)
}
