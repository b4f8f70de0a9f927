//! The history of a repository: what is asked for, what people wrote in it, and where a blob was and is.
//!
//! Contents of blobs are read by a sweep of the object store; this module says which of them count
//! ([`History::blobs`]), shows everything that is no blob ([`History::scan_texts`]) and answers afterwards who brought
//! what ([`History::attribute`]). Replace refs and grafts are not applied: history is scanned as stored.

mod attribution;
pub mod changes;
mod forest;
pub mod graph;
mod layout;
mod names;
pub mod range;
mod roots;
mod sightings;
mod survey;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use bstr::{BString, ByteSlice};

use crate::model::{Notice, NoticeKind, ObjectId, Origin, Provenance, Receipt};

use super::git::revision::resolve;
use super::git::{Kind, Objects, Repository};
use super::odb::Kinds;
use super::{Item, Sink, SourceError};
use forest::{Forest, Sought};
use graph::{CommitGraph, CommitIndex};
use roots::Roots;
use survey::{Survey, SurveyPlan, survey};

pub use sightings::Sighting;

/// How much of a history is asked for. Ranges of commits are asked for through [`range`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selection {
    /// Everything in the object database, reachable or not.
    #[default]
    Everything,
    /// What can be reached from any ref, work tree or index; not from reflogs alone.
    Reachable,
    /// What can be reached from these revisions.
    From(Vec<BString>),
}

/// Which blobs count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobSet {
    /// Every blob of the object database.
    All,
    /// These.
    Only(HashSet<ObjectId>),
}

impl BlobSet {
    /// Says whether a blob counts.
    pub fn contains(&self, id: &ObjectId) -> bool {
        match self {
            Self::All => true,
            Self::Only(ids) => ids.contains(id),
        }
    }
}

/// A repository's history, opened for one scan.
pub struct History<'r> {
    repository: &'r Repository,
    objects: Objects,
    threads: usize,
    roots: Roots,
    graph: CommitGraph,
    tags: HashMap<ObjectId, (Kind, ObjectId)>,
    names: HashMap<BString, ObjectId>,
    blobs: BlobSet,
    /// Files and directories that are named and not there.
    missing: HashSet<ObjectId>,
    /// Which commits count; none for all.
    counted: Option<Vec<bool>>,
}

impl<'r> History<'r> {
    /// Reads all commits, tags and trees of `repository`, shows what is written in those that count to `sink`, and
    /// finds out which blobs count. Fails when refs cannot be listed or a revision names nothing.
    pub fn open(
        repository: &'r Repository,
        selection: &Selection,
        threads: usize,
        sink: &dyn Sink,
    ) -> Result<Self, SourceError> {
        let objects = Objects::open(repository);
        let threads = if threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { threads };
        objects.store().notices().iter().for_each(|notice| sink.notice(notice.clone()));
        let roots = Roots::read(repository, sink)?;
        let from = match selection {
            Selection::From(revisions) => {
                Some(revisions.iter().map(|one| resolve(repository, &objects, one)).collect::<Result<Vec<_>, _>>()?)
            }
            Selection::Everything | Selection::Reachable => None,
        };
        let is_all = *selection == Selection::Everything;
        let kinds = if is_all { [Kind::Commit, Kind::Tag, Kind::Tree] } else { [Kind::Commit, Kind::Tag, Kind::Tag] };
        let plan = SurveyPlan {
            kinds: Kinds::of(&kinds),
            wants: &|_, _| true,
            shows_texts: is_all,
            lists_blobs: false,
            threads,
        };
        let Survey { commits, tags, names, trees, missing, .. } = survey(objects.store(), plan, sink);
        let graph = CommitGraph::new(commits);
        let blobs = BlobSet::All;
        let mut history =
            Self { repository, objects, threads, roots, graph, tags, names, blobs, missing, counted: None };
        let mut receipt = Receipt {
            refs: history.roots.references.len() as u64,
            commits: history.graph.len() as u64,
            tags: history.tags.len() as u64,
            trees,
            ..Receipt::default()
        };
        if !is_all {
            history.limit(from.as_deref(), &mut receipt, sink);
        }
        history.scan_names(is_all || *selection == Selection::Reachable, sink);
        history.tell_gaps(sink);
        sink.count(&receipt);
        Ok(history)
    }

    /// The object database.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// Which blobs count.
    pub fn blobs(&self) -> &BlobSet {
        &self.blobs
    }

    /// All names of files and directories that count, for rules about names.
    pub fn names(&self) -> impl Iterator<Item = &BString> {
        self.names.keys()
    }

    /// All commits.
    pub fn graph(&self) -> &CommitGraph {
        &self.graph
    }

    fn counts(&self, commit: CommitIndex) -> bool {
        self.counted.as_ref().is_none_or(|counted| counted[commit as usize])
    }

    /// Follows refs or the given objects down to blobs, and shows what is written on the way.
    fn limit(&mut self, from: Option<&[ObjectId]>, receipt: &mut Receipt, sink: &dyn Sink) {
        let starts: Vec<ObjectId> = match from {
            Some(ids) => ids.to_vec(),
            None => self.roots.references.iter().map(|reference| reference.target).collect(),
        };
        let none = HashSet::new();
        let forest = Forest::read(self.objects.store(), &Sought::new(&none, &HashSet::new()), self.threads, sink);
        let mut reached = Reached::default();
        for id in &starts {
            self.follow(id, &forest, &mut reached, sink);
        }
        let counted = self.graph.ancestors(reached.commits.iter().copied());
        let of_commits = (0..self.graph.len()).filter(|&at| counted[at]);
        for at in of_commits {
            let tree = self.graph.tree(at as CommitIndex);
            reached.trees.extend(forest.find(tree));
        }
        let mut wanted_trees = HashSet::new();
        let below = forest.below(reached.trees.iter().copied());
        wanted_trees.extend(forest.ids().filter(|(_, tree)| below[*tree as usize]).map(|(id, _)| *id));
        drop(forest);
        let wants = |id: &ObjectId, kind: Kind| match kind {
            Kind::Commit => self.graph.find(id).is_some_and(|at| counted[at as usize]),
            Kind::Tag => reached.tags.contains(id),
            Kind::Tree => wanted_trees.contains(id),
            Kind::Blob => false,
        };
        let kinds = Kinds::of(&[Kind::Commit, Kind::Tag, Kind::Tree]);
        let plan = SurveyPlan { kinds, wants: &wants, shows_texts: true, lists_blobs: true, threads: self.threads };
        let found = survey(self.objects.store(), plan, sink);
        let mut blobs = found.blobs;
        blobs.extend(reached.blobs);
        if from.is_none() {
            blobs.extend(self.roots.staged.iter().map(|(_, _, id)| *id));
        }
        receipt.commits = found.commits.len() as u64;
        receipt.tags = found.tags.len() as u64;
        receipt.trees = found.trees;
        receipt.refs = starts.len() as u64;
        self.blobs = BlobSet::Only(blobs);
        self.names = found.names;
        self.missing = found.missing;
        self.counted = Some(counted);
    }

    /// Follows tags to what they point to.
    fn follow(&self, id: &ObjectId, forest: &Forest, reached: &mut Reached, sink: &dyn Sink) {
        let mut id = *id;
        loop {
            if let Some(commit) = self.graph.find(&id) {
                reached.commits.push(commit);
            } else if let Some(tree) = forest.find(&id).filter(|tree| !forest.is_missing(*tree)) {
                reached.trees.push(tree);
            } else if let Some((_, target)) = self.tags.get(&id) {
                if reached.tags.insert(id) {
                    id = *target;
                    continue;
                }
            } else {
                match self.objects.kind(&id) {
                    Ok(Kind::Blob) => {
                        reached.blobs.insert(id);
                    }
                    Ok(_) => {}
                    Err(error) => sink.notice(error.notice(&id)),
                }
            }
            return;
        }
    }

    /// Shows names of refs and of files, and what reflogs say.
    fn scan_names(&self, with_refs: bool, sink: &dyn Sink) {
        let show = |origin, object, text: &[u8]| {
            let mut provenance = Provenance::new(origin, None);
            provenance.object = object;
            sink.item(Item::whole(provenance, text));
        };
        if with_refs {
            for reference in &self.roots.references {
                show(Origin::Name, Some(reference.target), reference.name.as_bytes());
            }
            for log in &self.roots.logs {
                let mut provenance = Provenance::new(Origin::Reflog, Some(log.name.clone()));
                provenance.object = log.ids.last().copied();
                sink.item(Item::whole(provenance, &log.text));
            }
        }
        let mut by_tree: HashMap<ObjectId, Vec<&BString>> = HashMap::new();
        for (name, tree) in &self.names {
            by_tree.entry(*tree).or_default().push(name);
        }
        let mut by_tree: Vec<_> = by_tree.into_iter().collect();
        by_tree.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (tree, names) in by_tree {
            show(Origin::Name, Some(tree), &names::listed(names));
        }
    }

    /// Says which files and directories are not there.
    fn tell_missing(&self, sink: &dyn Sink) {
        let mut missing: Vec<&ObjectId> = self.missing.iter().collect();
        missing.sort_unstable();
        if self.repository.is_partial() && !missing.is_empty() {
            let detail = format!(
                "{} objects were never fetched and are not scanned; `git fetch --refetch --no-filter` gets them",
                missing.len()
            );
            sink.notice(Notice::new(NoticeKind::Missing, "partial clone", detail));
            return;
        }
        for id in missing.iter().take(MOST_NAMED) {
            sink.notice(Notice::new(NoticeKind::Missing, id.to_string(), "a tree names it, but it is not there"));
        }
        if missing.len() > MOST_NAMED {
            let detail = format!("{} more objects that trees name are not there", missing.len() - MOST_NAMED);
            sink.notice(Notice::new(NoticeKind::Missing, "object database", detail));
        }
    }

    /// Says where history ends although it was asked for.
    fn tell_gaps(&self, sink: &dyn Sink) {
        let shallow: HashSet<ObjectId> = match self.repository.shallow() {
            Ok(shallow) => shallow.into_iter().collect(),
            Err(error) => {
                sink.notice(Notice::new(NoticeKind::Unreadable, "shallow", error.to_string()));
                HashSet::new()
            }
        };
        let counted = self.graph.missing.iter().filter(|(_, child)| self.counts(*child));
        let (cut, lost): (Vec<_>, Vec<_>) = counted.partition(|(_, child)| shallow.contains(self.graph.id(*child)));
        if let Some((_, child)) = cut.first() {
            sink.notice(range::shallow_notice(self.graph.id(*child), cut.len()));
        }
        for (id, child) in lost {
            let detail = format!("it is not in the object database, though it is a parent of {}", self.graph.id(child));
            sink.notice(Notice::new(NoticeKind::Missing, id.to_string(), detail));
        }
        self.tell_missing(sink);
        for at in (0..self.graph.len() as CommitIndex).filter(|at| self.counts(*at)) {
            let tree = self.graph.tree(at);
            if !self.objects.store().contains(tree) {
                let detail =
                    format!("it is not in the object database, though it is the tree of {}", self.graph.id(at));
                sink.notice(Notice::new(NoticeKind::Missing, tree.to_string(), detail));
            }
        }
        let expected = self.graph.is_empty() && self.roots.has_commits();
        if expected {
            sink.notice(Notice::new(NoticeKind::Empty, "history", "there are refs but no commit can be read"));
        }
    }
}

/// Missing objects that are named one by one; of more, only the number is told.
const MOST_NAMED: usize = 20;

/// Where refs lead.
#[derive(Default)]
struct Reached {
    commits: Vec<CommitIndex>,
    trees: Vec<forest::TreeIndex>,
    tags: HashSet<ObjectId>,
    blobs: HashSet<ObjectId>,
}
