//! A finished, sorted, judged report, and the formats that print it.
//!
//! A format never filters, sorts or judges, and never prints a value unless the report says so (SARIF never does).

pub mod blocked;
mod csv;
mod github;
mod gitlab;
mod html;
mod json;
mod jsonl;
mod junit;
mod markdown;
mod redactor;
pub mod safe;
mod sarif;
mod teller;
mod text;

use std::io::{self, Write};
use std::path::PathBuf;

pub use jsonl::Lines;
pub use sarif::line_hash;

use crate::model::{Finding, Notice, Receipt};
use crate::rule::RuleInfo;
use teller::Teller;

pub use teller::{bytes, number};

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

/// The formats of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub workflow annotations.
    Github,
    /// Markdown, for a step summary.
    Markdown,
    /// A table.
    Csv,
    /// One page that stands alone.
    Html,
    /// JUnit XML.
    Junit,
    /// GitLab's secret detection report.
    Gitlab,
    /// What was read and what was not, as JSON, without findings.
    Receipt,
}

impl Format {
    /// Every format.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Json,
        Self::Jsonl,
        Self::Sarif,
        Self::Github,
        Self::Markdown,
        Self::Csv,
        Self::Html,
        Self::Junit,
        Self::Gitlab,
        Self::Receipt,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
            Self::Html => "html",
            Self::Junit => "junit",
            Self::Gitlab => "gitlab",
            Self::Receipt => "receipt",
        }
    }
}

/// How the text format looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// How much more than usual to tell.
    pub verbose: u8,
}

/// Prints the report. SARIF is printed under the category `stanch/MODE`.
pub fn write(format: Format, report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => text::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Jsonl => jsonl::write(report, out),
        Format::Sarif => write_sarif(report, &format!("stanch/{}", report.mode), out),
        Format::Github => github::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Csv => csv::write(report, out),
        Format::Html => html::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Receipt => json::write_receipt(report, out),
    }
}

/// Prints SARIF under a category of the caller's choice: a later analysis of the same category replaces this one.
pub fn write_sarif(report: &Report, category: &str, out: &mut dyn Write) -> io::Result<()> {
    sarif::write(report, category, out)
}

/// A finding in words, for a dialogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What it is.
    pub title: String,
    /// `path:line:column`.
    pub place: String,
    /// `, since 1a2b3c4d5e of 2026-03-01`, or nothing.
    pub history: String,
    /// The value, masked.
    pub value: String,
    /// How sure, and why.
    pub sureness: String,
    /// What an attacker can do with it.
    pub grants: String,
}

/// The report's findings in words, in their order: masked, and safe for a terminal.
pub fn tell(report: &Report) -> Vec<Told> {
    let teller = Teller::discreet(report);
    let history = |finding: &Finding| {
        let first = finding.attribution.as_ref().and_then(|attribution| attribution.first.as_ref());
        first.map_or_else(String::new, |first| format!(", since {}", teller.commit(first)))
    };
    let told = report.findings.iter().map(|finding| Told {
        title: teller.title(finding),
        place: teller.place(finding),
        history: history(finding),
        value: teller.value(finding).unwrap_or_default(),
        sureness: teller.sureness(finding),
        grants: teller.grants(finding).unwrap_or_default(),
    });
    told.collect()
}

/// Bytes of a repository on one line, safe for a terminal and for a log.
pub fn harmless(text: &[u8]) -> String {
    safe::inline(text)
}

/// A name for a log: what looks like a value in it is not told.
pub fn veiled(name: &[u8]) -> String {
    safe::veiled(name)
}

/// The report's notices of what was not read, each on one line, safe for a terminal.
pub fn unread(report: &Report) -> Vec<String> {
    let teller = Teller::discreet(report);
    let notices = report.notices.iter().filter(|notice| notice.kind.is_incomplete());
    notices.map(|notice| format!("{}: {}", teller.line(&**notice.subject), teller.line(&notice.detail))).collect()
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

#[cfg(test)]
mod canonical;
#[cfg(test)]
mod golden;
