//! `stanch doctor`: the proof that the gates stand.

use std::path::Path;
use std::time::Duration;

use clap::Args;

use super::args::Global;
use super::error::CliError;
use super::{output, setup};
use crate::gate::audit::{self, Files};
use crate::gate::doctor::{self, Patient};
use crate::source::git::{GitEnvironment, Repository};

/// Arguments of `stanch doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every hook is run by git itself, twice: over a generated token, which it must refuse, and over a harmless
line, which it must let through. Both lie in a temporary index and object database; your index, work tree
and repository are not touched. Hooks of yours that run beside stanch run as well.

Exit codes:
  0  the gate stands
  1  something does not stand
  3  nothing is known to be wrong, but something could not be proven")]
pub struct DoctorArgs {
    /// Judge this clone only; do not ask for a job in CI
    #[arg(long)]
    pub local: bool,
    /// How long one hook may take
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub timeout: u64,
}

/// Runs the command.
pub fn run(global: &Global, args: &DoctorArgs) -> Result<u8, CliError> {
    let environment = GitEnvironment::from_process();
    let repository = Repository::require(Path::new("."), &environment)?;
    let root = repository.work_dir()?.to_owned();
    let files = Files::list(&repository)?;
    let today = setup::today(global)?;
    let setup = setup::build(global, Some(&root));
    let patient = Patient {
        repository: &repository,
        root,
        files: &files,
        policy: setup.as_ref().map(|setup| &setup.policy).map_err(ToString::to_string),
        configuration: setup::CONFIG,
        version: env!("CARGO_PKG_VERSION"),
        today,
        is_local: args.local,
        patience: Duration::from_secs(args.timeout),
    };
    let found = doctor::run(&patient).map_err(super::hook::explain)?;
    output::each(global, |format, style, out| audit::format::write(format, &found, style.color, out))?;
    Ok(found.exit_code(global.allow_incomplete))
}
