//! SARIF 2.1.0 as GitHub code scanning reads it.
//!
//! It never carries a value, a snippet, an e-mail address or an author, whatever the report allows, and no URI or rule id ever
//! holds a commit id: alerts would multiply without end. Limits of code scanning are kept, and what was cut is told.

pub mod line_hash;
mod result;
mod rules;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Message, MultiformatMessageString, Notification, PropertyBag, ReportingDescriptor,
    ReportingDescriptorReference, Run, RunAutomationDetails, Sarif, Tool, ToolComponent,
};

use zlib_rs::{DeflateConfig, compress_bound, compress_slice};

use super::teller::{Teller, iso, number};
use super::{Outcome, Report, safe};
use crate::model::{Finding, NoticeKind};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
/// More results than this and GitHub refuses the file.
const HARD_LIMIT: usize = 25_000;
/// More than this and GitHub shows the most severe only.
const SOFT_LIMIT: usize = 5_000;
/// A compressed file that is larger is refused, too.
const LARGEST: usize = 10_000_000;
/// Notifications are for people; nobody reads more.
const NOTIFICATIONS: usize = 1_000;

/// Prints one run under `category`; analyses of different categories do not replace each other.
pub(super) fn write(report: &Report, category: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = fitting(&Teller::discreet(report), category, LARGEST)?;
    writeln!(out, "{text}")
}

/// The log with as many of the most severe results as fit into `largest` bytes when they are compressed.
fn fitting(teller: &Teller<'_>, category: &str, largest: usize) -> io::Result<String> {
    let mut limit = HARD_LIMIT;
    loop {
        let log = log(teller, category, limit);
        let text = serde_json::to_string_pretty(&log).map_err(io::Error::from)?;
        let text = safe::json(&text);
        let listed = log.runs.iter().filter_map(|run| run.results.as_ref()).map(Vec::len).sum::<usize>();
        // What is small as it is need not be compressed to know that it fits.
        let size = if text.len() <= largest { text.len() } else { compressed(&text) };
        if size <= largest || listed == 0 {
            return Ok(text);
        }
        limit = (listed as f64 * 0.9 * largest as f64 / size as f64) as usize;
    }
}

/// The size of a text as it is uploaded.
fn compressed(text: &str) -> usize {
    let mut buffer = vec![0; compress_bound(text.len())];
    let (written, _) = compress_slice(&mut buffer, text.as_bytes(), DeflateConfig::default());
    written.len()
}

fn log(teller: &Teller<'_>, category: &str, limit: usize) -> Sarif {
    let (findings, cut) = selected(teller.report, limit);
    let index = rules::Index::of(teller, &findings);
    let results: Vec<_> = findings.iter().map(|finding| result::of(teller, &index, finding)).collect();
    let driver = ToolComponent::builder()
        .name("stanch")
        .full_name(format!("stanch {}", env!("CARGO_PKG_VERSION")))
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .rules(index.into_descriptors())
        .notifications(notification_kinds())
        .build();
    let root = ArtifactLocation::builder()
        .description(Message::builder().text("The root of what was scanned.").build())
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .automation_details(RunAutomationDetails::builder().id(format!("{}/", safe::uri(category.as_bytes()))).build())
        .invocations(vec![invocation(teller, cut)])
        .original_uri_base_ids(BTreeMap::from([("%SRCROOT%".to_owned(), root)]))
        .column_kind(json!("utf16CodeUnits"))
        .default_encoding("utf-8")
        .results(results)
        .properties(coverage(teller))
        .build();
    Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run]).build()
}

/// The findings that become results, and how many do not. Beyond the soft limit the most severe come first.
fn selected(report: &Report, limit: usize) -> (Vec<&Finding>, usize) {
    let mut findings = result::merged(&report.findings);
    if findings.len() > SOFT_LIMIT.min(limit) {
        findings.sort_by_key(|finding| std::cmp::Reverse((finding.severity, finding.confidence)));
    }
    let cut = findings.len().saturating_sub(limit);
    findings.truncate(limit);
    (findings, cut)
}

fn invocation(teller: &Teller<'_>, cut: usize) -> Invocation {
    let report = teller.report;
    let outcome = report.outcome();
    let mut notifications: Vec<Notification> = report
        .notices
        .iter()
        .take(NOTIFICATIONS)
        .map(|notice| {
            let text = format!("{}: {}.", teller.line(&**notice.subject), teller.line(&notice.detail));
            notification(notice.kind.as_str(), if notice.kind.is_incomplete() { "warning" } else { "note" }, text)
        })
        .collect();
    let mut tell = |text: String| notifications.push(notification("limit", "warning", text));
    if report.notices.len() > NOTIFICATIONS {
        tell(format!("{} more notices are not listed here.", number((report.notices.len() - NOTIFICATIONS) as u64)));
    }
    if cut > 0 {
        tell(format!(
            "{} findings are not listed: code scanning takes no more than {} results, and no file of more than {} MB when it is \
             compressed. The most severe are.",
            number(cut as u64),
            number(HARD_LIMIT as u64),
            LARGEST / 1_000_000
        ));
    } else if report.findings.len() > SOFT_LIMIT {
        tell(format!(
            "Code scanning shows no more than {} results; the most severe come first.",
            number(SOFT_LIMIT as u64)
        ));
    }
    let milliseconds = i64::try_from(report.duration_ms).unwrap_or(i64::MAX);
    Invocation::builder()
        .execution_successful(outcome != Outcome::Incomplete)
        .exit_code(i64::from(outcome.exit_code()))
        .exit_code_description(teller.verdict())
        .start_time_utc(iso(report.started))
        .end_time_utc(iso(report.started.saturating_add(milliseconds / 1000)))
        .tool_execution_notifications(notifications)
        .build()
}

fn notification(kind: &str, level: &str, text: String) -> Notification {
    Notification::builder()
        .descriptor(ReportingDescriptorReference::builder().id(format!("notice/{kind}")).build())
        .level(json!(level))
        .message(message(text))
        .build()
}

/// Text in a message; what would be read as a link is not.
fn message(text: impl Into<String>) -> Message {
    Message::builder().text(text.into().replace("](", "] (")).build()
}

fn notification_kinds() -> Vec<ReportingDescriptor> {
    let kinds = [
        (NoticeKind::Unreadable, "Something could not be read."),
        (NoticeKind::Missing, "An object is missing from the object database."),
        (NoticeKind::Shallow, "History ends although more was asked for."),
        (NoticeKind::Limit, "A limit cut something."),
        (NoticeKind::Damaged, "An archive or encoding is damaged or encrypted."),
        (NoticeKind::Empty, "Nothing was there although something was asked for."),
        (NoticeKind::Skipped, "Something is by its nature not to be read."),
        (NoticeKind::Warning, "A setting has no effect or is about to expire."),
    ];
    let describe = |(kind, text): (NoticeKind, &str)| {
        let text = MultiformatMessageString::builder().text(text).build();
        ReportingDescriptor::builder()
            .id(format!("notice/{}", kind.as_str()))
            .short_description(text.clone())
            .full_description(text.clone())
            .help(text)
            .build()
    };
    kinds.into_iter().map(describe).collect()
}

/// The receipt, for readers other than GitHub.
fn coverage(teller: &Teller<'_>) -> PropertyBag {
    let receipt = super::json::wire::Receipt::of(teller.report);
    bag([
        ("receipt", serde_json::to_value(receipt).unwrap_or_default()),
        ("mode", json!(teller.report.mode)),
        ("policy", json!(teller.line(&teller.report.policy_source))),
        ("ruleSet", json!(teller.report.rule_set.1)),
        ("durationMs", json!(teller.report.duration_ms)),
    ])
}

fn bag<const N: usize>(entries: [(&str, Value); N]) -> PropertyBag {
    let entries: BTreeMap<String, Value> = entries
        .into_iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    PropertyBag::builder().additional_properties(entries).build()
}

#[cfg(test)]
mod tests;
