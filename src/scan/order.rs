//! The order of findings, and which of them say the same.
//!
//! What is believed at `medium` or more is told at each place where it stands: whoever removes it has to go there. What is
//! only a hint is looked at once, so that one finding speaks for all its places in one text; none of them may get lost.

use std::collections::HashMap;

use bstr::BString;

use crate::model::{Confidence, Finding, Fingerprint, Place, Provenance, Verdict};

/// Sorts findings and leaves one of each.
pub(super) fn settle(findings: &mut Vec<Finding>) {
    findings.sort_by(|one, other| sort_key(one).cmp(&sort_key(other)));
    findings.dedup_by(|one, other| sort_key(one) == sort_key(other));
    drop_outer(findings);
}

/// A value that stands in an archive's member stands in the archive's own bytes as well, where they are not compressed:
/// only the innermost place is told.
fn drop_outer(findings: &mut Vec<Finding>) {
    let key = |finding: &Finding| (finding.fingerprint, finding.provenance.path.clone(), finding.provenance.object);
    let mut inner: HashMap<_, Vec<Vec<BString>>> = HashMap::new();
    for finding in findings.iter().filter(|finding| !finding.provenance.members.is_empty()) {
        inner.entry(key(finding)).or_default().push(finding.provenance.members.clone());
    }
    if inner.is_empty() {
        return;
    }
    findings.retain(|finding| {
        let own = &finding.provenance.members;
        let is_outer = |members: &Vec<BString>| members.len() > own.len() && members.starts_with(own);
        !inner.get(&key(finding)).is_some_and(|all| all.iter().any(is_outer))
    });
}

/// Leaves one hint for each value of one text, which names the further places. What is excused, or found otherwise, stands for
/// itself.
pub(super) fn gather(findings: &mut Vec<Finding>) {
    if findings.len() < 2 {
        return;
    }
    findings.sort_by(|one, other| sort_key(one).cmp(&sort_key(other)));
    let mut first: HashMap<_, usize> = HashMap::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        let Some(place) = finding.place.filter(|_| is_hint(&finding)) else {
            kept.push(finding);
            continue;
        };
        let key = (finding.rule.clone(), finding.fingerprint, finding.provenance.clone(), finding.layers.clone());
        match first.get(&key) {
            Some(&at) => {
                let before = &mut kept[at];
                if before.place != Some(place) && before.again.last() != Some(&place) {
                    before.again.push(place);
                }
            }
            None => {
                first.insert(key, kept.len());
                kept.push(finding);
            }
        }
    }
    *findings = kept;
}

/// A plain value that is believed no more than `low`.
fn is_hint(finding: &Finding) -> bool {
    finding.confidence == Confidence::Low
        && finding.verdict == Verdict::Deny
        && finding.secret.is_some()
        && finding.parts.is_empty()
        && finding.concern.is_none()
        && finding.advice.is_none()
}

type SortKey<'a> = (BString, Option<Place>, &'a str, Fingerprint, &'a Provenance);

fn sort_key(finding: &Finding) -> SortKey<'_> {
    (finding.provenance.display(), finding.place, &finding.rule, finding.fingerprint, &finding.provenance)
}
