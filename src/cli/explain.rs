//! `stanch explain FILE:LINE[:COLUMN]`: why something is reported there, or is not.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bstr::{BString, ByteVec};

use super::args::{ExplainArgs, Global};
use super::error::CliError;
use super::setup;
use crate::detect::Scratch;
use crate::model::{Candidate, Chunk, Confidence, LineIndex, Origin, Provenance};
use crate::scan::{content, counts_at, redacted};
use crate::source::git::{GitEnvironment, Repository};
use crate::triage::whereabouts;

/// Runs the command.
pub fn run(global: &Global, args: &ExplainArgs) -> Result<u8, CliError> {
    let (path, line, column) = parse(&args.place)?;
    let environment = GitEnvironment::from_process();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let top = Repository::discover(folder, &environment).ok().flatten().and_then(|found| found.work_dir);
    let setup = setup::build(global, Some(top.as_deref().unwrap_or(Path::new("."))))?;
    let provenance = Provenance::new(Origin::File, Some(name(&path, top.as_deref())));
    let text = std::fs::read(&path).map_err(|error| CliError::user(anyhow::anyhow!("{}: {error}", path.display())))?;
    let lines = LineIndex::new(&text);
    let mut scratch = Scratch::default();
    scratch.is_content = true;
    let mut found = setup.engine.scan(Chunk::whole(&text), &mut scratch);
    let mut faint = Vec::new();
    for candidate in &mut found {
        let signature = setup.engine.rules().signature(candidate.rule);
        if !whereabouts::weigh(candidate, signature, &provenance, setup.root.as_deref()) {
            faint.push(candidate.span);
        }
    }
    let threshold = setup.policy.min_confidence;
    let mut out = String::new();
    let is_on_line = |candidate: &&Candidate| {
        (lines.line(candidate.span.start)..=lines.line(candidate.span.end.saturating_sub(1))).contains(&line)
    };
    let (here, elsewhere): (Vec<_>, Vec<_>) = found.iter().filter(is_on_line).partition(|candidate| {
        let place = |offset| {
            let position = lines.position(&text, offset);
            (position.line, position.column)
        };
        column.is_none_or(|column| (place(candidate.span.start)..place(candidate.span.end)).contains(&(line, column)))
    });
    for candidate in here {
        let signature = setup.engine.rules().signature(candidate.rule);
        let position = lines.position(&text, candidate.span.start);
        out.push_str(&format!(
            "{}:{}:{}  {}  {} confidence\n  value: {}\n",
            path.display(),
            position.line,
            position.column,
            signature.id,
            candidate.confidence,
            candidate.secret.masked(candidate.visible)
        ));
        for reason in &candidate.evidence.0 {
            out.push_str(&format!("  because {reason}\n"));
        }
        if !candidate.layers.is_empty() {
            out.push_str(&format!("  decoded: {}\n", candidate.layers.join(", then ")));
        }
        let path = provenance.path.as_deref().map(Vec::as_slice).unwrap_or_default();
        if !counts_at(signature, path) || !content::counts(&signature.id, path, &setup) {
            out.push_str("  not reported: the rule counts in files of other names only\n");
        } else if faint.contains(&candidate.span) {
            out.push_str("  not reported, at whatever confidence\n");
        } else {
            out.push_str(&verdict(candidate.confidence, threshold, signature.public));
        }
    }
    if out.is_empty() {
        let column = column.map_or_else(String::new, |column| format!(":{column}"));
        out.push_str(&format!("{}:{line}{column}: no rule matches anything here\n", path.display()));
        for candidate in elsewhere {
            let position = lines.position(&text, candidate.span.start);
            let rule = &setup.engine.rules().signature(candidate.rule).id;
            out.push_str(&format!("  but {rule} does at {}:{}:{}\n", path.display(), position.line, position.column));
        }
    }
    let out = redacted(&setup.engine, out.as_bytes(), &mut Scratch::default());
    io::stdout().write_all(&out).map_err(|error| CliError::output(error, "the explanation"))?;
    Ok(0)
}

/// What a scan calls the file: its path in the repository, or as given.
fn name(path: &Path, top: Option<&Path>) -> BString {
    let real = path.canonicalize().ok();
    let inside = real.as_deref().zip(top).and_then(|(real, top)| real.strip_prefix(top).ok());
    Vec::from_path_lossy(inside.unwrap_or(path)).into_owned().into()
}

fn verdict(confidence: Confidence, threshold: Confidence, is_public: bool) -> String {
    if is_public {
        "  not reported: it is public material\n".to_owned()
    } else if confidence < threshold {
        format!("  not reported: {confidence} is below the least confidence that is reported, {threshold}\n")
    } else {
        "  reported\n".to_owned()
    }
}

/// `FILE:LINE` or `FILE:LINE:COLUMN`.
fn parse(place: &str) -> Result<(PathBuf, usize, Option<usize>), CliError> {
    let number = |text: &str| text.parse::<usize>().ok().filter(|&number| number > 0);
    let last = |text: &str| -> Option<(String, usize)> {
        let (head, tail) = text.rsplit_once(':').filter(|(head, _)| !head.is_empty())?;
        Some((head.to_owned(), number(tail)?))
    };
    let (head, second) = last(place).ok_or_else(|| {
        CliError::user(anyhow::anyhow!("`{place}` is not of the form FILE:LINE or FILE:LINE:COLUMN, counted from 1"))
    })?;
    Ok(match last(&head) {
        Some((file, line)) => (PathBuf::from(file), line, Some(second)),
        None => (PathBuf::from(head), second, None),
    })
}
