//! Which tree holds which: all trees of a repository as numbers, with the edges between them and the entries sought.
//!
//! Built from what a sweep noted of trees; every question about paths is answered from it without reading an object.

use std::collections::{HashMap, HashSet};

use bstr::{BStr, BString, ByteSlice};

use crate::model::ObjectId;
use crate::source::Sink;
use crate::source::git::Kind;
use crate::source::odb::{Kinds, ObjectStore};

use super::notes::{MANY, Named, NotedCopy, Notes, Place};
use super::survey::{Surveyor, sweep};

/// Number of a tree.
pub(super) type TreeIndex = u32;
/// Number of a name.
pub(super) type NameIndex = u32;
/// Number of an object: first come those that are packed, by the store's numbers, then others that trees name.
pub(super) type ObjectIndex = u32;

/// Which entries of trees are sought.
#[derive(Debug, Default)]
pub struct Sought {
    /// By blob.
    pub(super) blobs: HashSet<ObjectId>,
    /// By name, without directories.
    pub(super) names: HashSet<BString>,
}

impl Sought {
    /// Entries that name one of `blobs` or have one of `names`.
    pub fn new(blobs: HashSet<ObjectId>, names: HashSet<BString>) -> Self {
        Self { blobs, names }
    }

    /// Says whether nothing is sought.
    pub fn is_empty(&self) -> bool {
        self.blobs.is_empty() && self.names.is_empty()
    }
}

/// An entry of a tree that counts: another tree, or what is sought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<T> {
    /// Where it begins in the tree.
    at: u32,
    /// What it names.
    pub(super) to: T,
    /// As what.
    pub(super) name: NameIndex,
}

/// The trees of a repository.
#[derive(Debug, Default)]
pub(super) struct Forest {
    /// The tree that an object is, [`NONE`] for others, by the object's number.
    trees: Vec<TreeIndex>,
    /// The object that a tree is.
    objects: Vec<ObjectIndex>,
    /// For each tree where its edges begin and end, and its finds.
    spans: Vec<[u32; 4]>,
    edges: Vec<Entry<TreeIndex>>,
    finds: Vec<Entry<ObjectIndex>>,
    names: Vec<BString>,
    /// How many objects are packed, and the others.
    packed: u32,
    unpacked: Vec<ObjectId>,
    unpacked_numbers: HashMap<ObjectId, ObjectIndex>,
}

const NONE: TreeIndex = TreeIndex::MAX;

impl Forest {
    /// Reads all trees of `store`. What cannot be read is left out without a word: whoever needs it must have it read again.
    pub fn read(store: &ObjectStore, sought: &Sought, threads: usize, sink: &dyn Sink) -> Self {
        let surveyor = Surveyor::new(store).noting_all();
        let survey = sweep(store, surveyor, Kinds::of(&[Kind::Tree]), &|_| true, threads, sink);
        Self::of(&survey.notes.unwrap_or_default(), sought, store)
    }

    /// Puts together what was noted of all trees of `store`.
    pub fn of(notes: &Notes, sought: &Sought, store: &ObjectStore) -> Self {
        let packed = store.packed();
        let mut forest = Self { packed, trees: vec![NONE; packed as usize], ..Self::default() };
        let names = forest.number_names(notes);
        let is_sought: Vec<bool> = forest.names.iter().map(|name| sought.names.contains(name)).collect();
        let blobs: Vec<ObjectId> = sought.blobs.iter().copied().collect();
        let numbered = blobs.iter().zip(store.numbers(&blobs)).map(|(id, number)| Named::new(id, number));
        let numbered: Vec<ObjectIndex> = numbered.map(|blob| forest.object(blob)).collect();
        let mut is_blob = vec![false; forest.trees.len()];
        numbered.into_iter().for_each(|number| is_blob[number as usize] = true);
        let mut order: Vec<(u32, Place)> = Vec::new();
        for (number, page) in (0..).zip(&notes.pages) {
            order.extend((0..).zip(page.trees()).map(|(tree, noted)| (noted.order, (number, tree))));
        }
        // Bases come before what is stored as a difference to them.
        order.sort_unstable();
        let mut numbers: Vec<Vec<TreeIndex>> = notes.pages.iter().map(|page| vec![NONE; page.trees().len()]).collect();
        for some in order.chunks(MANY) {
            forest.touch(notes, some);
            for &(_, (number, tree)) in some {
                let page = &notes.pages[number as usize];
                let noted = &page.trees()[tree as usize];
                let base = noted.base.map(|(page, base)| numbers[page as usize][base as usize]);
                let base = base.and_then(|base| forest.spans.get(base as usize).copied()).unwrap_or_default();
                let (first_edge, first_find) = (forest.edges.len() as u32, forest.finds.len() as u32);
                let (entries, copies) = page.tree(tree);
                let mut copies = copies.iter().peekable();
                for entry in entries {
                    while let Some(copy) = copies.next_if(|copy| copy.to < entry.at) {
                        forest.copy(base, *copy);
                    }
                    let name = names[number as usize][entry.name()];
                    if entry.is_tree() {
                        let to = forest.tree(page.object(entry));
                        forest.edges.push(Entry { at: entry.at, to, name });
                    } else if is_sought[name as usize] || forest.is_in(&is_blob, page.object(entry)) {
                        let to = forest.object(page.object(entry));
                        forest.finds.push(Entry { at: entry.at, to, name });
                    }
                }
                copies.for_each(|copy| forest.copy(base, *copy));
                let own = forest.tree(noted.itself);
                numbers[number as usize][tree as usize] = own;
                let ends = (forest.edges.len() as u32, forest.finds.len() as u32);
                forest.spans[own as usize] = [first_edge, ends.0, first_find, ends.1];
            }
        }
        forest
    }

    /// Has the places in memory fetched that are going to be asked for, all at once.
    fn touch(&self, notes: &Notes, trees: &[(u32, Place)]) {
        let objects = trees.iter().flat_map(|&(_, (number, tree))| {
            let page = &notes.pages[number as usize];
            let below = page.tree(tree).0.iter().filter(|entry| entry.is_tree()).map(|entry| page.object(entry));
            below.chain([page.trees()[tree as usize].itself])
        });
        let touched = objects.fold(0, |touched, object| match object {
            Named::Packed(number) => touched ^ self.trees[number as usize],
            Named::Unpacked(_) => touched,
        });
        std::hint::black_box(touched);
    }

    /// Gives every name a number; returns the numbers of each page's names.
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

    /// Adds what the tree that is being read has from its base.
    fn copy(&mut self, base: [u32; 4], copy: NotedCopy) {
        copy_entries(&mut self.edges, base[0] as usize..base[1] as usize, copy);
        copy_entries(&mut self.finds, base[2] as usize..base[3] as usize, copy);
    }

    /// The number of an object, a new one if it has none.
    fn object(&mut self, named: Named) -> ObjectIndex {
        match named {
            Named::Packed(number) => number,
            Named::Unpacked(id) => *self.unpacked_numbers.entry(id).or_insert_with(|| {
                self.unpacked.push(id);
                self.trees.push(NONE);
                self.packed + self.unpacked.len() as u32 - 1
            }),
        }
    }

    /// The number of an object, if it has one.
    fn number(&self, named: Named) -> Option<ObjectIndex> {
        match named {
            Named::Packed(number) => Some(number),
            Named::Unpacked(id) => self.unpacked_numbers.get(&id).copied(),
        }
    }

    /// Says whether a set of objects that have a number has this one.
    fn is_in(&self, set: &[bool], named: Named) -> bool {
        self.number(named).and_then(|number| set.get(number as usize)).copied().unwrap_or(false)
    }

    /// The tree that an object is, a new one if it is none yet.
    fn tree(&mut self, named: Named) -> TreeIndex {
        let object = self.object(named);
        let tree = &mut self.trees[object as usize];
        if *tree == NONE {
            *tree = self.objects.len() as TreeIndex;
            self.objects.push(object);
            self.spans.push([0; 4]);
        }
        *tree
    }

    /// Number of trees, those included that are named and not there.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// The tree that an object is.
    pub fn find(&self, named: Named) -> Option<TreeIndex> {
        let number = self.number(named)?;
        self.trees.get(number as usize).copied().filter(|&tree| tree != NONE)
    }

    /// The id of an object.
    pub fn id(&self, object: ObjectIndex, store: &ObjectStore) -> Option<ObjectId> {
        match object.checked_sub(self.packed) {
            None => store.numbered_id(object),
            Some(unpacked) => self.unpacked.get(unpacked as usize).copied(),
        }
    }

    /// The ids of trees.
    pub fn ids<'f>(
        &'f self,
        trees: impl Iterator<Item = TreeIndex> + 'f,
        store: &'f ObjectStore,
    ) -> impl Iterator<Item = ObjectId> + 'f {
        trees.filter_map(|tree| self.id(self.objects[tree as usize], store))
    }

    /// What a tree holds of other trees.
    pub fn children(&self, tree: TreeIndex) -> &[Entry<TreeIndex>] {
        let [start, end, ..] = self.spans[tree as usize];
        &self.edges[start as usize..end as usize]
    }

    /// What a tree itself holds of what was sought.
    pub fn finds(&self, tree: TreeIndex) -> &[Entry<ObjectIndex>] {
        let [.., start, end] = self.spans[tree as usize];
        &self.finds[start as usize..end as usize]
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
                pending.extend(self.children(tree).iter().map(|edge| edge.to));
            }
        }
        marked
    }
}

/// Adds those of `base` that are copied, at their new places.
fn copy_entries<T: Copy>(entries: &mut Vec<Entry<T>>, base: std::ops::Range<usize>, copy: NotedCopy) {
    let first = base.start + entries[base.clone()].partition_point(|entry| entry.at < copy.from);
    for place in first..base.end {
        let entry = entries[place];
        if entry.at >= copy.from + copy.len {
            break;
        }
        entries.push(Entry { at: entry.at - copy.from + copy.to, ..entry });
    }
}
