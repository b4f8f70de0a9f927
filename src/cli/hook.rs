//! `stanch hook`: puts stanch before commits and pushes, takes it away, and says how it stands.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::args::Global;
use super::error::CliError;
use crate::gate::GateError;
use crate::gate::hook::global::{self, Home};
use crate::gate::hook::{self, Outcomes, State};

/// Arguments of `stanch hook`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch hook install            before commits, merges, messages and pushes of this repository
  stanch hook install --global   of all repositories of yours
  stanch hook status
  stanch hook remove             puts back what was there before")]
pub struct HookArgs {
    /// What to do with hooks.
    #[command(subcommand)]
    pub command: HookCommand,
}

/// What can be done with hooks.
#[derive(Debug, Subcommand)]
pub enum HookCommand {
    /// Put stanch before commits, merges, commit messages and pushes
    ///
    /// Writes the hooks pre-commit, pre-merge-commit, commit-msg and pre-push (in a bare repository: pre-receive). A hook
    /// that is there already is kept and still runs; both must pass. core.hooksPath, husky and lefthook are respected.
    /// Without stanch the hooks let nothing through and say so.
    Install(ScopeArgs),
    /// Say which gates are there; ends with 1 when one is missing
    Status(ScopeArgs),
    /// Take the hooks away and put back what was there before
    Remove(ScopeArgs),
}

/// Which repositories.
#[derive(Debug, Clone, Copy, Args)]
pub struct ScopeArgs {
    /// All repositories of this user, through core.hooksPath; their own hooks go on working
    #[arg(long)]
    pub global: bool,
}

/// Runs the command.
pub fn run(_global: &Global, args: &HookArgs) -> Result<u8, CliError> {
    let here = Path::new(".");
    let done = match args.command {
        HookCommand::Install(scope) => {
            let program = program()?;
            let outcomes =
                if scope.global { global::install(&home()?, &program) } else { hook::install(here, &program) };
            outcomes.map(|outcomes| (outcomes.stands(), outcomes))
        }
        HookCommand::Status(scope) => {
            let outcomes = if scope.global { global::status(&home()?) } else { hook::status(here) };
            outcomes.map(|outcomes| (outcomes.stands(), outcomes))
        }
        HookCommand::Remove(scope) => {
            let outcomes = if scope.global { global::remove(&home()?) } else { hook::remove(here) };
            outcomes.map(|outcomes| (!outcomes.has_edited(), outcomes))
        }
    };
    let (is_right, outcomes) = done.map_err(explain)?;
    tell(&outcomes).map_err(|error| CliError::output(error, "what was done"))?;
    Ok(if is_right { 0 } else { 1 })
}

fn tell(outcomes: &Outcomes) -> std::io::Result<()> {
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_default();
    let mut out = anstream::stdout().lock();
    writeln!(out, "Hooks by {}", outcomes.manager.name())?;
    for outcome in &outcomes.hooks {
        let file = outcome.file.strip_prefix(&here).unwrap_or(&outcome.file);
        let file = file.strip_prefix("./").unwrap_or(file).display();
        writeln!(out, "  {:<16}  {:<9}  {file}{}", outcome.hook, word(outcome.state), remark(outcome.state))?;
    }
    for note in &outcomes.notes {
        writeln!(out, "{note}")?;
    }
    Ok(())
}

fn word(state: State) -> &'static str {
    match state {
        State::Installed | State::Chained => "installed",
        State::Renewed => "renewed",
        State::Present => "present",
        State::Removed | State::Restored => "removed",
        State::Absent => "absent",
        State::Foreign => "not ours",
        State::Edited => "edited",
        State::NotExecutable => "dead",
    }
}

fn remark(state: State) -> &'static str {
    match state {
        State::Chained => "; the hook that was there runs first, both must pass",
        State::Restored => "; the hook that was there is back",
        State::Edited => "; somebody has changed it: save what you need, delete it, and install again",
        State::NotExecutable => "; git passes over it: chmod +x",
        _ => "",
    }
}

/// The program as the user calls it, so that an update of it is followed.
fn program() -> Result<PathBuf, CliError> {
    let own = std::env::current_exe()
        .map_err(|error| CliError::user(anyhow::anyhow!("cannot find this program: {error}")))?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut on_path =
        std::env::split_paths(&path).map(|folder| folder.join("stanch")).filter(|file| file.is_absolute());
    let real = own.canonicalize().ok();
    Ok(on_path.find(|file| real.is_some() && file.canonicalize().ok() == real).unwrap_or(own))
}

/// The places of this user, as git looks for them.
fn home() -> Result<Home, CliError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = variable("HOME").or_else(|| variable("USERPROFILE"));
    let home = home.ok_or_else(|| CliError::user(anyhow::anyhow!("HOME is not set")))?;
    let config = variable("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
    let (usual, other) = (home.join(".gitconfig"), config.join("git/config"));
    let git_config =
        variable("GIT_CONFIG_GLOBAL").unwrap_or(if !usual.exists() && other.exists() { other } else { usual });
    Ok(Home { hooks: config.join("stanch/hooks"), git_config })
}

/// Says what to do about it.
pub fn explain(error: GateError) -> CliError {
    let hint = match &error {
        GateError::NoGit(_) => Some("install git, or put it on the PATH"),
        GateError::Shared { .. } => {
            Some("`stanch hook install --global` covers them all; or set core.hooksPath for this repository alone")
        }
        GateError::NoFolder { .. } => Some("`git config --show-origin core.hooksPath` says where; unset it there"),
        GateError::Occupied { .. } => Some("look at both, keep what you need in one of them, and install again"),
        GateError::Git { .. } | GateError::ByHand { .. } | GateError::Io { .. } => None,
    };
    let error = CliError::user(error);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}
