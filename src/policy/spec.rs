//! The shape of `.stanch.yml` as people write it. Unknown keys are errors, so that a typing mistake never disarms anything.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::inventory::spec::{DeadlinesSpec, SecretSpec};

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySpec {
    /// Format version; 1 today.
    pub version: Option<u32>,
    /// Rules by id, and folders or files with further rules.
    pub rules: RulesSpec,
    /// The `.env` policy.
    pub env_files: EnvFilesSpec,
    /// The least confidence that is reported and denied: `low`, `medium`, `high` or `certain`.
    pub min_confidence: Option<String>,
    /// The least severity that is denied; what is less severe is only told.
    pub min_severity: Option<String>,
    /// Exceptions, each with a reason.
    pub allow: Vec<AllowSpec>,
    /// `stanch:allow` comments: whether they count.
    pub comments: CommentsSpec,
    /// The inventory: the secrets that there are, without their values.
    pub secrets: Vec<SecretSpec>,
    /// By when a leaked secret must be replaced, by severity.
    pub deadlines: DeadlinesSpec,
    /// Steps to rotate a secret that has no playbook of its own.
    pub default_playbook: Vec<String>,
    /// What bundlers give to everybody.
    pub public: PublicSpec,
    /// What `stanch audit` goes by.
    pub audit: super::AuditSpec,
    /// The baseline's file, relative to the configuration file; `.stanch.baseline` at the root unless told otherwise.
    pub baseline: Option<String>,
    /// The file of sealed values, relative to the configuration file; `.stanch.seal` at the root unless told otherwise.
    pub seal: Option<String>,
    /// Whether `paths-ignore` of `.github/secret_scanning.yml` counts here as well.
    pub github_paths_ignore: bool,
    /// Whether a push may be let through with a reason.
    pub bypass: BypassSpec,
}

/// Which rules count.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RulesSpec {
    /// Files or folders with a team's own rules, relative to the configuration file.
    pub load: Vec<String>,
    /// Rule ids that do not count.
    pub disable: Vec<String>,
    /// Severity by rule id.
    pub severity: BTreeMap<String, String>,
    /// Confidence by rule id.
    pub confidence: BTreeMap<String, String>,
}

/// The `.env` policy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EnvFilesSpec {
    /// Globs of banned files; empty means `.env`, `.env.*`, `*.env`.
    pub banned: Vec<String>,
    /// Globs of files that are templates besides the usual ones.
    pub allowed: Vec<String>,
}

/// What bundlers give to everybody.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PublicSpec {
    /// Prefixes besides `VITE_`, `NEXT_PUBLIC_` and their kin.
    pub prefixes: Vec<String>,
    /// Names with a public prefix that are meant to be public.
    pub names: Vec<String>,
}

/// One exception.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowSpec {
    /// Rule id.
    #[serde(default)]
    pub rule: Option<String>,
    /// Glob of paths.
    #[serde(default)]
    pub path: Option<String>,
    /// Fingerprint (`v1:…`), as reports print it.
    #[serde(default)]
    pub fingerprint: Option<String>,
    /// Why.
    pub reason: String,
    /// Last day on which it counts, `YYYY-MM-DD`.
    #[serde(default)]
    pub expires: Option<String>,
}

/// The bypass of push protection.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BypassSpec {
    /// Whether there is one.
    pub allow: bool,
    /// Whether it extends to banned files.
    pub env_files: bool,
}

/// Comments in scanned text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CommentsSpec {
    /// Whether `stanch:allow RULE reason` counts.
    pub allow: bool,
}

impl Default for CommentsSpec {
    fn default() -> Self {
        Self { allow: true }
    }
}
