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

/// Says whether a short text holds a part. A searcher would take longer to prepare than this takes to look.
pub fn holds(text: &[u8], part: &[u8]) -> bool {
    let Some((&first, rest)) = part.split_first() else { return true };
    memchr::memchr_iter(first, text).any(|at| text[at + 1..].starts_with(rest))
}
