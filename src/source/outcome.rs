//! What a whole sweep came to, remembered until the repository changes.
//!
//! Of each finding only is kept in which version of a file it stands, and the how-manieth of what that holds it is: a later
//! sweep of the same objects, refs and indexes reads these versions again and nothing else. No value is kept, and no name
//! that holds one: a history with a finding in a name is not remembered. Authors are read from their commits again.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use bstr::BString;
use serde::{Deserialize, Serialize};

use super::git::Repository;
use super::kept;
use crate::model::{Attribution, Notice, NoticeKind, ObjectId};

const MAGIC: &[u8] = b"stanch outcome 2\n";

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

impl From<&Attribution> for Trace {
    fn from(attribution: &Attribution) -> Self {
        Self {
            first: attribution.first.as_ref().map(|commit| commit.id),
            last: attribution.last.as_ref().map(|commit| commit.id),
            refs: attribution.refs.clone(),
        }
    }
}

/// In which way a blob was read when something was found in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Way {
    /// As what its bytes are.
    Bytes,
    /// As a template of a `.env` file, for its path.
    Template,
    /// As what its path calls it.
    Name,
}

/// Which part of a blob a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// The file as such, for its name.
    File,
    /// The banned name with this number.
    Name(u32),
    /// The value with this number.
    Value(u32),
}

/// A finding, by where it is found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// The version that stands for all that hold it.
    pub blob: ObjectId,
    /// Where.
    pub path: Option<BString>,
    /// How it was read.
    pub way: Way,
    /// What of it.
    pub part: Part,
    /// What tells whether the numbers still mean the same.
    pub mark: u64,
    /// First and last commit and refs of all that hold it.
    pub trace: Trace,
}

/// What a sweep came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// What was found in blobs.
    pub finds: Vec<Find>,
    /// Commits and tags that held something, and where those can be reached from that became findings.
    pub texts: Vec<(ObjectId, Option<Trace>)>,
    /// What was said.
    pub notices: Vec<Notice>,
    /// Commits, tags and trees that were read.
    pub counts: [u64; 3],
    /// Blobs that were read, by this sweep or by those before it.
    pub blobs: u64,
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
    /// Names of refs, each once, and lists of their positions, each once: many finds are reached from the same thousands.
    names: Vec<String>,
    lists: Vec<Vec<u32>>,
    finds: Vec<(String, Option<String>, Way, Part, u64, TraceRecord)>,
    texts: Vec<(String, Option<TraceRecord>)>,
    notices: Vec<(String, String, String)>,
    counts: [u64; 3],
    blobs: u64,
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
    fn of<'a>(outcome: &'a Outcome, state: &[u8]) -> Self {
        let mut lists = Lists::default();
        let find = |find: &'a Find| {
            let path = find.path.as_ref().map(hex);
            (find.blob.to_string(), path, find.way, find.part, find.mark, lists.trace(&find.trace))
        };
        let finds = outcome.finds.iter().map(find).collect();
        let texts = outcome.texts.iter();
        let texts = texts.map(|(id, trace)| (id.to_string(), trace.as_ref().map(|trace| lists.trace(trace)))).collect();
        let notice = |notice: &Notice| (notice.kind.as_str().to_owned(), hex(&notice.subject), notice.detail.clone());
        let (names, lists) = lists.finish();
        Self {
            state: hex(state),
            names,
            lists,
            finds,
            texts,
            notices: outcome.notices.iter().map(notice).collect(),
            counts: outcome.counts,
            blobs: outcome.blobs,
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
        let find = |(blob, path, way, part, mark, record): (String, Option<String>, Way, Part, u64, TraceRecord)| {
            let path = path.map(|path| bytes(&path).ok_or(())).transpose().ok()?;
            Some(Find { blob: id(&blob)?, path, way, part, mark, trace: trace(record)? })
        };
        let text = |(hex, record): (String, Option<TraceRecord>)| {
            Some((id(&hex)?, record.map(|record| trace(record).ok_or(())).transpose().ok()?))
        };
        let notice = |(kind, subject, detail): (String, String, String)| {
            Some(Notice::new(NoticeKind::from_name(&kind)?, bytes(&subject)?, detail))
        };
        Some(Outcome {
            finds: self.finds.into_iter().map(find).collect::<Option<_>>()?,
            texts: self.texts.into_iter().map(text).collect::<Option<_>>()?,
            notices: self.notices.into_iter().map(notice).collect::<Option<_>>()?,
            counts: self.counts,
            blobs: self.blobs,
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
