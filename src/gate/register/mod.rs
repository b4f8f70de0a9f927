//! The two logs that are committed: which secret was rotated when, and which incidents there were. Names and dates, never values.
//!
//! Both only ever grow at their end. A line that cannot be read is told with its number, never passed over.

pub mod discretion;
pub mod incident;
pub mod rotation;

use jiff::civil::Date;

/// Where the rotation log is looked for.
pub const ROTATION_LOGS: [&str; 2] = ["security/rotation-log.txt", "secrets/rotation-log.txt"];
/// Where the incident log is looked for.
pub const INCIDENT_LOGS: [&str; 2] = ["security/incident-log.txt", "secrets/incident-log.txt"];

/// Something wrong with a line of a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, without any text of the line that could be a value.
    pub what: String,
}

impl Problem {
    fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

/// `YYYY-MM-DD`, and a day that exists.
fn day(word: &str) -> Result<Date, &'static str> {
    let bytes = word.as_bytes();
    let is_shaped = bytes.len() == 10
        && bytes
            .iter()
            .enumerate()
            .all(|(at, byte)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() });
    if !is_shaped {
        return Err("it does not begin with a date of the form YYYY-MM-DD");
    }
    word.parse().map_err(|_| "its date does not exist")
}

/// Lines that count: number and text.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    // Some editors begin a file with a mark of its encoding.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_end()));
    lines.filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
}

/// Dates never go back, and none lies ahead.
fn in_order(dates: impl Iterator<Item = (usize, Date)>, today: Date) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut last: Option<Date> = None;
    for (line, date) in dates {
        if date > today {
            problems.push(Problem::new(line, format!("{date} lies in the future")));
        }
        if let Some(before) = last.filter(|before| *before > date) {
            problems
                .push(Problem::new(line, format!("{date} stands after {before}: lines are appended, never inserted")));
        }
        last = last.max(Some(date));
    }
    problems
}

/// What is written at the end of a log that reads `text`, so that `line` is its last line.
pub fn addition(text: &str, header: &str, line: &str) -> String {
    let before = match text {
        text if text.trim().is_empty() => header,
        text if text.ends_with('\n') => "",
        _ => "\n",
    };
    format!("{before}{line}\n")
}
