//! The sweep of an object database: every blob once, only what is new in it, findings attributed afterwards.
//!
//! Blobs go through the engine by way of their deltas; messages and names are pushed by the history itself. Paths and
//! commits are looked up only for what was found. Of a value that many versions of a file hold, one finding remains per path:
//! the earliest one, with the last commit and all refs of all of them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::Read;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bstr::{BString, ByteSlice};

use super::content;
use super::inside::Inside;
use super::large;
use super::past::{Memory, Past};
use super::redact::logged;
use super::spot::{self, Spot};
use super::{Collector, Meter};
use crate::detect::Scratch;
use crate::detect::delta::BlobState;
use crate::detect::seen::Seen;
use crate::model::{Attribution, Chunk, CommitRef, Notice, NoticeKind, ObjectId, Origin, Provenance, Receipt, Scope};
use crate::policy::EnvFile;
use crate::source::archive;
use crate::source::git::object;
use crate::source::git::{ABSENT_MODULE, Repository};
use crate::source::history::survey::{SurveyHand, Surveyor};
use crate::source::history::{Layout, Plan, Selection};
use crate::source::odb::{Kinds, ObjectKind, SweepOptions, SweptObject, Visitor};
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
    let verdicts = reading.map(|reading| Verdicts::read(repository, reading));
    let wishes = Plan::new(repository, selection, plan.threads, collector)?;
    let memory = reading
        .zip(verdicts.as_ref())
        .and_then(|(reading, verdicts)| Memory::open(repository, reading, &wishes, selection, verdicts, collector));
    let known = memory.as_ref().and_then(|memory| memory.known.as_ref());
    let telling: Option<HashSet<ObjectId>> = known.map(|outcome| outcome.telling.iter().copied().collect());
    let surveyor = wishes.surveyor();
    let visitor = HistoryVisitor {
        collector,
        plan,
        wanted: telling.as_ref().or(wishes.wanted()),
        surveyor: &surveyor,
        verdicts: verdicts.as_ref(),
        seen: (!plan.full_scan).then(|| Arc::new(Seen::new(wishes.count() as usize))),
        found: Arc::default(),
    };
    let store = wishes.objects().store();
    store.notices().iter().for_each(|notice| collector.notice(notice.clone()));
    let remembered = verdicts.as_ref().map_or(0, Verdicts::len) as u64;
    collector.setup().meter.expect(wishes.count().saturating_sub(remembered));
    if log::log_enabled!(log::Level::Info) {
        log_plan(collector, &wishes, remembered);
    }
    store.sweep(SweepOptions { kinds: Kinds::ALL, threads: plan.threads }, &visitor);
    let ids = verdicts.iter().flat_map(Verdicts::ids);
    let remembered = ids.filter(|id| wishes.wanted().is_none_or(|wanted| wanted.contains(id)) && store.contains(id));
    let remembered = remembered.count() as u64;
    let Gathered { spots, banned: inside, unnamed, clean, telling: mut told, mut receipt } =
        std::mem::take(&mut *lock(&visitor.found));
    drop(visitor);
    let survey = surveyor.finish();
    receipt.remembered = remembered;
    if let Some(outcome) = known {
        [receipt.commits, receipt.tags, receipt.trees] = outcome.counts;
    }
    collector.count(&receipt);
    let past = match known {
        Some(outcome) => Past::Known(Box::new(wishes.revisit(collector)), outcome),
        None => {
            let blobs = spots.keys().chain(inside.keys()).copied().collect();
            Past::read(wishes, survey, blobs, !unnamed.is_empty(), collector)
        }
    };
    if collector.cancelled() {
        return Ok(());
    }
    let env = &collector.setup().policy.env;
    let sightings = past.sightings(collector);
    let mut groups = Groups::default();
    let (mut templates, mut named) = (Vec::new(), Vec::new());
    let mut placed: HashSet<ObjectId> = HashSet::new();
    for sighting in &sightings {
        let mut provenance = Provenance::new(Origin::Blob, sighting.path.clone());
        provenance.object = Some(sighting.blob);
        match provenance.path.as_ref().map(|path| env.judge(path)) {
            Some(EnvFile::Banned) => groups.add(Key::File, None, &provenance, &sighting.attribution),
            Some(EnvFile::Template) => templates.push((provenance.clone(), sighting.attribution.clone())),
            _ => {}
        }
        let is_telling = || sighting.path.as_ref().is_some_and(|path| archive::is_name_of_one(path.as_bstr()));
        if unnamed.contains(&sighting.blob) && is_telling() {
            named.push((provenance.clone(), sighting.attribution.clone()));
        }
        for members in inside.get(&sighting.blob).into_iter().flatten() {
            placed.insert(sighting.blob);
            let provenance = Provenance { members: members.clone(), ..provenance.clone() };
            groups.add(Key::Member(members.clone()), None, &provenance, &sighting.attribution);
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
    for (blob, names) in inside.iter().filter(|(blob, _)| !placed.contains(*blob)) {
        for members in names {
            let mut provenance = Provenance::new(Origin::Blob, None);
            provenance.object = Some(*blob);
            provenance.members = members.clone();
            groups.add(Key::Member(members.clone()), None, &provenance, &Attribution::default());
        }
    }
    // Only a path makes a template. What could not be read the sweep has told.
    let mut scratch = Scratch::default();
    let mut judged: Vec<(Vec<Spot>, Provenance, Attribution)> = Vec::new();
    for (provenance, attribution) in templates {
        let read = provenance.object.map(|id| past.objects().read(&id));
        let Some(Ok((ObjectKind::Blob, bytes))) = read else { continue };
        let setup = collector.setup();
        let found = setup.engine.scan(Chunk::whole(&bytes), &mut scratch);
        let path = provenance.path.clone().unwrap_or_default();
        let spots = content::dotenv(&bytes, &path, &Scope::All, &found, setup);
        judged.push((spots, provenance, attribution));
    }
    // So it is of what only a name tells the format of.
    for (provenance, attribution) in named {
        let read = provenance.object.map(|id| past.objects().read(&id));
        let (Some(Ok((ObjectKind::Blob, bytes))), Some(path)) = (read, &provenance.path) else { continue };
        if archive::is_told_by_name(&bytes, path.as_bstr()) {
            let inside = Inside::of(collector, path.as_bstr(), &bytes, &mut scratch);
            for members in inside.banned {
                let provenance = Provenance { members: members.clone(), ..provenance.clone() };
                groups.add(Key::Member(members), None, &provenance, &attribution);
            }
            judged.push((inside.spots, provenance, attribution));
        }
    }
    for (spots, provenance, attribution) in &judged {
        spots.iter().for_each(|spot| groups.add(Key::of(spot), Some(spot), provenance, attribution));
    }
    groups.report(collector);
    let mut texts = HashMap::new();
    collector.attribute_texts(|ids| {
        texts = past.texts(ids);
        texts.clone()
    });
    let unkept = |error: std::io::Error| log::info!("what this sweep found out is not remembered: {error}");
    let count = remembered + clean.len() as u64;
    let _ = verdicts.map(|verdicts| verdicts.remember(clean)).transpose().map_err(unkept);
    if let Some(memory) = memory.filter(|memory| memory.known.is_none() && !collector.cancelled()) {
        told.extend(texts.keys());
        told.sort_unstable();
        told.dedup();
        let _ = memory.keep((count, told), &sightings, &texts, &receipt, collector).map_err(unkept);
    }
    Ok(())
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

/// What makes two sightings one finding: the same rule and value, or the same banned file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    File,
    Member(Vec<BString>),
    Value(u32, [u8; 32]),
}

impl Key {
    fn of(spot: &Spot) -> Self {
        Self::Value(spot.candidate.rule, spot.candidate.secret.digest())
    }
}

/// Findings on their way to be joined, by path (or object, where there is no path) and key.
#[derive(Default)]
struct Groups<'a>(BTreeMap<Slot, Group<'a>>);

/// Path, object (where there is no path), archive members, and what makes it one finding.
type Slot = (Option<BString>, Option<ObjectId>, Vec<BString>, Key);

struct Group<'a> {
    spot: Option<&'a Spot>,
    provenance: Provenance,
    attribution: Attribution,
    /// The lists of refs, by where they are in memory: many sightings have the same.
    refs: HashMap<usize, Arc<Vec<BString>>>,
}

impl Group<'_> {
    /// The attribution, with the refs of all that was joined.
    fn attributed(&self) -> Attribution {
        let mut attribution = self.attribution.clone();
        if self.refs.len() > 1 {
            let all: HashSet<&BString> = self.refs.values().flat_map(|refs| refs.iter()).collect();
            let mut all: Vec<BString> = all.into_iter().cloned().collect();
            all.sort_unstable();
            attribution.refs = all.into();
        }
        attribution
    }
}

impl<'a> Groups<'a> {
    fn add(&mut self, key: Key, spot: Option<&'a Spot>, provenance: &Provenance, attribution: &Attribution) {
        let object = provenance.path.is_none().then_some(provenance.object).flatten();
        let members = spot.map(|spot| spot.members.clone()).unwrap_or_default();
        let slot = (provenance.path.clone(), object, members, key);
        let Some(group) = self.0.get_mut(&slot) else {
            let (provenance, attribution) = (provenance.clone(), attribution.clone());
            let refs = HashMap::from([list(&attribution.refs)]);
            self.0.insert(slot, Group { spot, provenance, attribution, refs });
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
        group.refs.extend([list(&attribution.refs)]);
    }

    fn report(self, collector: &Collector<'_>) {
        for group in self.0.into_values() {
            let attribution = group.attributed();
            match group.spot {
                Some(spot) => collector.adopt(spot.clone(), group.provenance, Some(attribution)),
                None => collector.judge_path(&group.provenance, Some(&attribution)),
            }
        }
    }
}

/// A list of refs, by where it is in memory.
fn list(refs: &Arc<Vec<BString>>) -> (usize, Arc<Vec<BString>>) {
    (Arc::as_ptr(refs).addr(), Arc::clone(refs))
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
    spots: HashMap<ObjectId, Vec<Spot>>,
    /// Banned names inside archives.
    banned: HashMap<ObjectId, Vec<Vec<BString>>>,
    /// Blobs of which a name may tell more.
    unnamed: HashSet<ObjectId>,
    /// Blobs that were read whole and hold nothing.
    clean: Vec<ObjectId>,
    /// All other blobs, and texts that hold something.
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
        found.spots.extend(std::mem::take(&mut self.own.spots));
        found.banned.extend(std::mem::take(&mut self.own.banned));
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
        worker.own.telling.push(id);
        match large::scan(self.collector, id, content) {
            Ok((spots, read)) => {
                worker.advance(read);
                let receipt = &mut worker.own.receipt;
                receipt.blobs += 1;
                receipt.bytes += read;
                receipt.matched_bytes += read;
                if !spots.is_empty() {
                    worker.own.spots.insert(id, spots);
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
        let text = object::prose(object.bytes);
        let engine = &self.collector.setup().engine;
        let found = engine.scan(Chunk::whole(&text), &mut worker.scratch);
        let origin = if object.kind == ObjectKind::Tag { Origin::Tag } else { Origin::Commit };
        let mut provenance = Provenance::new(origin, None);
        provenance.object = Some(object.id);
        if !found.is_empty() {
            worker.own.telling.push(object.id);
        }
        for spot in spot::place(found, &text, None, self.collector.setup()) {
            self.collector.adopt(spot, provenance.clone(), None);
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
        let is_cut = self.collector.tell_cut(&mut worker.scratch, || object.id.to_string().into());
        let receipt = &mut worker.own.receipt;
        receipt.blobs += 1;
        receipt.bytes += object.bytes.len() as u64;
        receipt.matched_bytes += state.matched as u64;
        let mut spots = Vec::new();
        let setup = self.collector.setup();
        let found = state.resolved(engine);
        let more = content::disguised(object.bytes, &Scope::All, &found, setup);
        if !found.is_empty() {
            spots = spot::place(found, object.bytes, None, setup);
        }
        spots.extend(more);
        let name = BString::from(object.id.to_string());
        let inside = Inside::of(self.collector, name.as_bstr(), object.bytes, &mut worker.scratch);
        spots.extend(inside.spots);
        let is_unnamed = setup.archives && archive::asks_for_name(object.bytes);
        if is_unnamed {
            worker.own.unnamed.insert(object.id);
        }
        if self.verdicts.is_some() {
            let is_clean = spots.is_empty() && inside.banned.is_empty() && !inside.is_cut && !is_cut && !is_unnamed;
            if is_clean { &mut worker.own.clean } else { &mut worker.own.telling }.push(object.id);
        }
        log::trace!("blob {}: {} bytes, {} new, {} found", object.id, object.bytes.len(), state.matched, spots.len());
        if !spots.is_empty() {
            worker.own.spots.insert(object.id, spots);
        }
        if !inside.banned.is_empty() {
            worker.own.banned.insert(object.id, inside.banned);
        }
        state
    }
}
