//! The order of findings, and which of them say the same.

use std::collections::HashMap;

use bstr::BString;

use crate::model::{Finding, Fingerprint, Place, Provenance};

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

type SortKey<'a> = (BString, Option<Place>, &'a str, Fingerprint, &'a Provenance);

fn sort_key(finding: &Finding) -> SortKey<'_> {
    (finding.provenance.display(), finding.place, &finding.rule, finding.fingerprint, &finding.provenance)
}
