//! Words about `stanch:allow` comments that excuse nothing, so that none is believed in vain.

use crate::model::{LineIndex, Notice, NoticeKind, Provenance};
use crate::rule::RuleSet;
use crate::source::Item;
use crate::triage::comment::{self, Remark};

use super::spot::Spot;

/// Comments of a whole text without a reason, or without anything to excuse. What names no rule is prose.
pub(super) fn idle(item: &Item<'_>, spots: &[Spot], rules: &RuleSet) -> Vec<Notice> {
    let is_rule = |id: &String| rules.find(id).is_some();
    let mut notices = Vec::new();
    for (line, remark) in comment::remarks(item.bytes, &LineIndex::new(item.bytes)) {
        let detail = match remark {
            Remark::NoReason(ids) if ids.iter().all(is_rule) => "it gives no reason".to_owned(),
            Remark::Exception(comment)
                if comment.rules.iter().all(is_rule)
                    && !spots.iter().any(|spot| spot.comment.as_ref() == Some(&comment)) =>
            {
                format!("no value of {} is here", comment.rules.join(", "))
            }
            Remark::NoReason(_) | Remark::Exception(_) | Remark::Other => continue,
        };
        notices.push(told(&item.provenance, line, format!("the comment excuses nothing: {detail}")));
    }
    notices
}

/// A word about the comment in line `line`.
pub(super) fn told(provenance: &Provenance, line: usize, detail: String) -> Notice {
    let mut subject = provenance.display();
    subject.extend_from_slice(format!(":{line}").as_bytes());
    Notice::new(NoticeKind::Warning, subject, detail)
}
