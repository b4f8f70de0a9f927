//! How a thread of a sweep hands objects to the visitor: decoded, as a stream, or as a word about a loss.

use std::io::Read;
use std::sync::atomic::AtomicUsize;

use super::hand::{AHEAD, Hand, LARGE, Parent};
use super::sweep::{SweptObject, Visitor, next_stretch};
use super::{Header, Object, loose};
use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::pack::data::PackStream;
use crate::source::pack::delta::CopyRun;
use crate::source::pack::entry::MAX_HEADER;
use crate::source::pack::forest::Forest;
use crate::source::pack::inflate::{expect_end, unwrap_io};
use crate::source::pack::{Entry, EntryBase, PackError};

impl<V: Visitor> Hand<'_, V> {
    /// Shows an object to the visitor; `position` is where it stands in the index of the pack.
    pub(super) fn show(
        &mut self,
        id: ObjectId,
        position: Option<u32>,
        object: &Object,
        base: Option<&Parent<V::State>>,
        runs: &[CopyRun],
    ) -> V::State {
        let copies = if base.is_some() { runs } else { &[] };
        self.tally.objects += 1;
        self.tally.bytes += object.bytes.len() as u64;
        self.tally.new_bytes += (object.bytes.len() - copies.iter().map(|run| run.len).sum::<usize>()) as u64;
        let number = self.first.zip(position).map(|(first, position)| first + position);
        let (kind, bytes, base_id) = (object.kind, &object.bytes, base.map(|base| base.id));
        let swept = SweptObject { id, number, kind, bytes, base: base_id, copies };
        self.context.visitor.visit(&mut self.worker, swept, base.and_then(|base| base.state.as_ref()))
    }

    /// Shows a whole object that is too large for memory. Returns false if that is not the trouble, or if it could or
    /// would not be shown.
    pub(super) fn show_large(&mut self, id: ObjectId, offset: u64, error: &PackError) -> bool {
        if !matches!(error, PackError::Limit { .. }) {
            return false;
        }
        let context = self.context;
        let pack = &context.store.packs[self.pack].data;
        let header_end = pack.end().min(offset + MAX_HEADER as u64);
        let header = self.window.bytes(pack, offset, header_end, AHEAD);
        let Ok(Entry { base: EntryBase::Whole(kind), size, header_len }) =
            header.and_then(|bytes| Entry::parse(bytes, offset, pack.hash()))
        else {
            return false;
        };
        if !context.wants(&id, kind) {
            return true;
        }
        let mut stream = self.inflater.stream(PackStream::new(pack, offset + header_len as u64, pack.end()));
        let mut content = stream.by_ref().take(size);
        if !context.visitor.visit_large(&mut self.worker, id, kind, size, &mut content) {
            return false;
        }
        let rest = std::io::copy(&mut content, &mut std::io::sink()).map_err(unwrap_io);
        let is_short = content.limit() > 0;
        let checked = rest.and_then(|_| match is_short {
            true => Err(PackError::Inflate("shorter than promised")),
            false => expect_end(&mut stream),
        });
        self.count_large(size);
        if let Err(error) = checked {
            self.say(error.notice_kind(), id, &error);
        }
        true
    }

    /// Looks elsewhere for objects whose offsets lie outside of the pack.
    pub fn lost_entries(&mut self, forest: &Forest, is_wanted: impl Fn(u32) -> bool) {
        for &position in forest.lost().iter().filter(|&&position| is_wanted(position)) {
            let id = self.context.store.packs[self.pack].index.id(position);
            match self.elsewhere(&id) {
                Some(object) if self.context.wants(&id, object.kind) => {
                    self.show(id, Some(position), &object, None, &[]);
                }
                Some(_) => {}
                None => {
                    self.tally.lost += 1;
                    self.say(NoticeKind::Damaged, id, &PackError::Header("lies outside of the pack"));
                }
            }
        }
    }

    /// Says that something is wrong with an object of this pack.
    pub(super) fn say(&self, kind: NoticeKind, id: ObjectId, error: &PackError) {
        let pack = self.context.store.packs[self.pack].path().display();
        self.context.complain(Notice::new(kind, format!("object {id}"), format!("{pack}: {error}")));
    }

    /// Shows loose objects until none is left.
    pub fn loose(&mut self, ids: &[ObjectId], next: &AtomicUsize, at_once: usize) {
        while let Some(stretch) = next_stretch(next, at_once, ids.len()) {
            for id in &ids[stretch] {
                if self.context.visitor.cancelled() {
                    return;
                }
                if let Err(notice) = self.loose_object(*id) {
                    self.tally.lost += 1;
                    self.context.complain(notice);
                }
            }
        }
    }

    /// Shows the first sound copy of a loose object; fails with what is wrong with the first that is not.
    fn loose_object(&mut self, id: ObjectId) -> Result<(), Notice> {
        let mut trouble = None;
        for dir in &self.context.store.dirs {
            let path = loose::path(dir, &id);
            match self.loose_copy(id, &path) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(error) => {
                    trouble.get_or_insert_with(|| {
                        Notice::new(error.notice_kind(), format!("object {id}"), format!("{}: {error}", path.display()))
                    });
                }
            }
        }
        let vanished = || Notice::new(NoticeKind::Missing, format!("object {id}"), "vanished while it was looked for");
        Err(trouble.unwrap_or_else(vanished))
    }

    /// Shows a copy of a loose object; says whether it is there.
    fn loose_copy(&mut self, id: ObjectId, path: &std::path::Path) -> Result<bool, PackError> {
        let context = self.context;
        let limit = context.store.limit;
        let Some(reading) = loose::Reading::open(path, &mut self.inflater)? else { return Ok(false) };
        let Header { kind, size } = reading.header();
        if !context.wants(&id, kind) {
            return Ok(true);
        }
        if size <= limit {
            if size > LARGE {
                context.turn.take();
            }
            let object = reading.read(limit);
            if let Ok(object) = &object {
                self.show(id, None, object, None, &[]);
            }
            if size > LARGE {
                context.turn.give_back();
            }
            return object.map(|_| true);
        }
        let mut was_taken = false;
        let worker = &mut self.worker;
        let checked = reading.pass_to(|content| {
            was_taken = context.visitor.visit_large(worker, id, kind, size, content);
            was_taken
        });
        match was_taken {
            true => self.count_large(size),
            false => return Err(PackError::Limit { size, limit }),
        }
        checked.map(|()| true)
    }

    fn count_large(&mut self, size: u64) {
        self.tally.objects += 1;
        self.tally.bytes += size;
        self.tally.new_bytes += size;
    }
}
