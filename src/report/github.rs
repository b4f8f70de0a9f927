//! Annotations as GitHub's workflow commands.
//!
//! A step shows ten errors and ten warnings; what does not fit is counted in a notice, never dropped in silence. Every text is
//! escaped so that nothing in a repository can issue a command.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::Report;
use super::teller::{Teller, counted};
use crate::model::{Finding, Origin, Verdict};

/// How many annotations of a kind a step shows.
const CAP: usize = 10;

/// Prints annotations, most severe first.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let teller = Teller::new(report);
    let mut hidden = Vec::new();
    let denied = annotate(&teller, "error", &Verdict::Deny, out)?;
    if denied > CAP {
        hidden.push(counted(denied - CAP, "more denied finding"));
    }
    let mut warned = annotate(&teller, "warning", &Verdict::Warn, out)?;
    for notice in report.notices.iter().filter(|notice| notice.kind.is_incomplete()) {
        warned += 1;
        if warned <= CAP {
            let text = format!("{}: {}", teller.line(&**notice.subject), teller.line(&notice.detail));
            writeln!(
                out,
                "::warning title={}::{}",
                property(&format!("Not read ({})", notice.kind.as_str())),
                data(&text)
            )?;
        }
    }
    if warned > CAP {
        hidden.push(counted(warned - CAP, "more warning"));
    }
    let mut verdict = teller.verdict();
    if !hidden.is_empty() {
        verdict.push_str(&format!(" Not shown as annotations: {}.", hidden.join(", ")));
    }
    // What is only worth a word, such as a value that cannot be searched for.
    for notice in report.notices.iter().filter(|notice| !notice.kind.is_incomplete()).take(CAP) {
        verdict.push_str(&format!("\n{}: {}", teller.line(&**notice.subject), teller.line(&notice.detail)));
    }
    for (label, text) in teller.coverage() {
        verdict.push_str(&format!("\n{label}: {text}"));
    }
    writeln!(out, "::notice title=stanch {}::{}", property(report.mode), data(&verdict))
}

/// Prints the first findings of one verdict and returns how many there are.
fn annotate(teller: &Teller<'_>, command: &str, verdict: &Verdict, out: &mut dyn Write) -> io::Result<usize> {
    let mut findings: Vec<&Finding> =
        teller.report.findings.iter().filter(|finding| finding.verdict == *verdict).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    for finding in findings.iter().take(CAP) {
        writeln!(out, "::{command} {}::{}", properties(teller, finding), data(&message(teller, finding)))?;
    }
    Ok(findings.len())
}

fn properties(teller: &Teller<'_>, finding: &Finding) -> String {
    let mut text = String::new();
    // Only what is in the checkout can be annotated.
    let path = finding.provenance.path.as_ref().filter(|_| finding.provenance.origin != Origin::Name);
    if let Some(path) = path {
        text.push_str(&format!("file={},", property(&teller.line(&***path))));
        if let Some(place) = finding.place {
            let (start, end) = (place.start, place.end);
            append(&mut text, format_args!("line={},endLine={},", start.line, end.line));
            // Columns have a meaning on one line only.
            if start.line == end.line {
                append(&mut text, format_args!("col={},endColumn={},", start.column, end.column));
            }
        }
    }
    append(&mut text, format_args!("title={}", property(&teller.title(finding))));
    text
}

fn message(teller: &Teller<'_>, finding: &Finding) -> String {
    let mut lines = vec![format!("{} at {}", teller.title(finding), teller.place(finding))];
    if let Some(value) = teller.value(finding) {
        lines.push(format!("Value: {value}, {}", teller.sureness(finding)));
    }
    lines.extend(teller.rotate(finding).map(|rotate| format!("Rotate {rotate}")));
    lines.extend(teller.grants(finding));
    if let Some(first) = finding.attribution.as_ref().and_then(|attribution| attribution.first.as_ref()) {
        lines.push(format!("Since {}", teller.commit(first)));
    }
    lines.extend(teller.remedy(finding));
    lines.join("\n")
}

fn append(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("invariant: a String takes everything");
}

/// The escapes of a command's message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The escapes of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_githubs() {
        assert_eq!(data("100%\r\n::error::x"), "100%25%0D%0A::error::x");
        assert_eq!(property("a:b,c%\n"), "a%3Ab%2Cc%25%0A");
    }
}
