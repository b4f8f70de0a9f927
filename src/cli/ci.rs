//! `stanch ci`: what an event in CI brings, judged by the protected side's policy.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::Global;
use super::error::CliError;
use super::{change, output, progress, seal, setup};
use crate::gate::ci::{Asked, Event, Plan};
use crate::scan::Collector;
use crate::scan::history::{self, SweepPlan};
use crate::source::Sink;
use crate::source::git::revision::resolve;
use crate::source::git::{GitEnvironment, Objects, Repository};
use crate::source::history::Selection;
use crate::source::history::changes;
use crate::source::history::range::{Range, walk};

/// Arguments of `stanch ci`.
#[derive(Debug, Args)]
#[command(after_help = "\
What is judged:
  pull_request          what the head has and the base has not
  merge_group           what the group adds to its base
  push                  what the branch got; a new or rewritten branch: what the default branch has not
  push of a tag         what the tag has and the default branch has not
  schedule, by hand     the whole history, reachable or not
The policy is that of the base, or of the default branch; never that of the change.

Examples:
  stanch ci                                      in a workflow of GitHub Actions
  stanch ci --event push --payload event.json    the same on a laptop, with a saved payload
  stanch ci --base origin/main --head HEAD       in any other system
  stanch ci --plan                               say what would be judged, and whether this clone has it")]
pub struct CiArgs {
    /// Name of the event
    #[arg(long, value_name = "NAME", env = "GITHUB_EVENT_NAME")]
    pub event: Option<String>,
    /// The event's payload, a JSON file
    #[arg(long, value_name = "FILE", env = "GITHUB_EVENT_PATH")]
    pub payload: Option<PathBuf>,
    /// What is there already, in place of an event
    #[arg(long, value_name = "REVISION", requires = "head")]
    pub base: Option<String>,
    /// What is to be judged, in place of an event
    #[arg(long, value_name = "REVISION", requires = "base")]
    pub head: Option<String>,
    /// Only say what would be judged; `want ID` and `want branch NAME` lines name what it takes. Ends with 3 if the clone lacks some
    #[arg(long)]
    pub plan: bool,
    /// A change without a commit is no failure
    #[arg(long)]
    pub allow_empty: bool,
    /// Let edits of the policy pass that weaken it; they are still reported
    #[arg(long, env = "STANCH_ALLOW_POLICY_CHANGE", value_parser = clap::builder::FalseyValueParser::new())]
    pub allow_policy_change: bool,
}

/// Runs the command.
pub fn run(global: &Global, args: &CiArgs) -> Result<u8, CliError> {
    let environment = GitEnvironment::from_process();
    let repository = Repository::require(Path::new("."), &environment)?;
    let event = event(args, &repository)?;
    let plan = Plan::of(&event, &repository)?;
    if args.plan {
        return show(&event, &plan, &repository);
    }
    if !global.quiet {
        for line in &plan.told {
            anstream::eprintln!("stanch ci: {line}");
        }
    }
    let root = repository.work_dir().unwrap_or(&repository.git_dir).to_owned();
    let files = plan.policy_files(&repository)?;
    let mut setup = setup::build_from(global, Some(&root), &files)?;
    if matches!(plan.asked, Asked::Range(_)) {
        seal::arm(global, &mut setup, &files)?;
    }
    let collector = Collector::new(&setup);
    plan.notices.iter().for_each(|notice| collector.notice(notice.clone()));
    let bar = progress::start(global, "scanning the change", &setup.meter);
    match &plan.asked {
        Asked::Nothing => {}
        Asked::Everything => {
            let threads = super::sweep::threads(global);
            let sweep = SweepPlan { full_scan: false, threads, reading: setup::reading(&setup) };
            history::run(&repository, &Selection::Everything, &sweep, &collector)?;
        }
        Asked::Range(bounds) => {
            let range = change::judge(global, &repository, &files, &collector, args.allow_policy_change, |sink| {
                let objects = Objects::open(&repository);
                objects.store().notices().iter().for_each(|notice| sink.notice(notice.clone()));
                let range = walk(&repository, &objects, bounds, sink)?;
                changes::scan(&objects, &range, sink);
                Ok(range)
            })?;
            if is_empty(&range) {
                collector.notice(change::empty(event.mode(), args.allow_empty || plan.may_be_empty));
            }
        }
    }
    let report = collector.finish("ci");
    drop(bar);
    output::finish_as(global, &report, &format!("stanch/{}", event.mode()))
}

fn is_empty(range: &Range) -> bool {
    range.commits.is_empty() && range.tags.is_empty() && range.loose.is_empty()
}

/// The event: two revisions by hand, or a payload.
fn event(args: &CiArgs, repository: &Repository) -> Result<Event, CliError> {
    if let (Some(base), Some(head)) = (&args.base, &args.head) {
        let objects = Objects::open(repository);
        let find = |name: &str| resolve(repository, &objects, name.as_bytes());
        return Ok(Event::Range { base: find(base)?, head: find(head)? });
    }
    let (Some(name), Some(path)) = (&args.event, &args.payload) else {
        return Err(CliError::user(anyhow::anyhow!("no event is known")).hint(
            "GitHub Actions sets GITHUB_EVENT_NAME and GITHUB_EVENT_PATH; elsewhere give --event and --payload, or --base and --head",
        ));
    };
    let payload = std::fs::read(path);
    let payload = payload.map_err(|error| CliError::user(anyhow::anyhow!("{}: {error}", path.display())))?;
    Event::parse(name, &payload).map_err(CliError::user)
}

/// Prints the plan, and says whether the clone has what it takes.
fn show(event: &Event, plan: &Plan, repository: &Repository) -> Result<u8, CliError> {
    let gaps = plan.gaps(repository)?;
    let mut text: String = plan.told.iter().map(|line| format!("{line}\n")).collect();
    text.push_str(&format!("mode {}\n", event.mode()));
    let policy = plan.policy.as_ref().map_or_else(|| "built in".to_owned(), |(id, _)| id.to_string());
    text.push_str(&format!("policy {policy}\n"));
    match plan.asked {
        Asked::Everything => text.push_str("want everything\n"),
        Asked::Range(_) | Asked::Nothing => {
            plan.wants.iter().for_each(|id| text.push_str(&format!("want {id}\n")));
        }
    }
    if let Some(branch) = &plan.wants_branch {
        text.push_str(&format!("want branch {branch}\n"));
    }
    for notice in &gaps {
        text.push_str(&format!("lacks {}: {}\n", notice.subject, notice.detail));
    }
    io::stdout().write_all(text.as_bytes()).map_err(|error| CliError::output(error, "the plan"))?;
    Ok(if gaps.iter().any(|notice| notice.kind.is_incomplete()) { 3 } else { 0 })
}
