//! One git pack: its index, its entries, its deltas. Own read-only code, because no library hands out delta segments.
//!
//! A pack is hostile input: every length, offset and distance is checked before it is used, nothing recurses, and
//! nothing is allocated for a size that only the pack claims. Reading is positioned ([`data`]), never through a
//! memory map: a file that shrinks is an error here, not a signal. It must never write, and never decide what an
//! object means.

pub mod data;
pub mod delta;
pub mod entry;
pub mod forest;
pub mod headers;
pub mod index;
pub mod inflate;
pub mod places;
pub mod walk;

use std::fmt;

use crate::model::{NoticeKind, ObjectId};

pub use entry::{Entry, EntryBase};

/// The hash function that names a repository's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashKind {
    /// Ids of 20 bytes.
    Sha1,
    /// Ids of 32 bytes.
    Sha256,
}

impl HashKind {
    /// Bytes of an id.
    pub fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// Hexadecimal digits of an id.
    pub fn hex_len(self) -> usize {
        self.len() * 2
    }

    /// Never: an id has bytes.
    pub fn is_empty(self) -> bool {
        false
    }

    /// Hashes parts one after another.
    pub fn digest(self, parts: &[&[u8]]) -> ObjectId {
        let mut hasher = Hasher::new(self);
        parts.iter().for_each(|part| hasher.update(part));
        hasher.finish()
    }
}

/// Hashes what comes in pieces.
#[derive(Clone)]
pub enum Hasher {
    /// SHA-1.
    Sha1(sha1::Sha1),
    /// SHA-256.
    Sha256(sha2::Sha256),
}

impl Hasher {
    /// Starts a hash.
    pub fn new(hash: HashKind) -> Self {
        use sha1::Digest as _;
        match hash {
            HashKind::Sha1 => Self::Sha1(sha1::Sha1::new()),
            HashKind::Sha256 => Self::Sha256(sha2::Sha256::new()),
        }
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        use sha1::Digest as _;
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// Ends it.
    pub fn finish(self) -> ObjectId {
        use sha1::Digest as _;
        let id = match self {
            Self::Sha1(hasher) => ObjectId::from_bytes(&hasher.finalize()),
            Self::Sha256(hasher) => ObjectId::from_bytes(&hasher.finalize()),
        };
        id.expect("invariant: both digests have the length of an id")
    }
}

/// The kinds of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A commit.
    Commit,
    /// A directory.
    Tree,
    /// A file's content.
    Blob,
    /// An annotated tag.
    Tag,
}

impl ObjectKind {
    /// The word that git uses for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// Reads git's word.
    pub fn from_word(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"commit" => Self::Commit,
            b"tree" => Self::Tree,
            b"blob" => Self::Blob,
            b"tag" => Self::Tag,
            _ => return None,
        })
    }
}

impl fmt::Display for ObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why something in a pack, an index or a loose object could not be used.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The operating system refused.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file is not what its name says.
    #[error("{0}")]
    Format(&'static str),
    /// The file ends too early.
    #[error("ends too early")]
    Truncated,
    /// An entry's header makes no sense.
    #[error("entry header is damaged: {0}")]
    Header(&'static str),
    /// The compressed data is damaged.
    #[error("compressed data is damaged: {0}")]
    Inflate(&'static str),
    /// The delta does not fit its base or itself.
    #[error("delta is damaged: {0}")]
    Delta(&'static str),
    /// The entry's checksum in the index is another one.
    #[error("entry differs from its checksum")]
    Checksum,
    /// A delta's base is not there or not readable.
    #[error("delta base is missing or unreadable")]
    Base,
    /// Deltas that are bases of each other.
    #[error("delta cycle")]
    Cycle,
    /// Larger than the caller allows.
    #[error("needs {size} bytes of memory, more than the limit of {limit}")]
    Limit {
        /// What it needs.
        size: u64,
        /// What is allowed.
        limit: u64,
    },
}

impl PackError {
    /// What kind of loss it is.
    pub fn notice_kind(&self) -> NoticeKind {
        match self {
            Self::Limit { .. } => NoticeKind::Limit,
            Self::Io(_) => NoticeKind::Unreadable,
            _ => NoticeKind::Damaged,
        }
    }
}
