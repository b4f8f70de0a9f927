//! For people: the lines that need somebody stand out, the others take one line each.

use std::io::{self, Write};

use super::super::{Audit, Status};
use super::{groups, place, summary};

/// More places than this are counted only.
const MOST: usize = 20;

pub(super) fn write(audit: &Audit, color: bool, out: &mut dyn Write) -> io::Result<()> {
    let paint = |status: Status| match status {
        _ if !color => ("", ""),
        Status::Pass => ("\x1b[32m", "\x1b[0m"),
        Status::Fail => ("\x1b[1;31m", "\x1b[0m"),
        Status::Unknown => ("\x1b[33m", "\x1b[0m"),
        Status::Beyond => ("\x1b[2m", "\x1b[0m"),
    };
    for (group, checks) in groups(audit) {
        writeln!(out, "{group}")?;
        for check in checks {
            let (on, off) = paint(check.status);
            writeln!(out, "  {on}{:<10}{off}  {}: {}", check.status.as_str(), check.title, check.why)?;
            for spot in check.spots.iter().take(MOST) {
                writeln!(out, "              {}  {}", place(spot), spot.note)?;
            }
            if check.spots.len() > MOST {
                writeln!(out, "              and {} more", check.spots.len() - MOST)?;
            }
            for remedy in &check.remedy {
                writeln!(out, "              -> {remedy}")?;
            }
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", summary(audit))
}
