//! Blobs that are too large to be held: scanned piece by piece, with margins, as large files of a working tree are.
//!
//! It must never hold more than one piece.

use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use bstr::BString;

use super::Collector;
use super::spot::{self, Spot};
use crate::model::{Chunk, MemoryBudget, Notice, NoticeKind, ObjectId, Origin, Provenance, Receipt};
use crate::source::archive;
use crate::source::content::{ContentLimits, ContentReader};
use crate::source::{Item, Sink};

/// One piece at a time: what the sweep holds beside it is bounded already.
fn limits() -> ContentLimits {
    let whole = usize::try_from(MemoryBudget::current().sixteenths(2)).unwrap_or(usize::MAX).min(64 << 20);
    ContentLimits { whole, budget: whole, ..ContentLimits::default() }
}

/// Scans a blob as it streams by; what is found has no path yet.
pub(super) fn scan(collector: &Collector<'_>, id: ObjectId, content: &mut dyn Read) -> io::Result<(Vec<Spot>, u64)> {
    let pieces = Pieces { collector, id, spots: Mutex::default() };
    let mut provenance = Provenance::new(Origin::Blob, None);
    provenance.object = Some(id);
    let read = ContentReader::new(limits()).feed(content, None, &provenance, &mut Vec::new(), &pieces)?;
    Ok((pieces.spots.into_inner().unwrap_or_else(PoisonError::into_inner), read))
}

struct Pieces<'a, 'c> {
    collector: &'a Collector<'c>,
    id: ObjectId,
    spots: Mutex<Vec<Spot>>,
}

impl Sink for Pieces<'_, '_> {
    fn item(&self, item: Item<'_>) {
        let setup = self.collector.setup();
        if setup.archives && item.piece.is_none_or(|piece| piece.offset == 0) && archive::is_container(item.bytes) {
            let detail = "is a container too large to be entered: only its bytes as they are were read";
            self.notice(Notice::new(NoticeKind::Limit, BString::from(self.id.to_string()), detail));
        }
        let spots = self.collector.with_scratch(|scratch| {
            scratch.is_content = true;
            let found = setup.engine.scan(Chunk { bytes: item.bytes, scope: &item.scope }, scratch);
            scratch.is_content = false;
            spot::place(found, item.bytes, item.piece, setup)
        });
        self.spots.lock().unwrap_or_else(PoisonError::into_inner).extend(spots);
    }

    fn notice(&self, notice: Notice) {
        self.collector.notice(notice);
    }

    fn count(&self, part: &Receipt) {
        self.collector.count(part);
    }

    fn cancelled(&self) -> bool {
        self.collector.cancelled()
    }
}
