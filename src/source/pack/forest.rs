//! Which entry of a pack is built on which: the order in which each delta is resolved once.
//!
//! One sequential pass over the pack reads every header and checks every entry against its CRC-32; that pass also
//! brings the file into the page cache. Then entries are joined to families: children after bases, the largest
//! branch last, so that at most log2(n) bases are alive at once. It holds some 30 bytes per entry, and no content.

use super::data::{PackData, Window};
use super::entry::MAX_HEADER;
use super::index::PackIndex;
use super::{Entry, EntryBase, ObjectKind, PackError};
use crate::model::ObjectId;

/// A node of a forest: an entry of the pack in offset order, or after these a base from elsewhere.
pub type Node = u32;

/// No node.
const NONE: Node = Node::MAX;

/// Bytes that the sequential pass reads at once.
const STRETCH: usize = 256 << 10;

const KIND: u8 = 0x07;
/// Walked, and no header tells; not a kind.
const UNKNOWN: u8 = 0x05;
const WANTED: u8 = 0x10;
const NEEDED: u8 = 0x20;
const SUSPECT: u8 = 0x40;

/// The families of a pack.
pub struct Forest {
    offsets: Vec<u64>,
    positions: Vec<u32>,
    flags: Vec<u8>,
    first_child: Vec<u32>,
    children: Vec<Node>,
    roots: Vec<Node>,
    external: Vec<ObjectId>,
    end: u64,
    lost: Vec<u32>,
}

/// What a forest's builder asks of the outside.
pub trait Wishes: Sync {
    /// Says whether the object at an index position is to be visited. The kind is unknown where a header is damaged.
    fn wanted(&self, position: u32, kind: Option<ObjectKind>) -> bool;
    /// The kind of a base that is not in this pack.
    fn external_kind(&self, id: &ObjectId) -> Option<ObjectKind>;
}

impl Forest {
    /// Reads all headers of a pack and joins its entries to families, as far as they are wished for.
    pub fn build(pack: &PackData, index: &PackIndex, threads: usize, wishes: &dyn Wishes) -> Self {
        let mut lost = Vec::new();
        let mut order: Vec<(u64, u32)> = Vec::with_capacity(index.len() as usize);
        for position in 0..index.len() {
            match index.offset(position) {
                Some(offset) if offset >= super::data::PACK_HEADER && offset < pack.end() => {
                    order.push((offset, position));
                }
                _ => lost.push(position),
            }
        }
        order.sort_unstable();
        let (offsets, positions): (Vec<u64>, Vec<u32>) = order.into_iter().unzip();
        let mut forest = Self {
            flags: vec![0; offsets.len()],
            offsets,
            positions,
            first_child: Vec::new(),
            children: Vec::new(),
            roots: Vec::new(),
            external: Vec::new(),
            end: pack.end(),
            lost,
        };
        let mut parents = vec![NONE; forest.offsets.len()];
        let named = forest.read_headers(pack, index, threads, &mut parents);
        forest.join_named(index, named, &mut parents, wishes);
        forest.resolve_kinds(&mut parents);
        forest.mark(&parents, wishes);
        forest.link(&parents);
        forest
    }

    /// The roots of families of which something is wanted, in pack order.
    pub fn roots(&self) -> &[Node] {
        &self.roots
    }

    /// Index positions whose offset lies outside of the pack.
    pub fn lost(&self) -> &[u32] {
        &self.lost
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
        let offset = *self.offsets.get(at)?;
        let end = self.offsets.get(at + 1).copied().unwrap_or(self.end);
        Some((offset, end, self.positions[at]))
    }

    /// The id of a base from elsewhere.
    pub fn external(&self, node: Node) -> Option<&ObjectId> {
        self.external.get((node as usize).checked_sub(self.offsets.len())?)
    }

    /// Says whether the node is to be visited.
    pub fn is_wanted(&self, node: Node) -> bool {
        self.flags[node as usize] & WANTED != 0
    }

    /// Says whether the entry differs from its checksum.
    pub fn is_suspect(&self, node: Node) -> bool {
        self.flags[node as usize] & SUSPECT != 0
    }

    /// The kind, where the headers tell.
    pub fn kind(&self, node: Node) -> Option<ObjectKind> {
        kind_of(self.flags[node as usize])
    }

    fn read_headers(
        &mut self,
        pack: &PackData,
        index: &PackIndex,
        threads: usize,
        parents: &mut [Node],
    ) -> Vec<(Node, ObjectId)> {
        let total = self.offsets.len();
        let part = total.div_ceil(threads.max(1)).max(1);
        let (offsets, positions, end) = (&self.offsets, &self.positions, self.end);
        let read = |first: usize, flags: &mut [u8], parents: &mut [Node]| {
            let mut window = Window::default();
            let mut named = Vec::new();
            for (i, (flag, parent)) in flags.iter_mut().zip(parents).enumerate() {
                let at = first + i;
                let next = offsets.get(at + 1).copied().unwrap_or(end);
                let Ok(entry) = read_header(pack, &mut window, offsets[at], next) else {
                    continue;
                };
                match entry.base {
                    EntryBase::Whole(kind) => *flag |= flag_of(kind),
                    EntryBase::Offset(base) => {
                        *parent = position_before(offsets, at, base).map_or(NONE, |base| base as Node);
                    }
                    EntryBase::Named(id) => named.push((at as Node, id)),
                }
                if let Some(crc) = index.crc(positions[at])
                    && crc_of(pack, &mut window, offsets[at], next).ok() != Some(crc)
                {
                    // What its header says of its kind can't be believed, nor what follows for its deltas.
                    *flag |= SUSPECT;
                    if *flag & KIND != 0 {
                        *flag = *flag & !KIND | UNKNOWN;
                    }
                }
            }
            named
        };
        if total < 2000 {
            return read(0, &mut self.flags, parents);
        }
        let mut named = Vec::new();
        std::thread::scope(|scope| {
            let jobs: Vec<_> = self
                .flags
                .chunks_mut(part)
                .zip(parents.chunks_mut(part))
                .enumerate()
                .map(|(i, (flags, parents))| scope.spawn(move || read(i * part, flags, parents)))
                .collect();
            for job in jobs {
                match job.join() {
                    Ok(found) => named.extend(found),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        named
    }

    /// Finds the bases that are named by id: in this pack, or as nodes of their own behind its entries.
    fn join_named(
        &mut self,
        index: &PackIndex,
        named: Vec<(Node, ObjectId)>,
        parents: &mut Vec<Node>,
        wishes: &dyn Wishes,
    ) {
        if named.is_empty() {
            return;
        }
        let mut node_at = vec![NONE; index.len() as usize];
        for (node, &position) in self.positions.iter().enumerate() {
            node_at[position as usize] = node as Node;
        }
        let mut outside = Vec::new();
        for (node, id) in named {
            match index.find(&id).map(|position| node_at[position as usize]) {
                Some(base) if base != NONE => parents[node as usize] = base,
                _ => outside.push((id, node)),
            }
        }
        outside.sort_unstable();
        for (id, node) in outside {
            if self.external.last() != Some(&id) {
                self.external.push(id);
                self.flags.push(wishes.external_kind(&id).map_or(0, flag_of));
                parents.push(NONE);
            }
            parents[node as usize] = (self.offsets.len() + self.external.len() - 1) as Node;
        }
    }

    /// Hands each root's kind down to its deltas; entries that are bases of each other lose their bases.
    fn resolve_kinds(&mut self, parents: &mut [Node]) {
        /// Being walked; not a kind.
        const OPEN: u8 = 0x07;
        let mut path = Vec::new();
        for start in 0..parents.len() {
            let mut at = start;
            while self.flags[at] & KIND == 0 && parents[at] != NONE {
                self.flags[at] |= OPEN;
                path.push(at);
                at = parents[at] as usize;
            }
            if self.flags[at] & KIND == OPEN {
                // Came back to where this walk has been: everything from there on is a cycle.
                let from = path.iter().position(|&node| node == at).unwrap_or(0);
                for node in path.drain(from..) {
                    self.flags[node] = self.flags[node] & !KIND | UNKNOWN;
                    parents[node] = NONE;
                }
            }
            if self.flags[at] & KIND == 0 {
                self.flags[at] |= UNKNOWN;
            }
            let mut kind = self.flags[at] & KIND;
            for node in path.drain(..).rev() {
                if self.flags[node] & SUSPECT != 0 {
                    kind = UNKNOWN;
                }
                self.flags[node] = self.flags[node] & !KIND | kind;
            }
        }
    }

    /// Marks what is wanted, and what is needed for it.
    fn mark(&mut self, parents: &[Node], wishes: &dyn Wishes) {
        for node in 0..self.offsets.len() {
            if !wishes.wanted(self.positions[node], kind_of(self.flags[node])) {
                continue;
            }
            self.flags[node] |= WANTED;
            let mut at = node;
            while self.flags[at] & NEEDED == 0 {
                self.flags[at] |= NEEDED;
                match parents[at] {
                    NONE => break,
                    parent => at = parent as usize,
                }
            }
        }
    }

    /// Lists the children of each needed node, the largest branch last.
    fn link(&mut self, parents: &[Node]) {
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
        // Children follow their parents in this order, so that backwards each branch is complete before it is added.
        let mut order = self.roots.clone();
        let mut at = 0;
        while at < order.len() {
            let node = order[at] as usize;
            order.extend_from_slice(&children[first_child[node] as usize..first_child[node + 1] as usize]);
            at += 1;
        }
        let mut weights = free;
        weights.fill(1);
        for &node in order.iter().rev() {
            let range = first_child[node as usize] as usize..first_child[node as usize + 1] as usize;
            let branches = &mut children[range];
            if let Some(heaviest) = (0..branches.len()).max_by_key(|&i| weights[branches[i] as usize]) {
                branches[heaviest..].rotate_left(1);
            }
            if let Some(&parent) = parents.get(node as usize).filter(|&&parent| parent != NONE) {
                weights[parent as usize] += weights[node as usize];
            }
        }
        self.first_child = first_child;
        self.children = children;
    }
}

fn read_header(pack: &PackData, window: &mut Window, offset: u64, end: u64) -> Result<Entry, PackError> {
    let header_end = end.min(offset + MAX_HEADER as u64);
    Entry::parse(window.bytes(pack, offset, header_end, STRETCH)?, offset, pack.hash())
}

fn crc_of(pack: &PackData, window: &mut Window, mut offset: u64, end: u64) -> Result<u32, PackError> {
    let mut hasher = crc32fast::Hasher::new();
    while offset < end {
        let next = end.min(offset + STRETCH as u64);
        hasher.update(window.bytes(pack, offset, next, STRETCH)?);
        offset = next;
    }
    Ok(hasher.finalize())
}

/// The place of an offset among those before `at`; bases are mostly near, so the search gallops backwards.
fn position_before(offsets: &[u64], at: usize, offset: u64) -> Option<usize> {
    let mut end = at;
    let mut step = 1;
    while let Some(start) = end.checked_sub(step).filter(|&start| offsets[start] > offset) {
        end = start;
        step *= 2;
    }
    let start = end.saturating_sub(step);
    offsets[start..end].binary_search(&offset).ok().map(|found| start + found)
}

fn flag_of(kind: ObjectKind) -> u8 {
    match kind {
        ObjectKind::Commit => 1,
        ObjectKind::Tree => 2,
        ObjectKind::Blob => 3,
        ObjectKind::Tag => 4,
    }
}

fn kind_of(flags: u8) -> Option<ObjectKind> {
    Some(match flags & KIND {
        1 => ObjectKind::Commit,
        2 => ObjectKind::Tree,
        3 => ObjectKind::Blob,
        4 => ObjectKind::Tag,
        _ => return None,
    })
}
