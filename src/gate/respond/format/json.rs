//! For machines, version 1. Its `traces` are what `stanch respond --verify` reads.

use std::io::{self, Write};

use serde::Serialize;

use super::super::exposure::Exposure;
use super::super::input::Traces;
use super::super::verify::Verification;
use super::{EXPRESSIONS, Response, incidents, rotations, time};
use crate::gate::register::incident;
use crate::report::safe;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tool: Tool,
    detected: String,
    complete: bool,
    gaps: &'a [String],
    remote: Option<&'a str>,
    secrets: Vec<Secret<'a>>,
    other_names: &'a [String],
    rewrite: Rewrite<'a>,
    incident_log: Vec<String>,
    rotation_log: Vec<String>,
    traces: &'a Traces,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct Secret<'a> {
    name: Option<&'a str>,
    title: &'a str,
    in_inventory: bool,
    owner: Option<&'a str>,
    severity: &'static str,
    incident_severity: &'static str,
    deadline: String,
    playbook: &'a [String],
    places: Vec<Place<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    display: &'a str,
    rule: &'a str,
    fingerprint: &'a str,
    objects: usize,
    exposure: &'a Exposure,
}

#[derive(Serialize)]
struct Rewrite<'a> {
    needed: bool,
    drop: &'a [String],
    drop_binary: &'a [String],
    values: usize,
    messages: bool,
    command: String,
    by_hand: &'a [String],
}

pub(super) fn write(response: &Response, out: &mut dyn Write) -> io::Result<()> {
    let plan = &response.rewrite;
    let document = Document {
        version: 1,
        tool: Tool { name: "stanch", version: env!("CARGO_PKG_VERSION") },
        detected: time(response.detected),
        complete: response.gaps.is_empty(),
        gaps: &response.gaps,
        remote: response.remote.as_deref(),
        secrets: response
            .cases
            .iter()
            .map(|case| Secret {
                name: case.name.as_deref(),
                title: &case.title,
                in_inventory: case.is_listed,
                owner: case.owner.as_deref(),
                severity: case.severity.as_str(),
                incident_severity: incident::word(case.severity),
                deadline: time(case.deadline),
                playbook: &case.playbook,
                places: case
                    .places
                    .iter()
                    .map(|place| Place {
                        display: &place.display,
                        rule: &place.rule,
                        fingerprint: &place.fingerprint,
                        objects: place.objects,
                        exposure: &place.exposure,
                    })
                    .collect(),
            })
            .collect(),
        other_names: &response.other_names,
        rewrite: Rewrite {
            needed: !plan.is_empty(),
            drop: &plan.drop,
            drop_binary: &plan.binary,
            values: plan.values,
            messages: plan.messages,
            command: plan.command(EXPRESSIONS),
            by_hand: &plan.by_hand,
        },
        incident_log: incidents(response).into_iter().map(|(line, _)| line).collect(),
        rotation_log: rotations(response).into_iter().map(|(line, _)| line).collect(),
        traces: &response.traces,
    };
    print(&document, out)
}

#[derive(Serialize)]
struct Verified<'a> {
    version: u32,
    outcome: &'static str,
    exit_code: u8,
    left: &'a [String],
    not_read: &'a [String],
}

pub(super) fn write_verification(verification: &Verification, out: &mut dyn Write) -> io::Result<()> {
    let exit_code = verification.exit_code();
    let outcome = match exit_code {
        0 => "clean",
        1 => "left",
        _ => "incomplete",
    };
    print(&Verified { version: 1, outcome, exit_code, left: &verification.left, not_read: &verification.unsure }, out)
}

fn print(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(document).map_err(io::Error::other)?;
    writeln!(out, "{}", safe::json(&text))
}
