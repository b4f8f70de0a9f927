//! `stanch audit`: the security checklist.

use std::path::PathBuf;

use clap::Args;

use super::args::Global;
use super::error::CliError;
use super::known::KnownArgs;
use super::{output, progress, setup, sweep};
use crate::gate::audit::{self, Context, Files};
use crate::source::git::{GitEnvironment, Repository};
use crate::triage::Breadth;

/// Arguments of `stanch audit`.
#[derive(Debug, Args)]
#[command(after_help = "\
Each line comes out as pass, fail or can't tell, with the reason. What no repository can show stays on
the list, to be looked at by a person, and does not count.

Examples:
  stanch audit
  stanch audit --format markdown --output checklist.md
  stanch audit --today 2026-12-31      what will be overdue then

Exit codes:
  0  every line that a repository can show passes
  1  a line fails
  3  none fails, but one could not be read")]
pub struct AuditArgs {
    /// The repository [default: the one around the current folder]
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// Compare the names in .env templates with the inventory as well
    #[arg(long)]
    pub template_parity: bool,
    /// Known values, for the sweep of the history.
    #[command(flatten)]
    pub known: KnownArgs,
}

/// Runs the command.
pub fn run(global: &Global, args: &AuditArgs) -> Result<u8, CliError> {
    let environment = GitEnvironment::from_process();
    let start = args.repo.clone().unwrap_or_else(|| PathBuf::from("."));
    let repository = Repository::require(&start, &environment)?;
    let root = repository.work_dir()?.to_owned();
    let mut setup = setup::build(global, Some(&root))?;
    setup.breadth = Breadth::History;
    let notices = args.known.arm(&mut setup)?;
    let files = Files::list(&repository)?;
    let bar = progress::start(global, "auditing the repository", &setup.meter);
    let sweep = sweep::everything(global, &repository, &setup, notices)?;
    let mut context = Context::new(&repository, &files, &setup.engine, &setup.policy, setup.today, &sweep);
    context.parity = args.template_parity;
    let audit = audit::run(&context)?;
    drop(bar);
    output::each(global, |format, style, out| audit::format::write(format, &audit, style.color, out))?;
    Ok(audit.exit_code(global.allow_incomplete))
}
