//! Reads refs, as files or as reftables, of the main and of all linked work trees.
//!
//! A ref that makes no sense is a notice, never a reason to see fewer of the others.

mod files;
mod reftable;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice, ByteVec};

use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::SourceError;

use super::repository::{RefStorage, Repository};

pub use files::Reflog;

/// A name and the object that it leads to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    /// Full name (`refs/heads/main`), or that of a pseudo-ref (`HEAD`, `FETCH_HEAD`, `worktrees/x/HEAD`).
    pub name: BString,
    /// What it leads to, through other refs if need be.
    pub target: ObjectId,
    /// Whether it only says which other ref is meant.
    pub is_symbolic: bool,
}

/// Where `HEAD` is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch that it names, if it is not detached.
    pub branch: Option<BString>,
    /// The commit; none on an unborn branch.
    pub target: Option<ObjectId>,
}

/// What a ref holds.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    Direct(ObjectId),
    Symbolic(BString),
}

/// Refs lead to refs at most this often.
const MOST_LINKS: usize = 5;

/// The place of one work tree's refs: its own git directory and the shared one.
#[derive(Debug, Clone)]
struct Place<'a> {
    git_dir: &'a Path,
    common_dir: &'a Path,
    storage: RefStorage,
    id_len: usize,
}

impl Repository {
    /// Where this work tree's `HEAD` is.
    pub fn head(&self) -> Result<Head, SourceError> {
        let place = self.place(&self.git_dir);
        match place.value(b"HEAD")? {
            Some(Value::Direct(id)) => Ok(Head { branch: None, target: Some(id) }),
            Some(Value::Symbolic(branch)) => {
                let target = place.resolve(&branch)?;
                Ok(Head { branch: Some(branch), target })
            }
            None => Err(SourceError::damaged(self.git_dir.join("HEAD"), "it names neither a branch nor a commit")),
        }
    }

    /// The object that the ref with the full name `name` leads to.
    pub fn find_ref(&self, name: &[u8]) -> Result<Option<ObjectId>, SourceError> {
        self.place(&self.git_dir).resolve(name)
    }

    /// The commits in `MERGE_HEAD`: the further parents of the commit that is being made.
    pub fn merge_heads(&self) -> Result<Vec<ObjectId>, SourceError> {
        files::heads(&self.git_dir.join("MERGE_HEAD"))
    }

    /// All refs and pseudo-refs of all work trees, sorted by name, and what could not be read.
    pub fn references(&self) -> Result<(Vec<Reference>, Vec<Notice>), SourceError> {
        let (mut found, mut notices) = (Vec::new(), Vec::new());
        for (prefix, git_dir) in self.work_trees(&mut notices) {
            let place = self.place(&git_dir);
            let values = match place.storage {
                RefStorage::Files => files::all(&place, prefix.is_empty(), &mut notices)?,
                RefStorage::Reftable => reftable::all(&place, prefix.is_empty(), &mut notices)?,
            };
            for (name, value) in values {
                let is_symbolic = matches!(value, Value::Symbolic(_));
                let target = match value {
                    Value::Direct(id) => Some(id),
                    Value::Symbolic(next) => match place.resolve(&next) {
                        Ok(target) => target,
                        Err(error) => {
                            notices.push(Notice::new(NoticeKind::Damaged, name.clone(), error.to_string()));
                            None
                        }
                    },
                };
                if let Some(target) = target.filter(|target| !target.is_zero()) {
                    found.push(Reference { name: prefixed(&prefix, &name), target, is_symbolic });
                }
            }
            files::pseudo_refs(&git_dir, &mut notices, |name, target| {
                found.push(Reference { name: prefixed(&prefix, name), target, is_symbolic: false });
            });
        }
        found.sort();
        found.dedup();
        Ok((found, notices))
    }

    /// All entries of all reflogs, of all work trees.
    pub fn reflogs(&self) -> Result<(Vec<Reflog>, Vec<Notice>), SourceError> {
        let (mut logs, mut notices) = (Vec::new(), Vec::new());
        for (prefix, git_dir) in self.work_trees(&mut Vec::new()) {
            let place = self.place(&git_dir);
            let found = match place.storage {
                RefStorage::Files => files::logs(&place, prefix.is_empty(), &mut notices),
                RefStorage::Reftable => reftable::logs(&place, prefix.is_empty(), &mut notices)?,
            };
            logs.extend(found.into_iter().map(|log| Reflog { name: prefixed(&prefix, &log.name), ..log }));
        }
        logs.sort_by(|a, b| a.name.cmp(&b.name));
        Ok((logs, notices))
    }

    /// The index files of all work trees, with the name of the work tree (empty for the main one).
    pub fn indexes(&self) -> Vec<(BString, PathBuf)> {
        let own = self.git_dir.clone();
        let file = |git_dir: &Path| if *git_dir == own { self.index_file() } else { git_dir.join("index") };
        let trees = self.work_trees(&mut Vec::new());
        trees.into_iter().map(|(prefix, git_dir)| (prefixed(&prefix, b"index"), file(&git_dir))).collect()
    }

    /// The main git directory with an empty prefix, and those of linked work trees as `worktrees/NAME`.
    fn work_trees(&self, notices: &mut Vec<Notice>) -> Vec<(BString, PathBuf)> {
        let mut trees = vec![(BString::default(), self.common_dir.clone())];
        let entries = match std::fs::read_dir(self.common_dir.join("worktrees")) {
            Ok(entries) => entries,
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    notices.push(Notice::new(NoticeKind::Unreadable, "worktrees", error.to_string()));
                }
                return trees;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_ok_and(|kind| kind.is_dir()) => {
                    let mut prefix = BString::from("worktrees/");
                    prefix.push_str(Vec::from_os_string(entry.file_name()).unwrap_or_default());
                    trees.push((prefix, entry.path()));
                }
                Ok(_) => {}
                Err(error) => notices.push(Notice::new(NoticeKind::Unreadable, "worktrees", error.to_string())),
            }
        }
        trees.sort();
        trees
    }

    fn place<'a>(&'a self, git_dir: &'a Path) -> Place<'a> {
        Place { git_dir, common_dir: &self.common_dir, storage: self.refs, id_len: self.hash.len() }
    }
}

impl Place<'_> {
    fn value(&self, name: &[u8]) -> Result<Option<Value>, SourceError> {
        if !is_safe_name(name) {
            return Ok(None);
        }
        match self.storage {
            RefStorage::Files => files::value(self, name),
            RefStorage::Reftable => reftable::value(self, name),
        }
    }

    fn resolve(&self, name: &[u8]) -> Result<Option<ObjectId>, SourceError> {
        let mut name = BString::from(name);
        for _ in 0..MOST_LINKS {
            match self.value(&name)? {
                Some(Value::Direct(id)) => return Ok(Some(id)),
                Some(Value::Symbolic(next)) => name = next,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The directory whose refs of this name belong to: the work tree's own or the shared one.
    fn directory(&self, name: &[u8]) -> &Path {
        const OWN: [&[u8]; 3] = [b"refs/bisect/", b"refs/worktree/", b"refs/rewritten/"];
        let is_own = !name.starts_with(b"refs/") || OWN.iter().any(|own| name.starts_with(own));
        if is_own { self.git_dir } else { self.common_dir }
    }
}

/// Says whether a name can be a path below the git directory: no empty, `.` or `..` component.
fn is_safe_name(name: &[u8]) -> bool {
    !name.contains(&0) && name.split_str("/").all(|part| !part.is_empty() && part != b"." && part != b"..")
}

fn prefixed(prefix: &BString, name: impl AsRef<[u8]>) -> BString {
    let name = name.as_ref().as_bstr();
    if prefix.is_empty() { name.to_owned() } else { join(prefix.as_bstr(), name) }
}

fn join(prefix: &BStr, name: &BStr) -> BString {
    let mut joined = prefix.to_owned();
    joined.push(b'/');
    joined.push_str(name);
    joined
}
