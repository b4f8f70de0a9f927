//! What must hold for any input: laws between two ways to read the same thing.
//!
//! Texts are made of the rules' own examples, whole, damaged and encoded, so that every kind of finding takes part. A
//! case is its seed, which a failure names; `PROPTEST_CASES` asks for more cases than an ordinary run has.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

#[path = "properties/chunks.rs"]
mod chunks;
#[path = "properties/deltas.rs"]
mod deltas;
#[path = "properties/grow.rs"]
mod grow;
#[path = "support/inside.rs"]
mod inside;
#[path = "properties/proofs.rs"]
mod proofs;
#[path = "properties/sources.rs"]
mod sources;
#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod support;
