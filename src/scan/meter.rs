//! How far a run has come, for whoever draws it while it goes on.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that many threads move. They are for people to look at; the receipt counts by itself.
#[derive(Debug, Default)]
pub struct Meter {
    done: AtomicU64,
    total: AtomicU64,
    bytes: AtomicU64,
    found: AtomicU64,
}

/// What a meter shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Files or objects that were read.
    pub done: u64,
    /// How many there are; 0 where nobody knows.
    pub total: u64,
    /// Bytes that were read.
    pub bytes: u64,
    /// Findings so far.
    pub found: u64,
}

impl Meter {
    /// Says that there is more to do.
    pub fn expect(&self, more: u64) {
        self.total.fetch_add(more, Ordering::Relaxed);
    }

    /// Says what was read.
    pub fn advance(&self, things: u64, bytes: u64) {
        self.done.fetch_add(things, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Says what was found.
    pub fn find(&self, findings: u64) {
        self.found.fetch_add(findings, Ordering::Relaxed);
    }

    /// What it shows now.
    pub fn read(&self) -> Reading {
        let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Reading { done: load(&self.done), total: load(&self.total), bytes: load(&self.bytes), found: load(&self.found) }
    }
}
