//! All commits of a repository in memory: ids, parents, dates, and an order in which parents come first.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::model::ObjectId;
use crate::source::git::Commit;
use crate::source::pack::places::Places;

/// Number of a commit in a graph.
pub type CommitIndex = u32;

/// What the graph keeps of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitNode {
    /// Its id.
    pub id: ObjectId,
    /// Its root tree.
    pub tree: ObjectId,
    /// Its parents.
    pub parents: Vec<ObjectId>,
    /// Commit date, seconds since 1970 UTC.
    pub time: i64,
}

impl CommitNode {
    /// Takes what the graph needs from a commit.
    pub fn new(id: ObjectId, commit: &Commit<'_>) -> Self {
        Self { id, tree: commit.tree, parents: commit.parents.clone(), time: commit.commit_time }
    }
}

/// Commits and their parents. The number of a commit is its place in the order: parents come before children.
#[derive(Debug, Default)]
pub struct CommitGraph {
    nodes: Vec<Stored>,
    parents: Vec<CommitIndex>,
    by_id: Vec<CommitIndex>,
    places: Places,
    /// Commits that are named as parents and are not there, with a child of each.
    pub missing: Vec<(ObjectId, CommitIndex)>,
}

#[derive(Debug, Clone)]
struct Stored {
    id: ObjectId,
    tree: ObjectId,
    time: i64,
    first_parent: u32,
}

impl CommitGraph {
    /// Orders `commits`, which may come in any order; among commits that do not depend on each other the older comes
    /// first.
    pub fn new(mut commits: Vec<CommitNode>) -> Self {
        commits.sort_unstable_by_key(|commit| commit.id);
        commits.dedup_by(|a, b| a.id == b.id);
        let places = Places::new(commits.len(), commits.iter().map(|commit| commit.id.as_bytes()));
        let mut absent = Vec::new();
        let mut parents = Lists::default();
        for (at, commit) in commits.iter().enumerate() {
            for id in &commit.parents {
                match places.find(id, |at| commits[at].id.as_bytes()) {
                    Some(parent) => parents.items.push(parent as u32),
                    None => absent.push((*id, at)),
                }
            }
            parents.end();
        }
        let order = parents_first(&commits, &parents);
        let mut rank = vec![0; commits.len()];
        for (position, &at) in order.iter().enumerate() {
            rank[at as usize] = position as CommitIndex;
        }
        let mut graph = Self { by_id: rank.clone(), places, ..Self::default() };
        for &at in &order {
            let CommitNode { id, tree, time, .. } = commits[at as usize];
            let first_parent = graph.parents.len() as u32;
            graph.nodes.push(Stored { id, tree, time, first_parent });
            graph.parents.extend(parents.of(at as usize).iter().map(|&parent| rank[parent as usize]));
        }
        graph.missing = absent.into_iter().map(|(id, child)| (id, rank[child])).collect();
        graph.missing.sort_unstable();
        graph
    }

    /// Number of commits.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Says whether there is no commit.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The number of the commit `id`.
    pub fn find(&self, id: &ObjectId) -> Option<CommitIndex> {
        self.places.find(id, |at| self.id(self.by_id[at]).as_bytes()).map(|at| self.by_id[at])
    }

    /// A commit's id.
    pub fn id(&self, at: CommitIndex) -> &ObjectId {
        &self.nodes[at as usize].id
    }

    /// A commit's root tree.
    pub fn tree(&self, at: CommitIndex) -> &ObjectId {
        &self.nodes[at as usize].tree
    }

    /// A commit's date.
    pub fn time(&self, at: CommitIndex) -> i64 {
        self.nodes[at as usize].time
    }

    /// A commit's parents, as far as they are there.
    pub fn parents(&self, at: CommitIndex) -> &[CommitIndex] {
        let next = self.nodes.get(at as usize + 1).map_or(self.parents.len(), |next| next.first_parent as usize);
        &self.parents[self.nodes[at as usize].first_parent as usize..next]
    }

    /// For each commit, whether it is one of `tips` or an ancestor of one.
    pub fn ancestors(&self, tips: impl IntoIterator<Item = CommitIndex>) -> Vec<bool> {
        let mut marked = vec![false; self.len()];
        let mut pending: Vec<CommitIndex> = tips.into_iter().collect();
        while let Some(at) = pending.pop() {
            if !std::mem::replace(&mut marked[at as usize], true) {
                pending.extend_from_slice(self.parents(at));
            }
        }
        marked
    }
}

/// The positions of `commits` in an order where parents come first. Cycles, which only forged ids can make, come last.
fn parents_first(commits: &[CommitNode], parents: &Lists) -> Vec<u32> {
    let children = parents.reversed(commits.len());
    let mut waits_for: Vec<u32> = (0..commits.len()).map(|at| parents.of(at).len() as u32).collect();
    let key = |at: u32| Reverse((commits[at as usize].time, at));
    let all = 0..commits.len() as u32;
    let mut ready: BinaryHeap<_> = all.clone().filter(|&at| waits_for[at as usize] == 0).map(key).collect();
    let mut order = Vec::with_capacity(commits.len());
    while let Some(Reverse((_, at))) = ready.pop() {
        order.push(at);
        for &child in children.of(at as usize) {
            waits_for[child as usize] -= 1;
            if waits_for[child as usize] == 0 {
                ready.push(key(child));
            }
        }
    }
    order.extend(all.filter(|&at| waits_for[at as usize] > 0));
    order
}

/// Lists of numbers, one after the other.
#[derive(Debug)]
struct Lists {
    items: Vec<u32>,
    /// Where each list begins, and where the last one ends.
    starts: Vec<u32>,
}

impl Default for Lists {
    fn default() -> Self {
        Self { items: Vec::new(), starts: vec![0] }
    }
}

impl Lists {
    /// Ends a list.
    fn end(&mut self) {
        self.starts.push(self.items.len() as u32);
    }

    fn of(&self, at: usize) -> &[u32] {
        &self.items[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// For each of `len` numbers, the lists that have it.
    fn reversed(&self, len: usize) -> Self {
        let mut starts = vec![0; len + 1];
        self.items.iter().for_each(|&item| starts[item as usize + 1] += 1);
        (0..len).for_each(|at| starts[at + 1] += starts[at]);
        let mut free = starts.clone();
        let mut items = vec![0; self.items.len()];
        for list in 0..self.starts.len() - 1 {
            for &item in self.of(list) {
                items[free[item as usize] as usize] = list as u32;
                free[item as usize] += 1;
            }
        }
        Self { items, starts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> ObjectId {
        ObjectId::from_bytes(&[number; 20]).unwrap()
    }

    fn node(number: u8, parents: &[u8], time: i64) -> CommitNode {
        CommitNode { id: id(number), tree: id(0), parents: parents.iter().map(|&parent| id(parent)).collect(), time }
    }

    #[test]
    fn parents_come_first_whatever_the_clocks_say() {
        let graph = CommitGraph::new(vec![
            node(9, &[5, 7], 1),
            node(5, &[3], 50),
            node(7, &[3], 40),
            node(3, &[], 100),
            node(8, &[66], 2),
        ]);
        let order: Vec<u8> = (0..5).map(|at| graph.id(at).as_bytes()[0]).collect();
        assert_eq!(order, [8, 3, 7, 5, 9]);
        assert_eq!(graph.missing, [(id(66), 0)]);
        assert_eq!(graph.find(&id(5)), Some(3));
        assert_eq!(graph.find(&id(6)), None);
        assert_eq!(graph.parents(4), [3, 2]);
        assert_eq!(graph.ancestors([2]), [false, true, true, false, false]);
    }

    #[test]
    fn a_cycle_of_forged_ids_ends() {
        let graph = CommitGraph::new(vec![node(1, &[2], 1), node(2, &[1], 2), node(3, &[1, 3], 0)]);
        assert_eq!(graph.len(), 3);
        assert_eq!(graph.ancestors([0]), [true, true, false]);
    }
}
