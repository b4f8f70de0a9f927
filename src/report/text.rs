//! The report for people: grouped by file, each place clickable, each finding with what to do next.

use std::collections::HashMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Paint};

use super::teller::{self, Teller};
use super::{Outcome, Report, Style};
use crate::model::{Confidence, Finding, Severity, Verdict};

const LABEL: usize = 9;
const BOLD: Paint = Paint::new().bold();
const DIM: Paint = Paint::new().dimmed();
const GREEN: Paint = AnsiColor::Green.on_default().bold();
const YELLOW: Paint = AnsiColor::Yellow.on_default();
const RED: Paint = AnsiColor::Red.on_default().bold();
const CYAN: Paint = AnsiColor::Cyan.on_default();

/// Prints the report.
pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let teller = Teller::new(report);
    let mut printer = Printer { teller: &teller, style, out, told: HashMap::new() };
    for group in report.findings.chunk_by(is_same_file) {
        printer.group(group)?;
    }
    printer.notices()?;
    printer.coverage()?;
    printer.verdict()
}

/// Findings in commits and tags are of one group only when they are of one object.
fn is_same_file(one: &Finding, other: &Finding) -> bool {
    let (one, other) = (&one.provenance, &other.provenance);
    match &one.path {
        Some(_) => one.path == other.path && one.members == other.members,
        None => one == other,
    }
}

struct Printer<'a, 'b> {
    teller: &'a Teller<'a>,
    style: Style,
    out: &'b mut dyn Write,
    /// Where a value has been explained already, by rule and identity.
    told: HashMap<(&'a str, crate::model::Fingerprint), String>,
}

impl<'a> Printer<'a, '_> {
    fn paint(&self, paint: Paint, text: &str) -> String {
        if self.style.color { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
    }

    /// A label in its column and a text beside it.
    fn entry(&mut self, label: &str, text: &str) -> io::Result<()> {
        let label = self.paint(DIM, &format!("{label:<LABEL$}"));
        writeln!(self.out, "    {label} {text}")
    }

    fn group(&mut self, findings: &'a [Finding]) -> io::Result<()> {
        let (suppressed, told): (Vec<_>, Vec<_>) =
            findings.iter().partition(|finding| matches!(finding.verdict, Verdict::Suppressed { .. }));
        let source = self.teller.source(&findings[0]);
        writeln!(self.out, "{}", self.paint(BOLD.underline(), &source))?;
        for finding in told {
            self.finding(finding)?;
        }
        for finding in suppressed {
            self.suppressed(finding)?;
        }
        writeln!(self.out)
    }

    fn finding(&mut self, finding: &'a Finding) -> io::Result<()> {
        let teller = self.teller;
        let warns = finding.verdict == Verdict::Warn;
        let severity = self.paint(severity_paint(finding.severity), &format!("{:<8}", finding.severity));
        let title = self.paint(BOLD, &teller.title(finding));
        let id = self.paint(DIM, &teller.line(finding.rule.as_bytes()));
        let mark = if warns { self.paint(YELLOW, "  warning only") } else { String::new() };
        writeln!(self.out, "  {severity}  {title}  {id}{mark}")?;
        let place = teller.place(finding);
        let shown = self.paint(CYAN, &place);
        self.entry("at", &shown)?;
        let key = (&*finding.rule, finding.fingerprint);
        let before = self.told.get(&key).cloned();
        if let Some(value) = teller.value(finding) {
            let sure = if finding.confidence >= Confidence::High { DIM } else { YELLOW };
            let sureness = self.paint(sure, &teller.sureness(finding));
            let value = self.paint(BOLD, &value);
            match &before {
                Some(before) => self.entry("value", &format!("{value}  the same as at {before}"))?,
                None => self.entry("value", &format!("{value}  {sureness}"))?,
            }
        }
        if before.is_none() {
            for (name, value) in teller.parts(finding) {
                self.entry("with", &format!("{name} {value}"))?;
            }
            if !finding.layers.is_empty() {
                self.entry("decoded", &finding.layers.join(" › "))?;
            }
        }
        self.history(finding)?;
        if before.is_none() {
            if let Some(rotate) = teller.rotate(finding) {
                let rotate = self.paint(RED, &rotate);
                self.entry("rotate", &rotate)?;
            }
            if let Some(grants) = teller.grants(finding) {
                self.entry("grants", &grants)?;
            }
            for (at, line) in teller.remedy(finding).iter().enumerate() {
                self.entry(if at == 0 { "do" } else { "" }, line)?;
            }
            if self.style.verbose > 0 {
                self.details(finding)?;
            }
            if finding.secret.is_some() {
                self.told.insert(key, place);
            }
        }
        Ok(())
    }

    fn history(&mut self, finding: &Finding) -> io::Result<()> {
        let Some(attribution) = &finding.attribution else { return Ok(()) };
        let teller = self.teller;
        if let Some(first) = &attribution.first {
            let last = match &attribution.last {
                Some(last) if last.id != first.id => format!(", last in {}", teller.commit(last)),
                _ => String::new(),
            };
            self.entry("since", &format!("{}{last}", teller.commit(first)))?;
        }
        self.entry("in", &teller.reach(attribution))
    }

    fn details(&mut self, finding: &Finding) -> io::Result<()> {
        let teller = self.teller;
        if let Some(rule) = teller.rule(finding) {
            for (at, link) in rule.references.iter().enumerate() {
                self.entry(if at == 0 { "see" } else { "" }, &teller.line(link))?;
            }
        }
        if let Some(object) = finding.provenance.object {
            self.entry("object", &object.to_string())?;
        }
        self.entry("identity", &finding.fingerprint.to_string())
    }

    fn suppressed(&mut self, finding: &Finding) -> io::Result<()> {
        let Verdict::Suppressed { by, reason } = &finding.verdict else { return Ok(()) };
        let (place, rule) = (self.teller.place(finding), self.teller.line(finding.rule.as_bytes()));
        let line = format!("  excused   {place}  {rule}  {}: {}", by.as_str(), self.teller.line(reason));
        writeln!(self.out, "{}", self.paint(DIM, &line))
    }

    fn notices(&mut self) -> io::Result<()> {
        let notices = &self.teller.report.notices;
        if notices.is_empty() {
            return Ok(());
        }
        writeln!(self.out, "{}", self.paint(BOLD, "Not read, or worth a word"))?;
        let shown = if self.style.verbose > 0 { notices.len() } else { notices.len().min(50) };
        for notice in &notices[..shown] {
            let paint = if notice.kind.is_incomplete() { YELLOW } else { DIM };
            let kind = self.paint(paint, &format!("{:<10}", notice.kind.as_str()));
            let (subject, detail) = (self.teller.line(&**notice.subject), self.teller.line(&notice.detail));
            writeln!(self.out, "  {kind}  {subject}: {detail}")?;
        }
        if shown < notices.len() {
            writeln!(self.out, "  … and {} more (-v shows all)", teller::number((notices.len() - shown) as u64))?;
        }
        writeln!(self.out)
    }

    fn coverage(&mut self) -> io::Result<()> {
        for (label, text) in self.teller.coverage() {
            let line = format!("{label:<LABEL$} {text}");
            writeln!(self.out, "{}", self.paint(DIM, &line))?;
        }
        Ok(())
    }

    fn verdict(&mut self) -> io::Result<()> {
        let paint = match self.teller.report.outcome() {
            Outcome::Clean => GREEN,
            Outcome::Denied => RED,
            Outcome::Incomplete => YELLOW.bold(),
        };
        writeln!(self.out, "{}", self.paint(paint, &self.teller.verdict()))
    }
}

fn severity_paint(severity: Severity) -> Paint {
    match severity {
        Severity::Critical => AnsiColor::White.on(AnsiColor::Red).bold(),
        Severity::High => RED,
        Severity::Medium => YELLOW.bold(),
        Severity::Low => CYAN,
    }
}
