//! Why a gate cannot be put up, taken down or looked at.

use std::io;
use std::path::PathBuf;

/// What stands in the way. All of it is the caller's to solve; nothing was changed where it was met.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The program `git` cannot be started.
    #[error("git cannot be started: {0}")]
    NoGit(#[source] io::Error),
    /// `git` said no.
    #[error("git {command}: {message}")]
    Git {
        /// The arguments.
        command: String,
        /// What it printed.
        message: String,
    },
    /// `core.hooksPath` is set for more than this repository.
    #[error("core.hooksPath leads to {}, which all repositories share (set in the {scope} configuration)", path.display())]
    Shared {
        /// The folder.
        path: PathBuf,
        /// Where it is set: `global`, `system` or `command`.
        scope: String,
    },
    /// `core.hooksPath` leads to something that is no folder.
    #[error("hooks are switched off: core.hooksPath leads to {}, which is no folder", path.display())]
    NoFolder {
        /// What it leads to.
        path: PathBuf,
    },
    /// Two hooks want the same name.
    #[error("{}: there is a hook here that stanch did not write, and {} holds an earlier one already", hook.display(), kept.display())]
    Occupied {
        /// The hook.
        hook: PathBuf,
        /// Where an earlier hook is kept.
        kept: PathBuf,
    },
    /// A hook manager's configuration that cannot be edited safely.
    #[error("{}: stanch will not edit this by itself; add these lines:\n{lines}", file.display())]
    ByHand {
        /// The configuration.
        file: PathBuf,
        /// What to add.
        lines: String,
    },
    /// The operating system refused.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it said.
        #[source]
        error: io::Error,
    },
}

impl GateError {
    /// An input-output error at `path`.
    pub fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |error| Self::Io { path, error }
    }
}
