//! What people are told about a rule; shared by every report and by `stanch rules show`.

use crate::model::{Confidence, Severity};

/// The describing half of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleInfo {
    /// `provider-kind`, never renamed.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Provider slug.
    pub provider: String,
    /// How bad.
    pub severity: Severity,
    /// How sure, at best, without a proof.
    pub confidence: Confidence,
    /// One sentence: what it is.
    pub description: String,
    /// One sentence: what an attacker can do with it.
    pub grants: String,
    /// How to revoke and rotate it.
    pub revoke: String,
    /// Documentation, https.
    pub references: Vec<String>,
    /// GitHub secret types that it covers.
    pub github: Vec<String>,
    /// Recognised as public material.
    pub public: bool,
}
