//! What is found now, before any baseline has its say: the ground on which entries are made, decided and dropped.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::Place;
use crate::cli::args::Global;
use crate::cli::error::CliError;
use crate::cli::{progress, setup, sweep};
use crate::model::{Fingerprint, Verdict};
use crate::report::{self, Report, Told};
use crate::scan::{Collector, Setup};
use crate::source::content::ContentLimits;
use crate::source::git::GitEnvironment;
use crate::source::worktree;
use crate::triage::{Baseline, Exceptions};

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The working tree.
    Tree,
    /// The working tree and every object of the history.
    TreeAndHistory,
}

/// What was found.
pub(super) struct Survey {
    values: BTreeMap<(Fingerprint, String), Known>,
    unread: Vec<String>,
    /// Number of banned files.
    pub(super) files: usize,
    /// The day of the survey.
    pub(super) today: Date,
}

struct Known {
    entries: Vec<usize>,
    sightings: Vec<Told>,
}

/// A value that no other exception excuses.
pub(super) struct Value<'a> {
    /// Its identity under the baseline's key.
    pub(super) fingerprint: Fingerprint,
    /// The rule that found it.
    pub(super) rule: &'a str,
    /// Numbers of the baseline's entries that name it.
    pub(super) known: &'a [usize],
    /// Where it stands, in words.
    pub(super) sightings: &'a [Told],
}

impl Survey {
    /// Looks.
    pub(super) fn take(global: &Global, place: &Place, baseline: &Baseline, reach: Reach) -> Result<Self, CliError> {
        let setup = setup::build(global, Some(&place.root))?;
        let setup = Setup {
            exceptions: Exceptions { baseline: None, ..setup.exceptions },
            key: baseline.key().clone(),
            ..setup
        };
        let mut survey = Self { values: BTreeMap::new(), unread: Vec::new(), files: 0, today: setup.today };
        let bar = progress::start(global, "looking for values", &setup.meter);
        survey.add(baseline, &tree(global, place, &setup)?);
        if reach == Reach::TreeAndHistory
            && let Some(repository) = &place.repository
        {
            survey.add(baseline, &sweep::everything(global, repository, &setup, Vec::new())?);
        }
        drop(bar);
        if setup.interrupted.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(CliError::interrupted());
        }
        Ok(survey)
    }

    fn add(&mut self, baseline: &Baseline, report: &Report) {
        for (finding, told) in report.findings.iter().zip(report::tell(report)) {
            let Some(secret) = &finding.secret else {
                self.files += usize::from(finding.verdict == Verdict::Deny);
                continue;
            };
            if matches!(finding.verdict, Verdict::Suppressed { .. }) {
                continue;
            }
            let key = (finding.fingerprint, finding.rule.to_string());
            let known = self.values.entry(key).or_insert_with(|| Known {
                entries: baseline.find(&finding.rule, secret.expose()),
                sightings: Vec::new(),
            });
            known.sightings.push(told);
        }
        self.unread.extend(report::unread(report));
    }

    /// All values.
    pub(super) fn values(&self) -> impl Iterator<Item = Value<'_>> {
        self.values.iter().map(|((fingerprint, rule), known)| Value {
            fingerprint: *fingerprint,
            rule,
            known: &known.entries,
            sightings: &known.sightings,
        })
    }

    /// Says whether everything could be read.
    pub(super) fn is_complete(&self) -> bool {
        self.unread.is_empty()
    }

    /// `code`, or 3 with the list of what could not be read.
    pub(super) fn exit_code(&self, code: u8) -> Result<u8, CliError> {
        for line in &self.unread {
            anstream::eprintln!("not read: {line}");
        }
        Ok(if self.is_complete() { code } else { 3 })
    }
}

fn tree(global: &Global, place: &Place, setup: &Setup) -> Result<Report, CliError> {
    let collector = Collector::new(setup);
    let paths = [place.root.clone()];
    let environment = GitEnvironment::from_process();
    let request = worktree::Request {
        paths: &paths,
        ignored: false,
        threads: global.jobs.unwrap_or(0),
        limits: ContentLimits::default(),
        environment: &environment,
    };
    worktree::scan(&request, &collector)?;
    Ok(collector.finish("scan"))
}
