//! stanch: a secret scanner for git.

pub mod cli;
pub mod detect;
pub mod model;
pub mod policy;
pub mod report;
pub mod rule;
pub mod scan;
pub mod source;
pub mod text;
pub mod triage;
