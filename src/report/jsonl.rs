//! JSON Lines: one object a line, each with its `type`: `run` first, then `finding`s, `notice`s, and `end` with summary and receipt.
//!
//! A reader can act on a finding when its line is there; a stream without `end` was cut off. The objects are those of the JSON
//! document, but for the duration, which is in `end`. Lines can be written while a run goes on: findings then come in the
//! order in which they are known, each as the finished report has it. What could still change waits for the end.

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::json::{line, wire};
use super::teller::Teller;
use crate::model::{Finding, Fingerprint, Place, Provenance};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    Run(wire::Run),
    Finding(Box<wire::Finding>),
    Notice(wire::Notice),
    End { duration_ms: u64, summary: wire::Summary, receipt: wire::Receipt },
}

/// Prints the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    Lines::begin(report, out)?.end(report, out)
}

/// Lines that are written one after the other.
#[derive(Debug)]
pub struct Lines {
    written: BTreeSet<Key>,
}

/// What tells one line of a finding from another.
type Key = (Fingerprint, Option<Place>, Provenance);

impl Lines {
    /// Writes what is known at the beginning of a run.
    pub fn begin(report: &Report, out: &mut dyn Write) -> io::Result<Self> {
        line(&Line::Run(wire::Run::beginning(&Teller::new(report))), out)?;
        Ok(Self { written: BTreeSet::new() })
    }

    /// Writes the findings of a part that a value which is found later cannot change: where such a value stood in a name,
    /// it would have to be masked there.
    pub fn findings(&mut self, part: &Report, out: &mut dyn Write) -> io::Result<()> {
        let teller = Teller::new(part);
        for finding in &part.findings {
            let told = wire::Finding::of(&teller, finding);
            if told.is_plain() && self.written.insert(key(finding)) {
                line(&Line::Finding(Box::new(told)), out)?;
            }
        }
        Ok(())
    }

    /// Writes all the rest of the finished report.
    pub fn end(self, report: &Report, out: &mut dyn Write) -> io::Result<()> {
        let teller = Teller::new(report);
        for finding in report.findings.iter().filter(|finding| !self.written.contains(&key(finding))) {
            line(&Line::Finding(Box::new(wire::Finding::of(&teller, finding))), out)?;
        }
        for notice in &report.notices {
            line(&Line::Notice(wire::Notice::of(&teller, notice)), out)?;
        }
        let (summary, receipt) = (wire::Summary::of(&teller), wire::Receipt::of(report));
        line(&Line::End { duration_ms: report.duration_ms, summary, receipt }, out)
    }
}

fn key(finding: &Finding) -> Key {
    (finding.fingerprint, finding.place, finding.provenance.clone())
}
