//! What is wrong in a configuration, told with file, line and caret.
//!
//! The YAML reader tells its own errors so; this is for values that are well-formed YAML and still wrong. A line is shown up
//! to the place of the error only where the value may be shown.

use serde_saphyr::Location;

/// One problem at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    /// Line and column, from 1; none when the place is not known.
    pub(super) place: Option<(usize, usize)>,
    /// What is wrong.
    pub(super) message: String,
    /// Whether the value at the place must not be shown.
    pub(super) hidden: bool,
    /// How many characters of it are shown all the same: a key before its value.
    pub(super) shown: usize,
}

impl Complaint {
    /// A problem at the place of a value.
    pub(super) fn at(location: Location, message: impl Into<String>) -> Self {
        let (line, column) = (location.line() as usize, location.column() as usize);
        let place = (line > 0 && column > 0).then_some((line, column));
        Self { place, message: message.into(), hidden: false, shown: 0 }
    }

    /// The same problem without the value.
    pub(super) fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// The message with the line and a caret under the place.
    pub(super) fn render(&self, yaml: &str, source: &str) -> String {
        let Some((line, column)) = self.place else { return format!("{source}: {}", self.message) };
        let text = yaml.lines().nth(line - 1).unwrap_or_default();
        let before: String = text.chars().take(column - 1).collect();
        let through: String = text.chars().take(column - 1 + self.shown).collect();
        let shown = if self.hidden { format!("{through}***") } else { text.to_owned() };
        let gutter = " ".repeat(line.to_string().len());
        let indent: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        format!(
            "{source}: error: line {line} column {column}: {}\n{gutter}--> {source}:{line}:{column}\n{gutter} |\n{line} | {shown}\n{gutter} | {indent}^",
            self.message
        )
    }
}
