//! `stanch rules`: list, show, test, and compare with GitHub's table.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::ByteSlice;
use serde::Serialize;

use super::args::{FormatArg, Global, RulesArgs, RulesCommand};
use super::error::CliError;
use super::setup;
use crate::detect::selftest::{self, Outcome};
use crate::detect::{Engine, Scratch};
use crate::rule::RuleSet;
use crate::scan::redacted;
use crate::source::PolicyFiles;

/// Runs the command.
pub fn run(global: &Global, args: &RulesArgs) -> Result<u8, CliError> {
    let files = PolicyFiles::on_disk(Some(Path::new(".")));
    let (policy, folder) = setup::read_policy(global, &files)?;
    let mut rules = setup::rules(global, &policy, &folder, &files)?;
    let mut text = String::new();
    let code = match &args.command {
        RulesCommand::List => list(&rules, global.format.contains(&FormatArg::Json), &mut text)?,
        RulesCommand::Show { id } => show(&rules, id, &mut text)?,
        RulesCommand::Test { files } => test(&mut rules, files, &mut text)?,
        RulesCommand::Coverage { github } => coverage(&rules, github, &mut text)?,
    };
    io::stdout().write_all(text.as_bytes()).map_err(|error| CliError::output(error, "the list"))?;
    Ok(code)
}

#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    provider: &'a str,
    severity: &'a str,
    confidence: &'a str,
    enabled: bool,
    github: &'a [String],
    description: &'a str,
    grants: &'a str,
    revoke: &'a str,
    references: &'a [String],
}

fn list(rules: &RuleSet, json: bool, text: &mut String) -> Result<u8, CliError> {
    let listed: Vec<Listed<'_>> = rules
        .iter()
        .map(|(index, signature)| {
            let told = rules.text(index);
            Listed {
                id: &signature.id,
                name: &told.name,
                provider: &told.provider,
                severity: signature.severity.as_str(),
                confidence: signature.confidence.as_str(),
                enabled: signature.enabled,
                github: &told.github,
                description: &told.description,
                grants: &told.grants,
                revoke: &told.revoke,
                references: &told.references,
            }
        })
        .collect();
    if json {
        text.push_str(&serde_json::to_string_pretty(&listed).map_err(CliError::user)?);
        text.push('\n');
        return Ok(0);
    }
    let width = listed.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in listed {
        let off = if rule.enabled { "" } else { "  (off)" };
        writeln!(text, "{:width$}  {:8}  {:7}  {}{off}", rule.id, rule.severity, rule.confidence, rule.name)
            .unwrap_or_default();
    }
    Ok(0)
}

fn show(rules: &RuleSet, id: &str, text: &mut String) -> Result<u8, CliError> {
    let index = rules.find(id).ok_or_else(|| {
        CliError::user(anyhow::anyhow!("there is no rule `{id}`")).hint("stanch rules list shows them all")
    })?;
    let (info, signature) = (rules.info(index), rules.signature(index));
    let mut line = |key: &str, value: &str| {
        if !value.is_empty() {
            writeln!(text, "{key:12} {value}").unwrap_or_default();
        }
    };
    line("id", &info.id);
    line("name", &info.name);
    line("severity", info.severity.as_str());
    line("confidence", info.confidence.as_str());
    line("is", &info.description);
    line("grants", &info.grants);
    line("revoke", &info.revoke);
    line("only in", &signature.paths.join(", "));
    line("github", &info.github.join(", "));
    line("called by", &signature.matcher.literals.join(" "));
    line("pattern", &signature.matcher.pattern);
    for reference in &info.references {
        line("see", reference);
    }
    Ok(0)
}

fn test(rules: &mut RuleSet, files: &[PathBuf], text: &mut String) -> Result<u8, CliError> {
    let (mut of, mut replaced, mut places) = (Vec::new(), Vec::new(), HashMap::new());
    for path in files {
        let texts = crate::rule::texts(path)?;
        for (file, yaml) in &texts {
            let lines = crate::rule::example_lines(yaml).into_iter();
            places.extend(lines.map(|(id, template, line)| ((id, template), format!("{}:{line}", file.display()))));
        }
        for (rule, told) in crate::rule::load_texts(texts)? {
            let id = rule.id.clone();
            match rules.find(&id) {
                Some(index) => {
                    rules.replace(index, rule, told)?;
                    replaced.push(id.clone());
                }
                None => rules.extend(vec![(rule, told)])?,
            }
            of.extend(rules.find(&id));
        }
    }
    if files.is_empty() {
        of.extend(rules.iter().filter(|(_, signature)| signature.enabled).map(|(index, _)| index));
    }
    let count = of.len();
    let rules = Arc::new(std::mem::replace(rules, RuleSet::of(Vec::new())?));
    let verdicts = selftest::run(&rules, of);
    let (engine, mut scratch) = (Engine::new(rules), Scratch::default());
    let wrong: Vec<_> = verdicts.iter().filter(|verdict| verdict.outcome != Outcome::Right).collect();
    for verdict in &wrong {
        let place = places.get(&(verdict.rule.clone(), verdict.template.clone()));
        let told = place.map_or_else(|| verdict.to_string(), |place| format!("{place}: {verdict}"));
        writeln!(text, "{}", discreet(&engine, &told, &mut scratch)).unwrap_or_default();
    }
    if let Some(first) = replaced.first() {
        let more = if replaced.len() > 1 { format!(" and {} more", replaced.len() - 1) } else { String::new() };
        writeln!(
            text,
            "{first}{more}: an id of a built-in rule; tested in its place. A scan refuses a second rule of that id: choose another."
        )
        .unwrap_or_default();
    }
    writeln!(text, "{count} rules, {} examples, {} wrong", verdicts.len(), wrong.len()).unwrap_or_default();
    Ok(u8::from(!wrong.is_empty()))
}

/// A verdict without values: neither what the rules find in its example nor what is written out between the marks.
fn discreet(engine: &Engine, verdict: &str, scratch: &mut Scratch) -> String {
    let found = redacted(engine, verdict.as_bytes(), scratch).to_str_lossy().into_owned();
    let mut parts = found.split('«');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text.push('«');
        match part.split_once('»') {
            // What is generated anew each time is nobody's value.
            Some((value, rest)) if !value.contains("%{") => {
                text.push_str("***»");
                text.push_str(rest);
            }
            _ => text.push_str(part),
        }
    }
    text
}

fn coverage(rules: &RuleSet, table: &Path, text: &mut String) -> Result<u8, CliError> {
    let read = std::fs::read_to_string(table);
    let content = read.map_err(|error| CliError::user(anyhow::anyhow!("{}: {error}", table.display())))?;
    let covered: std::collections::HashSet<&str> =
        rules.iter().flat_map(|(index, _)| rules.text(index).github.iter().map(String::as_str)).collect();
    let (mut known, mut total, mut missing) = (0, 0, 0);
    for line in content.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [provider, kind, blocks, ..] = columns.as_slice() else { continue };
        let is_blocking = *blocks == "yes";
        total += usize::from(is_blocking);
        if covered.contains(kind) {
            known += usize::from(is_blocking);
        } else {
            missing += usize::from(is_blocking);
            writeln!(text, "missing  {:3}  {kind}  ({provider})", if is_blocking { "yes" } else { "no" })
                .unwrap_or_default();
        }
    }
    writeln!(text, "{known} of {total} types that push protection blocks are covered").unwrap_or_default();
    Ok(u8::from(missing > 0))
}
