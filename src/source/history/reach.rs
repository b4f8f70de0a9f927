//! From which refs the commits of a range can be reached: for findings of a range, as a sweep tells it of its own.

use std::collections::HashMap;

use bstr::BString;

use super::range::{Bounds, walk};
use crate::model::{Notice, ObjectId, Receipt};
use crate::source::git::{Objects, Repository};
use crate::source::{Item, Sink, SourceError};

/// The full names of the refs that reach each commit beyond `bounds.exclude`, sorted. A commit that is not among them is
/// reached by none.
pub fn reaching(
    repository: &Repository,
    objects: &Objects,
    bounds: &Bounds,
) -> Result<HashMap<ObjectId, Vec<BString>>, SourceError> {
    // What is wrong with the refs beside the range is none of its findings' business.
    let (references, _) = repository.references()?;
    let own = references.into_iter().filter(|reference| !reference.is_symbolic && reference.name.starts_with(b"refs/"));
    let include = own.map(|reference| (reference.name, reference.target)).collect();
    let range = walk(repository, objects, &Bounds { include, ..bounds.clone() }, &Deaf)?;
    let sorted = |mut names: Vec<BString>| {
        names.sort();
        names.dedup();
        names
    };
    Ok(range.commits.into_iter().map(|one| (one.commit.id, sorted(one.tips))).collect())
}

/// Takes no notice: what the range itself lacks was told when it was walked.
struct Deaf;

impl Sink for Deaf {
    fn item(&self, _: Item<'_>) {}
    fn notice(&self, _: Notice) {}
    fn count(&self, _: &Receipt) {}
}
