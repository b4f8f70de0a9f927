//! Finds the entries of an index that `HEAD` does not have, reading only the trees that differ.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::Sink;
use crate::source::git::index::{CacheTree, Index};
use crate::source::git::trees::{Node, Trees};

/// A path that is new or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Path from the root of the work tree.
    pub path: BString,
    /// What is recorded now.
    pub new: Node,
    /// What was recorded before.
    pub old: Option<Node>,
}

/// Directories deeper than this are not descended into: everything below them counts as new.
const DEEPEST: usize = 1024;

/// All paths that `index` adds to or changes in the tree `head`, in the order of the index.
pub(super) fn changes(index: &Index, head: Option<&ObjectId>, trees: &mut Trees<'_>, sink: &dyn Sink) -> Vec<Change> {
    let mut comparison = Comparison { index, trees, sink, found: Vec::new() };
    comparison.directory(0..index.len(), 0, head, index.cache_tree.as_ref(), 0);
    comparison.found
}

struct Comparison<'a, 'b> {
    index: &'a Index,
    trees: &'a mut Trees<'b>,
    sink: &'a dyn Sink,
    found: Vec<Change>,
}

impl Comparison<'_, '_> {
    /// Compares the entries in `range`, whose paths share their first `prefix` bytes, with the tree `old`.
    fn directory(
        &mut self,
        range: Range<usize>,
        prefix: usize,
        old: Option<&ObjectId>,
        cached: Option<&CacheTree>,
        depth: usize,
    ) {
        let known = cached.and_then(|cached| cached.known).filter(|(count, _)| *count == range.len());
        if let (Some(old), Some((_, known))) = (old, known)
            && known == *old
        {
            return;
        }
        let tree = old.filter(|_| depth < DEEPEST).and_then(|id| match self.trees.read(id) {
            Ok(tree) => Some(tree),
            Err(error) => {
                self.sink.notice(error.notice(id));
                None
            }
        });
        let Some(tree) = tree else {
            range.for_each(|at| self.entry(at, None));
            return;
        };
        let mut at = range.start;
        while at < range.end {
            let path = self.index.entry(at).path;
            let rest = &path[prefix..];
            match memchr::memchr(b'/', rest) {
                // A directory; in a sparse index it may be an entry of its own, which ends with the slash.
                Some(slash) if prefix + slash + 1 < path.len() => {
                    let group = self.index.group(at..range.end, &path[..=prefix + slash]);
                    let before = tree.get(&rest[..slash]).filter(|node| node.mode.is_tree());
                    let cached = cached.and_then(|cached| cached.child(&rest[..slash]));
                    let before = before.map(|node| node.id);
                    self.directory(group.clone(), prefix + slash + 1, before.as_ref(), cached, depth + 1);
                    at = group.end.max(at + 1);
                }
                slash => {
                    let name = &rest[..slash.unwrap_or(rest.len())];
                    self.entry(at, tree.get(name));
                    at += 1;
                }
            }
        }
    }

    /// Judges one entry, given what `HEAD` has in its place.
    fn entry(&mut self, at: usize, old: Option<Node>) {
        let entry = self.index.entry(at);
        if entry.intent_to_add {
            return;
        }
        if entry.stage != 0 {
            let is_first = at == 0 || self.index.entry(at - 1).path != entry.path;
            if is_first {
                let detail = "in conflict: nothing can be committed until it is resolved";
                self.sink.notice(Notice::new(NoticeKind::Skipped, entry.path, detail));
            }
            return;
        }
        let new = Node { mode: entry.mode, id: entry.id };
        if old == Some(new) {
            return;
        }
        if entry.mode.is_tree() {
            let path = entry.path.strip_suffix(b"/").unwrap_or(entry.path);
            self.tree(path.into(), new, old.filter(|node| node.mode.is_tree()));
        } else {
            self.found.push(Change { path: entry.path.to_owned(), new, old: old.filter(|node| !node.mode.is_tree()) });
        }
    }

    /// Compares two trees, as for a directory that a sparse index keeps as a whole.
    fn tree(&mut self, path: BString, new: Node, old: Option<Node>) {
        let mut pending = vec![(path, new, old)];
        while let Some((path, new, old)) = pending.pop() {
            let before = old.and_then(|node| self.trees.read(&node.id).ok()).unwrap_or_default();
            let after = match self.trees.read(&new.id) {
                Ok(after) => after,
                Err(error) => {
                    self.sink.notice(error.notice(&new.id));
                    continue;
                }
            };
            for (name, node) in &after.entries {
                let old = before.get(name);
                if old == Some(*node) {
                    continue;
                }
                let path = [path.as_bytes(), b"/", name.as_bytes()].concat().into();
                if node.mode.is_tree() {
                    pending.push((path, *node, old.filter(|node| node.mode.is_tree())));
                } else {
                    self.found.push(Change { path, new: *node, old: old.filter(|node| !node.mode.is_tree()) });
                }
            }
        }
    }
}
