//! Is anything left? Holds a new sweep of everything that git keeps against what an earlier one found.

use std::collections::BTreeSet;

use bstr::BString;

use super::{ENV_FILE_RULE, KNOWN_RULE, Traces, reach};
use crate::model::{FingerprintKey, ObjectId};
use crate::report::{Report, safe};
use crate::source::SourceError;
use crate::source::git::{Objects, Repository};

/// What was found out.
#[derive(Debug, Default)]
pub struct Verification {
    /// What is left and where, without values.
    pub left: Vec<String>,
    /// Why it cannot be said that nothing is left.
    pub unsure: Vec<String>,
    /// Number of identities, objects and paths that were looked for.
    pub sought: (usize, usize, usize),
    /// The vault's values were searched for, in every form.
    pub has_known: bool,
}

impl Verification {
    /// 1 when something is left, 3 when that cannot be said, else 0.
    pub fn exit_code(&self) -> u8 {
        match (self.left.is_empty(), self.unsure.is_empty()) {
            (false, _) => 1,
            (true, false) => 3,
            (true, true) => 0,
        }
    }
}

/// Compares. `sweep` must be of everything; `has_known` says whether it searched for known values.
pub fn verify(
    traces: &Traces,
    sweep: &Report,
    repository: &Repository,
    key: &FingerprintKey,
    has_known: bool,
) -> Result<Verification, SourceError> {
    let mut verification = Verification {
        sought: (traces.fingerprints.len(), traces.objects.len(), traces.paths.len()),
        has_known,
        ..Verification::default()
    };
    let fingerprints: BTreeSet<&str> = traces.fingerprints.iter().map(String::as_str).collect();
    // What is left, and the object that holds it.
    let mut left: Vec<(String, Option<ObjectId>)> = Vec::new();
    let paths: BTreeSet<&str> = traces.paths.iter().map(String::as_str).collect();
    for finding in &sweep.findings {
        let path = finding.provenance.path.as_ref().map(|path| safe::uri(path));
        let is_path = &*finding.rule == ENV_FILE_RULE && path.as_deref().is_some_and(|path| paths.contains(path));
        let identity = finding.fingerprint.to_string();
        // The vault's values were asked for: each of them that is still there is left, in whatever form.
        let is_known = has_known && &*finding.rule == KNOWN_RULE;
        if !is_path && !is_known && !fingerprints.contains(identity.as_str()) {
            continue;
        }
        let place = finding.provenance.object.map_or_else(String::new, |id| format!(", object {}", id.short()));
        let shown = path.map_or_else(|| finding.provenance.origin.noun().to_owned(), |_| spoken(finding, sweep));
        let line = finding.place.map_or_else(String::new, |place| format!(":{}", place.start.line));
        left.push((format!("{shown}{line} ({}{place})", finding.rule), finding.provenance.object));
    }
    let objects = Objects::open(repository);
    for id in traces.objects.iter().filter_map(|hex| ObjectId::from_hex(hex.as_bytes())) {
        if objects.store().contains(&id) {
            left.push((format!("object {} is still in the database", id.short()), Some(id)));
        }
    }
    let holders: BTreeSet<ObjectId> = left.iter().filter_map(|(_, id)| *id).collect();
    if !holders.is_empty() {
        let ways = reach::ways(repository, &holders, &|name| masked(name, sweep))?;
        let way = |id: &Option<ObjectId>| id.as_ref().and_then(|id| ways.get(id));
        left.iter_mut().for_each(|(text, id)| {
            way(id).into_iter().for_each(|way| *text = format!("{text}: {way}"));
        });
    }
    verification.left = left.into_iter().map(|(text, _)| text).collect();
    verification.left.sort();
    verification.left.dedup();
    let gaps = sweep.notices.iter().filter(|notice| notice.kind.is_incomplete());
    verification.unsure.extend(gaps.map(|gap| format!("{}: {}", safe::inline(&gap.subject), gap.detail)));
    let is_other_key = traces.key.as_ref().is_some_and(|mark| *mark != super::key_mark(key));
    if is_other_key && !traces.is_complete {
        verification
            .unsure
            .push("identities were made with the key of another baseline; give --config as in the sweep".to_owned());
    }
    if traces.needs_known && !has_known {
        verification.unsure.push(
            "some were found by their known values, and none were given now: --known, as in the sweep; or verify against what `stanch respond --format json` says".to_owned(),
        );
    }
    Ok(verification)
}

/// A path without any value of the sweep in it.
fn spoken(finding: &crate::model::Finding, sweep: &Report) -> String {
    masked(&finding.provenance.display(), sweep)
}

/// A name without any value of the sweep in it.
fn masked(name: &[u8], sweep: &Report) -> String {
    use bstr::ByteSlice;
    let mut text: BString = name.into();
    for secret in sweep.findings.iter().filter_map(|one| one.secret.as_ref()).filter(|secret| secret.len() >= 4) {
        if text.find(secret.expose()).is_some() {
            text = text.replace(secret.expose(), b"***").into();
        }
    }
    safe::inline(&text)
}
