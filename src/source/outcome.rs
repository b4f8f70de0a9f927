//! What a whole sweep came to, remembered until the repository changes.
//!
//! Of everything that held something only the ids are kept, and where it lies: a later sweep of the same objects, refs and
//! indexes reads those objects again and nothing else. No value is kept, and no name that holds one: a history with a
//! finding in a name is not remembered. Authors are read from their commits again.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bstr::BString;
use serde::{Deserialize, Serialize};

use super::git::Repository;
use super::kept;
use crate::model::{Notice, NoticeKind, ObjectId};

const MAGIC: &[u8] = b"stanch outcome 1\n";

/// First and last commit, and the refs that lead to what was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// First commit.
    pub first: Option<ObjectId>,
    /// Last commit.
    pub last: Option<ObjectId>,
    /// Full names of refs.
    pub refs: Arc<Vec<BString>>,
}

/// What a sweep came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Objects of any kind that held something, or could not be read to their end.
    pub telling: Vec<ObjectId>,
    /// Blobs with the paths at which history held them.
    pub sightings: Vec<(ObjectId, Option<BString>, Trace)>,
    /// Where commits and tags can be reached from.
    pub texts: HashMap<ObjectId, Trace>,
    /// What was said.
    pub notices: Vec<Notice>,
    /// Commits, tags and trees that were read.
    pub counts: [u64; 3],
    /// Blobs that hold nothing: their verdicts must be remembered, too.
    pub clean: u64,
}

impl Outcome {
    /// The outcome of an earlier sweep that read in this way, if the repository was in this state.
    pub fn read(repository: &Repository, reading: &str, state: &[u8]) -> Option<Self> {
        let body = kept::read(&path(repository, reading), MAGIC)?;
        let record: Record = serde_json::from_slice(&body).ok()?;
        (record.state == hex(state)).then(|| record.outcome()).flatten()
    }

    /// Remembers the outcome, in place of that of an earlier state.
    pub fn remember(&self, repository: &Repository, reading: &str, state: &[u8]) -> io::Result<()> {
        let record = Record::of(self, state);
        kept::write(&path(repository, reading), MAGIC, &serde_json::to_vec(&record).map_err(io::Error::other)?)
    }
}

fn path(repository: &Repository, reading: &str) -> PathBuf {
    kept::place(repository, "outcomes", reading)
}

/// The file: ids, paths and names in hexadecimal digits, because they need not be text.
#[derive(Serialize, Deserialize)]
struct Record {
    state: String,
    telling: Vec<String>,
    /// Names of refs, each once, and lists of their positions, each once: many finds are reached from the same thousands.
    names: Vec<String>,
    lists: Vec<Vec<u32>>,
    sightings: Vec<(String, Option<String>, TraceRecord)>,
    texts: Vec<(String, TraceRecord)>,
    notices: Vec<(String, String, String)>,
    counts: [u64; 3],
    clean: u64,
}

/// First and last commit, and which list of refs.
#[derive(Serialize, Deserialize)]
struct TraceRecord(Option<String>, Option<String>, usize);

/// Gathers names and lists.
#[derive(Default)]
struct Lists<'a> {
    names: HashMap<&'a BString, u32>,
    lists: HashMap<Vec<u32>, usize>,
    /// Lists that were gathered, by where they are in memory.
    gathered: HashMap<usize, usize>,
}

impl<'a> Lists<'a> {
    fn trace(&mut self, trace: &'a Trace) -> TraceRecord {
        let id = |id: &Option<ObjectId>| id.as_ref().map(ObjectId::to_string);
        let Self { names, lists, gathered } = self;
        let number = |name| {
            let next = names.len() as u32;
            *names.entry(name).or_insert(next)
        };
        let list = *gathered.entry(Arc::as_ptr(&trace.refs).addr()).or_insert_with(|| {
            let next = lists.len();
            *lists.entry(trace.refs.iter().map(number).collect()).or_insert(next)
        });
        TraceRecord(id(&trace.first), id(&trace.last), list)
    }

    fn finish(self) -> (Vec<String>, Vec<Vec<u32>>) {
        let mut names: Vec<_> = self.names.into_iter().collect();
        names.sort_unstable_by_key(|&(_, number)| number);
        let mut lists: Vec<_> = self.lists.into_iter().collect();
        lists.sort_unstable_by_key(|&(_, number)| number);
        (names.into_iter().map(|(name, _)| hex(name)).collect(), lists.into_iter().map(|(list, _)| list).collect())
    }
}

impl Record {
    fn of(outcome: &Outcome, state: &[u8]) -> Self {
        let mut lists = Lists::default();
        let sightings = outcome.sightings.iter();
        let sightings =
            sightings.map(|(blob, path, trace)| (blob.to_string(), path.as_ref().map(hex), lists.trace(trace)));
        let sightings = sightings.collect();
        let mut texts: Vec<_> = outcome.texts.iter().collect();
        texts.sort_unstable_by_key(|(id, _)| **id);
        let texts = texts.into_iter().map(|(id, trace)| (id.to_string(), lists.trace(trace))).collect();
        let notice = |notice: &Notice| (notice.kind.as_str().to_owned(), hex(&notice.subject), notice.detail.clone());
        let (names, lists) = lists.finish();
        Self {
            state: hex(state),
            telling: outcome.telling.iter().map(ObjectId::to_string).collect(),
            names,
            lists,
            sightings,
            texts,
            notices: outcome.notices.iter().map(notice).collect(),
            counts: outcome.counts,
            clean: outcome.clean,
        }
    }

    /// None if anything in it is not what it should be.
    fn outcome(self) -> Option<Outcome> {
        let names: Vec<BString> = self.names.iter().map(|name| bytes(name)).collect::<Option<_>>()?;
        let refs = |list: &Vec<u32>| list.iter().map(|&at| names.get(at as usize).cloned()).collect::<Option<_>>();
        let lists: Vec<Arc<Vec<BString>>> =
            self.lists.iter().map(|list| refs(list).map(Arc::new)).collect::<Option<_>>()?;
        let known = |hex: Option<String>| hex.map(|hex| id(&hex).ok_or(())).transpose().ok();
        let trace = |TraceRecord(first, last, list): TraceRecord| {
            Some(Trace { first: known(first)?, last: known(last)?, refs: lists.get(list)?.clone() })
        };
        let sighting = |(blob, path, record): (String, Option<String>, TraceRecord)| {
            let path = path.map(|path| bytes(&path).ok_or(())).transpose().ok()?;
            Some((id(&blob)?, path, trace(record)?))
        };
        let notice = |(kind, subject, detail): (String, String, String)| {
            Some(Notice::new(NoticeKind::from_name(&kind)?, bytes(&subject)?, detail))
        };
        Some(Outcome {
            telling: self.telling.iter().map(|hex| id(hex)).collect::<Option<_>>()?,
            sightings: self.sightings.into_iter().map(sighting).collect::<Option<_>>()?,
            texts: self
                .texts
                .into_iter()
                .map(|(hex, record)| Some((id(&hex)?, trace(record)?)))
                .collect::<Option<_>>()?,
            notices: self.notices.into_iter().map(notice).collect::<Option<_>>()?,
            counts: self.counts,
            clean: self.clean,
        })
    }
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    data_encoding::HEXLOWER.encode(bytes.as_ref())
}

fn bytes(hex: &str) -> Option<BString> {
    data_encoding::HEXLOWER.decode(hex.as_bytes()).ok().map(BString::from)
}

fn id(hex: &str) -> Option<ObjectId> {
    ObjectId::from_hex(hex.as_bytes())
}
