//! `stanch respond`: from a sweep to what is to be done, and whether it was done.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::Global;
use super::error::CliError;
use super::known::KnownArgs;
use super::{output, progress, setup};
use crate::gate::respond::{self, Context, Input, InputError, Traces, rewrite, verify};
use crate::model::Notice;
use crate::report::{self, Format, Report, Style};
use crate::scan::Setup;
use crate::source::git::{GitEnvironment, Repository};
use crate::triage::Breadth;

/// Arguments of `stanch respond`.
#[derive(Debug, Args)]
#[command(after_help = "\
Which secrets leaked, whose they are and by when they must be replaced; since when and from where each could be
read; how to replace it; how to rewrite the history; whom to tell; what to write down. No value is in it.

Examples:
  stanch history --format json --output sweep.json
  stanch respond sweep.json
  stanch respond sweep.json --format json --output ../response.json
  stanch respond sweep.json --expressions ../replace.txt     for git filter-repo --replace-text
  infisical export | stanch respond --known dotenv           sweep now, with the vault's values
  stanch respond ../response.json --verify                   after the rewrite: is anything left?
  stanch respond --cleanup ../replace.txt

Exit codes:
  0  nothing to respond to; with --verify: nothing is left
  1  there is; with --verify: something is left
  3  not everything could be read")]
pub struct RespondArgs {
    /// Report of `stanch history --format json`; `-` is standard input [default: sweep now]
    #[arg(value_name = "REPORT.json")]
    pub report: Option<PathBuf>,
    /// The repository [default: the one around the current folder]
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// Check that nothing of it is left in any ref, reflog, stash or unreachable object
    #[arg(long, conflicts_with_all = ["expressions", "cleanup"], requires = "report")]
    pub verify: bool,
    /// Write the replacements for git filter-repo into this new file, outside of the repository. It holds the values
    #[arg(long, value_name = "FILE", conflicts_with = "cleanup")]
    pub expressions: Option<PathBuf>,
    /// Overwrite and delete a file of replacements
    #[arg(long, value_name = "FILE", conflicts_with = "report")]
    pub cleanup: Option<PathBuf>,
    /// Known values, for a sweep that is made now.
    #[command(flatten)]
    pub known: KnownArgs,
}

/// Runs the command.
pub fn run(global: &Global, args: &RespondArgs) -> Result<u8, CliError> {
    if let Some(path) = &args.cleanup {
        return shred(path);
    }
    let environment = GitEnvironment::from_process();
    let start = args.repo.clone().unwrap_or_else(|| PathBuf::from("."));
    let repository = Repository::require(&start, &environment)?;
    let root = repository.work_dir().unwrap_or(&repository.git_dir).to_owned();
    let mut setup = setup::build(global, Some(&root))?;
    setup.breadth = Breadth::History;
    if args.report.as_deref() == Some(Path::new("-")) {
        args.known.leave_input("the report")?;
    }
    let notices = args.known.arm(&mut setup)?;
    let has_known = !args.known.known.is_empty();
    let given = args.report.as_deref().map(read).transpose()?;
    if args.verify {
        let traces = match given {
            Some(Input::Traces(traces)) => traces,
            Some(Input::Sweep(sweep)) => Traces::of(&sweep),
            None => Traces::default(),
        };
        let sweep = sweep(global, &repository, &setup, notices)?;
        let verification = verify::verify(&traces, &sweep, &repository, &setup.key, has_known)?;
        output::each(global, |format, style, out| {
            respond::format::write_verification(format, &verification, style.color, out)
        })?;
        return Ok(verification.exit_code());
    }
    let sweep = match given {
        Some(Input::Sweep(sweep)) => sweep,
        Some(Input::Traces(_)) => {
            return Err(CliError::user(anyhow::anyhow!("that is a response already"))
                .hint("Give the report of `stanch history --format json`, or add --verify."));
        }
        None => swept(&mut sweep(global, &repository, &setup, notices)?)?,
    };
    let source = args.report.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let context = Context {
        repository: &repository,
        engine: &setup.engine,
        policy: &setup.policy,
        today: setup.today,
        source: &source,
        key: &setup.key,
    };
    let response = respond::respond(&context, &sweep)?;
    if let Some(path) = &args.expressions {
        write_expressions(path, &repository, &response.expressions())?;
    }
    output::each(global, |format, style, out| respond::format::write(format, &response, style.color, out))?;
    Ok(match (response.cases.is_empty(), response.gaps.is_empty() || global.allow_incomplete) {
        (false, _) => 1,
        (true, false) => 3,
        (true, true) => 0,
    })
}

/// Sweeps everything that git keeps.
fn sweep(global: &Global, repository: &Repository, setup: &Setup, notices: Vec<Notice>) -> Result<Report, CliError> {
    let bar = progress::start(global, "sweeping the history", &setup.meter);
    let report = super::sweep::everything(global, repository, setup, notices)?;
    drop(bar);
    Ok(report)
}

/// A sweep as its own report tells it, without values.
fn swept(report: &mut Report) -> Result<respond::Sweep, CliError> {
    report.show_secrets = false;
    let mut json = Vec::new();
    report::write(Format::Json, report, Style::default(), &mut json)
        .map_err(|error| CliError::output(error, "the report"))?;
    match Input::read(&json)? {
        Input::Sweep(sweep) => Ok(sweep),
        Input::Traces(_) => Err(CliError::user(anyhow::anyhow!("the sweep has no report"))),
    }
}

fn read(path: &Path) -> Result<Input, CliError> {
    let mut json = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut json)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut json))
    };
    read.map_err(|error| CliError::user(anyhow::anyhow!("{}: {error}", path.display())))?;
    Input::read(&json).map_err(|error| CliError::user(anyhow::anyhow!("{}: {error}", path.display())))
}

impl From<InputError> for CliError {
    fn from(error: InputError) -> Self {
        Self::user(error)
    }
}

/// Writes the values into a new file that only its owner can read, and never into the repository.
fn write_expressions(path: &Path, repository: &Repository, text: &[u8]) -> Result<(), CliError> {
    let fail = |error: std::io::Error| CliError::output(error, &path.display().to_string());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(fail)?;
    if is_inside(&folder, repository) {
        return Err(CliError::user(anyhow::anyhow!("--expressions: {} lies inside the repository", path.display()))
            .hint("The file holds the values: put it outside, and shred it with --cleanup when the rewrite is done."));
    }
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(fail)?;
    file.write_all(text).and_then(|()| file.sync_all()).map_err(fail)?;
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    anstream::eprintln!("{}: {lines} replacements; shred it with: stanch respond --cleanup {0}", path.display());
    Ok(())
}

/// Says whether a folder belongs to the repository: to one of its work trees, to the project that it is a submodule of, to a submodule
/// of its own, or to where git keeps either.
fn is_inside(folder: &Path, repository: &Repository) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let own = [repository.work_dir.as_ref(), Some(&repository.git_dir), Some(&repository.common_dir)];
    if own.into_iter().flatten().any(|own| folder.starts_with(real(own))) {
        return true;
    }
    // Whose folder it is, whatever the environment says about this repository.
    match Repository::discover(folder, &GitEnvironment::default()) {
        Ok(None) => false,
        Ok(Some(other)) => {
            let (one, other) = (real(&repository.common_dir), real(&other.common_dir));
            one.starts_with(&other) || other.starts_with(&one)
        }
        Err(_) => true,
    }
}

/// Overwrites a file of replacements in place, then deletes it.
fn shred(path: &Path) -> Result<u8, CliError> {
    let fail = |error: std::io::Error| CliError::user(anyhow::anyhow!("{}: {error}", path.display()));
    let is_file = std::fs::symlink_metadata(path).map_err(fail)?.is_file();
    let text = zeroize::Zeroizing::new(if is_file { std::fs::read(path).map_err(fail)? } else { Vec::new() });
    if !rewrite::is_expressions(&text) {
        return Err(CliError::user(anyhow::anyhow!("{} is no file of replacements", path.display()))
            .hint("Only what `stanch respond --expressions` wrote is shredded."));
    }
    let mut file = std::fs::OpenOptions::new().write(true).open(path).map_err(fail)?;
    let written = file.write_all(&vec![0; text.len()]).and_then(|()| file.sync_all());
    written
        .and_then(|()| std::fs::remove_file(path))
        .map_err(|error| CliError::output(error, &path.display().to_string()))?;
    anstream::eprintln!(
        "{}: overwritten and deleted; copies that the file system or a backup made are not",
        path.display()
    );
    Ok(0)
}
