//! Which tree holds which: all trees of a repository as numbers, with the edges between them and the entries sought.
//!
//! Built from what a sweep noted of trees; every question about paths is answered from it without reading an object.

use std::collections::{HashMap, HashSet};

use bstr::{BStr, BString, ByteSlice};

use crate::model::{Notice, ObjectId};
use crate::source::Sink;
use crate::source::git::Kind;
use crate::source::odb::{Kinds, ObjectStore, SweepOptions, SweptObject, Visitor};

use super::layout::{self, Layout};
use super::names::Names;
use super::notes::{Notebook, NotedCopy, NotedEntry, Noter, Notes, Place};

/// Number of a tree.
pub(super) type TreeIndex = u32;
/// Number of a name.
pub(super) type NameIndex = u32;

/// Which entries of trees are sought.
#[derive(Debug, Default)]
pub struct Sought {
    /// These blobs, under any name.
    pub(super) blobs: HashSet<ObjectId>,
    /// Any file with one of these names.
    pub(super) names: HashSet<BString>,
    /// The first two bytes of the blobs' ids: most entries are none of them, and this says so at once.
    beginnings: Vec<bool>,
}

impl Sought {
    /// Seeks these blobs, and all files with these names.
    pub fn new(blobs: HashSet<ObjectId>, names: HashSet<BString>) -> Self {
        let mut beginnings = vec![false; 1 << 16];
        blobs.iter().for_each(|id| beginnings[beginning(id.as_bytes())] = true);
        Self { blobs, names, beginnings }
    }

    /// Says whether nothing is sought.
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty() && self.names.is_empty()
    }

    fn wants(&self, raw_id: &[u8]) -> bool {
        self.beginnings[beginning(raw_id)] && ObjectId::from_bytes(raw_id).is_some_and(|id| self.blobs.contains(&id))
    }
}

fn beginning(id: &[u8]) -> usize {
    usize::from(id[0]) << 8 | usize::from(id[1])
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
    pub fn read(store: &ObjectStore, sought: &Sought, threads: usize, sink: &dyn Sink) -> Self {
        let reader = Reader { sink, id_len: store.hash().len(), notebook: Notebook::with_room(u64::MAX) };
        store.sweep(SweepOptions { kinds: Kinds::of(&[Kind::Tree]), threads }, &reader);
        Self::of(&reader.notebook.finish().unwrap_or_default(), sought)
    }

    /// Puts together what was noted of all trees.
    pub fn of(notes: &Notes, sought: &Sought) -> Self {
        let trees = notes.pages.iter().map(|page| page.trees().len()).sum();
        let mut forest =
            Self { ids: HashMap::with_capacity(trees), spans: Vec::with_capacity(trees), ..Self::default() };
        let names = forest.number_names(notes);
        let is_sought: Vec<bool> = forest.names.iter().map(|name| sought.names.contains(name)).collect();
        let mut order: Vec<(u32, Place)> = Vec::new();
        // What a tree has is kept until the last one is seen that is stored as a difference to it.
        let mut waiting: Vec<Vec<u32>> = notes.pages.iter().map(|page| vec![0; page.trees().len()]).collect();
        let mut kept: Vec<Vec<Option<Box<Held>>>> =
            notes.pages.iter().map(|page| page.trees().iter().map(|_| None).collect()).collect();
        for (number, page) in (0..).zip(&notes.pages) {
            for (tree, noted) in (0..).zip(page.trees()) {
                order.push((noted.order, (number, tree)));
                if let Some((page, base)) = noted.base {
                    waiting[page as usize][base as usize] += 1;
                }
            }
        }
        order.sort_unstable();
        for (_, place) in order {
            let (number, tree) = (place.0 as usize, place.1 as usize);
            let page = &notes.pages[number];
            let noted = &page.trees()[tree];
            let base = noted.base.and_then(|(page, base)| kept[page as usize][base as usize].as_deref());
            let is_find = |name: NameIndex, raw_id: &[u8]| is_sought[name as usize] || sought.wants(raw_id);
            let held = forest.held(page.tree(place.1), &names[number], base, is_find);
            forest.add(noted.id, &held);
            if waiting[number][tree] > 0 {
                kept[number][tree] = Some(Box::new(held));
            }
            if let Some((page, base)) = noted.base {
                let left = &mut waiting[page as usize][base as usize];
                *left -= 1;
                if *left == 0 {
                    kept[page as usize][base as usize] = None;
                }
            }
        }
        forest
    }

    /// Numbers all names; returns for each page the numbers of its names.
    fn number_names(&mut self, notes: &Notes) -> Vec<Vec<NameIndex>> {
        let mut numbers: HashMap<&BString, NameIndex> = HashMap::new();
        let mut pages = Vec::with_capacity(notes.pages.len());
        for page in &notes.pages {
            let mut of_page = Vec::with_capacity(page.names.len());
            for name in &page.names {
                of_page.push(*numbers.entry(name).or_insert_with(|| {
                    self.names.push(name.clone());
                    self.names.len() as NameIndex - 1
                }));
            }
            pages.push(of_page);
        }
        pages
    }

    /// What a tree has, given what its base has.
    fn held<'n>(
        &mut self,
        (entries, copies): (impl Iterator<Item = (NotedEntry, &'n [u8])>, &[NotedCopy]),
        names: &[NameIndex],
        base: Option<&Held>,
        is_find: impl Fn(NameIndex, &[u8]) -> bool,
    ) -> Held {
        let mut held = Held::default();
        let mut copies = copies.iter().peekable();
        let mut copy_before = |held: &mut Held, at: u32| {
            while let Some(copy) = copies.next_if(|copy| copy.to < at) {
                if let Some(base) = base {
                    held.edges.extend(copied(&base.edges, *copy));
                    held.finds.extend(copied(&base.finds, *copy));
                }
            }
        };
        for (entry, raw_id) in entries {
            let name = names[entry.name()];
            if !entry.is_tree() && !is_find(name, raw_id) {
                continue;
            }
            let Some(id) = ObjectId::from_bytes(raw_id) else { continue };
            copy_before(&mut held, entry.at);
            match entry.is_tree() {
                true => held.edges.push((entry.at, (self.number(id), name))),
                false => held.finds.push((entry.at, (id, name))),
            }
        }
        copy_before(&mut held, u32::MAX);
        held
    }

    fn add(&mut self, id: ObjectId, held: &Held) {
        let tree = self.number(id);
        let before = (self.edges.len() as u32, self.finds.len() as u32);
        self.edges.extend(held.edges.iter().map(|&(_, edge)| edge));
        self.finds.extend(held.finds.iter().map(|&(_, find)| find));
        self.spans[tree as usize] = Some((before.0, self.edges.len() as u32, before.1, self.finds.len() as u32));
    }

    /// The number of a tree, which may be seen for the first time.
    fn number(&mut self, id: ObjectId) -> TreeIndex {
        let next = self.spans.len() as TreeIndex;
        let number = *self.ids.entry(id).or_insert(next);
        if number == next {
            self.spans.push(None);
        }
        number
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

/// What a tree has: where the entry of an edge or a find begins, and what it is; in order.
#[derive(Debug, Default)]
struct Held {
    edges: Vec<(u32, (TreeIndex, NameIndex))>,
    finds: Vec<(u32, (ObjectId, NameIndex))>,
}

/// Those of a tree's base that are copied, at their new places.
fn copied<T: Copy>(of_base: &[(u32, T)], copy: NotedCopy) -> impl Iterator<Item = (u32, T)> {
    let first = of_base.partition_point(|&(at, _)| at < copy.from);
    let here = of_base[first..].iter().take_while(move |&&(at, _)| at < copy.from + copy.len);
    here.map(move |&(at, one)| (at - copy.from + copy.to, one))
}

/// Notes all trees of a store.
struct Reader<'a> {
    sink: &'a dyn Sink,
    id_len: usize,
    notebook: Notebook,
}

struct Worker {
    noter: Option<Noter>,
    names: Names,
}

impl Visitor for Reader<'_> {
    type Worker = Worker;
    type State = Layout;

    fn worker(&self) -> Worker {
        Worker { noter: Some(self.notebook.noter()), names: Names::default() }
    }

    fn visit(&self, worker: &mut Worker, object: SweptObject<'_>, base: Option<&Layout>) -> Layout {
        let Worker { noter: Some(noter), names } = worker else { return Layout::default() };
        // A malformed rest was told by the survey; what comes before it counts.
        let (mut layout, _) = layout::entries(object.bytes, self.id_len, base, object.copies, |part| match part {
            layout::Part::New(at, entry) => noter.entry(at, &entry, names.add(entry.name, object.id)),
            layout::Part::Copied { from, to, len } => noter.copy(from, to, len),
        });
        layout.note = Some(noter.end(object.id, base.and_then(|base| base.note)));
        layout
    }

    // What could not be read was told by the survey.
    fn notice(&self, _notice: Notice) {}

    fn cancelled(&self) -> bool {
        self.sink.cancelled()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(noter) = self.noter.take() {
            noter.hand_in(self.names.drain_into(&mut HashMap::new()));
        }
    }
}
