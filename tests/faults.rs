//! Whatever breaks, the rest is read, the loss is told, and the exit code is never 0.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

#[path = "faults/bits.rs"]
mod bits;
#[path = "faults/files.rs"]
mod files;
#[path = "support/inside.rs"]
mod inside;
#[path = "faults/output.rs"]
mod output;
#[path = "faults/packs.rs"]
mod packs;
#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod support;
