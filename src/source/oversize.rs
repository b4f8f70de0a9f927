//! Contents of a repository that are too large to be held: read piece by piece as they stream by.
//!
//! An old version of such a content excuses nothing: the two are not compared. It must never hold more than one piece.

use crate::model::{Attribution, MemoryBudget, Notice, ObjectId, Provenance, Receipt};

use super::content::{ContentLimits, ContentReader};
use super::git::{ObjectError, Objects};
use super::{Item, Sink};

/// Shows the blob `id`, which could not be read whole because of `limit`, to `sink`. What cannot be streamed, such as a
/// difference to another object, is told with that limit.
pub fn show(
    objects: &Objects,
    id: &ObjectId,
    limit: &ObjectError,
    provenance: &Provenance,
    attribution: Option<&Attribution>,
    sink: &dyn Sink,
) {
    let part = usize::try_from(MemoryBudget::current().sixteenths(2)).unwrap_or(usize::MAX);
    let limits = ContentLimits { whole: part, budget: part, ..ContentLimits::default() };
    let sink = Attributed { sink, attribution };
    let result = objects.stream_blob(id, &mut |content| {
        let read = ContentReader::new(limits).feed(content, None, provenance, &mut Vec::new(), &sink);
        read.map(drop)
    });
    let error = match result {
        Ok(true) => return,
        Ok(false) => limit.clone(),
        Err(error) => error,
    };
    let detail = format!("object {id}: {error}");
    sink.notice(Notice::new(error.kind(), provenance.display(), detail));
}

/// Adds to every piece the commit that brought it.
struct Attributed<'a> {
    sink: &'a dyn Sink,
    attribution: Option<&'a Attribution>,
}

impl Sink for Attributed<'_> {
    fn item(&self, item: Item<'_>) {
        self.sink.item(Item { attribution: self.attribution, ..item });
    }

    fn notice(&self, notice: Notice) {
        self.sink.notice(notice);
    }

    fn count(&self, part: &Receipt) {
        self.sink.count(part);
    }

    fn cancelled(&self) -> bool {
        self.sink.cancelled()
    }
}
