//! The laws that every rule keeps, ours and a team's own.
//!
//! All problems of a file are collected, none stops the others. Also compiled into the build script.

use std::collections::HashSet;

use super::spec::{FileSpec, RuleSpec};

/// The checks, validators and classes that a rule may name.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary<'a> {
    /// Names of `checks.checksum`.
    pub checksums: &'a [&'a str],
    /// Names of `checks.validate`.
    pub validators: &'a [&'a str],
}

/// One thing that is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Rule id, or the provider where the file as such is meant.
    pub rule: String,
    /// What is wrong, in words.
    pub message: String,
}

const CLASSES: &[&str] = &["digit", "lower", "upper", "symbol"];
const BUILTINS: &[&str] = &["generic", "shape", "policy", "known"];

/// Collects what is wrong with a file's rules, patterns aside (see `compile`).
pub fn lint(file: &FileSpec, stem: &str, vocabulary: Option<Vocabulary<'_>>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut ids = HashSet::new();
    if file.provider != stem {
        let message = format!("`provider: {}` stands in a file named {stem}.yml", file.provider);
        problems.push(Problem { rule: file.provider.clone(), message });
    }
    for rule in &file.rules {
        let mut say = |message: String| problems.push(Problem { rule: rule.id.clone(), message });
        if !ids.insert(&rule.id) {
            say("has an id that an earlier rule has".to_owned());
        }
        lint_text(rule, &mut say);
        lint_checks(rule, vocabulary, &mut say);
    }
    problems
}

fn lint_text(rule: &RuleSpec, say: &mut dyn FnMut(String)) {
    let is_slug = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if !is_slug(&rule.id) || !rule.id.contains('-') {
        say("needs an id of the form provider-kind, lower case".to_owned());
    }
    if !["critical", "high", "medium", "low"].contains(&rule.severity.as_str()) {
        say(format!("`severity: {}` is none of critical, high, medium, low", rule.severity));
    }
    if !["certain", "high", "medium", "low"].contains(&rule.confidence.as_str()) {
        say(format!("`confidence: {}` is none of certain, high, medium, low", rule.confidence));
    }
    for (key, text) in [("description", &rule.description), ("grants", &rule.grants), ("revoke", &rule.revoke)] {
        if !text.trim_end().ends_with('.') {
            say(format!("`{key}` must be a sentence with a full stop"));
        }
    }
    if let Some(reference) = rule.references.iter().find(|reference| !reference.starts_with("https://")) {
        say(format!("the reference `{reference}` is not https"));
    }
    let is_tested = rule.builtin.as_deref().is_none_or(|kind| kind == "generic" || kind == "shape");
    if is_tested && (rule.examples.len() < 2 || rule.counter_examples.is_empty()) {
        say("needs two examples and one counter-example".to_owned());
    }
    for example in &rule.examples {
        if example.matches('«').count() != 1 || example.matches('»').count() != 1 {
            say("has an example that does not mark one value with « and »".to_owned());
        }
    }
    if rule.counter_examples.iter().any(|counter| counter.text.contains('«')) {
        say("has a counter-example with a mark".to_owned());
    }
}

fn lint_checks(rule: &RuleSpec, vocabulary: Option<Vocabulary<'_>>, say: &mut dyn FnMut(String)) {
    if let Some(class) = rule.checks.require.iter().find(|class| !CLASSES.contains(&class.as_str())) {
        say(format!("`require: {class}` is none of digit, lower, upper, symbol"));
    }
    if let Some(builtin) = rule.builtin.as_deref().filter(|builtin| !BUILTINS.contains(builtin)) {
        say(format!("`builtin: {builtin}` is none of {}", BUILTINS.join(", ")));
    }
    let Some(vocabulary) = vocabulary else { return };
    if let Some(name) = rule.checks.checksum.as_deref().filter(|name| !vocabulary.checksums.contains(name)) {
        say(format!("there is no checksum `{name}`; known are {}", vocabulary.checksums.join(", ")));
    }
    if let Some(name) = rule.checks.validate.as_deref().filter(|name| !vocabulary.validators.contains(name)) {
        say(format!("there is no validator `{name}`; known are {}", vocabulary.validators.join(", ")));
    }
}
