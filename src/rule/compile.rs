//! From a rule as written to a matcher that can be packed: the final pattern, its trigger, its window.
//!
//! Shared by the build script and by the loader of a team's own rules, so that both are judged alike; imports only its
//! siblings. It must never guess: what cannot be derived is a problem that the author is told about.

use serde::{Deserialize, Serialize};

use super::byte_set::ByteSet;
use super::gate::Gate;
use super::literal::{self, HOT, SHORTEST};
use super::spec::{AssignSpec, ChecksSpec, PartSpec, RuleSpec};

/// A rule's matching half, ready to be packed.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub struct Matcher {
    /// The final pattern; empty for a rule that hand-written code finds.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub pattern: String,
    /// How the pattern is called.
    pub trigger: Trigger,
    /// Lower-case literals that call it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub literals: Vec<String>,
    /// For each literal the bytes of which one must follow it; for literals beyond its end, any. Only the prefilter's
    /// tables need it.
    #[serde(skip)]
    pub followers: Vec<ByteSet>,
    /// For a prefix: the literals in their own case, if a match must begin with one of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exact: Vec<String>,
    /// What must stand around a literal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<Gate>,
    /// For a prefix: whether a match can only begin where a word begins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bounded: bool,
    /// Bytes before the literal's first byte that may decide.
    pub before: usize,
    /// Bytes after the literal's first byte that may decide.
    pub after: usize,
    /// A run that the match holds: byte ranges and length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<(Vec<(u8, u8)>, usize)>,
    /// Whether the pattern itself holds a mark of the provider.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked: bool,
    /// For `assign`: words of which one must stand beside the name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

impl Matcher {
    /// Whether more than [`MARGIN`] bytes beside a literal may decide.
    pub fn is_far(&self) -> bool {
        self.before.max(self.after) > MARGIN
    }
}

/// How a pattern is called once one of its literals was seen.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
pub enum Trigger {
    /// The match begins at the literal (or at the one byte before it).
    Prefix,
    /// The match contains the literal.
    Inside,
    /// The literal is a word near the match.
    Near,
    /// The literal is a name, and the match begins with it.
    Assign,
    /// Hand-written code.
    Builtin,
}

/// The most bytes that a name may stand before its value.
pub const GAP: usize = 60;
/// The longest match that a pattern may have unless it is multi-line key material.
pub const LONGEST: usize = 32 * 1024;
/// How many bytes beyond a change can matter to an ordinary rule. Rules with a wider window are *far* rules: their
/// literals are remembered by position when only a part of a text is scanned.
pub const MARGIN: usize = 512;
/// Bytes before a key in PEM in which the name may stand that it is given to.
const NAME_REACH: usize = 96;
/// How far a line is taken to reach when parts are looked for.
pub const LINE_REACH: usize = 160;

/// Makes the matcher of `rule`, or says in words what is wrong with it.
pub fn compile(rule: &RuleSpec) -> Result<Matcher, String> {
    let matcher = match (&rule.pattern, &rule.assign, &rule.builtin) {
        (None, None, Some(_)) => Ok(Matcher {
            pattern: String::new(),
            trigger: Trigger::Builtin,
            literals: Vec::new(),
            followers: Vec::new(),
            exact: Vec::new(),
            gate: None,
            bounded: false,
            before: 0,
            after: 0,
            run: None,
            marked: false,
            words: Vec::new(),
        }),
        (Some(pattern), None, None) => compile_pattern(rule, pattern),
        (None, Some(assign), None) => compile_assign(assign),
        _ => Err("needs exactly one of `pattern`, `assign` and `builtin`".to_owned()),
    }?;
    for word in &matcher.literals {
        if word.len() < SHORTEST && rule.keywords.is_empty() {
            return Err(format!("the literal `{word}` is shorter than {SHORTEST} bytes"));
        }
        if HOT.contains(&word.as_str()) {
            return Err(format!("`{word}` is a hot word of code in general and belongs to the generic detector"));
        }
    }
    // The name before a key may say that it is a fake: it counts, so it belongs to the window.
    let reach = if rule.checks.validate.as_deref() == Some("pem") { NAME_REACH } else { 0 };
    let matcher = Matcher { before: matcher.before.max(reach), ..matcher };
    Ok(widen_for_parts(matcher, &rule.parts))
}

fn compile_pattern(rule: &RuleSpec, pattern: &str) -> Result<Matcher, String> {
    let shortest = if rule.keywords.is_empty() { SHORTEST } else { 3 };
    let facts = literal::facts(pattern, shortest)?;
    let longest = facts.longest.ok_or("has a repetition without an upper bound")?;
    if longest > LONGEST {
        return Err(format!("may match {longest} bytes, more than {LONGEST}"));
    }
    let mut matcher = Matcher {
        pattern: pattern.to_owned(),
        trigger: if facts.is_prefix { Trigger::Prefix } else { Trigger::Inside },
        literals: texts(&facts.literals),
        followers: facts.after,
        exact: texts(&facts.exact),
        gate: None,
        bounded: facts.is_bounded,
        before: if facts.is_prefix { 2 } else { longest + 2 },
        after: longest + 2,
        run: facts.run,
        marked: !facts.literals.is_empty(),
        words: Vec::new(),
    };
    if let Some(near) = &rule.near {
        // Hot words may confirm a match, but never call for one.
        let words = near.words.iter().map(|word| word.to_ascii_lowercase());
        matcher.trigger = Trigger::Near;
        matcher.followers.clear();
        matcher.literals = words.filter(|word| !HOT.contains(&word.as_str()) && word.len() >= SHORTEST).collect();
        matcher.before = near.after + longest + 2;
        matcher.after = near.before + longest + 34;
    } else if !rule.keywords.is_empty() && !facts.is_prefix {
        matcher.trigger = Trigger::Inside;
        matcher.before = longest + 2;
        matcher.literals = rule.keywords.iter().map(|word| word.to_ascii_lowercase()).collect();
    }
    let gate = match matcher.trigger {
        Trigger::Prefix => Gate::default(),
        trigger if rule.near.is_some() || !rule.keywords.is_empty() => {
            Gate::of_words(pattern, &facts.literals, &matcher.literals, trigger == Trigger::Near)?
        }
        _ => Gate::of_own(pattern, &facts.literals)?,
    };
    matcher.gate = Some(gate).filter(|gate| *gate != Gate::default());
    if matcher.literals.is_empty() {
        return Err(format!("holds no literal of {SHORTEST} bytes or more: add `near`, `keywords`, or use `assign`"));
    }
    if matcher.literals.iter().any(|literal| !literal.is_ascii()) {
        return Err("has a literal that is not ASCII".to_owned());
    }
    Ok(matcher)
}

fn texts(literals: &[Vec<u8>]) -> Vec<String> {
    literals.iter().map(|literal| String::from_utf8_lossy(literal).into_owned()).collect()
}

fn compile_assign(assign: &AssignSpec) -> Result<Matcher, String> {
    let value = literal::parse(&assign.value)?;
    let longest = value.properties().maximum_len().ok_or("`value` has a repetition without an upper bound")?;
    if value.properties().explicit_captures_len() > 0 {
        return Err("`value` must not have a capturing group: the whole value is the secret".to_owned());
    }
    let (mut names, mut literals) = (Vec::new(), Vec::new());
    for name in &assign.names {
        let segments: Vec<String> = name
            .split(['_', '-', '.', ' '])
            .filter(|segment| !segment.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        let pattern: Vec<String> = segments.iter().map(|segment| regex_syntax::escape(segment)).collect();
        names.push(pattern.join("[_. -]?"));
        literals.extend(spellings(&segments)?);
    }
    literals.sort();
    literals.dedup();
    let names = names.join("|");
    let edge = edge_class(&assign.value)?;
    let value_pattern = &assign.value;
    Ok(Matcher {
        pattern: format!("(?i:{names})(?s:.{{0,{GAP}}}?)[^{edge}]({value_pattern})(?:[^{edge}]|$)"),
        trigger: Trigger::Assign,
        literals,
        followers: Vec::new(),
        exact: Vec::new(),
        gate: None,
        bounded: false,
        before: 34,
        after: 64 + GAP + longest,
        run: literal::facts(value_pattern, SHORTEST)?.run,
        marked: false,
        words: assign.words.iter().map(|word| word.to_ascii_lowercase()).collect(),
    })
}

/// What may not stand directly beside a value: letters, digits, and the joining characters of its own alphabet.
fn edge_class(value: &str) -> Result<&'static str, String> {
    let facts = literal::facts(value, SHORTEST)?;
    let has = |byte: u8| {
        facts.run.as_ref().is_some_and(|(ranges, _)| ranges.iter().any(|&(lo, hi)| (lo..=hi).contains(&byte)))
    };
    Ok(match (has(b'_') || has(b'-'), has(b'+') || has(b'/')) {
        (true, true) => "0-9A-Za-z_+/-",
        (true, false) => "0-9A-Za-z_-",
        (false, true) => "0-9A-Za-z+/",
        (false, false) => "0-9A-Za-z",
    })
}

/// Letters of a name that are enough: of `select_pdf` not `select` alone, which is a word of all code.
const TELLING: usize = 9;

/// All spellings of a name's beginning that are long enough to be watched for.
fn spellings(segments: &[String]) -> Result<Vec<String>, String> {
    let mut spelled = vec![String::new()];
    let mut letters = 0;
    for segment in segments {
        letters += segment.len();
        let is_first = spelled[0].is_empty();
        let joints: &[&str] = if is_first { &[""] } else { &["", "_", "-", ".", " "] };
        spelled =
            spelled.iter().flat_map(|head| joints.iter().map(move |joint| format!("{head}{joint}{segment}"))).collect();
        if letters >= TELLING && !spelled.iter().any(|spelling| HOT.contains(&spelling.as_str())) {
            break;
        }
    }
    if letters < SHORTEST {
        return Err(format!("the name `{}` has fewer than {SHORTEST} letters", segments.join("_")));
    }
    Ok(spelled)
}

fn widen_for_parts(mut matcher: Matcher, parts: &[PartSpec]) -> Matcher {
    let reach = parts.iter().map(|part| part.lines * LINE_REACH + 512).max().unwrap_or(0);
    matcher.before += reach;
    matcher.after += reach;
    matcher
}

/// Everything about a rule that a scan needs; what people are told about it is packed apart.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PackedRule {
    /// `provider-kind`.
    pub id: String,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// `certain`, `high`, `medium` or `low`.
    pub confidence: String,
    /// How it is found.
    pub matcher: Matcher,
    /// What the value must fulfil.
    #[serde(default)]
    pub checks: ChecksSpec,
    /// Further values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PartSpec>,
    /// Globs of paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<String>,
    /// Public material.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
    /// The hand-written code that finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub builtin: Option<String>,
}

/// What people are told, and what the self-test needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PackedText {
    /// Name for people.
    pub name: String,
    /// Provider slug.
    pub provider: String,
    /// What it is.
    pub description: String,
    /// What it grants.
    pub grants: String,
    /// How to revoke it.
    pub revoke: String,
    /// Documentation.
    pub references: Vec<String>,
    /// GitHub secret types.
    pub github: Vec<String>,
    /// Templates to be found.
    pub examples: Vec<String>,
    /// Templates not to be found: text and reason.
    pub counter_examples: Vec<(String, String)>,
}

/// Splits a rule as written into its two packed halves.
pub fn pack(provider: &str, rule: RuleSpec) -> Result<(PackedRule, PackedText), String> {
    let matcher = compile(&rule)?;
    let packed = PackedRule {
        id: rule.id,
        severity: rule.severity,
        confidence: rule.confidence,
        matcher,
        checks: rule.checks,
        parts: rule.parts,
        paths: rule.paths,
        public: rule.public,
        builtin: rule.builtin,
    };
    let text = PackedText {
        name: rule.name,
        provider: provider.to_owned(),
        description: rule.description,
        grants: rule.grants,
        revoke: rule.revoke,
        references: rule.references,
        github: rule.github,
        examples: rule.examples,
        counter_examples: rule.counter_examples.into_iter().map(|counter| (counter.text, counter.why)).collect(),
    };
    Ok((packed, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_watched_for_in_every_spelling() {
        let matcher = compile_assign(&AssignSpec {
            names: vec!["dd_api_key".to_owned()],
            words: Vec::new(),
            value: "[0-9a-f]{32}".to_owned(),
        })
        .unwrap();
        assert_eq!(matcher.trigger, Trigger::Assign);
        assert!(["dd_api_key", "dd-api.key", "ddapikey"].iter().all(|name| name.len() > 5));
        assert_eq!(matcher.literals.len(), 25);
        assert!(
            matcher.literals.contains(&"ddapikey".to_owned()) && matcher.literals.contains(&"dd-api.key".to_owned())
        );
    }
}
