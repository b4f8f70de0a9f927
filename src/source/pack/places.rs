//! Where in a sorted list of ids one stands: looked up by its first bits, for ids are spread evenly.
//!
//! A search by halves waits for memory at every step; this waits twice. It must never say that an id is there that is not,
//! nor look beyond the list: one that is not sorted has ids that are not found.

use std::cmp::Ordering;
use std::ops::Range;

use crate::model::ObjectId;

/// For each beginning, where the ids with it begin.
#[derive(Debug, Default)]
pub struct Places {
    starts: Vec<u32>,
    bits: u32,
}

impl Places {
    /// For `len` raw ids of four bytes or more.
    pub fn new<'a>(len: usize, ids: impl Iterator<Item = &'a [u8]>) -> Self {
        let bits = len.max(1).ilog2().min(24);
        let mut starts = vec![0; (1 << bits) + 1];
        ids.take(len).for_each(|id| starts[beginning(id, bits) + 1] += 1);
        for at in 0..1 << bits {
            starts[at + 1] += starts[at];
        }
        Self { starts, bits }
    }

    /// The place of `id` in the list whose raw ids `id_at` gives.
    pub fn find<'a>(&self, id: &ObjectId, id_at: impl Fn(usize) -> &'a [u8]) -> Option<usize> {
        search(self.range(id), id, id_at)
    }

    /// The places of `ids`, none for those that are not in the list. Many at once, for then memory is waited for together.
    pub fn find_all<'a>(&self, ids: &[ObjectId], id_at: impl Fn(usize) -> &'a [u8]) -> Vec<Option<usize>> {
        let ranges: Vec<Range<usize>> = ids.iter().map(|id| self.range(id)).collect();
        let mut touched = 0;
        for range in ranges.iter().filter(|range| !range.is_empty()) {
            touched ^= id_at(range.start)[0];
        }
        std::hint::black_box(touched);
        ids.iter().zip(ranges).map(|(id, range)| search(range, id, &id_at)).collect()
    }

    /// Where the ids stand that begin like `id`.
    fn range(&self, id: &ObjectId) -> Range<usize> {
        let beginning = beginning(id.as_bytes(), self.bits);
        let at = |beginning: usize| self.starts.get(beginning).map_or(0, |&start| start as usize);
        at(beginning)..at(beginning + 1)
    }
}

fn search<'a>(range: Range<usize>, id: &ObjectId, id_at: impl Fn(usize) -> &'a [u8]) -> Option<usize> {
    let Range { start: mut low, end: mut high } = range;
    while low < high {
        let middle = low.midpoint(high);
        match id_at(middle).cmp(id.as_bytes()) {
            Ordering::Less => low = middle + 1,
            Ordering::Equal => return Some(middle),
            Ordering::Greater => high = middle,
        }
    }
    None
}

fn beginning(id: &[u8], bits: u32) -> usize {
    let first = id.first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
    (u64::from(first) >> (32 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_there_is_found_and_nothing_else(
            beginnings in prop::collection::btree_set((0..4_u8, any::<[u8; 2]>()), 0..200), other in any::<[u8; 2]>(),
        ) {
            // Crowded as well as spread: all begin with one of four bytes.
            let id = |(first, rest): (u8, [u8; 2])| ObjectId::from_bytes(&[&[first, rest[0], 0, rest[1]][..], &[7; 16]].concat()).unwrap();
            let ids: Vec<ObjectId> = beginnings.iter().copied().map(id).collect();
            let places = Places::new(ids.len(), ids.iter().map(ObjectId::as_bytes));
            let find = |id: &ObjectId| places.find(id, |at| ids[at].as_bytes());
            for (at, id) in ids.iter().enumerate() {
                prop_assert_eq!(find(id), Some(at));
            }
            let other = id((2, other));
            prop_assert_eq!(find(&other), ids.iter().position(|id| *id == other));
            let asked = [ids.as_slice(), &[other]].concat();
            let all = places.find_all(&asked, |at| ids[at].as_bytes());
            prop_assert_eq!(all, asked.iter().map(find).collect::<Vec<_>>());
        }
    }

    #[test]
    fn in_an_empty_list_nothing_is_found() {
        let id = ObjectId::from_bytes(&[9; 20]).unwrap();
        assert_eq!(Places::default().find(&id, |_| &[]), None);
        assert_eq!(Places::new(0, std::iter::empty()).find(&id, |_| &[]), None);
    }
}
