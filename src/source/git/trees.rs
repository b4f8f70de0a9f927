//! Trees that are looked at again and again: read once, kept, compared by path.

use std::collections::HashMap;
use std::sync::Arc;

use bstr::{BString, ByteSlice};

use crate::model::ObjectId;

use super::object::{Mode, TreeEntries};
use super::objects::{ObjectError, Objects};
use crate::source::pack::ObjectKind as Kind;

/// What a tree or an index says about a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node {
    /// File type and permissions.
    pub mode: Mode,
    /// Blob, tree or submodule commit.
    pub id: ObjectId,
}

/// A tree, ready for look-ups.
#[derive(Debug, Default)]
pub struct Tree {
    /// The entries in stored order.
    pub entries: Vec<(BString, Node)>,
    by_name: HashMap<BString, usize>,
}

impl Tree {
    /// Reads a tree's bytes.
    pub fn parse(bytes: &[u8], id_len: usize) -> Result<Self, ObjectError> {
        let mut tree = Self::default();
        for entry in TreeEntries::new(bytes, id_len) {
            let entry = entry.map_err(|malformed| ObjectError::Damaged(malformed.to_string()))?;
            tree.by_name.insert(entry.name.to_owned(), tree.entries.len());
            tree.entries.push((entry.name.to_owned(), Node { mode: entry.mode, id: entry.id() }));
        }
        Ok(tree)
    }

    /// The entry `name`.
    pub fn get(&self, name: &[u8]) -> Option<Node> {
        self.by_name.get(name.as_bstr()).map(|&at| self.entries[at].1)
    }
}

/// Reads trees and keeps the last ones.
pub struct Trees<'a> {
    objects: &'a Objects,
    kept: HashMap<ObjectId, Arc<Tree>>,
    entries: usize,
}

/// When more entries than this are kept, all are dropped.
const MOST_ENTRIES: usize = 1 << 20;

impl<'a> Trees<'a> {
    /// Reads from `objects`.
    pub fn new(objects: &'a Objects) -> Self {
        Self { objects, kept: HashMap::new(), entries: 0 }
    }

    /// The tree `id`.
    pub fn read(&mut self, id: &ObjectId) -> Result<Arc<Tree>, ObjectError> {
        if let Some(tree) = self.kept.get(id) {
            return Ok(Arc::clone(tree));
        }
        let tree = Arc::new(Tree::parse(&self.objects.read_kind(id, Kind::Tree)?, self.objects.hash().len())?);
        if self.entries > MOST_ENTRIES {
            self.kept.clear();
            self.entries = 0;
        }
        self.entries += tree.entries.len();
        self.kept.insert(*id, Arc::clone(&tree));
        Ok(tree)
    }

    /// What `root` holds at `path`.
    pub fn find(&mut self, root: &ObjectId, path: &[u8]) -> Result<Option<Node>, (ObjectId, ObjectError)> {
        let mut at = Node { mode: Mode(0o040_000), id: *root };
        for part in path.split_str("/") {
            if !at.mode.is_tree() {
                return Ok(None);
            }
            match self.read(&at.id).map_err(|error| (at.id, error))?.get(part) {
                Some(next) => at = next,
                None => return Ok(None),
            }
        }
        Ok(Some(at))
    }
}
