//! What a sweep learns about a history beside contents: commits, tags, names, and which objects are named but missing.
//!
//! It rides along on whatever sweep its owner makes, so that no object is read twice; `sweep` is for who makes none. Each
//! thread of the sweep has a [`SurveyHand`]; what the hands have gathered is put together when they are dropped.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bstr::BString;

use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::Sink;
use crate::source::git::object::{Malformed, tag_target};
use crate::source::git::{Commit, Kind};
use crate::source::odb::{Kinds, ObjectStore, SweepOptions, SweptObject, Visitor};

use super::graph::CommitNode;
use super::layout::{Layout, Part, entries};
use super::names::Names;
use super::notes::{MANY, Named, Notebook, Noter, Notes};

/// What a survey found.
#[derive(Debug, Default)]
pub struct Survey {
    /// Commits, in no order.
    pub(super) commits: Vec<CommitNode>,
    /// Annotated tags and what they point to.
    pub(super) tags: HashMap<ObjectId, (Kind, ObjectId)>,
    /// Every name in a tree, and a tree that has it.
    pub(super) names: HashMap<BString, ObjectId>,
    /// Every submodule in a tree, by its name there, and its commits.
    pub(super) links: BTreeMap<BString, BTreeSet<ObjectId>>,
    /// Every blob in a tree, if asked for.
    pub(super) blobs: HashSet<ObjectId>,
    /// How many trees there were.
    pub(super) trees: u64,
    /// Objects that a tree names and that are not there.
    pub(super) missing: HashSet<ObjectId>,
    /// What could not be taken apart.
    pub(super) notices: Vec<Notice>,
    /// What all trees hold, if asked for and not too much.
    pub(super) notes: Option<Notes>,
}

impl Survey {
    /// Every name that a tree has.
    pub fn names(&self) -> impl Iterator<Item = &BString> {
        self.names.keys()
    }
}

/// Hands out [`SurveyHand`]s and gathers what they find.
pub struct Surveyor<'s> {
    store: &'s ObjectStore,
    lists_blobs: bool,
    notebook: Option<Notebook>,
    found: Arc<Mutex<Survey>>,
}

impl<'s> Surveyor<'s> {
    /// Surveys objects of `store`.
    pub fn new(store: &'s ObjectStore) -> Self {
        Self { store, lists_blobs: false, notebook: None, found: Arc::default() }
    }

    /// The same, gathering the ids of all blobs that trees name.
    pub(super) fn listing_blobs(self) -> Self {
        Self { lists_blobs: true, ..self }
    }

    /// The same, noting what each tree holds.
    pub(super) fn noting(self) -> Self {
        Self { notebook: Some(Notebook::new()), ..self }
    }

    /// The same, however much it is.
    pub(super) fn noting_all(self) -> Self {
        Self { notebook: Some(Notebook::with_room(u64::MAX)), ..self }
    }

    /// One thread's part.
    pub fn hand(&self) -> SurveyHand<'s> {
        SurveyHand {
            store: self.store,
            lists_blobs: self.lists_blobs,
            shared: Arc::clone(&self.found),
            own: Survey::default(),
            names: Names::default(),
            named: Vec::with_capacity(MANY),
            noter: self.notebook.as_ref().map(Notebook::noter),
        }
    }

    /// What all hands found that were dropped by now.
    pub fn finish(self) -> Survey {
        let survey = std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner));
        Survey { notes: self.notebook.and_then(Notebook::finish), ..survey }
    }
}

/// One thread's part of a survey.
pub struct SurveyHand<'s> {
    store: &'s ObjectStore,
    lists_blobs: bool,
    shared: Arc<Mutex<Survey>>,
    own: Survey,
    names: Names,
    /// What trees name and what was not looked for yet.
    named: Vec<ObjectId>,
    noter: Option<Noter>,
}

/// Looks for what trees name, for the notes and for what is missing.
fn look_up(store: &ObjectStore, named: &mut Vec<ObjectId>, noter: Option<&mut Noter>, missing: &mut HashSet<ObjectId>) {
    let numbers = store.numbers(named);
    let unknown = named.iter().zip(&numbers).filter(|(_, number)| number.is_none()).map(|(id, _)| *id);
    missing.extend(unknown.filter(|id| !store.contains(id)));
    noter.into_iter().for_each(|noter| noter.tell(named, &numbers));
    named.clear();
}

impl SurveyHand<'_> {
    /// Looks at an object of any kind. `base` is what was returned for the object that it is stored as a difference to;
    /// with it, only what differs is read.
    pub fn see(&mut self, object: SweptObject<'_>, base: Option<&Layout>) -> Layout {
        let (layout, result) = match object.kind {
            Kind::Commit => (Layout::default(), self.commit(object.id, object.bytes)),
            Kind::Tag => (Layout::default(), self.tag(object.id, object.bytes)),
            Kind::Tree => self.tree(object, base),
            Kind::Blob => (Layout::default(), Ok(())),
        };
        if let Err(malformed) = result {
            let notice = Notice::new(NoticeKind::Damaged, object.id.to_string(), malformed.to_string());
            self.own.notices.push(notice);
        }
        layout
    }

    fn commit(&mut self, id: ObjectId, bytes: &[u8]) -> Result<(), Malformed> {
        self.own.commits.push(CommitNode::new(id, &Commit::parse(bytes)?));
        Ok(())
    }

    fn tag(&mut self, id: ObjectId, bytes: &[u8]) -> Result<(), Malformed> {
        self.own.tags.insert(id, tag_target(bytes)?);
        Ok(())
    }

    fn tree(&mut self, object: SweptObject<'_>, base: Option<&Layout>) -> (Layout, Result<(), Malformed>) {
        let Self { store, lists_blobs, own, names, named, noter, .. } = self;
        let is_noted = noter.as_mut().is_some_and(Noter::is_wanted);
        let mut noter = noter.as_mut().filter(|_| is_noted);
        own.trees += 1;
        let (mut layout, result) = entries(object.bytes, store.hash().len(), base, object.copies, |part| {
            let (at, entry) = match part {
                Part::New(at, entry) => (at, entry),
                // What is copied was seen in the base.
                Part::Copied { from, to, len } => {
                    noter.iter_mut().for_each(|noter| noter.copy(from, to, len));
                    return;
                }
            };
            let name = names.add(entry.name, object.id);
            let id = entry.id();
            if entry.mode.is_submodule() {
                own.links.entry(entry.name.into()).or_default().insert(id);
                return;
            }
            noter.iter_mut().for_each(|noter| noter.entry(at, &entry, name));
            named.push(id);
            if named.len() == MANY {
                look_up(store, named, noter.as_deref_mut(), &mut own.missing);
            }
            if *lists_blobs && entry.mode.is_blob() {
                own.blobs.insert(id);
            }
        });
        layout.note =
            noter.map(|noter| noter.end(Named::new(&object.id, object.number), base.and_then(|base| base.note)));
        (layout, result)
    }
}

impl Drop for SurveyHand<'_> {
    fn drop(&mut self) {
        look_up(self.store, &mut self.named, self.noter.as_mut(), &mut self.own.missing);
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.commits.append(&mut self.own.commits);
        shared.tags.extend(self.own.tags.drain());
        shared.blobs.extend(self.own.blobs.drain());
        for (name, commits) in std::mem::take(&mut self.own.links) {
            shared.links.entry(name).or_default().extend(commits);
        }
        shared.missing.extend(self.own.missing.drain());
        shared.notices.append(&mut self.own.notices);
        shared.trees += self.own.trees;
        let names = self.names.drain_into(&mut shared.names);
        drop(shared);
        if let Some(noter) = self.noter.take() {
            noter.hand_in(names);
        }
    }
}

/// A sweep for a survey alone, of the objects that `wants` says.
pub(super) fn sweep<'s>(
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
