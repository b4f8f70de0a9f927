//! What stanch looks for: rules as they are written, checked, packed and compiled.

pub mod built_in;
pub mod byte_set;
pub mod compile;
pub mod example;
pub mod gate;
pub mod info;
pub mod lint;
pub mod literal;
pub mod load;
pub mod pack;
#[cfg(test)]
mod service;
pub mod set;
pub mod signature;
pub mod spec;

pub use compile::{LINE_REACH, MARGIN, Matcher, PackedRule, PackedText, Trigger};
pub use info::RuleInfo;
pub use load::{LoadError, example_lines, is_rule_file, load, load_texts, texts};
pub use set::{RuleSet, RuleSetError};
pub use signature::{Class, LazyRegex, Signature};
