//! `stanch history`: every object that git still keeps, or a range of commits.

use std::path::PathBuf;

use bstr::BString;

use super::args::{Global, HistoryArgs};
use super::error::CliError;
use super::known::KnownArgs;
use super::{output, progress, seal, setup, sweep};
use crate::model::{Notice, NoticeKind};
use crate::scan::Collector;
use crate::scan::history::{self, SweepPlan};
use crate::source::git::{GitEnvironment, Objects, Repository};
use crate::source::history::Selection;
use crate::source::history::changes;
use crate::source::history::range::{Bounds, walk};
use crate::source::history::reach::reaching;
use crate::source::{PolicyFiles, Sink};
use crate::triage::Breadth;

/// Runs the command.
pub fn run(global: &Global, args: &HistoryArgs) -> Result<u8, CliError> {
    let environment = GitEnvironment::from_process();
    let start = args.repo.clone().unwrap_or_else(|| PathBuf::from("."));
    let repository = Repository::require(&start, &environment)?;
    let root = repository.work_dir().unwrap_or(&repository.git_dir).to_owned();
    let mut setup = setup::build(global, Some(&root))?;
    if !args.is_part() {
        setup.breadth = Breadth::History;
    }
    if args.sealed || args.is_range() {
        seal::arm(global, &mut setup, &PolicyFiles::on_disk(Some(&root)))?;
    }
    let notices = args.known.arm(&mut setup)?;
    let collector = Collector::new(&setup);
    KnownArgs::tell(notices, &collector);
    let bar = progress::start(global, "sweeping the history", &setup.meter);
    if args.is_range() {
        range(args, &repository, &collector)?;
    } else {
        let threads = sweep::threads(global);
        let reading = if args.no_cache { None } else { setup::reading(&setup) };
        let plan = SweepPlan { full_scan: args.full_scan, threads, reading };
        history::run(&repository, &selection(args), &plan, &collector)?;
    }
    let report = collector.finish("history");
    drop(bar);
    output::finish(global, &report)
}

impl HistoryArgs {
    /// Says whether commits are asked for that others are taken away from.
    fn is_range(&self) -> bool {
        self.since.is_some() || self.ranges.iter().any(|range| range.contains("..") || range.starts_with('^'))
    }

    /// Says whether anything less than every object is asked for.
    fn is_part(&self) -> bool {
        self.is_range() || self.reachable || !self.ranges.is_empty() || !self.branch.is_empty()
    }
}

fn selection(args: &HistoryArgs) -> Selection {
    let branches = args.branch.iter().map(|name| BString::from(name.as_str()));
    let revisions: Vec<BString> = args.ranges.iter().map(|name| BString::from(name.as_str())).chain(branches).collect();
    match (revisions.is_empty(), args.reachable) {
        (false, _) => Selection::From(revisions),
        (true, true) => Selection::Reachable,
        (true, false) => Selection::Everything,
    }
}

/// What the commits of a range brought.
fn range(args: &HistoryArgs, repository: &Repository, collector: &Collector<'_>) -> Result<(), CliError> {
    let objects = Objects::open(repository);
    objects.store().notices().iter().for_each(|notice| collector.notice(notice.clone()));
    let names: Vec<BString> = args.ranges.iter().chain(&args.branch).map(|name| BString::from(name.as_str())).collect();
    let since = args.since.as_deref().map(seconds).transpose()?;
    let mut bounds = match (names.is_empty(), since) {
        (true, Some(since)) => {
            let (bounds, notices) = Bounds::since(repository, since)?;
            notices.into_iter().for_each(|notice| collector.notice(notice));
            bounds
        }
        _ => Bounds::parse(repository, &objects, &names)?,
    };
    bounds.since = since;
    let range = walk(repository, &objects, &bounds, collector)?;
    log::info!("the range has {} commits and {} tags", range.commits.len(), range.tags.len());
    range.commits.iter().for_each(|one| log::debug!("commit {}", one.commit.id));
    if range.commits.is_empty() && range.tags.is_empty() && range.loose.is_empty() {
        let kind = if args.allow_empty { NoticeKind::Warning } else { NoticeKind::Empty };
        let day = args.since.iter().map(|day| format!("--since {day}"));
        let asked = names.iter().map(ToString::to_string).chain(day).collect::<Vec<_>>().join(" ");
        collector.notice(Notice::new(kind, asked, "the range holds no commit (--allow-empty if that is right)"));
    }
    changes::scan(&objects, &range, collector);
    collector.attribute_last(|files| changes::last_holders(&objects, &range, files, collector));
    collector.attribute_refs(|| reaching(repository, &objects, &bounds))?;
    Ok(())
}

/// Midnight UTC of a day.
fn seconds(day: &str) -> Result<i64, CliError> {
    let date: Result<jiff::civil::Date, _> = day.parse();
    let zoned = date.and_then(|date| date.to_zoned(jiff::tz::TimeZone::UTC));
    zoned
        .map(|zoned| zoned.timestamp().as_second())
        .map_err(|_| CliError::user(anyhow::anyhow!("--since: `{day}` is no date of the form YYYY-MM-DD")))
}
