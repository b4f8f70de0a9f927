//! Is anything left? Holds a new sweep of everything that git keeps against what an earlier one found.

use std::collections::BTreeSet;

use bstr::BString;

use super::{ENV_FILE_RULE, KNOWN_RULE, Traces};
use crate::model::{FingerprintKey, ObjectId};
use crate::report::{Report, safe};
use crate::source::git::Objects;

/// What was found out.
#[derive(Debug, Default)]
pub struct Verification {
    /// What is left and where, without values.
    pub left: Vec<String>,
    /// Why it cannot be said that nothing is left.
    pub unsure: Vec<String>,
    /// Number of identities, objects and paths that were looked for.
    pub sought: (usize, usize, usize),
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
    objects: &Objects,
    key: &FingerprintKey,
    has_known: bool,
) -> Verification {
    let mut verification = Verification {
        sought: (traces.fingerprints.len(), traces.objects.len(), traces.paths.len()),
        ..Verification::default()
    };
    let fingerprints: BTreeSet<&str> = traces.fingerprints.iter().map(String::as_str).collect();
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
        verification.left.push(format!("{shown}{line} ({}{place})", finding.rule));
    }
    for hex in &traces.objects {
        let held = ObjectId::from_hex(hex.as_bytes()).is_some_and(|id| objects.store().contains(&id));
        if held {
            verification.left.push(format!("object {} is still in the database", &hex[..hex.len().min(10)]));
        }
    }
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
    verification
}

/// A path without any value of the sweep in it.
fn spoken(finding: &crate::model::Finding, sweep: &Report) -> String {
    use bstr::ByteSlice;
    let mut text: BString = finding.provenance.display();
    for secret in sweep.findings.iter().filter_map(|one| one.secret.as_ref()).filter(|secret| secret.len() >= 4) {
        if text.find(secret.expose()).is_some() {
            text = text.replace(secret.expose(), b"***").into();
        }
    }
    safe::inline(&text)
}
