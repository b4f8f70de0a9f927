//! `stanch history`: every object that git still keeps, or a range of commits.

use std::path::{Path, PathBuf};

use super::args::{Global, HistoryArgs};
use super::error::CliError;
use super::{output, progress, setup};
use crate::scan::Collector;
use crate::scan::history::{self, SweepPlan};
use crate::source::git::{GitEnvironment, Repository};
use crate::source::odb::ObjectStore;

/// Runs the command.
pub fn run(global: &Global, args: &HistoryArgs) -> Result<u8, CliError> {
    let environment = GitEnvironment::from_process();
    let start = args.repo.clone().unwrap_or_else(|| PathBuf::from("."));
    let repository = Repository::require(&start, &environment)?;
    let root = repository.work_dir().unwrap_or(&repository.git_dir).to_owned();
    let setup = setup::build(global, Some(&root))?;
    let collector = Collector::new(&setup);
    let bar = progress::start(global, "sweeping the history");
    let store = ObjectStore::open(&[repository.objects_dir()], repository.hash);
    let threads = global.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let plan = SweepPlan { full_scan: args.full_scan, only: None, threads };
    let swept = history::sweep(&store, &collector, plan);
    for (id, spots) in swept.blobs {
        let mut provenance = crate::model::Provenance::new(crate::model::Origin::Blob, None);
        provenance.object = Some(id);
        for spot in spots {
            collector.adopt(spot, provenance.clone(), None);
        }
    }
    let report = collector.finish("history");
    drop(bar);
    let _ = Path::new("");
    output::finish(global, &report)
}
