//! Proves that the gates block: through the hooks that git would really run, with a value made for the purpose.
//!
//! What cannot be proven is said to be so. Nothing of the user's is touched: the canary lies in an index and an object
//! database of its own, outside of the repository, and the files of the work tree are hidden from it.

mod canary;
mod configuration;
mod modules;
mod pins;
mod settings;

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;

use super::GateError;
use super::audit::{Audit, Check, Files, Status};
use super::hook::Hook;
use crate::policy::Policy;
use crate::source::git::Repository;

/// What is examined, and how.
pub struct Patient<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The root of its work tree.
    pub root: PathBuf,
    /// The files that git tracks.
    pub files: &'a Files,
    /// The configuration, or what is wrong with it.
    pub policy: Result<&'a Policy, String>,
    /// The configuration's path from the root.
    pub configuration: &'static str,
    /// This program's version.
    pub version: &'static str,
    /// As of when dates are judged.
    pub today: Date,
    /// Whether only this clone counts, and not CI.
    pub is_local: bool,
    /// How long a hook may take.
    pub patience: Duration,
}

/// The heading of what was tried.
const GATES: &str = "Gates";
/// The heading of what was looked at.
const AROUND: &str = "Around them";

/// Examines the gates of a repository.
pub fn run(patient: &Patient<'_>) -> Result<Audit, GateError> {
    let bench = canary::Bench::new(&patient.root, patient.repository, patient.patience)?;
    let mut checks = Vec::new();
    for hook in Hook::CLIENT {
        checks.push(bench.check(hook)?);
    }
    checks.extend(modules::check(patient)?);
    if !patient.is_local {
        checks.push(pins::ci(patient));
    }
    checks.push(pins::versions(patient)?);
    checks.push(configuration::check(patient));
    checks.push(settings::clone(patient));
    checks.push(settings::aliases(patient)?);
    checks.push(settings::attributes(patient));
    Ok(Audit { checks, today: patient.today })
}

/// A line about the gates themselves.
fn gate(id: &'static str, title: &'static str, status: Status, why: impl Into<String>) -> Check {
    Check::new(id, GATES, title, status, why)
}

/// A line about what is around them.
fn around(id: &'static str, title: &'static str, status: Status, why: impl Into<String>) -> Check {
    Check::new(id, AROUND, title, status, why)
}
