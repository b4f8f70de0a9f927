//! Commits that some tips reach and others do not: `A..B`, a push, a pull request, or everything since a date.
//!
//! Walked from the tips, so that its cost follows the range and not the repository. When clocks are wrong it may take
//! in too much, never too little.

#[cfg(test)]
mod tests;

use std::collections::{BinaryHeap, HashMap, HashSet};

use bstr::{BString, ByteSlice};

use crate::model::{CommitRef, Notice, NoticeKind, ObjectId};
use crate::source::git::object::tag_target;
use crate::source::git::revision::resolve;
use crate::source::git::{Commit, Kind, ObjectError, Objects, Repository};
use crate::source::{Sink, SourceError};

use super::graph::{CommitGraph, CommitNode};
use super::sightings::commit_ref;

/// What bounds a range.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bounds {
    /// Objects whose history is in the range, with the name by which reports call them.
    pub include: Vec<(BString, ObjectId)>,
    /// Objects whose history is not.
    pub exclude: Vec<ObjectId>,
    /// Only commits of this date (seconds since 1970 UTC) and later.
    pub since: Option<i64>,
}

/// The commits of a range and what else its tips bring.
#[derive(Debug, Default)]
pub struct Range {
    /// Commits, parents first.
    pub commits: Vec<RangeCommit>,
    /// Annotated tags among the tips.
    pub tags: Vec<ObjectId>,
    /// Trees and blobs that tips name without a commit.
    pub loose: Vec<(Kind, ObjectId)>,
}

/// A commit of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeCommit {
    /// What a report may say of it.
    pub commit: CommitRef,
    /// Its root tree.
    pub tree: ObjectId,
    /// All of its parents.
    pub parents: Vec<ObjectId>,
    /// The names of the tips that lead to it.
    pub tips: Vec<BString>,
}

impl Bounds {
    /// Reads `A..B`, `A...B`, `^A` and `A`, each in addition to the others.
    pub fn parse(repository: &Repository, objects: &Objects, ranges: &[BString]) -> Result<Self, SourceError> {
        let mut bounds = Self::default();
        let find = |name: &[u8]| resolve(repository, objects, if name.is_empty() { b"HEAD" } else { name });
        for range in ranges {
            if let Some((left, right)) = range.split_once_str("...") {
                let (a, b) = (find(left)?, find(right)?);
                bounds.exclude.extend(common(objects, &a, &b)?);
                bounds.include.extend([(named(left), a), (named(right), b)]);
            } else if let Some((left, right)) = range.split_once_str("..") {
                bounds.exclude.push(find(left)?);
                bounds.include.push((named(right), find(right)?));
            } else if let Some(left) = range.strip_prefix(b"^") {
                bounds.exclude.push(find(left)?);
            } else {
                bounds.include.push((range.clone(), find(range)?));
            }
        }
        Ok(bounds)
    }

    /// Everything that refs lead to since a date.
    pub fn since(repository: &Repository, since: i64) -> Result<(Self, Vec<Notice>), SourceError> {
        let (references, notices) = repository.references()?;
        let named = references.into_iter().filter(|reference| !reference.is_symbolic);
        let include = named.map(|reference| (reference.name, reference.target)).collect();
        Ok((Self { include, exclude: Vec::new(), since: Some(since) }, notices))
    }
}

fn named(name: &[u8]) -> BString {
    if name.is_empty() { "HEAD".into() } else { name.into() }
}

/// The commits at which the histories of `a` and `b` meet: enough of them that what both share is excluded.
fn common(objects: &Objects, a: &ObjectId, b: &ObjectId) -> Result<Vec<ObjectId>, SourceError> {
    let ignore = Ignore;
    let walk = |id: &ObjectId| Walk::new(objects, HashSet::new(), &ignore).run(&[*id], &[]);
    let of_a: HashSet<ObjectId> = walk(a).into_iter().map(|node| node.id).collect();
    Ok(walk(b).into_iter().map(|node| node.id).filter(|id| of_a.contains(id)).collect())
}

/// Takes no notice: what is missing is told when the range itself is walked.
struct Ignore;

impl Sink for Ignore {
    fn item(&self, _: crate::source::Item<'_>) {}
    fn notice(&self, _: Notice) {}
    fn count(&self, _: &crate::model::Receipt) {}
}

/// Walks a range. What cannot be read becomes a notice; so does the end of a shallow history inside of it.
pub fn walk(
    repository: &Repository,
    objects: &Objects,
    bounds: &Bounds,
    sink: &dyn Sink,
) -> Result<Range, SourceError> {
    let shallow = repository.shallow()?.into_iter().collect();
    let mut range = Range::default();
    let mut tips = Vec::new();
    for (name, id) in &bounds.include {
        match peel(objects, *id, &mut range.tags) {
            Ok((Kind::Commit, commit)) => tips.push((name.clone(), commit)),
            Ok(other) => range.loose.push(other),
            Err((id, error)) => sink.notice(error.notice(&id)),
        }
    }
    range.tags.sort_unstable();
    range.tags.dedup();
    // What is excluded and cannot be read excludes nothing.
    let exclude: Vec<ObjectId> = bounds
        .exclude
        .iter()
        .filter_map(|id| peel(objects, *id, &mut Vec::new()).ok())
        .filter_map(|(kind, id)| (kind == Kind::Commit).then_some(id))
        .collect();
    let include: Vec<ObjectId> = tips.iter().map(|(_, id)| *id).collect();
    let mut nodes = Walk::new(objects, shallow, sink).run(&include, &exclude);
    nodes.retain(|node| bounds.since.is_none_or(|since| node.time >= since));
    range.commits = ordered(objects, nodes, &tips);
    Ok(range)
}

/// Follows tags, noting them, to an object that is none.
fn peel(
    objects: &Objects,
    mut id: ObjectId,
    tags: &mut Vec<ObjectId>,
) -> Result<(Kind, ObjectId), (ObjectId, ObjectError)> {
    loop {
        match objects.read(&id).map_err(|error| (id, error))? {
            (Kind::Tag, bytes) if !tags.contains(&id) => {
                tags.push(id);
                let target = tag_target(&bytes).map_err(|error| (id, ObjectError::Damaged(error.to_string())))?;
                id = target.1;
            }
            (kind, _) => return Ok((kind, id)),
        }
    }
}

/// Puts commits in order and notes which tips lead to each.
fn ordered(objects: &Objects, nodes: Vec<CommitNode>, tips: &[(BString, ObjectId)]) -> Vec<RangeCommit> {
    let parents: HashMap<ObjectId, Vec<ObjectId>> = nodes.iter().map(|node| (node.id, node.parents.clone())).collect();
    let graph = CommitGraph::new(nodes);
    let mut names: Vec<Vec<BString>> = vec![Vec::new(); graph.len()];
    for (name, tip) in tips {
        for (at, _) in graph.ancestors(graph.find(tip)).into_iter().enumerate().filter(|(_, is_below)| *is_below) {
            names[at].push(name.clone());
        }
    }
    let commit = |at: u32| {
        let id = *graph.id(at);
        let unknown = CommitRef { id, author: BString::default(), author_time: 0, commit_time: graph.time(at) };
        objects.read_kind(&id, Kind::Commit).ok().and_then(|bytes| commit_ref(id, &bytes)).unwrap_or(unknown)
    };
    (0..graph.len() as u32)
        .zip(names)
        .map(|(at, mut tips)| {
            tips.sort();
            tips.dedup();
            let parents = parents.get(graph.id(at)).cloned().unwrap_or_default();
            RangeCommit { commit: commit(at), tree: *graph.tree(at), parents, tips }
        })
        .collect()
}

/// A walk from tips towards the roots, newest first.
struct Walk<'a> {
    objects: &'a Objects,
    shallow: HashSet<ObjectId>,
    sink: &'a dyn Sink,
    seen: HashMap<ObjectId, Seen>,
    queue: BinaryHeap<(i64, ObjectId)>,
    wanted_in_queue: usize,
    /// Commits looked at since the last one that turned out to be excluded although it seemed wanted.
    idle: usize,
}

/// How much further a walk goes for the sake of wrong clocks.
const MOST_IDLE: usize = 64;

struct Seen {
    /// None when it could not be read.
    node: Option<CommitNode>,
    is_excluded: bool,
    is_queued: bool,
    error: Option<ObjectError>,
    child: Option<ObjectId>,
}

impl<'a> Walk<'a> {
    fn new(objects: &'a Objects, shallow: HashSet<ObjectId>, sink: &'a dyn Sink) -> Self {
        Self { objects, shallow, sink, seen: HashMap::new(), queue: BinaryHeap::new(), wanted_in_queue: 0, idle: 0 }
    }

    fn run(mut self, include: &[ObjectId], exclude: &[ObjectId]) -> Vec<CommitNode> {
        exclude.iter().for_each(|id| self.reach(*id, true, None));
        include.iter().for_each(|id| self.reach(*id, false, None));
        let mut oldest_wanted = i64::MAX;
        while let Some((time, id)) = self.queue.pop() {
            if self.sink.cancelled() {
                break;
            }
            let Some(seen) = self.seen.get_mut(&id) else { continue };
            seen.is_queued = false;
            let is_excluded = seen.is_excluded;
            if !is_excluded {
                self.wanted_in_queue -= 1;
                oldest_wanted = oldest_wanted.min(time);
            } else if self.wanted_in_queue == 0 && time < oldest_wanted {
                // Whatever is left is excluded and older than all that is wanted. If clocks are right, that is all.
                self.idle += 1;
                if self.idle > MOST_IDLE {
                    break;
                }
            }
            let parents = seen.node.as_ref().map(|node| node.parents.clone()).unwrap_or_default();
            parents.into_iter().for_each(|parent| self.reach(parent, is_excluded, Some(id)));
        }
        self.finish()
    }

    /// Comes to a commit, for the first time or with news that it is excluded.
    fn reach(&mut self, id: ObjectId, is_excluded: bool, child: Option<ObjectId>) {
        if !self.seen.contains_key(&id) {
            let read = self.objects.read_kind(&id, Kind::Commit).and_then(|bytes| {
                let commit = Commit::parse(&bytes).map_err(|error| ObjectError::Damaged(error.to_string()))?;
                Ok(CommitNode::new(id, &commit))
            });
            let (node, error) = match read {
                Ok(node) => (Some(node), None),
                Err(error) => (None, Some(error)),
            };
            self.seen.insert(id, Seen { node, is_excluded, is_queued: false, error, child });
        } else if self.seen.get(&id).is_some_and(|seen| seen.is_excluded || !is_excluded) {
            return;
        }
        let Some(seen) = self.seen.get_mut(&id) else { return };
        if is_excluded && !seen.is_excluded {
            seen.is_excluded = true;
            self.idle = 0;
            if seen.is_queued {
                // It stays where it is in the queue, now as excluded.
                self.wanted_in_queue -= 1;
                return;
            }
        }
        if let Some(node) = &seen.node {
            seen.is_queued = true;
            self.wanted_in_queue += usize::from(!is_excluded);
            self.queue.push((node.time, id));
        }
    }

    /// The wanted commits; tells about those that are missing.
    fn finish(self) -> Vec<CommitNode> {
        let mut nodes = Vec::new();
        let mut cut = Vec::new();
        let mut lost = Vec::new();
        let mut all: Vec<_> = self.seen.into_iter().collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        for (id, seen) in all {
            match (seen.node, seen.error) {
                _ if seen.is_excluded => {}
                (Some(node), _) => nodes.push(node),
                (None, Some(ObjectError::Missing)) if seen.child.is_some_and(|child| self.shallow.contains(&child)) => {
                    cut.extend(seen.child);
                }
                (None, Some(error)) => lost.push(error.notice(&id)),
                (None, None) => {}
            }
        }
        lost.into_iter().for_each(|notice| self.sink.notice(notice));
        cut.sort_unstable();
        if let Some(first) = cut.first() {
            self.sink.notice(shallow_notice(first, cut.len()));
        }
        nodes
    }
}

/// The notice that history was cut off at `count` commits.
pub(super) fn shallow_notice(first: &ObjectId, count: usize) -> Notice {
    let others = if count > 1 { format!(" and {} others", count - 1) } else { String::new() };
    let detail = format!(
        "history ends at commit {}{others}: the clone is shallow; `git fetch --unshallow` gets the rest",
        first.short()
    );
    Notice::new(NoticeKind::Shallow, first.to_string(), detail)
}
