//! Which tree holds which: all trees of a repository as numbers, with the edges between them and the entries sought.
//!
//! One sweep builds it; every question about paths is answered from it without reading an object again.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use bstr::{BStr, BString, ByteSlice};

use crate::model::{Notice, ObjectId};
use crate::source::Sink;
use crate::source::git::{Kind, TreeEntry};
use crate::source::odb::{Kinds, ObjectStore, SweepOptions, SweptObject, Visitor};

use super::layout::{self, Layout};

/// Number of a tree.
pub(super) type TreeIndex = u32;
/// Number of a name.
pub(super) type NameIndex = u32;

/// Which entries of trees are sought.
pub(super) struct Sought<'a> {
    /// These blobs, under any name.
    blobs: &'a HashSet<ObjectId>,
    /// Any file with one of these names.
    names: &'a HashSet<BString>,
    /// The first two bytes of the blobs' ids: most entries are none of them, and this says so at once.
    beginnings: Vec<bool>,
    /// Lengths and last bytes of the names, likewise.
    endings: Vec<bool>,
}

impl<'a> Sought<'a> {
    /// Seeks these blobs, and all files with these names.
    pub fn new(blobs: &'a HashSet<ObjectId>, names: &'a HashSet<BString>) -> Self {
        let mut sought = Self { blobs, names, beginnings: vec![false; 1 << 16], endings: vec![false; 1 << 16] };
        blobs.iter().for_each(|id| sought.beginnings[beginning(id.as_bytes())] = true);
        names.iter().for_each(|name| sought.endings[ending(name)] = true);
        sought
    }

    fn wants(&self, entry: &TreeEntry<'_>) -> bool {
        (self.beginnings[beginning(entry.raw_id)] && self.blobs.contains(&entry.id()))
            || (self.endings[ending(entry.name)] && self.names.contains(entry.name))
    }
}

fn beginning(id: &[u8]) -> usize {
    usize::from(id[0]) << 8 | usize::from(id[1])
}

fn ending(name: &[u8]) -> usize {
    (name.len() & 0xff) << 8 | name.last().map_or(0, |&byte| usize::from(byte))
}

/// The trees of a repository.
#[derive(Debug, Default)]
pub(super) struct Forest {
    ids: HashMap<ObjectId, TreeIndex>,
    /// Of each tree, where its edges and finds are.
    spans: Vec<Option<(u32, u32, u32, u32)>>,
    edges: Vec<(TreeIndex, NameIndex)>,
    finds: Vec<(ObjectId, NameIndex)>,
    names: Vec<BString>,
}

impl Forest {
    /// Reads all trees of `store`.
    pub fn read(store: &ObjectStore, sought: &Sought<'_>, threads: usize, sink: &dyn Sink) -> Self {
        let shared = Arc::new(Shared::default());
        let reader = Reader { sought, sink, id_len: store.hash().len(), shared: Arc::clone(&shared) };
        store.sweep(SweepOptions { kinds: Kinds::of(&[Kind::Tree]), threads }, &reader);
        let parts = std::mem::take(&mut *shared.parts.lock().unwrap_or_else(PoisonError::into_inner));
        Self::joined(shared.ids.take(), shared.names.take(), parts)
    }

    /// The parts come in the order in which threads ended, and so do numbers; nothing may depend on it but memory addresses.
    fn joined(ids: HashMap<ObjectId, TreeIndex>, numbered: HashMap<BString, NameIndex>, parts: Vec<Shard>) -> Self {
        let mut names = vec![BString::default(); numbered.len()];
        numbered.into_iter().for_each(|(name, number)| names[number as usize] = name);
        let mut forest = Self { spans: vec![None; ids.len()], ids, names, ..Self::default() };
        for mut part in parts {
            let (edges, finds) = (forest.edges.len() as u32, forest.finds.len() as u32);
            forest.edges.append(&mut part.edges);
            forest.finds.append(&mut part.finds);
            for (tree, span) in part.spans {
                forest.spans[tree as usize] = Some((span.0 + edges, span.1 + edges, span.2 + finds, span.3 + finds));
            }
        }
        forest
    }

    /// How many trees there are or are named.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// The number of the tree `id`.
    pub fn find(&self, id: &ObjectId) -> Option<TreeIndex> {
        self.ids.get(id).copied()
    }

    /// All trees with their ids, in no order.
    pub fn ids(&self) -> impl Iterator<Item = (&ObjectId, TreeIndex)> {
        self.ids.iter().map(|(id, &tree)| (id, tree))
    }

    /// The subtrees of a tree and their names.
    pub fn children(&self, tree: TreeIndex) -> &[(TreeIndex, NameIndex)] {
        self.spans[tree as usize].map_or(&[], |span| &self.edges[span.0 as usize..span.1 as usize])
    }

    /// The entries of a tree that were sought.
    pub fn finds(&self, tree: TreeIndex) -> &[(ObjectId, NameIndex)] {
        self.spans[tree as usize].map_or(&[], |span| &self.finds[span.2 as usize..span.3 as usize])
    }

    /// A name.
    pub fn name(&self, name: NameIndex) -> &BStr {
        self.names[name as usize].as_bstr()
    }

    /// For each tree, whether it is one of `roots` or below one.
    pub fn below(&self, roots: impl IntoIterator<Item = TreeIndex>) -> Vec<bool> {
        let mut marked = vec![false; self.len()];
        let mut pending: Vec<TreeIndex> = roots.into_iter().collect();
        while let Some(tree) = pending.pop() {
            if !std::mem::replace(&mut marked[tree as usize], true) {
                pending.extend(self.children(tree).iter().map(|edge| edge.0));
            }
        }
        marked
    }
}

/// Things and their numbers, given out in the order of first sight. Shared by threads: what one has read of a tree,
/// another takes over for the trees that are stored as differences to it.
#[derive(Debug)]
struct Numbers<T>(Mutex<HashMap<T, u32>>);

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Eq + Hash> Numbers<T> {
    fn take(&self) -> HashMap<T, u32> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn of(&self, thing: T) -> u32 {
        let mut numbers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = numbers.len() as u32;
        *numbers.entry(thing).or_insert(next)
    }
}

#[derive(Default)]
struct Shared {
    ids: Numbers<ObjectId>,
    names: Numbers<BString>,
    parts: Mutex<Vec<Shard>>,
}

struct Reader<'a> {
    sought: &'a Sought<'a>,
    sink: &'a dyn Sink,
    id_len: usize,
    shared: Arc<Shared>,
}

/// A tree and where its edges and finds are.
type SpanOf = (TreeIndex, (u32, u32, u32, u32));

/// What one thread has read.
#[derive(Default)]
struct Shard {
    spans: Vec<SpanOf>,
    edges: Vec<(TreeIndex, NameIndex)>,
    finds: Vec<(ObjectId, NameIndex)>,
}

struct Worker {
    part: Shard,
    names: HashMap<BString, NameIndex>,
    recent: Vec<Option<(ObjectId, TreeIndex)>>,
    shared: Arc<Shared>,
}

/// Slots of a thread's table of recently seen trees.
const RECENT: usize = 1 << 14;

/// What of a tree the trees that are stored as differences to it may have, too.
struct Seen {
    layout: Layout,
    /// Where the entry of an edge or a find begins, and its number among them; in order.
    edges: Vec<(u32, (TreeIndex, NameIndex))>,
    finds: Vec<(u32, (ObjectId, NameIndex))>,
}

/// Those of a tree's base that are copied, at their new places.
fn copied<T: Copy>(of_base: &[(u32, T)], from: u32, to: u32, len: u32) -> impl Iterator<Item = (u32, T)> {
    let first = of_base.partition_point(|&(at, _)| at < from);
    let here = of_base[first..].iter().take_while(move |&&(at, _)| at < from + len);
    here.map(move |&(at, one)| (at - from + to, one))
}

impl Visitor for Reader<'_> {
    type Worker = Worker;
    type State = Seen;

    fn worker(&self) -> Worker {
        let shared = Arc::clone(&self.shared);
        Worker { part: Shard::default(), names: HashMap::new(), recent: vec![None; RECENT], shared }
    }

    fn visit(&self, worker: &mut Worker, object: SweptObject<'_>, base: Option<&Seen>) -> Seen {
        let tree = worker.number(object.id);
        let (mut edges, mut finds) = (Vec::new(), Vec::new());
        let of_base = base.map(|base| &base.layout);
        // A malformed rest was told by the survey; what comes before it counts.
        let (layout, _) = layout::entries(object.bytes, self.id_len, of_base, object.copies, |part| match part {
            layout::Part::New(at, entry) if entry.mode.is_tree() => {
                edges.push((at, (worker.number(entry.id()), worker.name(entry.name))));
            }
            layout::Part::New(at, entry) if entry.mode.is_blob() && self.sought.wants(&entry) => {
                finds.push((at, (entry.id(), worker.name(entry.name))));
            }
            layout::Part::New(..) => {}
            layout::Part::Copied { from, to, len } => {
                if let Some(base) = base {
                    edges.extend(copied(&base.edges, from, to, len));
                    finds.extend(copied(&base.finds, from, to, len));
                }
            }
        });
        let part = &mut worker.part;
        let before = (part.edges.len() as u32, part.finds.len() as u32);
        part.edges.extend(edges.iter().map(|&(_, edge)| edge));
        part.finds.extend(finds.iter().map(|&(_, find)| find));
        let span = (before.0, part.edges.len() as u32, before.1, part.finds.len() as u32);
        part.spans.push((tree, span));
        Seen { layout, edges, finds }
    }

    // What could not be read was told by the survey.
    fn notice(&self, _notice: Notice) {}

    fn cancelled(&self) -> bool {
        self.sink.cancelled()
    }
}

impl Worker {
    fn number(&mut self, id: ObjectId) -> TreeIndex {
        let bytes = id.as_bytes();
        let slot = &mut self.recent[usize::from(u16::from_le_bytes([bytes[0], bytes[1]])) % RECENT];
        if let Some((known, number)) = slot
            && *known == id
        {
            return *number;
        }
        let number = self.shared.ids.of(id);
        *slot = Some((id, number));
        number
    }

    fn name(&mut self, name: &BStr) -> NameIndex {
        if let Some(&known) = self.names.get(name) {
            return known;
        }
        let number = self.shared.names.of(name.to_owned());
        self.names.insert(name.to_owned(), number);
        number
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.parts.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.part));
    }
}
