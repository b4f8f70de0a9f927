//! From a placed candidate to a finding with a verdict, at one path.

use std::collections::HashMap;
use std::sync::Mutex;

use bstr::ByteSlice;
use globset::{Glob, GlobSet, GlobSetBuilder};

use super::collector::{Collector, lock};
use super::spot::Spot;
use super::{Setup, content, remarks};
use crate::model::{Attribution, Candidate, Concern, Finding, Fingerprint, Provenance, RuleIndex, Severity, Verdict};
use crate::policy::EnvFile;
use crate::rule::Signature;
use crate::source::Sink;
use crate::triage::{Comment, Judge, lapse, whereabouts};

/// What judging takes, and what is remembered of it.
pub(super) struct Judging<'a> {
    /// Has the last word.
    pub(super) judge: Judge<'a>,
    /// Where alone a rule counts, for the rules that found something.
    paths: Mutex<HashMap<RuleIndex, GlobSet>>,
    /// Slow fingerprints of known values, by digest.
    identities: Mutex<HashMap<[u8; 32], Fingerprint>>,
}

impl<'a> Judging<'a> {
    pub(super) fn new(setup: &'a Setup) -> Self {
        let judge = Judge::new(&setup.policy, &setup.exceptions, setup.today);
        Self { judge, paths: Mutex::default(), identities: Mutex::default() }
    }
}

impl Collector<'_> {
    /// The identity of a finding. A known value may be a password that could be guessed from a quick hash: it gets a slow one.
    fn identity(&self, rule: &str, candidate: &Candidate) -> Fingerprint {
        let value = candidate.secret.expose();
        if candidate.known.is_none() {
            return self.setup().key.fingerprint(rule, value);
        }
        let mut identities = lock(&self.judging.identities);
        *identities.entry(candidate.secret.digest()).or_insert_with(|| self.setup().key.slow_fingerprint(rule, value))
    }

    /// The steps to rotate an inventoried secret, where it has its own.
    fn playbook(&self, name: &str) -> Option<String> {
        let steps = &self.setup().policy.inventory.find(name)?.playbook;
        (!steps.is_empty()).then(|| steps.join("\n"))
    }

    /// What the inventory says: the secret's severity where it states one, its owner, and the deadline.
    fn concern(&self, spot: &Spot, severity: Severity) -> (Severity, Option<Concern>) {
        let inventory = &self.setup().policy.inventory;
        let secret = spot.concerns.as_deref().and_then(|name| inventory.find(name));
        let severity = secret.and_then(|secret| secret.severity).unwrap_or(severity);
        let known = spot.candidate.known.as_deref();
        let Some(name) = secret.map(|secret| secret.name.as_str()).or(known) else { return (severity, None) };
        let deadline = self.setup().clock.started + inventory.deadline(severity);
        let owner = secret.and_then(|secret| secret.owner.clone());
        (severity, Some(Concern { name: name.to_owned(), owner, deadline }))
    }

    /// Judges a placed candidate at one path, and records the finding that it is.
    pub fn adopt(&self, spot: Spot, provenance: Provenance, attribution: Option<Attribution>) {
        self.keep(self.assess(spot, provenance, attribution));
    }

    /// Says whether a placed candidate can be a finding at one path at all. Only the rules and the names of the `.env` policy
    /// decide.
    pub(super) fn can_count(&self, spot: &Spot, provenance: &Provenance) -> bool {
        let signature = self.setup().engine.rules().signature(spot.candidate.rule);
        if signature.public {
            return false;
        }
        let path = spot.members.last().or(provenance.innermost());
        if !signature.paths.is_empty() {
            let mut paths = lock(&self.judging.paths);
            let globs = paths.entry(spot.candidate.rule).or_insert_with(|| glob_set(&signature.paths));
            if !path.is_some_and(|path| globs.is_match(&*path.to_str_lossy())) {
                return false;
            }
        }
        content::counts(&signature.id, path.map(|path| path.as_slice()).unwrap_or_default(), self.setup())
    }

    /// The finding that a placed candidate is at one path.
    pub(super) fn assess(
        &self,
        spot: Spot,
        provenance: Provenance,
        attribution: Option<Attribution>,
    ) -> Option<Finding> {
        if !self.can_count(&spot, &provenance) {
            return None;
        }
        let rules = self.setup().engine.rules();
        let signature = rules.signature(spot.candidate.rule);
        let path = spot.members.last().or(provenance.innermost()).map(|path| path.as_slice()).unwrap_or_default();
        // Templates are mended key by key.
        let is_template = || self.setup().policy.env.judge(path) == EnvFile::Template;
        let is_told = &*signature.id == content::TEMPLATE_RULE;
        let key = spot.key.as_ref().filter(|_| !is_told && is_template());
        let key = key.map(|key| format!("the value of {key} in a template"));
        let (severity, concern) = self.concern(&spot, signature.severity);
        let mut advice = spot.concerns.as_deref().and_then(|name| self.playbook(name));
        if content::is_valueless(&signature.id) {
            // Without a value there is no line that says why.
            let why = spot.candidate.evidence.0.join("; ");
            advice = Some(format!("{why}\n{}", rules.info(spot.candidate.rule).revoke));
        }
        let fingerprint = self.identity(&signature.id, &spot.candidate);
        let mut provenance = provenance;
        provenance.members.extend(spot.members);
        let mut candidate = spot.candidate;
        key.into_iter().for_each(|key| candidate.evidence.add(key));
        // A known value is one wherever it stands.
        let is_policy = signature.builtin() == Some("policy");
        if !is_policy && !whereabouts::weigh(&mut candidate, signature, &provenance, self.setup().root.as_deref()) {
            return None;
        }
        lapse::mark(&mut candidate, signature, self.setup().today);
        let finding = Finding {
            rule: signature.id.clone(),
            fingerprint,
            severity,
            confidence: candidate.confidence,
            provenance,
            place: Some(spot.place),
            again: Vec::new(),
            secret: (!content::is_valueless(&signature.id)).then_some(candidate.secret),
            visible: candidate.visible,
            evidence: candidate.evidence,
            parts: candidate.parts,
            layers: candidate.layers,
            attribution,
            concern,
            advice,
            verdict: Verdict::Deny,
            line_hash: spot.line_hash,
        };
        (!self.judging.judge.is_below(&finding)).then(|| self.decided(finding, spot.comment))
    }

    /// The finding with the last word about it.
    pub(super) fn decided(&self, mut finding: Finding, comment: Option<Comment>) -> Finding {
        if let Some(comment) = &comment
            && let Some(objection) = self.judging.judge.objection(comment)
        {
            self.notice(remarks::told(&finding.provenance, comment.line, objection));
        }
        let at_most = std::mem::replace(&mut finding.verdict, Verdict::Deny);
        finding.verdict = match self.judging.judge.decide(&finding, comment) {
            Verdict::Deny => at_most,
            milder => milder,
        };
        finding
    }
}

/// Says whether a rule counts at a path: most count everywhere.
pub fn counts_at(signature: &Signature, path: &[u8]) -> bool {
    signature.paths.is_empty() || glob_set(&signature.paths).is_match(&*path.to_str_lossy())
}

/// The globs of a rule; its laws saw to it that each of them is one.
fn glob_set(globs: &[String]) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    globs.iter().filter_map(|glob| Glob::new(glob).ok()).for_each(|glob| {
        builder.add(glob);
    });
    builder.build().unwrap_or_default()
}
