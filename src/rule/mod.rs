//! What stanch looks for: rules as they are written, checked, packed and compiled.

pub mod info;

pub use info::RuleInfo;
