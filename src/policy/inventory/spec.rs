//! The inventory as people write it under `secrets:`, with the place of each value that may be wrong.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::Spanned;

/// One secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSpec {
    /// Name of the variable, or a few words.
    pub name: Spanned<String>,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
    /// Who rotates it.
    #[serde(default)]
    pub owner: Option<String>,
    /// Where it is in use.
    #[serde(default)]
    pub environments: OneOrMany,
    /// Folders in the vault.
    #[serde(default)]
    pub folder: OneOrMany,
    /// How bad a leak is.
    #[serde(default)]
    pub severity: Option<Spanned<String>>,
    /// Whether it is a secret at all; `false` declares a public value.
    #[serde(default)]
    pub sensitive: Option<bool>,
    /// How often it is replaced.
    #[serde(default)]
    pub rotation: Option<Spanned<String>>,
    /// What a leak means.
    #[serde(default)]
    pub impact: Option<String>,
    /// Platforms that the vault copies it to.
    #[serde(default)]
    pub syncs_to: OneOrMany,
    /// Further names under which code knows it.
    #[serde(default)]
    pub aliases: Vec<Spanned<String>>,
    /// Rules whose findings concern it.
    #[serde(default)]
    pub rules: Vec<Spanned<String>>,
    /// How to rotate it, step by step.
    #[serde(default)]
    pub playbook: Vec<String>,
    /// A trap: values are never written here.
    #[serde(default)]
    pub value: Option<Spanned<IgnoredAny>>,
}

/// A word or a list of words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany {
    /// Nothing was written.
    #[default]
    None,
    /// One word.
    One(String),
    /// A list.
    Many(Vec<String>),
}

impl OneOrMany {
    /// As a list without blanks.
    pub fn list(&self) -> Vec<String> {
        let words = match self {
            Self::None => &[],
            Self::One(word) => std::slice::from_ref(word),
            Self::Many(words) => words.as_slice(),
        };
        words.iter().map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
    }
}

/// By when a leaked secret must be replaced: `1 h`, `30 min`, `7 days`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeadlinesSpec {
    /// 1 h unless set.
    pub critical: Option<Spanned<String>>,
    /// 4 h unless set.
    pub high: Option<Spanned<String>>,
    /// 24 h unless set.
    pub medium: Option<Spanned<String>>,
    /// 7 days unless set.
    pub low: Option<Spanned<String>>,
}
