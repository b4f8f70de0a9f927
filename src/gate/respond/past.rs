//! One look at everything that git keeps: which objects hold a value, and all versions of the banned files.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use bstr::{BString, ByteSlice};
use memchr::memmem::Finder;

use super::values::Value;
use crate::model::{Notice, ObjectId, Receipt};
use crate::source::git::{Objects, Repository, object};
use crate::source::history::survey::{SurveyHand, Surveyor};
use crate::source::history::{History, Layout, Plan, Selection};
use crate::source::odb::{Kinds, ObjectKind, SweepOptions, SweptObject, Visitor};
use crate::source::{Item, Sink, SourceError};

/// What was seen.
pub struct Past<'r> {
    /// The history.
    pub history: History<'r>,
    /// For each value, the objects that hold it.
    pub holders: Vec<BTreeSet<ObjectId>>,
    /// For each sought path, its blobs.
    pub files: BTreeMap<BString, BTreeSet<ObjectId>>,
    /// What could not be read.
    pub gaps: Vec<Notice>,
}

/// Looks for `values` in every object, and for every version of the files at `paths`.
pub fn look<'r>(
    repository: &'r Repository,
    values: &[Value],
    paths: &BTreeSet<BString>,
) -> Result<Past<'r>, SourceError> {
    let sink = Gaps::default();
    let plan = Plan::new(repository, &Selection::Everything, 0, &sink)?;
    let surveyor = plan.surveyor();
    let holders: Kept = Arc::new(Mutex::new(vec![BTreeSet::new(); values.len()]));
    let finders = values.iter().map(|value| Finder::new(value.raw.expose())).collect();
    let visitor = Search { surveyor: &surveyor, finders, holders: Arc::clone(&holders), sink: &sink };
    plan.objects().store().sweep(SweepOptions { kinds: Kinds::ALL, threads: 0 }, &visitor);
    drop(visitor);
    let survey = surveyor.finish();
    let history = plan.finish(survey, &sink);
    let leaves: HashSet<BString> =
        paths.iter().map(|path| path.rsplit_once_str("/").map_or(path.as_slice(), |(_, leaf)| leaf).into()).collect();
    let mut files: BTreeMap<BString, BTreeSet<ObjectId>> = BTreeMap::new();
    for sighting in history.attribute(&HashSet::new(), &leaves, &sink) {
        if let Some(path) = sighting.path.filter(|path| paths.contains(path)) {
            files.entry(path).or_default().insert(sighting.blob);
        }
    }
    let holders = std::mem::take(&mut *holders.lock().unwrap_or_else(PoisonError::into_inner));
    let gaps = sink.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Past { history, holders, files, gaps })
}

impl Past<'_> {
    /// The object database.
    pub fn objects(&self) -> &Objects {
        self.history.objects()
    }
}

#[derive(Default)]
struct Gaps(Mutex<Vec<Notice>>);

impl Sink for Gaps {
    fn item(&self, _item: Item<'_>) {}

    fn notice(&self, notice: Notice) {
        if notice.kind.is_incomplete() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
        }
    }

    fn count(&self, _part: &Receipt) {}
}

type Kept = Arc<Mutex<Vec<BTreeSet<ObjectId>>>>;

struct Search<'a, 's> {
    surveyor: &'a Surveyor<'s>,
    finders: Vec<Finder<'a>>,
    holders: Kept,
    sink: &'a Gaps,
}

impl<'s> Visitor for Search<'_, 's> {
    type Worker = SurveyHand<'s>;
    type State = Layout;

    fn worker(&self) -> Self::Worker {
        self.surveyor.hand()
    }

    fn visit(&self, hand: &mut Self::Worker, object: SweptObject<'_>, base: Option<&Layout>) -> Layout {
        let prose;
        let text: &[u8] = match object.kind {
            ObjectKind::Blob => object.bytes,
            ObjectKind::Commit | ObjectKind::Tag => {
                prose = object::prose(object.bytes);
                &prose
            }
            ObjectKind::Tree => &[],
        };
        for (at, finder) in self.finders.iter().enumerate() {
            if finder.find(text).is_some() {
                self.holders.lock().unwrap_or_else(PoisonError::into_inner)[at].insert(object.id);
            }
        }
        hand.see(object, base)
    }

    fn wants(&self, _id: &ObjectId, _kind: ObjectKind) -> bool {
        true
    }

    fn notice(&self, notice: Notice) {
        self.sink.notice(notice);
    }
}
