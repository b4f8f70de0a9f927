//! A rule file of any text: refused with words, or rules that load beside the built-in ones.

use std::path::PathBuf;

use stanch::rule::{RuleSet, load_texts};

/// Runs it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match load_texts(vec![(PathBuf::from("fuzz.yml"), text.to_owned())]) {
        Ok(rules) => drop(RuleSet::of(rules)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
