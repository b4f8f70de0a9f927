//! The sweep of an object database: every blob once, only what is new in it, findings attributed afterwards.
//!
//! Blobs go through the engine by way of their deltas; messages and names are pushed by the history itself. Paths and
//! commits are looked up only for what was found. Where nothing has changed since an earlier sweep, its outcome is told again.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bstr::{BString, ByteSlice};

use super::groups::Groups;
use super::held::Held;
use super::memory::Memory;
use super::redact::logged;
use super::{Collector, Meter};
use crate::detect::Scratch;
use crate::detect::delta::BlobState;
use crate::detect::seen::Seen;
use crate::model::{Attribution, Notice, NoticeKind, ObjectId, Origin, Provenance, Receipt};
use crate::policy::EnvFile;
use crate::source::archive;
use crate::source::git::{ABSENT_MODULE, Repository};
use crate::source::history::survey::{Survey, SurveyHand, Surveyor};
use crate::source::history::{History, Layout, Plan, Request, Selection, Sighting, Sought};
use crate::source::odb::{Kinds, ObjectKind, SweepOptions, SweptObject, Visitor};
use crate::source::outcome::Way;
use crate::source::verdicts::Verdicts;
use crate::source::{Sink, SourceError};

/// How a sweep works.
#[derive(Debug, Clone)]
pub struct SweepPlan {
    /// Match every byte instead of what deltas made new.
    pub full_scan: bool,
    /// Number of threads.
    pub threads: usize,
    /// What a remembered verdict depends on besides the blob (the program, its rules, its options); none to remember nothing.
    pub reading: Option<String>,
}

/// Scans everything that `selection` names of a repository, and of its submodules unless revisions are named.
pub fn run(
    repository: &Repository,
    selection: &Selection,
    plan: &SweepPlan,
    collector: &Collector<'_>,
) -> Result<(), SourceError> {
    run_one(repository, selection, plan, collector)?;
    if matches!(selection, Selection::From(_)) {
        return Ok(());
    }
    for (name, module) in repository.modules() {
        match module {
            Ok(Some(module)) => {
                if let Err(error) = run_one(&module, selection, plan, collector) {
                    collector.notice(Notice::new(NoticeKind::Unreadable, name, error.to_string()));
                }
            }
            Ok(None) => collector.notice(Notice::new(NoticeKind::Skipped, name, ABSENT_MODULE)),
            Err(error) => collector.notice(Notice::new(NoticeKind::Unreadable, name, error.to_string())),
        }
    }
    Ok(())
}

fn run_one(
    repository: &Repository,
    selection: &Selection,
    plan: &SweepPlan,
    collector: &Collector<'_>,
) -> Result<(), SourceError> {
    let reading = plan.reading.as_deref().filter(|_| !plan.full_scan);
    let request = Request::read(repository, selection, plan.threads, collector)?;
    let memory = reading.and_then(|reading| Memory::open(repository, reading, &request, collector));
    request.objects().store().notices().iter().for_each(|notice| collector.notice(notice.clone()));
    if memory.as_ref().is_some_and(|memory| memory.tell(&request, plan.threads, collector)) {
        return Ok(());
    }
    let verdicts = reading.map(|reading| Verdicts::read(repository, reading));
    let wishes = request.choose(collector);
    let surveyor = wishes.surveyor();
    let visitor = HistoryVisitor {
        collector,
        plan,
        wanted: wishes.wanted(),
        surveyor: &surveyor,
        verdicts: verdicts.as_ref(),
        seen: (!plan.full_scan).then(|| Arc::new(Seen::new(wishes.count() as usize))),
        found: Arc::default(),
    };
    let store = wishes.objects().store();
    let remembered = verdicts.as_ref().map_or(0, Verdicts::len) as u64;
    collector.setup().meter.expect(wishes.count().saturating_sub(remembered));
    if log::log_enabled!(log::Level::Info) {
        log_plan(collector, &wishes, remembered);
    }
    store.sweep(SweepOptions { kinds: Kinds::ALL, threads: plan.threads }, &visitor);
    let ids = verdicts.iter().flat_map(Verdicts::ids);
    let remembered = ids.filter(|id| wishes.wanted().is_none_or(|wanted| wanted.contains(id)) && store.contains(id));
    let remembered = remembered.count() as u64;
    let Gathered { held, unnamed, clean, mut telling, mut receipt } = std::mem::take(&mut *lock(&visitor.found));
    drop(visitor);
    let survey = surveyor.finish();
    receipt.remembered = remembered;
    collector.count(&receipt);
    let history = finish(wishes, survey, held.keys().copied().collect(), !unnamed.is_empty(), collector);
    if collector.cancelled() {
        return Ok(());
    }
    let env = &collector.setup().policy.env;
    let sightings = history.attribute_foreseen(collector);
    let mut groups = Groups::default();
    // What only the path makes of a content.
    let mut judged: Vec<(Held, Way, &Sighting)> = Vec::new();
    let mut placed: HashSet<ObjectId> = HashSet::new();
    let mut scratch = Scratch::default();
    for sighting in &sightings {
        if let Some(held) = held.get(&sighting.blob) {
            placed.insert(sighting.blob);
            groups.add_all(held, Way::Bytes, &provenance(sighting), &sighting.attribution);
        }
        let Some(path) = sighting.path.as_ref().map(|path| path.as_bstr()) else { continue };
        // What could not be read the sweep has told.
        let read = || history.objects().read_kind(&sighting.blob, ObjectKind::Blob).ok();
        match env.judge(path) {
            EnvFile::Banned => groups.add_file(&provenance(sighting), &sighting.attribution),
            EnvFile::Template => judged.extend(
                read().map(|bytes| (Held::template(collector, path, &bytes, &mut scratch), Way::Template, sighting)),
            ),
            EnvFile::Other => {}
        }
        if unnamed.contains(&sighting.blob) && archive::is_name_of_one(path) {
            let bytes = read().filter(|bytes| archive::is_told_by_name(bytes, path));
            judged.extend(bytes.map(|bytes| (Held::named(collector, path, &bytes, &mut scratch), Way::Name, sighting)));
        }
    }
    for (blob, held) in held.iter().filter(|(blob, _)| !placed.contains(*blob)) {
        let mut provenance = Provenance::new(Origin::Blob, None);
        provenance.object = Some(*blob);
        groups.add_all(held, Way::Bytes, &provenance, &Attribution::default());
    }
    for (held, way, sighting) in &judged {
        groups.add_all(held, *way, &provenance(sighting), &sighting.attribution);
    }
    let finds = groups.report(collector);
    let mut texts = HashMap::new();
    collector.attribute_texts(|ids| {
        texts = history.attribute_texts(ids);
        texts.clone()
    });
    let unkept = |error: std::io::Error| log::info!("what this sweep found out is not remembered: {error}");
    let _ = verdicts.map(|verdicts| verdicts.remember(clean)).transpose().map_err(unkept);
    if let Some(memory) = memory.filter(|_| !collector.cancelled()) {
        telling.sort_unstable();
        let _ = memory.keep(finds, telling, &texts, &receipt, collector).map_err(unkept);
    }
    Ok(())
}

/// Ends a sweep after which the paths of `blobs` are asked for, and of all files whose names the `.env` policy knows; with
/// `containers` also of those that are called containers.
fn finish<'r>(
    plan: Plan<'r>,
    survey: Survey,
    blobs: HashSet<ObjectId>,
    containers: bool,
    collector: &Collector<'_>,
) -> History<'r> {
    let env = &collector.setup().policy.env;
    let is_sought =
        |name: &&BString| env.judge(name) != EnvFile::Other || containers && archive::is_name_of_one(name.as_bstr());
    let names = survey.names().filter(is_sought).cloned().collect();
    plan.finish_for(survey, Sought::new(blobs, names), collector)
}

fn provenance(sighting: &Sighting) -> Provenance {
    let mut provenance = Provenance::new(Origin::Blob, sighting.path.clone());
    provenance.object = Some(sighting.blob);
    provenance
}

/// Says in the log what the sweep is going to read.
fn log_plan(collector: &Collector<'_>, plan: &Plan<'_>, remembered: u64) {
    let packs = plan.objects().store().packs();
    let (count, refs) = (plan.count(), plan.references().count());
    log::info!(
        "{} packs; {count} objects that are packed or were chosen; {remembered} blobs known from before; {refs} refs",
        packs.len()
    );
    for pack in packs {
        let name = pack.path().file_name().unwrap_or_default().to_string_lossy();
        log::debug!("{name}: {} objects", pack.objects());
    }
    for name in plan.references().filter(|_| log::log_enabled!(log::Level::Debug)) {
        log::debug!("ref {}", logged(collector.setup(), name));
    }
}

struct HistoryVisitor<'a, 's, 'c> {
    collector: &'a Collector<'c>,
    plan: &'a SweepPlan,
    wanted: Option<&'a HashSet<ObjectId>>,
    surveyor: &'a Surveyor<'s>,
    verdicts: Option<&'a Verdicts>,
    seen: Option<Arc<Seen>>,
    found: Arc<Mutex<Gathered>>,
}

/// What all threads found.
#[derive(Default)]
struct Gathered {
    /// What blobs hold.
    held: HashMap<ObjectId, Held>,
    /// Blobs of which a name may tell more.
    unnamed: HashSet<ObjectId>,
    /// Blobs that were read whole and hold nothing.
    clean: Vec<ObjectId>,
    /// Commits and tags that hold something.
    telling: Vec<ObjectId>,
    receipt: Receipt,
}

/// What is remembered of an object while those that are stored as differences to it are visited.
enum Visited {
    Blob(BlobState),
    Other(Layout),
}

/// One thread's own things; handed over when the thread is done.
struct Worker<'s> {
    survey: SurveyHand<'s>,
    scratch: Scratch,
    own: Gathered,
    found: Arc<Mutex<Gathered>>,
    meter: Arc<Meter>,
    /// Objects and bytes that the meter does not know yet.
    since: (u64, u64),
}

impl Worker<'_> {
    /// Lets the meter know, now and then: it is shared by all threads.
    fn advance(&mut self, bytes: u64) {
        self.since = (self.since.0 + 1, self.since.1 + bytes);
        if self.since.0 >= 256 || self.since.1 >= 4 << 20 {
            let (objects, bytes) = std::mem::take(&mut self.since);
            self.meter.advance(objects, bytes);
        }
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.meter.advance(self.since.0, self.since.1);
        self.own.receipt.layers += self.scratch.layers;
        let mut found = lock(&self.found);
        found.receipt.add(&self.own.receipt);
        found.held.extend(std::mem::take(&mut self.own.held));
        found.unnamed.extend(self.own.unnamed.drain());
        found.clean.append(&mut self.own.clean);
        found.telling.append(&mut self.own.telling);
    }
}

fn lock(mutex: &Mutex<Gathered>) -> MutexGuard<'_, Gathered> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'s> Visitor for HistoryVisitor<'_, 's, '_> {
    type Worker = Worker<'s>;
    type State = Visited;

    fn worker(&self) -> Worker<'s> {
        Worker {
            survey: self.surveyor.hand(),
            scratch: Scratch::remembering(self.seen.clone()),
            own: Gathered::default(),
            found: self.found.clone(),
            meter: self.collector.setup().meter.clone(),
            since: (0, 0),
        }
    }

    fn visit(&self, worker: &mut Worker<'s>, object: SweptObject<'_>, base: Option<&Visited>) -> Visited {
        worker.advance(object.bytes.len() as u64);
        if object.kind == ObjectKind::Blob {
            let base = base.and_then(|base| if let Visited::Blob(state) = base { Some(state) } else { None });
            return Visited::Blob(self.blob(worker, object, base));
        }
        let receipt = &mut worker.own.receipt;
        match object.kind {
            ObjectKind::Commit => receipt.commits += 1,
            ObjectKind::Tag => receipt.tags += 1,
            _ => receipt.trees += 1,
        }
        receipt.bytes += object.bytes.len() as u64;
        if object.kind != ObjectKind::Tree {
            self.prose(worker, object);
        }
        let base = base.and_then(|base| if let Visited::Other(layout) = base { Some(layout) } else { None });
        Visited::Other(worker.survey.see(object, base))
    }

    fn visit_large(
        &self,
        worker: &mut Worker<'s>,
        id: ObjectId,
        kind: ObjectKind,
        _size: u64,
        content: &mut dyn Read,
    ) -> bool {
        if kind != ObjectKind::Blob {
            return false;
        }
        match Held::large(self.collector, id, content) {
            Ok((held, read)) => {
                worker.advance(read);
                let receipt = &mut worker.own.receipt;
                receipt.blobs += 1;
                receipt.bytes += read;
                receipt.matched_bytes += read;
                if !held.is_empty() {
                    worker.own.held.insert(id, held);
                }
            }
            Err(error) => self.notice(Notice::new(NoticeKind::Damaged, id.to_string(), error.to_string())),
        }
        true
    }

    fn wants(&self, id: &ObjectId, kind: ObjectKind) -> bool {
        if self.wanted.is_some_and(|wanted| !wanted.contains(id)) {
            return false;
        }
        let is_known = kind == ObjectKind::Blob && self.verdicts.is_some_and(|verdicts| verdicts.holds(id));
        !is_known
    }

    fn wants_all(&self) -> bool {
        self.wanted.is_none() && self.verdicts.is_none_or(Verdicts::is_empty)
    }

    fn notice(&self, notice: Notice) {
        self.collector.notice(notice);
    }

    fn cancelled(&self) -> bool {
        self.collector.cancelled()
    }
}

impl<'s> HistoryVisitor<'_, 's, '_> {
    /// Messages, names and e-mail addresses of commits and tags.
    fn prose(&self, worker: &mut Worker<'s>, object: SweptObject<'_>) {
        let held = Held::prose(self.collector, object.bytes, &mut worker.scratch);
        if !held.is_empty() {
            worker.own.telling.push(object.id);
            let origin = if object.kind == ObjectKind::Tag { Origin::Tag } else { Origin::Commit };
            held.tell_prose(object.id, origin, self.collector);
        }
    }

    fn blob(&self, worker: &mut Worker<'s>, object: SweptObject<'_>, base: Option<&BlobState>) -> BlobState {
        let engine = &self.collector.setup().engine;
        worker.scratch.is_content = true;
        let state = match base {
            Some(base) if !self.plan.full_scan && !object.copies.is_empty() => {
                engine.scan_delta(object.bytes, object.copies, base, &mut worker.scratch)
            }
            _ => engine.scan_base(object.bytes, &mut worker.scratch),
        };
        worker.scratch.is_content = false;
        let receipt = &mut worker.own.receipt;
        receipt.blobs += 1;
        receipt.bytes += object.bytes.len() as u64;
        receipt.matched_bytes += state.matched as u64;
        let found = state.resolved(engine);
        let held = Held::blob(self.collector, object.id, object.bytes, found, &mut worker.scratch);
        let is_unnamed = self.collector.setup().archives && archive::asks_for_name(object.bytes);
        if is_unnamed {
            worker.own.unnamed.insert(object.id);
        }
        if self.verdicts.is_some() && held.is_empty() && !held.is_cut && !is_unnamed {
            worker.own.clean.push(object.id);
        }
        let (size, new, found) = (object.bytes.len(), state.matched, held.spots.len());
        log::trace!("blob {}: {size} bytes, {new} new, {found} found", object.id);
        if !held.is_empty() {
            worker.own.held.insert(object.id, held);
        }
        state
    }
}
