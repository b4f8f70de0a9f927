//! One look at every object that git keeps, for commands that ask more of them than a scan does.
//!
//! Objects are shown once each, in no order, from several threads. What cannot be read is remembered: it must never look like
//! something that was not there.

use std::sync::{Mutex, PoisonError};

use crate::model::{Notice, ObjectId, Receipt};
use crate::source::git::Repository;
use crate::source::history::survey::{SurveyHand, Surveyor};
use crate::source::history::{History, Layout, Request, Selection};
use crate::source::odb::{Kinds, ObjectKind, SweepOptions, SweptObject, Visitor};
use crate::source::{Item, Sink, SourceError};

/// Shows every object to `each`; returns the history that they make.
pub fn look<'r>(
    repository: &'r Repository,
    gaps: &Gaps,
    each: &(dyn Fn(&SweptObject<'_>) + Sync),
) -> Result<History<'r>, SourceError> {
    let plan = Request::read(repository, &Selection::Everything, 0, gaps)?.choose(gaps);
    let surveyor = plan.surveyor();
    let look = Look { surveyor: &surveyor, each, gaps };
    plan.objects().store().sweep(SweepOptions { kinds: Kinds::ALL, threads: 0 }, &look);
    let survey = surveyor.finish();
    Ok(plan.finish(survey, gaps))
}

/// What could not be read.
#[derive(Default)]
pub struct Gaps(Mutex<Vec<Notice>>);

impl Gaps {
    /// All of it.
    pub fn into_notices(self) -> Vec<Notice> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for Gaps {
    fn item(&self, _item: Item<'_>) {}

    fn notice(&self, notice: Notice) {
        if notice.kind.is_incomplete() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
        }
    }

    fn count(&self, _part: &Receipt) {}
}

struct Look<'a, 's> {
    surveyor: &'a Surveyor<'s>,
    each: &'a (dyn Fn(&SweptObject<'_>) + Sync),
    gaps: &'a Gaps,
}

impl<'s> Visitor for Look<'_, 's> {
    type Worker = SurveyHand<'s>;
    type State = Layout;

    fn worker(&self) -> Self::Worker {
        self.surveyor.hand()
    }

    fn visit(&self, hand: &mut Self::Worker, object: SweptObject<'_>, base: Option<&Layout>) -> Layout {
        (self.each)(&object);
        hand.see(object, base)
    }

    fn wants(&self, _id: &ObjectId, _kind: ObjectKind) -> bool {
        true
    }

    fn notice(&self, notice: Notice) {
        self.gaps.notice(notice);
    }
}
