//! Exports of a vault, of any bytes: names and values, or an error that repeats none of them.

use stanch::policy::inventory::export::{ExportFormat, read};

/// Runs it in every form.
pub fn run(data: &[u8]) {
    for format in [ExportFormat::Dotenv, ExportFormat::Json, ExportFormat::Yaml] {
        match read(format, data) {
            Ok(pairs) => assert!(pairs.iter().all(|(name, _)| name.len() <= data.len().max(64) * 4)),
            Err(error) => {
                // It holds a number at most.
                let message = error.to_string();
                let rest = message.replace(|character: char| character.is_ascii_digit(), "");
                let is_own =
                    ["the export is not of the form that was named", " lines of the export are no `NAME=value`"];
                assert!(is_own.iter().any(|words| rest.starts_with(words)), "{message}");
            }
        }
    }
}
