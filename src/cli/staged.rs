//! `stanch staged`: what the next commit would record.

use std::path::Path;

use super::args::{Global, StagedArgs};
use super::error::CliError;
use super::known::KnownArgs;
use super::stream::Stream;
use super::{output, seal, setup};
use crate::scan::Collector;
use crate::source::git::{GitEnvironment, Repository};
use crate::source::{PolicyFiles, staged};

/// Runs the command.
pub fn run(global: &Global, args: &StagedArgs) -> Result<u8, CliError> {
    let environment = GitEnvironment::from_process();
    let repository = Repository::require(Path::new("."), &environment)?;
    let root = repository.work_dir()?.to_owned();
    let files = PolicyFiles::on_disk(Some(&root));
    let mut setup = setup::build_from(global, Some(&root), &files)?;
    seal::arm(global, &mut setup, &files)?;
    let notices = args.known.arm(&mut setup)?;
    let stream = Stream::start(global, &setup, "staged")?;
    let collector = Collector::new(&setup).telling(stream.as_ref().map(Stream::listener));
    KnownArgs::tell(notices, &collector);
    staged::scan(&repository, &collector)?;
    let report = collector.finish("staged");
    output::finish_stream(global, &report, stream)
}
