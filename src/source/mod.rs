//! Where bytes come from. The only input of the core; it knows no rules.
//!
//! A source pushes items into a [`Sink`], from as many threads as suit it. The contract: every byte once, paths relative
//! to the root and with slashes, each error a notice that names the thing that was not read. It must never run
//! anything that a repository configures, and never write to it.

pub mod archive;
#[cfg(test)]
pub(crate) mod collect;
pub mod content;
pub mod error;
pub mod file;
pub mod git;
pub mod history;
mod kept;
pub mod lfs;
pub mod odb;
pub mod outcome;
pub mod oversize;
pub mod pack;
pub mod policy_files;
pub mod push;
#[cfg(test)]
pub(crate) mod sandbox;
pub mod staged;
pub mod stdin;
pub mod verdicts;
pub mod worktree;

pub use error::SourceError;
pub use policy_files::PolicyFiles;

use crate::model::{Attribution, Notice, Position, Provenance, Receipt, Scope};

/// A piece of content to be scanned.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    /// Where it came from.
    pub provenance: Provenance,
    /// The content.
    pub bytes: &'a [u8],
    /// Which part of it counts.
    pub scope: Scope,
    /// Set when `bytes` is only a piece of a content that is too large to be held at once.
    pub piece: Option<Piece>,
    /// Which commit brought it, where the source knows that beforehand.
    pub attribution: Option<&'a Attribution>,
}

/// Where a piece of a large content begins.
///
/// Neighbouring pieces overlap in bytes but not in scope: a candidate that lies across their border is found in
/// both, at the same place of the whole content, and counts once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Offset of the piece's first byte in the whole content.
    pub offset: u64,
    /// Position of the piece's first byte in the whole content.
    pub start: Position,
}

impl<'a> Item<'a> {
    /// A content of which every byte counts.
    pub fn whole(provenance: Provenance, bytes: &'a [u8]) -> Self {
        Self { provenance, bytes, scope: Scope::All, piece: None, attribution: None }
    }

    /// The same with a scope.
    pub fn scoped(self, scope: Scope) -> Self {
        Self { scope, ..self }
    }

    /// The same with the commit that brought it.
    pub fn attributed(self, attribution: &'a Attribution) -> Self {
        Self { attribution: Some(attribution), ..self }
    }
}

impl Piece {
    /// Turns a position inside the piece into a position in the whole content.
    pub fn absolute(&self, position: Position) -> Position {
        let same_line = position.line == 1;
        let add = |here: usize, before: usize| if same_line { here + before - 1 } else { here };
        Position {
            line: position.line + self.start.line - 1,
            column: add(position.column, self.start.column),
            column_utf16: add(position.column_utf16, self.start.column_utf16),
        }
    }
}

/// Takes what a source reads. Shared by all of the source's threads.
pub trait Sink: Sync {
    /// Scans an item.
    fn item(&self, item: Item<'_>);
    /// Records what was not read, and why.
    fn notice(&self, notice: Notice);
    /// Adds to the receipt what the source itself has counted (refs, commits, trees, …); items are counted by the sink.
    fn count(&self, part: &Receipt);
    /// Says whether the run was interrupted: stop as soon as convenient.
    fn cancelled(&self) -> bool {
        false
    }
}
