//! `stanch known seal`: from the vault's values to a file that can be committed; and its use where checks begin.
//!
//! The file is read through the same door as the configuration, so that no change can take it away from its own check.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, Subcommand};

use super::args::Global;
use super::error::CliError;
use super::known::KnownArgs;
use super::{output, setup};
use crate::detect::Seal;
use crate::detect::seal::{self, Cost, SealError, Weak};
use crate::policy::Policy;
use crate::scan::Setup;
use crate::source::PolicyFiles;
use crate::source::git::{GitEnvironment, Repository};

/// Arguments of `stanch known`.
#[derive(Debug, Args)]
pub struct SealArgs {
    /// What to do with known values.
    #[command(subcommand)]
    pub command: SealCommand,
}

/// What can be done with known values.
#[derive(Debug, Subcommand)]
pub enum SealCommand {
    /// Write .stanch.seal: slow hashes of the values, to be committed
    ///
    /// Laptops that may not hold the values check against it: `staged`, `commit-msg`, `scan`, `push` and `ci` use it wherever the
    /// repository has one, and name the secret whose value they find, as it is or behind base64, hexadecimal,
    /// percent-encoding and escapes. `history` uses it for ranges, and for a whole sweep with --sealed, which is slow: where the
    /// values are at hand, --known is faster and finds more.
    #[command(after_help = "\
What can be guessed from the file: names are in it, and the lengths of all values without saying whose they are. Whoever
has it can try guesses: a wrong one costs them a quick hash, and once in 4096 times an Argon2id of 19 MiB. So values with
fewer than 64 random bits are not sealed but named, and nobody comes upon the others. A value that somebody already
suspects can be confirmed. Seal anew after every rotation; an old seal confirms old values only.

Examples:
  infisical export | stanch known seal --known dotenv
  infisical run -- stanch known seal --known env

Exit codes:
  0  every value is sealed
  2  nothing was written
  3  the file is written, but not all values are in it: the others are named (0 with --allow-incomplete)")]
    Seal {
        /// Known values.
        #[command(flatten)]
        known: KnownArgs,
    },
}

/// Runs the command.
pub fn run(global: &Global, args: &SealArgs) -> Result<u8, CliError> {
    let SealCommand::Seal { known } = &args.command;
    if known.known.is_empty() {
        return Err(CliError::user(anyhow::anyhow!("--known is needed: where the values come from"))
            .hint("infisical export | stanch known seal --known dotenv"));
    }
    let found = Repository::discover(Path::new("."), &GitEnvironment::from_process())?;
    let root = found.and_then(|repository| repository.work_dir().ok().map(Path::to_owned)).unwrap_or(".".into());
    let (policy, folder) = setup::read_policy(global, &PolicyFiles::on_disk(Some(&root)))?;
    let values = known.values(&policy.inventory)?;
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|error| CliError::output(io::Error::other(error.to_string()), "a salt"))?;
    let mut refused: Vec<(String, Weak)> = Vec::new();
    let sealed = Seal::make(values, salt, Cost::USUAL, &mut refused)?;
    if sealed.is_empty() {
        let mut error = CliError::user(anyhow::anyhow!("no value can be sealed"));
        for (name, reason) in &refused {
            error = error.hint(format!("{name}: {reason}"));
        }
        return Err(error);
    }
    let text = sealed.to_string();
    let target = match global.output.as_slice() {
        [] => root.join(path(&policy, &folder)),
        [one] => one.clone(),
        _ => return Err(CliError::user(anyhow::anyhow!("one --output is enough"))),
    };
    if target == Path::new("-") {
        io::stdout().write_all(text.as_bytes()).map_err(|error| CliError::output(error, "the seal"))?;
    } else {
        output::write_file(&target, |out| out.write_all(text.as_bytes()))?;
    }
    if !global.quiet {
        let count = sealed.len();
        let noun = if count == 1 { "value" } else { "values" };
        anstream::eprintln!("stanch: {}: {count} {noun} sealed; commit it", target.display());
    }
    for (name, reason) in &refused {
        anstream::eprintln!("stanch: {name} is not sealed: {reason}");
    }
    Ok(if refused.is_empty() || global.allow_incomplete { 0 } else { 3 })
}

/// Where the seal is: where the configuration says, or at the root.
pub fn path(policy: &Policy, folder: &Path) -> PathBuf {
    policy.spec.seal.as_ref().map_or_else(|| PathBuf::from(seal::FILE), |name| folder.join(name))
}

/// Lets the engine look for the sealed values, where there are any. A seal that the configuration names must be there.
pub fn arm(global: &Global, setup: &mut Setup, files: &PolicyFiles) -> Result<(), CliError> {
    let folder = setup::config_path(global).parent().map(Path::to_owned).unwrap_or_default();
    let path = path(&setup.policy, &folder);
    match setup::text(&path, files)? {
        Some(text) => setup.engine.guard(Arc::new(Seal::parse(&text, &files.label(&path))?)),
        None if setup.policy.spec.seal.is_some() => {
            let message =
                anyhow::anyhow!("{}: the configuration names this seal, and it is not there", files.label(&path));
            return Err(CliError::user(message).hint("Make it: infisical export | stanch known seal --known dotenv"));
        }
        None => {}
    }
    Ok(())
}

impl From<SealError> for CliError {
    fn from(error: SealError) -> Self {
        Self::user(error)
    }
}
