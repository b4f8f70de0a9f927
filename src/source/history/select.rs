//! Finds out which objects of a history count, when not all of them do.

use std::collections::HashSet;

use crate::model::ObjectId;
use crate::source::Sink;
use crate::source::git::{Kind, Objects};
use crate::source::odb::Kinds;

use super::forest::{Forest, Sought, TreeIndex};
use super::graph::{CommitGraph, CommitIndex};
use super::notes::Named;
use super::survey::{Survey, Surveyor, sweep};

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
        } else if let Some(tree) = forest.find(Named::of(&id, store)) {
            roots.push(tree);
        } else if !tags.contains_key(&id) {
            match objects.kind(&id) {
                Ok(_) => drop(chosen.insert(id)),
                Err(error) => sink.notice(error.notice(&id)),
            }
        }
    }
    let counted = graph.ancestors(tips);
    let commits = || (0..graph.len() as CommitIndex).filter(|at| counted[*at as usize]);
    chosen.extend(commits().map(|at| *graph.id(at)));
    for tree in commits().map(|at| graph.tree(at)) {
        match forest.find(Named::of(tree, store)) {
            Some(root) => roots.push(root),
            // It cannot be read: whoever reads what counts is to meet it and say so.
            None => drop(chosen.insert(*tree)),
        }
    }
    let below = forest.below(roots);
    let counted_trees = (0..forest.len() as TreeIndex).filter(|tree| below[*tree as usize]);
    let trees: HashSet<ObjectId> = forest.ids(counted_trees, store).collect();
    drop(forest);
    let surveyor = Surveyor::new(store).listing_blobs();
    let found = sweep(store, surveyor, Kinds::of(&[Kind::Tree]), &|id| trees.contains(id), threads, sink);
    chosen.extend(trees);
    chosen.extend(found.blobs);
    chosen.extend(staged);
    Chosen { graph, counted, objects: chosen }
}
