//! Where scanned bytes came from, in terms of files, the index and commits.

use std::sync::Arc;

use bstr::BString;

use super::ObjectId;

/// Where a chunk came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Provenance {
    /// What kind of place.
    pub origin: Origin,
    /// Path in the repository (slashes) or as given on the command line; none for messages and standard input.
    pub path: Option<BString>,
    /// Names of archive members on the way in, outermost first.
    pub members: Vec<BString>,
    /// The git object that holds the bytes, where there is one.
    pub object: Option<ObjectId>,
}

/// The kinds of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A file on disk.
    File,
    /// Standard input.
    Stdin,
    /// The git index.
    Index,
    /// A blob of the object database.
    Blob,
    /// A commit's message, author or committer line.
    Commit,
    /// A tag's message or tagger line.
    Tag,
    /// A name: of a branch, a tag or a path component.
    Name,
    /// A reflog entry.
    Reflog,
    /// A commit message that is being written.
    Message,
}

impl Provenance {
    /// A place with a path and nothing else.
    pub fn new(origin: Origin, path: Option<BString>) -> Self {
        Self { origin, path, members: Vec::new(), object: None }
    }

    /// The path with archive members, as `outer.zip!inner/file`; for objects without a path, their kind and id.
    pub fn display(&self) -> BString {
        let mut text = match (&self.path, self.object) {
            // The log of a branch is not the branch.
            (Some(path), _) if self.origin == Origin::Reflog => BString::from([b"reflog ", path.as_slice()].concat()),
            (Some(path), _) => path.clone(),
            (None, Some(id)) => BString::from(format!("{} {}", self.origin.noun(), id.short())),
            (None, None) => BString::from(self.origin.noun()),
        };
        for member in &self.members {
            text.push(b'!');
            text.extend_from_slice(member);
        }
        text
    }

    /// The innermost name: what path rules judge.
    pub fn innermost(&self) -> Option<&BString> {
        self.members.last().or(self.path.as_ref())
    }
}

impl Origin {
    /// The word for it in reports.
    pub fn noun(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Stdin => "standard input",
            Self::Index => "index",
            Self::Blob => "blob",
            Self::Commit => "commit",
            Self::Tag => "tag",
            Self::Name => "name",
            Self::Reflog => "reflog",
            Self::Message => "commit message",
        }
    }
}

/// A commit, as far as a report may speak of it: no e-mail address, no message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitRef {
    /// Its id.
    pub id: ObjectId,
    /// The author's name.
    pub author: BString,
    /// Author date, seconds since 1970 UTC.
    pub author_time: i64,
    /// Commit date, seconds since 1970 UTC.
    pub commit_time: i64,
}

/// Since when, until when and from where a blob can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attribution {
    /// The first commit that held the blob at that path (merges included).
    pub first: Option<CommitRef>,
    /// The last commit that held it.
    pub last: Option<CommitRef>,
    /// Branches, tags and other refs from which it can still be reached, full names, sorted. Many blobs have the same.
    pub refs: Arc<Vec<BString>>,
}

impl Attribution {
    /// Says whether no ref reaches the blob any more.
    pub fn is_unreachable(&self) -> bool {
        self.refs.is_empty()
    }
}
