//! One thread of a sweep: walks families depth-first with an own stack, and decodes.
//!
//! A base lives until its last child is decoded; the largest branch comes last, so few bases live at once. It must
//! not recurse, and not hold more memory than the store's limit.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use super::share::Share;
use super::sweep::{Context, Tally, Visitor, next_stretch};
use super::{Object, ObjectKind};
use crate::model::{NoticeKind, ObjectId};
use crate::source::pack::data::{PackStream, Window};
use crate::source::pack::delta::{self, CopyRun, DeltaHeader};
use crate::source::pack::forest::{Forest, Node};
use crate::source::pack::inflate::{Inflater, read_exactly};
use crate::source::pack::{Entry, EntryBase, PackError};

/// Bytes that are read at once. Neighbours in a family are seldom neighbours in the pack: more costs more than it saves.
pub(super) const AHEAD: usize = 4 << 10;

/// An entry with more compressed data than this is inflated piece by piece.
const WINDOW: u64 = 256 << 10;

/// Buffers that are kept for later objects, and the largest of them.
const SPARE: usize = 16;
const SPARE_SIZE: usize = 1 << 20;

/// An object that is larger than this waits for its turn.
pub const LARGE: u64 = 8 << 20;

/// A decoded object whose children are still to come.
pub struct Parent<S> {
    pub(super) id: ObjectId,
    kind: ObjectKind,
    bytes: Vec<u8>,
    pub(super) state: Option<S>,
}

/// Why a base can't be had.
#[derive(Clone, Copy)]
pub(super) enum Loss {
    Damaged,
    Limit(u64),
}

type Base<'a, S> = Result<&'a Parent<S>, Loss>;

/// A base, or why there is none, and those of its children that are still to come.
pub struct Branch<S> {
    parent: Result<Arc<Parent<S>>, Loss>,
    children: Range<u32>,
}

impl<S> Branch<S> {
    fn parent(&self) -> Result<Arc<Parent<S>>, Loss> {
        match &self.parent {
            Ok(parent) => Ok(Arc::clone(parent)),
            Err(loss) => Err(*loss),
        }
    }

    fn size(&self) -> u64 {
        self.parent.as_ref().map_or(0, |parent| parent.bytes.len() as u64)
    }
}

/// A thread's own things.
pub struct Hand<'s, V: Visitor> {
    pub(super) context: &'s Context<'s, V>,
    pub(super) worker: V::Worker,
    pub(super) pack: usize,
    /// The number of the pack's first object.
    pub(super) first: Option<u32>,
    pub(super) window: Window,
    pub(super) inflater: Inflater,
    delta: Vec<u8>,
    runs: Vec<CopyRun>,
    spare: Vec<Vec<u8>>,
    stack: Vec<Branch<V::State>>,
    /// Bytes of the bases on the stack.
    alive: u64,
    has_turn: bool,
    pub(super) tally: Tally,
}

impl<'s, V: Visitor> Hand<'s, V> {
    /// Makes a hand that has nothing to do yet.
    pub fn new(context: &'s Context<'s, V>) -> Self {
        Self {
            context,
            worker: context.visitor.worker(),
            pack: 0,
            first: None,
            window: Window::default(),
            inflater: Inflater::default(),
            delta: Vec::new(),
            runs: Vec::new(),
            spare: Vec::new(),
            stack: Vec::new(),
            alive: 0,
            has_turn: false,
            tally: Tally::default(),
        }
    }

    /// Turns to a pack.
    pub fn enter(&mut self, pack: usize) {
        self.pack = pack;
        self.first = self.context.store.numbered().nth(pack).map(|(_, first)| first);
        self.window.clear();
    }

    /// What was done so far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// Works on families until none is left.
    pub fn families(&mut self, forest: &Forest, share: &Share<Branch<V::State>>, next: &AtomicUsize, at_once: usize) {
        while let Some(stretch) = next_stretch(next, at_once, forest.roots().len()) {
            for &root in &forest.roots()[stretch] {
                if self.context.visitor.cancelled() {
                    break;
                }
                self.node(forest, root, Err(Loss::Damaged));
                self.climb(forest, share);
            }
        }
        while let Some(branch) = share.take() {
            self.alive += branch.size();
            self.stack.push(branch);
            self.climb(forest, share);
        }
    }

    /// Works on the stack until it is empty.
    fn climb(&mut self, forest: &Forest, share: &Share<Branch<V::State>>) {
        while let Some(branch) = self.stack.last_mut() {
            if self.context.visitor.cancelled() {
                self.stack.clear();
                self.alive = 0;
                break;
            }
            let size = branch.size();
            let next = branch.children.next();
            let parent = branch.parent();
            let is_last = branch.children.is_empty();
            if is_last {
                self.stack.pop();
            }
            if let Some(at) = next {
                if share.is_wanted() && !self.has_turn {
                    self.leave_some(share);
                }
                self.node(forest, forest.child(at), parent);
            }
            if is_last {
                self.alive -= size;
            }
        }
        self.end_turn();
    }

    /// Leaves half of the lowest branch to a thread that waits.
    fn leave_some(&mut self, share: &Share<Branch<V::State>>) {
        if let Some(branch) = self.stack.iter_mut().find(|branch| !branch.children.is_empty()) {
            let middle = branch.children.start + branch.children.len() as u32 / 2;
            let left = Branch { parent: branch.parent(), children: middle..branch.children.end };
            branch.children.end = middle;
            share.leave(left);
        }
    }

    /// Decodes a node, shows it, and puts its children on the stack.
    fn node(&mut self, forest: &Forest, node: Node, parent: Result<Arc<Parent<V::State>>, Loss>) {
        let base = match &parent {
            Ok(parent) => Ok(&**parent),
            Err(loss) => Err(*loss),
        };
        let own = self.visit(forest, node, base);
        if let Ok(Some(parent)) = parent.map(Arc::into_inner) {
            self.keep(parent.bytes);
        }
        let children = forest.children(node);
        match own {
            Ok(own) if children.is_empty() => self.keep(own.bytes),
            Ok(own) => {
                self.alive += own.bytes.len() as u64;
                self.stack.push(Branch { parent: Ok(Arc::new(own)), children });
            }
            Err(_) if children.is_empty() => {}
            Err(loss) => self.stack.push(Branch { parent: Err(loss), children }),
        }
    }

    fn visit(&mut self, forest: &Forest, node: Node, parent: Base<'_, V::State>) -> Result<Parent<V::State>, Loss> {
        let Some((offset, end, position)) = forest.entry(node) else {
            let id = *forest.external(node).ok_or(Loss::Damaged)?;
            let object = self.elsewhere(&id).ok_or(Loss::Damaged)?;
            return Ok(Parent { id, kind: object.kind, bytes: object.bytes, state: None });
        };
        let id = self.context.store.packs[self.pack].index.id(position);
        let is_wanted = forest.is_wanted(node);
        let is_suspect = forest.is_suspect(node);
        if is_suspect {
            if let Some(object) = self.elsewhere(&id) {
                return Ok(self.pass_on(forest, node, id, object, None));
            }
            self.say(NoticeKind::Damaged, id, &PackError::Checksum);
        }
        let error = match self.decode(offset, end, is_suspect, parent) {
            Ok((object, is_delta)) => {
                let base = parent.ok().filter(|_| is_delta);
                return Ok(self.pass_on(forest, node, id, object, base));
            }
            Err(error) => error,
        };
        if is_wanted && self.show_large(id, offset, &error) {
            return Err(Loss::of(&error));
        }
        let error = match (error, parent) {
            (PackError::Base, Err(Loss::Limit(size))) => PackError::Limit { size, limit: self.context.store.limit },
            (error, _) => error,
        };
        match self.elsewhere(&id) {
            Some(object) => Ok(self.pass_on(forest, node, id, object, None)),
            None => {
                self.tally.lost += u64::from(is_wanted);
                if is_wanted && !is_suspect {
                    self.say(error.notice_kind(), id, &error);
                }
                Err(Loss::of(&error))
            }
        }
    }

    /// Shows an object if it is wanted, and makes it a base. Its copies, where it has a base, are in `self.runs`.
    fn pass_on(
        &mut self,
        forest: &Forest,
        node: Node,
        id: ObjectId,
        object: Object,
        base: Option<&Parent<V::State>>,
    ) -> Parent<V::State> {
        let is_wanted =
            forest.is_wanted(node) && (forest.kind(node) == Some(object.kind) || self.context.wants(&id, object.kind));
        let state = is_wanted.then(|| {
            let runs = std::mem::take(&mut self.runs);
            let position = forest.entry(node).map(|(.., position)| position);
            let state = self.show(id, position, &object, base, &runs);
            self.runs = runs;
            state
        });
        Parent { id, kind: object.kind, bytes: object.bytes, state }
    }

    /// Decodes an entry; says whether it was a delta, whose copies then are in `self.runs`. The end of an entry that
    /// is suspect is not known.
    fn decode(
        &mut self,
        offset: u64,
        end: u64,
        is_suspect: bool,
        parent: Base<'_, V::State>,
    ) -> Result<(Object, bool), PackError> {
        let pack = &self.context.store.packs[self.pack].data;
        let end = if is_suspect { pack.end() } else { end };
        let bytes = self.window.bytes(pack, offset, end.min(offset + WINDOW), AHEAD)?;
        let entry = Entry::parse(bytes, offset, pack.hash())?;
        let limit = self.context.store.limit;
        let alive = self.alive;
        let within_limit = |size: u64| match alive.saturating_add(size) {
            size if size > limit => Err(PackError::Limit { size, limit }),
            _ => Ok(()),
        };
        within_limit(entry.size)?;
        if entry.size > LARGE && !self.has_turn {
            self.context.turn.take();
            self.has_turn = true;
        }
        let (inflater, input) = (&mut self.inflater, &bytes[entry.header_len..]);
        let mut inflate = |out: &mut Vec<u8>| match is_suspect || offset + WINDOW < end {
            false => inflater.whole(input, entry.size as usize, out).and_then(|taken| complete(taken == input.len())),
            true => {
                let start = offset + entry.header_len as u64;
                let mut stream = inflater.stream(PackStream::new(pack, start, end));
                read_exactly(&mut stream, entry.size, out)?;
                complete(is_suspect || stream.consumed() == end - start)
            }
        };
        let mut out = self.spare.pop().unwrap_or_default();
        let result = match (entry.base, parent) {
            (EntryBase::Whole(kind), _) => inflate(&mut out).map(|()| (kind, false)),
            (_, Err(_)) => Err(PackError::Base),
            (_, Ok(parent)) => inflate(&mut self.delta).and_then(|()| {
                let header = DeltaHeader::parse(&self.delta)?;
                within_limit(entry.size.saturating_add(header.result_size))?;
                if header.result_size > LARGE && !self.has_turn {
                    self.context.turn.take();
                    self.has_turn = true;
                }
                delta::apply(header, &self.delta, &parent.bytes, &mut out, &mut self.runs)?;
                Ok((parent.kind, true))
            }),
        };
        if self.delta.capacity() > SPARE_SIZE {
            self.delta = Vec::new();
        }
        match result {
            Ok((kind, is_delta)) => Ok((Object { kind, bytes: out }, is_delta)),
            Err(error) => {
                self.keep(out);
                Err(error)
            }
        }
    }

    /// Reads a sound copy from outside of this pack. Rare, and of any size: one thread at a time.
    pub(super) fn elsewhere(&mut self, id: &ObjectId) -> Option<Object> {
        if !self.has_turn {
            self.context.turn.take();
        }
        let object = self.context.store.read_elsewhere(id, self.pack);
        if !self.has_turn {
            self.context.turn.give_back();
        }
        object.ok().flatten()
    }

    fn end_turn(&mut self) {
        if std::mem::take(&mut self.has_turn) {
            self.context.turn.give_back();
        }
    }

    fn keep(&mut self, bytes: Vec<u8>) {
        if self.spare.len() < SPARE && bytes.capacity() <= SPARE_SIZE {
            self.spare.push(bytes);
        }
    }
}

impl Loss {
    fn of(error: &PackError) -> Self {
        match error {
            PackError::Limit { size, .. } => Self::Limit(*size),
            _ => Self::Damaged,
        }
    }
}

/// Makes sure that a stream took all of its entry.
fn complete(is_complete: bool) -> Result<(), PackError> {
    if is_complete { Ok(()) } else { Err(PackError::Inflate("something follows the stream")) }
}
