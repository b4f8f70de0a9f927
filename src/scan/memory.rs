//! What a whole sweep came to, kept for the next one of the same state, and told again by that.
//!
//! Only what stands for a finding is read again, object by object. Unless all of that is as it was, nothing is told and the
//! sweep is made: a memory that does not fit must never make a finding vanish.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use bstr::{BString, ByteSlice};

use super::Collector;
use super::collector::lock;
use super::held::Held;
use crate::detect::Scratch;
use crate::model::{Attribution, CommitRef, Notice, ObjectId, Origin, Provenance, Receipt};
use crate::source::Sink;
use crate::source::git::{Kind, ObjectError, Objects, Repository};
use crate::source::history::{Request, commit_ref};
use crate::source::odb::{LARGE, ObjectKind};
use crate::source::outcome::{Find, Outcome, Part, Trace, Way};

/// What is remembered of whole sweeps of a repository.
pub(super) struct Memory<'r> {
    repository: &'r Repository,
    reading: String,
    state: Vec<u8>,
    /// Notices from this one on belong to the sweep.
    first_notice: usize,
    /// What an earlier sweep of this state came to.
    known: Option<Outcome>,
}

impl<'r> Memory<'r> {
    /// Looks whether the repository is as it was. None if its state cannot be told.
    pub fn open(
        repository: &'r Repository,
        reading: &str,
        request: &Request<'_>,
        collector: &Collector<'_>,
    ) -> Option<Self> {
        // Which names are banned or may be templates decides whose paths are asked for.
        let reading = format!("{reading} {:?}", collector.setup().policy.spec.env_files);
        let state = request.state()?;
        let known = Outcome::read(repository, &reading, &state);
        Some(Self { repository, reading, state, first_notice: collector.notice_count(), known })
    }

    /// Tells what an earlier sweep came to. Says whether it could.
    pub fn tell(&self, request: &Request<'_>, threads: usize, collector: &Collector<'_>) -> bool {
        let Some(outcome) = &self.known else { return false };
        let Some(mut recalled) = recall(outcome, request.objects(), threads, collector) else {
            log::info!("what an earlier sweep came to does not fit: everything is read again");
            return false;
        };
        if collector.cancelled() {
            return true;
        }
        log::info!("nothing has changed since an earlier sweep: {} objects are read again", recalled.held.len());
        outcome.notices.iter().for_each(|notice: &Notice| collector.notice(notice.clone()));
        let blobs = recalled.receipt.blobs;
        [recalled.receipt.commits, recalled.receipt.tags, recalled.receipt.trees] = outcome.counts;
        recalled.receipt.remembered = outcome.blobs.saturating_sub(blobs);
        collector.count(&recalled.receipt);
        request.revisit(collector);
        for find in &outcome.finds {
            let mut provenance = Provenance::new(Origin::Blob, find.path.clone());
            provenance.object = Some(find.blob);
            let attribution = recalled.attribution(&find.trace);
            find.part.tell(recalled.held.get(&Content::of(find)), provenance, attribution, collector);
        }
        for (id, _) in &outcome.texts {
            let Some(held) = recalled.held.get(&Content::text(*id)) else { continue };
            let is_tag = recalled.tags.contains(id);
            held.tell_prose(*id, if is_tag { Origin::Tag } else { Origin::Commit }, collector);
        }
        let texts = outcome.texts.iter().filter_map(|(id, trace)| Some((*id, recalled.attribution(trace.as_ref()?))));
        collector.attribute_texts(|_| texts.collect());
        true
    }

    /// Remembers what a sweep came to, unless names that it would have to keep hold something. `telling` are commits and tags
    /// that hold something, `texts` what is known of those that became findings.
    pub fn keep(
        &self,
        finds: Vec<Find>,
        telling: Vec<ObjectId>,
        texts: &HashMap<ObjectId, Attribution>,
        receipt: &Receipt,
        collector: &Collector<'_>,
    ) -> io::Result<()> {
        if collector.has_telling_names() {
            return Ok(());
        }
        let outcome = Outcome {
            finds,
            texts: telling.into_iter().map(|id| (id, texts.get(&id).map(Trace::from))).collect(),
            notices: collector.notices_from(self.first_notice),
            counts: [receipt.commits, receipt.tags, receipt.trees],
            blobs: receipt.blobs + receipt.remembered,
        };
        outcome.remember(self.repository, &self.reading, &self.state)
    }
}

/// A content, and how it is read: what a path makes of it, only its path says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Content {
    id: ObjectId,
    way: Way,
    path: Option<BString>,
}

impl Content {
    fn of(find: &Find) -> Self {
        Self { id: find.blob, way: find.way, path: find.path.clone().filter(|_| find.way != Way::Bytes) }
    }

    fn text(id: ObjectId) -> Self {
        Self { id, way: Way::Bytes, path: None }
    }
}

/// What was read again.
#[derive(Default)]
struct Recalled {
    held: BTreeMap<Content, Held>,
    tags: HashSet<ObjectId>,
    commits: HashMap<ObjectId, CommitRef>,
    receipt: Receipt,
}

impl Recalled {
    fn attribution(&self, trace: &Trace) -> Attribution {
        let commit = |id: Option<ObjectId>| id.and_then(|id| self.commits.get(&id)).cloned();
        Attribution { first: commit(trace.first), last: commit(trace.last), refs: trace.refs.clone() }
    }
}

/// What there is to read.
enum Errand {
    /// A blob of which a finding stands, with the mark that it must have.
    Blob(Content, u64),
    /// A commit or tag that holds something.
    Text(ObjectId),
    /// A commit that is named with a finding.
    Commit(ObjectId),
}

/// Reads everything that stands for a finding. None if anything of it is not what it was.
fn recall(outcome: &Outcome, objects: &Objects, threads: usize, collector: &Collector<'_>) -> Option<Recalled> {
    let errands = errands(outcome)?;
    let (next, is_strange) = (AtomicUsize::new(0), AtomicBool::new(false));
    let reader = Reader {
        objects,
        aside: Collector::new(collector.setup()),
        turn: Mutex::default(),
        recalled: Mutex::default(),
    };
    let run = || {
        let mut scratch = Scratch::default();
        while let Some(errand) = errands.get(next.fetch_add(1, Ordering::Relaxed)) {
            if is_strange.load(Ordering::Relaxed) || collector.cancelled() {
                return;
            }
            if reader.run(errand, &mut scratch).is_none() {
                is_strange.store(true, Ordering::Relaxed);
            }
        }
        lock(&reader.recalled).receipt.layers += scratch.layers;
    };
    std::thread::scope(|scope| {
        (1..threads.min(errands.len() / 8)).for_each(|_| {
            scope.spawn(run);
        });
        run();
    });
    let Reader { aside, recalled, .. } = reader;
    let mut recalled = recalled.into_inner().unwrap_or_else(PoisonError::into_inner);
    let blobs: HashSet<&ObjectId> =
        outcome.finds.iter().filter(|find| find.part != Part::File).map(|find| &find.blob).collect();
    recalled.receipt.blobs = blobs.len() as u64;
    recalled.receipt.add(&aside.counted());
    let is_there = |find: &Find| find.part.is_there(recalled.held.get(&Content::of(find)));
    (!is_strange.into_inner() && outcome.finds.iter().all(is_there)).then_some(recalled)
}

/// None if two findings want another mark of one content.
fn errands(outcome: &Outcome) -> Option<Vec<Errand>> {
    let mut contents: BTreeMap<Content, u64> = BTreeMap::new();
    let mut commits = Vec::new();
    for find in &outcome.finds {
        commits.extend([find.trace.first, find.trace.last].into_iter().flatten());
        if find.part != Part::File && *contents.entry(Content::of(find)).or_insert(find.mark) != find.mark {
            return None;
        }
    }
    commits.extend(
        outcome
            .texts
            .iter()
            .filter_map(|(_, trace)| trace.as_ref())
            .flat_map(|trace| [trace.first, trace.last].into_iter().flatten()),
    );
    commits.sort_unstable();
    commits.dedup();
    let blobs = contents.into_iter().map(|(content, mark)| Errand::Blob(content, mark));
    let texts = outcome.texts.iter().map(|(id, _)| Errand::Text(*id));
    Some(blobs.chain(texts).chain(commits.into_iter().map(Errand::Commit)).collect())
}

/// What all threads read with.
struct Reader<'a> {
    objects: &'a Objects,
    /// What this says was said by the earlier sweep.
    aside: Collector<'a>,
    /// Held by whoever reads a large object: one at a time.
    turn: Mutex<()>,
    recalled: Mutex<Recalled>,
}

impl Reader<'_> {
    fn run(&self, errand: &Errand, scratch: &mut Scratch) -> Option<()> {
        match errand {
            Errand::Blob(content, mark) => {
                let (held, size) = self.read(content, scratch)?;
                if held.mark() != *mark {
                    return None;
                }
                let mut recalled = lock(&self.recalled);
                recalled.receipt.bytes += size;
                recalled.receipt.matched_bytes += size;
                recalled.held.insert(content.clone(), held);
            }
            Errand::Text(id) => {
                let (kind, bytes) = self.objects.read(id).ok()?;
                let held = Held::prose(&self.aside, &bytes, scratch);
                let mut recalled = lock(&self.recalled);
                recalled.tags.extend((kind == ObjectKind::Tag).then_some(*id));
                recalled.receipt.bytes += bytes.len() as u64;
                recalled.held.insert(Content::text(*id), held);
            }
            Errand::Commit(id) => {
                let commit = commit_ref(*id, &self.objects.read_kind(id, Kind::Commit).ok()?)?;
                lock(&self.recalled).commits.insert(*id, commit);
            }
        }
        Some(())
    }

    /// What a blob holds, and its size in bytes.
    fn read(&self, content: &Content, scratch: &mut Scratch) -> Option<(Held, u64)> {
        let Self { objects, aside, turn, .. } = self;
        let is_large = objects.store().header(&content.id).ok()??.size > LARGE;
        let _turn = is_large.then(|| lock(turn));
        let bytes = match objects.read_kind(&content.id, Kind::Blob) {
            Ok(bytes) => bytes,
            Err(ObjectError::Limit(_)) => return self.read_large(&content.id),
            Err(_) => return None,
        };
        let path = content.path.as_ref().map(|path| path.as_bstr()).unwrap_or_default();
        let held = match content.way {
            Way::Bytes => {
                scratch.is_content = true;
                let engine = &aside.setup().engine;
                let found = engine.scan_base(&bytes, scratch).resolved(engine);
                scratch.is_content = false;
                Held::blob(aside, content.id, &bytes, found, scratch)
            }
            Way::Template => Held::template(aside, path, &bytes, scratch),
            Way::Name => Held::named(aside, path, &bytes, scratch),
        };
        Some((held, bytes.len() as u64))
    }

    fn read_large(&self, id: &ObjectId) -> Option<(Held, u64)> {
        let mut read = None;
        let mut take = |content: &mut dyn io::Read| {
            read = Some(Held::large(&self.aside, *id, content)?);
            Ok(())
        };
        let is_there = self.objects.stream_blob(id, &mut take).ok()?;
        read.filter(|_| is_there)
    }
}
