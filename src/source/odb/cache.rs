//! The delta bases that random access used last. Two generations: when the young one is full, the old one goes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Object;

/// Pack and offset of an entry.
type Key = (usize, u64);

/// A bounded memory of decoded entries.
pub struct BaseCache {
    generations: Mutex<Generations>,
    half: usize,
}

#[derive(Default)]
struct Generations {
    young: HashMap<Key, Arc<Object>>,
    old: HashMap<Key, Arc<Object>>,
    young_bytes: usize,
}

impl BaseCache {
    /// Makes a cache of at most `bytes`.
    pub fn new(bytes: usize) -> Self {
        Self { generations: Mutex::default(), half: bytes / 2 }
    }

    /// Finds an entry.
    pub fn get(&self, key: Key) -> Option<Arc<Object>> {
        let mut generations = self.lock();
        if let Some(object) = generations.young.get(&key) {
            return Some(Arc::clone(object));
        }
        let object = generations.old.remove(&key)?;
        self.add(&mut generations, key, Arc::clone(&object));
        Some(object)
    }

    /// Remembers an entry, unless it is too large.
    pub fn put(&self, key: Key, object: &Arc<Object>) {
        if object.bytes.len() <= self.half / 4 {
            self.add(&mut self.lock(), key, Arc::clone(object));
        }
    }

    fn add(&self, generations: &mut Generations, key: Key, object: Arc<Object>) {
        // An entry costs its map's slot, too.
        let cost = object.bytes.capacity() + 128;
        if generations.young_bytes + cost > self.half {
            generations.old = std::mem::take(&mut generations.young);
            generations.young_bytes = 0;
        }
        generations.young_bytes += cost;
        generations.young.insert(key, object);
    }

    fn lock(&self) -> MutexGuard<'_, Generations> {
        self.generations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::pack::ObjectKind;

    #[test]
    fn what_was_used_last_stays_and_the_rest_is_bounded() {
        let cache = BaseCache::new(100_000);
        for i in 0..1000 {
            let object = Arc::new(Object { kind: ObjectKind::Blob, bytes: vec![0; 1000] });
            cache.put((0, i), &object);
            assert!(cache.get((0, 0)).is_some(), "after {i}");
        }
        assert!(cache.get((0, 1)).is_none());
        let generations = cache.lock();
        let held: usize =
            generations.young.values().chain(generations.old.values()).map(|object| object.bytes.len()).sum();
        assert!(held <= 100_000, "{held}");
    }
}
