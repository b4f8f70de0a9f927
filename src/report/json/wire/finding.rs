//! The shape of one finding.

use serde::Serialize;

use crate::model::{self, Verdict};
use crate::report::safe;
use crate::report::teller::{Teller, is_known, iso};

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
    /// Further places of the value in the same text, which have no findings of their own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    again: Vec<Region>,
}

#[derive(Serialize)]
struct Region {
    start: Position,
    end: Position,
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
            again: finding
                .again
                .iter()
                .map(|place| Region { start: Position::of(place.start), end: Position::of(place.end) })
                .collect(),
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
