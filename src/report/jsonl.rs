//! JSON Lines: one object a line, each with its `type`: `run` first, then `finding`s, `notice`s, and `end` with summary and receipt.
//!
//! A reader can act on a finding when its line is there; a stream without `end` was cut off. The objects are those of the JSON
//! document.

use std::io::{self, Write};

use serde::Serialize;

use super::Report;
use super::json::{line, wire};
use super::teller::Teller;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line {
    Run(wire::Run),
    Finding(Box<wire::Finding>),
    Notice(wire::Notice),
    End { summary: wire::Summary, receipt: wire::Receipt },
}

/// Prints the report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let teller = Teller::new(report);
    line(&Line::Run(wire::Run::of(&teller)), out)?;
    for finding in &report.findings {
        line(&Line::Finding(Box::new(wire::Finding::of(&teller, finding))), out)?;
    }
    for notice in &report.notices {
        line(&Line::Notice(wire::Notice::of(&teller, notice)), out)?;
    }
    line(&Line::End { summary: wire::Summary::of(&teller), receipt: wire::Receipt::of(report) }, out)
}
