//! Pure functions on bytes: no input or output, no rule, no path.

pub mod base64;
pub mod checksum;
pub mod proof;
pub mod random;
pub mod validate;

pub use proof::Proof;
