//! JUnit XML, for CI systems that show nothing else: a denied finding is a failure, what was not read is an error.

use std::io::{self, Write};

use super::safe::html as xml;
use super::teller::{Teller, iso};
use super::{Outcome, Report};
use crate::model::{Finding, Verdict};

/// Prints one suite; a clean run is one passed test, so that nobody takes an empty suite for a run.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let teller = Teller::new(report);
    let (tally, missing) = (teller.tally(), teller.missing());
    let errors = if report.allow_incomplete { 0 } else { missing };
    let skipped: usize = tally.warned + tally.suppressed.values().sum::<usize>();
    let seconds = report.duration_ms as f64 / 1000.0;
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="stanch" tests="{tests}" failures="{}" errors="{errors}" time="{seconds:.3}">
  <testsuite name="stanch {}" tests="{tests}" failures="{}" errors="{errors}" skipped="{skipped}" time="{seconds:.3}" timestamp="{}">"#,
        tally.denied,
        xml(report.mode),
        tally.denied,
        xml(&iso(report.started)),
        tests = report.findings.len() + errors + usize::from(report.outcome() == Outcome::Clean),
    )?;
    writeln!(out, "    <properties>")?;
    for (label, text) in teller.coverage() {
        writeln!(out, r#"      <property name="{}" value="{}"/>"#, xml(label), xml(&text))?;
    }
    writeln!(out, "    </properties>")?;
    for finding in &report.findings {
        case(&teller, finding, out)?;
    }
    if !report.allow_incomplete {
        for notice in report.notices.iter().filter(|notice| notice.kind.is_incomplete()) {
            let (subject, detail) = (teller.line(&**notice.subject), teller.line(&notice.detail));
            writeln!(
                out,
                r#"    <testcase classname="coverage" name="{}"><error type="{}" message="{}"/></testcase>"#,
                xml(&subject),
                notice.kind.as_str(),
                xml(&detail)
            )?;
        }
    }
    if report.outcome() == Outcome::Clean {
        writeln!(out, r#"    <testcase classname="coverage" name="{}"/>"#, xml(&teller.verdict()))?;
    }
    writeln!(out, "  </testsuite>\n</testsuites>")
}

fn case(teller: &Teller<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let (rule, title) = (xml(&teller.line(finding.rule.as_bytes())), teller.title(finding));
    write!(out, r#"    <testcase classname="{rule}" name="{}""#, xml(&teller.place(finding)))?;
    if let (Some(path), Some(place)) = (&finding.provenance.path, finding.place) {
        write!(out, r#" file="{}" line="{}""#, xml(&teller.line(&***path)), place.start.line)?;
    }
    let mut lines = Vec::new();
    lines.extend(teller.value(finding).map(|value| format!("value: {value}")));
    lines.push(format!("confidence: {}", teller.sureness(finding)));
    lines.extend(teller.rotate(finding).map(|rotate| format!("rotate: {rotate}")));
    lines.extend(teller.grants(finding).map(|grants| format!("grants: {grants}")));
    if let Some(first) = finding.attribution.as_ref().and_then(|attribution| attribution.first.as_ref()) {
        lines.push(format!("since: {}", teller.commit(first)));
    }
    lines.extend(teller.remedy(finding).into_iter().map(|line| format!("do: {line}")));
    match &finding.verdict {
        Verdict::Deny => {
            let message = xml(&format!("{title} ({})", finding.severity));
            writeln!(
                out,
                r#"><failure type="{rule}" message="{message}">{}</failure></testcase>"#,
                xml(&lines.join("\n"))
            )
        }
        Verdict::Warn => writeln!(out, r#"><skipped message="warning only: {}"/></testcase>"#, xml(&title)),
        Verdict::Suppressed { by, reason } => {
            let reason = xml(&teller.line(reason));
            writeln!(out, r#"><skipped message="suppressed by {}: {reason}"/></testcase>"#, by.as_str())
        }
    }
}
