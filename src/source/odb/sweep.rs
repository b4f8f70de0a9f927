//! Every object once, each delta resolved once: the door for whoever must see all of a repository's content.
//!
//! Pack after pack, each by several threads: bases before their deltas, so that a visitor can know what it saw in the
//! base when it sees what changed. Then the loose objects. Nothing is left out in silence: what can't be read from
//! any copy is a notice.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::hand::{Branch, Hand};
use super::share::{Share, StopOnPanic, Turn};
use super::{ObjectKind, ObjectStore};
use crate::model::{Notice, NoticeKind, ObjectId};
pub use crate::source::pack::delta::CopyRun;
use crate::source::pack::forest::Forest;
use crate::source::pack::headers::Headers;

/// An object, in the sweep's order.
#[derive(Clone, Copy)]
pub struct SweptObject<'a> {
    /// Its name.
    pub id: ObjectId,
    /// Its number, if it is packed: see [`ObjectStore::numbers`].
    pub number: Option<u32>,
    /// Its kind.
    pub kind: ObjectKind,
    /// Its content.
    pub bytes: &'a [u8],
    /// The object that it is stored as a difference to. Set whenever there are copies.
    pub base: Option<ObjectId>,
    /// Runs that equal runs of the base, in order; neighbours that continue on both sides are joined. Empty for an
    /// object that is stored whole.
    pub copies: &'a [CopyRun],
}

/// Sees every object of a sweep, from several threads.
pub trait Visitor: Sync {
    /// What belongs to one thread: buffers, counters.
    type Worker: Send;
    /// What is remembered of an object while those that are stored as differences to it are visited.
    type State: Send + Sync;

    /// Makes a thread's own things. Called once per thread and sweep, up front.
    fn worker(&self) -> Self::Worker;

    /// Sees an object. `base` is what was remembered of the base; none if it is stored whole or the base was not
    /// wanted.
    fn visit(&self, worker: &mut Self::Worker, object: SweptObject<'_>, base: Option<&Self::State>) -> Self::State;

    /// Sees an object that is too large for memory, as a stream. Returns false if it does not want to: the sweep
    /// then says that a limit cut it. What is left unread is only checked.
    fn visit_large(
        &self,
        worker: &mut Self::Worker,
        id: ObjectId,
        kind: ObjectKind,
        size: u64,
        content: &mut dyn Read,
    ) -> bool {
        let _ = (worker, id, kind, size, content);
        false
    }

    /// Says whether an object is to be visited. One that is not is decoded only if it is the base of one that is.
    fn wants(&self, id: &ObjectId, kind: ObjectKind) -> bool {
        let _ = (id, kind);
        true
    }

    /// Says whether every object is to be visited: then none is asked about.
    fn wants_all(&self) -> bool {
        false
    }

    /// Takes note of what could not be read.
    fn notice(&self, notice: Notice);

    /// Says whether to stop.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Which kinds of objects a sweep shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kinds(u8);

impl Kinds {
    /// Files' contents only.
    pub const BLOBS: Self = Self(1 << ObjectKind::Blob as u8);
    /// Everything.
    pub const ALL: Self = Self(0b1111);

    /// Exactly these.
    pub fn of(kinds: &[ObjectKind]) -> Self {
        Self(kinds.iter().fold(0, |set, &kind| set | 1 << kind as u8))
    }

    /// Says whether a kind is among them.
    pub fn has(self, kind: ObjectKind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
}

/// How to sweep.
#[derive(Debug, Clone, Copy)]
pub struct SweepOptions {
    /// What to show.
    pub kinds: Kinds,
    /// On how many threads.
    pub threads: usize,
}

impl Default for SweepOptions {
    fn default() -> Self {
        Self { kinds: Kinds::BLOBS, threads: std::thread::available_parallelism().map_or(1, usize::from) }
    }
}

/// What a sweep has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Objects that were visited.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of these, the bytes that no copy run covers.
    pub new_bytes: u64,
    /// Objects that were wanted, but could not be shown.
    pub lost: u64,
}

impl Tally {
    /// Adds another thread's part.
    pub fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.new_bytes += other.new_bytes;
        self.lost += other.lost;
    }
}

/// Roots that a thread takes at once.
const ROOTS_AT_ONCE: usize = 32;

/// Loose objects that a thread takes at once.
const LOOSE_AT_ONCE: usize = 32;

/// Losses that are told one by one; a pack that is cut in half must not fill the memory with complaints.
const COMPLAINTS: usize = 1000;

/// What all threads of a sweep know.
pub struct Context<'s, V> {
    pub(super) store: &'s ObjectStore,
    pub(super) visitor: &'s V,
    pub(super) turn: Turn,
    kinds: Kinds,
    complaints: AtomicUsize,
}

impl<V: Visitor> Context<'_, V> {
    /// Says whether an object is to be visited.
    pub(super) fn wants(&self, id: &ObjectId, kind: ObjectKind) -> bool {
        self.kinds.has(kind) && self.visitor.wants(id, kind)
    }

    /// Passes a notice on, unless there were too many.
    pub(super) fn complain(&self, notice: Notice) {
        if self.complaints.fetch_add(1, Ordering::Relaxed) < COMPLAINTS {
            self.visitor.notice(notice);
        }
    }
}

impl ObjectStore {
    /// Shows every object of the wanted kinds to `visitor`, once each. What could not be opened in the first place is
    /// in [`Self::notices`].
    pub fn sweep<V: Visitor>(&self, options: SweepOptions, visitor: &V) -> Tally {
        let threads = options.threads.max(1);
        let context = Context {
            store: self,
            visitor,
            turn: Turn::default(),
            kinds: options.kinds,
            complaints: AtomicUsize::new(0),
        };
        let mut hands: Vec<Hand<'_, V>> = (0..threads).map(|_| Hand::new(&context)).collect();
        let twins = self.twins();
        for (number, twins) in twins.iter().enumerate() {
            if visitor.cancelled() {
                break;
            }
            let forest = self.plant(number, twins, threads, &context);
            hands.iter_mut().for_each(|hand| hand.enter(number));
            hands[0].lost_entries(&forest, |position| !twins.contains(&position));
            run(&mut hands, &context.turn, |hand, share, next| hand.families(&forest, share, next, ROOTS_AT_ONCE));
        }
        let mut notices = Vec::new();
        let mut loose = self.loose_ids(&mut notices);
        loose.retain(|id| !self.is_packed(id));
        notices.into_iter().for_each(|notice| context.complain(notice));
        run(&mut hands, &context.turn, |hand, _, next| hand.loose(&loose, next, LOOSE_AT_ONCE));
        let untold = context.complaints.load(Ordering::Relaxed).saturating_sub(COMPLAINTS);
        if untold > 0 {
            let detail = format!("{untold} more objects could not be read");
            visitor.notice(Notice::new(NoticeKind::Unreadable, "object database", detail));
        }
        let mut tally = Tally::default();
        hands.iter().for_each(|hand| tally.add(hand.tally()));
        tally
    }

    /// Builds the forest of a pack, and checks on the way what a bit flip would break.
    fn plant<V: Visitor>(
        &self,
        number: usize,
        twins: &HashSet<u32>,
        threads: usize,
        context: &Context<'_, V>,
    ) -> Forest {
        let pack = &self.packs[number];
        let damaged = |path: &Path, detail: String| {
            context.complain(Notice::new(NoticeKind::Damaged, path.as_os_str().as_encoded_bytes(), detail));
        };
        if pack.data.objects() != pack.index.len() {
            let detail = format!("has {} objects, but {} in its index", pack.data.objects(), pack.index.len());
            damaged(pack.path(), detail);
        }
        if pack.data.checksum().ok().as_deref() != Some(pack.checksum()) {
            damaged(pack.path(), "its checksum is not the one in its index".to_owned());
        }
        std::thread::scope(|scope| {
            let check = scope.spawn(|| pack.index.verify());
            let external_kind = |id: &ObjectId| self.header(id).ok().flatten().map(|header| header.kind);
            let read = || Arc::new(Headers::read(&pack.data, &pack.index, threads, &external_kind));
            let wants_all = context.visitor.wants_all();
            let wanted = |position: u32, kind: Option<ObjectKind>| {
                // Ids are far apart in memory.
                let is_wanted = |kind| match wants_all {
                    true => context.kinds.has(kind),
                    false => context.wants(&pack.index.id(position), kind),
                };
                !twins.contains(&position) && kind.is_none_or(is_wanted)
            };
            let is_whole = wants_all && context.kinds == Kinds::ALL && twins.is_empty();
            let forest = Forest::of(pack.headers.get_or_init(read), if is_whole { None } else { Some(&wanted) });
            if let Ok(Err(error)) = check.join() {
                damaged(&pack.path().with_extension("idx"), error.to_string());
            }
            forest
        })
    }

    /// For each pack the positions whose object is shown by an earlier pack, or earlier in the same one.
    fn twins(&self) -> Vec<HashSet<u32>> {
        let mut twins = vec![HashSet::new(); self.packs.len()];
        if self.packs.len() < 2 {
            return twins;
        }
        let mut entries: Vec<(&[u8], usize, u32)> = Vec::new();
        for byte in 0..=255 {
            entries.clear();
            for (number, pack) in self.packs.iter().enumerate() {
                entries.extend(pack.index.bucket(byte).map(|position| (pack.index.raw_id(position), number, position)));
            }
            entries.sort_unstable();
            for pair in entries.windows(2) {
                if pair[0].0 == pair[1].0 {
                    twins[pair[1].1].insert(pair[1].2);
                }
            }
        }
        twins
    }
}

/// Runs a job on every hand's own thread; the caller's thread is the first.
fn run<'s, V: Visitor>(
    hands: &mut [Hand<'s, V>],
    turn: &Turn,
    job: impl Fn(&mut Hand<'s, V>, &Share<Branch<V::State>>, &AtomicUsize) + Sync,
) {
    let share = Share::new(hands.len());
    let next = AtomicUsize::new(0);
    let work = |hand: &mut Hand<'s, V>| {
        let _guard = StopOnPanic(&share, turn);
        job(hand, &share, &next);
    };
    let Some((first, others)) = hands.split_first_mut() else { return };
    std::thread::scope(|scope| {
        for hand in others {
            scope.spawn(|| work(hand));
        }
        work(first);
    });
}

/// Takes the next stretch of a list that threads share.
pub(super) fn next_stretch(next: &AtomicUsize, at_once: usize, len: usize) -> Option<std::ops::Range<usize>> {
    let start = next.fetch_add(at_once, Ordering::Relaxed);
    (start < len).then(|| start..len.min(start + at_once))
}
