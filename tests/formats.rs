//! The format matrix: every way in which git can store a repository is read to its end, or refused by name.
//!
//! Each test plants three generated tokens (one removed since, one committed, one staged), lets real `git` bring the
//! repository into a format, proves that it is in that format, and asks `history`, `scan` and `staged`.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

#[path = "formats/indexes.rs"]
mod indexes;
#[path = "formats/names.rs"]
mod names;
#[path = "formats/objects.rs"]
mod objects;
#[path = "formats/parts.rs"]
mod parts;
#[path = "formats/places.rs"]
mod places;
#[path = "formats/plant.rs"]
mod plant;
#[path = "formats/refs.rs"]
mod refs;
#[path = "formats/refused.rs"]
mod refused;
#[allow(dead_code, reason = "shared with other tests, which use the rest")]
mod support;
