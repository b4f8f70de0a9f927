//! SARIF 2.1.0 for code scanning: one rule a line of the checklist, one result a place where it fails or cannot be told.
//!
//! What no repository can show makes no alert, nor does what passes: code scanning takes every result for one. How each line came out
//! stands in the run's properties. The category is its own, so that an audit never closes the alerts of a scan.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::super::{Audit, Check, Spot, Status};
use crate::report::safe;

pub(super) fn write(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let told = || audit.checks.iter().filter(|check| check.status != Status::Beyond);
    let rules: Vec<Value> = told().map(rule).collect();
    let results: Vec<Value> = told()
        .enumerate()
        .filter(|(_, check)| check.status != Status::Pass)
        .flat_map(|(at, check)| results(at, check))
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "stanch", "semanticVersion": env!("CARGO_PKG_VERSION"), "rules": rules,
            } },
            "automationDetails": { "id": "stanch/audit/" },
            "columnKind": "utf16CodeUnits",
            "results": results,
            "properties": { "checks": audit.checks.iter().map(outcome).collect::<Vec<_>>() },
        }],
    });
    let text = serde_json::to_string_pretty(&document).map_err(io::Error::other)?;
    writeln!(out, "{}", safe::json(&text))
}

/// How a line came out, and why.
fn outcome(check: &Check) -> Value {
    json!({
        "id": check.id,
        "title": check.title,
        "status": check.status.as_str(),
        "beyondRepository": check.status == Status::Beyond,
        "why": check.why,
    })
}

fn rule(check: &Check) -> Value {
    let help = if check.remedy.is_empty() { check.title.to_owned() } else { check.remedy.join("\n") };
    json!({
        "id": format!("audit/{}", check.id),
        "name": check.id,
        "shortDescription": { "text": check.title },
        "fullDescription": { "text": check.title },
        "help": { "text": help },
        "defaultConfiguration": { "level": "error" },
        "properties": { "tags": ["security", "audit"], "security-severity": "7.0" },
    })
}

fn results(rule: usize, check: &Check) -> Vec<Value> {
    // An alert needs a place; what concerns the repository as such stands at its ignore file.
    let nowhere = [Spot { path: ".gitignore".to_owned(), line: None, note: String::new() }];
    let spots = if check.spots.is_empty() { &nowhere[..] } else { &check.spots };
    let level = if check.status == Status::Fail { "error" } else { "warning" };
    spots
        .iter()
        .map(|spot| {
            let note = if spot.note.is_empty() { String::new() } else { format!(" ({})", spot.note) };
            let line = spot.line.unwrap_or(1);
            json!({
                "ruleId": format!("audit/{}", check.id),
                "ruleIndex": rule,
                "level": level,
                "message": { "text": format!("{}: {}{note}.", check.title, check.why) },
                "locations": [{ "physicalLocation": {
                    "artifactLocation": { "uri": safe::uri(spot.path.as_bytes()) },
                    "region": { "startLine": line, "startColumn": 1, "endLine": line, "endColumn": 1 },
                } }],
            })
        })
        .collect()
}
