//! Findings that concern a file as such, and not a value in it: banned names, edits of the policy.

use super::collector::Collector;
use crate::model::{Attribution, Confidence, Evidence, Finding, Origin, Provenance, Verdict};
use crate::policy::EnvFile;
use crate::triage::verdict::ENV_FILE_RULE;

/// A finding that concerns a file as such.
#[derive(Debug)]
pub struct FileFinding<'f> {
    /// The rule's id.
    pub rule: &'static str,
    /// Which file.
    pub provenance: &'f Provenance,
    /// Since when and from where.
    pub attribution: Option<&'f Attribution>,
    /// What its fingerprint is made of.
    pub identity: &'f [u8],
    /// Why.
    pub evidence: &'static str,
    /// What to do about it.
    pub advice: String,
    /// Whether it may block, or is only told.
    pub denies: bool,
}

impl Collector<'_> {
    /// Judges a path by the `.env` policy and records a finding when it is banned.
    pub fn judge_path(&self, provenance: &Provenance, attribution: Option<&Attribution>) {
        self.keep(self.banned(provenance, attribution));
    }

    /// Records a finding that concerns a file as such, unless its rule is switched off.
    pub fn file(&self, found: FileFinding<'_>) {
        self.keep(self.about_file(found));
    }

    /// The finding that a path is when the `.env` policy bans it.
    pub(super) fn banned(&self, provenance: &Provenance, attribution: Option<&Attribution>) -> Option<Finding> {
        let path = provenance.innermost()?;
        if self.setup().policy.env.judge(path) != EnvFile::Banned {
            return None;
        }
        self.about_file(FileFinding {
            rule: ENV_FILE_RULE,
            provenance,
            attribution,
            identity: &provenance.display(),
            evidence: "its name is of the banned family",
            advice: advice(provenance),
            denies: true,
        })
    }

    fn about_file(&self, found: FileFinding<'_>) -> Option<Finding> {
        let setup = self.setup();
        let index = setup.engine.rules().find(found.rule)?;
        let signature = setup.engine.rules().signature(index);
        if !signature.enabled {
            return None;
        }
        let mut evidence = Evidence::default();
        evidence.add(found.evidence);
        let finding = Finding {
            rule: signature.id.clone(),
            fingerprint: setup.key.fingerprint(&signature.id, found.identity),
            severity: signature.severity,
            confidence: Confidence::Certain,
            provenance: found.provenance.clone(),
            place: None,
            again: Vec::new(),
            secret: None,
            visible: 0,
            evidence,
            parts: Vec::new(),
            layers: Vec::new(),
            attribution: found.attribution.cloned(),
            concern: None,
            advice: Some(found.advice),
            verdict: if found.denies { Verdict::Deny } else { Verdict::Warn },
            line_hash: None,
        };
        Some(self.decided(finding, None))
    }
}

/// What to do about a banned file, with the commands ready to be copied.
fn advice(provenance: &Provenance) -> String {
    let path = provenance.path.clone().unwrap_or_default().to_string();
    let quoted = format!("'{}'", path.replace('\'', "'\\''"));
    let ignore = "printf '.env\\n.env.*\\n*.env\\n!.env.example\\n' >> .gitignore";
    match provenance.origin {
        Origin::Index => format!(
            "Take it out of the commit: git restore --staged -- {quoted}  (already tracked: git rm --cached -- {quoted})\nKeep it out: {ignore}\nIf it was ever pushed, rotate every secret in it first."
        ),
        Origin::Blob => format!(
            "Rotate every secret in it first; then rewrite the history: git filter-repo --invert-paths --path {quoted}\nKeep it out: {ignore}"
        ),
        _ => format!(
            "If git tracks it: git rm --cached -- {quoted}\nKeep it out: {ignore}\nIf it was ever pushed, rotate every secret in it first. Run the program with: infisical run -- COMMAND"
        ),
    }
}
