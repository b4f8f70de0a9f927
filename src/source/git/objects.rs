//! Reads single objects of a repository by their id. Shared by threads.

use std::io::{self, Read};

use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::SourceError;
use crate::source::odb::ObjectStore;
use crate::source::pack::{HashKind, ObjectKind, PackError};

use super::repository::Repository;

/// The object database of a repository: loose objects, packs, alternates, quarantine.
pub struct Objects {
    store: ObjectStore,
}

/// Why an object could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// It is not in the database.
    #[error("it is not in the object database")]
    Missing,
    /// It is larger than may be held in memory.
    #[error("it {0}")]
    Limit(String),
    /// Its bytes are not what they should be.
    #[error("it is damaged: {0}")]
    Damaged(String),
}

impl ObjectError {
    /// The notice that `id` could not be read.
    pub fn notice(&self, id: &ObjectId) -> Notice {
        Notice::new(self.kind(), id.to_string(), self.to_string())
    }

    /// The kind of notice that it makes.
    pub fn kind(&self) -> NoticeKind {
        match self {
            Self::Missing => NoticeKind::Missing,
            Self::Limit(_) => NoticeKind::Limit,
            Self::Damaged(_) => NoticeKind::Damaged,
        }
    }

    /// The error that nothing can be walked without `id`.
    pub fn fatal(&self, id: &ObjectId) -> SourceError {
        SourceError::Object { id: *id, what: self.to_string() }
    }
}

impl Objects {
    /// Opens the object database of `repository`. What could not be opened is told by [`ObjectStore::notices`].
    pub fn open(repository: &Repository) -> Self {
        let mut directories = vec![repository.objects_dir()];
        directories.extend(repository.environment.alternate_object_directories.iter().cloned());
        Self { store: ObjectStore::open(&directories, repository.hash) }
    }

    /// The store, to sweep over all objects.
    pub fn store(&self) -> &ObjectStore {
        &self.store
    }

    /// How objects are named.
    pub fn hash(&self) -> HashKind {
        self.store.hash()
    }

    /// The kind and bytes of an object.
    pub fn read(&self, id: &ObjectId) -> Result<(ObjectKind, Vec<u8>), ObjectError> {
        match self.store.read(id) {
            Ok(Some(object)) => Ok((object.kind, object.bytes)),
            Ok(None) => Err(ObjectError::Missing),
            Err(error) => match error.source {
                limit @ PackError::Limit { .. } => Err(ObjectError::Limit(limit.to_string())),
                _ => Err(ObjectError::Damaged(error.to_string())),
            },
        }
    }

    /// Hands the content of a blob over piece by piece, for one that may not be held; says whether it could. `take` reads to the
    /// end.
    pub fn stream_blob(
        &self,
        id: &ObjectId,
        take: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> Result<bool, ObjectError> {
        self.store.stream_blob(id, take).map_err(|error| ObjectError::Damaged(error.to_string()))
    }

    /// The kind of an object.
    pub fn kind(&self, id: &ObjectId) -> Result<ObjectKind, ObjectError> {
        match self.store.header(id) {
            Ok(Some(header)) => Ok(header.kind),
            Ok(None) => Err(ObjectError::Missing),
            Err(error) => Err(ObjectError::Damaged(error.to_string())),
        }
    }

    /// The bytes of an object that must be of `wanted` kind.
    pub fn read_kind(&self, id: &ObjectId, wanted: ObjectKind) -> Result<Vec<u8>, ObjectError> {
        match self.read(id)? {
            (kind, bytes) if kind == wanted => Ok(bytes),
            (kind, _) => Err(ObjectError::Damaged(format!("it is a {kind}, not a {wanted}"))),
        }
    }
}
