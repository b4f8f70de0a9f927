//! Reports to files and standard output: complete or not at all.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::args::{ColorArg, FormatArg, Global};
use super::error::CliError;
use super::signal;
use super::stream::Stream;
use crate::report::{self, Format, Report, Style};

static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes temporary files of reports that were being written when a signal came.
pub fn forget_unfinished() {
    if let Ok(paths) = UNFINISHED.try_lock() {
        for path in paths.iter() {
            drop(std::fs::remove_file(path));
        }
    }
}

/// Writes the report in every format that was asked for and returns the exit code.
pub fn finish(global: &Global, report: &Report) -> Result<u8, CliError> {
    finish_as(global, report, &format!("stanch/{}", report.mode))
}

/// The same, with the SARIF category to be used when the command line names none.
pub fn finish_as(global: &Global, report: &Report, category: &str) -> Result<u8, CliError> {
    finish_all(global, report, category, None)
}

/// The same for a run whose JSON Lines are written already, as far as they were known.
pub fn finish_stream(global: &Global, report: &Report, stream: Option<Stream>) -> Result<u8, CliError> {
    finish_all(global, report, &format!("stanch/{}", report.mode), stream)
}

fn finish_all(global: &Global, report: &Report, category: &str, mut stream: Option<Stream>) -> Result<u8, CliError> {
    let category = global.sarif_category.as_deref().unwrap_or(category).trim_matches('/');
    let print = |format: Format, style: Style, out: &mut dyn Write| match format {
        Format::Sarif => report::write_sarif(report, category, out),
        _ => report::write(format, report, style, out),
    };
    if signal::flag().load(std::sync::atomic::Ordering::SeqCst) {
        return Err(CliError::interrupted());
    }
    for (format, output) in plan(global)? {
        let is_terminal = output.is_none() && io::stdout().is_terminal();
        let style = Style { color: use_color(global.color, is_terminal), verbose: global.verbose };
        if let Some(stream) = stream.take_if(|stream| format == Format::Jsonl && stream.output == output) {
            stream.end(report)?;
            continue;
        }
        match output {
            None => {
                let mut stdout = io::BufWriter::new(io::stdout().lock());
                print(format, style, &mut stdout)
                    .and_then(|()| stdout.flush())
                    .map_err(|error| CliError::output(error, "the report"))?;
            }
            Some(path) => {
                write_as(&path, if global.show_secrets { OWNER } else { ANYBODY }, |out| print(format, style, out))?;
            }
        }
    }
    if let Some(path) = &global.receipt {
        write_file(path, |out| report::write(Format::Receipt, report, Style::default(), out))?;
    }
    Ok(report.outcome().exit_code())
}

/// Writes something that is no report of findings in every format that was asked for; `write` has nothing for formats that do
/// not fit.
pub fn each(
    global: &Global,
    write: impl Fn(Format, Style, &mut dyn Write) -> Option<io::Result<()>>,
) -> Result<(), CliError> {
    if signal::flag().load(std::sync::atomic::Ordering::SeqCst) {
        return Err(CliError::interrupted());
    }
    for (format, output) in plan(global)? {
        let unfit = || CliError::user(anyhow::anyhow!("--format {} does not fit this command", format.as_str()));
        if write(format, Style::default(), &mut io::sink()).is_none() {
            return Err(unfit());
        }
        let is_terminal = output.is_none() && io::stdout().is_terminal();
        let style = Style { color: use_color(global.color, is_terminal), verbose: global.verbose };
        let complete = |out: &mut dyn Write| write(format, style, out).unwrap_or(Ok(()));
        match output {
            None => {
                let mut stdout = io::BufWriter::new(io::stdout().lock());
                let written = complete(&mut stdout).and_then(|()| stdout.flush());
                written.map_err(|error| CliError::output(error, "the report"))?;
            }
            Some(path) => write_file(&path, |out| complete(out))?,
        }
    }
    Ok(())
}

/// Which format goes where: the n-th format to the n-th output; a format without an output goes to standard output.
pub fn plan(global: &Global) -> Result<Vec<(Format, Option<PathBuf>)>, CliError> {
    let formats = if global.format.is_empty() { vec![FormatArg::Text] } else { global.format.clone() };
    if global.output.len() > formats.len() {
        return Err(CliError::user(anyhow::anyhow!("there are more --output than --format")));
    }
    let outputs = global.output.iter().map(|path| (path != Path::new("-")).then(|| path.clone()));
    let plan: Vec<_> = formats.into_iter().map(format_of).zip(outputs.chain(std::iter::repeat(None))).collect();
    if plan.iter().filter(|(_, output)| output.is_none()).count() > 1 {
        return Err(CliError::user(anyhow::anyhow!(
            "two formats cannot share standard output; give each its --output"
        )));
    }
    Ok(plan)
}

fn format_of(format: FormatArg) -> Format {
    match format {
        FormatArg::Text => Format::Text,
        FormatArg::Json => Format::Json,
        FormatArg::Jsonl => Format::Jsonl,
        FormatArg::Sarif => Format::Sarif,
        FormatArg::Github => Format::Github,
        FormatArg::Markdown => Format::Markdown,
        FormatArg::Csv => Format::Csv,
        FormatArg::Html => Format::Html,
        FormatArg::Junit => Format::Junit,
        FormatArg::Gitlab => Format::Gitlab,
    }
}

/// Writes a file beside its place and renames it when it is complete.
pub fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    write_as(path, ANYBODY, write)
}

/// Who may read a new file, before the user's own mask: one that holds values is for its owner.
const ANYBODY: u32 = 0o666;
const OWNER: u32 = 0o600;

/// Like [`write_file`]; a file that is there keeps its permissions.
fn write_as(path: &Path, mode: u32, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    let fail = |error: io::Error| CliError::output(error, &path.display().to_string());
    let known = std::fs::metadata(path).ok();
    // A device or a pipe cannot be replaced by a file.
    if known.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        let mut file = io::BufWriter::new(std::fs::OpenOptions::new().write(true).open(path).map_err(fail)?);
        return write(&mut file).and_then(|()| file.flush()).map_err(fail);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    let file = builder.prefix(".stanch-").tempfile_in(folder).map_err(fail)?;
    if let Some(known) = known.filter(|_| mode != OWNER) {
        file.as_file().set_permissions(known.permissions()).map_err(fail)?;
    }
    let remember = |paths: &mut Vec<PathBuf>| paths.push(file.path().to_owned());
    UNFINISHED.lock().map(|mut paths| remember(&mut paths)).unwrap_or_default();
    let mut buffer = io::BufWriter::new(&file);
    write(&mut buffer).and_then(|()| buffer.flush()).map_err(fail)?;
    drop(buffer);
    file.as_file().sync_all().map_err(fail)?;
    file.persist(path).map_err(|error| fail(error.error))?;
    Ok(())
}

/// Colours by the flag, then NO_COLOR and CLICOLOR, then the terminal.
pub fn use_color(color: ColorArg, is_terminal: bool) -> bool {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    match color {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) => false,
        ColorArg::Auto if is_set("CLICOLOR_FORCE") => true,
        ColorArg::Auto if std::env::var_os("CLICOLOR").is_some_and(|value| value == "0") => false,
        ColorArg::Auto => is_terminal,
    }
}

/// Sets up the log on standard error; silent unless asked.
pub fn init_logging(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => log::LevelFilter::Off,
        (false, 0) => log::LevelFilter::Error,
        (false, 1) => log::LevelFilter::Info,
        (false, 2) => log::LevelFilter::Debug,
        (false, _) => log::LevelFilter::Trace,
    };
    let mut builder = env_logger::Builder::new();
    // A line of the log may quote a name or an argument.
    builder.format(|out, record| {
        let text = report::harmless(record.args().to_string().as_bytes());
        writeln!(out, "stanch: {}", super::error::discreet(&text))
    });
    drop(builder.filter_module("stanch", level).try_init());
}
