//! The gates with the real `git`: every one blocks a generated secret and lets the clean change pass.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod support;

#[path = "gates/commits.rs"]
mod commits;
#[path = "gates/doctor.rs"]
mod doctor;
#[path = "gates/framework.rs"]
mod framework;
#[path = "gates/hooks.rs"]
mod hooks;
#[path = "gates/pushes.rs"]
mod pushes;
#[path = "gates/traps.rs"]
mod traps;
