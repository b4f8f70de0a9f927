//! The files that git tracks: their names, and what is in them on disk.
//!
//! Links are never followed: what they lead to is not in the repository. A file that is not on disk (sparse checkout) is read from
//! the object database, and so are the folders that a sparse index keeps as a whole.

use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice};

use crate::model::ObjectId;
use crate::source::SourceError;
use crate::source::git::index::Index;
use crate::source::git::trees::Trees;
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
    /// Folders of a sparse index whose trees cannot be read, so that nobody knows what is in them.
    pub unlisted: Vec<BString>,
}

/// What a tracked file holds.
pub enum Content {
    /// No such file is tracked.
    Absent,
    /// It is tracked, and cannot be read or is larger than configuration is.
    Unread,
    /// This.
    Text(String),
}

impl Files {
    /// Lists the files in the index of `repository`, which must have a work tree.
    pub fn list(repository: &Repository) -> Result<Self, SourceError> {
        let root = repository.work_dir()?.to_owned();
        let index = Index::read(&repository.index_file(), repository.hash)?;
        let objects = Objects::open(repository);
        let (mut all, mut unlisted) = (Vec::new(), Vec::new());
        let mut trees = Trees::new(&objects);
        for entry in index.iter().filter(|entry| !entry.intent_to_add) {
            if entry.mode.is_tree() {
                below(&mut trees, entry.path.trim_end_with(|c| c == '/'), &entry.id, &mut all, &mut unlisted);
            } else if entry.mode.is_blob() {
                all.push(File { path: entry.path.to_owned(), id: entry.id, is_link: entry.mode.is_symlink() });
            }
        }
        drop(trees);
        all.sort_by(|one, other| one.path.cmp(&other.path));
        all.dedup_by(|one, other| one.path == other.path);
        Ok(Self { root, objects, all, unlisted })
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

    /// Says whether a file on disk is larger than configuration is.
    pub fn is_large(&self, file: &File) -> bool {
        let metadata = super::on_disk(&self.root, &file.path).and_then(|path| std::fs::symlink_metadata(path).ok());
        metadata.is_some_and(|metadata| metadata.is_file() && metadata.len() > LARGEST)
    }

    /// What the tracked file of this path holds as text.
    pub fn text(&self, path: &[u8]) -> Option<String> {
        match self.content(path) {
            Content::Text(text) => Some(text),
            Content::Absent | Content::Unread => None,
        }
    }

    /// The same, for those to whom a file that cannot be read is another thing than one that is not there.
    pub fn content(&self, path: &[u8]) -> Content {
        let Some(file) = self.find(path) else { return Content::Absent };
        self.read(file).map_or(Content::Unread, |bytes| Content::Text(String::from_utf8_lossy(&bytes).into_owned()))
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

/// So deep are folders followed.
const DEEPEST: usize = 512;

/// Lists what is below a folder that the index keeps as a tree.
fn below(trees: &mut Trees<'_>, path: &[u8], id: &ObjectId, all: &mut Vec<File>, unlisted: &mut Vec<BString>) {
    let tree = trees.read(id).ok().filter(|_| path.find_iter("/").count() < DEEPEST);
    let Some(tree) = tree else {
        unlisted.push(path.into());
        return;
    };
    for (name, node) in &tree.entries {
        let path = [path, b"/", name].concat();
        if node.mode.is_tree() {
            below(trees, &path, &node.id, all, unlisted);
        } else if node.mode.is_blob() {
            all.push(File { path: path.into(), id: node.id, is_link: node.mode.is_symlink() });
        }
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
