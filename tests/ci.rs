//! The gates of pushes and of CI, with the real binary and the real `git`.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod support;

#[path = "ci/action.rs"]
mod action;
#[path = "ci/binary.rs"]
mod binary;
#[path = "ci/events.rs"]
mod events;
#[path = "ci/policy.rs"]
mod policy;
#[path = "ci/sarif.rs"]
mod sarif;
