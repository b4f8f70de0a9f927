//! What makes a gate: whose policy counts, what an event in CI asks for, what a change does to the gate itself, and what
//! an audit says of all the guards.
//!
//! It knows no command line; it must never take a decision from the change that it judges.

pub mod audit;
pub mod ci;
pub mod policy_change;
pub mod protected;
pub mod register;
pub mod respond;
pub mod weakening;
