//! Reads what a sweep reported, or what an earlier response to it said. Neither holds a value.

use bstr::BString;
use serde::Deserialize;

use crate::model::{Fingerprint, ObjectId, Severity};

/// The report cannot be used. Whoever gave it is to blame.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// It is no JSON of that shape.
    #[error("it is no JSON report of stanch: line {}, column {}", .0.line(), .0.column())]
    Shape(serde_json::Error),
    /// It has a version that is not known here.
    #[error("it is a report of version {0}; this stanch reads version 1")]
    Version(u32),
    /// It shows values, so that it must not go any further.
    #[error("it shows values (--show-secrets); sweep again without that, and shred it")]
    Shows,
    /// It is the report of something that has no history.
    #[error("it is a report of `stanch {0}`; a response needs one of `stanch history --format json`")]
    Mode(String),
}

/// What can be read.
#[derive(Debug)]
pub enum Input {
    /// The report of a sweep.
    Sweep(Sweep),
    /// What is left of an earlier response: enough to check that it worked.
    Traces(Traces),
}

impl Input {
    /// Reads either.
    pub fn read(json: &[u8]) -> Result<Self, InputError> {
        let head: Head = serde_json::from_slice(json).map_err(InputError::Shape)?;
        if head.version != 1 {
            return Err(InputError::Version(head.version));
        }
        if let Some(traces) = head.traces {
            return Ok(Self::Traces(traces));
        }
        let sweep: Sweep = serde_json::from_slice(json).map_err(InputError::Shape)?;
        if sweep.mode != "history" {
            return Err(InputError::Mode(sweep.mode));
        }
        if sweep.findings.iter().any(Found::shows_value) {
            return Err(InputError::Shows);
        }
        Ok(Self::Sweep(sweep))
    }
}

#[derive(Deserialize)]
struct Head {
    version: u32,
    #[serde(default)]
    traces: Option<Traces>,
}

/// The report of a sweep, as far as it matters here.
#[derive(Debug, Deserialize)]
pub struct Sweep {
    mode: String,
    /// When the sweep began: the time of detection.
    pub started: String,
    /// What it found.
    pub findings: Vec<Found>,
    /// What it could not read.
    pub notices: Vec<Unread>,
}

/// Something that was not read.
#[derive(Debug, Deserialize)]
pub struct Unread {
    /// Whether the sweep is incomplete by it.
    pub incomplete: bool,
    /// Which file or object.
    pub subject: String,
    /// What happened.
    pub detail: String,
}

/// A finding.
#[derive(Debug, Clone, Deserialize)]
pub struct Found {
    /// Id of the rule.
    pub rule: String,
    /// Name of the rule.
    pub name: String,
    /// Identity.
    pub fingerprint: String,
    severity: String,
    /// `deny`, `warn` or `suppressed`.
    pub verdict: String,
    /// Where it stands.
    pub location: Location,
    value: Option<String>,
    /// Number of bytes of the value.
    pub value_bytes: Option<usize>,
    /// Decodings between the file's bytes and the value.
    pub layers: Vec<String>,
    /// Since when and from where.
    pub history: Option<Window>,
    /// The inventoried secret.
    pub concern: Option<Concern>,
    /// What the rule says is to be done.
    pub remedy: Vec<String>,
}

/// Where a finding stands.
#[derive(Debug, Clone, Deserialize)]
pub struct Location {
    /// For people.
    pub display: String,
    /// What kind of place.
    pub origin: String,
    path: Option<String>,
    path_percent: Option<String>,
    /// Archive members on the way in.
    pub members: Vec<String>,
    object: Option<String>,
    /// First character.
    pub start: Option<Position>,
    /// Just after the last character.
    pub end: Option<Position>,
}

/// A place in a text.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Since when and from where a value can be reached.
#[derive(Debug, Clone, Deserialize)]
pub struct Window {
    /// The first commit that held it.
    pub first: Option<Commit>,
    /// The last one.
    pub last: Option<Commit>,
    /// Full names of refs.
    pub refs: Vec<String>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, serde::Serialize)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// The author's name.
    pub author: String,
    /// Author date.
    pub author_date: String,
    /// Commit date.
    pub commit_date: String,
}

/// The inventoried secret that a finding concerns.
#[derive(Debug, Clone, Deserialize)]
pub struct Concern {
    /// Its name.
    pub name: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// By when it must be rotated.
    pub deadline: String,
}

impl Found {
    /// Masked values have asterisks in them, whatever their length.
    fn shows_value(&self) -> bool {
        self.value.as_ref().is_some_and(|value| !value.contains("***"))
    }

    /// How bad.
    pub fn severity(&self) -> Severity {
        self.severity.parse().unwrap_or(Severity::Critical)
    }

    /// The path in the repository, byte for byte.
    pub fn path(&self) -> Option<BString> {
        match &self.location.path_percent {
            Some(percent) => Some(unescaped(percent)),
            None => self.location.path.clone().map(BString::from),
        }
    }

    /// The object that holds it.
    pub fn object(&self) -> Option<ObjectId> {
        self.location.object.as_deref().and_then(|hex| ObjectId::from_hex(hex.as_bytes()))
    }

    /// Its identity.
    pub fn identity(&self) -> Option<Fingerprint> {
        Fingerprint::parse(&self.fingerprint)
    }
}

fn unescaped(percent: &str) -> BString {
    let mut bytes = Vec::with_capacity(percent.len());
    let mut rest = percent.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| first == b'%');
        match hex.and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok()) {
            Some(byte) => {
                bytes.extend(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    bytes.into()
}

/// What must not be left anywhere: identities, objects and paths. Nothing in it is a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
pub struct Traces {
    /// Identities of values.
    pub fingerprints: Vec<String>,
    /// Every object that held a value or was a banned file.
    pub objects: Vec<String>,
    /// Paths of banned files.
    pub paths: Vec<String>,
    /// Marks the key of the identities.
    #[serde(default)]
    pub key: Option<String>,
    /// Whether `objects` names all of them, or only those that the sweep named.
    pub is_complete: bool,
    /// Whether values were found that only the vault's export finds again.
    pub needs_known: bool,
}
