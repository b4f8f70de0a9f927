//! One thread of a sweep: walks families depth-first with an own stack, and decodes.
//!
//! A base lives until its last child is decoded; the largest branch comes last, so few bases live at once. It must
//! not recurse, and not hold more memory than its budget.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::share::Share;
use super::sweep::{Kinds, SweptObject, Tally, Visitor, next_stretch};
use super::{Object, ObjectKind, ObjectStore, loose};
use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::pack::data::{PackStream, Window};
use crate::source::pack::delta::{self, CopyRun, DeltaHeader};
use crate::source::pack::forest::{Forest, Node};
use crate::source::pack::inflate::{Inflater, expect_end, read_exactly, unwrap_io};
use crate::source::pack::{Entry, EntryBase, PackError};

/// Bytes that are read at once. Neighbours in a family are seldom neighbours in the pack: more costs more than it saves.
const AHEAD: usize = 4 << 10;

/// An entry with more compressed data than this is inflated piece by piece.
const WINDOW: u64 = 256 << 10;

/// Buffers that are kept for later objects, and the largest of them.
const SPARE: usize = 16;
const SPARE_SIZE: usize = 1 << 20;

/// A decoded object whose children are still to come.
pub struct Parent<S> {
    id: ObjectId,
    kind: ObjectKind,
    bytes: Vec<u8>,
    state: Option<S>,
}

/// Why a base can't be had.
#[derive(Clone, Copy)]
enum Loss {
    Damaged,
    Limit(u64),
}

/// A base, or why there is none, and those of its children that are still to come.
pub struct Branch<S> {
    parent: Result<Arc<Parent<S>>, Loss>,
    children: Range<u32>,
}

/// A thread's own things.
pub struct Hand<'s, V: Visitor> {
    store: &'s ObjectStore,
    visitor: &'s V,
    kinds: Kinds,
    worker: V::Worker,
    pack: usize,
    window: Window,
    inflater: Inflater,
    delta: Vec<u8>,
    runs: Vec<CopyRun>,
    spare: Vec<Vec<u8>>,
    stack: Vec<Branch<V::State>>,
    tally: Tally,
}

impl<'s, V: Visitor> Hand<'s, V> {
    /// Makes a hand that has nothing to do yet.
    pub fn new(store: &'s ObjectStore, visitor: &'s V, kinds: Kinds) -> Self {
        Self {
            store,
            visitor,
            kinds,
            worker: visitor.worker(),
            pack: 0,
            window: Window::default(),
            inflater: Inflater::default(),
            delta: Vec::new(),
            runs: Vec::new(),
            spare: Vec::new(),
            stack: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Turns to a pack.
    pub fn enter(&mut self, pack: usize) {
        self.pack = pack;
        self.window.clear();
    }

    /// What was done so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Looks elsewhere for objects whose offsets lie outside of the pack.
    pub fn lost_entries(&mut self, forest: &Forest, wanted: impl Fn(u32) -> bool) {
        for &position in forest.lost() {
            if wanted(position) {
                let id = self.store.packs[self.pack].index.id(position);
                if let Some(object) = self.rescue(id, &PackError::Header("lies outside of the pack"), true) {
                    self.show(id, &object, None, None);
                }
            }
        }
    }

    /// Works on families until none is left.
    pub fn families(&mut self, forest: &Forest, share: &Share<Branch<V::State>>, next: &AtomicUsize, at_once: usize) {
        while let Some(stretch) = next_stretch(next, at_once, forest.roots().len()) {
            for &root in &forest.roots()[stretch] {
                self.node(forest, root, Err(Loss::Damaged));
                self.climb(forest, share);
            }
        }
        while let Some(branch) = share.take() {
            self.stack.push(branch);
            self.climb(forest, share);
        }
    }

    /// Works on the stack until it is empty.
    fn climb(&mut self, forest: &Forest, share: &Share<Branch<V::State>>) {
        while let Some(branch) = self.stack.last_mut() {
            if self.visitor.cancelled() {
                self.stack.clear();
                return;
            }
            let Some(at) = branch.children.next() else {
                self.stack.pop();
                continue;
            };
            let node = forest.child(at);
            let parent = match &branch.parent {
                Ok(parent) => Ok(Arc::clone(parent)),
                Err(loss) => Err(*loss),
            };
            if branch.children.is_empty() {
                self.stack.pop();
            }
            if share.is_wanted() {
                self.leave_some(share);
            }
            self.node(forest, node, parent);
        }
    }

    /// Leaves half of the lowest branch that can be divided to a thread that waits.
    fn leave_some(&mut self, share: &Share<Branch<V::State>>) {
        if let Some(branch) = self.stack.iter_mut().find(|branch| !branch.children.is_empty()) {
            let middle = branch.children.start + branch.children.len() as u32 / 2;
            let left = Branch {
                parent: match &branch.parent {
                    Ok(parent) => Ok(Arc::clone(parent)),
                    Err(loss) => Err(*loss),
                },
                children: middle..branch.children.end,
            };
            branch.children.end = middle;
            share.leave(left);
        }
    }

    /// Decodes a node, shows it, and puts its children on the stack.
    fn node(&mut self, forest: &Forest, node: Node, parent: Result<Arc<Parent<V::State>>, Loss>) {
        let wanted = forest.is_wanted(node);
        let branch =
            self.decode_and_show(forest, node, wanted, parent.as_ref().map(|parent| &**parent).map_err(|e| *e));
        let children = forest.children(node);
        if let Ok(parent) = parent {
            self.recycle(parent);
        }
        match branch {
            Ok(own) if children.is_empty() => self.keep(own.bytes),
            Ok(own) => self.stack.push(Branch { parent: Ok(Arc::new(own)), children }),
            Err(_) if children.is_empty() => {}
            Err(loss) => self.stack.push(Branch { parent: Err(loss), children }),
        }
    }

    fn decode_and_show(
        &mut self,
        forest: &Forest,
        node: Node,
        wanted: bool,
        parent: Result<&Parent<V::State>, Loss>,
    ) -> Result<Parent<V::State>, Loss> {
        if let Some(&id) = forest.external(node) {
            let object = self.store.read_elsewhere(&id, self.pack).ok().flatten().ok_or(Loss::Damaged)?;
            return Ok(Parent { id, kind: object.kind, bytes: object.bytes, state: None });
        }
        let (offset, end, position) = forest.entry(node).ok_or(Loss::Damaged)?;
        let id = self.store.packs[self.pack].index.id(position);
        if forest.is_suspect(node) {
            if let Ok(Some(object)) = self.store.read_elsewhere(&id, self.pack) {
                let state = if wanted { self.show(id, &object, None, None) } else { None };
                return Ok(Parent { id, kind: object.kind, bytes: object.bytes, state });
            }
            self.say(NoticeKind::Damaged, id, &PackError::Checksum);
        }
        match self.decode(offset, end, parent) {
            Ok((object, is_delta)) => {
                let base = parent.ok().filter(|_| is_delta);
                let runs = std::mem::take(&mut self.runs);
                let state = if wanted { self.show(id, &object, base, Some(&runs)) } else { None };
                self.runs = runs;
                Ok(Parent { id, kind: object.kind, bytes: object.bytes, state })
            }
            Err(PackError::Limit { size, limit }) => {
                let error = PackError::Limit { size, limit };
                if !wanted || !self.show_large(id, offset, end) {
                    if wanted && !forest.is_suspect(node) {
                        self.say(NoticeKind::Limit, id, &error);
                    }
                    self.tally.lost += u64::from(wanted);
                }
                Err(Loss::Limit(size))
            }
            Err(error) => {
                let error = match (error, parent) {
                    (PackError::Base, Err(Loss::Limit(size))) => PackError::Limit { size, limit: self.store.limit },
                    (error, _) => error,
                };
                let object = self.rescue(id, &error, wanted && !forest.is_suspect(node)).ok_or(match error {
                    PackError::Limit { size, .. } => Loss::Limit(size),
                    _ => Loss::Damaged,
                });
                if object.is_err() {
                    self.tally.lost += u64::from(wanted);
                }
                let object = object?;
                let state = if wanted { self.show(id, &object, None, None) } else { None };
                Ok(Parent { id, kind: object.kind, bytes: object.bytes, state })
            }
        }
    }

    /// Decodes an entry; says whether it was a delta, whose copies then are in `self.runs`.
    fn decode(
        &mut self,
        offset: u64,
        end: u64,
        parent: Result<&Parent<V::State>, Loss>,
    ) -> Result<(Object, bool), PackError> {
        let pack = &self.store.packs[self.pack].data;
        let limit = self.store.limit;
        let bytes = self.window.bytes(pack, offset, end.min(offset + WINDOW), AHEAD)?;
        let entry = Entry::parse(bytes, offset, pack.hash())?;
        if entry.size > limit {
            return Err(PackError::Limit { size: entry.size, limit });
        }
        let size = usize::try_from(entry.size).map_err(|_| PackError::Limit { size: entry.size, limit })?;
        let (inflater, input) = (&mut self.inflater, &bytes[entry.header_len..]);
        let mut inflate = |out: &mut Vec<u8>| match offset + WINDOW < end {
            false => inflater.whole(input, size, out).and_then(|taken| complete(taken == input.len())),
            true => {
                let start = offset + entry.header_len as u64;
                let mut stream = inflater.stream(PackStream::new(pack, start, end));
                read_exactly(&mut stream, entry.size, out)?;
                complete(stream.consumed() == end - start)
            }
        };
        let mut out = self.spare.pop().unwrap_or_default();
        let result = match (entry.base, parent) {
            (EntryBase::Whole(kind), _) => inflate(&mut out).map(|()| (kind, false)),
            (_, Err(_)) => Err(PackError::Base),
            (_, Ok(parent)) => inflate(&mut self.delta).and_then(|()| {
                let header = DeltaHeader::parse(&self.delta)?;
                if header.result_size > limit {
                    return Err(PackError::Limit { size: header.result_size, limit });
                }
                delta::apply(header, &self.delta, &parent.bytes, &mut out, &mut self.runs)?;
                Ok((parent.kind, true))
            }),
        };
        result.map(|(kind, is_delta)| (Object { kind, bytes: out }, is_delta))
    }

    /// Reads a sound copy from elsewhere, or says what is wrong.
    fn rescue(&mut self, id: ObjectId, error: &PackError, wanted: bool) -> Option<Object> {
        match self.store.read_elsewhere(&id, self.pack) {
            Ok(Some(object)) => Some(object),
            Ok(None) | Err(_) => {
                if wanted {
                    let kind = match error {
                        PackError::Limit { .. } => NoticeKind::Limit,
                        PackError::Io(_) => NoticeKind::Unreadable,
                        _ => NoticeKind::Damaged,
                    };
                    self.say(kind, id, error);
                }
                None
            }
        }
    }

    fn say(&self, kind: NoticeKind, id: ObjectId, error: &PackError) {
        let pack = self.store.packs[self.pack].path().display();
        self.visitor.notice(Notice::new(kind, format!("object {id}"), format!("{pack}: {error}")));
    }

    /// Shows an object to the visitor, if it is of a wanted kind.
    fn show(
        &mut self,
        id: ObjectId,
        object: &Object,
        base: Option<&Parent<V::State>>,
        runs: Option<&[CopyRun]>,
    ) -> Option<V::State> {
        if !self.kinds.has(object.kind) {
            return None;
        }
        let copies = base.and(runs).unwrap_or_default();
        self.tally.objects += 1;
        self.tally.bytes += object.bytes.len() as u64;
        self.tally.new_bytes += (object.bytes.len() - copies.iter().map(|run| run.len).sum::<usize>()) as u64;
        let swept = SweptObject { id, kind: object.kind, bytes: &object.bytes, base: base.map(|base| base.id), copies };
        Some(self.visitor.visit(&mut self.worker, swept, base.and_then(|base| base.state.as_ref())))
    }

    /// Shows a whole object that is too large for memory. Returns false if it could or would not be shown.
    fn show_large(&mut self, id: ObjectId, offset: u64, end: u64) -> bool {
        let pack = &self.store.packs[self.pack].data;
        let header_end = end.min(offset + crate::source::pack::entry::MAX_HEADER as u64);
        let entry = match self.window.bytes(pack, offset, header_end, AHEAD) {
            Ok(bytes) => Entry::parse(bytes, offset, pack.hash()),
            Err(_) => return false,
        };
        let Ok(Entry { base: EntryBase::Whole(kind), size, header_len }) = entry else { return false };
        if !self.kinds.has(kind) {
            return true;
        }
        let mut stream = self.inflater.stream(PackStream::new(pack, offset + header_len as u64, end));
        let mut content = std::io::Read::take(std::io::Read::by_ref(&mut stream), size);
        if !self.visitor.visit_large(&mut self.worker, id, kind, size, &mut content) {
            return false;
        }
        let rest = std::io::copy(&mut content, &mut std::io::sink()).map_err(unwrap_io);
        let short = content.limit() > 0;
        let checked = rest.and_then(|_| match short {
            true => Err(PackError::Inflate("shorter than promised")),
            false => expect_end(&mut stream),
        });
        self.tally.objects += 1;
        self.tally.bytes += size;
        self.tally.new_bytes += size;
        if let Err(error) = checked {
            self.say(NoticeKind::Damaged, id, &error);
        }
        true
    }

    /// Shows loose objects until none is left.
    pub fn loose(&mut self, ids: &[ObjectId], next: &AtomicUsize, at_once: usize) {
        while let Some(stretch) = next_stretch(next, at_once, ids.len()) {
            for id in &ids[stretch] {
                if self.visitor.cancelled() {
                    return;
                }
                self.loose_object(*id);
            }
        }
    }

    fn loose_object(&mut self, id: ObjectId) {
        let mut trouble: Option<(NoticeKind, String)> = None;
        for dir in &self.store.dirs {
            let path = loose::path(dir, &id);
            let reading = match loose::Reading::open(&path, &mut self.inflater) {
                Ok(None) => continue,
                Ok(Some(reading)) => reading,
                Err(error) => {
                    trouble.get_or_insert((kind_of(&error), format!("{}: {error}", path.display())));
                    continue;
                }
            };
            let header = reading.header();
            if !self.kinds.has(header.kind) || !self.visitor.wants(&id, header.kind) {
                return;
            }
            if header.size > self.store.limit {
                let (visitor, worker) = (self.visitor, &mut self.worker);
                let mut taken = false;
                let checked = reading.pass_to(|content| {
                    taken = visitor.visit_large(worker, id, header.kind, header.size, content);
                });
                if !taken {
                    let limit = PackError::Limit { size: header.size, limit: self.store.limit };
                    trouble = Some((NoticeKind::Limit, limit.to_string()));
                    break;
                }
                self.tally.objects += 1;
                self.tally.bytes += header.size;
                self.tally.new_bytes += header.size;
                if let Err(error) = checked {
                    visitor.notice(Notice::new(kind_of(&error), format!("object {id}"), error.to_string()));
                }
                return;
            }
            match reading.read(self.store.limit) {
                Ok(object) => {
                    self.show(id, &object, None, None);
                    return;
                }
                Err(error) => {
                    trouble.get_or_insert((kind_of(&error), format!("{}: {error}", path.display())));
                }
            }
        }
        let (kind, detail) = trouble.unwrap_or((NoticeKind::Missing, "vanished while the sweep ran".to_owned()));
        self.tally.lost += 1;
        self.visitor.notice(Notice::new(kind, format!("object {id}"), detail));
    }

    /// Takes back the memory of a base that no one needs any more.
    fn recycle(&mut self, parent: Arc<Parent<V::State>>) {
        if let Some(parent) = Arc::into_inner(parent) {
            self.keep(parent.bytes);
        }
    }

    fn keep(&mut self, bytes: Vec<u8>) {
        if self.spare.len() < SPARE && bytes.capacity() <= SPARE_SIZE {
            self.spare.push(bytes);
        }
    }
}

fn kind_of(error: &PackError) -> NoticeKind {
    match error {
        PackError::Limit { .. } => NoticeKind::Limit,
        PackError::Io(_) => NoticeKind::Unreadable,
        _ => NoticeKind::Damaged,
    }
}

/// Makes sure that a stream took all of its entry.
fn complete(is_complete: bool) -> Result<(), PackError> {
    if is_complete { Ok(()) } else { Err(PackError::Inflate("something follows the stream")) }
}
