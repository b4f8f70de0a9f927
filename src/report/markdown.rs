//! Markdown for a step summary or a comment: a table of findings, what to do for each rule, the receipt.
//!
//! A step summary holds 1 MiB; a report that would be longer is cut at a row and says so. Text of the repository is shown
//! literally and cannot become mark-up.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::teller::{self, Teller};
use super::{Outcome, Report, safe};
use crate::model::{Finding, Severity, Verdict};

/// Leaves room below 1 MiB for what follows the tables.
const LIMIT: usize = 900_000;

/// Prints the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(render(&Teller::new(report)).as_bytes())
}

fn render(teller: &Teller<'_>) -> String {
    let report = teller.report;
    let mark = match report.outcome() {
        Outcome::Clean => "✅",
        Outcome::Denied => "⛔",
        Outcome::Incomplete => "⚠️",
    };
    let mut text =
        format!("## {mark} stanch {}\n\n{}\n", safe::markdown(report.mode), safe::markdown(&teller.verdict()));
    let (suppressed, told): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|finding| matches!(finding.verdict, Verdict::Suppressed { .. }));
    table(teller, &told, &mut text);
    remedies(teller, &told, &mut text);
    if !suppressed.is_empty() {
        append(
            &mut text,
            format_args!(
                "\n<details><summary>{}</summary>\n\n",
                teller::counted(suppressed.len(), "suppressed finding")
            ),
        );
        rows(&mut text, &suppressed, |finding| match &finding.verdict {
            Verdict::Suppressed { by, reason } => format!(
                "- {} {}: {}, {}\n",
                code(&teller.place(finding)),
                code(&teller.line(finding.rule.as_bytes())),
                by.as_str(),
                safe::markdown(&teller.line(reason))
            ),
            Verdict::Deny | Verdict::Warn => String::new(),
        });
        text.push_str("\n</details>\n");
    }
    if !report.notices.is_empty() {
        append(
            &mut text,
            format_args!(
                "\n<details><summary>Not read, or worth a word: {}</summary>\n\n",
                teller::number(report.notices.len() as u64)
            ),
        );
        rows(&mut text, &report.notices, |notice| {
            let (subject, detail) = (code(&teller.line(&**notice.subject)), teller.line(&notice.detail));
            format!("- {} {subject}: {}\n", notice.kind.as_str(), safe::markdown(&detail))
        });
        text.push_str("\n</details>\n");
    }
    text.push('\n');
    for (label, line) in teller.coverage() {
        append(&mut text, format_args!("<sub>{label} {}</sub><br>\n", safe::markdown(&line)));
    }
    text
}

/// Adds rows until the limit and says how many did not fit.
fn rows<T>(text: &mut String, items: &[T], row: impl Fn(&T) -> String) {
    for (at, item) in items.iter().enumerate() {
        let line = row(item);
        if text.len() + line.len() > LIMIT {
            append(
                text,
                format_args!(
                    "\n… and {} more, for which there is no room here.\n",
                    teller::number((items.len() - at) as u64)
                ),
            );
            return;
        }
        text.push_str(&line);
    }
}

fn table(teller: &Teller<'_>, findings: &[&Finding], text: &mut String) {
    if findings.is_empty() {
        return;
    }
    text.push_str("\n| | Where | What | Value |\n|---|---|---|---|\n");
    rows(text, findings, |finding| {
        let mut what = safe::markdown(&teller.title(finding));
        if finding.verdict == Verdict::Warn {
            what.push_str(" (warning only)");
        }
        if let Some(first) = finding.attribution.as_ref().and_then(|attribution| attribution.first.as_ref()) {
            what.push_str(&format!("<br>since {}", safe::markdown(&teller.commit(first))));
        }
        if let Some(attribution) = &finding.attribution {
            what.push_str(&format!("<br>in {}", safe::markdown(&teller.reach(attribution))));
        }
        if let Some(rotate) = teller.rotate(finding) {
            what.push_str(&format!("<br>rotate {}", safe::markdown(&rotate)));
        }
        let mut value = teller.value(finding).map_or_else(|| "the file itself".to_owned(), |value| code(&value));
        for layer in &finding.layers {
            value.push_str(&format!("<br>{layer}"));
        }
        if let Some(again) = teller.again(finding) {
            value.push_str(&format!("<br>{again}"));
        }
        format!(
            "| {} {} | {} | {what} | {value} |\n",
            dot(finding.severity),
            finding.severity,
            code(&teller.place(finding))
        )
    });
}

/// Once per rule: what it grants and what to do.
fn remedies(teller: &Teller<'_>, findings: &[&Finding], text: &mut String) {
    let mut seen = BTreeSet::new();
    let told: Vec<_> =
        findings.iter().filter(|finding| seen.insert((finding.rule.clone(), finding.advice.clone()))).collect();
    if !told.is_empty() {
        text.push_str("\n### What to do\n\n");
    }
    rows(text, &told, |finding| {
        let mut item = format!("- **{}**", safe::markdown(&teller.title(finding)));
        if let Some(grants) = teller.grants(finding) {
            item.push_str(&format!(": {}", safe::markdown(&grants)));
        }
        for line in teller.remedy(finding) {
            item.push_str(&format!("<br>{}", safe::markdown(&line)));
        }
        item.push('\n');
        item
    });
}

/// Code that no character inside can end.
fn code(text: &str) -> String {
    format!("<code>{}</code>", safe::markdown(text))
}

fn dot(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "🔴",
        Severity::High => "🟠",
        Severity::Medium => "🟡",
        Severity::Low => "⚪",
    }
}

fn append(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("invariant: a String takes everything");
}
