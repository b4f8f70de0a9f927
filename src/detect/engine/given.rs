//! Values that a run was given: known ones, and fingerprints that a seal holds. They are searched for beside what the rules find.

use std::sync::Arc;

use super::Engine;
use super::Scratch;
use crate::detect::known::{self, Known};
use crate::detect::seal::{self, Seal};
use crate::model::{Candidate, Confidence, Evidence, Secret, Span};

impl Engine {
    /// Searches for known values from now on. Without the rule under which they are reported, for none.
    pub fn learn(&mut self, known: Arc<Known>) {
        let rule = self.rules.find(known::RULE).filter(|&index| self.rules.is_enabled(index));
        self.known = rule.map(|rule| (known, rule)).filter(|(known, _)| !known.is_empty());
    }

    /// The known values that are searched for.
    pub fn known(&self) -> Option<&Known> {
        self.known.as_ref().map(|(known, _)| &**known)
    }

    /// Looks for sealed values from now on, under the same rule.
    pub fn guard(&mut self, seal: Arc<Seal>) {
        let rule = self.rules.find(known::RULE).filter(|&index| self.rules.is_enabled(index));
        self.sealed = rule.map(|rule| (seal, rule)).filter(|(seal, _)| !seal.is_empty());
    }

    /// Finds values that this run was given, as they are or sealed.
    pub(in crate::detect) fn find_given(
        &self,
        bytes: &[u8],
        ranges: &[Span],
        scratch: &mut Scratch,
        out: &mut Vec<Candidate>,
    ) {
        self.find_known(bytes, ranges, scratch, out);
        self.find_sealed(bytes, ranges, scratch, out);
    }

    /// Says whether known values are searched for: verdicts then depend on more than the rules.
    pub fn has_learned(&self) -> bool {
        self.known.is_some() || self.sealed.is_some()
    }

    /// Finds known values; what decides is each match's own bytes and one on each side.
    fn find_known(&self, bytes: &[u8], ranges: &[Span], scratch: &mut Scratch, out: &mut Vec<Candidate>) {
        let Some((known, rule)) = &self.known else { return };
        known.search(bytes, ranges, &mut scratch.matches);
        for found in scratch.matches.drain(..) {
            let mut evidence = Evidence::default();
            evidence.add(format!("is the value of {}", known.names(found.value)));
            out.push(Candidate {
                rule: *rule,
                span: found.span,
                window: found.span.widened(1, bytes.len()),
                secret: known.secret(found.value).clone(),
                confidence: Confidence::Certain,
                visible: 0,
                evidence,
                parts: Vec::new(),
                layers: found.layer.into_iter().collect(),
                guessed: false,
                known: Some(known.name(found.value).clone()),
            });
        }
    }

    /// Finds sealed values; what decides is each match's own bytes and a few on each side.
    fn find_sealed(&self, bytes: &[u8], ranges: &[Span], scratch: &mut Scratch, out: &mut Vec<Candidate>) {
        let Some((seal, rule)) = &self.sealed else { return };
        let mut matches = Vec::new();
        scratch.is_crowded |= !seal.search(bytes, ranges, &mut matches);
        for found in matches {
            let mut evidence = Evidence::default();
            evidence.add(format!("is the sealed value of {}", found.name));
            let first = found.name.split(", ").next().unwrap_or_default();
            out.push(Candidate {
                rule: *rule,
                span: found.span,
                window: found.span.widened(seal::ASIDE, bytes.len()),
                secret: Secret::new(found.span.of(bytes)),
                confidence: Confidence::Certain,
                visible: 0,
                evidence,
                parts: Vec::new(),
                layers: Vec::new(),
                guessed: false,
                known: Some(first.into()),
            });
        }
    }
}
