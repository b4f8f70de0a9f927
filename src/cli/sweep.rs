//! One sweep of everything that git keeps, for commands that go on from its report.

use super::args::Global;
use super::error::CliError;
use super::known::KnownArgs;
use crate::model::Notice;
use crate::report::Report;
use crate::scan::history::{self, SweepPlan};
use crate::scan::{Collector, Setup};
use crate::source::git::Repository;
use crate::source::history::Selection;

/// Sweeps every object, with no verdict remembered or believed.
pub(super) fn everything(
    global: &Global,
    repository: &Repository,
    setup: &Setup,
    notices: Vec<Notice>,
) -> Result<Report, CliError> {
    let collector = Collector::new(setup);
    KnownArgs::tell(notices, &collector);
    let plan = SweepPlan { full_scan: false, threads: threads(global), reading: None };
    history::run(repository, &Selection::Everything, &plan, &collector)?;
    Ok(collector.finish("history"))
}

/// As many as were asked for, or one for each processor.
pub(super) fn threads(global: &Global) -> usize {
    global.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
}
