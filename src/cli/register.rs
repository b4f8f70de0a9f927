//! `stanch rotation log` and `stanch incident log`: one well-formed line more, and never a value.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::args::Global;
use super::error::CliError;
use super::setup;
use crate::detect::Engine;
use crate::gate::register::incident::{self, Incident};
use crate::gate::register::rotation::{self, Rotation};
use crate::gate::register::{INCIDENT_LOGS, ROTATION_LOGS, addition, discretion};
use crate::policy::EnvFile;
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
    let name = known(&setup, name)?;
    let reason = spoken(reason, "--reason", &setup.engine)?;
    let line = whole(Rotation { line: 0, date, name, reason }.to_line(), &setup.engine)?;
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
    let secrets = secret.iter().map(|name| known(&setup, name)).collect::<Result<_, _>>()?;
    let happened = spoken(what, "--what", &setup.engine)?;
    let resolution = spoken(resolution, "--resolution", &setup.engine)?;
    let line = whole(Incident { line: 0, date, severity, secrets, happened, resolution }.to_line(), &setup.engine)?;
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
fn known(setup: &Setup, name: &str) -> Result<String, CliError> {
    let policy = &setup.policy;
    if let Some(secret) = policy.inventory.find(name) {
        return Ok(secret.name.clone());
    }
    let is_env = policy.env.judge(name.as_bytes()) == EnvFile::Banned;
    if (is_env || policy.inventory.secrets.is_empty()) && incident::is_name(name) {
        // What stands where a name should may be a value: pasted, or the two mixed up.
        return match discretion::objection(name, &setup.engine) {
            None => Ok(name.to_owned()),
            Some(objection) => Err(CliError::user(anyhow::anyhow!("the name: {objection}"))
                .hint("the log is committed: a value must never be given here")),
        };
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

/// A line that the audit takes as a whole, too: a harmless word can look like a value behind a secret's name.
fn whole(line: String, engine: &Engine) -> Result<String, CliError> {
    match discretion::objection(&line, engine) {
        None => Ok(line),
        Some(objection) => Err(CliError::user(anyhow::anyhow!("the line as a whole: {objection}"))
            .hint("the log is committed: say it in other words")),
    }
}

/// Problems of a log by line.
pub(super) type Check<'a> = &'a dyn Fn(&str) -> Vec<(usize, String)>;

/// Adds a line to a log. Others may do so at the same time: each line is written as a whole, and none is lost.
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
    let fail = |error: std::io::Error| CliError::output(error, relative);
    let in_order = |text: &str| {
        let after = format!("{text}{}", addition(text, header, line));
        let last = after.lines().count();
        match check(&after).into_iter().find(|(at, _)| *at == last) {
            Some((_, what)) => Err(CliError::user(anyhow::anyhow!("the line would not be in order: {what}"))),
            None => Ok(()),
        }
    };
    // Before a log is begun, the line must be one that can begin it.
    in_order("")?;
    let path = own(root, relative)?;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut file = std::fs::OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(fail)?;
    match file.lock() {
        // Some file systems know no locks; the line is written at once all the same.
        Err(error) if error.kind() != std::io::ErrorKind::Unsupported => return Err(fail(error)),
        _ => {}
    }
    let mut before = String::new();
    file.read_to_string(&mut before)
        .map_err(|error| CliError::user(anyhow::Error::new(error).context(format!("cannot read {relative}"))))?;
    in_order(&before)?;
    let written = file.write_all(addition(&before, header, line).as_bytes()).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // Half a line is none.
        drop(file.set_len(before.len() as u64));
        return Err(fail(error));
    }
    anstream::eprintln!("{relative}: {line}");
    Ok(0)
}

/// The path of a log below `root`. Links could lead anywhere, so none is followed.
fn own(root: &Path, relative: &str) -> Result<PathBuf, CliError> {
    let mut path = root.to_owned();
    for part in Path::new(relative).components() {
        path.push(part);
        if std::fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(CliError::user(anyhow::anyhow!("{relative}: a symbolic link is in the way")));
        }
    }
    Ok(path)
}
