//! Every built-in rule against its own examples, alone and within the whole set.

#![allow(clippy::unwrap_used, reason = "a test ends at the first thing that goes wrong")]

use std::sync::Arc;

use stanch::detect::selftest::{self, Outcome};
use stanch::rule::RuleSet;

#[path = "rules/proofs.rs"]
mod proofs;
#[path = "rules/verdicts.rs"]
mod verdicts;

#[test]
fn every_rule_finds_its_examples_and_nothing_else() {
    let rules = Arc::new(RuleSet::embedded());
    let all: Vec<u32> = rules.iter().map(|(index, _)| index).collect();
    let verdicts = selftest::run(&rules, all);
    assert!(verdicts.len() > 1000, "only {} examples ran", verdicts.len());
    let wrong: Vec<String> =
        verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Right).map(ToString::to_string).collect();
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), verdicts.len(), wrong.join("\n"));
}
