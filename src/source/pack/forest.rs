//! The families of a pack that are wished for: the order in which each delta is resolved once.
//!
//! Entries are joined to families: children after bases, the largest branch last, so that at most log2(n) bases are
//! alive at once. It holds some 13 bytes per entry beside their headers, and no content.

use std::sync::Arc;

use super::ObjectKind;
use super::headers::{Headers, NONE};
use crate::model::ObjectId;

/// A node of a forest: an entry of the pack in offset order, or after these a base from elsewhere.
pub type Node = u32;

/// Entries of so many bytes come first: what takes long must not be left to one thread at the end.
const LARGE: u64 = 64 << 10;

const WANTED: u8 = 1;
const NEEDED: u8 = 2;

/// The families of a pack.
pub struct Forest {
    headers: Arc<Headers>,
    flags: Vec<u8>,
    first_child: Vec<u32>,
    children: Vec<Node>,
    roots: Vec<Node>,
}

impl Forest {
    /// Joins the entries of a pack to families, as far as they are wished for: `wanted` says whether the object at an index
    /// position is to be visited; without it all are. The kind is unknown where a header is damaged.
    pub fn of(headers: &Arc<Headers>, wanted: Option<&dyn Fn(u32, Option<ObjectKind>) -> bool>) -> Self {
        let mut forest = Self {
            flags: Vec::new(),
            headers: Arc::clone(headers),
            first_child: Vec::new(),
            children: Vec::new(),
            roots: Vec::new(),
        };
        match wanted {
            Some(wanted) => forest.mark(wanted),
            None => forest.flags = vec![WANTED | NEEDED; headers.parents.len()],
        }
        forest.link();
        forest
    }

    /// The roots of families of which something is wanted: the large ones, then the others, each in pack order.
    pub fn roots(&self) -> &[Node] {
        &self.roots
    }

    /// Index positions whose offset lies outside of the pack.
    pub fn lost(&self) -> &[u32] {
        &self.headers.lost
    }

    /// The children of a node that are needed: a range for [`Self::child`].
    pub fn children(&self, node: Node) -> std::ops::Range<u32> {
        self.first_child[node as usize]..self.first_child[node as usize + 1]
    }

    /// The child at a place of a range.
    pub fn child(&self, at: u32) -> Node {
        self.children[at as usize]
    }

    /// Where the entry of a node is: its bytes from and to, and its index position. None for a base from elsewhere.
    pub fn entry(&self, node: Node) -> Option<(u64, u64, u32)> {
        let at = node as usize;
        let offset = *self.headers.offsets.get(at)?;
        let end = self.headers.offsets.get(at + 1).copied().unwrap_or(self.headers.end);
        Some((offset, end, self.headers.positions[at]))
    }

    /// The id of a base from elsewhere.
    pub fn external(&self, node: Node) -> Option<&ObjectId> {
        self.headers.external.get((node as usize).checked_sub(self.headers.offsets.len())?)
    }

    /// Says whether the node is to be visited.
    pub fn is_wanted(&self, node: Node) -> bool {
        self.flags[node as usize] & WANTED != 0
    }

    /// Says whether the entry differs from its checksum.
    pub fn is_suspect(&self, node: Node) -> bool {
        self.headers.is_suspect(node)
    }

    /// The kind, where the headers tell.
    pub fn kind(&self, node: Node) -> Option<ObjectKind> {
        self.headers.kind(node)
    }

    /// Marks what is wanted, and what is needed for it.
    fn mark(&mut self, wanted: &dyn Fn(u32, Option<ObjectKind>) -> bool) {
        self.flags = vec![0; self.headers.parents.len()];
        for node in 0..self.headers.offsets.len() {
            if !wanted(self.headers.positions[node], self.headers.kind(node as Node)) {
                continue;
            }
            self.flags[node] |= WANTED;
            let mut at = node;
            while self.flags[at] & NEEDED == 0 {
                self.flags[at] |= NEEDED;
                match self.headers.parents[at] {
                    NONE => break,
                    parent => at = parent as usize,
                }
            }
        }
    }

    /// Lists the children of each needed node, the largest branch last.
    fn link(&mut self) {
        let parents = &self.headers.parents;
        let needed = |flags: &[u8], node: usize| flags[node] & NEEDED != 0;
        let mut first_child = vec![0_u32; parents.len() + 1];
        for (node, &parent) in parents.iter().enumerate().filter(|(node, _)| needed(&self.flags, *node)) {
            match parent {
                NONE => self.roots.push(node as Node),
                parent => first_child[parent as usize + 1] += 1,
            }
        }
        for at in 1..first_child.len() {
            first_child[at] += first_child[at - 1];
        }
        let mut children = vec![NONE; first_child.last().map_or(0, |&total| total as usize)];
        let mut free = first_child.clone();
        for (node, &parent) in parents.iter().enumerate().filter(|(node, _)| needed(&self.flags, *node)) {
            if parent != NONE {
                children[free[parent as usize] as usize] = node as Node;
                free[parent as usize] += 1;
            }
        }
        // Each branch must be complete before it is added: children come before what they are built on, which nearly always
        // stands before them in the pack.
        let is_ordered = (0..).zip(parents).all(|(node, &parent)| parent == NONE || parent < node);
        let mut order: Vec<Node> = Vec::new();
        if !is_ordered {
            order.clone_from(&self.roots);
            let mut at = 0;
            while at < order.len() {
                let node = order[at] as usize;
                order.extend_from_slice(&children[first_child[node] as usize..first_child[node + 1] as usize]);
                at += 1;
            }
        }
        let mut weights = free;
        weights.fill(1);
        let mut weigh = |node: Node| {
            let range = first_child[node as usize] as usize..first_child[node as usize + 1] as usize;
            let branches = &mut children[range];
            if branches.len() > 1
                && let Some(heaviest) = (0..branches.len()).max_by_key(|&i| weights[branches[i] as usize])
            {
                branches[heaviest..].rotate_left(1);
            }
            if let Some(&parent) = parents.get(node as usize).filter(|&&parent| parent != NONE) {
                weights[parent as usize] += weights[node as usize];
            }
        };
        match is_ordered {
            true => {
                let all = 0..parents.len() as Node;
                all.rev().filter(|&node| needed(&self.flags, node as usize)).for_each(&mut weigh);
            }
            false => order.into_iter().rev().for_each(&mut weigh),
        }
        self.first_child = first_child;
        self.children = children;
        let is_large = |&root: &Node| self.entry(root).is_some_and(|(offset, end, _)| end - offset >= LARGE);
        let (large, others): (Vec<Node>, Vec<Node>) = self.roots.iter().partition(|root| is_large(root));
        self.roots = [large, others].concat();
    }
}
