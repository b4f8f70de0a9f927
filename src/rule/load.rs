//! Reads a team's own rule files: the same shape, the same laws, the same code as the built-in ones.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::compile::{PackedRule, PackedText, pack};
use super::lint::{Vocabulary, lint};
use super::spec::FileSpec;
use crate::text::{checksum, validate};

/// A rule file cannot be used. Its author is to blame.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file or folder cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder of rules without any.
    #[error("{0} holds no rule file (*.yml or *.yaml)")]
    Empty(PathBuf),
    /// The YAML has another shape; the text names line and column.
    #[error("{path}: {message}")]
    Shape {
        /// Which file.
        path: PathBuf,
        /// What is wrong, with line and caret.
        message: String,
    },
    /// Laws are broken: every problem, one a line.
    #[error("{}", .0.join("\n"))]
    Laws(Vec<String>),
}

/// Reads the rules of a file, or of every `.yml` and `.yaml` file of a folder, sorted by name.
pub fn load(path: &Path) -> Result<Vec<(PackedRule, PackedText)>, LoadError> {
    load_texts(texts(path)?)
}

/// The text of a rule file, or of every one of a folder, sorted by name.
pub fn texts(path: &Path) -> Result<Vec<(PathBuf, String)>, LoadError> {
    let fail = |source| LoadError::Read { path: path.to_owned(), source };
    let mut files = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).map_err(fail)? {
            let file = entry.map_err(fail)?.path();
            if is_rule_file(&file) {
                files.push(file);
            }
        }
        if files.is_empty() {
            return Err(LoadError::Empty(path.to_owned()));
        }
        files.sort();
    } else {
        files.push(path.to_owned());
    }
    let read = |file: PathBuf| match std::fs::read_to_string(&file) {
        Ok(yaml) => Ok((file, yaml)),
        Err(source) => Err(LoadError::Read { path: file, source }),
    };
    files.into_iter().map(read).collect()
}

/// Where each example stands in a rule file: rule, template, line. Nothing where the text has another shape.
pub fn example_lines(yaml: &str) -> Vec<(String, String, u64)> {
    #[derive(Deserialize)]
    struct File {
        rules: Vec<Rule>,
    }
    #[derive(Deserialize)]
    struct Rule {
        id: String,
        #[serde(default)]
        examples: Vec<Spanned<String>>,
        #[serde(default)]
        counter_examples: Vec<Counter>,
    }
    #[derive(Deserialize)]
    struct Counter {
        text: Spanned<String>,
    }
    let Ok(file) = serde_saphyr::from_str::<File>(yaml) else { return Vec::new() };
    let mut lines = Vec::new();
    for rule in file.rules {
        let counters = rule.counter_examples.into_iter().map(|counter| counter.text);
        for template in rule.examples.into_iter().chain(counters) {
            lines.push((rule.id.clone(), template.value, template.referenced.line()));
        }
    }
    lines
}

/// Reads the rules of files whose texts are at hand.
pub fn load_texts(files: Vec<(PathBuf, String)>) -> Result<Vec<(PackedRule, PackedText)>, LoadError> {
    let (mut rules, mut problems) = (Vec::new(), Vec::new());
    for (file, yaml) in files {
        read(&file, &yaml, &mut rules, &mut problems)?;
    }
    if problems.is_empty() { Ok(rules) } else { Err(LoadError::Laws(problems)) }
}

/// Says whether a folder's file is one with rules.
pub fn is_rule_file(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yml" || extension == "yaml")
}

/// Reads one file's text.
pub fn read(
    path: &Path,
    yaml: &str,
    rules: &mut Vec<(PackedRule, PackedText)>,
    problems: &mut Vec<String>,
) -> Result<(), LoadError> {
    let file: FileSpec = serde_saphyr::from_str(yaml)
        .map_err(|error| LoadError::Shape { path: path.to_owned(), message: error.to_string() })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let vocabulary = Vocabulary { checksums: checksum::NAMES, validators: validate::NAMES };
    let name = path.display();
    problems.extend(
        lint(&file, &stem, Some(vocabulary))
            .into_iter()
            .map(|problem| format!("{name}:{}: {}: {}", line_of(yaml, &problem.rule), problem.rule, problem.message)),
    );
    for spec in file.rules {
        let id = spec.id.clone();
        match pack(&file.provider, spec) {
            Ok(rule) => rules.push(rule),
            Err(message) => problems.push(format!("{name}:{}: {id}: {message}", line_of(yaml, &id))),
        }
    }
    Ok(())
}

/// The line on which a rule begins, the last one of that id; for what concerns the file as a whole, its first line.
fn line_of(yaml: &str, id: &str) -> usize {
    let names = |line: &str| {
        let line = line.trim_start().trim_start_matches("- ");
        let value = line.strip_prefix("id:").map(|rest| rest.split(" #").next().unwrap_or(rest).trim());
        value.is_some_and(|value| value.trim_matches(['"', '\'']) == id)
    };
    yaml.lines().enumerate().filter(|(_, line)| names(line)).map(|(at, _)| at + 1).last().unwrap_or(1)
}
