//! The history of a repository: what is asked for, what is written in it, and where a blob was and is.
//!
//! 1. [`Request::read`] reads what refs lead to, and [`Request::choose`] finds out which objects count.
//! 2. The caller sweeps over the store, skips what [`Plan::wanted`] does not hold, reads blobs and messages, and lets the
//!    hands of [`Plan::surveyor`] see every object.
//! 3. [`Plan::finish`] shows the names that were seen and tells where history has gaps.
//! 4. [`History::attribute`] answers who brought what was found, and from where it can still be reached.
//!
//! Replace refs and grafts are not applied: history is scanned as stored.

mod attribution;
pub mod changes;
mod forest;
pub mod graph;
pub mod layout;
mod names;
mod notes;
pub mod range;
pub mod reach;
mod roots;
mod select;
mod sightings;
mod state;
pub mod survey;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::thread::ScopedJoinHandle;

use bstr::{BString, ByteSlice};

use crate::model::{Notice, NoticeKind, ObjectId, Origin, Provenance, Receipt};

use super::git::revision::resolve;
use super::git::{Kind, Objects, Repository};
use super::{Item, Sink, SourceError};
use forest::Forest;
use graph::{CommitGraph, CommitIndex};
use notes::{MANY, Notes};
use roots::Roots;
use select::Chosen;
use survey::{Survey, Surveyor};

pub use forest::Sought;
pub use layout::Layout;
pub use sightings::{Sighting, commit_ref};

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

/// What is asked of a history, before it is known which objects that comes to.
pub struct Request<'r> {
    repository: &'r Repository,
    selection: Selection,
    objects: Objects,
    threads: usize,
    roots: Roots,
    starts: Vec<ObjectId>,
}

impl<'r> Request<'r> {
    /// Reads refs, reflogs and indexes of `repository`. Fails when refs cannot be listed or a revision names nothing. `threads`
    /// is 0 for as many as suit the machine.
    pub fn read(
        repository: &'r Repository,
        selection: &Selection,
        threads: usize,
        sink: &dyn Sink,
    ) -> Result<Self, SourceError> {
        let objects = Objects::open(repository);
        let threads = if threads == 0 { std::thread::available_parallelism().map_or(1, usize::from) } else { threads };
        let roots = Roots::read(repository, sink)?;
        let starts: Vec<ObjectId> = match selection {
            Selection::From(revisions) => {
                revisions.iter().map(|one| resolve(repository, &objects, one)).collect::<Result<_, _>>()?
            }
            Selection::Everything | Selection::Reachable => {
                roots.references.iter().map(|reference| reference.target).collect()
            }
        };
        Ok(Self { repository, selection: selection.clone(), objects, threads, roots, starts })
    }

    /// The object database.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    fn with_refs(&self) -> bool {
        !matches!(self.selection, Selection::From(_))
    }

    /// Shows what reflogs say once more, where the sweep of an earlier run saw all else in this state, and no name held
    /// anything.
    pub fn revisit(&self, sink: &dyn Sink) {
        if self.with_refs() {
            show_logs(self.repository, &self.roots, sink);
        }
        sink.count(&Receipt { refs: self.starts.len() as u64, ..Receipt::default() });
    }

    /// Finds out which objects count.
    pub fn choose(self, sink: &dyn Sink) -> Plan<'r> {
        let with_refs = self.with_refs();
        let Self { repository, selection, objects, threads, roots, starts } = self;
        let chosen = (selection != Selection::Everything).then(|| {
            let mut staged = roots.staged.iter().filter(|_| with_refs).map(|(_, _, id)| *id);
            select::choose(&objects, &starts, &mut staged, threads, sink)
        });
        Plan { repository, objects, threads, roots, chosen, starts: starts.len(), with_refs }
    }
}

/// What a scan of a history is going to look at.
pub struct Plan<'r> {
    repository: &'r Repository,
    objects: Objects,
    threads: usize,
    roots: Roots,
    chosen: Option<Chosen>,
    starts: usize,
    with_refs: bool,
}

impl<'r> Plan<'r> {
    /// The object database.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The objects that count, of all kinds; none for all that there are.
    pub fn wanted(&self) -> Option<&HashSet<ObjectId>> {
        self.chosen.as_ref().map(|chosen| &chosen.objects)
    }

    /// The names of all refs and of what stands for one.
    pub fn references(&self) -> impl Iterator<Item = &[u8]> {
        self.roots.references.iter().map(|reference| reference.name.as_slice())
    }

    /// How many objects the sweep comes to; loose ones are counted only where it is known which of them count.
    pub fn count(&self) -> u64 {
        let packed = || self.objects.store().packs().iter().map(|pack| u64::from(pack.objects())).sum();
        self.chosen.as_ref().map_or_else(packed, |chosen| chosen.objects.len() as u64)
    }

    /// Takes part in the sweep: its hands must see every object that counts and is no blob.
    pub fn surveyor(&self) -> Surveyor<'_> {
        let surveyor = Surveyor::new(self.objects.store());
        // Of a part of all trees nothing is told about those that hold one.
        if self.chosen.is_none() { surveyor.noting() } else { surveyor }
    }

    /// Shows all names (of refs, files and directories) and what reflogs say to `sink`, and tells about gaps. Counts
    /// refs; objects are counted by whoever makes the sweep.
    pub fn finish(self, survey: Survey, sink: &dyn Sink) -> History<'r> {
        self.finish_for(survey, Sought::default(), sink)
    }

    /// The same, for one who is going to ask where `sought` is: that is looked for at the same time.
    pub fn finish_for(self, survey: Survey, sought: Sought, sink: &dyn Sink) -> History<'r> {
        let Survey { commits, tags, names, missing, notices, links, mut notes, .. } = survey;
        notices.into_iter().for_each(|notice| sink.notice(notice));
        let Self { repository, objects, threads, roots, .. } = self;
        let notes_of_sought = notes.take_if(|_| !sought.is_empty());
        let forest = || notes_of_sought.map(|notes| Forest::of(&notes, &sought, objects.store()));
        let graph = || {
            let (graph, counted) = match self.chosen {
                Some(chosen) => (chosen.graph, Some(chosen.counted)),
                None => (CommitGraph::new(commits), None),
            };
            let trees: Vec<ObjectId> = (0..graph.len() as CommitIndex).map(|at| *graph.tree(at)).collect();
            let tree_numbers = trees.chunks(MANY).flat_map(|ids| objects.store().numbers(ids)).collect();
            (graph, tree_numbers, counted)
        };
        let show = || {
            if self.with_refs {
                show_refs(repository, &roots, sink);
            }
            show_names(&names, sink);
        };
        let (forest, (graph, tree_numbers, counted)) = beside(threads, forest, graph, show);
        let foreseen = (sought, forest);
        let mut history = History {
            repository,
            objects,
            threads,
            roots,
            graph,
            tree_numbers,
            tags,
            names,
            missing,
            notes,
            foreseen,
            counted,
        };
        history.tell_gaps(sink);
        tell_links(repository, self.with_refs, &links, sink);
        sink.count(&Receipt { refs: self.starts as u64, ..Receipt::default() });
        history
    }
}

/// A repository's history after its sweep.
pub struct History<'r> {
    repository: &'r Repository,
    objects: Objects,
    threads: usize,
    roots: Roots,
    graph: CommitGraph,
    /// The number of each commit's tree, if it is packed.
    tree_numbers: Vec<Option<u32>>,
    tags: HashMap<ObjectId, (Kind, ObjectId)>,
    names: HashMap<BString, ObjectId>,
    /// Files and directories that are named and not there.
    missing: HashSet<ObjectId>,
    /// What all trees hold, if the sweep noted it.
    notes: Option<Notes>,
    /// What was foreseen to be sought, and where it is.
    foreseen: (Sought, Option<Forest>),
    /// Which commits count; none for all.
    counted: Option<Vec<bool>>,
}

/// Says which submodules' commits are in no repository that is scanned along with this one.
fn tell_links(
    repository: &Repository,
    with_modules: bool,
    links: &BTreeMap<BString, BTreeSet<ObjectId>>,
    sink: &dyn Sink,
) {
    if links.is_empty() {
        return;
    }
    let modules = if with_modules { repository.modules() } else { Vec::new() };
    let modules: Vec<Objects> =
        modules.iter().filter_map(|(_, module)| module.as_ref().ok()?.as_ref()).map(Objects::open).collect();
    for (name, commits) in links {
        let lost =
            commits.iter().filter(|commit| !modules.iter().any(|module| module.store().contains(commit))).count();
        if lost > 0 {
            let detail = format!("submodule: {lost} of its commits are not here and were not scanned");
            sink.notice(Notice::new(NoticeKind::Skipped, name.clone(), detail));
        }
    }
}

fn show_name(object: ObjectId, name: &[u8], sink: &dyn Sink) {
    let mut provenance = Provenance::new(Origin::Name, None);
    provenance.object = Some(object);
    sink.item(Item::whole(provenance, name));
}

/// Shows names by the trees that have them.
fn show_names(names: &HashMap<BString, ObjectId>, sink: &dyn Sink) {
    let mut by_tree: Vec<(&ObjectId, &BString)> = names.iter().map(|(name, tree)| (tree, name)).collect();
    by_tree.sort_unstable();
    for same in by_tree.chunk_by(|a, b| a.0 == b.0) {
        show_name(*same[0].0, &bstr::join("\n", same.iter().map(|(_, name)| name)), sink);
    }
}

/// Does something while other threads make two things, if there may be any.
fn beside<A: Send, B: Send>(
    threads: usize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
    meanwhile: impl FnOnce(),
) -> (A, B) {
    if threads < 2 {
        meanwhile();
        return (one(), other());
    }
    std::thread::scope(|scope| {
        let (one, other) = (scope.spawn(one), scope.spawn(other));
        meanwhile();
        (joined(one), joined(other))
    })
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn show_refs(repository: &Repository, roots: &Roots, sink: &dyn Sink) {
    for reference in &roots.references {
        show_name(reference.target, &reference.name, sink);
    }
    show_logs(repository, roots, sink);
}

fn show_logs(repository: &Repository, roots: &Roots, sink: &dyn Sink) {
    for log in &roots.logs {
        let mut provenance = Provenance::new(Origin::Reflog, Some(repository.in_module(log.name.as_bstr())));
        provenance.object = log.ids.last().copied();
        sink.item(Item::whole(provenance, &log.text));
    }
}

/// Missing objects that are named one by one; of more, only the number is told.
const MOST_NAMED: usize = 20;

impl History<'_> {
    /// The object database.
    pub fn objects(&self) -> &Objects {
        &self.objects
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

    /// Says where history ends although it was asked for.
    fn tell_gaps(&mut self, sink: &dyn Sink) {
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
        let missing = |id: &ObjectId, what: String| Notice::new(NoticeKind::Missing, id.to_string(), what);
        for (id, child) in &lost {
            let what = format!("it is a parent of {}, but it is not there", self.graph.id(*child));
            sink.notice(missing(id, what));
        }
        let roots = (0..self.graph.len() as CommitIndex).zip(&self.tree_numbers).filter(|(_, number)| number.is_none());
        let roots = roots.filter(|(at, _)| self.counts(*at)).map(|(at, _)| *self.graph.tree(at));
        let lost_roots: Vec<ObjectId> = roots.filter(|id| !self.objects.store().contains(id)).collect();
        self.missing.extend(lost_roots);
        let leaf = |name: &BString| name.rsplit(|&byte| byte == b'/').next().unwrap_or_default().to_owned();
        for reference in self.roots.references.iter().filter(|reference| !reference.is_symbolic) {
            if !self.objects.store().contains(&reference.target) {
                let what = format!("{} leads to {}, which is not there", reference.name, reference.target);
                // No garbage collection keeps what these lead to, so nothing is lost when it is gone.
                let is_passing =
                    [&b"ORIG_HEAD"[..], b"FETCH_HEAD", b"AUTO_MERGE"].contains(&leaf(&reference.name).as_slice());
                let notice = missing(&reference.target, what);
                let kind = if is_passing { NoticeKind::Warning } else { notice.kind };
                sink.notice(Notice { kind, ..notice });
            }
        }
        self.tell_missing(sink);
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
            sink.notice(Notice::new(
                NoticeKind::Missing,
                id.to_string(),
                "a tree or commit names it, but it is not there",
            ));
        }
        if missing.len() > MOST_NAMED {
            let detail =
                format!("{} more objects that trees and commits name are not there", missing.len() - MOST_NAMED);
            sink.notice(Notice::new(NoticeKind::Missing, "object database", detail));
        }
    }
}
