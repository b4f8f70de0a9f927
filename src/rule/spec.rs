//! The shape of a rule file, exactly as people write it.
//!
//! Also compiled into the build script, therefore it imports nothing of ours. What is written here is not yet
//! believed: `lint` judges it and `compile` makes a matcher of it.

use serde::{Deserialize, Serialize};

/// One file: a provider and its rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSpec {
    /// Lower-case slug, the file's name without `.yml`.
    pub provider: String,
    /// Further names by which people call the service.
    #[serde(default)]
    pub names: Vec<String>,
    /// At least one rule.
    pub rules: Vec<RuleSpec>,
}

/// One rule as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSpec {
    /// `provider-kind`, never renamed.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// GitHub secret types that the rule covers.
    #[serde(default)]
    pub github: Vec<String>,
    /// `critical`, `high`, `medium` or `low`.
    pub severity: String,
    /// `certain`, `high`, `medium` or `low`.
    pub confidence: String,
    /// A token that carries its own mark.
    #[serde(default)]
    pub pattern: Option<String>,
    /// A plain value beside a telling name.
    #[serde(default)]
    pub assign: Option<AssignSpec>,
    /// Words that must stand near the pattern's match.
    #[serde(default)]
    pub near: Option<NearSpec>,
    /// Found by hand-written code of this name: `generic`, `shape`, `policy`, `known`.
    #[serde(default)]
    pub builtin: Option<String>,
    /// What the value must fulfil.
    #[serde(default)]
    pub checks: ChecksSpec,
    /// Further values that belong to it.
    #[serde(default)]
    pub parts: Vec<PartSpec>,
    /// Globs: the rule counts only in files whose path matches one.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Recognised as public material.
    #[serde(default)]
    pub public: bool,
    /// Replaces the literals that are derived from the pattern.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// What it is.
    pub description: String,
    /// What an attacker can do with it.
    pub grants: String,
    /// How to revoke and rotate it.
    pub revoke: String,
    /// Documentation, https.
    #[serde(default)]
    pub references: Vec<String>,
    /// Templates that must be found, the value between « and ».
    #[serde(default)]
    pub examples: Vec<String>,
    /// Templates that must not be found.
    #[serde(default)]
    pub counter_examples: Vec<CounterSpec>,
}

/// Name, operator, value.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssignSpec {
    /// Telling names in any spelling; they count where a word begins.
    pub names: Vec<String>,
    /// One of these must stand beside the name.
    #[serde(default)]
    pub words: Vec<String>,
    /// Pattern of the whole value.
    pub value: String,
}

/// Words near a match.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearSpec {
    /// Any of them, any case.
    pub words: Vec<String>,
    /// Bytes before the match in which a word may stand.
    #[serde(default = "near_default")]
    pub before: usize,
    /// Bytes after the match.
    #[serde(default = "near_default")]
    pub after: usize,
}

fn near_default() -> usize {
    200
}

/// What a value must fulfil.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ChecksSpec {
    /// Shannon bits per byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_entropy: Option<f32>,
    /// `digit`, `lower`, `upper`, `symbol`: each must occur.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require: Vec<String>,
    /// A named checksum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// A named structure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validate: Option<String>,
    /// Patterns of values that are never this secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not: Vec<String>,
}

/// A further value.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PartSpec {
    /// What it is.
    pub name: String,
    /// Its pattern; the first group or the whole match is the value.
    pub pattern: String,
    /// How many lines away it may stand, in either direction.
    #[serde(default = "lines_default")]
    pub lines: usize,
    /// Whether the rule also holds without it.
    #[serde(default)]
    pub optional: bool,
}

fn lines_default() -> usize {
    5
}

/// What must not be found, and why.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CounterSpec {
    /// A template.
    pub text: String,
    /// Why it is no secret.
    pub why: String,
}
