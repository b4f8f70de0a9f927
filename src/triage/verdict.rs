//! The decision about each finding, in one place and one order.
//!
//! It must never let an exception count that is expired or undecided, and never let one go unnoticed that does nothing.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::model::{Finding, Fingerprint, FingerprintKey, Notice, NoticeKind, Suppressor, Verdict};
use crate::policy::Policy;
use crate::policy::paths_ignore::PathsIgnore;

use super::baseline::{Baseline, Standing};
use super::{Bypass, Comment};

/// The rule under which banned files are reported.
pub const ENV_FILE_RULE: &str = "stanch-env-file";

/// How much a run looks at: an exception that matched nothing means something only where everything was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Breadth {
    /// A change, a range, a file: most exceptions match nothing here.
    #[default]
    Part,
    /// The whole working tree.
    Tree,
    /// Every object of the history.
    History,
}

/// What excuses besides the configuration itself.
#[derive(Debug, Clone, Default)]
pub struct Exceptions {
    /// What people have decided about values.
    pub baseline: Option<Baseline>,
    /// GitHub's list of paths.
    pub paths_ignore: Option<PathsIgnore>,
    /// The bypass of this push.
    pub bypass: Option<Bypass>,
}

/// Decides, and remembers which exceptions were used.
#[derive(Debug)]
pub struct Judge<'a> {
    policy: &'a Policy,
    exceptions: &'a Exceptions,
    today: jiff::civil::Date,
    used: Vec<AtomicBool>,
    matched: Vec<AtomicBool>,
    ignored: Vec<AtomicBool>,
}

impl<'a> Judge<'a> {
    /// Judges by `policy` and `exceptions` as of `today`.
    pub fn new(policy: &'a Policy, exceptions: &'a Exceptions, today: jiff::civil::Date) -> Self {
        let flags = |count: usize| (0..count).map(|_| AtomicBool::new(false)).collect();
        let matched = flags(exceptions.baseline.as_ref().map_or(0, |baseline| baseline.entries().len()));
        let ignored = flags(exceptions.paths_ignore.as_ref().map_or(0, PathsIgnore::len));
        Self { policy, exceptions, today, used: flags(policy.allow.len()), matched, ignored }
    }

    /// Takes note of a path that was come to, for the account of entries that match nothing.
    pub fn see(&self, path: &[u8]) {
        if let Some(list) = &self.exceptions.paths_ignore
            && let Ok(path) = std::str::from_utf8(path)
        {
            list.matching(path).for_each(|number| self.ignored[number].store(true, Ordering::Relaxed));
        }
    }

    /// Says whether a finding is below what is asked for at all.
    pub fn is_below(&self, finding: &Finding) -> bool {
        finding.confidence < self.policy.min_confidence
    }

    /// Decides: an exception of the policy, then the baseline, then a comment, then GitHub's list, then the threshold of
    /// severity, and at last a bypass.
    pub fn decide(&self, finding: &Finding, comment: Option<Comment>) -> Verdict {
        if let Some(reason) = self.policy_excuse(finding) {
            return Verdict::Suppressed { by: Suppressor::Policy, reason };
        }
        if let Some(reason) = self.baseline_excuse(finding) {
            return Verdict::Suppressed { by: Suppressor::Baseline, reason };
        }
        if let Some(comment) = comment.filter(|comment| finding.secret.is_some() && self.objection(comment).is_none()) {
            return Verdict::Suppressed { by: Suppressor::Comment, reason: comment.reason };
        }
        if let Some(reason) = self.github_excuse(finding) {
            return Verdict::Suppressed { by: Suppressor::GithubPathsIgnore, reason };
        }
        if finding.severity < self.policy.min_severity {
            return Verdict::Warn;
        }
        match self.exceptions.bypass {
            Some(bypass) if finding.secret.is_some() || (bypass.env_files && is_banned_file(finding)) => {
                Verdict::Suppressed { by: Suppressor::Bypass, reason: bypass.reason.to_string() }
            }
            _ => Verdict::Deny,
        }
    }

    fn github_excuse(&self, finding: &Finding) -> Option<String> {
        let list = self.exceptions.paths_ignore.as_ref().filter(|_| self.policy.spec.github_paths_ignore)?;
        finding.secret.as_ref()?;
        let path = std::str::from_utf8(finding.provenance.path.as_ref()?).ok()?;
        let (_, entry) = list.excuse(path)?;
        Some(format!("`{entry}` of {}", list.source))
    }

    /// Why a comment does not count, if so.
    pub fn objection(&self, comment: &Comment) -> Option<String> {
        if !self.policy.spec.comments.allow {
            return Some(
                "the comment does not count: the configuration forbids them (`comments: {allow: false}`)".into(),
            );
        }
        let expired = comment.expires.filter(|last| *last < self.today)?;
        Some(format!("the comment expired on {expired}: {}", comment.reason))
    }

    fn policy_excuse(&self, finding: &Finding) -> Option<String> {
        let path = finding.provenance.path.as_ref().map(|path| path.to_string());
        let mut excuse = None;
        for (allow, used) in self.policy.allow.iter().zip(&self.used) {
            let fits = allow.rule.as_deref().is_none_or(|rule| rule == &*finding.rule)
                && allow.fingerprint.is_none_or(|fingerprint| is_identity(finding, fingerprint))
                && allow.path.as_ref().is_none_or(|(_, glob)| path.as_ref().is_some_and(|path| glob.is_match(path)));
            if fits {
                used.store(true, Ordering::Relaxed);
                if excuse.is_none() && allow.expires.is_none_or(|expires| expires >= self.today) {
                    excuse = Some(allow.reason.clone());
                }
            }
        }
        excuse
    }

    /// Values only: a banned file or a changed policy is not for the baseline to excuse.
    fn baseline_excuse(&self, finding: &Finding) -> Option<String> {
        let (baseline, secret) = (self.exceptions.baseline.as_ref()?, finding.secret.as_ref()?);
        let mut excuse = None;
        for at in baseline.find(&finding.rule, secret.expose()) {
            self.matched[at].store(true, Ordering::Relaxed);
            let entry = &baseline.entries()[at];
            if entry.standing(self.today) == Standing::InForce {
                excuse.get_or_insert_with(|| format!("{}: {}", entry.state, entry.reason));
            }
        }
        excuse
    }

    /// Exceptions that have expired, are undecided or matched nothing.
    pub fn notices(&self, breadth: Breadth) -> Vec<Notice> {
        let mut notices = self.policy_notices(breadth);
        if let Some(baseline) = &self.exceptions.baseline {
            self.baseline_notices(baseline, breadth, &mut notices);
        }
        if let Some(list) = &self.exceptions.paths_ignore
            && (breadth == Breadth::Tree || self.policy.spec.github_paths_ignore)
        {
            let mut told = list.complaints(&self.policy.env);
            if breadth == Breadth::Tree {
                told.extend(list.idle(|number| self.ignored[number].load(Ordering::Relaxed)));
            }
            notices.extend(
                told.into_iter()
                    .map(|detail| Notice::new(NoticeKind::Warning, list.source.as_str(), detail.to_string())),
            );
        }
        notices
    }

    fn policy_notices(&self, breadth: Breadth) -> Vec<Notice> {
        let mut notices = Vec::new();
        for (number, (allow, used)) in self.policy.allow.iter().zip(&self.used).enumerate() {
            let is_used = used.load(Ordering::Relaxed);
            let subject = self.policy.source.clone();
            let mut say = |detail: String| notices.push(Notice::new(NoticeKind::Warning, subject.clone(), detail));
            let expired = allow.expires.filter(|expires| *expires < self.today);
            if let Some(expired) = expired.filter(|_| is_used || breadth != Breadth::Part) {
                say(format!("allow entry {} expired on {expired}: {}", number + 1, allow.reason));
            } else if !is_used && breadth != Breadth::Part {
                say(format!("allow entry {} matched nothing: {}", number + 1, allow.reason));
            }
        }
        notices
    }

    fn baseline_notices(&self, baseline: &Baseline, breadth: Breadth, notices: &mut Vec<Notice>) {
        let (mut undecided, mut idle) = (Vec::new(), Vec::new());
        let mut say = |detail: String| {
            notices.push(Notice::new(NoticeKind::Warning, baseline.source.as_str(), detail));
        };
        for (entry, matched) in baseline.entries().iter().zip(&self.matched) {
            let is_matched = matched.load(Ordering::Relaxed);
            if !is_matched && breadth == Breadth::Part {
                continue;
            }
            let name = format!("{} ({})", entry.fingerprint, entry.rule);
            match entry.standing(self.today) {
                Standing::Expired(last) => say(format!("{name} expired on {last}: {}", entry.reason)),
                Standing::Early(day) => say(format!("{name} excuses nothing before {day}, when it is to be rotated")),
                Standing::Undecided if is_matched => undecided.push(name),
                Standing::Undecided | Standing::InForce if !is_matched => idle.push(name),
                Standing::Undecided | Standing::InForce => {}
            }
        }
        if !undecided.is_empty() {
            say(format!(
                "{} undecided, which excuses nothing; `stanch baseline audit` decides: {}",
                are(&undecided),
                few(&undecided)
            ));
        }
        if !idle.is_empty() {
            let place = if breadth == Breadth::History { "history" } else { "working tree" };
            say(format!(
                "{} idle, for nothing in the {place} matches; `stanch baseline prune` takes out what matches nowhere: {}",
                are(&idle),
                few(&idle)
            ));
        }
    }
}

fn is_banned_file(finding: &Finding) -> bool {
    &*finding.rule == ENV_FILE_RULE
}

/// Says whether `fingerprint` names the finding, as this run prints it or as a run without a baseline does.
fn is_identity(finding: &Finding, fingerprint: Fingerprint) -> bool {
    let shared = |value: &[u8]| FingerprintKey::shared().fingerprint(&finding.rule, value);
    fingerprint == finding.fingerprint
        || finding.secret.as_ref().is_some_and(|secret| fingerprint == shared(secret.expose()))
}

fn are(names: &[String]) -> String {
    if names.len() == 1 { "1 entry is".to_owned() } else { format!("{} entries are", names.len()) }
}

fn few(names: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}
