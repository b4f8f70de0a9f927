//! Where Git LFS keeps the contents that its pointers stand for.
//!
//! A pointer whose content is here is followed; nothing is fetched, and no program is run.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use bstr::{ByteSlice, ByteVec};

use crate::source::file;

/// The contents that a repository keeps.
#[derive(Debug, Clone)]
pub struct Store(PathBuf);

impl Store {
    /// That of the repository whose work tree or git directory is `root`, if there is one.
    pub fn of(root: &Path) -> Option<Self> {
        let link = root.join(".git");
        let own = if link.is_dir() { link } else { linked(&link).unwrap_or_else(|| root.to_owned()) };
        let common = fs::read(own.join("commondir")).ok().and_then(|text| path(&text));
        let store = common.map_or(own.clone(), |common| own.join(common)).join("lfs/objects");
        store.is_dir().then_some(Self(store))
    }

    /// The content that a pointer names, if it is kept and no larger than `most`.
    pub fn open(&self, pointer: &[u8], most: u64) -> Option<File> {
        let id = pointer.lines().find_map(|line| line.strip_prefix(b"oid sha256:"))?.trim_ascii();
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let id = id.to_str().ok().filter(|id| id.len() == 64 && id.bytes().all(|byte| is_digit(&byte)))?;
        let (content, _) = file::open(&self.0.join(&id[..2]).join(&id[2..4]).join(id)).ok()?;
        content.metadata().ok().filter(|about| about.is_file() && about.len() <= most)?;
        Some(content)
    }
}

/// The git directory that a file in a work tree names instead of being it.
fn linked(file: &Path) -> Option<PathBuf> {
    let text = fs::read(file).ok()?;
    Some(file.parent()?.join(path(text.strip_prefix(b"gitdir:")?)?))
}

fn path(text: &[u8]) -> Option<PathBuf> {
    text.trim_ascii().to_vec().into_path_buf().ok()
}
