//! The sweep of an object database: every object once, only what is new in it, findings attributed afterwards.
//!
//! One pass in pack order shows blobs, commits, tags and trees. Blobs go through the engine by way of their deltas; of
//! commits and tags the prose is scanned, of trees the names that are new. Paths are looked up only for what was found.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use bstr::BString;

use super::Collector;
use super::spot::{self, Spot};
use crate::detect::Scratch;
use crate::detect::delta::BlobState;
use crate::model::{Chunk, Notice, ObjectId, Origin, Provenance, Receipt, Scope, Span};
use crate::policy::EnvFile;
use crate::source::Sink;
use crate::source::git::object;
use crate::source::odb::{Kinds, ObjectKind, ObjectStore, SweepOptions, SweptObject, Visitor};

/// What a sweep is to look at.
#[derive(Debug, Clone, Copy)]
pub struct SweepPlan<'a> {
    /// Match every byte instead of what deltas made new.
    pub full_scan: bool,
    /// Only these objects; none for all of them.
    pub only: Option<&'a HashSet<ObjectId>>,
    /// Number of threads.
    pub threads: usize,
}

/// What a sweep found, still without paths.
#[derive(Debug, Default)]
pub struct Swept {
    /// Blobs with candidates.
    pub blobs: HashMap<ObjectId, Vec<Spot>>,
    /// Blobs that are archives: they are entered once their paths are known.
    pub archives: Vec<ObjectId>,
    /// Whether a tree holds a name of the `.env` family.
    pub has_env_names: bool,
}

/// Sweeps the store and returns what it found; counts go to the collector.
pub fn sweep(store: &ObjectStore, collector: &Collector<'_>, plan: SweepPlan<'_>) -> Swept {
    let visitor = HistoryVisitor { collector, plan, found: Arc::default() };
    let options = SweepOptions { kinds: Kinds::ALL, threads: plan.threads };
    store.notices().iter().cloned().for_each(|notice| collector.notice(notice));
    store.sweep(options, &visitor);
    let gathered = std::mem::take(&mut *lock(&visitor.found));
    collector.count(&gathered.receipt);
    gathered.swept
}

struct HistoryVisitor<'a, 'c> {
    collector: &'a Collector<'c>,
    plan: SweepPlan<'a>,
    found: Arc<Mutex<Gathered>>,
}

/// What all threads found.
#[derive(Default)]
struct Gathered {
    swept: Swept,
    receipt: Receipt,
}

/// One thread's own things; handed over when the thread is done.
struct Worker {
    scratch: Scratch,
    receipt: Receipt,
    swept: Swept,
    found: Arc<Mutex<Gathered>>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.receipt.layers += self.scratch.layers;
        let mut found = lock(&self.found);
        found.receipt.add(&self.receipt);
        found.swept.blobs.extend(std::mem::take(&mut self.swept.blobs));
        found.swept.archives.append(&mut self.swept.archives);
        found.swept.has_env_names |= self.swept.has_env_names;
    }
}

fn lock(mutex: &Mutex<Gathered>) -> std::sync::MutexGuard<'_, Gathered> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Visitor for HistoryVisitor<'_, '_> {
    type Worker = Worker;
    type State = BlobState;

    fn worker(&self) -> Self::Worker {
        Worker {
            scratch: Scratch::default(),
            receipt: Receipt::default(),
            swept: Swept::default(),
            found: self.found.clone(),
        }
    }

    fn visit(&self, worker: &mut Self::Worker, object: SweptObject<'_>, base: Option<&BlobState>) -> BlobState {
        worker.receipt.bytes += object.bytes.len() as u64;
        match object.kind {
            ObjectKind::Blob => self.blob(worker, object, base),
            ObjectKind::Tree => self.tree(worker, object),
            ObjectKind::Commit => self.prose(worker, object, Origin::Commit),
            ObjectKind::Tag => self.prose(worker, object, Origin::Tag),
        }
    }

    fn wants(&self, id: &ObjectId, _kind: ObjectKind) -> bool {
        self.plan.only.is_none_or(|only| only.contains(id))
    }

    fn notice(&self, notice: Notice) {
        self.collector.notice(notice);
    }

    fn cancelled(&self) -> bool {
        self.collector.cancelled()
    }
}

impl HistoryVisitor<'_, '_> {
    fn blob(&self, worker: &mut Worker, object: SweptObject<'_>, base: Option<&BlobState>) -> BlobState {
        let engine = &self.collector.setup().engine;
        let state = match base {
            Some(base) if !self.plan.full_scan && !object.copies.is_empty() => {
                engine.scan_delta(object.bytes, object.copies, base, &mut worker.scratch)
            }
            _ => engine.scan_base(object.bytes, &mut worker.scratch),
        };
        worker.receipt.blobs += 1;
        worker.receipt.matched_bytes += state.matched as u64;
        if !state.is_clean() {
            let candidates = state.resolved(engine);
            let spots = spot::place(candidates, object.bytes, None, |index| self.rule_id(index));
            worker.swept.blobs.insert(object.id, spots);
        }
        state
    }

    fn rule_id(&self, index: u32) -> String {
        self.collector.setup().engine.rules().signature(index).id.to_string()
    }

    /// Messages, names and e-mail addresses of commits and tags.
    fn prose(&self, worker: &mut Worker, object: SweptObject<'_>, origin: Origin) -> BlobState {
        match origin {
            Origin::Tag => worker.receipt.tags += 1,
            _ => worker.receipt.commits += 1,
        }
        let text = object::prose(object.bytes);
        let mut provenance = Provenance::new(origin, None);
        provenance.object = Some(object.id);
        for spot in self.collector.spots(&text, &Scope::All, &mut worker.scratch) {
            self.collector.adopt(spot, provenance.clone(), None);
        }
        BlobState::default()
    }

    /// Names that are new in a tree: of the `.env` family, or secrets themselves.
    fn tree(&self, worker: &mut Worker, object: SweptObject<'_>) -> BlobState {
        worker.receipt.trees += 1;
        let id_len = object.id.as_bytes().len();
        let mut names = BString::default();
        for range in new_ranges(object) {
            for name in names_touching(object.bytes, range, id_len) {
                if self.collector.setup().policy.env.judge(name) == EnvFile::Banned {
                    worker.swept.has_env_names = true;
                }
                // A secret is longer than any ordinary name.
                if name.len() >= 16 {
                    names.extend_from_slice(name);
                    names.push(b'\n');
                }
            }
        }
        if !names.is_empty() {
            let found = self.collector.setup().engine.scan(Chunk::whole(&names), &mut worker.scratch);
            let mut provenance = Provenance::new(Origin::Name, None);
            provenance.object = Some(object.id);
            for spot in spot::place(found, &names, None, |index| self.rule_id(index)) {
                self.collector.adopt(spot, provenance.clone(), None);
            }
        }
        BlobState::default()
    }
}

/// The parts of an object that no copy covers.
fn new_ranges(object: SweptObject<'_>) -> Vec<Span> {
    let mut ranges = Vec::with_capacity(object.copies.len() + 1);
    let mut end = 0;
    for copy in object.copies {
        if copy.target_start > end {
            ranges.push(Span::new(end, copy.target_start));
        }
        end = copy.target_start + copy.len;
    }
    if end < object.bytes.len() {
        ranges.push(Span::new(end, object.bytes.len()));
    }
    ranges
}

/// The names of a tree's entries that touch `range`: `mode SP name NUL id`. Where the range begins inside an entry, the
/// search goes back to the nearest place that looks like an entry's beginning; a name read too long or too often does no harm.
fn names_touching(tree: &[u8], range: Span, id_len: usize) -> Vec<&[u8]> {
    let mut names = Vec::new();
    let mut at = range.start.saturating_sub(256 + id_len);
    while at < range.end {
        let Some(nul) = memchr::memchr(0, &tree[at..]).map(|offset| at + offset) else { break };
        let low = nul.saturating_sub(4096).max(at.saturating_sub(id_len));
        let start = [b" ".as_slice()]
            .iter()
            .filter_map(|space| memchr::memmem::rfind(&tree[low..nul], space).map(|offset| low + offset + 1))
            .next();
        match start.filter(|&start| is_mode_before(tree, start)) {
            Some(start) => {
                if Span::new(start, nul + 1).overlaps(range) {
                    names.push(&tree[start..nul]);
                }
                at = nul + 1 + id_len;
            }
            None => at = nul + 1,
        }
    }
    names
}

/// Says whether `40000 `, `100644 ` or the like stands before `start`.
fn is_mode_before(tree: &[u8], start: usize) -> bool {
    [b"40000 ".as_slice(), b"100644 ", b"100755 ", b"120000 ", b"160000 ", b"100664 "]
        .iter()
        .any(|mode| tree[..start].ends_with(mode))
}
