//! One JSON document for programs, and the receipt alone.
//!
//! Version 1. Fields may be added within a version; none is removed, renamed or given another meaning. `fixtures/golden/report.json`
//! shows every field. Text that is no UTF-8 is escaped (`\xff`) and then also given in percent notation, unambiguously.

pub(super) mod wire;

use std::io::{self, Write};

use serde::Serialize;

use super::teller::Teller;
use super::{Report, safe};

/// Prints the whole report.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let teller = Teller::new(report);
    document(&wire::Document::of(&teller), out)
}

/// Prints what was read and what was not, without the findings.
pub(super) fn write_receipt(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let teller = Teller::new(report);
    document(&wire::ReceiptDocument::of(&teller), out)
}

/// Prints a value in several lines.
pub(super) fn document(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from)?;
    writeln!(out, "{}", safe::json(&text))
}

/// Prints a value in one line.
pub(super) fn line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string(value).map_err(io::Error::from)?;
    writeln!(out, "{}", safe::json(&text))
}
