//! Several rules may believe in the same bytes: the most specific one keeps them. Decided here and nowhere else.

use std::cmp::Reverse;

use crate::model::{Candidate, Confidence};
use crate::rule::{RuleSet, Trigger};

/// Keeps of each group of overlapping candidates the most specific one; sorts by place.
///
/// The winner takes the highest confidence of those that it beats at the same place: a plain value that the generic detector
/// believes in does not become less credible because a provider's name stands beside it.
pub fn resolve(mut candidates: Vec<Candidate>, rules: &RuleSet) -> Vec<Candidate> {
    if candidates.len() < 2 {
        return candidates;
    }
    // A total order: what is kept must not depend on the order in which candidates were found.
    candidates.sort_by(|one, other| {
        let key = |candidate: &Candidate| {
            let (rank, len) = (specificity(candidate, rules), candidate.span.len());
            // Of text in an encoding, what it says is the value, by the shortest way to it.
            let encodings = candidate.layers.iter().filter(|kind| matches!(**kind, "base64" | "hex")).count();
            let is_told = rank == 0 && encodings > 0;
            let way = if encodings > 0 { candidate.layers.len() } else { 0 };
            // What counts in certain files only must not take the place of what counts everywhere.
            let is_placed = is_placed(candidate, rules);
            let order = (is_placed, Reverse(rank), Reverse(is_told), Reverse(candidate.confidence), way, Reverse(len));
            (order, candidate.span, candidate.rule)
        };
        let chain = |candidate: &Candidate| (candidate.layers.len(), candidate.window);
        (key(one), chain(one), &one.layers).cmp(&(key(other), chain(other), &other.layers))
    });
    let mut kept: Vec<Candidate> = Vec::with_capacity(candidates.len());
    // Sorted by start among the kept ones: a new candidate can only overlap its neighbours, unless kept ones overlap one
    // another, which the loop rules out.
    for candidate in candidates {
        let at = kept.partition_point(|other| other.span.end <= candidate.span.start);
        let beside = kept[at..].iter().take_while(|other| other.span.overlaps(candidate.span)).count();
        match kept[at..at + beside].iter_mut().find(|winner| !is_distinct(winner, &candidate)) {
            Some(winner) => {
                let is_credible = candidate.confidence > winner.confidence && !is_placed(&candidate, rules);
                if is_credible && !rules.signature(winner.rule).public {
                    winner.confidence = candidate.confidence;
                    winner.evidence.0.extend(candidate.evidence.0);
                }
            }
            None => kept.insert(at + beside, candidate),
        }
    }
    kept.sort_by_key(|candidate| (candidate.span, candidate.rule));
    kept
}

/// Whether a candidate is of a shape whose rule counts by path alone.
fn is_placed(candidate: &Candidate, rules: &RuleSet) -> bool {
    let signature = rules.signature(candidate.rule);
    signature.builtin() == Some("shape") && !signature.paths.is_empty()
}

/// Two values out of one encoded run stand at the same place and are still two.
fn is_distinct(winner: &Candidate, other: &Candidate) -> bool {
    winner.span == other.span
        && !winner.layers.is_empty()
        && winner.layers == other.layers
        && winner.secret != other.secret
        && winner.rule != other.rule
}

/// Rules of shapes that many providers share: a provider's own rule at the same place knows more.
const GENERAL: &[&str] = &["connection-", "jwt-", "private-key-", "url-", "basic-auth-"];

/// How much a rule knows about the value: its own mark, a checksum, a name, or only a likeness.
fn specificity(candidate: &Candidate, rules: &RuleSet) -> u8 {
    // The vault is the truth.
    if candidate.known.is_some() {
        return 32;
    }
    let signature = rules.signature(candidate.rule);
    let is_general = GENERAL.iter().any(|family| signature.id.starts_with(family));
    if candidate.guessed {
        return 1;
    }
    let kind = match signature.matcher.trigger {
        _ if is_general => 1,
        Trigger::Prefix | Trigger::Inside => 4,
        // A mark and a context together say more than the mark alone.
        Trigger::Near if signature.matcher.marked => 5,
        Trigger::Near => 3,
        Trigger::Assign => 2,
        Trigger::Builtin if signature.builtin() == Some("shape") => 1,
        Trigger::Builtin => 0,
    };
    if candidate.confidence == Confidence::Certain { kind + 8 } else { kind }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Evidence, Secret, Span};

    fn decoded(rules: &RuleSet, id: &str, secret: &[u8], window: usize) -> Candidate {
        let (rule, _) = rules.iter().find(|(_, signature)| *signature.id == *id).unwrap();
        Candidate {
            rule,
            span: Span::new(20, 100),
            window: Span::new(0, window),
            secret: Secret::new(secret.to_vec()),
            confidence: Confidence::Medium,
            visible: 0,
            evidence: Evidence::default(),
            parts: Vec::new(),
            layers: vec!["base64"],
            guessed: false,
            known: None,
        }
    }

    #[test]
    fn a_value_out_of_one_run_is_told_once_however_often_it_was_found() {
        let rules = RuleSet::embedded();
        let one = || decoded(&rules, "heygen-api-key", b"one", 120);
        let other = |window| decoded(&rules, "generic-api-key", b"other", window);
        let kept = resolve(vec![other(120), one(), other(130), other(140)], &rules);
        let values: Vec<_> = kept.iter().map(|candidate| candidate.secret.expose()).collect();
        assert_eq!(values.len(), 2);
        assert!(values.contains(&b"one".as_slice()) && values.contains(&b"other".as_slice()));
    }
}
