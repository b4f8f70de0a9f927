//! The security checklist, automated as far as a repository can show it: each line *pass*, *fail* or *can't tell*, and why.
//!
//! What a repository cannot show (who has access, what a firewall does) stays on the list, for somebody has to look. Nothing is
//! run, nothing is written, and no line ever holds a value.

mod beyond;
mod ci;
mod docker;
pub(in crate::gate) mod entries;
mod files;
pub mod format;
mod glass;
mod hooks;
mod ignores;
mod npm;
mod parity;
mod past;
mod process;
mod program;
mod registers;
mod script;
mod unit;
mod workflow;

use std::path::Path;
use std::sync::Mutex;

use jiff::civil::Date;

use crate::detect::{Engine, Scratch};
use crate::model::{Chunk, Confidence, Span};
use crate::policy::Policy;
use crate::report::{Report, safe};
use crate::source::SourceError;
use crate::source::git::Repository;

pub use files::Files;

/// How a line of the checklist came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// As it should be.
    Pass,
    /// Not as it should be.
    Fail,
    /// It could not be read, although a repository shows it.
    Unknown,
    /// No repository can show it: somebody has to look.
    Beyond,
}

impl Status {
    /// The words for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown | Self::Beyond => "can't tell",
        }
    }
}

/// A place that a line points at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file.
    pub path: String,
    /// Line, from 1; none for the file as such.
    pub line: Option<usize>,
    /// What is there.
    pub note: String,
}

/// A line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name, for machines.
    pub id: &'static str,
    /// The heading it stands under.
    pub group: &'static str,
    /// What it asks for.
    pub title: &'static str,
    /// How it came out.
    pub status: Status,
    /// Why, in one sentence without a full stop.
    pub why: String,
    /// Where.
    pub spots: Vec<Spot>,
    /// What to do about it.
    pub remedy: Vec<String>,
}

/// The heading of lines about secrets.
pub const SECRETS: &str = "Secrets";
/// The heading of lines about guards.
pub const GUARDS: &str = "Guards";
/// The heading of lines about rotation and incidents.
pub const ROTATION: &str = "Rotation";
/// The heading of lines about people.
pub const ACCESS: &str = "Access";
/// The heading of lines about machines.
pub const INFRASTRUCTURE: &str = "Infrastructure";

impl Check {
    /// A line that came out in some way.
    pub fn new(
        id: &'static str,
        group: &'static str,
        title: &'static str,
        status: Status,
        why: impl Into<String>,
    ) -> Self {
        Self { id, group, title, status, why: why.into(), spots: Vec::new(), remedy: Vec::new() }
    }

    /// The same with places.
    pub fn at(mut self, spots: Vec<Spot>) -> Self {
        self.spots = spots;
        self.spots.sort();
        self.spots.dedup();
        self
    }

    /// The same with something to do.
    pub fn todo(mut self, remedy: impl Into<String>) -> Self {
        self.remedy.push(remedy.into());
        self
    }
}

/// The whole checklist.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Its lines, in order.
    pub checks: Vec<Check>,
    /// The day as of which dates were judged.
    pub today: Date,
}

impl Audit {
    /// Number of lines that came out so.
    pub fn count(&self, status: Status) -> usize {
        self.checks.iter().filter(|check| check.status == status).count()
    }

    /// 1 when a line fails, else 3 when one could not be read, else 0.
    pub fn exit_code(&self, allow_incomplete: bool) -> u8 {
        match (self.count(Status::Fail), self.count(Status::Unknown)) {
            (0, 0) => 0,
            (0, _) => {
                if allow_incomplete {
                    0
                } else {
                    3
                }
            }
            _ => 1,
        }
    }
}

/// What an audit goes by.
pub struct Context<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The files that git tracks.
    pub files: &'a Files,
    /// The rules.
    pub engine: &'a Engine,
    /// What the owner decided.
    pub policy: &'a Policy,
    /// As of when dates are judged.
    pub today: Date,
    /// The sweep of the whole history.
    pub sweep: &'a Report,
    /// Whether templates are compared with the inventory.
    pub parity: bool,
    scratch: Mutex<Scratch>,
}

impl<'a> Context<'a> {
    /// Puts together what an audit goes by.
    pub fn new(
        repository: &'a Repository,
        files: &'a Files,
        engine: &'a Engine,
        policy: &'a Policy,
        today: Date,
        sweep: &'a Report,
    ) -> Self {
        Self { repository, files, engine, policy, today, sweep, parity: false, scratch: Mutex::default() }
    }

    /// Spans of `text` in which the rules see a secret of at least `least` confidence.
    pub fn values(&self, text: &[u8], least: Confidence) -> Vec<Span> {
        let mut scratch = self.scratch.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let rules = self.engine.rules();
        let found = self.engine.scan(Chunk::whole(text), &mut scratch);
        let told =
            found.iter().filter(|one| one.confidence >= least && !rules.signature(one.rule).public).map(|one| one.span);
        told.collect()
    }

    /// Somebody else's bytes on one line: harmless, and without anything that the rules take for a secret.
    pub fn speak(&self, text: &[u8]) -> String {
        let mut masked = Vec::with_capacity(text.len());
        let mut done = 0;
        let mut spans = self.values(text, Confidence::Low);
        spans.sort_unstable();
        for span in spans.into_iter().filter(|span| !span.is_empty()) {
            if span.start >= done {
                masked.extend_from_slice(&text[done..span.start]);
                masked.extend_from_slice(b"***");
            }
            done = done.max(span.end).min(text.len());
        }
        masked.extend_from_slice(&text[done..]);
        safe::cut(&safe::inline(&masked), 200)
    }

    /// A place in a file.
    pub fn spot(&self, path: &[u8], line: Option<usize>, note: impl Into<String>) -> Spot {
        Spot { path: self.speak(path), line: line.filter(|&line| line > 0), note: note.into() }
    }
}

/// Goes through the checklist.
pub fn run(context: &Context<'_>) -> Result<Audit, SourceError> {
    let past = past::look(context)?;
    let mut checks = vec![past::secrets(context), past::env_tracked(context), past::env_in_history(context)];
    if context.parity {
        checks.push(parity::check(context));
    }
    checks.extend(ignores::git(context));
    checks.push(docker::check(context));
    checks.push(npm::check(context));
    checks.push(workflow::check(context));
    checks.push(process::check(context));
    checks.push(glass::check(context, &past));
    checks.push(hooks::check(context));
    checks.push(ci::scanning(context));
    checks.push(ci::paths_ignore(context));
    checks.extend(registers::check(context));
    checks.iter_mut().for_each(|check| doubted(context, check));
    checks.extend(beyond::checks());
    let order = [SECRETS, GUARDS, ROTATION, ACCESS, INFRASTRUCTURE];
    checks.sort_by_key(|check| order.iter().position(|group| *group == check.group));
    Ok(Audit { checks, today: context.today })
}

/// Where folders could not even be listed, nothing that was looked for in files can be said not to be there.
fn doubted(context: &Context<'_>, check: &mut Check) {
    if check.status != Status::Pass || context.files.unlisted.is_empty() || check.id == "hooks" {
        return;
    }
    check.status = Status::Unknown;
    check.why = "not every folder of the sparse index could be listed".to_owned();
    let unlisted = context.files.unlisted.iter();
    check.spots = unlisted.map(|path| context.spot(path, None, "its tree cannot be read")).collect();
    check.remedy = vec!["Fetch what is missing, then audit again".to_owned()];
}

/// A path of the repository on disk.
fn on_disk(root: &Path, path: &[u8]) -> Option<std::path::PathBuf> {
    use bstr::ByteSlice;
    let relative = path.to_path().ok()?;
    let is_plain = relative.components().all(|part| matches!(part, std::path::Component::Normal(_)));
    is_plain.then(|| root.join(relative))
}
