//! x
pub mod args;
pub mod error;
pub mod rules;
pub mod setup;
pub mod shell;
pub mod signal;
pub mod output {
    use super::{args::*, error::CliError};
    use std::io::Write;
    use std::path::Path;
    pub fn forget_unfinished() {}
    pub fn write_file(
        _path: &Path,
        _write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), CliError> {
        Ok(())
    }
    pub fn init_logging(_global: &Global) {}
}
use args::{Cli, Command};
use clap::Parser;
use error::CliError;
use std::process::ExitCode;
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return args::refuse(&error),
    };
    match dispatch(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => error.report(),
    }
}
fn dispatch(cli: Cli) -> Result<u8, CliError> {
    let global = cli.global;
    match cli.command {
        Command::Rules(args) => rules::run(&global, &args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
        _ => Ok(2),
    }
}
