//! Where bytes come from. The only input of the core; it knows no rules.
//!
//! A source pushes items into a [`Sink`], from as many threads as suit it. The contract: every byte once, paths relative
//! to the root and with slashes, each error a notice that names the thing that was not read. It must never run
//! anything that a repository configures, and never write to it.

use crate::model::{Notice, Provenance, Receipt, Scope};

/// A piece of content to be scanned.
#[derive(Debug, Clone)]
pub struct Item<'a> {
    /// Where it came from.
    pub provenance: Provenance,
    /// The whole content.
    pub bytes: &'a [u8],
    /// Which part of it counts.
    pub scope: Scope,
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
