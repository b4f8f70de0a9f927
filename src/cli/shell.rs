//! Completions and manual pages, made from the same definitions as the help.

use std::io::{self, Write};

use clap::CommandFactory;

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::error::CliError;
use super::output;

/// Runs `stanch completions`.
pub fn completions(args: &CompletionsArgs) -> Result<u8, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "stanch", &mut script);
    io::stdout().write_all(&script).map_err(|error| CliError::output(error, "the completion script"))?;
    Ok(0)
}

/// Runs `stanch man`.
pub fn man(args: &ManArgs) -> Result<u8, CliError> {
    let mut command = Cli::command();
    command.build();
    let Some(directory) = &args.directory else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page).map_err(|error| CliError::output(error, "the manual page"))?;
        io::stdout().write_all(&page).map_err(|error| CliError::output(error, "the manual page"))?;
        return Ok(0);
    };
    std::fs::create_dir_all(directory).map_err(|error| CliError::output(error, &directory.display().to_string()))?;
    let mut pending = vec![("stanch".to_owned(), command)];
    while let Some((name, command)) = pending.pop() {
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            pending.push((format!("{name}-{}", sub.get_name()), sub.clone()));
        }
        let man = clap_mangen::Man::new(command.display_name(name.clone()));
        output::write_file(&directory.join(format!("{name}.1")), |out| {
            let mut page = Vec::new();
            man.render(&mut page)?;
            out.write_all(&page)
        })?;
    }
    Ok(0)
}
