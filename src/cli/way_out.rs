//! Tells whoever pushed how to get out of a refused push: which commits, and the commands for them.

use std::io;

use super::args::{FormatArg, Global};
use super::error::CliError;
use crate::model::ObjectId;
use crate::report::Report;
use crate::report::blocked::{self, Blocked, BlockedCommit};
use crate::source::git::Repository;
use crate::source::history::range::Range;
use crate::source::push::{self, Side, Update};

/// Whether somebody reads text on standard output.
pub fn is_told(global: &Global) -> bool {
    global.output.is_empty() && (global.format.is_empty() || global.format == [FormatArg::Text])
}

/// Prints it below the report.
pub fn tell(
    repository: &Repository,
    updates: &[Update],
    side: &Side,
    range: &Range,
    report: &Report,
) -> Result<(), CliError> {
    let ids: Vec<ObjectId> = range.commits.iter().map(|one| one.commit.id).collect();
    let is_received = *side == Side::Receiving;
    let published = if is_received { vec![None; ids.len()] } else { push::published(repository, &ids)? };
    let commits = range.commits.iter().zip(published).map(|(one, published)| BlockedCommit {
        id: one.commit.id,
        parent: one.parents.first().copied(),
        is_merge: one.parents.len() > 1,
        refs: one.tips.clone(),
        tip_of: updates.iter().filter(|update| update.new == one.commit.id).map(|update| update.name.clone()).collect(),
        published,
    });
    let blocked = Blocked { head: repository.head()?.target, commits: commits.collect(), is_received };
    let mut stdout = io::stdout().lock();
    blocked::write(report, &blocked, &mut stdout).map_err(|error| CliError::output(error, "the way out"))
}
