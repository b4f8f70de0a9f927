//! The first sweep over a history: commits, tags and trees once, for what people wrote and for the names in them.
//!
//! Contents of files are not its affair. Whatever a name is worth is judged by others.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bstr::BString;

use crate::model::{Notice, NoticeKind, ObjectId, Origin, Provenance};
use crate::source::git::object::{Malformed, prose, tag_target};
use crate::source::git::{Commit, Kind};
use crate::source::odb::{Kinds, ObjectStore, SweepOptions, SweptObject, Visitor};
use crate::source::{Item, Sink};

use super::graph::CommitNode;
use super::layout::{Layout, new_entries};
use super::names::Names;

/// What a survey found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Commits, in no order.
    pub commits: Vec<CommitNode>,
    /// Annotated tags and what they point to.
    pub tags: HashMap<ObjectId, (Kind, ObjectId)>,
    /// Every name in a tree, and the smallest id of a tree that has it.
    pub names: HashMap<BString, ObjectId>,
    /// Every blob in a tree, if asked for.
    pub blobs: HashSet<ObjectId>,
    /// How many trees there were.
    pub trees: u64,
    /// Objects that a tree names and that are not there.
    pub missing: HashSet<ObjectId>,
}

/// What a survey looks at, and what it does with it.
#[derive(Clone, Copy)]
pub(super) struct SurveyPlan<'a> {
    /// Which kinds of objects.
    pub kinds: Kinds,
    /// Which objects of these kinds.
    pub wants: &'a (dyn Fn(&ObjectId, Kind) -> bool + Sync),
    /// Show messages to the sink, or only gather.
    pub shows_texts: bool,
    /// Gather the ids of blobs.
    pub lists_blobs: bool,
    /// How many threads.
    pub threads: usize,
}

/// Sweeps over commits, tags and trees.
pub(super) fn survey(store: &ObjectStore, plan: SurveyPlan<'_>, sink: &dyn Sink) -> Survey {
    let found = Arc::new(Mutex::new(Survey::default()));
    let surveyor = Surveyor { plan, sink, store, found: Arc::clone(&found) };
    store.sweep(SweepOptions { kinds: plan.kinds, threads: plan.threads }, &surveyor);
    std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Surveyor<'a> {
    plan: SurveyPlan<'a>,
    sink: &'a dyn Sink,
    store: &'a ObjectStore,
    found: Arc<Mutex<Survey>>,
}

/// What one thread has found; handed over when the thread ends.
struct Worker {
    shared: Arc<Mutex<Survey>>,
    own: Survey,
    names: Names,
}

impl Visitor for Surveyor<'_> {
    type Worker = Worker;
    type State = Layout;

    fn worker(&self) -> Worker {
        Worker { shared: Arc::clone(&self.found), own: Survey::default(), names: Names::default() }
    }

    fn visit(&self, worker: &mut Worker, object: SweptObject<'_>, base: Option<&Layout>) -> Layout {
        let SweptObject { id, kind, bytes, .. } = object;
        let (layout, result) = match kind {
            Kind::Commit => (Layout::default(), self.commit(worker, id, bytes)),
            Kind::Tag => (Layout::default(), self.tag(worker, id, bytes)),
            Kind::Tree => self.tree(worker, object, base),
            Kind::Blob => (Layout::default(), Ok(())),
        };
        if let Err(malformed) = result {
            self.sink.notice(Notice::new(NoticeKind::Damaged, id.to_string(), malformed.to_string()));
        }
        layout
    }

    fn wants(&self, id: &ObjectId, kind: Kind) -> bool {
        (self.plan.wants)(id, kind)
    }

    fn notice(&self, notice: Notice) {
        self.sink.notice(notice);
    }

    fn cancelled(&self) -> bool {
        self.sink.cancelled()
    }
}

impl Surveyor<'_> {
    fn commit(&self, worker: &mut Worker, id: ObjectId, bytes: &[u8]) -> Result<(), Malformed> {
        // A commit that cannot be taken apart is still a text.
        self.text(Origin::Commit, id, bytes);
        worker.own.commits.push(CommitNode::new(id, &Commit::parse(bytes)?));
        Ok(())
    }

    fn tag(&self, worker: &mut Worker, id: ObjectId, bytes: &[u8]) -> Result<(), Malformed> {
        self.text(Origin::Tag, id, bytes);
        worker.own.tags.insert(id, tag_target(bytes)?);
        Ok(())
    }

    fn tree(
        &self,
        worker: &mut Worker,
        object: SweptObject<'_>,
        base: Option<&Layout>,
    ) -> (Layout, Result<(), Malformed>) {
        worker.own.trees += 1;
        new_entries(object.bytes, self.store.hash().len(), base, object.copies, |entry| {
            worker.names.add(entry.name, object.id);
            if entry.mode.is_submodule() {
                return;
            }
            let id = entry.id();
            if !self.store.contains(&id) {
                worker.own.missing.insert(id);
            }
            if self.plan.lists_blobs && entry.mode.is_blob() {
                worker.own.blobs.insert(id);
            }
        })
    }

    fn text(&self, origin: Origin, id: ObjectId, bytes: &[u8]) {
        if self.plan.shows_texts {
            let mut provenance = Provenance::new(origin, None);
            provenance.object = Some(id);
            self.sink.item(Item::whole(provenance, &prose(bytes)));
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.commits.append(&mut self.own.commits);
        shared.tags.extend(self.own.tags.drain());
        shared.blobs.extend(self.own.blobs.drain());
        shared.missing.extend(self.own.missing.drain());
        shared.trees += self.own.trees;
        self.names.drain_into(&mut shared.names);
    }
}
