//! Which tree holds which: all trees of a repository as numbers, with the edges between them and the entries sought.
//!
//! One sweep builds it; every question about paths is answered from it without reading an object again.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bstr::{BStr, BString, ByteSlice};

use crate::model::{Notice, ObjectId};
use crate::source::Sink;
use crate::source::git::{Kind, TreeEntries, TreeEntry};
use crate::source::odb::{Kinds, ObjectStore, SweepOptions, SweptObject, Visitor};

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
        Self::joined(shared.ids.take(), parts)
    }

    fn joined(ids: HashMap<ObjectId, TreeIndex>, mut parts: Vec<Part>) -> Self {
        let mut forest = Self { spans: vec![None; ids.len()], ids, ..Self::default() };
        let mut known: HashMap<BString, NameIndex> = HashMap::new();
        // The parts come in the order in which threads ended; nothing may depend on it but memory addresses.
        for part in &mut parts {
            let renamed: Vec<NameIndex> = std::mem::take(&mut part.names)
                .into_iter()
                .map(|name| {
                    *known.entry(name).or_insert_with_key(|name| {
                        forest.names.push(name.clone());
                        (forest.names.len() - 1) as NameIndex
                    })
                })
                .collect();
            let (edges, finds) = (forest.edges.len() as u32, forest.finds.len() as u32);
            forest.edges.extend(part.edges.drain(..).map(|(tree, name)| (tree, renamed[name as usize])));
            forest.finds.extend(part.finds.drain(..).map(|(id, name)| (id, renamed[name as usize])));
            for (tree, span) in part.spans.drain(..) {
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

/// Ids and their numbers, given out in the order of first sight. Shared by threads.
#[derive(Debug, Default)]
struct Numbers(Mutex<HashMap<ObjectId, TreeIndex>>);

impl Numbers {
    fn take(&self) -> HashMap<ObjectId, TreeIndex> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Default)]
struct Shared {
    ids: Numbers,
    parts: Mutex<Vec<Part>>,
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
struct Part {
    spans: Vec<SpanOf>,
    edges: Vec<(TreeIndex, NameIndex)>,
    finds: Vec<(ObjectId, NameIndex)>,
    names: Vec<BString>,
}

struct Worker {
    part: Part,
    names: HashMap<BString, NameIndex>,
    recent: Vec<Option<(ObjectId, TreeIndex)>>,
    shared: Arc<Shared>,
}

/// Slots of a thread's table of recently seen trees.
const RECENT: usize = 1 << 14;

impl Visitor for Reader<'_> {
    type Worker = Worker;
    type State = ();

    fn worker(&self) -> Worker {
        let shared = Arc::clone(&self.shared);
        Worker { part: Part::default(), names: HashMap::new(), recent: vec![None; RECENT], shared }
    }

    fn visit(&self, worker: &mut Worker, object: SweptObject<'_>, _base: Option<&()>) {
        let tree = worker.number(object.id);
        let (edges, finds) = (worker.part.edges.len() as u32, worker.part.finds.len() as u32);
        // A malformed rest was told by the survey; what comes before it counts.
        for entry in TreeEntries::new(object.bytes, self.id_len).map_while(Result::ok) {
            if entry.mode.is_tree() {
                let edge = (worker.number(entry.id()), worker.name(entry.name));
                worker.part.edges.push(edge);
            } else if entry.mode.is_blob() && self.sought.wants(&entry) {
                let find = (entry.id(), worker.name(entry.name));
                worker.part.finds.push(find);
            }
        }
        let span = (edges, worker.part.edges.len() as u32, finds, worker.part.finds.len() as u32);
        worker.part.spans.push((tree, span));
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
        let mut ids = self.shared.ids.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = ids.len() as TreeIndex;
        let number = *ids.entry(id).or_insert(next);
        *slot = Some((id, number));
        number
    }

    fn name(&mut self, name: &BStr) -> NameIndex {
        if let Some(&known) = self.names.get(name) {
            return known;
        }
        let number = self.part.names.len() as NameIndex;
        self.part.names.push(name.to_owned());
        self.names.insert(name.to_owned(), number);
        number
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.parts.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.part));
    }
}
