//! The fuzz targets' bodies, which `tests/replay.rs` of stanch runs over the corpora as well.

pub mod targets;
