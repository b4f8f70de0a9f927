//! `stanch config`: what can be written into `.stanch.yml`.

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::error::CliError;
use crate::policy::schema;

/// Arguments of `stanch config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    /// What to do with the configuration.
    #[command(subcommand)]
    pub command: ConfigCommand,
}

/// What can be done with the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the JSON schema of .stanch.yml, for editors
    ///
    /// Editors with a YAML language server read it from a comment in the file's first line:
    /// `# yaml-language-server: $schema=./stanch.schema.json`
    Schema,
}

/// Runs the command.
pub fn run(args: &ConfigArgs) -> Result<u8, CliError> {
    let ConfigCommand::Schema = args.command;
    let mut text = serde_json::to_string_pretty(&schema::schema()).map_err(CliError::user)?;
    text.push('\n');
    io::stdout().write_all(text.as_bytes()).map_err(|error| CliError::output(error, "the schema"))?;
    Ok(0)
}
