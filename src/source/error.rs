//! Why a source could not even begin. What fails later, for one file or object, is a notice and never an error.

use std::path::PathBuf;

use bstr::BString;

/// A source that cannot be read at all. Each variant says whose mistake it is.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Usage: a path that does not exist.
    #[error("{}: no such file or directory", path.display())]
    NotFound {
        /// As given.
        path: PathBuf,
    },
    /// Usage: no repository here or above.
    #[error("{}: not inside a git repository", path.display())]
    NotARepository {
        /// Where the search began.
        path: PathBuf,
    },
    /// Usage: the command needs a working tree or an index that a bare repository lacks.
    #[error("{}: a bare repository has no working tree; use `stanch history`", path.display())]
    Bare {
        /// The git directory.
        path: PathBuf,
    },
    /// Usage: a revision that names nothing.
    #[error("`{revision}` names no commit here{}", hint(.reason))]
    UnknownRevision {
        /// As given.
        revision: BString,
        /// What is known about it; may be empty.
        reason: String,
    },
    /// Usage: hook input that does not follow git's protocol.
    #[error("line {line} of the hook's standard input is not what git writes: {problem}")]
    MalformedHookInput {
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Usage: a configuration, baseline or rule file that cannot be taken.
    #[error("{name}: {what}")]
    PolicyFile {
        /// What messages call it.
        name: String,
        /// Why not.
        what: &'static str,
    },
    /// Nobody's mistake: a repository format that this version cannot read.
    #[error("{}: {what} cannot be read by this version of stanch", path.display())]
    UnsupportedFormat {
        /// The git directory or file.
        path: PathBuf,
        /// What is unsupported.
        what: String,
    },
    /// A damaged file of git's.
    #[error("{}: damaged: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// An object without which nothing can be walked is missing or damaged.
    #[error("object {id} cannot be read: {what}")]
    Object {
        /// Its id.
        id: crate::model::ObjectId,
        /// What is wrong with it.
        what: String,
    },
    /// The operating system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What it said.
        #[source]
        error: std::io::Error,
    },
}

impl SourceError {
    /// Says whether the user asked for something that cannot be (exit code 2), as against something that could not be
    /// read (exit code 3).
    pub fn is_usage(&self) -> bool {
        match self {
            Self::NotFound { .. }
            | Self::NotARepository { .. }
            | Self::Bare { .. }
            | Self::UnknownRevision { .. }
            | Self::PolicyFile { .. }
            | Self::MalformedHookInput { .. } => true,
            Self::UnsupportedFormat { .. } | Self::Damaged { .. } | Self::Object { .. } | Self::Io { .. } => false,
        }
    }

    /// An input-output error at `path`.
    pub fn io(path: impl Into<PathBuf>, error: std::io::Error) -> Self {
        Self::Io { path: path.into(), error }
    }

    /// A damaged file at `path`.
    pub fn damaged(path: impl Into<PathBuf>, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.into(), what: what.into() }
    }
}

fn hint(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(" ({reason})") }
}
