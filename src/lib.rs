//! stanch: a secret scanner for git.

pub mod model;
pub mod report;
pub mod rule;
pub mod source;
pub mod text;
