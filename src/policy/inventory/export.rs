//! Reads what a vault exports: names and values as dotenv, JSON or YAML.
//!
//! Errors tell the place and never the text: it is made of secrets. Values are wiped when they are dropped.

mod json;

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::model::Secret;
use crate::text::dotenv::Dotenv;

/// The forms of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// `NAME='value'` lines.
    Dotenv,
    /// A list of objects with `key` and `value`, or one object.
    Json,
    /// `NAME: value` lines, or a list as in JSON.
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
        ExportFormat::Yaml => {
            let text = std::str::from_utf8(text).map_err(|_| ExportError::Shape { line: None })?;
            let read: Result<Pairs, _> = serde_saphyr::from_str(text);
            let line = |error: serde_saphyr::Error| error.location().map(|location| location.line());
            read.map_err(|error| ExportError::Shape { line: line(error) })?.0
        }
    };
    Ok(pairs.into_iter().map(|(name, value)| (name, trimmed(value))).collect())
}

/// A line break at the end is the format's, not the value's.
fn trimmed(value: Secret) -> Secret {
    let bytes = value.expose();
    let end = bytes.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r')).map_or(0, |last| last + 1);
    if end == bytes.len() { value } else { Secret::new(bytes[..end].to_vec()) }
}

/// Scalars are taken as they are written: `0123` may be a number and is a value.
struct Pairs(Vec<(String, Secret)>);

/// A value of any scalar type.
struct Text(Option<Secret>);

/// One object of a list.
#[derive(Deserialize)]
struct Item {
    #[serde(alias = "secretKey")]
    key: String,
    #[serde(alias = "secretValue")]
    value: Text,
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names with values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if let Text(Some(value)) = map.next_value()? {
                        pairs.push((name, value));
                    }
                }
                Ok(Pairs(pairs))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(Item { key, value }) = list.next_element()? {
                    pairs.extend(value.0.map(|value| (key, value)));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_any(PairsVisitor)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_none<E: serde::de::Error>(self) -> Result<Text, E> {
                Ok(Text(None))
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Text, D::Error> {
                deserializer.deserialize_str(self)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(Some(Secret::new(text.as_bytes()))))
            }

            fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Text, E> {
                let text = Zeroizing::new(text);
                Ok(Text(Some(Secret::new(text.as_bytes()))))
            }

            fn visit_unit<E>(self) -> Result<Text, E> {
                Ok(Text(None))
            }
        }
        deserializer.deserialize_option(TextVisitor)
    }
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
            read_as(ExportFormat::Yaml, "- {key: A, value: \"x'y\\\"z\"}\n- {key: B, value: '12345678'}\n"),
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
