//! A finished, sorted, judged report, and the formats that print it.
//!
//! A format never filters, sorts or judges, and never prints a value unless the report says so (SARIF never does).

use std::path::PathBuf;

use crate::model::{Finding, Notice, Receipt};
use crate::rule::RuleInfo;

/// Everything that a run has to say.
#[derive(Debug, Clone)]
pub struct Report {
    /// `scan`, `staged`, `history`, `push`, `ci`, `commit-msg`, `audit`.
    pub mode: &'static str,
    /// Findings, sorted by path, place and rule.
    pub findings: Vec<Finding>,
    /// What was not read and why, sorted.
    pub notices: Vec<Notice>,
    /// What was read.
    pub receipt: Receipt,
    /// The rules that the findings name, sorted by id.
    pub rules: Vec<RuleInfo>,
    /// What was scanned: repository root or directory, as given.
    pub root: Option<PathBuf>,
    /// Number of rules in force and the first 16 digits of their hash.
    pub rule_set: (usize, String),
    /// Where the policy came from: a path, a revision, or `built in`.
    pub policy_source: String,
    /// Seconds since 1970 UTC at which the run began.
    pub started: i64,
    /// Wall time in milliseconds.
    pub duration_ms: u64,
    /// Whether values may be shown.
    pub show_secrets: bool,
    /// Whether an incomplete run counts as clean.
    pub allow_incomplete: bool,
}

/// How a run ended, and with which exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing found and everything read: 0.
    Clean,
    /// Something is denied: 1.
    Denied,
    /// Something could not be read and nothing is denied: 3.
    Incomplete,
}

impl Report {
    /// The outcome: denied findings first, then what was not read.
    pub fn outcome(&self) -> Outcome {
        use crate::model::Verdict;
        if self.findings.iter().any(|finding| finding.verdict == Verdict::Deny) {
            Outcome::Denied
        } else if !self.allow_incomplete && self.notices.iter().any(|notice| notice.kind.is_incomplete()) {
            Outcome::Incomplete
        } else {
            Outcome::Clean
        }
    }

    /// The rule that a finding names.
    pub fn rule(&self, id: &str) -> Option<&RuleInfo> {
        self.rules.binary_search_by(|rule| rule.id.as_str().cmp(id)).ok().map(|at| &self.rules[at])
    }
}

impl Outcome {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Denied => 1,
            Self::Incomplete => 3,
        }
    }
}
