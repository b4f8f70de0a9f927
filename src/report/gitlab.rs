//! GitLab's secret detection report (`gl-secret-detection-report.json`), version 15 of its security report schemas
//! (<https://gitlab.com/gitlab-org/security-products/security-report-schemas>).
//!
//! GitLab asks for a commit: the introducing one where it is known, else zeros, as its own analyser writes outside of history.

use std::io::{self, Write};

use serde::Serialize;

use super::json::document;
use super::teller::{Teller, stamp};
use super::{Outcome, Report, safe};
use crate::model::{Finding, Severity, Verdict};

const SCHEMA: &str = "15.0.7";

#[derive(Serialize)]
struct Log {
    version: &'static str,
    scan: Scan,
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Serialize)]
struct Scan {
    analyzer: Tool,
    scanner: Tool,
    #[serde(rename = "type")]
    kind: &'static str,
    start_time: String,
    end_time: String,
    status: &'static str,
    messages: Vec<Notice>,
}

#[derive(Serialize)]
struct Tool {
    id: &'static str,
    name: &'static str,
    vendor: Vendor,
    version: &'static str,
}

#[derive(Serialize)]
struct Vendor {
    name: &'static str,
}

#[derive(Serialize)]
struct Notice {
    level: &'static str,
    value: String,
}

#[derive(Serialize)]
struct Vulnerability {
    id: String,
    category: &'static str,
    name: String,
    description: String,
    severity: &'static str,
    solution: String,
    location: Place,
    identifiers: Vec<Identifier>,
}

#[derive(Serialize)]
struct Place {
    file: String,
    commit: Commit,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_line: Option<usize>,
}

#[derive(Serialize)]
struct Commit {
    sha: String,
}

#[derive(Serialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: &'static str,
    name: String,
    value: String,
}

const TOOL: Tool =
    Tool { id: "stanch", name: "stanch", vendor: Vendor { name: "stanch" }, version: env!("CARGO_PKG_VERSION") };

/// Prints the findings that are not suppressed: the schema has no place for the others.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let teller = Teller::discreet(report);
    let time = |seconds| stamp(seconds, "%Y-%m-%dT%H:%M:%S");
    let milliseconds = i64::try_from(report.duration_ms).unwrap_or(i64::MAX);
    let told = report.findings.iter().filter(|finding| !matches!(finding.verdict, Verdict::Suppressed { .. }));
    let notices = report.notices.iter().map(|notice| Notice {
        level: if notice.kind.is_incomplete() { "warn" } else { "info" },
        value: format!("{}: {}", teller.line(&**notice.subject), teller.line(&notice.detail)),
    });
    let covered = teller.coverage().into_iter();
    let coverage = covered.map(|(label, text)| Notice { level: "info", value: format!("{label}: {text}") });
    let log = Log {
        version: SCHEMA,
        scan: Scan {
            analyzer: TOOL,
            scanner: TOOL,
            kind: "secret_detection",
            start_time: time(report.started),
            end_time: time(report.started.saturating_add(milliseconds / 1000)),
            status: if report.outcome() == Outcome::Incomplete { "failure" } else { "success" },
            messages: notices.chain(coverage).collect(),
        },
        vulnerabilities: told.map(|finding| vulnerability(&teller, finding)).collect(),
    };
    document(&log, out)
}

fn vulnerability(teller: &Teller<'_>, finding: &Finding) -> Vulnerability {
    let title = teller.title(finding);
    let rule = teller.line(finding.rule.as_bytes());
    let value = teller.value(finding).map(|value| format!("The value is {value}. "));
    let rotate = teller.rotate(finding).map(|rotate| format!(" Rotate {rotate}."));
    let again = teller.again(finding).map(|again| format!("It stands {again}. "));
    let first = finding.attribution.as_ref().and_then(|attribution| attribution.first.as_ref());
    let lines = finding.place.filter(|_| finding.provenance.members.is_empty());
    let place = teller.place(finding);
    Vulnerability {
        id: identity(&[&finding.fingerprint.to_string(), &place]),
        category: "secret_detection",
        name: safe::cut(&title, 255),
        description: format!(
            "{}{}{}{}",
            value.unwrap_or_default(),
            again.unwrap_or_default(),
            teller.grants(finding).unwrap_or_default(),
            rotate.unwrap_or_default()
        ),
        severity: match finding.severity {
            Severity::Critical => "Critical",
            Severity::High => "High",
            Severity::Medium => "Medium",
            Severity::Low => "Low",
        },
        solution: safe::cut(&teller.remedy(finding).join("\n"), 7000),
        location: Place {
            file: teller.source(finding),
            commit: Commit { sha: first.map_or_else(|| "0".repeat(40), |first| first.id.to_string()) },
            start_line: lines.map(|place| place.start.line),
            end_line: lines.map(|place| place.end.line),
        },
        identifiers: vec![Identifier { kind: "stanch_rule_id", name: format!("stanch rule {rule}"), value: rule }],
    }
}

/// A stable UUID of a finding's identity and place.
fn identity(parts: &[&str]) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(parts.join("\0"));
    let hex = data_encoding::HEXLOWER.encode(&digest[..16]);
    format!("{}-{}-8{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}
