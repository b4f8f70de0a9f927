//! A table for spreadsheets (RFC 4180, UTF-8, one header line); no cell becomes a formula.

use std::io::{self, Write};

use super::json::wire;
use super::teller::{Teller, date, iso};
use super::{Report, safe};
use crate::model::{Finding, Verdict};

const COLUMNS: &[&str] = &[
    "severity",
    "verdict",
    "rule",
    "name",
    "path",
    "line",
    "column",
    "value",
    "confidence",
    "first_commit",
    "first_date",
    "refs",
    "secret",
    "owner",
    "deadline",
    "reason",
    "fingerprint",
    "again",
];

/// Prints the findings; notices and receipt have no place in a table (`--receipt FILE` writes them beside it).
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let teller = Teller::new(report);
    write!(out, "{}\r\n", COLUMNS.join(","))?;
    for finding in &report.findings {
        let cells: Vec<String> = row(&teller, finding).iter().map(|cell| safe::csv(cell)).collect();
        write!(out, "{}\r\n", cells.join(","))?;
    }
    Ok(())
}

fn row(teller: &Teller<'_>, finding: &Finding) -> [String; 18] {
    let start = finding.place.map(|place| place.start);
    let attribution = finding.attribution.as_ref();
    let first = attribution.and_then(|attribution| attribution.first.as_ref());
    let concern = finding.concern.as_ref();
    let or_empty = |text: Option<String>| text.unwrap_or_default();
    [
        finding.severity.to_string(),
        wire::verdict(&finding.verdict).to_owned(),
        teller.line(finding.rule.as_bytes()),
        teller.title(finding),
        teller.source(finding),
        or_empty(start.map(|start| start.line.to_string())),
        or_empty(start.map(|start| start.column.to_string())),
        or_empty(teller.value(finding)),
        finding.confidence.to_string(),
        or_empty(first.map(|first| first.id.to_string())),
        or_empty(first.map(|first| date(first.author_time))),
        or_empty(attribution.map(|attribution| attribution.refs.len().to_string())),
        or_empty(concern.map(|concern| teller.line(&concern.name))),
        or_empty(concern.and_then(|concern| concern.owner.as_ref()).map(|owner| teller.line(owner))),
        or_empty(concern.map(|concern| iso(concern.deadline))),
        match &finding.verdict {
            Verdict::Suppressed { by, reason } => format!("{}: {}", by.as_str(), teller.line(reason)),
            Verdict::Deny | Verdict::Warn => String::new(),
        },
        finding.fingerprint.to_string(),
        finding.again.iter().map(|place| place.start.line.to_string()).collect::<Vec<_>>().join(" "),
    ]
}
