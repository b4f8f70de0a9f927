//! The shapes of version 1 of the JSON formats. They belong to these formats alone.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{self, Verdict};
use crate::report::safe;
use crate::report::teller::{Teller, is_known, iso};
use crate::rule::RuleInfo;

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

/// A finding.
#[derive(Serialize)]
pub(in crate::report) struct Finding {
    rule: String,
    name: String,
    fingerprint: String,
    severity: &'static str,
    confidence: &'static str,
    verdict: &'static str,
    suppression: Option<Suppression>,
    location: Location,
    /// Masked, or in full when `--show-secrets` was given.
    value: Option<String>,
    value_bytes: Option<usize>,
    parts: Vec<Part>,
    layers: Vec<&'static str>,
    evidence: Vec<String>,
    history: Option<History>,
    concern: Option<Concern>,
    grants: Option<String>,
    remedy: Vec<String>,
    line_hash: Option<String>,
}

#[derive(Serialize)]
struct Suppression {
    by: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct Location {
    /// `path:line:column`, as the text report has it.
    display: String,
    origin: &'static str,
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_percent: Option<String>,
    members: Vec<String>,
    object: Option<String>,
    start: Option<Position>,
    end: Option<Position>,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
    column_utf16: usize,
}

#[derive(Serialize)]
struct Part {
    name: String,
    value: String,
}

#[derive(Serialize)]
struct History {
    first: Option<Commit>,
    last: Option<Commit>,
    refs: Vec<String>,
    unreachable: bool,
}

#[derive(Serialize)]
struct Commit {
    id: String,
    author: String,
    author_date: String,
    commit_date: String,
}

#[derive(Serialize)]
struct Concern {
    name: String,
    owner: Option<String>,
    deadline: String,
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
#[derive(Serialize)]
pub(in crate::report) struct Receipt {
    refs: u64,
    objects: u64,
    commits: u64,
    tags: u64,
    trees: u64,
    blobs: u64,
    seen: u64,
    files: u64,
    bytes: u64,
    matched_bytes: u64,
    remembered: u64,
    archives: u64,
    members: u64,
    member_bytes: u64,
    layers: u64,
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

impl Finding {
    pub(in crate::report) fn of(teller: &Teller<'_>, finding: &model::Finding) -> Self {
        let suppression = match &finding.verdict {
            Verdict::Suppressed { by, reason } => Some(Suppression { by: by.as_str(), reason: teller.line(reason) }),
            Verdict::Deny | Verdict::Warn => None,
        };
        Self {
            rule: teller.line(finding.rule.as_bytes()),
            name: teller.title(finding),
            fingerprint: finding.fingerprint.to_string(),
            severity: finding.severity.as_str(),
            confidence: finding.confidence.as_str(),
            verdict: verdict(&finding.verdict),
            suppression,
            location: Location::of(teller, finding),
            value: teller.value(finding),
            // Of a known value only name and place are told.
            value_bytes: finding.secret.as_ref().filter(|_| !is_known(finding)).map(model::Secret::len),
            parts: teller.parts(finding).into_iter().map(|(name, value)| Part { name, value }).collect(),
            layers: finding.layers.clone(),
            evidence: finding.evidence.0.iter().map(|reason| teller.line(reason.as_bytes())).collect(),
            history: finding.attribution.as_ref().map(|attribution| History::of(teller, attribution)),
            concern: finding.concern.as_ref().map(|concern| Concern {
                name: teller.line(&concern.name),
                owner: concern.owner.as_ref().map(|owner| teller.line(owner)),
                deadline: iso(concern.deadline),
            }),
            grants: teller.grants(finding),
            remedy: teller.remedy(finding),
            line_hash: finding.line_hash.clone(),
        }
    }
}

impl Finding {
    /// Says whether none of its names could itself be a value, which a longer run might come to know as one.
    pub(in crate::report) fn is_plain(&self) -> bool {
        let Location { display, path, path_percent, members, .. } = &self.location;
        let history = self.history.iter();
        let commits = history.clone().flat_map(|history| history.first.iter().chain(&history.last));
        let mut names = std::iter::once(display)
            .chain(path)
            .chain(path_percent)
            .chain(members)
            .chain(history.flat_map(|history| &history.refs))
            .chain(commits.map(|commit| &commit.author))
            .chain(self.suppression.iter().map(|suppression| &suppression.reason));
        names.all(|name| !safe::could_be_value(name))
    }
}

/// The word for a verdict.
pub(in crate::report) fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Deny => "deny",
        Verdict::Warn => "warn",
        Verdict::Suppressed { .. } => "suppressed",
    }
}

impl Location {
    fn of(teller: &Teller<'_>, finding: &model::Finding) -> Self {
        let provenance = &finding.provenance;
        let path = provenance.path.as_ref().map(|path| teller.masked(path));
        let exact = path.as_deref().filter(|path| std::str::from_utf8(path).is_err()).map(safe::uri);
        Self {
            display: teller.place(finding),
            origin: provenance.origin.noun(),
            path: path.map(|path| match std::str::from_utf8(&path) {
                // JSON has its own escapes: a path that is UTF-8 stays as it is.
                Ok(text) => text.to_owned(),
                Err(_) => safe::inline(&path),
            }),
            path_percent: exact,
            members: provenance.members.iter().map(|member| teller.line(&***member)).collect(),
            object: provenance.object.map(|object| object.to_string()),
            start: finding.place.map(|place| Position::of(place.start)),
            end: finding.place.map(|place| Position::of(place.end)),
        }
    }
}

impl Position {
    fn of(position: model::Position) -> Self {
        Self { line: position.line, column: position.column, column_utf16: position.column_utf16 }
    }
}

impl History {
    fn of(teller: &Teller<'_>, attribution: &model::Attribution) -> Self {
        let commit = |commit: &model::CommitRef| Commit {
            id: commit.id.to_string(),
            author: teller.author(commit),
            author_date: iso(commit.author_time),
            commit_date: iso(commit.commit_time),
        };
        Self {
            first: attribution.first.as_ref().map(commit),
            last: attribution.last.as_ref().map(commit),
            refs: attribution.refs.iter().map(|name| teller.line(&***name)).collect(),
            unreachable: attribution.is_unreachable(),
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
        let objects = report.receipt.objects();
        let model::Receipt {
            refs,
            commits,
            tags,
            trees,
            blobs,
            seen,
            files,
            bytes,
            matched_bytes,
            remembered,
            archives,
            members,
            member_bytes,
            layers,
        } = report.receipt;
        Self {
            refs,
            objects,
            commits,
            tags,
            trees,
            blobs,
            seen,
            files,
            bytes,
            matched_bytes,
            remembered,
            archives,
            members,
            member_bytes,
            layers,
            not_read: not_read(report),
        }
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
