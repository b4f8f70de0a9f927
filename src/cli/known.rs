//! `--known`: the real values, from the vault's export or the environment, for the length of one run.
//!
//! They come from standard input, a file descriptor, a file or the environment, never from an argument. They are wiped after
//! use, kept out of core dumps, and never part of a message.

use std::io::Read;
use std::sync::Arc;

use clap::Args;
use zeroize::Zeroizing;

use super::error::CliError;
use crate::detect::Known;
use crate::detect::known::Unmatchable;
use crate::model::{Notice, NoticeKind, Secret};
use crate::policy::Inventory;
use crate::policy::inventory::export::{self, ExportFormat};
use crate::scan::{Collector, Setup};
use crate::source::Sink;

/// Options of commands that search for known values.
#[derive(Debug, Clone, Default, Args)]
pub struct KnownArgs {
    /// Search for the exact values of known secrets: dotenv, json or yaml with :FILE, :- or :/dev/fd/N; or env
    ///
    /// Takes what `infisical export --format=dotenv|json|yaml` prints, from standard input (`dotenv` or `dotenv:-`), a
    /// file descriptor (`json:/dev/fd/3`) or a file; or, as `env`, the variables of the environment that the inventory
    /// names, for `infisical run -- stanch …`. Each value is found in every form in which it travels; only its name and
    /// its place are told.
    #[arg(long, value_name = "FORMAT[:FILE|-|env]")]
    pub known: Vec<String>,
}

/// Where values come from.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Environment,
    Input(ExportFormat),
    File(ExportFormat, String),
}

impl KnownArgs {
    /// Says whether standard input is taken.
    pub fn takes_input(&self) -> bool {
        self.known.iter().any(|word| matches!(parse(word), Ok(Origin::Input(_))))
    }

    /// Refuses two readers of standard input.
    pub fn leave_input(&self, reader: &str) -> Result<(), CliError> {
        if !self.takes_input() {
            return Ok(());
        }
        let error = anyhow::anyhow!("--known cannot read standard input: {reader} does");
        Err(CliError::user(error)
            .hint("Give the values through another descriptor: --known dotenv:/dev/fd/3 3< <(infisical export)"))
    }

    /// Reads the values and teaches them to the engine. What cannot be searched for is returned by name.
    pub fn arm(&self, setup: &mut Setup) -> Result<Vec<Notice>, CliError> {
        if self.known.is_empty() {
            return Ok(Vec::new());
        }
        let values = self.values(&setup.policy.inventory)?;
        let mut refused: Vec<(String, Unmatchable)> = Vec::new();
        let known = Known::new(values, &mut refused);
        log::info!("{} known values are searched for", known.len());
        let known = Arc::new(known);
        // Ready when the first file has been found and read. Where there is no thread for it, whoever needs it waits.
        let early = Arc::clone(&known);
        let _ = std::thread::Builder::new().name("known values".to_owned()).spawn(move || early.prepare());
        setup.engine.learn(known);
        let notice = |(name, reason): (String, Unmatchable)| {
            Notice::new(NoticeKind::Warning, name, format!("not matchable: {reason}"))
        };
        Ok(refused.into_iter().map(notice).collect())
    }

    /// Reads the values of all that are secrets.
    pub(super) fn values(&self, inventory: &Inventory) -> Result<Vec<(String, Secret)>, CliError> {
        // Opened before the process closes itself: `/dev/fd` goes by way of its own entry.
        let mut sources = Vec::new();
        for word in &self.known {
            let origin = parse(word)?;
            let file = match &origin {
                Origin::File(_, path) => Some(std::fs::File::open(path).map_err(|error| unopened(word, path, &error))?),
                _ => None,
            };
            sources.push((word, origin, file));
        }
        keep_out_of_core_dumps().map_err(|error| failed("core dumps cannot be switched off", &error))?;
        let mut values = Vec::new();
        for (word, origin, file) in sources {
            let found = match (origin, file) {
                (Origin::File(format, path), Some(file)) => read(format, &path, file)?,
                (Origin::Input(format), _) => read(format, "standard input", std::io::stdin().lock())?,
                _ => environment(inventory)?,
            };
            if found.is_empty() {
                return Err(CliError::user(anyhow::anyhow!("--known {}: there is no value in it", format_of(word))));
            }
            values.extend(found);
        }
        let is_open = |name: &str| inventory.find(name).is_some_and(|secret| !secret.sensitive);
        values.retain(|(name, value)| !is_open(name) && !value.is_empty());
        Ok(values)
    }

    /// Like [`Self::arm`], with the notices handed on.
    pub fn tell(notices: Vec<Notice>, collector: &Collector<'_>) {
        notices.into_iter().for_each(|notice| collector.notice(notice));
    }
}

/// The word before the colon: what follows it might be a value that somebody put there by mistake.
fn format_of(word: &str) -> &str {
    word.split(':').next().unwrap_or_default()
}

fn parse(word: &str) -> Result<Origin, CliError> {
    let (format, source) = word.split_once(':').unwrap_or((word, "-"));
    if word == "env" {
        return Ok(Origin::Environment);
    }
    let format = match format {
        "dotenv" => ExportFormat::Dotenv,
        "json" => ExportFormat::Json,
        "yaml" => ExportFormat::Yaml,
        _ => {
            return Err(CliError::user(anyhow::anyhow!("--known takes FORMAT[:FILE|-|env]"))
                .hint("FORMAT is dotenv, json or yaml; or env for the variables that the inventory names")
                .hint("Values are never given as an argument: other users of the machine can read those."));
        }
    };
    Ok(match source {
        "-" | "" => Origin::Input(format),
        "env" => Origin::Environment,
        path => Origin::File(format, path.to_owned()),
    })
}

/// Reads an export without leaving copies of it behind.
fn read(format: ExportFormat, source: &str, mut input: impl Read) -> Result<Vec<(String, Secret)>, CliError> {
    const MOST: usize = 64 << 20;
    let mut text = Zeroizing::new(Vec::with_capacity(64 << 10));
    let mut block = Zeroizing::new([0; 16 << 10]);
    loop {
        let count = match input.read(&mut *block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(CliError::user(anyhow::anyhow!("--known: {source}: {error}"))),
        };
        if text.len() + count > MOST {
            return Err(CliError::user(anyhow::anyhow!("--known: {source}: more than 64 MiB")));
        }
        if text.len() + count > text.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * text.capacity() + count));
            larger.extend_from_slice(&text);
            text = larger;
        }
        text.extend_from_slice(&block[..count]);
    }
    export::read(format, &text).map_err(|error| CliError::user(anyhow::anyhow!("--known: {source}: {error}")))
}

/// The variables that the inventory names.
fn environment(inventory: &Inventory) -> Result<Vec<(String, Secret)>, CliError> {
    let secrets: Vec<_> = inventory.secrets.iter().filter(|secret| secret.sensitive).collect();
    if secrets.is_empty() {
        return Err(CliError::user(anyhow::anyhow!("--known env: the configuration has no inventory")).hint(
            "List the secrets under `secrets:` in .stanch.yml, or import them: stanch inventory import FILE.md --write",
        ));
    }
    let mut values = Vec::new();
    for secret in secrets {
        for name in std::iter::once(&secret.name).chain(&secret.aliases) {
            if let Some(value) = std::env::var_os(name) {
                values.push((secret.name.clone(), Secret::new(value.into_encoded_bytes())));
            }
        }
    }
    Ok(values)
}

/// A name that leads to no file might be a value that was put there by mistake: it is not repeated.
fn unopened(word: &str, path: &str, error: &std::io::Error) -> CliError {
    if std::fs::symlink_metadata(path).is_ok() {
        return failed(path, error);
    }
    failed(&format!("the file named behind `{}:`", format_of(word)), error)
}

fn failed(what: &str, error: &std::io::Error) -> CliError {
    CliError::user(anyhow::anyhow!("--known: {what}: {error}"))
}

/// No core file, and on Linux no handler of core dumps and no other process of the same user may look into this one.
fn keep_out_of_core_dumps() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    }
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}
