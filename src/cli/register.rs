//! `stanch rotation log` and `stanch incident log`: one well-formed line more, and never a value.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::args::Global;
use super::error::CliError;
use super::{output, setup};
use crate::detect::Engine;
use crate::gate::register::incident::{self, Incident};
use crate::gate::register::rotation::{self, Rotation};
use crate::gate::register::{INCIDENT_LOGS, ROTATION_LOGS, appended, discretion};
use crate::policy::{EnvFile, Policy};
use crate::scan::Setup;
use crate::source::git::{GitEnvironment, Repository};

/// Arguments of `stanch rotation`.
#[derive(Debug, Args)]
pub struct RotationArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RotationCommand,
}

/// What can be done with the rotation log.
#[derive(Debug, Subcommand)]
pub enum RotationCommand {
    /// Append a rotation to the log: the date, the secret's name and the reason
    #[command(after_help = "\
Example:
  stanch rotation log RESEND_API_KEY --reason 'Scheduled 90-day rotation'")]
    Log {
        /// Name of the secret, never its value
        name: String,
        /// Why it was rotated
        #[arg(long, short)]
        reason: String,
        /// The day of the rotation, YYYY-MM-DD [default: today]
        #[arg(long, value_name = "DATE")]
        date: Option<String>,
    },
}

/// Arguments of `stanch incident`.
#[derive(Debug, Args)]
pub struct IncidentArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: IncidentCommand,
}

/// What can be done with the incident log.
#[derive(Debug, Subcommand)]
pub enum IncidentCommand {
    /// Append an incident to the log: date, severity, secrets, what happened, resolution
    #[command(after_help = "\
Example:
  stanch incident log --severity SEV-1 --secret JWT_SECRET \\
    --what 'committed to a public branch' --resolution 'rotated within 40 minutes, history rewritten'")]
    Log {
        /// SEV-1 (critical) to SEV-4 (low)
        #[arg(long, short)]
        severity: String,
        /// Name of a secret that is concerned; may be given several times
        #[arg(long, value_name = "NAME")]
        secret: Vec<String>,
        /// What happened
        #[arg(long, short, value_name = "TEXT")]
        what: String,
        /// What was done about it
        #[arg(long, value_name = "TEXT")]
        resolution: String,
        /// The day, YYYY-MM-DD [default: today]
        #[arg(long, value_name = "DATE")]
        date: Option<String>,
    },
}

/// Runs `stanch rotation`.
pub fn rotation(global: &Global, args: &RotationArgs) -> Result<u8, CliError> {
    let RotationCommand::Log { name, reason, date } = &args.command;
    let (root, setup) = open(global)?;
    let date = day(date.as_deref(), &setup)?;
    let name = known(&setup.policy, name)?;
    let reason = spoken(reason, "--reason", &setup.engine)?;
    let line = Rotation { line: 0, date, name, reason }.to_line();
    let configured = setup.policy.spec.audit.rotation_log.as_deref();
    append(&root, configured, ROTATION_LOGS, rotation::HEADER, &line, &|text| {
        rotation::read(text, setup.today).1.into_iter().map(|problem| (problem.line, problem.what)).collect()
    })
}

/// Runs `stanch incident`.
pub fn incident(global: &Global, args: &IncidentArgs) -> Result<u8, CliError> {
    let IncidentCommand::Log { severity, secret, what, resolution, date } = &args.command;
    let (root, setup) = open(global)?;
    let date = day(date.as_deref(), &setup)?;
    let severity = incident::severity(severity)
        .ok_or_else(|| CliError::user(anyhow::anyhow!("--severity: it is none of SEV-1, SEV-2, SEV-3 and SEV-4")))?;
    let secrets = secret.iter().map(|name| known(&setup.policy, name)).collect::<Result<_, _>>()?;
    let happened = spoken(what, "--what", &setup.engine)?;
    let resolution = spoken(resolution, "--resolution", &setup.engine)?;
    let line = Incident { line: 0, date, severity, secrets, happened, resolution }.to_line();
    let configured = setup.policy.spec.audit.incident_log.as_deref();
    append(&root, configured, INCIDENT_LOGS, incident::HEADER, &line, &|text| {
        incident::read(text, setup.today).1.into_iter().map(|problem| (problem.line, problem.what)).collect()
    })
}

fn open(global: &Global) -> Result<(PathBuf, Setup), CliError> {
    let repository = Repository::require(Path::new("."), &GitEnvironment::from_process())?;
    let root = repository.work_dir()?.to_owned();
    let setup = setup::build(global, Some(&root))?;
    Ok((root, setup))
}

fn day(date: Option<&str>, setup: &Setup) -> Result<jiff::civil::Date, CliError> {
    let Some(text) = date else { return Ok(setup.today) };
    let date = text.parse::<jiff::civil::Date>();
    let date = date.map_err(|_| CliError::user(anyhow::anyhow!("--date: it is no date of the form YYYY-MM-DD")))?;
    if date > setup.today {
        return Err(CliError::user(anyhow::anyhow!("--date: {date} lies in the future")));
    }
    Ok(date)
}

/// A name that the inventory knows, or, without an inventory, one that can be a name. Never repeats what it refuses.
fn known(policy: &Policy, name: &str) -> Result<String, CliError> {
    if let Some(secret) = policy.inventory.find(name) {
        return Ok(secret.name.clone());
    }
    let is_env = policy.env.judge(name.as_bytes()) == EnvFile::Banned;
    if is_env || policy.inventory.secrets.is_empty() && rotation::is_name(name) {
        return Ok(name.to_owned());
    }
    Err(CliError::user(anyhow::anyhow!("that name is not in the inventory"))
        .hint("`secrets:` in .stanch.yml lists the names; a value must never be given here"))
}

/// Text that may be written down. Never repeats what it refuses.
fn spoken(text: &str, option: &str, engine: &Engine) -> Result<String, CliError> {
    let text = text.trim();
    let objection = match discretion::objection(text, engine) {
        Some(objection) => Some(objection),
        None if text.is_empty() => Some("it is empty"),
        None if text.contains('|') => Some("it holds a `|`, which separates fields"),
        None => None,
    };
    match objection {
        None => Ok(text.to_owned()),
        Some(objection) => Err(CliError::user(anyhow::anyhow!("{option}: {objection}"))
            .hint("the log is committed: names and dates only, never values")),
    }
}

/// Problems of a log by line.
pub(super) type Check<'a> = &'a dyn Fn(&str) -> Vec<(usize, String)>;

pub(super) fn append(
    root: &Path,
    configured: Option<&str>,
    usual: [&str; 2],
    header: &str,
    line: &str,
    check: Check<'_>,
) -> Result<u8, CliError> {
    if configured == Some("vault") {
        return Err(CliError::user(anyhow::anyhow!("the configuration says that the vault is the log")));
    }
    let candidates: Vec<&str> = configured.map_or_else(|| usual.to_vec(), |path| vec![path]);
    let relative = candidates.iter().find(|path| root.join(path).exists()).unwrap_or(&candidates[0]);
    let path = root.join(relative);
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(CliError::user(anyhow::Error::new(error).context(format!("cannot read {relative}")))),
    };
    let is_linked = std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.file_type().is_symlink());
    if is_linked {
        return Err(CliError::user(anyhow::anyhow!("{relative} is a symbolic link")));
    }
    let after = appended(before.as_deref(), header, line);
    let last = after.lines().count();
    if let Some((_, what)) = check(&after).into_iter().find(|(at, _)| *at == last) {
        return Err(CliError::user(anyhow::anyhow!("the line would not be in order: {what}")));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| CliError::output(error, relative))?;
    }
    output::write_file(&path, |out| out.write_all(after.as_bytes()))?;
    anstream::eprintln!("{relative}: {line}");
    Ok(0)
}
