//! Prints an audit. A format never judges; all text of the repository was made harmless before.

mod json;
mod markdown;
mod sarif;
mod text;

use std::io::{self, Write};

use super::{Audit, Check, Status};
use crate::report::Format;

/// Prints the audit in a format, if it has that one: text, Markdown, JSON or SARIF.
pub fn write(format: Format, audit: &Audit, color: bool, out: &mut dyn Write) -> Option<io::Result<()>> {
    Some(match format {
        Format::Text => text::write(audit, color, out),
        Format::Markdown => markdown::write(audit, out),
        Format::Json => json::write(audit, out),
        Format::Sarif => sarif::write(audit, out),
        _ => return None,
    })
}

/// The lines by their headings, in order.
fn groups(audit: &Audit) -> impl Iterator<Item = (&'static str, &[Check])> {
    audit.checks.chunk_by(|one, other| one.group == other.group).map(|checks| (checks[0].group, checks))
}

/// The outcome in one sentence.
fn summary(audit: &Audit) -> String {
    let count = |status| audit.count(status);
    let (fail, unknown) = (count(Status::Fail), count(Status::Unknown));
    let head = match (fail, unknown) {
        (0, 0) => "Passed".to_owned(),
        (0, _) => "Incomplete".to_owned(),
        _ => "Failed".to_owned(),
    };
    format!(
        "{head}: {} pass, {fail} fail, {unknown} could not be read; {} no repository can show. As of {}.",
        count(Status::Pass),
        count(Status::Beyond),
        audit.today
    )
}

/// `path:line`.
fn place(spot: &super::Spot) -> String {
    spot.line.map_or_else(|| spot.path.clone(), |line| format!("{}:{line}", spot.path))
}
