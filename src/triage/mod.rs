//! From findings to verdicts: exceptions, thresholds, and the account of which exceptions were used.

pub mod comment;
pub mod verdict;

pub use comment::Comment;
pub use verdict::Judge;
