//! The set of all names in all trees, gathered at the pace of a sweep.
//!
//! A history repeats the same few names hundreds of millions of times. A small table of the last seen ones answers
//! almost all of them by one comparison; only what falls out of it costs a real look-up.

use std::collections::HashMap;

use bstr::BString;

use crate::model::ObjectId;

/// Slots of the table. A power of two.
const SLOTS: usize = 1 << 13;

/// Names, each with the smallest id of a tree that has it (so that the outcome does not depend on the order).
#[derive(Debug)]
pub(super) struct Names {
    slots: Vec<Option<(BString, ObjectId)>>,
    all: HashMap<BString, ObjectId>,
}

impl Default for Names {
    fn default() -> Self {
        Self { slots: vec![None; SLOTS], all: HashMap::new() }
    }
}

impl Names {
    /// Notes that `tree` has `name`.
    pub fn add(&mut self, name: &[u8], tree: ObjectId) {
        let slot = &mut self.slots[slot_of(name)];
        match slot {
            Some((known, smallest)) if known.as_slice() == name => *smallest = tree.min(*smallest),
            _ => {
                let fallen = slot.replace((name.into(), tree));
                if let Some((name, tree)) = fallen {
                    merge(&mut self.all, name, tree);
                }
            }
        }
    }

    /// Adds all names to `target`.
    pub fn drain_into(&mut self, target: &mut HashMap<BString, ObjectId>) {
        for (name, tree) in self.slots.iter_mut().filter_map(Option::take).chain(self.all.drain()) {
            merge(target, name, tree);
        }
    }
}

fn merge(all: &mut HashMap<BString, ObjectId>, name: BString, tree: ObjectId) {
    all.entry(name).and_modify(|smallest| *smallest = tree.min(*smallest)).or_insert(tree);
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
    use bstr::ByteSlice;

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
            gathered.drain_into(&mut all);
            assert_eq!(all.len(), names.len());
            assert!(names.iter().all(|name| all[name.as_bytes().as_bstr()] == id(7)));
        }
    }
}
