//! For a step summary or an issue: a table a heading, with boxes as in the paper checklist.

use std::io::{self, Write};

use super::super::{Audit, Status};
use super::{groups, place, summary};
use crate::report::safe::markdown;

pub(super) fn write(audit: &Audit, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "# Security checklist\n\n{}", markdown(&summary(audit)))?;
    for (group, checks) in groups(audit) {
        writeln!(out, "\n## {group}\n")?;
        for check in checks {
            let mark = if check.status == Status::Pass { "x" } else { " " };
            let (title, why) = (markdown(check.title), markdown(&check.why));
            writeln!(out, "- [{mark}] **{}** {title}: {why}", check.status.as_str())?;
            for spot in &check.spots {
                writeln!(out, "  - {}: {}", markdown(&place(spot)), markdown(&spot.note))?;
            }
            for remedy in &check.remedy {
                writeln!(out, "  - To do: {}", markdown(remedy))?;
            }
        }
    }
    Ok(())
}
