//! One look at everything that git keeps: which objects hold a value, and all versions of the banned files.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use bstr::{BString, ByteSlice};
use memchr::memmem::Finder;

use super::values::Value;
use crate::gate::objects::{self, Gaps};
use crate::model::{Notice, ObjectId};
use crate::source::SourceError;
use crate::source::git::{Objects, Repository, object};
use crate::source::history::{History, Sought};
use crate::source::odb::ObjectKind;

/// What was seen.
pub struct Past<'r> {
    /// The history.
    pub history: History<'r>,
    /// For each value, the objects that hold it.
    pub holders: Vec<BTreeSet<ObjectId>>,
    /// For each sought path, its blobs.
    pub files: BTreeMap<BString, BTreeSet<ObjectId>>,
    /// What could not be read.
    pub gaps: Vec<Notice>,
}

/// Looks for `values` in every object, and for every version of the files at `paths`.
pub fn look<'r>(
    repository: &'r Repository,
    values: &[Value],
    paths: &BTreeSet<BString>,
) -> Result<Past<'r>, SourceError> {
    let gaps = Gaps::default();
    let holders = Mutex::new(vec![BTreeSet::new(); values.len()]);
    let finders: Vec<Finder<'_>> = values.iter().map(|value| Finder::new(value.raw.expose())).collect();
    let history = objects::look(repository, &gaps, &|object| {
        let prose;
        let text: &[u8] = match object.kind {
            ObjectKind::Blob => object.bytes,
            ObjectKind::Commit | ObjectKind::Tag => {
                prose = object::prose(object.bytes);
                &prose
            }
            ObjectKind::Tree => &[],
        };
        for (at, finder) in finders.iter().enumerate() {
            if finder.find(text).is_some() {
                holders.lock().unwrap_or_else(PoisonError::into_inner)[at].insert(object.id);
            }
        }
    })?;
    let leaves: HashSet<BString> =
        paths.iter().map(|path| path.rsplit_once_str("/").map_or(path.as_slice(), |(_, leaf)| leaf).into()).collect();
    let mut files: BTreeMap<BString, BTreeSet<ObjectId>> = BTreeMap::new();
    for sighting in history.attribute(&Sought::new(HashSet::new(), leaves), &gaps) {
        if let Some(path) = sighting.path.filter(|path| paths.contains(path)) {
            files.entry(path).or_default().insert(sighting.blob);
        }
    }
    let holders = holders.into_inner().unwrap_or_else(PoisonError::into_inner);
    let gaps = gaps.into_notices();
    Ok(Past { history, holders, files, gaps })
}

impl Past<'_> {
    /// The object database.
    pub fn objects(&self) -> &Objects {
        self.history.objects()
    }
}
