//! For machines, version 1.

use std::io::{self, Write};

use serde::Serialize;

use super::super::{Audit, Check, Status};
use super::summary;
use crate::report::safe;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    today: String,
    summary: Summary,
    checks: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Summary {
    pass: usize,
    fail: usize,
    cannot_tell: usize,
    beyond_repository: usize,
    exit_code: u8,
    verdict: String,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'static str,
    group: &'static str,
    title: &'static str,
    status: &'static str,
    beyond_repository: bool,
    why: &'a str,
    places: Vec<Place<'a>>,
    remedy: &'a [String],
}

#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: Option<usize>,
    note: &'a str,
}

pub(super) fn write(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        version: 1,
        tool: Tool { name: "stanch", version: env!("CARGO_PKG_VERSION") },
        today: audit.today.to_string(),
        summary: Summary {
            pass: audit.count(Status::Pass),
            fail: audit.count(Status::Fail),
            cannot_tell: audit.count(Status::Unknown),
            beyond_repository: audit.count(Status::Beyond),
            exit_code: audit.exit_code(false),
            verdict: summary(audit),
        },
        checks: audit.checks.iter().map(line).collect(),
    };
    let text = serde_json::to_string_pretty(&document).map_err(io::Error::other)?;
    writeln!(out, "{}", safe::json(&text))
}

fn line(check: &Check) -> Line<'_> {
    Line {
        id: check.id,
        group: check.group,
        title: check.title,
        status: match check.status {
            Status::Pass => "pass",
            Status::Fail => "fail",
            Status::Unknown | Status::Beyond => "cannot-tell",
        },
        beyond_repository: check.status == Status::Beyond,
        why: &check.why,
        places: check.spots.iter().map(|spot| Place { path: &spot.path, line: spot.line, note: &spot.note }).collect(),
        remedy: &check.remedy,
    }
}
