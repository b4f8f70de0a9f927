//! A rule as the engine uses it: literals at hand, the pattern compiled on its first use.

use std::sync::{Arc, OnceLock};

use regex_automata::meta::{Config, Regex};
use regex_automata::util::syntax;
use regex_syntax::hir::{Capture, Hir, HirKind, Repetition};

use super::byte_set::ByteSet;
use super::compile::{Matcher, PackedRule, Trigger};
use super::spec::{ChecksSpec, PartSpec};
use crate::model::{Confidence, Severity};
use crate::text::checksum::Checksum;
use crate::text::validate::Validator;

/// Uses after which a pattern that is asked at one place is worth to be compiled for speed, and one that is searched for.
const OFTEN: u32 = 256;
const SELDOM: u32 = 12;
/// So many counts of a repetition are many.
const LONG: u32 = 256;
/// Windows of so many bytes can be searched without much preparation.
const NARROW: usize = 1024;

/// The deciding half of a rule.
#[derive(Debug)]
pub struct Signature {
    /// `provider-kind`.
    pub id: Arc<str>,
    /// How bad.
    pub severity: Severity,
    /// How sure, without a proof.
    pub confidence: Confidence,
    /// How it is found.
    pub matcher: Matcher,
    /// The run that a match holds: which bytes, and how many of them.
    pub run: Option<(ByteSet, usize)>,
    /// What the value must fulfil.
    pub checks: Checks,
    /// Further values that belong to it.
    pub parts: Vec<PartSignature>,
    /// Globs of paths in which alone the rule counts.
    pub paths: Vec<String>,
    /// Public material.
    pub public: bool,
    /// Whether the rule is in force.
    pub enabled: bool,
    builtin: Option<String>,
    spec: (ChecksSpec, Vec<PartSpec>),
    light: OnceLock<Option<Regex>>,
    regex: OnceLock<Option<Regex>>,
}

/// What a value must fulfil.
#[derive(Debug, Default)]
pub struct Checks {
    /// Shannon bits per byte.
    pub min_entropy: Option<f32>,
    /// Classes that must occur.
    pub require: Vec<Class>,
    /// A proof by arithmetic.
    pub checksum: Option<Checksum>,
    /// A proof by structure.
    pub validate: Option<Validator>,
    /// Values that are never this secret.
    pub not: Vec<LazyRegex>,
}

/// A class of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `0`–`9`.
    Digit,
    /// `a`–`z`.
    Lower,
    /// `A`–`Z`.
    Upper,
    /// Anything else.
    Symbol,
}

/// A further value, ready to be searched for.
#[derive(Debug)]
pub struct PartSignature {
    /// What it is.
    pub name: String,
    /// Its pattern.
    pub pattern: LazyRegex,
    /// How many lines away.
    pub lines: usize,
    /// Whether the rule holds without it.
    pub optional: bool,
}

/// A pattern that is compiled on its first use.
#[derive(Debug)]
pub struct LazyRegex {
    pattern: String,
    build: fn(&str) -> Option<Regex>,
    regex: OnceLock<Option<Regex>>,
}

impl LazyRegex {
    /// Keeps a pattern that the laws have accepted.
    pub fn new(pattern: String) -> Self {
        Self { pattern, build, regex: OnceLock::new() }
    }

    /// The same for a pattern that is only held against short values: compiling it costs more than asking it.
    pub fn of_values(pattern: String) -> Self {
        Self { pattern, build: build_light, regex: OnceLock::new() }
    }

    /// The compiled pattern.
    pub fn get(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| (self.build)(&self.pattern)).as_ref()
    }
}

/// Compiles a pattern in byte mode with Unicode off.
pub fn build(pattern: &str) -> Option<Regex> {
    compile(pattern, Regex::config().hybrid_cache_capacity(1 << 20))
}

/// The same, in a quarter of the time; a search that must begin at a given place takes a few times as long.
fn build_light(pattern: &str) -> Option<Regex> {
    compile(pattern, Regex::config().auto_prefilter(false).hybrid(false).onepass(false))
}

fn compile(pattern: &str, config: Config) -> Option<Regex> {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let hir = syntax::parse_with(pattern, &syntax).map(relaxed).map_err(|error| error.to_string());
    let config = config.utf8_empty(false).nfa_size_limit(Some(16 << 20));
    let build = |hir| Regex::builder().configure(config).build_from_hir(&hir).map_err(|error| error.to_string());
    hir.and_then(build).inspect_err(|error| log::error!("a pattern does not compile: {error}")).ok()
}

/// The pattern without the upper bounds of long repetitions of one byte: each would be a state of its own for every count, which
/// takes milliseconds to make and a hundred kilobytes to search with. The window, as long as the pattern allows, bounds it.
fn relaxed(hir: Hir) -> Hir {
    match hir.into_kind() {
        HirKind::Empty => Hir::empty(),
        HirKind::Literal(literal) => Hir::literal(literal.0),
        HirKind::Class(class) => Hir::class(class),
        HirKind::Look(look) => Hir::look(look),
        HirKind::Repetition(repetition) => {
            let is_long = repetition.max.is_some_and(|max| max - repetition.min >= LONG);
            let is_byte = repetition.sub.properties().maximum_len() == Some(1);
            let max = repetition.max.filter(|_| !(is_long && is_byte));
            Hir::repetition(Repetition { max, sub: Box::new(relaxed(*repetition.sub)), ..repetition })
        }
        HirKind::Capture(capture) => Hir::capture(Capture { sub: Box::new(relaxed(*capture.sub)), ..capture }),
        HirKind::Concat(parts) => Hir::concat(parts.into_iter().map(relaxed).collect()),
        HirKind::Alternation(branches) => Hir::alternation(branches.into_iter().map(relaxed).collect()),
    }
}

impl Signature {
    /// Believes a packed rule, or says what is wrong with it.
    pub fn new(rule: PackedRule) -> Result<Self, String> {
        let class = |word: &String| match word.as_str() {
            "digit" => Ok(Class::Digit),
            "lower" => Ok(Class::Lower),
            "upper" => Ok(Class::Upper),
            "symbol" => Ok(Class::Symbol),
            other => Err(format!("`require: {other}` is none of digit, lower, upper, symbol")),
        };
        let checksum = |name: String| Checksum::from_name(&name).ok_or(format!("there is no checksum `{name}`"));
        let validator = |name: String| Validator::from_name(&name).ok_or(format!("there is no validator `{name}`"));
        Ok(Self {
            spec: (rule.checks.clone(), rule.parts.clone()),
            id: rule.id.into(),
            severity: rule.severity.parse().map_err(|error| format!("severity {error}"))?,
            confidence: rule.confidence.parse().map_err(|error| format!("confidence {error}"))?,
            run: rule.matcher.run.as_ref().map(|(ranges, needed)| (ByteSet::of_ranges(ranges), *needed)),
            matcher: rule.matcher,
            checks: Checks {
                min_entropy: rule.checks.min_entropy,
                require: rule.checks.require.iter().map(class).collect::<Result<_, _>>()?,
                checksum: rule.checks.checksum.map(checksum).transpose()?,
                validate: rule.checks.validate.map(validator).transpose()?,
                not: rule.checks.not.into_iter().map(LazyRegex::of_values).collect(),
            },
            parts: rule
                .parts
                .into_iter()
                .map(|part| PartSignature {
                    name: part.name,
                    pattern: LazyRegex::new(part.pattern),
                    lines: part.lines,
                    optional: part.optional,
                })
                .collect(),
            paths: rule.paths,
            public: rule.public,
            enabled: true,
            builtin: rule.builtin,
            light: OnceLock::new(),
            regex: OnceLock::new(),
        })
    }

    /// The compiled pattern, for one who has used it so many times: what is called seldom is not worth much work. None for
    /// rules found by hand-written code.
    pub fn regex(&self, uses: u32) -> Option<&Regex> {
        let pattern = &self.matcher.pattern;
        if pattern.is_empty() {
            return None;
        }
        if uses < self.patience() {
            return self.light.get_or_init(|| build_light(pattern)).as_ref();
        }
        self.regex.get_or_init(|| build(pattern)).as_ref()
    }

    /// From this use on the compiled pattern is another one.
    pub fn patience(&self) -> u32 {
        let Matcher { trigger, after, .. } = &self.matcher;
        let is_short = matches!(trigger, Trigger::Prefix | Trigger::Assign) && *after <= NARROW;
        if is_short { OFTEN } else { SELDOM }
    }
}

impl Signature {
    /// The kind of hand-written code that finds the rule, if any.
    pub fn builtin(&self) -> Option<&str> {
        self.builtin.as_deref()
    }

    /// The checks as they were written.
    pub fn checks_spec(&self) -> ChecksSpec {
        self.spec.0.clone()
    }

    /// The parts as they were written.
    pub fn parts_spec(&self) -> Vec<PartSpec> {
        self.spec.1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_repetitions_lose_their_upper_bound_and_nothing_else() {
        let config = syntax::Config::new().unicode(false).utf8(false);
        let parsed = |pattern: &str| syntax::parse_with(pattern, &config).unwrap();
        for (written, compiled) in [
            (r"\b(key_[a-f]{20,400})(?:[^a-f]|$)", r"\b(key_[a-f]{20,})(?:[^a-f]|$)"),
            (r"(?m)^-[a-z+/\s]{100,15000}?-$|x", r"(?m)^-[a-z+/\s]{100,}?-$|x"),
            // Short ones, exact ones and those of several bytes keep what they have.
            (r"[a-f]{20,60}(?:ab){1,400}[0-9]{500}", r"[a-f]{20,60}(?:ab){1,400}[0-9]{500}"),
        ] {
            assert_eq!(relaxed(parsed(written)), parsed(compiled), "{written}");
        }
    }
}
