//! `stanch push`: the check before a push is sent, or before a server takes it.

use std::io::{self, Read};
use std::path::Path;

use bstr::BString;

use super::args::{Global, PushArgs};
use super::error::CliError;
use super::{output, setup};
use crate::gate::protected;
use crate::scan::Collector;
use crate::source::git::{GitEnvironment, Repository};
use crate::source::push::{self, Side};

/// Runs the command.
pub fn run(global: &Global, args: &PushArgs) -> Result<u8, CliError> {
    let environment = GitEnvironment::from_process();
    let repository = Repository::require(Path::new("."), &environment)?;
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input).map_err(CliError::user)?;
    let (updates, side) = if args.pre_receive {
        (push::parse_pre_receive(&input, &repository)?, Side::Receiving)
    } else {
        let remote = BString::from(args.remote.clone().unwrap_or_else(|| "origin".to_owned()));
        (push::parse_pre_push(&input, &repository)?, Side::Sending { remote })
    };
    let root = repository.work_dir().unwrap_or(&repository.git_dir).to_owned();
    let files = protected::of_push(&repository, &updates, &side)?;
    let setup = setup::build_from(global, Some(&root), &files)?;
    let collector = Collector::new(&setup);
    push::scan(&repository, &updates, &side, &collector)?;
    output::finish(global, &collector.finish("push"))
}
