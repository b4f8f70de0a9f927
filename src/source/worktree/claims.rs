//! Which paths were scanned, so that each is scanned once however many ways lead to it.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A set of paths, kept as 64-bit hashes under a random key. Shared by threads.
#[derive(Debug, Default)]
pub(super) struct Claims {
    hasher: RandomState,
    shards: [Mutex<HashSet<u64>>; 16],
}

impl Claims {
    /// Says whether the path is seen for the first time.
    pub fn claim(&self, path: &Path) -> bool {
        let hash = self.hasher.hash_one(path.as_os_str().as_encoded_bytes());
        let shard = &self.shards[(hash % 16) as usize];
        shard.lock().unwrap_or_else(PoisonError::into_inner).insert(hash)
    }
}
