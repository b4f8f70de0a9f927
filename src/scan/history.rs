//! The sweep of an object database: every object once, only what is new in it, findings attributed afterwards.
//!
//! Blobs go through the engine by way of their deltas; names are pushed by the history itself. Paths and
//! commits are looked up only for what was found. Of a value that many versions of a file hold, one finding remains per path:
//! the earliest one, with the last commit and all refs of all of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bstr::BString;

use super::Collector;
use super::spot::{self, Spot};
use crate::detect::Scratch;
use crate::detect::delta::BlobState;
use crate::model::{Attribution, CommitRef, Notice, ObjectId, Origin, Provenance, Receipt};
use crate::policy::EnvFile;
use crate::source::git::Repository;
use crate::source::git::object::prose;
use crate::source::history::survey::{SurveyHand, Surveyor};
use crate::source::history::{Layout, Plan, Selection};
use crate::source::odb::{Kinds, ObjectKind, SweepOptions, SweptObject, Visitor};
use crate::source::{Item, Sink, SourceError};

/// How a sweep works.
#[derive(Debug, Clone, Copy)]
pub struct SweepPlan {
    /// Match every byte instead of what deltas made new.
    pub full_scan: bool,
    /// Number of threads.
    pub threads: usize,
}

/// Scans everything that `selection` names of a repository.
pub fn run(
    repository: &Repository,
    selection: &Selection,
    plan: SweepPlan,
    collector: &Collector<'_>,
) -> Result<(), SourceError> {
    let asked = Plan::new(repository, selection, plan.threads, collector)?;
    let store = asked.objects().store();
    store.notices().iter().for_each(|notice| collector.notice(notice.clone()));
    let surveyor = asked.surveyor();
    let visitor =
        HistoryVisitor { collector, plan, wanted: asked.wanted(), surveyor: &surveyor, found: Arc::default() };
    store.sweep(SweepOptions { kinds: Kinds::ALL, threads: plan.threads }, &visitor);
    let Gathered { spots, receipt } = std::mem::take(&mut *lock(&visitor.found));
    let survey = surveyor.finish();
    collector.count(&receipt);
    if collector.cancelled() {
        return Ok(());
    }
    let history = asked.finish(survey, collector);
    let env = &collector.setup().policy.env;
    let banned: HashSet<BString> = history.names().filter(|name| env.judge(name) == EnvFile::Banned).cloned().collect();
    let wanted: HashSet<ObjectId> = spots.keys().copied().collect();
    let mut groups = Groups::default();
    let mut placed: HashSet<ObjectId> = HashSet::new();
    for sighting in history.attribute(&wanted, &banned, collector) {
        let mut provenance = Provenance::new(Origin::Blob, sighting.path);
        provenance.object = Some(sighting.blob);
        let is_banned = provenance.path.as_ref().is_some_and(|path| env.judge(path) == EnvFile::Banned);
        if is_banned {
            groups.add(Key::File, None, &provenance, &sighting.attribution);
        }
        for spot in spots.get(&sighting.blob).into_iter().flatten() {
            placed.insert(sighting.blob);
            groups.add(Key::of(spot), Some(spot), &provenance, &sighting.attribution);
        }
    }
    for (blob, spots) in spots.iter().filter(|(blob, _)| !placed.contains(*blob)) {
        let mut provenance = Provenance::new(Origin::Blob, None);
        provenance.object = Some(*blob);
        for spot in spots {
            groups.add(Key::of(spot), Some(spot), &provenance, &Attribution::default());
        }
    }
    groups.report(collector);
    collector.attribute_texts(|ids| history.attribute_texts(ids));
    Ok(())
}

/// What makes two sightings one finding: the same rule and value, or the same banned file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    File,
    Value(u32, [u8; 32]),
}

impl Key {
    fn of(spot: &Spot) -> Self {
        Self::Value(spot.candidate.rule, spot.candidate.secret.digest())
    }
}

/// Findings on their way to be joined, by path (or object, where there is no path) and key.
#[derive(Default)]
struct Groups<'a>(BTreeMap<(Option<BString>, Option<ObjectId>, Key), Group<'a>>);

struct Group<'a> {
    spot: Option<&'a Spot>,
    provenance: Provenance,
    attribution: Attribution,
}

impl<'a> Groups<'a> {
    fn add(&mut self, key: Key, spot: Option<&'a Spot>, provenance: &Provenance, attribution: &Attribution) {
        let object = provenance.path.is_none().then_some(provenance.object).flatten();
        let slot = (provenance.path.clone(), object, key);
        let Some(group) = self.0.get_mut(&slot) else {
            let (provenance, attribution) = (provenance.clone(), attribution.clone());
            self.0.insert(slot, Group { spot, provenance, attribution });
            return;
        };
        let time = |commit: &Option<CommitRef>| commit.as_ref().map(|commit| (commit.commit_time, commit.id));
        let (old, new) = (time(&group.attribution.first), time(&attribution.first));
        let is_earlier = match (new, old) {
            (Some(new), Some(old)) => (new, provenance.object) < (old, group.provenance.object),
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => provenance.object < group.provenance.object,
        };
        if is_earlier {
            group.spot = spot;
            group.provenance = provenance.clone();
            group.attribution.first = attribution.first.clone();
        }
        if time(&attribution.last) > time(&group.attribution.last) {
            group.attribution.last = attribution.last.clone();
        }
        group.attribution.refs.extend(attribution.refs.iter().cloned());
        group.attribution.refs.sort();
        group.attribution.refs.dedup();
    }

    fn report(self, collector: &Collector<'_>) {
        for group in self.0.into_values() {
            match group.spot {
                Some(spot) => collector.adopt(spot.clone(), group.provenance, Some(group.attribution)),
                None => collector.judge_path(&group.provenance, Some(&group.attribution)),
            }
        }
    }
}

struct HistoryVisitor<'a, 'c> {
    collector: &'a Collector<'c>,
    plan: SweepPlan,
    wanted: Option<&'a HashSet<ObjectId>>,
    surveyor: &'a Surveyor<'a>,
    found: Arc<Mutex<Gathered>>,
}

/// What is remembered of an object for those that are stored as differences to it.
#[derive(Default)]
struct Seen {
    blob: BlobState,
    tree: Layout,
}

/// What all threads found.
#[derive(Default)]
struct Gathered {
    spots: HashMap<ObjectId, Vec<Spot>>,
    receipt: Receipt,
}

/// One thread's own things; handed over when the thread is done.
struct Worker<'a> {
    scratch: Scratch,
    hand: SurveyHand<'a>,
    own: Gathered,
    found: Arc<Mutex<Gathered>>,
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.own.receipt.layers += self.scratch.layers;
        let mut found = lock(&self.found);
        found.receipt.add(&self.own.receipt);
        found.spots.extend(std::mem::take(&mut self.own.spots));
    }
}

fn lock(mutex: &Mutex<Gathered>) -> MutexGuard<'_, Gathered> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Visitor for HistoryVisitor<'a, '_> {
    type Worker = Worker<'a>;
    type State = Seen;

    fn worker(&self) -> Worker<'a> {
        let hand = self.surveyor.hand();
        Worker { scratch: Scratch::default(), hand, own: Gathered::default(), found: self.found.clone() }
    }

    fn visit(&self, worker: &mut Worker<'a>, object: SweptObject<'_>, base: Option<&Seen>) -> Seen {
        let receipt = &mut worker.own.receipt;
        match object.kind {
            ObjectKind::Blob => return Seen { blob: self.blob(worker, object, base), ..Seen::default() },
            ObjectKind::Commit => {
                receipt.commits += 1;
                self.text(Origin::Commit, object);
            }
            ObjectKind::Tag => {
                receipt.tags += 1;
                self.text(Origin::Tag, object);
            }
            ObjectKind::Tree => {
                receipt.trees += 1;
                receipt.bytes += object.bytes.len() as u64;
            }
        }
        Seen { tree: worker.hand.see(object, base.map(|base| &base.tree)), ..Seen::default() }
    }

    fn wants(&self, id: &ObjectId, _kind: ObjectKind) -> bool {
        self.wanted.is_none_or(|wanted| wanted.contains(id))
    }

    fn notice(&self, notice: Notice) {
        self.collector.notice(notice);
    }

    fn cancelled(&self) -> bool {
        self.collector.cancelled()
    }
}

impl HistoryVisitor<'_, '_> {
    fn text(&self, origin: Origin, object: SweptObject<'_>) {
        let mut provenance = Provenance::new(origin, None);
        provenance.object = Some(object.id);
        self.collector.item(Item::whole(provenance, &prose(object.bytes)));
    }

    fn blob(&self, worker: &mut Worker<'_>, object: SweptObject<'_>, base: Option<&Seen>) -> BlobState {
        let engine = &self.collector.setup().engine;
        let state = match base {
            Some(Seen { blob: base, .. }) if !self.plan.full_scan && !object.copies.is_empty() => {
                engine.scan_delta(object.bytes, object.copies, base, &mut worker.scratch)
            }
            _ => engine.scan_base(object.bytes, &mut worker.scratch),
        };
        let receipt = &mut worker.own.receipt;
        receipt.blobs += 1;
        receipt.bytes += object.bytes.len() as u64;
        receipt.matched_bytes += state.matched as u64;
        if !state.is_clean() {
            let id_of = |index| engine.rules().signature(index).id.to_string();
            let spots = spot::place(state.resolved(engine), object.bytes, None, id_of);
            worker.own.spots.insert(object.id, spots);
        }
        state
    }
}
