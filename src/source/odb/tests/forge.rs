//! Packs that git would never write.

use std::path::{Path, PathBuf};

use sirocco::Format;
use sirocco::deflate::Level;

use super::super::{HashKind, ObjectKind};
use crate::model::ObjectId;
use crate::source::pack::delta::tests::varint;
use crate::source::pack::index::PackIndex;

/// A pack in the making, with an index that fits it.
pub struct Forge {
    hash: HashKind,
    pack: Vec<u8>,
    entries: Vec<(ObjectId, u64, u32)>,
}

impl Forge {
    /// Starts a pack.
    pub fn new(hash: HashKind) -> Self {
        Self { hash, pack: b"PACK\0\0\0\x02\0\0\0\0".to_vec(), entries: Vec::new() }
    }

    /// The id of an object.
    pub fn id(hash: HashKind, kind: ObjectKind, content: &[u8]) -> ObjectId {
        hash.digest(&[format!("{kind} {}\0", content.len()).as_bytes(), content])
    }

    /// Adds a whole blob; returns where.
    pub fn blob(&mut self, content: &[u8]) -> (ObjectId, u64) {
        let id = Self::id(self.hash, ObjectKind::Blob, content);
        (id, self.entry(id, 3, content.len() as u64, &[], content))
    }

    /// Adds a difference to the entry at an offset; returns where.
    pub fn delta_at(&mut self, id: ObjectId, base: u64, delta: &[u8]) -> u64 {
        let mut distance = self.pack.len() as u64 - base;
        let mut pointer = vec![(distance & 0x7f) as u8];
        while distance >> 7 > 0 {
            distance = (distance >> 7) - 1;
            pointer.insert(0, (distance & 0x7f) as u8 | 0x80);
        }
        self.entry(id, 6, delta.len() as u64, &pointer, delta)
    }

    /// Adds a difference to an object by its name; returns where.
    pub fn delta_of(&mut self, id: ObjectId, base: ObjectId, delta: &[u8]) -> u64 {
        self.entry(id, 7, delta.len() as u64, base.as_bytes(), delta)
    }

    /// Adds any entry; returns where.
    pub fn entry(&mut self, id: ObjectId, kind: u8, size: u64, base: &[u8], data: &[u8]) -> u64 {
        let offset = self.pack.len();
        let more = if size > 15 { 0x80 } else { 0 };
        self.pack.push(more | kind << 4 | (size & 15) as u8);
        if size > 15 {
            self.pack.extend(varint((size >> 4) as usize));
        }
        self.pack.extend_from_slice(base);
        self.pack.extend(sirocco::compress(Format::Zlib, Level::DEFAULT, data));
        self.entries.push((id, offset as u64, crc32fast::hash(&self.pack[offset..])));
        offset as u64
    }

    /// Writes pack and index into an object directory.
    pub fn write(mut self, objects: &Path) -> PathBuf {
        self.pack[8..12].copy_from_slice(&(self.entries.len() as u32).to_be_bytes());
        let checksum = self.hash.digest(&[&self.pack]);
        self.pack.extend_from_slice(checksum.as_bytes());
        let index = PackIndex::build(self.entries, checksum.as_bytes(), self.hash).unwrap();
        let path = objects.join("pack").join(format!("pack-{checksum}.pack"));
        std::fs::create_dir_all(objects.join("pack")).unwrap();
        std::fs::write(&path, &self.pack).unwrap();
        std::fs::write(path.with_extension("idx"), index.as_bytes()).unwrap();
        path
    }
}
