//! What each commit of a range brings that none of its parents has: contents, names and messages.
//!
//! Whole blobs are shown; the scope is what is in no parent's version, so that merges are judged like any other commit.

use std::collections::{HashMap, HashSet};

use bstr::{BString, ByteSlice};
use rayon::prelude::*;

use crate::model::{Attribution, CommitRef, MemoryBudget, Notice, NoticeKind, ObjectId, Origin, Provenance, Receipt};
use crate::source::git::object::prose;
use crate::source::git::trees::{Node, Trees};
use crate::source::git::{Kind, Mode, ObjectError, Objects};
use crate::source::staged::new_in;
use crate::source::{Item, Sink, oversize};

use super::range::{Range, RangeCommit};

/// A path that a commit adds or changes, against all of its parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The path.
    pub path: BString,
    /// What the commit has there.
    pub new: Node,
    /// What its parents have there, as far as they have something.
    pub old: Vec<Node>,
}

/// Shows everything that a range brings to `sink`.
pub fn scan(objects: &Objects, range: &Range, sink: &dyn Sink) {
    let known: HashMap<ObjectId, ObjectId> = range.commits.iter().map(|one| (one.commit.id, one.tree)).collect();
    range.commits.par_iter().for_each_init(
        || Trees::new(objects),
        |trees, commit| {
            if !sink.cancelled() {
                scan_commit(objects, commit, &known, trees, sink);
            }
        },
    );
    for id in &range.tags {
        show_text(objects, id, Kind::Tag, None, sink);
    }
    let mut trees = Trees::new(objects);
    for (kind, id) in &range.loose {
        let mode = Mode(if *kind == Kind::Tree { 0o040_000 } else { 0o100_644 });
        let mut changes = Vec::new();
        if mode.is_tree() {
            compare(id, &[], &mut trees, sink, &mut changes);
        } else {
            changes.push(Change { path: BString::default(), new: Node { mode, id: *id }, old: Vec::new() });
        }
        for change in changes {
            show(objects, &change, None, sink);
        }
    }
    let (commits, tags) = (range.commits.len() as u64, range.tags.len() as u64);
    sink.count(&Receipt { commits, tags, ..Receipt::default() });
}

/// For files with findings, by path and blob: the last commit of the range that still has them.
pub fn last_holders(
    objects: &Objects,
    range: &Range,
    files: HashSet<(BString, ObjectId)>,
    sink: &dyn Sink,
) -> HashMap<(BString, ObjectId), CommitRef> {
    let mut trees = Trees::new(objects);
    let (mut open, mut found) = (files, HashMap::new());
    for commit in range.commits.iter().rev() {
        if open.is_empty() || sink.cancelled() {
            break;
        }
        // What cannot be read was told when the range was scanned.
        let mut holds = |(path, blob): &(BString, ObjectId)| matches!(trees.find(&commit.tree, path), Ok(Some(node)) if node.id == *blob);
        let held: Vec<_> = open.extract_if(|file| holds(file)).collect();
        found.extend(held.into_iter().map(|file| (file, commit.commit.clone())));
    }
    found
}

fn scan_commit(
    objects: &Objects,
    commit: &RangeCommit,
    known: &HashMap<ObjectId, ObjectId>,
    trees: &mut Trees<'_>,
    sink: &dyn Sink,
) {
    let brought_by = Some(commit.commit.clone());
    let attribution = Attribution { first: brought_by.clone(), last: brought_by, refs: commit.tips.clone().into() };
    show_text(objects, &commit.commit.id, Kind::Commit, Some(&attribution), sink);
    let mut parents = Vec::with_capacity(commit.parents.len());
    for parent in &commit.parents {
        // A parent that is not there was told when the range was walked; it excuses nothing.
        let tree = known.get(parent).copied().or_else(|| crate::source::staged::root_tree(objects, parent).ok());
        parents.extend(tree);
    }
    let mut changes = Vec::new();
    compare(&commit.tree, &parents, trees, sink, &mut changes);
    let names: Vec<&[u8]> =
        changes.iter().filter(|change| change.old.is_empty()).map(|change| change.path.as_bytes()).collect();
    if !names.is_empty() {
        let mut provenance = Provenance::new(Origin::Name, None);
        provenance.object = Some(commit.commit.id);
        sink.item(Item::whole(provenance, &bstr::join("\n", names)).attributed(&attribution));
    }
    for change in &changes {
        show(objects, change, Some(&attribution), sink);
    }
}

/// Adds to `found` every file below the tree `new` that is in none of the trees `old` as it is.
pub fn compare(new: &ObjectId, old: &[ObjectId], trees: &mut Trees<'_>, sink: &dyn Sink, found: &mut Vec<Change>) {
    let mut pending = vec![(BString::default(), *new, old.to_vec())];
    let mut read = 0;
    let mut spent = 0;
    while let Some((prefix, new, old)) = pending.pop() {
        if spent > most_bytes() {
            let what = "it has more paths than can be compared; the rest of them was not read";
            sink.notice(Notice::new(NoticeKind::Limit, new.to_string(), what));
            break;
        }
        if old.contains(&new) {
            continue;
        }
        let tree = match trees.read(&new) {
            Ok(tree) => tree,
            Err(error) => {
                sink.notice(error.notice(&new));
                continue;
            }
        };
        read += 1;
        // A parent's tree that cannot be read excuses nothing.
        let before: Vec<_> = old.iter().filter_map(|id| trees.read(id).ok()).collect();
        for (name, node) in &tree.entries {
            let in_parents: Vec<Node> = before.iter().filter_map(|tree| tree.get(name)).collect();
            if in_parents.contains(node) {
                continue;
            }
            let mut path = prefix.clone();
            path.extend_from_slice(name);
            spent += path.len() + size_of::<Change>();
            if node.mode.is_tree() {
                path.push(b'/');
                if path.len() > MOST_PATH_BYTES {
                    sink.notice(Notice::new(NoticeKind::Limit, node.id.to_string(), "its path is too long to follow"));
                    continue;
                }
                let below = in_parents.iter().filter(|node| node.mode.is_tree()).map(|node| node.id).collect();
                pending.push((path, node.id, below));
            } else {
                let old: Vec<Node> = in_parents.into_iter().filter(|node| !node.mode.is_tree()).collect();
                found.push(Change { path, new: *node, old });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    sink.count(&Receipt { trees: read, seen: found.len() as u64, ..Receipt::default() });
}

/// Directories whose path is longer than this are not followed: no file system could hold them.
const MOST_PATH_BYTES: usize = 1 << 13;

/// Memory that the changes of one commit may take. A tree that names itself, or the same trees over and over, has more
/// paths than any memory; a real one has not.
fn most_bytes() -> usize {
    usize::try_from(MemoryBudget::current().sixteenths(6)).unwrap_or(usize::MAX)
}

fn show(objects: &Objects, change: &Change, attribution: Option<&Attribution>, sink: &dyn Sink) {
    if change.new.mode.is_submodule() {
        let detail = "submodule: its commits are pushed from its own repository and were not scanned";
        sink.notice(Notice::new(NoticeKind::Skipped, change.path.clone(), detail));
        return;
    }
    let mut provenance = Provenance::new(Origin::Blob, Some(change.path.clone()).filter(|path| !path.is_empty()));
    provenance.object = Some(change.new.id);
    match objects.read_kind(&change.new.id, Kind::Blob) {
        Ok(bytes) => {
            let scope = new_in(&bytes, change.new, &change.old, objects);
            let item = Item::whole(provenance, &bytes).scoped(scope);
            sink.item(Item { attribution, ..item });
        }
        Err(limit @ ObjectError::Limit(_)) => {
            oversize::show(objects, &change.new.id, &limit, &provenance, attribution, sink);
        }
        Err(error) => unreadable(change, &error, sink),
    }
}

fn unreadable(change: &Change, error: &ObjectError, sink: &dyn Sink) {
    let detail = format!("object {}: {error}", change.new.id);
    sink.notice(Notice::new(error.kind(), change.path.clone(), detail));
}

/// Shows what people wrote into a commit or tag.
fn show_text(objects: &Objects, id: &ObjectId, kind: Kind, attribution: Option<&Attribution>, sink: &dyn Sink) {
    let origin = if kind == Kind::Tag { Origin::Tag } else { Origin::Commit };
    let mut provenance = Provenance::new(origin, None);
    provenance.object = Some(*id);
    match objects.read_kind(id, kind) {
        Ok(bytes) => sink.item(Item { attribution, ..Item::whole(provenance, &prose(&bytes)) }),
        Err(error) => sink.notice(error.notice(id)),
    }
}
