//! What must hold for any input: laws between two ways to read the same thing.
//!
//! Texts are made of the rules' own examples, whole, damaged and encoded, so that every kind of finding takes part. A
//! case is its seed, which a failure names. An ordinary run draws the cases of `.cargo/config.toml`, always the same.

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
