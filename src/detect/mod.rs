//! Bytes in, candidates out: the engine.
//!
//! A pure function of bytes. It does no I/O, knows no path, and cannot fail: bad patterns die when they are loaded.

pub mod assign;
pub mod check;
pub mod delta;
pub mod engine;
mod gate;
pub mod generic;
mod hash;
pub mod hit;
pub mod known;
mod layer;
pub mod overlap;
pub mod prefilter;
pub mod public;
pub mod seal;
pub mod seen;
pub mod selftest;
pub mod shape;
pub mod watch;

use crate::rule::{byte_set, compile, pack};
use prefilter::table;

pub use engine::{Engine, Scratch};
pub use known::Known;
pub use seal::Seal;
