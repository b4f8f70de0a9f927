//! Sealed values: the vault's truth for machines that may not hold it. A file of slow hashes that can be committed.
//!
//! What the file holds: one salt, the set of lengths, a filter of short keyed hashes, and for each value a slow hash with its
//! name. Lengths and filter are of all values together. Who has the file can test guesses, a wrong one at the price of a quick
//! hash and once in [`RARITY`] times at that of a slow one; so only values that nobody can guess are sealed
//! ([`strength`]). It must never hold a value, and must never take a weaker hash than [`Cost::LEAST`] for good.

mod file;
mod search;
pub mod strength;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use argon2::{Algorithm, Argon2, Params, Version};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::model::Secret;

pub use file::SealError;
pub use search::ASIDE;
pub use strength::Weak;

/// The file's name at a repository's root, unless the configuration names another.
pub const FILE: &str = ".stanch.seal";

/// One of so many texts that are no value passes the filter.
pub const RARITY: usize = 1 << RARE_BITS;
const RARE_BITS: u32 = 12;

/// The widest filter: two megabytes of memory.
const WIDEST: u32 = 24;

/// The longest value that is sealed.
pub const LONGEST: usize = 8 << 10;

/// What one slow hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Kibibytes of memory.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl Cost {
    /// What new seals take.
    pub const USUAL: Self = Self { memory: 19 << 10, passes: 2 };
    /// The least that is believed to be slow.
    pub const LEAST: Self = Self::USUAL;
    /// The most that a file may ask of this machine.
    pub const MOST: Self = Self { memory: 256 << 10, passes: 8 };
}

/// The sealed values, ready to be looked for.
pub struct Seal {
    salt: [u8; 16],
    cost: Cost,
    lengths: BTreeSet<usize>,
    /// Short hashes of all values, so many bits wide.
    width: u32,
    filter: BTreeSet<u32>,
    names: BTreeMap<[u8; 16], Arc<str>>,
    ready: search::Ready,
    /// What was confirmed or denied already, so that a text that stands in many files is paid for once.
    confirmed: Mutex<HashMap<[u8; 32], Option<Arc<str>>>>,
}

impl Seal {
    /// Seals named values under a random `salt`; those that could be guessed are named in `refused`.
    pub fn make(
        values: Vec<(String, Secret)>,
        salt: [u8; 16],
        cost: Cost,
        refused: &mut Vec<(String, Weak)>,
    ) -> Result<Self, SealError> {
        let mut named: BTreeMap<[u8; 32], (Secret, BTreeSet<String>)> = BTreeMap::new();
        for (name, secret) in values {
            match strength::check(secret.expose()) {
                Ok(()) => {
                    named.entry(secret.digest()).or_insert_with(|| (secret, BTreeSet::new())).1.insert(name);
                }
                Err(reason) => refused.push((name, reason)),
            }
        }
        let width = (RARE_BITS + named.len().max(1).next_power_of_two().trailing_zeros()).min(WIDEST);
        let lengths = named.values().map(|(secret, _)| secret.len()).collect();
        let mut seal = Self::of_parts(salt, cost, width, lengths);
        seal.filter = named.values().map(|(secret, _)| seal.ready.short(secret.expose(), width)).collect();
        let sealed: Result<Vec<_>, SealError> = named
            .into_values()
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(secret, names)| {
                let names: Vec<String> = names.into_iter().collect();
                Ok((seal.slow(secret.expose())?, names.join(", ").into()))
            })
            .collect();
        seal.names = sealed?.into_iter().collect();
        seal.arm();
        Ok(seal)
    }

    fn of_parts(salt: [u8; 16], cost: Cost, width: u32, lengths: BTreeSet<usize>) -> Self {
        Self {
            salt,
            cost,
            lengths,
            width,
            filter: BTreeSet::new(),
            names: BTreeMap::new(),
            ready: search::Ready::new(&salt),
            confirmed: Mutex::default(),
        }
    }

    /// Puts the filter into the form in which it is asked.
    fn arm(&mut self) {
        self.ready.learn(&self.filter, self.width);
    }

    /// Number of different values.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Says whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The names of the sealed values, sorted; several where secrets have the same value.
    pub fn names(&self) -> BTreeSet<&str> {
        self.names.values().flat_map(|names| names.split(", ")).collect()
    }

    /// Argon2id of a value under the file's salt.
    fn slow(&self, value: &[u8]) -> Result<[u8; 16], SealError> {
        let mut hash = [0; 16];
        let params = Params::new(self.cost.memory, self.cost.passes, 1, Some(hash.len()));
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.map_err(|_| SealError::Cost)?);
        argon.hash_password_into(value, &self.salt, &mut hash).map_err(|_| SealError::Cost)?;
        Ok(hash)
    }

    /// The name of the value that `text` is, after a slow look; none if it is no sealed value.
    fn confirm(&self, text: &[u8]) -> Option<Arc<str>> {
        let key: [u8; 32] = Sha256::digest(text).into();
        let lock = || self.confirmed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return known.clone();
        }
        let name = Zeroizing::new(self.slow(text).ok()?);
        let name = self.names.get(&*name).cloned();
        lock().insert(key, name.clone());
        name
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seal({} values)", self.names.len())
    }
}
