//! Who brought it, who had it last, and which refs still lead to it: for files with findings, after the scan.
//!
//! A pair is a blob and one path to it. Each tree holds a set of pairs; equal sets are kept once. Commits are then seen
//! parents first, so that the first commit with a pair is the one that introduced it, merges included.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bstr::{BStr, BString, ByteSlice};

use crate::model::ObjectId;
use crate::source::odb::ObjectStore;

use super::forest::{Forest, NameIndex, ObjectIndex, TreeIndex};
use super::graph::{CommitGraph, CommitIndex};

/// A set of pairs.
type SetIndex = u32;
/// The set that holds nothing.
const EMPTY: SetIndex = 0;
/// The set of a tree that is still to be seen.
const UNSEEN: SetIndex = SetIndex::MAX;

/// A step on the way to a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Pair {
    Blob(ObjectIndex, NameIndex),
    Below(u32, NameIndex),
}

/// All pairs, and which tree holds which of them.
pub(super) struct Holdings<'f> {
    forest: &'f Forest,
    store: &'f ObjectStore,
    pairs: Vec<Pair>,
    pair_numbers: HashMap<Pair, u32>,
    /// The pairs of a set, below a name.
    below: HashMap<(SetIndex, NameIndex), Box<[u32]>>,
    /// The set of a tree that is made of these parts: blobs, and what the sets of subtrees hold below their names.
    made_of: HashMap<Box<[Pair]>, SetIndex>,
    parts: Vec<Pair>,
    /// The same of the tree before: versions of a tree follow one another.
    last: (Vec<Pair>, SetIndex),
    sets: Vec<Box<[u32]>>,
    set_numbers: HashMap<Box<[u32]>, SetIndex>,
    of_tree: Vec<SetIndex>,
    /// Set when a tree held more paths than are followed.
    pub was_cut: bool,
}

/// A tree is followed to this many paths: a tree bomb has a billion of them.
const MOST_PATHS: usize = 1 << 14;
/// Members of all sets together.
const MOST_MEMBERS: usize = 1 << 26;

impl<'f> Holdings<'f> {
    /// Finds out what every tree of the forest holds of what was sought.
    pub fn new(forest: &'f Forest, store: &'f ObjectStore) -> Self {
        let mut holdings = Self {
            forest,
            store,
            pairs: Vec::new(),
            pair_numbers: HashMap::new(),
            below: HashMap::new(),
            made_of: HashMap::new(),
            parts: Vec::new(),
            last: (Vec::new(), EMPTY),
            sets: vec![Box::default()],
            set_numbers: HashMap::from([(Box::default(), EMPTY)]),
            of_tree: vec![UNSEEN; forest.len()],
            was_cut: false,
        };
        holdings.fill();
        holdings
    }

    /// The set of a tree.
    pub fn of_tree(&self, tree: TreeIndex) -> SetIndex {
        self.of_tree[tree as usize]
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// The pairs in a set.
    pub fn set(&self, set: SetIndex) -> &[u32] {
        &self.sets[set as usize]
    }

    /// The blob of a pair, and its path from the tree whose set has it.
    pub fn blob_and_path(&self, pair: u32) -> Option<(ObjectId, BString)> {
        let mut path = BString::default();
        let mut at = pair;
        loop {
            let (Pair::Blob(_, name) | Pair::Below(_, name)) = self.pairs[at as usize];
            if !path.is_empty() {
                path.push(b'/');
            }
            path.extend_from_slice(self.forest.name(name));
            match self.pairs[at as usize] {
                Pair::Blob(object, _) => return self.forest.id(object, self.store).map(|id| (id, path)),
                Pair::Below(next, _) => at = next,
            }
        }
    }

    /// Sees every tree after those below it. Trees that contain themselves, which only forged ids can make, end there.
    fn fill(&mut self) {
        let mut is_open = vec![false; self.forest.len()];
        let mut members = 0;
        let mut pending = Vec::new();
        for start in 0..self.forest.len() as TreeIndex {
            pending.push(start);
            while let Some(&tree) = pending.last() {
                if self.of_tree[tree as usize] != UNSEEN {
                    pending.pop();
                    continue;
                }
                if !std::mem::replace(&mut is_open[tree as usize], true) {
                    let (of_tree, before) = (&self.of_tree, pending.len());
                    let below = self.forest.children(tree).iter().map(|edge| edge.to);
                    pending.extend(below.filter(|&tree| of_tree[tree as usize] == UNSEEN && !is_open[tree as usize]));
                    if pending.len() > before {
                        continue;
                    }
                }
                let before = self.sets.len();
                self.of_tree[tree as usize] = self.held(tree, members < MOST_MEMBERS);
                if self.sets.len() > before {
                    members += self.sets[before].len();
                }
                pending.pop();
            }
        }
    }

    /// The set of a tree whose subtrees are known. Most trees hold what another one holds, of the same parts.
    fn held(&mut self, tree: TreeIndex, has_room: bool) -> SetIndex {
        let (of_tree, mut parts) = (&self.of_tree, std::mem::take(&mut self.parts));
        parts.clear();
        parts.extend(self.forest.finds(tree).iter().map(|find| Pair::Blob(find.to, find.name)));
        let below = self.forest.children(tree).iter().map(|edge| Pair::Below(of_tree[edge.to as usize], edge.name));
        parts.extend(below.filter(|part| !matches!(part, Pair::Below(EMPTY | UNSEEN, _))));
        if parts != self.last.0 {
            let set = match self.made_of.get(parts.as_slice()) {
                Some(set) => *set,
                None if parts.is_empty() => EMPTY,
                None => {
                    let set = self.join(&parts, has_room);
                    self.made_of.insert(parts.as_slice().into(), set);
                    set
                }
            };
            self.last = (parts.clone(), set);
        }
        self.parts = parts;
        self.last.1
    }

    /// The set of all that the parts of a tree hold.
    fn join(&mut self, parts: &[Pair], has_room: bool) -> SetIndex {
        let mut set = Vec::new();
        for &part in parts {
            match part {
                Pair::Blob(..) => set.push(self.pair(part)),
                Pair::Below(below, name) if set.len() < MOST_PATHS => set.extend_from_slice(self.below(below, name)),
                Pair::Below(..) => self.was_cut = true,
            }
            self.was_cut |= set.len() > MOST_PATHS;
            set.truncate(MOST_PATHS);
        }
        set.sort_unstable();
        set.dedup();
        if let Some(&known) = self.set_numbers.get(set.as_slice()) {
            return known;
        }
        if !has_room {
            self.was_cut = true;
            return EMPTY;
        }
        let set: Box<[u32]> = set.into();
        let number = self.sets.len() as SetIndex;
        self.sets.push(set.clone());
        self.set_numbers.insert(set, number);
        number
    }

    /// The pairs of a set, below a name. Most trees have their subtrees in common with others.
    fn below(&mut self, set: SetIndex, name: NameIndex) -> &[u32] {
        if !self.below.contains_key(&(set, name)) {
            let pairs = (0..self.sets[set as usize].len()).map(|at| Pair::Below(self.sets[set as usize][at], name));
            let pairs: Vec<Pair> = pairs.collect();
            let numbers = pairs.into_iter().map(|pair| self.pair(pair)).collect();
            self.below.insert((set, name), numbers);
        }
        &self.below[&(set, name)]
    }

    fn pair(&mut self, pair: Pair) -> u32 {
        let next = self.pairs.len() as u32;
        let number = *self.pair_numbers.entry(pair).or_insert(next);
        if number == next {
            self.pairs.push(pair);
        }
        number
    }
}

/// Commits and refs by which pairs can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reach {
    /// First commit that had the pair.
    pub first: Option<CommitIndex>,
    /// Last commit that had it.
    pub last: Option<CommitIndex>,
    /// Positions in the list of tips, of the first few.
    pub tips: Vec<u32>,
}

/// Of more tips than this only the first so many are noted: a forge keeps tens of thousands of refs to pull requests, and
/// each finding has its own list.
const MOST_TIPS: usize = 250;

/// Lists of tips for up to 64 things, each with a bit.
struct Noting<'t> {
    lists: Vec<&'t mut Vec<u32>>,
    /// The bits of those whose lists are not full.
    open: u64,
}

impl<'t> Noting<'t> {
    fn new(lists: impl Iterator<Item = &'t mut Vec<u32>>) -> Self {
        let lists: Vec<_> = lists.collect();
        let open = if lists.len() < 64 { (1 << lists.len()) - 1 } else { u64::MAX };
        Self { lists, open }
    }

    /// Notes a tip for those that it leads to.
    fn note(&mut self, tip: usize, bits: u64) {
        let mut bits = bits & self.open;
        while bits != 0 {
            let list = &mut self.lists[bits.trailing_zeros() as usize];
            list.push(tip as u32);
            let lowest = bits & bits.wrapping_neg();
            if list.len() == MOST_TIPS {
                self.open &= !lowest;
            }
            bits &= !lowest;
        }
    }
}

/// Where a ref leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tip {
    /// To a commit.
    Commit(CommitIndex),
    /// To a tree without a commit.
    Tree(TreeIndex),
}

/// So many pairs travel at once, each with a bit.
const AT_ONCE: usize = 64 * WORDS;
const WORDS: usize = 4;

/// For each of `pairs`: the first and last of the commits that `counts` says, and the `tips` that lead to it. `tree_of` has
/// the tree of each commit.
pub(super) fn reach(
    holdings: &Holdings<'_>,
    (graph, tree_of): (&CommitGraph, &[Option<TreeIndex>]),
    counts: &dyn Fn(CommitIndex) -> bool,
    tips: &[Tip],
    pairs: &[u32],
    threads: usize,
) -> Vec<Reach> {
    let set_of: Vec<SetIndex> = tree_of.iter().map(|tree| tree.map_or(EMPTY, |tree| holdings.of_tree(tree))).collect();
    let mut spans: Vec<Option<(CommitIndex, CommitIndex)>> = vec![None; holdings.sets.len()];
    for (at, &set) in set_of.iter().enumerate().filter(|(at, set)| **set != EMPTY && counts(*at as CommitIndex)) {
        let at = at as CommitIndex;
        let span = spans[set as usize].get_or_insert((at, at));
        span.1 = at;
    }
    let mut number_of = vec![None; holdings.len()];
    (0..).zip(pairs).for_each(|(number, &pair)| number_of[pair as usize] = Some(number));
    let mut reached = vec![Reach::default(); pairs.len()];
    let mut sets_of: Vec<Vec<SetIndex>> = vec![Vec::new(); pairs.len()];
    for (set, span) in spans.iter().enumerate() {
        for number in holdings.set(set as SetIndex).iter().filter_map(|&pair| number_of[pair as usize]) {
            let number: usize = number;
            sets_of[number].push(set as SetIndex);
            let Some((first, last)) = *span else { continue };
            let reach = &mut reached[number];
            reach.first = Some(reach.first.map_or(first, |known| known.min(first)));
            reach.last = Some(reach.last.map_or(last, |known| known.max(last)));
        }
    }
    // A bit travels from each commit that has the pair to all of its descendants.
    let most = pairs.len().div_ceil(AT_ONCE);
    let groups = Mutex::new(reached.chunks_mut(AT_ONCE).zip(sets_of.chunks(AT_ONCE)));
    on_threads(threads.min(most), || {
        let mut own = vec![[0_u64; WORDS]; holdings.sets.len()];
        let mut held = vec![[0_u64; WORDS]; graph.len()];
        loop {
            let next = groups.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((reached, sets_of)) = next else { break };
            own.fill([0; WORDS]);
            for (at, sets) in sets_of.iter().enumerate() {
                sets.iter().for_each(|&set| own[set as usize][at / 64] |= 1 << (at % 64));
            }
            for at in 0..graph.len() {
                let mut bits = own[set_of[at] as usize];
                for &parent in graph.parents(at as CommitIndex) {
                    let inherited = held[parent as usize];
                    (0..WORDS).for_each(|word| bits[word] |= inherited[word]);
                }
                held[at] = bits;
            }
            for (word, reached) in reached.chunks_mut(64).enumerate() {
                let mut noting = Noting::new(reached.iter_mut().map(|reach| &mut reach.tips));
                for (number, tip) in tips.iter().enumerate() {
                    let bits = match *tip {
                        Tip::Commit(at) => held[at as usize],
                        Tip::Tree(tree) => own[holdings.of_tree(tree) as usize],
                    };
                    noting.note(number, bits[word]);
                }
            }
        }
    });
    reached
}

/// Does the same on so many threads, of which the caller's is one.
fn on_threads(threads: usize, work: impl Fn() + Sync) {
    std::thread::scope(|scope| {
        for _ in 1..threads.min(MOST_THREADS) {
            scope.spawn(&work);
        }
        work();
    });
}

/// Each needs memory of its own.
const MOST_THREADS: usize = 8;

/// For each of `commits`: the tips that lead to it, as positions in `tips`.
pub(super) fn tips_of_commits(graph: &CommitGraph, commits: &[CommitIndex], tips: &[Tip]) -> Vec<Vec<u32>> {
    let mut found = vec![Vec::new(); commits.len()];
    let mut held: Vec<u64> = vec![0; graph.len()];
    for (group, commits) in commits.chunks(64).enumerate() {
        held.fill(0);
        commits.iter().enumerate().for_each(|(bit, &at)| held[at as usize] |= 1 << bit);
        for at in 0..graph.len() {
            let inherited =
                graph.parents(at as CommitIndex).iter().fold(0, |bits, &parent| bits | held[parent as usize]);
            held[at] |= inherited;
        }
        let mut noting = Noting::new(found[group * 64..].iter_mut().take(commits.len()));
        for (number, tip) in tips.iter().enumerate() {
            let Tip::Commit(at) = *tip else { continue };
            noting.note(number, held[at as usize]);
        }
    }
    found
}

/// The trees that hold something and are neither below another tree nor in `roots`.
pub(super) fn lost_tops(holdings: &Holdings<'_>, roots: impl Iterator<Item = TreeIndex>) -> Vec<TreeIndex> {
    let forest = holdings.forest;
    let mut has_parent = vec![false; forest.len()];
    for tree in 0..forest.len() as TreeIndex {
        forest.children(tree).iter().for_each(|edge| has_parent[edge.to as usize] = true);
    }
    roots.for_each(|tree| has_parent[tree as usize] = true);
    let trees = 0..forest.len() as TreeIndex;
    trees.filter(|&tree| !has_parent[tree as usize] && holdings.of_tree(tree) != EMPTY).collect()
}

/// The last component of a path.
pub(super) fn leaf(path: &BStr) -> &BStr {
    path.rsplit_once_str("/").map_or(path, |(_, leaf)| leaf.as_bstr())
}
