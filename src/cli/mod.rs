//! The command line: arguments, environment, terminal. Nothing below this floor reads any of them.

pub mod args;
pub mod audit;
pub mod author;
pub mod baseline;
pub mod bypass;
pub mod change;
pub mod ci;
pub mod commit_msg;
pub mod config;
pub mod doctor;
pub mod error;
pub mod explain;
pub mod framework;
pub mod history;
pub mod hook;
pub mod init;
pub mod inventory;
pub mod known;
pub mod output;
pub mod progress;
pub mod push;
pub mod register;
pub mod respond;
pub mod rules;
pub mod scan;
pub mod seal;
pub mod setup;
pub mod shell;
pub mod signal;
pub mod staged;
pub mod stream;
mod sweep;
pub mod way_out;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use error::CliError;

/// Runs the program with the process's arguments.
pub fn run() -> ExitCode {
    error::keep_panics_quiet();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return args::refuse(&error),
    };
    output::init_logging(&cli.global);
    signal::install();
    match dispatch(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => error.report(),
    }
}

fn dispatch(cli: Cli) -> Result<u8, CliError> {
    let global = cli.global;
    if let Some(budget) = global.max_memory {
        budget.set();
    }
    match cli.command {
        Command::Scan(args) => scan::run(&global, &args),
        Command::Staged(args) => staged::run(&global, &args),
        Command::History(args) => history::run(&global, &args),
        Command::Push(args) => push::run(&global, &args),
        Command::Ci(args) => ci::run(&global, &args),
        Command::CommitMsg(args) => commit_msg::run(&global, &args),
        Command::Doctor(args) => doctor::run(&global, &args),
        Command::Hook(args) => hook::run(&global, &args),
        Command::Explain(args) => explain::run(&global, &args),
        Command::Audit(args) => audit::run(&global, &args),
        Command::Respond(args) => respond::run(&global, &args),
        Command::Rotation(args) => register::rotation(&global, &args),
        Command::Incident(args) => register::incident(&global, &args),
        Command::Baseline(args) => baseline::run(&global, &args),
        Command::Rules(args) => rules::run(&global, &args),
        Command::Init(args) => init::run(&global, &args),
        Command::Config(args) => config::run(&args),
        Command::Inventory(args) => inventory::run(&global, &args),
        Command::Known(args) => seal::run(&global, &args),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    }
}
