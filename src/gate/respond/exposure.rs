//! For how long, and from where: the window in which somebody could have read a value.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use bstr::{BString, ByteSlice};
use serde::Serialize;

use super::input::{Commit, Window};
use super::past::Past;
use crate::model::ObjectId;
use crate::source::SourceError;
use crate::source::git::revision::peeled_commit;
use crate::source::git::trees::Trees;
use crate::source::git::{Kind, Repository, object};
use crate::source::history::graph::CommitIndex;

/// The window of one value at one path.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Exposure {
    /// The first commit that held it.
    pub first: Option<Commit>,
    /// The last one.
    pub last: Option<Commit>,
    /// The commit that took it out of the current branch.
    pub removed: Option<Commit>,
    /// Branches from which it can be reached.
    pub branches: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Remotes, as far as this clone knows.
    pub remotes: Vec<String>,
    /// Stash, notes, pull requests and other refs.
    pub others: Vec<String>,
    /// Refs whose latest version still holds it.
    pub current: Vec<String>,
    /// How it can be reached, in a sentence.
    pub how: String,
}

/// Looks windows up.
pub struct Windows<'p, 'r> {
    past: &'p Past<'r>,
    trees: Trees<'p>,
    tips: Vec<(BString, ObjectId)>,
    head: Option<CommitIndex>,
    in_reflogs: Vec<bool>,
    speak: &'p dyn Fn(&[u8]) -> String,
}

impl<'p, 'r> Windows<'p, 'r> {
    /// Reads refs and reflogs.
    pub fn new(
        repository: &Repository,
        past: &'p Past<'r>,
        speak: &'p dyn Fn(&[u8]) -> String,
    ) -> Result<Self, SourceError> {
        let graph = past.history.graph();
        let (references, _) = repository.references()?;
        let mut tips = Vec::new();
        for reference in references.into_iter().filter(|one| !one.is_symbolic && one.name.starts_with(b"refs/")) {
            if let Ok(Some(commit)) = peeled_commit(past.objects(), &reference.target) {
                tips.push((reference.name, commit));
            }
        }
        let head = repository.head().ok().and_then(|head| graph.find(&head.target?));
        let (logs, _) = repository.reflogs()?;
        let logged: Vec<CommitIndex> = logs.iter().flat_map(|log| &log.ids).filter_map(|id| graph.find(id)).collect();
        let in_reflogs = graph.ancestors(logged);
        Ok(Self { past, trees: Trees::new(past.objects()), tips, head, in_reflogs, speak })
    }

    /// The window of what stands in `holders` at `path`.
    pub fn of(&mut self, window: Option<&Window>, path: Option<&BString>, holders: &BTreeSet<ObjectId>) -> Exposure {
        let mut exposure = Exposure::default();
        if let Some(window) = window {
            exposure.first = window.first.as_ref().map(|commit| self.spoken(commit));
            exposure.last = window.last.as_ref().map(|commit| self.spoken(commit));
            self.sort(&window.refs, &mut exposure);
        }
        if let Some(path) = path {
            let tips = std::mem::take(&mut self.tips);
            for (name, commit) in &tips {
                if self.holds(commit, path, holders) {
                    exposure.current.push((self.speak)(short(name)));
                }
            }
            self.tips = tips;
            exposure.removed = self.removal(path, holders);
        }
        exposure.how = self.how(&exposure);
        exposure
    }

    /// The sweep knew fewer values than there are now: those of the banned files came later.
    fn spoken(&self, commit: &Commit) -> Commit {
        Commit { author: (self.speak)(commit.author.as_bytes()), ..commit.clone() }
    }

    fn sort(&self, refs: &[String], exposure: &mut Exposure) {
        let mut remotes: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for name in refs.iter().map(|name| (self.speak)(name.as_bytes())) {
            if let Some(branch) = name.strip_prefix("refs/heads/") {
                exposure.branches.push(branch.to_owned());
            } else if let Some(tag) = name.strip_prefix("refs/tags/") {
                exposure.tags.push(tag.to_owned());
            } else if let Some((remote, branch)) =
                name.strip_prefix("refs/remotes/").and_then(|rest| rest.split_once('/'))
            {
                remotes.entry(remote.to_owned()).or_default().push(branch.to_owned());
            } else if name.starts_with("refs/") {
                exposure.others.push(name.clone());
            }
        }
        exposure.remotes =
            remotes.into_iter().map(|(remote, branches)| format!("{remote} ({})", branches.join(", "))).collect();
    }

    fn holds(&mut self, commit: &ObjectId, path: &BString, holders: &BTreeSet<ObjectId>) -> bool {
        let graph = self.past.history.graph();
        let Some(at) = graph.find(commit) else { return false };
        let tree = *graph.tree(at);
        self.trees.find(&tree, path).ok().flatten().is_some_and(|node| holders.contains(&node.id))
    }

    /// The commit that took it out: going back from the current one, the last without it before one that has it.
    fn removal(&mut self, path: &BString, holders: &BTreeSet<ObjectId>) -> Option<Commit> {
        let graph = self.past.history.graph();
        let head = self.head?;
        if self.holds(graph.id(head), path, holders) {
            return None;
        }
        let (mut pending, mut seen) = (VecDeque::from([head]), HashSet::from([head]));
        while let Some(at) = pending.pop_front() {
            for &parent in graph.parents(at) {
                if self.holds(graph.id(parent), path, holders) {
                    return self.commit(graph.id(at));
                }
                if seen.insert(parent) {
                    pending.push_back(parent);
                }
            }
        }
        None
    }

    fn commit(&self, id: &ObjectId) -> Option<Commit> {
        let bytes = self.past.objects().read_kind(id, Kind::Commit).ok()?;
        let commit = object::Commit::parse(&bytes).ok()?;
        Some(Commit {
            id: id.to_string(),
            author: (self.speak)(commit.author.split_str("@").next().unwrap_or_default()),
            author_date: super::time(commit.author_time),
            commit_date: super::time(commit.commit_time),
        })
    }

    fn how(&self, exposure: &Exposure) -> String {
        let graph = self.past.history.graph();
        let is_logged = exposure.first.as_ref().is_some_and(|commit| {
            ObjectId::from_hex(commit.id.as_bytes())
                .and_then(|id| graph.find(&id))
                .is_some_and(|at| self.in_reflogs[at as usize])
        });
        let count = exposure.branches.len() + exposure.tags.len() + exposure.remotes.len() + exposure.others.len();
        match (count, exposure.current.is_empty(), is_logged) {
            (0, _, true) => {
                "no ref reaches it any more, but a reflog does: anybody with this clone reads it".to_owned()
            }
            (0, _, false) => {
                "nothing reaches it any more, but the object is still in the database until git prunes it".to_owned()
            }
            (_, false, _) => "in the latest version of the refs named: anybody who opens the file reads it".to_owned(),
            (_, true, _) => "in old commits of the refs named: anybody who clones them reads it".to_owned(),
        }
    }
}

fn short(name: &[u8]) -> &[u8] {
    [&b"refs/heads/"[..], b"refs/tags/", b"refs/remotes/"]
        .iter()
        .find_map(|prefix| name.strip_prefix(*prefix))
        .unwrap_or(name)
}
