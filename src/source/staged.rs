//! What the next commit would record: the index against `HEAD`, and against the other parents of a merge.
//!
//! Contents come from the index, never from the work tree. The whole blob is shown; its scope is what no parent has.

mod compare;
#[cfg(test)]
mod tests;

use crate::model::{Notice, NoticeKind, ObjectId, Origin, Provenance, Receipt, Scope};

use super::git::index::Index;
use super::git::trees::{Node, Trees};
use super::git::{Commit, Kind, ObjectError, Objects, Repository, lines};
use super::{Item, Sink, SourceError, oversize};

pub use compare::Change;

/// Reads the staged changes of `repository`. Fails when the index or `HEAD` cannot be read.
pub fn scan(repository: &Repository, sink: &dyn Sink) -> Result<(), SourceError> {
    repository.work_dir()?;
    let index = Index::read(&repository.index_file(), repository.hash)?;
    let head = repository.head()?.target;
    let objects = Objects::open(repository);
    let mut parents = Vec::new();
    for id in head.into_iter().chain(repository.merge_heads()?) {
        parents.push(root_tree(&objects, &id)?);
    }
    if head.is_some() && parents.len() == 1 {
        // Before a merge without conflicts git runs its hook first and writes `MERGE_HEAD` afterwards.
        parents.extend(repository.environment.merging.iter().filter_map(|id| root_tree(&objects, id).ok()));
    }
    let mut trees = Trees::new(&objects);
    let changes = compare::changes(&index, parents.first(), &mut trees, sink);
    sink.count(&Receipt { seen: changes.len() as u64, ..Receipt::default() });
    for change in &changes {
        if sink.cancelled() {
            break;
        }
        emit(change, parents.get(1..).unwrap_or_default(), &objects, &mut trees, sink);
    }
    Ok(())
}

/// The root tree of a commit.
pub(super) fn root_tree(objects: &Objects, commit: &ObjectId) -> Result<ObjectId, SourceError> {
    let bytes = objects.read_kind(commit, Kind::Commit).map_err(|error| error.fatal(commit))?;
    let parsed = Commit::parse(&bytes);
    parsed.map(|parsed| parsed.tree).map_err(|error| ObjectError::Damaged(error.to_string()).fatal(commit))
}

/// Shows one staged change, unless one of the parents that are merged has it already.
fn emit(change: &Change, merged: &[ObjectId], objects: &Objects, trees: &mut Trees<'_>, sink: &dyn Sink) {
    let mut old: Vec<Node> = change.old.into_iter().collect();
    for parent in merged {
        match trees.find(parent, &change.path) {
            Ok(found) => old.extend(found),
            Err((id, error)) => sink.notice(error.notice(&id)),
        }
    }
    if old.iter().skip(usize::from(change.old.is_some())).any(|node| *node == change.new) {
        return;
    }
    if change.new.mode.is_submodule() {
        let detail = "submodule: its commits are staged in its own repository and were not scanned";
        sink.notice(Notice::new(NoticeKind::Skipped, change.path.clone(), detail));
        return;
    }
    let mut provenance = Provenance::new(Origin::Index, Some(change.path.clone()));
    provenance.object = Some(change.new.id);
    let bytes = match objects.read_kind(&change.new.id, Kind::Blob) {
        Ok(bytes) => bytes,
        Err(limit @ ObjectError::Limit(_)) => {
            return oversize::show(objects, &change.new.id, &limit, &provenance, None, sink);
        }
        Err(error) => {
            let notice = error.notice(&change.new.id);
            let detail = format!("object {}: {}", change.new.id, notice.detail);
            sink.notice(Notice::new(notice.kind, change.path.clone(), detail));
            return;
        }
    };
    let scope = new_in(&bytes, change.new, &old, objects);
    sink.item(Item::whole(provenance, &bytes).scoped(scope));
}

/// Which bytes of a new version are in none of the old ones. An old version that cannot be read excuses nothing.
pub(super) fn new_in(bytes: &[u8], new: Node, old: &[Node], objects: &Objects) -> Scope {
    let is_alike = |node: &&Node| node.mode.is_blob() && node.mode.is_symlink() == new.mode.is_symlink();
    if old.iter().filter(is_alike).any(|node| node.id == new.id) {
        return Scope::Ranges(Vec::new());
    }
    let versions: Vec<Vec<u8>> =
        old.iter().filter(is_alike).filter_map(|node| objects.read_kind(&node.id, Kind::Blob).ok()).collect();
    let versions: Vec<&[u8]> = versions.iter().map(Vec::as_slice).collect();
    lines::added(&versions, bytes)
}
