//! What the headers of a pack's entries say: kinds, and which entry is built on which.
//!
//! One sequential pass over the pack reads every header and checks every entry against its CRC-32; that pass also
//! brings the file into the page cache. It is made once for all sweeps. It holds some 17 bytes per entry, and no content.

use super::data::{PackData, Window};
use super::entry::MAX_HEADER;
use super::forest::Node;
use super::index::PackIndex;
use super::{Entry, EntryBase, ObjectKind, PackError};
use crate::model::ObjectId;

/// No node.
pub(super) const NONE: Node = Node::MAX;

/// Bytes that the sequential pass reads at once.
const STRETCH: usize = 256 << 10;

const KIND: u8 = 0x07;
/// Walked, and no header tells; not a kind.
const UNKNOWN: u8 = 0x05;
const SUSPECT: u8 = 0x40;

/// The headers of a pack, in offset order.
#[derive(Debug)]
pub struct Headers {
    pub(super) offsets: Vec<u64>,
    pub(super) positions: Vec<u32>,
    /// For each node the one that it is built on.
    pub(super) parents: Vec<Node>,
    pub(super) external: Vec<ObjectId>,
    pub(super) end: u64,
    pub(super) lost: Vec<u32>,
    flags: Vec<u8>,
}

impl Headers {
    /// Reads all headers of a pack; `external_kind` tells the kind of a base that is not in it.
    pub fn read(
        pack: &PackData,
        index: &PackIndex,
        threads: usize,
        external_kind: &dyn Fn(&ObjectId) -> Option<ObjectKind>,
    ) -> Self {
        let mut lost = Vec::new();
        let mut order: Vec<(u64, u32, u32)> = Vec::with_capacity(index.len() as usize);
        let mut has_sums = true;
        for (position, (offset, sum)) in (0..).zip(index.entries()) {
            has_sums &= sum.is_some();
            match offset {
                Some(offset) if offset >= super::data::PACK_HEADER && offset < pack.end() => {
                    order.push((offset, position, sum.unwrap_or(0)));
                }
                _ => lost.push(position),
            }
        }
        order.sort_unstable();
        let sums: Vec<u32> = order.iter().filter(|_| has_sums).map(|&(.., sum)| sum).collect();
        let mut headers = Self {
            flags: vec![0; order.len()],
            parents: Vec::new(),
            offsets: order.iter().map(|&(offset, ..)| offset).collect(),
            positions: order.iter().map(|&(_, position, _)| position).collect(),
            external: Vec::new(),
            end: pack.end(),
            lost,
        };
        drop(order);
        let mut parents = vec![NONE; headers.offsets.len()];
        let named = headers.read_headers(pack, &sums, threads, &mut parents);
        headers.join_named(index, named, &mut parents, external_kind);
        headers.resolve_kinds(&mut parents);
        headers.parents = parents;
        headers
    }

    /// Says whether the entry differs from its checksum.
    pub(super) fn is_suspect(&self, node: Node) -> bool {
        self.flags[node as usize] & SUSPECT != 0
    }

    /// The kind, where the headers tell.
    pub(super) fn kind(&self, node: Node) -> Option<ObjectKind> {
        kind_of(self.flags[node as usize])
    }

    /// Reads all headers, and holds every entry against its sum, if there are any.
    fn read_headers(
        &mut self,
        pack: &PackData,
        sums: &[u32],
        threads: usize,
        parents: &mut [Node],
    ) -> Vec<(Node, ObjectId)> {
        let total = self.offsets.len();
        let part = total.div_ceil(threads.max(1)).max(1);
        let (offsets, end) = (&self.offsets, self.end);
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
                if let Some(sum) = sums.get(at)
                    && crc_of(pack, &mut window, offsets[at], next).ok() != Some(*sum)
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
        external_kind: &dyn Fn(&ObjectId) -> Option<ObjectKind>,
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
                self.flags.push(external_kind(&id).map_or(0, flag_of));
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
