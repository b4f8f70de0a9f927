//! The decision about each finding, in one place and one order.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::model::{Finding, Notice, NoticeKind, Suppressor, Verdict};
use crate::policy::Policy;

use super::Comment;

/// Decides, and remembers which exceptions were used.
#[derive(Debug)]
pub struct Judge<'a> {
    policy: &'a Policy,
    today: jiff::civil::Date,
    used: Vec<AtomicBool>,
}

impl<'a> Judge<'a> {
    /// Judges by `policy` as of `today`.
    pub fn new(policy: &'a Policy, today: jiff::civil::Date) -> Self {
        Self { policy, today, used: policy.allow.iter().map(|_| AtomicBool::new(false)).collect() }
    }

    /// Says whether a finding is below what is asked for at all.
    pub fn is_below(&self, finding: &Finding) -> bool {
        finding.confidence < self.policy.min_confidence
    }

    /// Decides: an exception of the policy, then a comment, then the threshold of severity.
    pub fn decide(&self, finding: &Finding, comment: Option<Comment>) -> Verdict {
        for (allow, used) in self.policy.allow.iter().zip(&self.used) {
            let path = finding.provenance.path.as_ref().map(|path| path.to_string());
            let fits = allow.rule.as_deref().is_none_or(|rule| rule == &*finding.rule)
                && allow.fingerprint.is_none_or(|fingerprint| fingerprint == finding.fingerprint)
                && allow.path.as_ref().is_none_or(|(_, glob)| path.as_ref().is_some_and(|path| glob.is_match(path)));
            if fits {
                used.store(true, Ordering::Relaxed);
                if allow.expires.is_none_or(|expires| expires >= self.today) {
                    return Verdict::Suppressed { by: Suppressor::Policy, reason: allow.reason.clone() };
                }
            }
        }
        if let Some(comment) = comment.filter(|_| self.policy.spec.comments.allow && finding.secret.is_some()) {
            return Verdict::Suppressed { by: Suppressor::Comment, reason: comment.reason };
        }
        if finding.severity < self.policy.min_severity { Verdict::Warn } else { Verdict::Deny }
    }

    /// Exceptions that have expired or matched nothing.
    pub fn notices(&self) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (number, (allow, used)) in self.policy.allow.iter().zip(&self.used).enumerate() {
            let subject = self.policy.source.clone();
            let mut say = |detail: String| notices.push(Notice::new(NoticeKind::Warning, subject.clone(), detail));
            if let Some(expired) = allow.expires.filter(|expires| *expires < self.today) {
                say(format!("allow entry {} expired on {expired}: {}", number + 1, allow.reason));
            } else if !used.load(Ordering::Relaxed) {
                say(format!("allow entry {} matched nothing: {}", number + 1, allow.reason));
            }
        }
        notices
    }
}
