//! `DATE | SEVERITY | SECRET | WHAT HAPPENED | RESOLUTION`: one line an incident.

use jiff::civil::Date;

use super::{Problem, day, in_order, lines, rotation};
use crate::model::Severity;

/// What a new log begins with.
pub const HEADER: &str = "# Incident log: what leaked and what was done, never values. Append only.\n\
                          # Format: DATE | SEVERITY | SECRET | WHAT HAPPENED | RESOLUTION\n\n";

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Its line, from 1.
    pub line: usize,
    /// The day.
    pub date: Date,
    /// SEV-1 to SEV-4.
    pub severity: Severity,
    /// Names of the secrets; empty when it concerned none.
    pub secrets: Vec<String>,
    /// What happened.
    pub happened: String,
    /// What was done.
    pub resolution: String,
}

impl Incident {
    /// The line as it stands in the log.
    pub fn to_line(&self) -> String {
        let secrets = if self.secrets.is_empty() { "-".to_owned() } else { self.secrets.join(", ") };
        format!("{} | {} | {secrets} | {} | {}", self.date, word(self.severity), self.happened, self.resolution)
    }
}

/// `SEV-1` to `SEV-4`.
pub fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "SEV-1",
        Severity::High => "SEV-2",
        Severity::Medium => "SEV-3",
        Severity::Low => "SEV-4",
    }
}

/// Reads `SEV-1`, also with the word for it behind (`SEV-1 CRITICAL`).
pub fn severity(text: &str) -> Option<Severity> {
    let mut words = text.split_whitespace();
    let first = words.next()?;
    let severity = *Severity::ALL.iter().find(|one| word(**one).eq_ignore_ascii_case(first))?;
    match words.next() {
        None => Some(severity),
        Some(name) if words.next().is_none() && name.eq_ignore_ascii_case(severity.as_str()) => Some(severity),
        Some(_) => None,
    }
}

/// Reads a log: what it says, and what is wrong with it.
pub fn read(text: &str, today: Date) -> (Vec<Incident>, Vec<Problem>) {
    let (mut incidents, mut problems, mut dates) = (Vec::new(), Vec::new(), Vec::new());
    for (line, said) in lines(text) {
        let fields: Vec<&str> = said.split('|').map(str::trim).collect();
        let date = match day(fields[0]) {
            Ok(date) => date,
            Err(what) => {
                problems.push(Problem::new(line, what));
                continue;
            }
        };
        dates.push((line, date));
        // The line that an empty log begins with.
        if fields.len() == 2 && fields[1].starts_with("TEMPLATE") {
            continue;
        }
        match parse(&fields[1..]) {
            Ok((severity, secrets)) => incidents.push(Incident {
                line,
                date,
                severity,
                secrets,
                happened: fields[3].to_owned(),
                resolution: fields[4].to_owned(),
            }),
            Err(what) => problems.push(Problem::new(line, what)),
        }
    }
    problems.extend(in_order(dates.into_iter(), today));
    problems.sort();
    (incidents, problems)
}

fn parse(fields: &[&str]) -> Result<(Severity, Vec<String>), &'static str> {
    let &[severity_word, secrets, happened, resolution] = fields else {
        return Err("it does not have the five fields DATE | SEVERITY | SECRET | WHAT HAPPENED | RESOLUTION");
    };
    let severity = severity(severity_word).ok_or("its severity is none of SEV-1 to SEV-4")?;
    if happened.is_empty() || resolution.is_empty() {
        return Err("it does not say what happened or how it was resolved");
    }
    names(secrets).map(|names| (severity, names)).ok_or("its third field holds something that is no name of a secret")
}

/// Names with commas between them; `-`, `none` and `n/a` for no secret.
pub fn names(field: &str) -> Option<Vec<String>> {
    if matches!(field.to_ascii_lowercase().as_str(), "-" | "none" | "n/a") {
        return Some(Vec::new());
    }
    let names = field.split([',', '+']).map(str::trim);
    names.map(|name| is_name(name).then(|| name.to_owned())).collect()
}

/// Says whether a text can stand in the third field: a name, or a file of the `.env` family for all that was in it.
pub fn is_name(name: &str) -> bool {
    rotation::is_name(name.trim_start_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 4, 1);

    #[test]
    fn the_log_of_the_procedure_is_read_as_it_stands() {
        let text = "# security/incident-log.txt (committed to repo)\n# Format: DATE | SEVERITY | …\n\n2026-02-23 | TEMPLATE — replace with real entries\n2026-03-01 | SEV-1 CRITICAL | JWT_SECRET, LAGO_API_KEY | pushed to a branch | rotated within the hour\n";
        let (incidents, problems) = read(text, TODAY);
        assert_eq!(problems, []);
        assert_eq!(incidents[0].secrets, ["JWT_SECRET", "LAGO_API_KEY"]);
        let (again, _) = read(&incidents[0].to_line(), TODAY);
        assert_eq!(Incident { line: 5, ..again[0].clone() }, incidents[0]);
    }

    #[test]
    fn every_line_that_is_wrong_is_told() {
        let text = "2026-03-01 | SEV-5 | A | x | y\n2026-03-01 | SEV-1 HIGH | A | x | y\n2026-03-01 | SEV-1 | A=b | x | y\n2026-03-01 | SEV-1 | A | x\n2026-03-01 | SEV-1 | A | x |\nno date\n2026-02-01 | SEV-1 | - | x | y\n";
        let (incidents, problems) = read(text, TODAY);
        assert_eq!(incidents.len(), 1);
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
    }
}
