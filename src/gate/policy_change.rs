//! Finds out which commits of a change edit the files that decide, and what that does to the gate.
//!
//! An edit counts when a commit of the change makes it (what a merge merely takes over from one side does not) and when it is
//! still there at a tip. The protected side is the measure; the change's own files are compared with it, never obeyed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use bstr::{BString, ByteSlice};

use crate::model::{Attribution, CommitRef, Notice, ObjectId, Receipt};
use crate::rule::RuleSet;
use crate::source::git::trees::{Node, Trees};
use crate::source::git::{Kind as ObjectKind, Objects};
use crate::source::history::range::{Range, RangeCommit};
use crate::source::{Item, PolicyFiles, Sink, SourceError};

use super::weakening::{Effect, Kind, effects};

/// The files that decide, beside those that are found by their names.
#[derive(Debug, Default)]
pub struct Deciding {
    /// Single files.
    pub files: BTreeMap<BString, Kind>,
    /// Folders with rules.
    pub rule_folders: Vec<BString>,
}

impl Deciding {
    /// What `path` is; none for an ordinary file.
    fn kind(&self, path: &[u8]) -> Option<Kind> {
        if let Some(kind) = self.files.get(path.as_bstr()) {
            return Some(*kind);
        }
        match path.rsplit_once_str("/").map_or(path, |(_, leaf)| leaf) {
            b".gitattributes" => return Some(Kind::Attributes),
            b".gitignore" => return Some(Kind::Ignore),
            _ => {}
        }
        let is_rule = path.ends_with(b".yml") || path.ends_with(b".yaml");
        let folder = path.rsplit_once_str("/").map_or(&b""[..], |(folder, _)| folder);
        (is_rule && self.rule_folders.iter().any(|one| one == folder)).then_some(Kind::Rules)
    }
}

/// Passes everything on and remembers which deciding files went by.
pub struct Watch<'a> {
    inner: &'a dyn Sink,
    deciding: &'a Deciding,
    seen: Mutex<BTreeSet<BString>>,
}

impl<'a> Watch<'a> {
    /// Watches what goes to `inner`.
    pub fn new(inner: &'a dyn Sink, deciding: &'a Deciding) -> Self {
        Self { inner, deciding, seen: Mutex::default() }
    }
}

impl Sink for Watch<'_> {
    fn item(&self, item: Item<'_>) {
        if let Some(path) = item.provenance.path.as_ref().filter(|path| self.deciding.kind(path).is_some()) {
            self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(path.clone());
        }
        self.inner.item(item);
    }

    fn notice(&self, notice: Notice) {
        self.inner.notice(notice);
    }

    fn count(&self, part: &Receipt) {
        self.inner.count(part);
    }

    fn cancelled(&self) -> bool {
        self.inner.cancelled()
    }
}

/// An edit of a deciding file.
#[derive(Debug)]
pub struct PolicyChange {
    /// Which file.
    pub path: BString,
    /// Its new content; none if it was deleted.
    pub object: Option<ObjectId>,
    /// The last commit of the change that touched it.
    pub commit: CommitRef,
    /// The tips that lead there.
    pub tips: Vec<BString>,
    /// What it does; empty if only words have changed.
    pub effects: BTreeSet<Effect>,
}

impl PolicyChange {
    /// Says whether the gate would stand less firmly.
    pub fn weakens(&self) -> bool {
        self.effects.iter().any(|effect| effect.weakens)
    }
}

/// The edits that `range` makes, measured against `protected`. `rules` are those in force.
pub fn find(
    objects: &Objects,
    range: &Range,
    watch: &Watch<'_>,
    protected: &PolicyFiles,
    rules: &RuleSet,
) -> Result<Vec<PolicyChange>, SourceError> {
    let mut paths = watch.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
    // Deleted files are never shown to a sink.
    paths.extend(watch.deciding.files.keys().cloned());
    paths.extend([".gitattributes", ".gitignore"].map(BString::from));
    for folder in &watch.deciding.rule_folders {
        let listed = protected.list(folder.to_path_lossy().as_ref())?.unwrap_or_default();
        paths.extend(listed.iter().filter_map(|file| protected.inside(file)));
    }
    let mut search = Search { objects, range, protected, rules, trees: Trees::new(objects), roots: BTreeMap::new() };
    let mut changes = Vec::new();
    for path in paths {
        if let Some(kind) = watch.deciding.kind(&path) {
            changes.extend(search.change(path, kind)?);
        }
    }
    Ok(changes)
}

struct Search<'a> {
    objects: &'a Objects,
    range: &'a Range,
    protected: &'a PolicyFiles,
    rules: &'a RuleSet,
    trees: Trees<'a>,
    roots: BTreeMap<ObjectId, Option<ObjectId>>,
}

impl Search<'_> {
    fn change(&mut self, path: BString, kind: Kind) -> Result<Option<PolicyChange>, SourceError> {
        let mut brought: BTreeSet<Effect> = BTreeSet::new();
        let mut last: Option<(&RangeCommit, Option<Node>)> = None;
        let range = self.range;
        for commit in &range.commits {
            let new = self.node(&commit.tree, &path);
            let mut old: Vec<Option<Node>> = Vec::new();
            for parent in &commit.parents {
                // A parent that is not there excuses nothing.
                let root = self.root(parent);
                old.push(root.and_then(|root| self.node(&root, &path)));
            }
            if old.is_empty() {
                old.push(None);
            }
            if old.contains(&new) {
                continue;
            }
            last = Some((commit, new));
            // A merge is to blame for what it does to all of its sides.
            let texts: Vec<_> = old.into_iter().map(|node| self.text(node)).collect();
            let new = self.text(new);
            let each = texts.iter().map(|old| effects(kind, old.as_deref(), new.as_deref(), self.rules));
            brought.extend(each.reduce(|one, other| one.intersection(&other).cloned().collect()).unwrap_or_default());
        }
        let Some((commit, node)) = last else { return Ok(None) };
        let before = self.protected.read(path.to_path_lossy().as_ref())?;
        let (mut differs, mut lasting) = (false, BTreeSet::new());
        for tip in self.tips() {
            let now = self.node(&tip, &path);
            let now = self.text(now);
            if now != before {
                differs = true;
                lasting.extend(effects(kind, before.as_deref(), now.as_deref(), self.rules));
            }
        }
        let kept: BTreeSet<Effect> = brought.intersection(&lasting).cloned().collect();
        // Beside the policy itself only what hides something is worth a word.
        let is_policy = matches!(kind, Kind::Config | Kind::Rules | Kind::Baseline | Kind::Seal | Kind::Scanning);
        let is_told = differs && (is_policy || !kept.is_empty());
        Ok(is_told.then(|| PolicyChange {
            path,
            object: node.map(|node| node.id),
            commit: commit.commit.clone(),
            tips: commit.tips.clone(),
            effects: kept,
        }))
    }

    /// The root trees of commits that no other commit of the range builds upon.
    fn tips(&self) -> BTreeSet<ObjectId> {
        let parents: BTreeSet<ObjectId> = self.range.commits.iter().flat_map(|one| one.parents.clone()).collect();
        let tips = self.range.commits.iter().filter(|one| !parents.contains(&one.commit.id));
        tips.map(|one| one.tree).collect()
    }

    fn root(&mut self, commit: &ObjectId) -> Option<ObjectId> {
        let objects = self.objects;
        *self.roots.entry(*commit).or_insert_with(|| {
            let bytes = objects.read_kind(commit, ObjectKind::Commit).ok()?;
            crate::source::git::Commit::parse(&bytes).ok().map(|parsed| parsed.tree)
        })
    }

    /// What cannot be read has been told by whoever scanned the range.
    fn node(&mut self, root: &ObjectId, path: &[u8]) -> Option<Node> {
        self.trees.find(root, path).ok().flatten().filter(|node| node.mode.is_blob())
    }

    fn text(&self, node: Option<Node>) -> Option<Vec<u8>> {
        let node = node?;
        self.objects.read_kind(&node.id, ObjectKind::Blob).ok().map(|bytes| bytes.to_vec())
    }
}

impl PolicyChange {
    /// Since when and from where, for a report.
    pub fn attribution(&self) -> Attribution {
        Attribution {
            first: Some(self.commit.clone()),
            last: Some(self.commit.clone()),
            refs: self.tips.clone().into(),
        }
    }
}
