//! Answers, after the scan, where a blob with findings was and is, and which refs lead to a commit or tag.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use bstr::{BString, ByteSlice};

use crate::model::{Attribution, CommitRef, Notice, NoticeKind, ObjectId};
use crate::source::Sink;
use crate::source::git::{Commit, Kind};

use super::History;
use super::attribution::{self, Holdings, Tip};
use super::forest::{Forest, Sought, TreeIndex};
use super::graph::CommitIndex;
use super::notes::Named;

/// A blob, one path at which history held it, and who, when and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The blob.
    pub blob: ObjectId,
    /// Its path, behind the name of the submodule that it is in; none for a blob that no tree and no index names.
    pub path: Option<BString>,
    /// First and last commit, and the refs from which it can be reached.
    pub attribution: Attribution,
}

/// Sightings by blob and path.
type Found = BTreeMap<(ObjectId, Option<BString>), Attribution>;

impl History<'_> {
    /// Finds what was foreseen to be sought, as [`Self::attribute`] does.
    pub fn attribute_foreseen(&self, sink: &dyn Sink) -> Vec<Sighting> {
        match &self.foreseen {
            (sought, Some(forest)) => self.place(sought, forest, sink),
            (sought, None) => self.attribute(sought, sink),
        }
    }

    /// Finds every path of blobs that are sought, and every file with a name that is, with its first and last commit and all
    /// refs from which it can be reached. Sorted by blob and path. Costs one more sweep over trees where the first one
    /// could not note what they hold, or nothing if nothing is asked.
    pub fn attribute(&self, sought: &Sought, sink: &dyn Sink) -> Vec<Sighting> {
        if sought.is_empty() {
            return Vec::new();
        }
        let forest = match &self.notes {
            Some(notes) => Forest::of(notes, sought, self.objects.store()),
            None => Forest::read(self.objects.store(), sought, self.threads, sink),
        };
        self.place(sought, &forest, sink)
    }

    fn place(&self, sought: &Sought, forest: &Forest, sink: &dyn Sink) -> Vec<Sighting> {
        let mut found = Found::new();
        let Sought { blobs, names, .. } = sought;
        let store = self.objects.store();
        let holdings = Holdings::new(forest, store);
        if holdings.was_cut {
            let detail = "a directory holds findings under more paths than are followed: not all paths are named";
            sink.notice(Notice::new(NoticeKind::Limit, "paths", detail));
        }
        let (tip_names, tips) = self.tips(forest);
        let trees = (0..self.graph.len() as CommitIndex).zip(&self.tree_numbers);
        let tree_of = trees.map(|(at, number)| forest.find(Named::new(self.graph.tree(at), *number)));
        let tree_of: Vec<Option<TreeIndex>> = tree_of.collect();
        let roots = root_trees(&tree_of, &tips);
        let mut is_top_level = vec![false; holdings.len()];
        let sets: HashSet<_> = roots.iter().map(|&tree| holdings.of_tree(tree)).collect();
        sets.into_iter().flat_map(|set| holdings.set(set)).for_each(|&pair| is_top_level[pair as usize] = true);
        let pairs: Vec<u32> = (0..holdings.len() as u32).filter(|pair| is_top_level[*pair as usize]).collect();
        let counts = |at| self.counts(at);
        let reached = attribution::reach(&holdings, (&self.graph, &tree_of), &counts, &tips, &pairs, self.threads);
        let (mut commits, mut lists) = <(HashMap<_, _>, HashMap<_, Arc<Vec<BString>>>)>::default();
        for (pair, reach) in pairs.into_iter().zip(reached) {
            if reach.first.is_none() && reach.tips.is_empty() {
                continue;
            }
            let Some((blob, path)) = holdings.blob_and_path(pair) else { continue };
            let refs = lists.entry(reach.tips).or_insert_with_key(|tips| names_of(tips, &tip_names).into()).clone();
            let first = reach.first.and_then(|at| self.commit_ref(at, &mut commits));
            let last = reach.last.and_then(|at| self.commit_ref(at, &mut commits));
            found.insert((blob, Some(path)), Attribution { first, last, refs });
        }
        self.add_staged(blobs, names, &mut found);
        if self.counted.is_none() {
            self.add_lost(blobs, &holdings, &roots, &mut found);
        }
        let named = |path: Option<BString>| path.map(|path| self.repository.in_module(path.as_bstr()));
        found.into_iter().map(|((blob, path), attribution)| Sighting { blob, path: named(path), attribution }).collect()
    }

    /// For commits and annotated tags: the refs from which each can be reached, and for a commit itself as first and last.
    pub fn attribute_texts(&self, ids: &[ObjectId]) -> HashMap<ObjectId, Attribution> {
        let (tip_names, tips) = self.tips(&Forest::default());
        let known: Vec<(ObjectId, CommitIndex)> =
            ids.iter().filter_map(|id| Some((*id, self.graph.find(id)?))).collect();
        let numbers: Vec<CommitIndex> = known.iter().map(|(_, at)| *at).collect();
        let reached = attribution::tips_of_commits(&self.graph, &numbers, &tips);
        let mut commits = HashMap::new();
        let mut found: HashMap<ObjectId, Attribution> = HashMap::new();
        for ((id, at), reaching) in known.into_iter().zip(reached) {
            let refs = names_of(&reaching, &tip_names).into();
            let own = self.commit_ref(at, &mut commits);
            found.insert(id, Attribution { first: own.clone(), last: own, refs });
        }
        for reference in self.roots.references.iter().filter(|reference| !reference.is_symbolic) {
            let mut at = reference.target;
            for _ in 0..=self.tags.len() {
                let Some((_, next)) = self.tags.get(&at) else { break };
                if ids.contains(&at) {
                    Arc::make_mut(&mut found.entry(at).or_default().refs).push(reference.name.clone());
                }
                at = *next;
            }
        }
        found
    }

    /// Refs that lead to commits or trees, through tags if need be, those first that are worth most to know; those that only
    /// name another ref are left out.
    fn tips(&self, forest: &Forest) -> (Vec<BString>, Vec<Tip>) {
        let references = self.roots.references.iter().filter(|reference| !reference.is_symbolic);
        let store = self.objects.store();
        let tip = |id: ObjectId| {
            self.graph.find(&id).map(Tip::Commit).or_else(|| forest.find(Named::of(&id, store)).map(Tip::Tree))
        };
        let mut found: Vec<(BString, Tip)> = references
            .filter_map(|reference| Some((reference.name.clone(), tip(self.peeled(reference.target))?)))
            .collect();
        found.sort_by_key(|(name, _)| rank(name));
        found.into_iter().unzip()
    }

    fn peeled(&self, mut id: ObjectId) -> ObjectId {
        for _ in 0..=self.tags.len() {
            match self.tags.get(&id) {
                Some((_, target)) => id = *target,
                None => break,
            }
        }
        id
    }

    /// Adds what indexes hold, and what refs name directly.
    fn add_staged(&self, blobs: &HashSet<ObjectId>, names: &HashSet<BString>, found: &mut Found) {
        for (index, path, blob) in &self.roots.staged {
            if blobs.contains(blob) || names.contains(attribution::leaf(path.as_bstr())) {
                let attribution = found.entry((*blob, Some(path.clone()))).or_default();
                // An index is worth naming where nothing else keeps the blob.
                if attribution.refs.iter().all(|name| name.ends_with(b"index")) && !attribution.refs.contains(index) {
                    Arc::make_mut(&mut attribution.refs).push(index.clone());
                }
            }
        }
        for reference in self.roots.references.iter().filter(|reference| !reference.is_symbolic) {
            let blob = self.peeled(reference.target);
            if blobs.contains(&blob) {
                let attribution = found.entry((blob, None)).or_default();
                Arc::make_mut(&mut attribution.refs).push(reference.name.clone());
            }
        }
    }

    /// Adds what no commit, ref or index leads to: paths below trees that nobody names, and blobs without any path.
    fn add_lost(&self, blobs: &HashSet<ObjectId>, holdings: &Holdings<'_>, roots: &[TreeIndex], found: &mut Found) {
        let seen: HashSet<ObjectId> = found.keys().map(|(blob, _)| *blob).collect();
        for tree in attribution::lost_tops(holdings, roots.iter().copied()) {
            for &pair in holdings.set(holdings.of_tree(tree)) {
                let Some((blob, path)) = holdings.blob_and_path(pair) else { continue };
                if !seen.contains(&blob) {
                    found.entry((blob, Some(path))).or_default();
                }
            }
        }
        let seen: HashSet<ObjectId> = found.keys().map(|(blob, _)| *blob).collect();
        for blob in blobs.difference(&seen) {
            found.entry((*blob, None)).or_default();
        }
    }

    fn commit_ref(&self, at: CommitIndex, known: &mut HashMap<CommitIndex, Option<CommitRef>>) -> Option<CommitRef> {
        let read = || {
            let id = *self.graph.id(at);
            let bytes = self.objects.read_kind(&id, Kind::Commit).ok()?;
            commit_ref(id, &bytes)
        };
        known.entry(at).or_insert_with(read).clone()
    }
}

/// The trees of commits, some more than once, and those that refs name.
fn root_trees(tree_of: &[Option<TreeIndex>], tips: &[Tip]) -> Vec<TreeIndex> {
    let of_refs = tips.iter().filter_map(|tip| match tip {
        Tip::Tree(tree) => Some(*tree),
        Tip::Commit(_) => None,
    });
    tree_of.iter().copied().flatten().chain(of_refs).collect()
}

/// Branches and tags come before all other refs, and `ORIG_HEAD` and its like, which git soon forgets, last.
fn rank(name: &BString) -> u8 {
    match name {
        _ if name.starts_with(b"refs/heads/") || name.starts_with(b"refs/tags/") => 0,
        _ if !is_fleeting(name) => 1,
        _ => 2,
    }
}

fn is_fleeting(name: &BString) -> bool {
    name.ends_with(b"_HEAD") && !name.starts_with(b"refs/")
}

/// The names of tips, sorted; fleeting ones only count when nothing else is there.
fn names_of(tips: &[u32], names: &[BString]) -> Vec<BString> {
    let mut found: Vec<BString> = tips.iter().map(|&tip| names[tip as usize].clone()).collect();
    if !found.iter().all(is_fleeting) {
        found.retain(|name| !is_fleeting(name));
    }
    found.sort();
    found.dedup();
    found
}

/// What a report may say of a commit.
pub fn commit_ref(id: ObjectId, bytes: &[u8]) -> Option<CommitRef> {
    let commit = Commit::parse(bytes).ok()?;
    Some(CommitRef {
        id,
        author: commit.author.to_owned(),
        author_time: commit.author_time,
        commit_time: commit.commit_time,
    })
}
