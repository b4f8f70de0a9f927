//! The bytes of a pack, read by position.
//!
//! A pack is never mapped (a file that shrinks under a map kills the process) and never held whole: each worker has
//! a window on it. The kernel's page cache is the map; a first sequential pass has filled it.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{HashKind, PackError};
use crate::source::file;

/// Bytes before the first entry.
pub const PACK_HEADER: u64 = 12;

/// An open pack.
pub struct PackData {
    path: PathBuf,
    bytes: Bytes,
    len: u64,
    objects: u32,
    hash: HashKind,
}

enum Bytes {
    File(File),
    Memory(Vec<u8>),
}

impl PackData {
    /// Opens a pack file and checks its header.
    pub fn open(path: &Path, hash: HashKind) -> Result<Self, PackError> {
        let (file, len) = file::open(path)?;
        Self::new(path.to_owned(), Bytes::File(file), len, hash)
    }

    /// Takes a pack that is in memory; `name` is for messages.
    pub fn from_bytes(name: PathBuf, bytes: Vec<u8>, hash: HashKind) -> Result<Self, PackError> {
        let len = bytes.len() as u64;
        Self::new(name, Bytes::Memory(bytes), len, hash)
    }

    fn new(path: PathBuf, bytes: Bytes, len: u64, hash: HashKind) -> Result<Self, PackError> {
        let mut pack = Self { path, bytes, len, objects: 0, hash };
        let mut header = [0; PACK_HEADER as usize];
        if len < PACK_HEADER + hash.len() as u64 {
            return Err(PackError::Truncated);
        }
        pack.read_at(&mut header, 0)?;
        let [b'P', b'A', b'C', b'K', 0, 0, 0, 2 | 3, a, b, c, d] = header else {
            return Err(PackError::Format("is not a pack of version 2 or 3"));
        };
        pack.objects = u32::from_be_bytes([a, b, c, d]);
        Ok(pack)
    }

    /// Where it came from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How many entries its header promises.
    pub fn objects(&self) -> u32 {
        self.objects
    }

    /// The hash function of its ids.
    pub fn hash(&self) -> HashKind {
        self.hash
    }

    /// Where the last entry ends and the checksum begins.
    pub fn end(&self) -> u64 {
        self.len - self.hash.len() as u64
    }

    /// The checksum at its end, as stored.
    pub fn checksum(&self) -> Result<Vec<u8>, PackError> {
        let mut checksum = vec![0; self.hash.len()];
        self.read_at(&mut checksum, self.end())?;
        Ok(checksum)
    }

    /// Fills `out` from `offset` on.
    pub fn read_at(&self, out: &mut [u8], offset: u64) -> Result<(), PackError> {
        match &self.bytes {
            Bytes::File(file) => read_file_at(file, out, offset),
            Bytes::Memory(bytes) => {
                let start = usize::try_from(offset).map_err(|_| PackError::Truncated)?;
                let end = start.checked_add(out.len()).ok_or(PackError::Truncated)?;
                out.copy_from_slice(bytes.get(start..end).ok_or(PackError::Truncated)?);
                Ok(())
            }
        }
    }
}

/// Fills `out` from `offset` on.
#[cfg(unix)]
pub(super) fn read_file_at(file: &File, out: &mut [u8], offset: u64) -> Result<(), PackError> {
    use std::os::unix::fs::FileExt;
    file.read_exact_at(out, offset).map_err(cut_is_truncation)
}

/// Fills `out` from `offset` on.
#[cfg(windows)]
pub(super) fn read_file_at(file: &File, mut out: &mut [u8], mut offset: u64) -> Result<(), PackError> {
    use std::os::windows::fs::FileExt;
    while !out.is_empty() {
        let read = file.seek_read(out, offset).map_err(cut_is_truncation)?;
        if read == 0 {
            return Err(PackError::Truncated);
        }
        out = &mut out[read..];
        offset += read as u64;
    }
    Ok(())
}

fn cut_is_truncation(error: std::io::Error) -> PackError {
    match error.kind() {
        std::io::ErrorKind::UnexpectedEof => PackError::Truncated,
        _ => PackError::Io(error),
    }
}

/// A worker's view of a pack: the stretch that was read last. Neighbouring entries cost no further system call.
#[derive(Default)]
pub struct Window {
    buffer: Vec<u8>,
    start: u64,
    len: usize,
}

impl Window {
    /// Forgets what was read: another pack follows.
    pub fn clear(&mut self) {
        self.len = 0;
        // One huge entry must not keep its memory for the rest of the run.
        if self.buffer.len() > 1 << 20 {
            self.buffer = Vec::new();
        }
    }

    /// The bytes from `offset` to `end`; at least `ahead` bytes are read at once.
    pub fn bytes(&mut self, pack: &PackData, offset: u64, end: u64, ahead: usize) -> Result<&[u8], PackError> {
        let len = end.checked_sub(offset).and_then(|len| usize::try_from(len).ok()).ok_or(PackError::Truncated)?;
        if end > pack.end() {
            return Err(PackError::Truncated);
        }
        let held = self.start + self.len as u64;
        if offset < self.start || end > held {
            let room = pack.end() - offset;
            let want = len.max(ahead).min(usize::try_from(room).unwrap_or(usize::MAX));
            if self.buffer.len() < want {
                self.buffer.resize(want, 0);
            }
            self.len = 0;
            let got = match pack.read_at(&mut self.buffer[..want], offset) {
                Ok(()) => want,
                // The file is shorter than it was: what was asked for may still be there.
                Err(PackError::Truncated) if want > len => {
                    pack.read_at(&mut self.buffer[..len], offset)?;
                    len
                }
                Err(error) => return Err(error),
            };
            self.start = offset;
            self.len = got;
        }
        let at = (offset - self.start) as usize;
        Ok(&self.buffer[at..at + len])
    }
}

/// The bytes of a pack from an offset on, as a stream.
pub struct PackStream<'a> {
    pack: &'a PackData,
    offset: u64,
    end: u64,
}

impl<'a> PackStream<'a> {
    /// Starts at `offset` and ends at `end`.
    pub fn new(pack: &'a PackData, offset: u64, end: u64) -> Self {
        Self { pack, offset, end: end.min(pack.end()) }
    }
}

impl std::io::Read for PackStream<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let room = usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let len = out.len().min(room);
        self.pack.read_at(&mut out[..len], self.offset).map_err(|error| match error {
            PackError::Io(error) => error,
            other => std::io::Error::new(std::io::ErrorKind::InvalidData, other),
        })?;
        self.offset += len as u64;
        Ok(len)
    }
}
