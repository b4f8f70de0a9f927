//! Pure functions on bytes: no input or output, no rule, no path.

pub mod base64;
pub mod charset;
pub mod checksum;
pub mod classes;
pub mod decode;
pub mod dotenv;
pub mod edge;
pub mod entropy;
pub mod keyvalue;
pub mod placeholder;
pub mod proof;
pub mod random;
pub mod sniff;
pub mod validate;
pub mod wordlist;
pub mod words;

pub use proof::Proof;
