//! What every format says about a finding, in the same words.
//!
//! All text of a report goes through here, for here values are masked: also where a value stands in a path, a branch name or an
//! author's name. A format that prints a field of a finding past the teller has a hole.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::redactor::Redactor;
use super::{Report, safe};
use crate::model::{Attribution, CommitRef, Finding, Origin, Severity, Verdict};
use crate::rule::RuleInfo;

/// The vault's own values are never shown, whatever is asked for.
pub(super) fn is_known(finding: &Finding) -> bool {
    &*finding.rule == crate::detect::known::RULE
}

/// Speaks about one report.
pub(super) struct Teller<'a> {
    /// The report.
    pub(super) report: &'a Report,
    values: Redactor<'a>,
    shows: bool,
}

impl<'a> Teller<'a> {
    /// A teller that shows values when the report allows it.
    pub(super) fn new(report: &'a Report) -> Self {
        if !report.show_secrets {
            return Self::discreet(report);
        }
        let known = report.findings.iter().filter(|finding| is_known(finding));
        let values = known.filter_map(|finding| finding.secret.as_ref()).map(|secret| secret.expose());
        Self { report, values: Redactor::new(values), shows: true }
    }

    /// A teller that never shows a value, whatever the report allows.
    pub(super) fn discreet(report: &'a Report) -> Self {
        let values = report.findings.iter().flat_map(|finding| {
            use Origin::{Commit, Name, Reflog, Tag};
            let in_name = matches!(finding.provenance.origin, Name | Commit | Tag | Reflog);
            let secrets = finding.secret.iter().chain(finding.parts.iter().map(|part| &part.secret));
            let exposed = secrets.map(|secret| secret.expose());
            exposed.filter(move |value| if in_name { value.len() >= 4 } else { is_telling(value) })
        });
        Self { report, values: Redactor::new(values), shows: false }
    }

    /// Bytes of the repository without any value.
    pub(super) fn masked<'b>(&self, text: &'b [u8]) -> Cow<'b, [u8]> {
        self.values.masked(text)
    }

    /// Text on one line, without any value and harmless.
    pub(super) fn line(&self, text: impl AsRef<[u8]>) -> String {
        safe::inline(&self.masked(text.as_ref()))
    }

    /// The rule's name, or its id when the report does not describe it.
    pub(super) fn title(&self, finding: &Finding) -> String {
        self.rule(finding).map_or_else(|| self.line(finding.rule.as_bytes()), |rule| self.line(&rule.name))
    }

    /// The rule, where the report describes it.
    pub(super) fn rule(&self, finding: &Finding) -> Option<&'a RuleInfo> {
        self.report.rule(&finding.rule)
    }

    /// What an attacker can do with it.
    pub(super) fn grants(&self, finding: &Finding) -> Option<String> {
        self.rule(finding).map(|rule| self.line(&rule.grants)).filter(|text| !text.is_empty())
    }

    /// What to do, line by line: the finding's own advice, else the rule's.
    pub(super) fn remedy(&self, finding: &Finding) -> Vec<String> {
        let text = match (&finding.advice, self.rule(finding)) {
            (Some(advice), _) => advice.as_str(),
            (None, Some(rule)) => rule.revoke.as_str(),
            (None, None) => "",
        };
        text.lines().map(|line| self.line(line.trim_end())).filter(|line| !line.is_empty()).collect()
    }

    /// The value: masked, or in full when the report allows it.
    pub(super) fn value(&self, finding: &Finding) -> Option<String> {
        let secret = finding.secret.as_ref()?;
        if is_known(finding) {
            return Some("***".to_owned());
        }
        Some(if self.shows { safe::inline(secret.expose()) } else { secret.masked(finding.visible) })
    }

    /// The further values, each with its name.
    pub(super) fn parts(&self, finding: &Finding) -> Vec<(String, String)> {
        let value = |part: &crate::model::Part| {
            if self.shows { safe::inline(part.secret.expose()) } else { part.secret.masked(0) }
        };
        finding.parts.iter().map(|part| (self.line(&part.name), value(part))).collect()
    }

    /// The file with archive members, or the object.
    pub(super) fn source(&self, finding: &Finding) -> String {
        self.line(&**finding.provenance.display())
    }

    /// `path:line:column`.
    pub(super) fn place(&self, finding: &Finding) -> String {
        let source = self.source(finding);
        finding
            .place
            .map_or_else(|| source.clone(), |place| format!("{source}:{}:{}", place.start.line, place.start.column))
    }

    /// What must be rotated, by when and by whom: `JWT_SECRET by 2026-03-01 10:00 UTC (Backend Lead)`.
    pub(super) fn rotate(&self, finding: &Finding) -> Option<String> {
        let concern = finding.concern.as_ref()?;
        let owner = concern.owner.as_deref().map_or_else(String::new, |owner| format!(" ({})", self.line(owner)));
        Some(format!("{} by {}{owner}", self.line(&concern.name), minute(concern.deadline)))
    }

    /// Where else in the same text: `again in lines 12, 40 and 3 more`.
    pub(super) fn again(&self, finding: &Finding) -> Option<String> {
        const SHOWN: usize = 20;
        let mut lines: Vec<usize> = finding.again.iter().map(|place| place.start.line).collect();
        lines.dedup();
        let names: Vec<String> = lines.iter().take(SHOWN).map(usize::to_string).collect();
        match lines.as_slice() {
            [] => None,
            [line] => Some(format!("again in line {line}")),
            [.., last] if lines.len() <= SHOWN => {
                Some(format!("again in lines {} and {last}", names[..names.len() - 1].join(", ")))
            }
            _ => Some(format!("again in lines {} and {} more", names.join(", "), lines.len() - SHOWN)),
        }
    }

    /// How sure, and why, and where else: `certain: checksum agrees`.
    pub(super) fn sureness(&self, finding: &Finding) -> String {
        let reasons = finding.evidence.0.iter().map(|reason| self.line(reason.as_bytes()));
        let reasons: Vec<String> = reasons.chain(self.again(finding)).collect();
        if reasons.is_empty() {
            finding.confidence.to_string()
        } else {
            format!("{}: {}", finding.confidence, reasons.join(", "))
        }
    }

    /// The author's name; an address in its place loses its host.
    pub(super) fn author(&self, commit: &CommitRef) -> String {
        let name = self.line(&**commit.author);
        name.split('@').next().unwrap_or_default().trim_end_matches(['<', ' ']).to_owned()
    }

    /// `1a2b3c4d5e of 2026-03-01 by Jane Doe`.
    pub(super) fn commit(&self, commit: &CommitRef) -> String {
        let (id, day, author) = (commit.id.short(), date(commit.author_time), self.author(commit));
        if author.is_empty() { format!("{id} of {day}") } else { format!("{id} of {day} by {author}") }
    }

    /// `main, v1.2 and 3 more`, short names; or that nothing reaches it.
    pub(super) fn reach(&self, attribution: &Attribution) -> String {
        const SHOWN: usize = 4;
        let names: Vec<String> = attribution.refs.iter().take(SHOWN).map(|name| self.line(short_ref(name))).collect();
        match attribution.refs.len() {
            0 => "no ref reaches it, but it is still in the object database".to_owned(),
            count @ 0..=SHOWN => join(&names, count),
            count => format!("{} and {} more", names.join(", "), number((count - SHOWN) as u64)),
        }
    }

    /// Counts of the verdicts and of the denied findings' severities.
    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        for finding in &self.report.findings {
            match &finding.verdict {
                Verdict::Deny => {
                    tally.denied += 1;
                    *tally.severities.entry(std::cmp::Reverse(finding.severity)).or_default() += 1;
                }
                Verdict::Warn => tally.warned += 1,
                Verdict::Suppressed { by, .. } => *tally.suppressed.entry(by.as_str()).or_default() += 1,
            }
        }
        tally
    }

    /// Number of notices that make the run incomplete.
    pub(super) fn missing(&self) -> usize {
        self.report.notices.iter().filter(|notice| notice.kind.is_incomplete()).count()
    }

    /// The outcome in one sentence.
    pub(super) fn verdict(&self) -> String {
        let (tally, missing) = (self.tally(), self.missing());
        let unread = if missing == 1 {
            "1 thing could not be read".to_owned()
        } else {
            format!("{} things could not be read", number(missing as u64))
        };
        let mut sentence = match self.report.outcome() {
            super::Outcome::Denied => {
                let severities: Vec<String> =
                    tally.severities.iter().map(|(severity, count)| format!("{count} {}", severity.0)).collect();
                format!("Denied: {} ({})", counted(tally.denied, "finding"), severities.join(", "))
            }
            super::Outcome::Incomplete => format!("Incomplete: nothing is denied in what was read, but {unread}"),
            super::Outcome::Clean if missing > 0 => format!("Clean as far as it was read: {unread}, which was allowed"),
            super::Outcome::Clean => "Clean: nothing is denied, and everything that was asked for was read".to_owned(),
        };
        if tally.warned > 0 {
            sentence.push_str(&format!("; {}", counted(tally.warned, "warning")));
        }
        let suppressed: usize = tally.suppressed.values().sum();
        if suppressed > 0 {
            let by: Vec<String> = tally.suppressed.iter().map(|(by, count)| format!("{count} by {by}")).collect();
            sentence.push_str(&format!("; {} suppressed ({})", number(suppressed as u64), by.join(", ")));
        }
        if self.report.outcome() == super::Outcome::Denied && missing > 0 {
            sentence.push_str(&format!("; {unread}"));
        }
        sentence.push('.');
        sentence
    }

    /// What was read, in lines of a label and a text.
    pub(super) fn coverage(&self) -> Vec<(&'static str, String)> {
        let receipt = &self.report.receipt;
        let mut read = Vec::new();
        for (count, noun) in [
            (receipt.files, "file"),
            (receipt.blobs, "blob"),
            (receipt.archives, "archive"),
            (receipt.members, "archive member"),
            (receipt.layers, "decoded layer"),
        ] {
            if count > 0 {
                read.push(counted(count as usize, noun));
            }
        }
        if receipt.blobs == 0 && receipt.seen > receipt.files {
            read.insert(0, format!("{} seen", counted(receipt.seen as usize, "path")));
        }
        read.push(bytes(receipt.bytes));
        let seconds = self.report.duration_ms as f64 / 1000.0;
        let mut lines = vec![("read", format!("{} in {seconds:.2} s", read.join(", ")))];
        let mut history = Vec::new();
        for (count, noun) in
            [(receipt.refs, "ref"), (receipt.commits, "commit"), (receipt.tags, "tag"), (receipt.trees, "tree")]
        {
            if count > 0 {
                history.push(counted(count as usize, noun));
            }
        }
        if receipt.matched_bytes > 0 && receipt.matched_bytes < receipt.bytes {
            history.push(format!("{} of it new", bytes(receipt.matched_bytes)));
        }
        if receipt.remembered > 0 {
            history.push(format!("{} known from before", counted(receipt.remembered as usize, "blob")));
        }
        if !history.is_empty() {
            lines.push(("history", history.join(", ")));
        }
        let unread = super::json::wire::not_read(self.report);
        if !unread.is_empty() {
            let kinds: Vec<String> = unread.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
            lines.push(("not read", kinds.join(", ")));
        }
        let (rules, hash) = &self.report.rule_set;
        lines.push((
            "rules",
            format!("{} in force, set {hash} of stanch {}", number(*rules as u64), env!("CARGO_PKG_VERSION")),
        ));
        lines.push(("policy", self.line(&self.report.policy_source)));
        lines
    }
}

/// Counts of a report.
#[derive(Default)]
pub(super) struct Tally {
    /// Denied findings.
    pub(super) denied: usize,
    /// Findings that warn.
    pub(super) warned: usize,
    /// Suppressed findings, by what.
    pub(super) suppressed: BTreeMap<&'static str, usize>,
    /// Denied findings by severity, most severe first.
    pub(super) severities: BTreeMap<std::cmp::Reverse<Severity>, usize>,
}

/// Says whether a value is so particular that, wherever it stands, it is this secret and not a word of the path.
fn is_telling(value: &[u8]) -> bool {
    let mixed = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    value.len() >= 20 || (value.len() >= 12 && mixed)
}

pub(super) fn short_ref(name: &[u8]) -> &[u8] {
    [&b"refs/heads/"[..], b"refs/tags/", b"refs/remotes/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(*prefix))
        .unwrap_or(name)
}

fn join(names: &[String], count: usize) -> String {
    match names.split_last() {
        Some((last, rest)) if count > 1 => format!("{} and {last}", rest.join(", ")),
        _ => names.join(""),
    }
}

/// `1 file`, `1,204 files`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", number(count as u64), if count == 1 { "" } else { "s" })
}

/// Digits in groups of three.
pub fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `812 B`, `12.3 MB`.
pub fn bytes(value: u64) -> String {
    let mut scaled = value as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if scaled < 1000.0 {
            return if unit == "B" { format!("{value} B") } else { format!("{scaled:.1} {unit}") };
        }
        scaled /= 1000.0;
    }
    format!("{scaled:.1} TB")
}

/// `2026-03-01`, in UTC.
pub(super) fn date(seconds: i64) -> String {
    stamp(seconds, "%Y-%m-%d")
}

/// `2026-03-01 14:05 UTC`.
pub(super) fn minute(seconds: i64) -> String {
    stamp(seconds, "%Y-%m-%d %H:%M UTC")
}

/// `2026-03-01T14:05:09Z`.
pub(super) fn iso(seconds: i64) -> String {
    stamp(seconds, "%Y-%m-%dT%H:%M:%SZ")
}

/// A time in UTC, in a format of `strftime`.
pub(super) fn stamp(seconds: i64, format: &str) -> String {
    Timestamp::from_second(seconds).map_or_else(|_| format!("@{seconds}"), |time| time.strftime(format).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_sizes_and_dates() {
        assert_eq!([number(7), number(1204), number(1_234_567)], ["7", "1,204", "1,234,567"]);
        assert_eq!([bytes(812), bytes(1500), bytes(12_345_678)], ["812 B", "1.5 kB", "12.3 MB"]);
        assert_eq!(counted(1, "file"), "1 file");
        assert_eq!(minute(1_700_000_000), "2023-11-14 22:13 UTC");
        assert_eq!(iso(1_700_000_000), "2023-11-14T22:13:20Z");
        assert_eq!(date(i64::MAX), format!("@{}", i64::MAX));
    }

    #[test]
    fn words_of_paths_are_not_taken_for_values() {
        for (value, expected) in [
            ("production", false),
            ("environments", false),
            ("hunter2hunter2", true),
            ("correcthorsebatterystaple", true),
        ] {
            assert_eq!(is_telling(value.as_bytes()), expected, "{value}");
        }
    }
}
