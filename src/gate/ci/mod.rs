//! What a run in CI is asked for: the event decides the range, by the same code in an action and on a laptop.
//!
//! 1. [`Event::parse`] reads the payload that GitHub writes beside a run.
//! 2. [`Plan::of`] turns it into commits of this clone, says why, and says what the clone lacks.
//!
//! A range is never guessed wider or narrower than the event says without a word about it, and what is not in the clone makes
//! the run incomplete, never clean.

pub mod event;
pub mod plan;

pub use event::{Event, EventError};
pub use plan::{Asked, Plan};
