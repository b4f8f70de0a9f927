//! What makes a gate: the hooks before commits and pushes, whose policy counts, what an event in CI asks for, what a
//! change does to the gate itself, and what an audit says of all the guards.
//!
//! It knows no command line; it must never take a decision from the change that it judges. It writes to a repository only
//! when it is asked to by name: hooks, and nothing else.

pub mod audit;
pub mod ci;
pub mod doctor;
pub mod error;
pub mod git;
pub mod hook;
mod objects;
pub mod policy_change;
pub mod protected;
pub mod register;
pub mod respond;
pub mod weakening;

pub use error::GateError;
