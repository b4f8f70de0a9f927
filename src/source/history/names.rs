//! The set of all names in all trees, gathered and numbered at the pace of a sweep.
//!
//! A history repeats the same few names hundreds of millions of times. A small table of the last seen ones answers
//! almost all of them by one comparison; only what falls out of it costs a real look-up.

use std::collections::HashMap;

use bstr::{BString, ByteSlice};

use crate::model::ObjectId;

/// Slots of the table. A power of two.
const SLOTS: usize = 1 << 13;

/// Names, each with the smallest id of a tree that has it (so that the outcome does not depend on the order).
#[derive(Debug)]
pub(super) struct Names {
    slots: Vec<Option<(BString, Known)>>,
    all: HashMap<BString, Known>,
}

/// The smallest tree that has a name, and the name's number.
type Known = (ObjectId, u32);

impl Default for Names {
    fn default() -> Self {
        Self { slots: vec![None; SLOTS], all: HashMap::new() }
    }
}

impl Names {
    /// Notes that `tree` has `name`; returns the name's number.
    pub fn add(&mut self, name: &[u8], tree: ObjectId) -> u32 {
        let slot = &mut self.slots[slot_of(name)];
        if let Some((known, (smallest, number))) = slot
            && known.as_slice() == name
        {
            *smallest = tree.min(*smallest);
            return *number;
        }
        let number = match self.all.get_mut(name.as_bstr()) {
            Some((smallest, number)) => {
                *smallest = tree.min(*smallest);
                *number
            }
            None => {
                let number = self.all.len() as u32;
                self.all.insert(name.into(), (tree, number));
                number
            }
        };
        if let Some((name, (tree, _))) = slot.replace((name.into(), (tree, number))) {
            merge(&mut self.all, &name, tree);
        }
        number
    }

    /// Adds all names to `target`; returns them by their numbers.
    pub fn drain_into(&mut self, target: &mut HashMap<BString, ObjectId>) -> Vec<BString> {
        for (name, (tree, _)) in self.slots.iter_mut().filter_map(Option::take) {
            merge(&mut self.all, &name, tree);
        }
        let mut names = vec![BString::default(); self.all.len()];
        self.all.drain().for_each(|(name, (tree, number))| {
            let smallest = target.entry(name.clone()).or_insert(tree);
            *smallest = tree.min(*smallest);
            names[number as usize] = name;
        });
        names
    }
}

/// Every name of a slot has a number.
fn merge(all: &mut HashMap<BString, Known>, name: &BString, tree: ObjectId) {
    if let Some((smallest, _)) = all.get_mut(name) {
        *smallest = tree.min(*smallest);
    }
}

/// Mixes length and both ends of a name; only speed depends on how well.
fn slot_of(name: &[u8]) -> usize {
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    let ends = match (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(23),
        _ => word(name),
    };
    let mixed = (ends ^ (name.len() as u64) << 56).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 51) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_kept_once_with_its_smallest_tree_in_any_order() {
        let id = |number: u8| ObjectId::from_bytes(&[number; 20]).unwrap();
        let names: Vec<String> = (0..20_000).map(|number| format!("name-{number}")).collect();
        for reverse in [false, true] {
            let mut gathered = Names::default();
            let mut order: Vec<usize> = (0..names.len() * 3).collect();
            if reverse {
                order.reverse();
            }
            for at in order {
                gathered.add(names[at % names.len()].as_bytes(), id((at / names.len()) as u8 + 7));
            }
            let mut all = HashMap::new();
            let numbered = gathered.drain_into(&mut all);
            assert_eq!(numbered.len(), names.len());
            assert_eq!(all.len(), names.len());
            assert!(names.iter().all(|name| all[name.as_bytes().as_bstr()] == id(7)));
        }
    }
}
