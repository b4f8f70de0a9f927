//! Words at which the configuration of a bundler is looked at. It also compiles into the build script, which makes the
//! prefilter's tables of them.

/// As they are written; their order is their number.
pub const BUNDLERS: &[&str] = &["envPrefix", "process.env", "loadEnv"];
