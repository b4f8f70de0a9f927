//! What the history shows: secrets, `.env` files, encrypted material. Read from the sweep's report, and from one look at how each
//! blob begins.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use bstr::BString;

use super::{Check, Context, SECRETS, Spot, Status, glass};
use crate::gate::objects::{self, Gaps};
use crate::model::{Finding, ObjectId, Verdict};
use crate::policy::EnvFile;
use crate::source::SourceError;
use crate::source::history::Sought;
use crate::source::odb::ObjectKind;

/// The rule under which banned files are reported.
const ENV_FILE_RULE: &str = "stanch-env-file";

/// What every blob of the history begins with, as far as it matters.
#[derive(Debug, Default)]
pub(super) struct Past {
    /// Encrypted material: path (or blob) and what it is.
    pub material: BTreeMap<(BString, Option<ObjectId>), &'static str>,
    /// Whether something could not be read.
    pub is_incomplete: bool,
}

/// Looks at the beginning of every blob.
pub(super) fn look(context: &Context<'_>) -> Result<Past, SourceError> {
    let (gaps, found) = (Gaps::default(), Mutex::new(BTreeMap::new()));
    let history = objects::look(context.repository, &gaps, &|object| {
        if object.kind == ObjectKind::Blob
            && let Some(kind) = glass::by_content(object.bytes)
        {
            found.lock().unwrap_or_else(PoisonError::into_inner).insert(object.id, kind);
        }
    })?;
    let blobs = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    let names: HashSet<BString> = history.names().filter(|name| glass::by_name(name).is_some()).cloned().collect();
    let wanted: HashSet<ObjectId> = blobs.keys().copied().collect();
    let mut past = Past::default();
    let mut placed = HashSet::new();
    for sighting in history.attribute(&Sought::new(wanted, names), &gaps) {
        placed.insert(sighting.blob);
        let kind = blobs.get(&sighting.blob).copied();
        let by_name = sighting.path.as_ref().and_then(|path| glass::by_name(super::files::leaf(path)));
        if let (Some(kind), Some(path)) = (kind.or(by_name), sighting.path) {
            past.material.insert((path, None), kind);
        }
    }
    for (blob, kind) in blobs.iter().filter(|(blob, _)| !placed.contains(*blob)) {
        past.material.insert((BString::from(format!("blob {}", blob.short())), Some(*blob)), *kind);
    }
    past.is_incomplete = !gaps.into_notices().is_empty();
    Ok(past)
}

fn is_denied(finding: &Finding) -> bool {
    !matches!(finding.verdict, Verdict::Suppressed { .. })
}

fn missing(context: &Context<'_>) -> Option<String> {
    let mut gaps = context.sweep.notices.iter().filter(|notice| notice.kind.is_incomplete());
    let first = gaps.next()?;
    let more = gaps.count();
    let detail = format!("{}: {}", context.speak(&first.subject), context.speak(first.detail.as_bytes()));
    Some(if more == 0 { detail } else { format!("{detail}; and {more} more things could not be read") })
}

fn spots<'f>(context: &Context<'_>, findings: impl Iterator<Item = &'f Finding>) -> Vec<Spot> {
    findings
        .map(|finding| {
            let since = finding.attribution.as_ref().and_then(|at| at.first.as_ref());
            let since = since.map(|commit| format!(", since commit {}", commit.id.short())).unwrap_or_default();
            let what = finding.concern.as_ref().map_or(&*finding.rule, |concern| concern.name.as_str());
            let note = format!("{}{since}", context.speak(what.as_bytes()));
            context.spot(&finding.provenance.display(), finding.place.map(|place| place.start.line), note)
        })
        .collect()
}

/// No secrets anywhere in git.
pub(super) fn secrets(context: &Context<'_>) -> Check {
    const TITLE: &str = "No secrets in the repository or its history";
    let line = |status, why: String| Check::new("no-secrets", SECRETS, TITLE, status, why);
    let found: Vec<&Finding> =
        context.sweep.findings.iter().filter(|finding| &*finding.rule != ENV_FILE_RULE && is_denied(finding)).collect();
    match (found.len(), missing(context)) {
        (0, None) => line(
            Status::Pass,
            format!("{} blobs and {} commits were read", context.sweep.receipt.blobs, context.sweep.receipt.commits),
        ),
        (0, Some(gap)) => line(Status::Unknown, gap).todo("Fetch what is missing, then audit again"),
        (count, _) => line(Status::Fail, format!("{count} found in all that git still keeps"))
            .at(spots(context, found.into_iter()))
            .todo("stanch respond   (what to rotate by when, and how to rewrite the history)"),
    }
}

/// No `.env` file is tracked.
pub(super) fn env_tracked(context: &Context<'_>) -> Check {
    const TITLE: &str = "No .env file is tracked";
    let line = |status, why: String| Check::new("env-tracked", SECRETS, TITLE, status, why);
    let tracked = context.files.all.iter().filter(|file| context.policy.env.judge(&file.path) == EnvFile::Banned);
    let spots: Vec<Spot> = tracked.map(|file| context.spot(&file.path, None, "tracked")).collect();
    if spots.is_empty() {
        return line(Status::Pass, format!("{} tracked files were looked at", context.files.all.len()));
    }
    line(Status::Fail, "the index holds files of the .env family".to_owned())
        .at(spots)
        .todo("Rotate every secret in them, then: git rm --cached -- PATH")
}

/// No `.env` file was ever committed.
pub(super) fn env_in_history(context: &Context<'_>) -> Check {
    const TITLE: &str = "No .env file is in the history";
    let line = |status, why: String| Check::new("env-history", SECRETS, TITLE, status, why);
    let is_env = |finding: &&Finding| &*finding.rule == ENV_FILE_RULE && is_denied(finding);
    let found: Vec<&Finding> = context.sweep.findings.iter().filter(is_env).collect();
    match (found.len(), missing(context)) {
        (0, None) => line(Status::Pass, "every name in every tree was looked at".to_owned()),
        (0, Some(gap)) => line(Status::Unknown, gap).todo("Fetch what is missing, then audit again"),
        _ => line(Status::Fail, "the history must be treated as permanently compromised".to_owned())
            .at(spots(context, found.into_iter()))
            .todo("stanch respond   (rotate everything that stood in them first, rewrite second)"),
    }
}
