//! What makes a gate: whose policy counts, what an event in CI asks for, and what a change does to the gate itself.
//!
//! It knows no command line and no report; it must never take a decision from the change that it judges.

pub mod protected;
