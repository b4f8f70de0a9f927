//! Finds out which objects of a history count, when not all of them do.

use std::collections::HashSet;

use crate::model::{Notice, ObjectId};
use crate::source::Sink;
use crate::source::git::{Kind, Objects};
use crate::source::odb::{Kinds, ObjectStore, SweepOptions, SweptObject, Visitor};

use super::forest::{Forest, Sought, TreeIndex};
use super::graph::{CommitGraph, CommitIndex};
use super::layout::Layout;
use super::survey::{Survey, SurveyHand, Surveyor};

/// The part of a history that counts.
pub(super) struct Chosen {
    /// All commits of the repository, those that do not count included.
    pub graph: CommitGraph,
    /// For each commit whether it counts.
    pub counted: Vec<bool>,
    /// All objects that count: commits, tags, trees and blobs.
    pub objects: HashSet<ObjectId>,
}

/// Follows `starts` down to blobs; `staged` blobs count too.
pub(super) fn choose(
    objects: &Objects,
    starts: &[ObjectId],
    staged: &mut dyn Iterator<Item = ObjectId>,
    threads: usize,
    sink: &dyn Sink,
) -> Chosen {
    let store = objects.store();
    let kinds = Kinds::of(&[Kind::Commit, Kind::Tag]);
    let Survey { commits, tags, .. } = sweep(store, Surveyor::new(store), kinds, &|_| true, threads, sink);
    let graph = CommitGraph::new(commits);
    let forest = Forest::read(store, &Sought::new(HashSet::new(), HashSet::new()), threads, sink);
    let mut chosen = HashSet::new();
    let mut tips: Vec<CommitIndex> = Vec::new();
    let mut roots: Vec<TreeIndex> = Vec::new();
    for start in starts {
        let mut id = *start;
        while let Some((_, target)) = tags.get(&id) {
            if !chosen.insert(id) {
                break;
            }
            id = *target;
        }
        if let Some(commit) = graph.find(&id) {
            tips.push(commit);
        } else if let Some(tree) = forest.find(&id) {
            roots.push(tree);
        } else if !tags.contains_key(&id) {
            match objects.kind(&id) {
                Ok(_) => drop(chosen.insert(id)),
                Err(error) => sink.notice(error.notice(&id)),
            }
        }
    }
    let counted = graph.ancestors(tips);
    for at in (0..graph.len() as CommitIndex).filter(|at| counted[*at as usize]) {
        chosen.insert(*graph.id(at));
        roots.extend(forest.find(graph.tree(at)));
    }
    let below = forest.below(roots);
    let trees: HashSet<ObjectId> = forest.ids().filter(|(_, tree)| below[*tree as usize]).map(|(id, _)| *id).collect();
    drop(forest);
    let surveyor = Surveyor::new(store).listing_blobs();
    let found = sweep(store, surveyor, Kinds::of(&[Kind::Tree]), &|id| trees.contains(id), threads, sink);
    chosen.extend(trees);
    chosen.extend(found.blobs);
    chosen.extend(staged);
    Chosen { graph, counted, objects: chosen }
}

/// A sweep for a survey alone.
fn sweep<'s>(
    store: &'s ObjectStore,
    surveyor: Surveyor<'s>,
    kinds: Kinds,
    wants: &(dyn Fn(&ObjectId) -> bool + Sync),
    threads: usize,
    sink: &dyn Sink,
) -> Survey {
    let options = SweepOptions { kinds, threads };
    store.sweep(options, &Rider { surveyor: &surveyor, wants, sink });
    surveyor.finish()
}

struct Rider<'a, 's> {
    surveyor: &'a Surveyor<'s>,
    wants: &'a (dyn Fn(&ObjectId) -> bool + Sync),
    sink: &'a dyn Sink,
}

impl<'s> Visitor for Rider<'_, 's> {
    type Worker = SurveyHand<'s>;
    type State = Layout;

    fn worker(&self) -> Self::Worker {
        self.surveyor.hand()
    }

    fn visit(&self, hand: &mut Self::Worker, object: SweptObject<'_>, base: Option<&Layout>) -> Layout {
        hand.see(object, base)
    }

    fn wants(&self, id: &ObjectId, _kind: Kind) -> bool {
        (self.wants)(id)
    }

    // What cannot be read is told by the sweep that everything goes through.
    fn notice(&self, _notice: Notice) {}

    fn cancelled(&self) -> bool {
        self.sink.cancelled()
    }
}
