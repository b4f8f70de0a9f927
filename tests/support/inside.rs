//! The same runs as those of the binary, inside of the test's own process: for what must be tried a thousand times.

#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::path::{Path, PathBuf};

use clap::Parser;
use stanch::cli::args::{Cli, Global};
use stanch::cli::setup;
use stanch::report::{Format, Report, Style};
use stanch::scan::history::{self, SweepPlan};
use stanch::scan::{Collector, Setup};
use stanch::source::content::ContentLimits;
use stanch::source::git::{GitEnvironment, Repository};
use stanch::source::history::Selection;
use stanch::source::{SourceError, staged, worktree};

/// A compiled rule set, used for many runs.
pub struct Inside {
    setup: Setup,
    global: Global,
}

impl Inside {
    /// Sets up once what every run needs.
    pub fn new() -> Self {
        let global = Cli::parse_from(["stanch", "scan"]).global;
        Self { setup: setup::build(&global, None).unwrap_or_else(|error| panic!("{error:?}")), global }
    }

    /// The setup of its runs.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// `stanch history`, of everything or of what is reachable.
    pub fn history(&self, dir: &Path, selection: &Selection, threads: usize) -> Result<Report, SourceError> {
        self.sweep(dir, selection, &SweepPlan { full_scan: false, threads, reading: None })
    }

    /// `stanch history`, as planned.
    pub fn sweep(&self, dir: &Path, selection: &Selection, plan: &SweepPlan) -> Result<Report, SourceError> {
        let repository = Repository::require(dir, &GitEnvironment::without_repository())?;
        let collector = Collector::new(&self.setup);
        history::run(&repository, selection, plan, &collector)?;
        Ok(collector.finish("history"))
    }

    /// `stanch staged`.
    pub fn staged(&self, dir: &Path) -> Result<Report, SourceError> {
        let repository = Repository::require(dir, &GitEnvironment::without_repository())?;
        let collector = Collector::new(&self.setup);
        staged::scan(&repository, &collector)?;
        Ok(collector.finish("staged"))
    }

    /// `stanch scan PATH`.
    pub fn scan(&self, path: &Path, limits: ContentLimits) -> Result<Report, SourceError> {
        let environment = GitEnvironment::without_repository();
        let paths: Vec<PathBuf> = vec![path.to_owned()];
        let request =
            worktree::Request { paths: &paths, ignored: false, threads: 1, limits, environment: &environment };
        let collector = Collector::new(&self.setup);
        worktree::scan(&request, &collector)?;
        Ok(collector.finish("scan"))
    }
}

/// The exit code that the binary would have.
pub fn code(result: &Result<Report, SourceError>) -> u8 {
    match result {
        Ok(report) => report.outcome().exit_code(),
        Err(error) if error.is_usage() => 2,
        Err(_) => 3,
    }
}

/// A report as it would be written.
pub fn written(report: &Report, format: Format) -> Vec<u8> {
    let mut bytes = Vec::new();
    stanch::report::write(format, report, Style::default(), &mut bytes).unwrap();
    bytes
}
