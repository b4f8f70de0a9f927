//! Single objects by id: any copy that is sound, each delta chain walked without recursion.

use std::collections::HashSet;
use std::io::{self, Read};
use std::sync::Arc;

use super::{Header, Object, ObjectStore, OdbError, loose};
use crate::model::ObjectId;
use crate::source::pack::data::PackStream;
use crate::source::pack::delta::{self, DeltaHeader};
use crate::source::pack::entry::{Entry, EntryBase, MAX_HEADER};
use crate::source::pack::inflate::{Inflater, expect_end, read_exactly, unwrap_io};
use crate::source::pack::{ObjectKind, PackError};

/// An entry: which pack, and where in it.
type Spot = (usize, u64);

impl ObjectStore {
    /// Reads an object; none if there is no such object. An error means that no copy of it is sound.
    pub fn read(&self, id: &ObjectId) -> Result<Option<Object>, OdbError> {
        Ok(self.read_shared(id, None)?.map(|object| Arc::try_unwrap(object).unwrap_or_else(|shared| (*shared).clone())))
    }

    /// Reads an object from any place but one pack.
    pub(super) fn read_elsewhere(&self, id: &ObjectId, pack: usize) -> Result<Option<Object>, OdbError> {
        let object = self.read_shared(id, Some(pack))?;
        Ok(object.map(|object| Arc::try_unwrap(object).unwrap_or_else(|shared| (*shared).clone())))
    }

    fn read_shared(&self, id: &ObjectId, except: Option<usize>) -> Result<Option<Arc<Object>>, OdbError> {
        self.inflaters.lend(|inflater| self.read_with(id, except, inflater))
    }

    fn read_with(
        &self,
        id: &ObjectId,
        except: Option<usize>,
        inflater: &mut Inflater,
    ) -> Result<Option<Arc<Object>>, OdbError> {
        let mut first_error = None;
        for spot in self.spots(id).filter(|spot| Some(spot.0) != except) {
            match self.read_packed(spot, inflater) {
                Ok(object) => return Ok(Some(object)),
                Err(error) => {
                    first_error.get_or_insert_with(|| OdbError::new(self.packs[spot.0].path(), error));
                }
            }
        }
        for dir in &self.dirs {
            let path = loose::path(dir, id);
            match loose::Reading::open(&path, inflater)
                .and_then(|reading| reading.map(|reading| reading.read(self.limit)).transpose())
            {
                Ok(None) => {}
                Ok(Some(object)) => return Ok(Some(Arc::new(object))),
                Err(error) => {
                    first_error.get_or_insert_with(|| OdbError::new(&path, error));
                }
            }
        }
        first_error.map_or(Ok(None), Err)
    }

    /// Hands the content of a blob that is stored whole over as a stream; says whether there is such a copy. `take` reads to
    /// the end.
    pub fn stream_blob(
        &self,
        id: &ObjectId,
        take: &mut dyn FnMut(&mut dyn Read) -> io::Result<()>,
    ) -> Result<bool, OdbError> {
        let mut inflater = Inflater::default();
        for spot in self.spots(id) {
            let Ok(entry @ Entry { base: EntryBase::Whole(ObjectKind::Blob), .. }) = self.entry(spot) else { continue };
            let data = &self.packs[spot.0].data;
            let start = spot.1 + entry.header_len as u64;
            let mut stream = inflater.stream(PackStream::new(data, start, data.end()));
            let mut content = stream.by_ref().take(entry.size);
            let taken = take(&mut content).map_err(unwrap_io);
            let is_short = content.limit() > 0;
            let checked = taken.and_then(|()| match is_short {
                true => Err(PackError::Inflate("shorter than promised")),
                false => expect_end(&mut stream),
            });
            return checked.map(|()| true).map_err(|error| OdbError::new(data.path(), error));
        }
        for dir in &self.dirs {
            let path = loose::path(dir, id);
            let wrong = |error| OdbError::new(&path, error);
            let Some(reading) = loose::Reading::open(&path, &mut inflater).map_err(wrong)? else { continue };
            if reading.header().kind != ObjectKind::Blob {
                continue;
            }
            let mut result = Ok(());
            let passed = reading.pass_to(|content| {
                result = take(content);
                true
            });
            return result.map_err(unwrap_io).and(passed).map(|()| true).map_err(wrong);
        }
        Ok(false)
    }

    /// Reads kind and size of an object; none if there is no such object.
    pub fn header(&self, id: &ObjectId) -> Result<Option<Header>, OdbError> {
        self.inflaters.lend(|inflater| self.header_with(id, inflater))
    }

    fn header_with(&self, id: &ObjectId, inflater: &mut Inflater) -> Result<Option<Header>, OdbError> {
        let mut first_error = None;
        for spot in self.spots(id) {
            match self.packed_header(spot, inflater) {
                Ok(header) => return Ok(Some(header)),
                Err(error) => {
                    first_error.get_or_insert_with(|| OdbError::new(self.packs[spot.0].path(), error));
                }
            }
        }
        for dir in &self.dirs {
            let path = loose::path(dir, id);
            match loose::Reading::open(&path, inflater) {
                Ok(None) => {}
                Ok(Some(reading)) => return Ok(Some(reading.header())),
                Err(error) => {
                    first_error.get_or_insert_with(|| OdbError::new(&path, error));
                }
            }
        }
        first_error.map_or(Ok(None), Err)
    }

    /// All packed copies of an object.
    fn spots(&self, id: &ObjectId) -> impl Iterator<Item = Spot> {
        self.packs.iter().enumerate().filter_map(|(pack, opened)| {
            let offset = opened.index.find(id).and_then(|position| opened.index.offset(position))?;
            Some((pack, offset))
        })
    }

    fn entry(&self, (pack, offset): Spot) -> Result<Entry, PackError> {
        let data = &self.packs[pack].data;
        let room = data.end().checked_sub(offset).ok_or(PackError::Truncated)?;
        let mut header = [0; MAX_HEADER];
        let header = &mut header[..usize::try_from(room).unwrap_or(MAX_HEADER).min(MAX_HEADER)];
        data.read_at(header, offset)?;
        Entry::parse(header, offset, self.hash)
    }

    /// Follows a delta chain down from `spot` until `stop` says so or a whole object or a base outside of any pack is
    /// reached.
    fn chain(&self, spot: Spot, mut stop: impl FnMut(Spot) -> bool) -> Result<Chain, PackError> {
        let mut deltas = Vec::new();
        let mut named = HashSet::new();
        let mut at = spot;
        loop {
            if stop(at) {
                return Ok(Chain { deltas, bottom: Bottom::Cached });
            }
            let entry = self.entry(at)?;
            let next = match entry.base {
                EntryBase::Whole(kind) => return Ok(Chain { deltas, bottom: Bottom::Whole(at, entry, kind) }),
                EntryBase::Offset(offset) => (at.0, offset),
                EntryBase::Named(id) => {
                    // Offsets only ever point backwards: a cycle comes by here.
                    if !named.insert(at) {
                        return Err(PackError::Cycle);
                    }
                    let same = self.packs[at.0].index.find(&id).and_then(|p| self.packs[at.0].index.offset(p));
                    match same.map(|offset| (at.0, offset)).or_else(|| self.spots(&id).next()) {
                        Some(next) => next,
                        None => {
                            deltas.push((at, entry));
                            return Ok(Chain { deltas, bottom: Bottom::Loose(id) });
                        }
                    }
                }
            };
            deltas.push((at, entry));
            at = next;
        }
    }

    fn read_packed(&self, spot: Spot, inflater: &mut Inflater) -> Result<Arc<Object>, PackError> {
        let mut cached = None;
        let chain = self.chain(spot, |at| {
            cached = self.cache.get(at);
            cached.is_some()
        })?;
        let mut deltas = chain.deltas;
        let mut object = match (cached, chain.bottom) {
            (Some(object), _) => object,
            (None, Bottom::Whole(at, entry, kind)) => match self.inflate(at, entry, inflater) {
                Ok(bytes) => Arc::new(Object { kind, bytes }),
                // The base is damaged: another copy of it will do.
                Err(error) if !deltas.is_empty() => self.other_copy(at).ok_or(error)?,
                Err(error) => return Err(error),
            },
            (None, Bottom::Loose(id)) => self.loose_base(&id, inflater)?,
            (None, Bottom::Cached) => return Err(PackError::Base),
        };
        let mut runs = Vec::new();
        while let Some((at, entry)) = deltas.pop() {
            let step = self.inflate(at, entry, inflater).and_then(|delta| {
                let header = DeltaHeader::parse(&delta)?;
                let size = header.result_size.saturating_add((delta.len() + object.bytes.len()) as u64);
                if size > self.limit {
                    return Err(PackError::Limit { size, limit: self.limit });
                }
                let mut bytes = Vec::new();
                delta::apply(header, &delta, &object.bytes, &mut bytes, &mut runs)?;
                Ok(Arc::new(Object { kind: object.kind, bytes }))
            });
            object = match step {
                Ok(next) => next,
                Err(error) if !deltas.is_empty() => self.other_copy(at).ok_or(error)?,
                Err(error) => return Err(error),
            };
            self.cache.put(at, &object);
        }
        Ok(object)
    }

    fn packed_header(&self, spot: Spot, inflater: &mut Inflater) -> Result<Header, PackError> {
        let chain = self.chain(spot, |_| false)?;
        let (kind, whole_size) = match chain.bottom {
            Bottom::Whole(_, entry, kind) => (kind, entry.size),
            Bottom::Loose(id) => {
                let header = self.loose_header(&id, inflater)?;
                (header.kind, header.size)
            }
            Bottom::Cached => return Err(PackError::Base),
        };
        let size = match chain.deltas.first() {
            None => whole_size,
            Some(&((pack, offset), entry)) => {
                let data = &self.packs[pack].data;
                let start = offset + entry.header_len as u64;
                let mut head = Vec::new();
                let stream = inflater.stream(PackStream::new(data, start, data.end()));
                stream.take(20).read_to_end(&mut head).map_err(unwrap_io)?;
                DeltaHeader::parse(&head)?.result_size
            }
        };
        Ok(Header { kind, size })
    }

    fn inflate(&self, (pack, offset): Spot, entry: Entry, inflater: &mut Inflater) -> Result<Vec<u8>, PackError> {
        if entry.size > self.limit {
            return Err(PackError::Limit { size: entry.size, limit: self.limit });
        }
        let data = &self.packs[pack].data;
        let start = offset + entry.header_len as u64;
        let mut bytes = Vec::new();
        read_exactly(&mut inflater.stream(PackStream::new(data, start, data.end())), entry.size, &mut bytes)?;
        Ok(bytes)
    }

    fn loose_base(&self, id: &ObjectId, inflater: &mut Inflater) -> Result<Arc<Object>, PackError> {
        for dir in &self.dirs {
            if let Some(reading) = loose::Reading::open(&loose::path(dir, id), inflater)? {
                return Ok(Arc::new(reading.read(self.limit)?));
            }
        }
        Err(PackError::Base)
    }

    fn loose_header(&self, id: &ObjectId, inflater: &mut Inflater) -> Result<Header, PackError> {
        for dir in &self.dirs {
            if let Some(reading) = loose::Reading::open(&loose::path(dir, id), inflater)? {
                return Ok(reading.header());
            }
        }
        Err(PackError::Base)
    }

    /// Another copy of the object whose entry is damaged; a search through the index, for the rare case only. Only
    /// loose copies are asked: a second pack could lead back here.
    fn other_copy(&self, (pack, offset): Spot) -> Option<Arc<Object>> {
        let index = &self.packs[pack].index;
        let position = (0..index.len()).find(|&position| index.offset(position) == Some(offset))?;
        self.loose_base(&index.id(position), &mut Inflater::default()).ok()
    }
}

struct Chain {
    /// From the object down.
    deltas: Vec<(Spot, Entry)>,
    bottom: Bottom,
}

enum Bottom {
    Whole(Spot, Entry, ObjectKind),
    Cached,
    Loose(ObjectId),
}
