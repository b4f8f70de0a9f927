//! Everything from which a history can be reached: refs, work trees' `HEAD`s, indexes, reflogs.

use bstr::BString;

use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::git::Repository;
use crate::source::git::index::Index;
use crate::source::git::refs::{Reference, Reflog};
use crate::source::{Sink, SourceError};

/// The roots of a repository's history.
#[derive(Debug, Default)]
pub(super) struct Roots {
    /// Refs and pseudo-refs of all work trees, sorted by name.
    pub references: Vec<Reference>,
    /// All reflogs.
    pub logs: Vec<Reflog>,
    /// Entries of all indexes: the index's name, path and blob.
    pub staged: Vec<(BString, BString, ObjectId)>,
}

impl Roots {
    /// Reads them all. Only a list of refs that cannot be read at all is an error.
    pub fn read(repository: &Repository, sink: &dyn Sink) -> Result<Self, SourceError> {
        let (references, notices) = repository.references()?;
        notices.into_iter().for_each(|notice| sink.notice(notice));
        let (logs, notices) = repository.reflogs()?;
        notices.into_iter().for_each(|notice| sink.notice(notice));
        let mut roots = Self { references, logs, staged: Vec::new() };
        for (name, file) in repository.indexes() {
            match Index::read(&file, repository.hash) {
                Ok(index) => {
                    let blobs = index.iter().filter(|entry| entry.mode.is_blob() && !entry.intent_to_add);
                    roots.staged.extend(blobs.map(|entry| (name.clone(), entry.path.to_owned(), entry.id)));
                }
                Err(error) => sink.notice(Notice::new(NoticeKind::Unreadable, name, error.to_string())),
            }
        }
        Ok(roots)
    }
}
