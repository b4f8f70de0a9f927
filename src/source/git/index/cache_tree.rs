//! The cache-tree extension: for each directory of the index, the tree object that it is, unless something changed.

use bstr::BString;

use crate::model::ObjectId;

/// A directory of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheTree {
    /// One path component; empty for the root.
    pub name: BString,
    /// How many entries it covers and which tree they are; none when something in it changed.
    pub known: Option<(usize, ObjectId)>,
    /// Its subdirectories, sorted by name.
    pub children: Vec<CacheTree>,
}

/// Deeper directories than this are treated as changed.
const DEEPEST: usize = 512;

impl CacheTree {
    /// Reads the extension's body. A body that makes no sense counts as absent: it is a cache.
    pub fn parse(body: &[u8], id_len: usize) -> Option<Self> {
        let (tree, rest) = Self::node(body, id_len, 0)?;
        rest.is_empty().then_some(tree)
    }

    /// The subdirectory `name`.
    pub fn child(&self, name: &[u8]) -> Option<&Self> {
        let at = self.children.binary_search_by(|child| child.name.as_slice().cmp(name)).ok()?;
        self.children.get(at)
    }

    fn node(body: &[u8], id_len: usize, depth: usize) -> Option<(Self, &[u8])> {
        if depth > DEEPEST {
            return None;
        }
        let (name, rest) = split_at_byte(body, 0)?;
        let (entries, rest) = split_at_byte(rest, b' ')?;
        let (children, mut rest) = split_at_byte(rest, b'\n')?;
        let number = |digits: &[u8]| std::str::from_utf8(digits).ok()?.parse::<i64>().ok();
        let known = match usize::try_from(number(entries)?) {
            Ok(count) => {
                let (id, after) = rest.split_at_checked(id_len)?;
                rest = after;
                Some((count, ObjectId::from_bytes(id)?))
            }
            Err(_) => None,
        };
        let mut node = Self { name: name.into(), known, children: Vec::new() };
        for _ in 0..number(children)? {
            let (child, after) = Self::node(rest, id_len, depth + 1)?;
            node.children.push(child);
            rest = after;
        }
        node.children.sort_by(|a, b| a.name.cmp(&b.name));
        Some((node, rest))
    }
}

fn split_at_byte(bytes: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(byte, bytes)?;
    Some((&bytes[..at], &bytes[at + 1..]))
}
