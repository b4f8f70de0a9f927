//! From findings to verdicts: exceptions, thresholds, and the account of which exceptions were used.

pub mod baseline;
pub mod bypass;
pub mod comment;
pub mod lapse;
pub mod verdict;
pub mod whereabouts;

pub use baseline::Baseline;
pub use bypass::{Bypass, BypassReason};
pub use comment::Comment;
pub use verdict::{Breadth, Exceptions, Judge};
