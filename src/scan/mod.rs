//! The pipeline: sources push, the engine finds, triage judges, and a finished report comes out.
//!
//! It wires the floors below and knows no command line; it must never read arguments or the environment.

mod assess;
pub mod collector;
pub mod concern;
pub mod content;
mod groups;
mod held;
pub mod history;
pub mod inside;
mod large;
mod memory;
mod meter;
mod order;
pub mod parity;
mod public_value;
mod redact;
mod remarks;
pub mod spot;
mod whole_file;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use crate::detect::Engine;
use crate::model::{Finding, FingerprintKey, Receipt};
use crate::policy::Policy;
use crate::report::Report;
use crate::rule::RuleSet;
use crate::source::lfs::Store;
use crate::triage::{Breadth, Exceptions};

pub use assess::counts_at;
pub use collector::{Collector, Listener};
pub use meter::{Meter, Reading};
pub use redact::redacted;
pub use whole_file::FileFinding;

/// Everything that a run needs besides its source.
#[derive(Debug)]
pub struct Setup {
    /// The compiled rules.
    pub engine: Engine,
    /// What the owner decided.
    pub policy: Policy,
    /// What excuses besides the configuration.
    pub exceptions: Exceptions,
    /// How much the run looks at.
    pub breadth: Breadth,
    /// The key of identities: the baseline's, where there is one.
    pub key: FingerprintKey,
    /// What is scanned, for the report.
    pub root: Option<PathBuf>,
    /// The day on which expiry dates are judged.
    pub today: jiff::civil::Date,
    /// When the run began.
    pub clock: Clock,
    /// Set by Ctrl-C.
    pub interrupted: Arc<AtomicBool>,
    /// Moved while the run goes on.
    pub meter: Arc<Meter>,
    /// When the run must be over, where somebody waits for it.
    pub deadline: Option<Instant>,
    /// Whether archives are entered.
    pub archives: bool,
    /// The contents that pointers of Git LFS stand for, where they are kept.
    pub lfs: Option<Store>,
    /// Whether values may be shown.
    pub show_secrets: bool,
    /// Whether an incomplete run counts as clean.
    pub allow_incomplete: bool,
}

impl Setup {
    /// Says whether the run should stop: interrupted, or too late.
    pub fn cancelled(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed) || self.is_late()
    }

    /// Says whether the deadline is over.
    pub fn is_late(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// A report of what this setup is, with `findings` that are sorted, and nothing read yet.
    pub fn report(&self, mode: &'static str, findings: Vec<Finding>) -> Report {
        let rules = self.engine.rules();
        let mut ids: Vec<&str> = findings.iter().map(|finding| &*finding.rule).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut infos: Vec<_> = ids.into_iter().filter_map(|id| Some(rules.info(rules.find(id)?))).collect();
        infos.sort_by(|one, other| one.id.cmp(&other.id));
        Report {
            mode,
            findings,
            notices: Vec::new(),
            receipt: Receipt::default(),
            rules: infos,
            root: self.root.clone(),
            rule_set: (rules.in_force(), rules.hash()),
            policy_source: self.policy.source.clone(),
            started: self.clock.started,
            duration_ms: self.clock.instant.elapsed().as_millis() as u64,
            show_secrets: self.show_secrets,
            allow_incomplete: self.allow_incomplete,
        }
    }
}

/// The start of a run, by the calendar and by a stop watch.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// Seconds since 1970 UTC.
    pub started: i64,
    /// For the duration.
    pub instant: Instant,
}

/// A configuration names a rule that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("{source_name}: there is no rule `{rule}`; `stanch rules list` shows them all")]
pub struct UnknownRule {
    /// Where it is named.
    pub source_name: String,
    /// The id.
    pub rule: String,
}

/// Applies what a policy says of rules to the rule set.
pub fn apply_policy(rules: &mut RuleSet, policy: &Policy) -> Result<(), UnknownRule> {
    let unknown = |rule: &str| UnknownRule { source_name: policy.source.clone(), rule: rule.to_owned() };
    for id in &policy.spec.rules.disable {
        if !rules.disable(id) {
            return Err(unknown(id));
        }
    }
    for (id, severity) in &policy.severity {
        if !rules.set_severity(id, *severity) {
            return Err(unknown(id));
        }
    }
    for (id, confidence) in &policy.confidence {
        if !rules.set_confidence(id, *confidence) {
            return Err(unknown(id));
        }
    }
    match policy.allow.iter().filter_map(|allow| allow.rule.as_ref()).find(|id| rules.find(id).is_none()) {
        Some(id) => Err(unknown(id)),
        None => Ok(()),
    }
}
