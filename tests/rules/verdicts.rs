//! What a self-test says of a rule: each outcome provoked by a rule that earns it.

use std::path::PathBuf;
use std::sync::Arc;

use stanch::detect::selftest::{self, Outcome};
use stanch::rule::{self, RuleSet};

/// The outcomes of one rule beside the built-in ones, in the order of its examples and counter-examples.
fn outcomes(matcher: &str, examples: &[&str], counter: &str) -> Vec<Outcome> {
    let examples: Vec<String> = examples.iter().map(|example| format!("      - '{example}'\n")).collect();
    let yaml = format!(
        "provider: prism\nrules:\n  - id: prism-key\n    name: Prism key\n    severity: high\n    confidence: high\n{matcher}    \
         description: A key.\n    grants: Everything.\n    revoke: Dashboard.\n    examples:\n{}    counter_examples:\n      \
         - {{ text: '{counter}', why: none }}\n",
        examples.concat()
    );
    let own = rule::load_texts(vec![(PathBuf::from("prism.yml"), yaml)]).unwrap();
    let mut rules = RuleSet::embedded();
    rules.extend(own).unwrap();
    let index = rules.find("prism-key");
    selftest::run(&Arc::new(rules), index).into_iter().map(|verdict| verdict.outcome).collect()
}

#[test]
fn each_outcome_is_told_from_the_others() {
    let pattern = "    pattern: '\\b(prism_live_[0-9a-f]{32})\\b'\n";
    let told = outcomes(
        pattern,
        &["key = «prism_live_%{hex:32}»", "key = prism_live_«%{hex:32}»", "key = «prism_test_%{hex:32}»"],
        "prism_live_%{hex:32}",
    );
    assert!(matches!(&told[..], [Outcome::Right, Outcome::WrongSpan(_), Outcome::Missing, Outcome::Noisy]), "{told:?}");
    assert!(matches!(&outcomes(pattern, &["«%{nope:3}»", "«prism_live_%{hex:32}»"], "no")[0], Outcome::Broken(_)));
}

#[test]
fn a_rule_whose_literal_does_not_call_it_is_starved() {
    let pattern = "    pattern: '\\b([0-9a-f]{32}\\.prism)\\b'\n    keywords: [prismatic]\n";
    let told = outcomes(pattern, &["key = «%{hex:32}.prism»", "prismatic = «%{hex:32}.prism»"], "no");
    // A literal that stands beside the match is out of its reach.
    assert_eq!(told, [Outcome::Starved, Outcome::Starved, Outcome::Right]);
    let near = "    pattern: '\\b([0-9a-f]{32}\\.prism)\\b'\n    near: { words: [prismatic] }\n";
    let told = outcomes(near, &["prismatic = «%{hex:32}.prism»", "«%{hex:32}.prism» is prismatic"], "no");
    assert_eq!(told, [Outcome::Right, Outcome::Right, Outcome::Right]);
}

#[test]
fn a_rule_whose_value_a_built_in_rule_takes_is_shadowed() {
    let pattern = "    pattern: '\\b(ghp_[0-9A-Za-z]{36})\\b'\n";
    let told = outcomes(pattern, &["key = «%{checksum:github:ghp_}»", "x: «%{checksum:github:ghp_}»"], "no");
    let shadowed = Outcome::Shadowed("github-personal-access-token".to_owned());
    assert_eq!(told, [shadowed.clone(), shadowed, Outcome::Right]);
}
