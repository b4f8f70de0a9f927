//! The one door to a repository's files. The only folder that names `git2`.
//!
//! What git stores is read directly where that is simple (configuration, refs, index, loose structure), so that every
//! format and every owner can be read. Nothing that a repository configures is ever run, nothing is ever written.

pub mod config;
pub mod environment;
pub mod index;
pub mod lines;
pub mod modules;
pub mod object;
pub mod objects;
pub mod refs;
pub mod repository;
pub mod revision;
pub mod trees;

pub use crate::source::pack::{HashKind, ObjectKind as Kind};
pub use environment::GitEnvironment;
pub use object::{Commit, Mode, TreeEntries, TreeEntry};
pub use objects::{ObjectError, Objects};
pub use repository::{RefStorage, Repository};

/// What is said of a submodule that is named, but whose repository is not here.
pub const ABSENT_MODULE: &str = "submodule that is not checked out: not scanned; `git submodule update --init` gets it";
