//! What one content of a history holds, whatever paths it has: the same for who sweeps and for who tells it again.
//!
//! Things are in an order that depends on the content alone, so that each can be named by its number.

use std::cell::OnceCell;
use std::io::{self, Read};

use bstr::{BStr, BString, ByteSlice};
use sha2::{Digest, Sha256};

use super::inside::Inside;
use super::spot::{self, Spot};
use super::{Collector, content, large};
use crate::detect::Scratch;
use crate::model::{Candidate, Chunk, ObjectId, Origin, Provenance, Scope};
use crate::source::git::object;

/// Values and banned names.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// Values.
    pub spots: Vec<Spot>,
    /// Banned names inside archives.
    pub banned: Vec<Vec<BString>>,
    /// Whether something of it could not be read.
    pub is_cut: bool,
    mark: OnceCell<u64>,
}

impl Held {
    fn new(mut spots: Vec<Spot>, inside: Inside, is_cut: bool) -> Self {
        spots.extend(inside.spots);
        spots.sort_by_cached_key(|spot| {
            (spot.members.clone(), spot.place, spot.candidate.rule, spot.candidate.secret.digest())
        });
        Self { spots, banned: inside.banned, is_cut: is_cut || inside.is_cut, mark: OnceCell::new() }
    }

    /// A blob in which the engine found `found`.
    pub fn blob(
        collector: &Collector<'_>,
        id: ObjectId,
        bytes: &[u8],
        found: Vec<Candidate>,
        scratch: &mut Scratch,
    ) -> Self {
        let is_cut = collector.tell_cut(scratch, || id.to_string().into());
        let setup = collector.setup();
        let more = content::disguised(bytes, &Scope::All, &found, setup);
        let mut spots = spot::place(found, bytes, None, setup);
        spots.extend(more);
        let name = BString::from(id.to_string());
        let inside = Inside::of(collector, name.as_bstr(), bytes, scratch);
        Self::new(spots, inside, is_cut)
    }

    /// A blob that is too large for memory, and its size in bytes.
    pub fn large(collector: &Collector<'_>, id: ObjectId, content: &mut dyn Read) -> io::Result<(Self, u64)> {
        let (spots, read) = large::scan(collector, id, content)?;
        Ok((Self::new(spots, Inside::default(), false), read))
    }

    /// The message, names and e-mail addresses of a commit or a tag.
    pub fn prose(collector: &Collector<'_>, bytes: &[u8], scratch: &mut Scratch) -> Self {
        let (text, setup) = (object::prose(bytes), collector.setup());
        let found = setup.engine.scan(Chunk::whole(&text), scratch);
        Self { spots: spot::place(found, &text, None, setup), ..Self::default() }
    }

    /// Records what a commit or a tag holds.
    pub fn tell_prose(&self, id: ObjectId, origin: Origin, collector: &Collector<'_>) {
        let mut provenance = Provenance::new(origin, None);
        provenance.object = Some(id);
        self.spots.iter().for_each(|spot| collector.adopt(spot.clone(), provenance.clone(), None));
    }

    /// A blob that its path makes a template.
    pub fn template(collector: &Collector<'_>, path: &BStr, bytes: &[u8], scratch: &mut Scratch) -> Self {
        let setup = collector.setup();
        let found = setup.engine.scan(Chunk::whole(bytes), scratch);
        Self::new(content::dotenv(bytes, path, &Scope::All, &found, setup), Inside::default(), false)
    }

    /// A blob of which only the name tells the format.
    pub fn named(collector: &Collector<'_>, path: &BStr, bytes: &[u8], scratch: &mut Scratch) -> Self {
        Self::new(Vec::new(), Inside::of(collector, path, bytes, scratch), false)
    }

    /// Says whether it is nothing.
    pub fn is_empty(&self) -> bool {
        self.spots.is_empty() && self.banned.is_empty()
    }

    /// A mark of all that is held and where, without a value: the same only where the numbers mean the same.
    pub fn mark(&self) -> u64 {
        *self.mark.get_or_init(|| {
            let mut hash = Sha256::new();
            let mut add = |part: &[u8]| {
                hash.update((part.len() as u64).to_le_bytes());
                hash.update(part);
            };
            for spot in &self.spots {
                spot.members.iter().for_each(|name| add(name));
                add(format!("{} {:?}", spot.candidate.rule, spot.place).as_bytes());
            }
            for names in &self.banned {
                names.iter().for_each(|name| add(name));
                add(b"");
            }
            let digest = hash.finalize();
            digest.iter().take(8).fold(0, |mark, &byte| mark << 8 | u64::from(byte))
        })
    }
}
