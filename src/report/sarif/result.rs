//! A finding as a SARIF result, placed so that its alert survives.
//!
//! A finding of the history is placed at the path and lines of the blob that introduced it, though the file may be gone. One
//! value at one path is one result, however many versions of the file held it: the earliest speaks for all. Findings in commits,
//! tags and objects without a path stand each for itself.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Location, PhysicalLocation, Region, Result as SarifResult, ResultLevel, Suppression,
};

use super::rules::Index;
use super::{bag, message};
use crate::model::{Finding, Origin, Place, Severity, Suppressor, Verdict};
use crate::report::json::wire;
use crate::report::safe;
use crate::report::teller::{Teller, counted, date, iso};

/// One finding for each value and path of a history; all others as they are, in their order.
pub(super) fn merged(findings: &[Finding]) -> Vec<&Finding> {
    let mut kept: Vec<&Finding> = Vec::with_capacity(findings.len());
    let mut places = HashMap::new();
    for finding in findings {
        let provenance = &finding.provenance;
        let born = |finding: &Finding| {
            let first = finding.attribution.as_ref().and_then(|attribution| attribution.first.as_ref());
            first.map_or(i64::MAX, |first| first.commit_time)
        };
        if provenance.origin != Origin::Blob || provenance.path.is_none() || finding.secret.is_none() {
            kept.push(finding);
            continue;
        }
        let excused = matches!(finding.verdict, Verdict::Suppressed { .. });
        let key = (&finding.rule, finding.fingerprint, &provenance.path, &provenance.members, excused);
        match places.get(&key) {
            None => {
                places.insert(key, kept.len());
                kept.push(finding);
            }
            Some(&at) if born(finding) < born(kept[at]) => kept[at] = finding,
            Some(_) => {}
        }
    }
    kept
}

/// The result of a finding.
pub(super) fn of(teller: &Teller<'_>, rules: &Index, finding: &Finding) -> SarifResult {
    let (rule_id, rule_index) = rules.place(finding);
    let result = SarifResult::builder()
        .rule_id(rule_id)
        .rule_index(rule_index)
        .level(level(finding))
        .message(message(sentences(teller, finding)))
        .locations(vec![location(teller, finding)])
        .partial_fingerprints(fingerprints(finding))
        .properties(properties(teller, finding))
        .build();
    let suppressions = match &finding.verdict {
        Verdict::Suppressed { by, reason } => Some(vec![
            Suppression::builder()
                .kind(json!(if *by == Suppressor::Comment { "inSource" } else { "external" }))
                .status(json!("accepted"))
                .justification(format!("{}: {}", by.as_str(), teller.line(reason)))
                .build(),
        ]),
        // Where one result may be suppressed, all must say whether they are.
        Verdict::Deny | Verdict::Warn => Some(Vec::new()),
    };
    SarifResult { suppressions, related_locations: related(teller, finding), ..result }
}

/// A warning never breaks a build, however severe.
fn level(finding: &Finding) -> ResultLevel {
    match (&finding.verdict, finding.severity) {
        (_, Severity::Low) => ResultLevel::Note,
        (Verdict::Warn, _) | (_, Severity::Medium) => ResultLevel::Warning,
        (_, Severity::High | Severity::Critical) => ResultLevel::Error,
    }
}

/// The first sentence is the alert's title.
fn sentences(teller: &Teller<'_>, finding: &Finding) -> String {
    let title = teller.title(finding);
    let mut text = match &finding.secret {
        Some(_) => format!("{title} is exposed."),
        None => format!("{title}."),
    };
    if let Some(value) = teller.value(finding) {
        text.push_str(&format!(" The value is {value}, {}.", teller.sureness(finding)));
    }
    for (name, value) in teller.parts(finding) {
        text.push_str(&format!(" With it: {name} {value}."));
    }
    if !finding.layers.is_empty() {
        text.push_str(&format!(" It is encoded: {}.", finding.layers.join(" › ")));
    }
    if !finding.provenance.members.is_empty() || finding.provenance.path.is_none() {
        text.push_str(&format!(" It stands in {}.", teller.source(finding)));
    }
    if let Some(grants) = teller.grants(finding) {
        text.push_str(&format!(" {grants}"));
    }
    if let Some(attribution) = &finding.attribution {
        if let Some(first) = &attribution.first {
            text.push_str(&format!(" First seen in {} of {}", first.id.short(), date(first.author_time)));
            match &attribution.last {
                Some(last) if last.id != first.id => {
                    text.push_str(&format!(", last in {} of {}", last.id.short(), date(last.author_time)));
                }
                _ => {}
            }
            text.push('.');
        }
        text.push_str(&match attribution.refs.len() {
            0 => " No ref reaches it, but it is still in the object database.".to_owned(),
            count => format!(" Still reachable from {}.", counted(count, "ref")),
        });
    }
    if let Some(rotate) = teller.rotate(finding) {
        text.push_str(&format!(" Rotate {rotate}."));
    }
    let remedy = teller.remedy(finding);
    if !remedy.is_empty() {
        text.push_str(&format!(" What to do: {}", remedy.join(" ")));
    }
    text
}

/// Where a hint stands besides: viewers that know one location show these beside it.
fn related(teller: &Teller<'_>, finding: &Finding) -> Option<Vec<Location>> {
    let is_shown = finding.provenance.members.is_empty() && finding.provenance.path.is_some();
    let places = finding.again.iter().filter(|_| is_shown);
    let further: Vec<Location> = places.map(|&place| region(teller, finding, Some(place))).collect();
    (!further.is_empty()).then_some(further)
}

fn location(teller: &Teller<'_>, finding: &Finding) -> Location {
    // Lines inside an archive are not lines of the file that GitHub shows.
    let place = finding.place.filter(|_| finding.provenance.members.is_empty() && finding.provenance.path.is_some());
    region(teller, finding, place)
}

fn region(teller: &Teller<'_>, finding: &Finding, place: Option<Place>) -> Location {
    let uri = match &finding.provenance.path {
        Some(path) => safe::uri(&teller.masked(path)),
        None => stand_in(finding.provenance.origin).to_owned(),
    };
    let artifact = ArtifactLocation::builder().uri(uri).uri_base_id("%SRCROOT%").build();
    let (start, end) = place.map_or(((1, 1), (1, 1)), |place| {
        ((place.start.line, place.start.column_utf16), (place.end.line, place.end.column_utf16))
    });
    let end = end.max(start);
    let count = |value: usize| i64::try_from(value.max(1)).unwrap_or(i64::MAX);
    let region = Region::builder()
        .start_line(count(start.0))
        .start_column(count(start.1))
        .end_line(count(end.0))
        .end_column(count(end.1))
        .build();
    Location::builder()
        .physical_location(PhysicalLocation::builder().artifact_location(artifact).region(region).build())
        .build()
}

/// A stable path for what has none: code scanning wants one, and an object id in it would make alerts multiply.
fn stand_in(origin: Origin) -> &'static str {
    match origin {
        Origin::Commit => ".git/commits",
        Origin::Tag => ".git/tags",
        Origin::Name => ".git/refs",
        Origin::Reflog => ".git/logs",
        Origin::Message => ".git/COMMIT_EDITMSG",
        Origin::Stdin => "standard-input",
        Origin::Blob | Origin::Index | Origin::File => ".git/objects",
    }
}

/// GitHub's line hash where the text has lines that GitHub can see; the value's identity in its place elsewhere, so that two findings
/// at one stand-in stay two alerts.
fn fingerprints(finding: &Finding) -> BTreeMap<String, String> {
    let identity = finding.fingerprint.to_string();
    let own = identity.trim_start_matches("v1:").get(..16).unwrap_or_default();
    let own = format!("{}:1", own.trim_start_matches('0'));
    let is_file = finding.provenance.path.is_some();
    let line =
        finding.line_hash.clone().filter(|_| is_file).or_else(|| (!is_file || finding.place.is_some()).then_some(own));
    let line = line.map(|line| ("primaryLocationLineHash".to_owned(), line));
    line.into_iter().chain([("secretFingerprint/v1".to_owned(), identity)]).collect()
}

fn properties(teller: &Teller<'_>, finding: &Finding) -> serde_sarif::sarif::PropertyBag {
    let history = finding.attribution.as_ref().map(|attribution| {
        let commit =
            |commit: &crate::model::CommitRef| json!({"id": commit.id.to_string(), "date": iso(commit.author_time)});
        json!({
            "first": attribution.first.as_ref().map(commit),
            "last": attribution.last.as_ref().map(commit),
            "refs": attribution.refs.len(),
            "unreachable": attribution.is_unreachable(),
        })
    });
    let members: Vec<String> = finding.provenance.members.iter().map(|member| teller.line(&***member)).collect();
    let some = |list: Value| if list.as_array().is_some_and(Vec::is_empty) { Value::Null } else { list };
    bag([
        ("verdict", json!(wire::verdict(&finding.verdict))),
        ("severity", json!(finding.severity.as_str())),
        ("confidence", json!(finding.confidence.as_str())),
        ("origin", json!(finding.provenance.origin.noun())),
        ("object", json!(finding.provenance.object.map(|object| object.to_string()))),
        ("members", some(json!(members))),
        ("layers", some(json!(finding.layers))),
        ("history", history.unwrap_or_default()),
    ])
}
