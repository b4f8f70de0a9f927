//! Reads what a vault exports: names and values as dotenv, JSON or YAML.
//!
//! Errors tell the place and never the text: it is made of secrets. Values are wiped when they are dropped.

mod json;
mod yaml;

use crate::model::Secret;
use crate::text::dotenv::Dotenv;

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// `NAME='value'` lines.
    Dotenv,
    /// A list of objects with `key` and `value`, or one object.
    Json,
    /// `NAME: value` lines, or a list of blocks as in JSON.
    Yaml,
}

/// An export cannot be read. Its text is never repeated.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Not of the form.
    #[error("the export is not of the form that was named{}", place(*.line))]
    Shape {
        /// Where the reader stopped, where it knows.
        line: Option<u64>,
    },
    /// Lines that are no entries.
    #[error("{0} lines of the export are no `NAME=value`")]
    Strange(usize),
}

fn place(line: Option<u64>) -> String {
    line.map_or_else(String::new, |line| format!(" (line {line})"))
}

/// Reads names and values.
pub fn read(format: ExportFormat, text: &[u8]) -> Result<Vec<(String, Secret)>, ExportError> {
    let pairs = match format {
        ExportFormat::Dotenv => {
            let file = Dotenv::parse(text);
            if file.strange > 0 {
                return Err(ExportError::Strange(file.strange));
            }
            let name = |entry: &crate::text::dotenv::Entry| String::from_utf8_lossy(entry.name.of(text)).into_owned();
            file.entries.iter().map(|entry| (name(entry), Secret::new(entry.value.to_vec()))).collect()
        }
        ExportFormat::Json => json::read(text).map_err(|line| ExportError::Shape { line: Some(line) })?,
        ExportFormat::Yaml => yaml::read(text).map_err(|line| ExportError::Shape { line: Some(line) })?,
    };
    Ok(pairs.into_iter().map(|(name, value)| (name, trimmed(value))).collect())
}

/// A line break at the end is the format's, not the value's.
fn trimmed(value: Secret) -> Secret {
    let bytes = value.expose();
    let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    if end == bytes.len() { value } else { Secret::new(bytes[..end].to_vec()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(format: ExportFormat, text: &str) -> Vec<(String, Vec<u8>)> {
        let pairs = read(format, text.as_bytes()).unwrap();
        pairs.into_iter().map(|(name, value)| (name, value.expose().to_vec())).collect()
    }

    #[test]
    fn all_three_forms_give_the_same() {
        let expected = vec![("A".to_owned(), b"x'y\"z".to_vec()), ("B".to_owned(), b"12345678".to_vec())];
        assert_eq!(read_as(ExportFormat::Dotenv, "A='x'y\"z'\nB='12345678'\n"), expected);
        let list = r#"[{"key":"A","value":"x'y\"z","type":"shared","tags":[]},{"key":"B","value":"12345678"}]"#;
        assert_eq!(read_as(ExportFormat::Json, list), expected);
        assert_eq!(read_as(ExportFormat::Json, r#"{"A":"x'y\"z","B":12345678}"#), expected);
        let yaml = read_as(ExportFormat::Yaml, "A: x'y\"z\nB: 12345678\nC: 00123\nD: null\n");
        assert_eq!(yaml[..2], expected);
        assert_eq!(yaml[2].1, b"00123");
        assert_eq!(
            read_as(ExportFormat::Yaml, "- key: A\n  value: \"x'y\\\"z\"\n- key: B\n  value: '12345678'\n"),
            expected
        );
    }

    #[test]
    fn errors_never_repeat_the_text() {
        for (format, text) in [
            (ExportFormat::Dotenv, "A=1\nhunter2horse\n"),
            (ExportFormat::Json, "{\"A\": hunter2horse}"),
            (ExportFormat::Json, "{\"A\": {\"hunter2horse\": 1}}"),
            (ExportFormat::Yaml, "A: [hunter2horse\nhunter2horse: {"),
        ] {
            let error = read(format, text.as_bytes()).err().unwrap().to_string();
            assert!(!error.contains("hunter2horse"), "{error}");
        }
    }
}
