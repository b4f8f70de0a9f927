//! The laboratory: a token in every hiding place, fresh in each run, and every one of them has to be found.
//!
//! `cargo test --test laboratory -- --nocapture` prints the table. `STANCH_LAB_SEED` repeats a run, and
//! `STANCH_LAB_BYTES` sets the size of the large file.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]
#![allow(clippy::print_stdout, reason = "the table of places is what this is for")]

#[allow(dead_code, reason = "every test binary needs another part of it")]
mod support;

#[path = "laboratory/bait.rs"]
mod bait;
#[path = "laboratory/containers.rs"]
mod containers;
#[path = "laboratory/encodings.rs"]
mod encodings;
#[path = "laboratory/history.rs"]
mod history;
#[path = "laboratory/places.rs"]
mod places;
#[path = "laboratory/pointers.rs"]
mod pointers;
#[path = "laboratory/redaction.rs"]
mod redaction;
#[path = "laboratory/sizes.rs"]
mod sizes;
