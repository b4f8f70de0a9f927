//! What a sweep notes of trees, so that who holds what is answered without reading them again.
//!
//! Of each tree its entries that are not in its base, and which parts of the base it has; trees differ little from one
//! another, so that this takes a hundredth of what they take. Notes that grow beyond a share of the memory are given up:
//! then there are none, never half of them.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bstr::BString;

use crate::model::{MemoryBudget, ObjectId};
use crate::source::git::TreeEntry;
use crate::source::odb::ObjectStore;

/// Where the note of a tree stands: whose it is, and its number among those.
pub(super) type Place = (u32, u32);

/// The notes of a whole sweep.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// One for each thread, by number.
    pub(super) pages: Vec<Page>,
}

/// What one thread noted.
#[derive(Debug, Default)]
pub(super) struct Page {
    number: u32,
    trees: Vec<NotedTree>,
    entries: Vec<NotedEntry>,
    copies: Vec<NotedCopy>,
    /// Of so many entries it is known which object they name.
    named: usize,
    /// Objects that are in no pack, once for each entry that names one.
    unpacked: Vec<ObjectId>,
    /// Names by their numbers.
    pub(super) names: Vec<BString>,
}

/// A tree.
#[derive(Debug)]
pub(super) struct NotedTree {
    pub(super) itself: Named,
    pub(super) base: Option<Place>,
    /// Bases come before what is stored as a difference to them.
    pub(super) order: u32,
    /// Where its entries and copies end; they begin where those of the tree before end.
    ends: (u32, u32),
}

/// An entry that is not copied. There are millions of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct NotedEntry {
    /// Where it begins in the tree.
    pub(super) at: u32,
    /// Its name's number, and whether it is a tree.
    what: u32,
    /// The object's number, or its place among those in no pack.
    object: u32,
}

const IS_TREE: u32 = 1 << 31;
const IS_UNPACKED: u32 = 1 << 31;

/// An object: by its number if it is packed, else by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Packed(u32),
    Unpacked(ObjectId),
}

impl Named {
    pub(super) fn new(id: &ObjectId, number: Option<u32>) -> Self {
        number.map_or(Self::Unpacked(*id), Self::Packed)
    }

    /// An object of which only the id is known.
    pub(super) fn of(id: &ObjectId, store: &ObjectStore) -> Self {
        Self::new(id, store.number(id))
    }
}

impl NotedEntry {
    /// Its name's number.
    pub(super) fn name(self) -> usize {
        (self.what & !IS_TREE) as usize
    }

    /// Says whether it is a tree; else it is a file.
    pub(super) fn is_tree(self) -> bool {
        self.what & IS_TREE != 0
    }
}

/// Entries that are copied whole: where they begin in the base and here, and how many bytes they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct NotedCopy {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) len: u32,
}

impl Page {
    /// Its trees, by number.
    pub(super) fn trees(&self) -> &[NotedTree] {
        &self.trees
    }

    /// The entries of a tree, and its copies, each in order.
    pub(super) fn tree(&self, tree: u32) -> (&[NotedEntry], &[NotedCopy]) {
        let at = tree as usize;
        let start = at.checked_sub(1).map_or((0, 0), |before| self.trees[before].ends);
        let end = self.trees[at].ends;
        (&self.entries[start.0 as usize..end.0 as usize], &self.copies[start.1 as usize..end.1 as usize])
    }

    /// The object that an entry names.
    pub(super) fn object(&self, entry: &NotedEntry) -> Named {
        match entry.object & IS_UNPACKED {
            0 => Named::Packed(entry.object),
            _ => Named::Unpacked(self.unpacked[(entry.object & !IS_UNPACKED) as usize]),
        }
    }
}

/// Hands out [`Noter`]s and gathers their pages.
#[derive(Debug, Clone)]
pub(super) struct Notebook(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    pages: Mutex<Vec<Page>>,
    hands: AtomicU32,
    trees: AtomicU32,
    bytes: AtomicU64,
    most: u64,
    is_full: AtomicBool,
}

/// Bytes that are noted before all are told.
const SHARE: u64 = 1 << 20;

impl Notebook {
    /// Takes no more than a share of the memory.
    pub(super) fn new() -> Self {
        Self::with_room(MemoryBudget::current().sixteenths(6))
    }

    /// Takes up to so many bytes.
    pub(super) fn with_room(most: u64) -> Self {
        Self(Arc::new(Shared { most, ..Shared::default() }))
    }

    /// One thread's part.
    pub(super) fn noter(&self) -> Noter {
        let number = self.0.hands.fetch_add(1, Ordering::Relaxed);
        Noter { page: Page { number, ..Page::default() }, told: 0, shared: Arc::clone(&self.0) }
    }

    /// All pages that were handed in by now; none if there was no room for them.
    pub(super) fn finish(self) -> Option<Notes> {
        let mut pages: Vec<Page> = Vec::new();
        pages.resize_with(self.0.hands.load(Ordering::Relaxed) as usize, Page::default);
        for page in self.0.pages.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let at = page.number as usize;
            pages[at] = page;
        }
        let count = |count: fn(&Page) -> usize| pages.iter().map(count).sum::<usize>();
        let (trees, entries) = (count(|page| page.trees.len()), count(|page| page.entries.len()));
        log::debug!("noted {trees} trees, {entries} entries, {} copies", count(|page| page.copies.len()));
        (!self.0.is_full.load(Ordering::Relaxed)).then_some(Notes { pages })
    }
}

/// One thread's part of the notes.
#[derive(Debug)]
pub(super) struct Noter {
    page: Page,
    /// Bytes that the others know of.
    told: u64,
    shared: Arc<Shared>,
}

impl Noter {
    /// Notes an entry of the tree that is being read, which is no submodule. [`Self::tell`] must say which object it names.
    pub(super) fn entry(&mut self, at: u32, entry: &TreeEntry<'_>, name: u32) {
        let what = if entry.mode.is_tree() { name | IS_TREE } else { name };
        self.page.entries.push(NotedEntry { at, what, object: IS_UNPACKED });
    }

    /// Says which objects the next entries name, and their numbers, if they are packed.
    pub(super) fn tell(&mut self, ids: &[ObjectId], numbers: &[Option<u32>]) {
        let page = &mut self.page;
        let entries = page.entries[page.named..].iter_mut();
        for ((entry, id), number) in entries.zip(ids).zip(numbers) {
            entry.object = number.unwrap_or_else(|| {
                page.unpacked.push(*id);
                IS_UNPACKED | (page.unpacked.len() as u32 - 1)
            });
            page.named += 1;
        }
    }

    /// Notes entries that it has from its base.
    pub(super) fn copy(&mut self, from: u32, to: u32, len: u32) {
        self.page.copies.push(NotedCopy { from, to, len });
    }

    /// Ends the tree; returns where its note stands.
    pub(super) fn end(&mut self, itself: Named, base: Option<Place>) -> Place {
        let page = &mut self.page;
        let order = self.shared.trees.fetch_add(1, Ordering::Relaxed);
        let ends = (page.entries.len() as u32, page.copies.len() as u32);
        page.trees.push(NotedTree { itself, base, order, ends });
        let place = (page.number, page.trees.len() as u32 - 1);
        let bytes = size_of_val(&page.unpacked[..])
            + size_of_val(&page.trees[..])
            + size_of_val(&page.entries[..])
            + size_of_val(&page.copies[..]);
        if bytes as u64 > self.told + SHARE {
            let all = self.shared.bytes.fetch_add(bytes as u64 - self.told, Ordering::Relaxed);
            self.told = bytes as u64;
            if all > self.shared.most {
                self.shared.is_full.store(true, Ordering::Relaxed);
            }
        }
        place
    }

    /// Says whether notes are still wanted; gives up what is not.
    pub(super) fn is_wanted(&mut self) -> bool {
        let is_wanted = !self.shared.is_full.load(Ordering::Relaxed);
        if !is_wanted && !self.page.trees.is_empty() {
            self.page = Page { number: self.page.number, ..Page::default() };
        }
        is_wanted
    }

    /// Hands the page in, with the names by their numbers.
    pub(super) fn hand_in(mut self, names: Vec<BString>) {
        self.page.names = names;
        self.shared.pages.lock().unwrap_or_else(PoisonError::into_inner).push(self.page);
    }
}

/// So many objects are looked for at once.
pub(super) const MANY: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::git::TreeEntries;

    fn noted(notebook: &Notebook, trees: usize) {
        let mut noter = notebook.noter();
        let tree = [&b"100644 name\0"[..], &[7; 20]].concat();
        for number in 0..trees {
            if noter.is_wanted() {
                let entry = TreeEntries::new(&tree, 20).next().unwrap().unwrap();
                noter.entry(0, &entry, 0);
                noter.tell(&[entry.id()], &[None]);
                noter.end(Named::Packed(number as u32), None);
            }
        }
        noter.hand_in(vec!["name".into()]);
    }

    #[test]
    fn there_are_all_notes_or_none() {
        let trees = 2 * SHARE as usize / size_of::<NotedTree>();
        for (room, is_enough) in [(u64::MAX, true), (SHARE, false)] {
            let notebook = Notebook::with_room(room);
            noted(&notebook, 3);
            noted(&notebook, trees);
            let notes = notebook.finish();
            assert_eq!(notes.map(|notes| notes.pages[1].trees().len()), is_enough.then_some(trees));
        }
    }
}
