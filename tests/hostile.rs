//! Input that is made to hurt: bounded memory, bounded time, safe output, and never a silent 0.
//!
//! Sizes are those of an ordinary run. With `STANCH_LONG=1` they are the full ones: a million refs, a million files, a
//! blob of 2 GB. Peak memory is the child's own, as the kernel counts it.

#![cfg(unix)]
#![allow(clippy::print_stderr, reason = "the figures are what the suite is run for")]
#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

#[path = "hostile/bombs.rs"]
mod bombs;
#[path = "hostile/limits.rs"]
mod limits;
#[path = "hostile/measure.rs"]
mod measure;
#[path = "hostile/names.rs"]
mod names;
#[path = "hostile/quine.rs"]
mod quine;
#[path = "hostile/repositories.rs"]
mod repositories;
#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod support;
