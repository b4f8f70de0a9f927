//! The shapes of version 1 of the JSON formats. They belong to these formats alone.

mod finding;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model;
use crate::report::teller::{Teller, iso};
use crate::rule::RuleInfo;

pub(in crate::report) use finding::{Finding, verdict};

/// The version of everything in this file.
pub(in crate::report) const VERSION: u32 = 1;

/// The whole report.
#[derive(Serialize)]
pub(in crate::report) struct Document {
    #[serde(flatten)]
    run: Run,
    summary: Summary,
    findings: Vec<Finding>,
    notices: Vec<Notice>,
    receipt: Receipt,
    rules: Vec<Rule>,
}

/// The report without its findings.
#[derive(Serialize)]
pub(in crate::report) struct ReceiptDocument {
    #[serde(flatten)]
    run: Run,
    summary: Summary,
    notices: Vec<Notice>,
    receipt: Receipt,
}

/// Which run it was.
#[derive(Serialize)]
pub(in crate::report) struct Run {
    version: u32,
    tool: Tool,
    mode: &'static str,
    root: Option<String>,
    started: String,
    /// Wall time; in a line of its own where it is not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_ms: Option<u64>,
    rule_set: RuleSet,
    policy: String,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct RuleSet {
    rules: usize,
    hash: String,
}

/// How it ended.
#[derive(Serialize)]
pub(in crate::report) struct Summary {
    outcome: &'static str,
    exit_code: u8,
    denied: usize,
    warned: usize,
    suppressed: usize,
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    not_read: usize,
    verdict: String,
}

/// What was not read.
#[derive(Serialize)]
pub(in crate::report) struct Notice {
    kind: &'static str,
    incomplete: bool,
    subject: String,
    detail: String,
}

/// What was read, and how much was not.
pub(in crate::report) struct Receipt {
    counts: Vec<(&'static str, u64)>,
    /// What was not read, by kind; each is told among the notices.
    not_read: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct Rule {
    id: String,
    name: String,
    provider: String,
    severity: &'static str,
    confidence: &'static str,
    description: String,
    grants: String,
    revoke: String,
    references: Vec<String>,
    github: Vec<String>,
    public: bool,
}

impl Document {
    pub(super) fn of(teller: &Teller<'_>) -> Self {
        Self {
            run: Run::of(teller),
            summary: Summary::of(teller),
            findings: teller.report.findings.iter().map(|finding| Finding::of(teller, finding)).collect(),
            notices: teller.report.notices.iter().map(|notice| Notice::of(teller, notice)).collect(),
            receipt: Receipt::of(teller.report),
            rules: teller.report.rules.iter().map(|rule| Rule::of(teller, rule)).collect(),
        }
    }
}

impl ReceiptDocument {
    pub(super) fn of(teller: &Teller<'_>) -> Self {
        Self {
            run: Run::of(teller),
            summary: Summary::of(teller),
            notices: teller.report.notices.iter().map(|notice| Notice::of(teller, notice)).collect(),
            receipt: Receipt::of(teller.report),
        }
    }
}

impl Run {
    pub(in crate::report) fn of(teller: &Teller<'_>) -> Self {
        let report = teller.report;
        Self {
            version: VERSION,
            tool: Tool { name: "stanch", version: env!("CARGO_PKG_VERSION") },
            mode: report.mode,
            root: report.root.as_ref().map(|root| teller.line(root.as_os_str().as_encoded_bytes())),
            started: iso(report.started),
            duration_ms: Some(report.duration_ms),
            rule_set: RuleSet { rules: report.rule_set.0, hash: report.rule_set.1.clone() },
            policy: teller.line(&report.policy_source),
        }
    }
}

impl Run {
    /// What is known of it at its beginning.
    pub(in crate::report) fn beginning(teller: &Teller<'_>) -> Self {
        Self { duration_ms: None, ..Self::of(teller) }
    }
}

impl Summary {
    pub(in crate::report) fn of(teller: &Teller<'_>) -> Self {
        use crate::report::Outcome;
        let (tally, outcome) = (teller.tally(), teller.report.outcome());
        let of = |severity| tally.severities.get(&std::cmp::Reverse(severity)).copied().unwrap_or_default();
        Self {
            outcome: match outcome {
                Outcome::Clean => "clean",
                Outcome::Denied => "denied",
                Outcome::Incomplete => "incomplete",
            },
            exit_code: outcome.exit_code(),
            denied: tally.denied,
            warned: tally.warned,
            suppressed: tally.suppressed.values().sum(),
            critical: of(model::Severity::Critical),
            high: of(model::Severity::High),
            medium: of(model::Severity::Medium),
            low: of(model::Severity::Low),
            not_read: teller.missing(),
            verdict: teller.verdict(),
        }
    }
}

impl Notice {
    pub(in crate::report) fn of(teller: &Teller<'_>, notice: &model::Notice) -> Self {
        Self {
            kind: notice.kind.as_str(),
            incomplete: notice.kind.is_incomplete(),
            subject: teller.line(&**notice.subject),
            detail: teller.line(&notice.detail),
        }
    }
}

impl Receipt {
    pub(in crate::report) fn of(report: &crate::report::Report) -> Self {
        let mut counts = report.receipt.counts().to_vec();
        // The sum of those that follow, after the refs.
        counts.insert(1, ("objects", report.receipt.objects()));
        Self { counts, not_read: not_read(report) }
    }
}

impl Serialize for Receipt {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = serializer.serialize_map(Some(self.counts.len() + 1))?;
        self.counts.iter().try_for_each(|(name, count)| map.serialize_entry(name, count))?;
        map.serialize_entry("not_read", &self.not_read)?;
        map.end()
    }
}

/// Numbers of things that were not read, by kind.
pub(in crate::report) fn not_read(report: &crate::report::Report) -> BTreeMap<&'static str, usize> {
    let mut kinds = BTreeMap::new();
    for notice in report.notices.iter().filter(|notice| notice.kind != model::NoticeKind::Warning) {
        *kinds.entry(notice.kind.as_str()).or_default() += 1;
    }
    kinds
}

impl Rule {
    fn of(teller: &Teller<'_>, rule: &RuleInfo) -> Self {
        Self {
            id: teller.line(&rule.id),
            name: teller.line(&rule.name),
            provider: teller.line(&rule.provider),
            severity: rule.severity.as_str(),
            confidence: rule.confidence.as_str(),
            description: teller.line(&rule.description),
            grants: teller.line(&rule.grants),
            revoke: teller.line(&rule.revoke),
            references: rule.references.iter().map(|link| teller.line(link)).collect(),
            github: rule.github.clone(),
            public: rule.public,
        }
    }
}
