//! Where what a sweep found was and is: asked of the history that it read, or remembered from a sweep of the same state.

use std::collections::{HashMap, HashSet};
use std::io;

use bstr::{BString, ByteSlice};

use super::Collector;
use crate::model::{Attribution, CommitRef, Notice, ObjectId, Receipt};
use crate::policy::EnvFile;
use crate::source::Sink;
use crate::source::archive;
use crate::source::git::{Kind, Objects, Repository};
use crate::source::history::survey::Survey;
use crate::source::history::{History, Plan, Selection, Sighting, Sought, commit_ref};
use crate::source::outcome::{Outcome, Trace};
use crate::source::verdicts::Verdicts;

/// What answers for the past.
pub(super) enum Past<'r, 'o> {
    /// All of it was read.
    Read(Box<History<'r>>),
    /// An earlier sweep read it in the state in which it still is.
    Known(Box<Objects>, &'o Outcome),
}

impl<'r> Past<'r, '_> {
    /// Ends a sweep after which the paths of `blobs` are asked for, and of all files whose names the `.env` policy knows;
    /// with `containers` also of those that are called containers.
    pub fn read(
        plan: Plan<'r>,
        survey: Survey,
        blobs: HashSet<ObjectId>,
        containers: bool,
        collector: &Collector<'_>,
    ) -> Self {
        let env = &collector.setup().policy.env;
        let is_sought = |name: &&BString| {
            env.judge(name) != EnvFile::Other || containers && archive::is_name_of_one(name.as_bstr())
        };
        let names = survey.names().filter(is_sought).cloned().collect();
        Self::Read(Box::new(plan.finish_for(survey, Sought::new(blobs, names), collector)))
    }

    /// The object database.
    pub fn objects(&self) -> &Objects {
        match self {
            Self::Read(history) => history.objects(),
            Self::Known(objects, _) => objects,
        }
    }

    /// Every path of what was sought, or of what an earlier sweep sought.
    pub fn sightings(&self, collector: &Collector<'_>) -> Vec<Sighting> {
        match self {
            Self::Read(history) => history.attribute_foreseen(collector),
            Self::Known(objects, outcome) => {
                let mut commits = HashMap::new();
                let sighting = |(blob, path, trace): &(ObjectId, Option<BString>, Trace)| Sighting {
                    blob: *blob,
                    path: path.clone(),
                    attribution: attribution(trace, objects, &mut commits),
                };
                outcome.sightings.iter().map(sighting).collect()
            }
        }
    }

    /// From where commits and tags can be reached.
    pub fn texts(&self, ids: &[ObjectId]) -> HashMap<ObjectId, Attribution> {
        match self {
            Self::Read(history) => history.attribute_texts(ids),
            Self::Known(objects, outcome) => {
                let mut commits = HashMap::new();
                let known = |id: &ObjectId| {
                    let trace = outcome.texts.get(id)?;
                    Some((*id, attribution(trace, objects, &mut commits)))
                };
                ids.iter().filter_map(known).collect()
            }
        }
    }
}

fn attribution(trace: &Trace, objects: &Objects, known: &mut HashMap<ObjectId, Option<CommitRef>>) -> Attribution {
    let mut commit = |id: Option<ObjectId>| {
        let id = id?;
        let read = || commit_ref(id, &objects.read_kind(&id, Kind::Commit).ok()?);
        known.entry(id).or_insert_with(read).clone()
    };
    Attribution { first: commit(trace.first), last: commit(trace.last), refs: trace.refs.clone() }
}

/// What is remembered of whole sweeps of a repository.
pub(super) struct Memory<'r> {
    repository: &'r Repository,
    reading: String,
    state: Vec<u8>,
    /// Notices from this one on belong to the sweep.
    first_notice: usize,
    /// What an earlier sweep of this state came to.
    pub known: Option<Outcome>,
}

impl<'r> Memory<'r> {
    /// Looks whether the repository is as it was, and repeats what was said then.
    pub fn open(
        repository: &'r Repository,
        reading: &str,
        plan: &Plan<'_>,
        selection: &Selection,
        verdicts: &Verdicts,
        collector: &Collector<'_>,
    ) -> Option<Self> {
        // Which names are banned or may be templates decides whose paths are asked for.
        let reading = format!("{reading} {:?}", collector.setup().policy.spec.env_files);
        let state = plan.state(selection)?;
        let known = Outcome::read(repository, &reading, &state);
        let known = known.filter(|outcome| outcome.clean <= verdicts.len() as u64);
        if let Some(outcome) = &known {
            outcome.notices.iter().for_each(|notice: &Notice| collector.notice(notice.clone()));
        }
        Some(Self { repository, reading, state, first_notice: collector.notice_count(), known })
    }

    /// Remembers what a sweep came to, unless names that it would have to keep hold something.
    pub fn keep(
        &self,
        (clean, telling): (u64, Vec<ObjectId>),
        sightings: &[Sighting],
        texts: &HashMap<ObjectId, Attribution>,
        receipt: &Receipt,
        collector: &Collector<'_>,
    ) -> io::Result<()> {
        if collector.has_telling_names() {
            return Ok(());
        }
        let trace = |attribution: &Attribution| Trace {
            first: attribution.first.as_ref().map(|commit| commit.id),
            last: attribution.last.as_ref().map(|commit| commit.id),
            refs: attribution.refs.clone(),
        };
        let sighting = |one: &Sighting| (one.blob, one.path.clone(), trace(&one.attribution));
        let outcome = Outcome {
            telling,
            sightings: sightings.iter().map(sighting).collect(),
            texts: texts.iter().map(|(id, attribution)| (*id, trace(attribution))).collect(),
            notices: collector.notices_from(self.first_notice),
            counts: [receipt.commits, receipt.tags, receipt.trees],
            clean,
        };
        outcome.remember(self.repository, &self.reading, &self.state)
    }
}
