//! `stanch scan`: files, folders and standard input.

use std::io;
use std::path::{Path, PathBuf};

use super::args::{Global, ScanArgs};
use super::error::CliError;
use super::known::KnownArgs;
use super::stream::Stream;
use super::{output, progress, seal, setup};
use crate::scan::Collector;
use crate::scan::parity::Templates;
use crate::source::Sink;
use crate::source::content::ContentLimits;
use crate::source::git::{GitEnvironment, Repository};
use crate::source::{PolicyFiles, stdin, worktree};
use crate::triage::Breadth;

/// Runs the command.
pub fn run(global: &Global, args: &ScanArgs) -> Result<u8, CliError> {
    let environment = GitEnvironment::from_process();
    let is_stdin = args.paths.iter().any(|path| path == Path::new("-"));
    let mut paths: Vec<PathBuf> = args.paths.iter().filter(|path| *path != Path::new("-")).cloned().collect();
    if paths.is_empty() && !is_stdin {
        paths.push(PathBuf::from("."));
    }
    let root = paths.first().and_then(|path| root_of(path, &environment));
    if is_stdin {
        args.known.leave_input("`scan -`")?;
    }
    let files = PolicyFiles::on_disk(root.as_deref());
    let mut setup = setup::build_from(global, root.as_deref(), &files)?;
    seal::arm(global, &mut setup, &files)?;
    if args.template_parity && setup.policy.inventory.secrets.is_empty() {
        let error = anyhow::anyhow!("--template-parity: the configuration has no inventory");
        return Err(CliError::user(error).hint("Import it: stanch inventory import PROCEDURE.md --write"));
    }
    if is_whole(&paths, root.as_deref()) {
        setup.breadth = Breadth::Tree;
    }
    let notices = args.known.arm(&mut setup)?;
    let stream = Stream::start(global, &setup, "scan")?;
    let collector = Collector::new(&setup).telling(stream.as_ref().map(Stream::listener));
    KnownArgs::tell(notices, &collector);
    let bar = progress::start(global, "scanning files", &setup.meter);
    if !paths.is_empty() {
        let request = worktree::Request {
            paths: &paths,
            ignored: args.ignored,
            threads: global.jobs.unwrap_or(0),
            limits: ContentLimits::default(),
            environment: &environment,
        };
        if args.template_parity {
            let templates = Templates::new(&collector);
            worktree::scan(&request, &templates)?;
            templates.tell();
        } else {
            worktree::scan(&request, &collector)?;
        }
    }
    // Last, for nobody knows when it ends.
    if is_stdin && !collector.cancelled() {
        stdin::scan(&mut io::stdin().lock(), ContentLimits::default(), &collector);
    }
    let report = collector.finish("scan");
    drop(bar);
    output::finish_stream(global, &report, stream)
}

/// Says whether the walk sees all of what exceptions may speak of.
fn is_whole(paths: &[PathBuf], root: Option<&Path>) -> bool {
    let real = |path: &Path| path.canonicalize().ok();
    root.and_then(real).is_some_and(|root| paths.iter().any(|path| real(path).as_ref() == Some(&root)))
}

/// The root of the repository around `path`, or the folder itself.
fn root_of(path: &Path, environment: &GitEnvironment) -> Option<PathBuf> {
    let folder = if path.is_dir() { path } else { path.parent().filter(|folder| !folder.as_os_str().is_empty())? };
    match Repository::discover(folder, environment) {
        Ok(Some(repository)) => repository.work_dir().map(Path::to_owned).ok(),
        _ => Some(folder.to_owned()),
    }
}
