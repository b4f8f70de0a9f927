//! Holds each rule against its own examples, alone and within the whole set, and says precisely what is wrong.

use std::fmt;
use std::sync::Arc;

use super::{Engine, Scratch};
use crate::model::{Candidate, Chunk, RuleIndex, Span};
use crate::rule::compile::{PackedRule, PackedText};
use crate::rule::example::{self, Seeded};
use crate::rule::{RuleSet, Trigger};

/// What one example showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Found, exactly as marked; or, for a counter-example, not found.
    Right,
    /// The rule does not find it.
    Missing,
    /// The rule finds something else: what it captured, as a span of the expanded text.
    WrongSpan(Span),
    /// A counter-example was found.
    Noisy,
    /// The pattern matches, but none of the rule's literals stands within reach of it: the prefilter would never call it.
    Starved,
    /// The named rule took the value.
    Shadowed(String),
    /// The template itself is broken.
    Broken(String),
}

/// The outcome of one example of one rule.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Which rule.
    pub rule: String,
    /// The template.
    pub template: String,
    /// What it showed.
    pub outcome: Outcome,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, template, outcome } = self;
        match outcome {
            Outcome::Right => write!(f, "right: {rule}: {template}"),
            Outcome::Missing => write!(f, "missing: {rule} does not find its example: {template}"),
            Outcome::WrongSpan(span) => {
                write!(f, "wrong span: {rule} captures bytes {}..{} of: {template}", span.start, span.end)
            }
            Outcome::Noisy => write!(f, "noisy: {rule} finds its counter-example: {template}"),
            Outcome::Starved => write!(f, "starved: {rule} matches, but is never called for: {template}"),
            Outcome::Shadowed(other) => write!(f, "shadowed: {other} takes what {rule} should find: {template}"),
            Outcome::Broken(error) => write!(f, "broken: {rule}: {error}: {template}"),
        }
    }
}

/// Runs the examples of rules `of` of the set; every verdict, right ones included.
pub fn run(rules: &Arc<RuleSet>, of: impl IntoIterator<Item = RuleIndex>) -> Vec<Verdict> {
    let all = Engine::new(rules.clone());
    let mut scratch = content();
    let mut verdicts = Vec::new();
    for index in of {
        let signature = rules.signature(index);
        let text = rules.text(index);
        let is_tested = signature.builtin().is_none_or(|kind| kind == "generic" || kind == "shape");
        if !is_tested {
            continue;
        }
        let single = if signature.matcher.trigger == Trigger::Builtin { None } else { alone(rules, index) };
        let mut say = |template: &str, outcome: Outcome| {
            verdicts.push(Verdict { rule: signature.id.to_string(), template: template.to_owned(), outcome });
        };
        for (number, template) in text.examples.iter().enumerate() {
            let outcome = match example::expand(template, &mut Seeded::new(&signature.id, number)) {
                Err(error) => Outcome::Broken(error.to_string()),
                Ok(example) => {
                    let value = example.value.unwrap_or_default();
                    let by_itself =
                        single.as_ref().map(|engine| positive(engine, 0, &example.text, value, &mut content()));
                    match by_itself {
                        Some(outcome) if outcome != Outcome::Right => outcome,
                        _ => positive(&all, index, &example.text, value, &mut scratch),
                    }
                }
            };
            say(template, outcome);
        }
        for (number, (template, _)) in text.counter_examples.iter().enumerate() {
            let outcome = match example::expand(template, &mut Seeded::new(&signature.id, 1000 + number)) {
                Err(error) => Outcome::Broken(error.to_string()),
                Ok(example) => {
                    let found = all.scan(Chunk::whole(&example.text), &mut scratch);
                    if found.iter().any(|candidate| candidate.rule == index) { Outcome::Noisy } else { Outcome::Right }
                }
            };
            say(template, outcome);
        }
    }
    verdicts
}

/// An engine that runs one rule.
fn alone(rules: &RuleSet, index: RuleIndex) -> Option<Engine> {
    let signature = rules.signature(index);
    let rule = PackedRule {
        id: signature.id.to_string(),
        severity: signature.severity.to_string(),
        confidence: signature.confidence.to_string(),
        matcher: signature.matcher.clone(),
        checks: signature.checks_spec(),
        parts: signature.parts_spec(),
        paths: Vec::new(),
        public: signature.public,
        builtin: None,
    };
    let text: &PackedText = rules.text(index);
    Some(Engine::new(Arc::new(RuleSet::of(vec![(rule, text.clone())]).ok()?)))
}

/// Examples are contents of files.
fn content() -> Scratch {
    let mut scratch = Scratch::default();
    scratch.is_content = true;
    scratch
}

fn positive(engine: &Engine, index: RuleIndex, text: &[u8], value: Span, scratch: &mut Scratch) -> Outcome {
    let found = engine.scan(Chunk::whole(text), scratch);
    let own: Vec<&Candidate> = found.iter().filter(|candidate| candidate.rule == index).collect();
    if own.iter().any(|candidate| candidate.span == value) {
        return Outcome::Right;
    }
    if let Some(candidate) = own.first() {
        return Outcome::WrongSpan(candidate.span);
    }
    if let Some(other) = found.iter().find(|candidate| candidate.span.overlaps(value)) {
        return Outcome::Shadowed(engine.rules().signature(other.rule).id.to_string());
    }
    let signature = engine.rules().signature(index);
    let matches = signature.regex(0).is_some_and(|regex| regex.is_match(text));
    let lower = text.to_ascii_lowercase();
    let (before, after) = (signature.matcher.before, signature.matcher.after);
    let reaches = |at: usize| value.start + before >= at && value.end <= at + after;
    let is_called = signature
        .matcher
        .literals
        .iter()
        .any(|literal| memchr::memmem::find_iter(&lower, literal.as_bytes()).any(reaches));
    if matches && !is_called { Outcome::Starved } else { Outcome::Missing }
}
