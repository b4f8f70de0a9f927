//! `stanch inventory`: the secrets that there are, from written procedures into the configuration.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::args::{FormatArg, Global};
use super::error::CliError;
use super::{output, setup};
use crate::policy::inventory::{import, yaml};
use crate::policy::{Inventory, Policy};
use crate::source::PolicyFiles;
use crate::source::git::{GitEnvironment, Repository};

/// Arguments of `stanch inventory`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  stanch inventory import docs/secrets.md --write
  stanch inventory list")]
pub struct InventoryArgs {
    /// What to do with the inventory.
    #[command(subcommand)]
    pub command: InventoryCommand,
}

/// What can be done with the inventory.
#[derive(Debug, Subcommand)]
pub enum InventoryCommand {
    /// Read the tables of written procedures (Markdown) and print the inventory as YAML
    ///
    /// Reads tables whose first column is `Secret` or `Secret Key`: owner, environment, rotation, sensitivity and leak
    /// impact; severities also from a classification list; playbooks from the sections that name a secret. What cannot
    /// be read is told on standard error. Values are neither read nor written.
    Import {
        /// The procedures
        #[arg(required = true, value_name = "FILE.md")]
        files: Vec<PathBuf>,
        /// Add it to the configuration, which must not hold an inventory yet
        #[arg(long)]
        write: bool,
    },
    /// List the inventory (with --format json: everything about each secret)
    List,
}

/// Runs the command.
pub fn run(global: &Global, args: &InventoryArgs) -> Result<u8, CliError> {
    match &args.command {
        InventoryCommand::Import { files, write } => import(global, files, *write),
        InventoryCommand::List => list(global),
    }
}

/// The repository's root, or the current folder.
fn root() -> PathBuf {
    let found = Repository::discover(Path::new("."), &GitEnvironment::from_process());
    found.ok().flatten().and_then(|repository| repository.work_dir().ok().map(Path::to_owned)).unwrap_or(".".into())
}

fn import(global: &Global, files: &[PathBuf], write: bool) -> Result<u8, CliError> {
    let mut imported = import::Imported::default();
    for path in files {
        let read = std::fs::read_to_string(path);
        let text = read.map_err(|error| CliError::user(anyhow::anyhow!("{}: {error}", path.display())))?;
        let mut found = import::read(&text);
        found.remarks.iter_mut().for_each(|remark| *remark = format!("{}: {remark}", path.display()));
        imported.merge(found);
    }
    if imported.secrets.is_empty() {
        return Err(CliError::user(anyhow::anyhow!("no table of secrets was found")).hint(
            "A table needs a header whose first column is `Secret` or `Secret Key`, and a line of dashes below it.",
        ));
    }
    let yaml = yaml::write(&imported);
    Policy::parse(&yaml, "the imported inventory")?;
    if !global.quiet {
        for remark in &imported.remarks {
            anstream::eprintln!("stanch: {remark}");
        }
    }
    if !write {
        io::stdout().write_all(yaml.as_bytes()).map_err(|error| CliError::output(error, "the inventory"))?;
        return Ok(0);
    }
    let path = global.config.clone().unwrap_or_else(|| root().join(setup::CONFIG));
    let old = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(CliError::user(anyhow::anyhow!("{}: {error}", path.display()))),
    };
    let name = path.display().to_string();
    if !Policy::parse(&old, &name)?.inventory.secrets.is_empty() {
        return Err(CliError::user(anyhow::anyhow!("{name} holds an inventory already"))
            .hint("Print the new one without --write and merge the two by hand."));
    }
    let gap = if old.is_empty() || old.ends_with('\n') { "" } else { "\n" };
    let new = format!("{old}{gap}{yaml}");
    Policy::parse(&new, &name)?;
    output::write_file(&path, |out| out.write_all(new.as_bytes()))?;
    if !global.quiet {
        let count = imported.secrets.len();
        anstream::eprintln!("stanch: {name}: {count} secrets written; review them, then commit it");
    }
    Ok(0)
}

#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    description: Option<&'a str>,
    owner: Option<&'a str>,
    environments: &'a [String],
    folders: &'a [String],
    severity: Option<&'a str>,
    sensitive: bool,
    rotation: Option<String>,
    rotation_days: Option<u32>,
    impact: Option<&'a str>,
    syncs_to: &'a [String],
    aliases: &'a [String],
    rules: &'a [String],
    playbook: &'a [String],
}

fn list(global: &Global) -> Result<u8, CliError> {
    let (policy, _) = setup::read_policy(global, &PolicyFiles::on_disk(Some(&root())))?;
    let inventory = &policy.inventory;
    let mut text = String::new();
    if global.format.contains(&FormatArg::Json) {
        let listed: Vec<Listed<'_>> = inventory.secrets.iter().map(|secret| listed(inventory, secret)).collect();
        text = serde_json::to_string_pretty(&listed).map_err(CliError::user)?;
        text.push('\n');
    } else {
        let width = inventory.secrets.iter().map(|secret| secret.name.chars().count()).max().unwrap_or(0);
        for secret in &inventory.secrets {
            let severity = secret.severity.map_or("-", |severity| severity.as_str());
            let kind = if secret.sensitive { "secret" } else { "public" };
            let rotation = secret.rotation.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
            let owner = secret.owner.as_deref().unwrap_or("-");
            writeln!(text, "{:width$}  {kind}  {severity:8}  {rotation}  ({owner})", secret.name).unwrap_or_default();
        }
        writeln!(text, "{} secrets", inventory.secrets.len()).unwrap_or_default();
    }
    io::stdout().write_all(text.as_bytes()).map_err(|error| CliError::output(error, "the list"))?;
    Ok(0)
}

fn listed<'a>(inventory: &'a Inventory, secret: &'a crate::policy::InventoriedSecret) -> Listed<'a> {
    Listed {
        name: &secret.name,
        description: secret.description.as_deref(),
        owner: secret.owner.as_deref(),
        environments: &secret.environments,
        folders: &secret.folders,
        severity: secret.severity.map(|severity| severity.as_str()),
        sensitive: secret.sensitive,
        rotation: secret.rotation.as_ref().map(ToString::to_string),
        rotation_days: secret.rotation.as_ref().and_then(|rotation| rotation.days),
        impact: secret.impact.as_deref(),
        syncs_to: &secret.syncs_to,
        aliases: &secret.aliases,
        rules: &secret.rules,
        playbook: inventory.playbook(secret),
    }
}
