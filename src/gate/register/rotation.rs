//! `DATE  NAME  REASON`: one line a rotation.

use jiff::civil::Date;

use super::{Problem, day, in_order, lines};

/// What a new log begins with.
pub const HEADER: &str = "# Rotation log: dates and names of secrets only, never values. Append only.\n\
                          # DATE  NAME  REASON\n\n";

/// A rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotation {
    /// Its line, from 1.
    pub line: usize,
    /// The day.
    pub date: Date,
    /// Name of the secret.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Rotation {
    /// The line as it stands in the log.
    pub fn to_line(&self) -> String {
        format!("{}  {:<22}  {}", self.date, self.name, self.reason)
    }
}

/// Says whether a text can name a secret: a variable, or a few words with one space between them.
pub fn is_name(text: &str) -> bool {
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b' ' | b'(' | b')');
    let is_spaced = !text.contains("  ") && text.trim() == text;
    text.len() <= 80 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && is_spaced && text.bytes().all(is_plain)
}

/// Reads a log: what it says, and what is wrong with it.
pub fn read(text: &str, today: Date) -> (Vec<Rotation>, Vec<Problem>) {
    let (mut rotations, mut problems) = (Vec::new(), Vec::new());
    for (line, said) in lines(text) {
        match parse(said) {
            Ok((date, name, reason)) => rotations.push(Rotation { line, date, name, reason }),
            Err(what) => problems.push(Problem::new(line, what)),
        }
    }
    problems.extend(in_order(rotations.iter().map(|rotation| (rotation.line, rotation.date)), today));
    problems.sort();
    (rotations, problems)
}

fn parse(line: &str) -> Result<(Date, String, String), &'static str> {
    let line = line.trim();
    let (date, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let date = day(date)?;
    let rest = rest.trim_start();
    // Two spaces end a name, for names may have spaces; where there are none, the first word is the name.
    let end = rest.find("  ").or_else(|| rest.find('\t')).or_else(|| rest.find(' ')).unwrap_or(rest.len());
    let (name, reason) = rest.split_at(end);
    if name.is_empty() {
        return Err("it names no secret");
    }
    if !is_name(name) {
        return Err("what follows its date is no name of a secret");
    }
    let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
    if reason.is_empty() {
        return Err("it gives no reason");
    }
    Ok((date, name.to_owned(), reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 4, 1);

    #[test]
    fn the_log_of_the_procedure_is_read_as_it_stands() {
        let text = "# secrets/rotation-log.txt (committed to repo)\n\n2026-02-23  RESEND_API_KEY          Scheduled 90-day rotation\n2026-02-23  LAGO_API_KEY            Scheduled 90-day rotation\n2026-03-15  JWT_SECRET              Scheduled 180-day rotation\n";
        let (rotations, problems) = read(text, TODAY);
        assert_eq!(problems, []);
        assert_eq!(rotations.len(), 3);
        assert_eq!((rotations[2].line, rotations[2].name.as_str()), (5, "JWT_SECRET"));
        let line = rotations[2].to_line();
        let (again, _) = read(&line, TODAY);
        assert_eq!(again[0].reason, "Scheduled 180-day rotation");
    }

    #[test]
    fn every_line_that_is_wrong_is_told() {
        let text = "2026-02-30 A x\n26-01-01 A x\n2026-01-01 A\n2026-01-01\n2026-01-01 a=b x\n2026-03-01 A x\n2026-02-01 A x\n2026-05-01 A x\n";
        let (rotations, problems) = read(text, TODAY);
        assert_eq!(rotations.len(), 3);
        assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 7, 8]);
    }
}
