//! A judged finding: a candidate with a place, a severity and a verdict.

use std::fmt;
use std::sync::Arc;

use super::{Attribution, Confidence, Evidence, Fingerprint, Part, Position, Provenance, Secret, Severity};

/// Something that a report tells about.
#[derive(Clone)]
pub struct Finding {
    /// Id of the rule, as in the rule set.
    pub rule: Arc<str>,
    /// Identity: rule and value under the run's key. Never line or path.
    pub fingerprint: Fingerprint,
    /// How bad, after the inventory and the policy had their say.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Where the bytes came from.
    pub provenance: Provenance,
    /// Place in the text; none when the finding concerns the file as such.
    pub place: Option<Place>,
    /// Further places of the same value in the same text that this finding speaks for, in their order.
    pub again: Vec<Place>,
    /// The value; none when the finding concerns the file as such.
    pub secret: Option<Secret>,
    /// How many bytes of the value are a public mark and may be shown.
    pub visible: usize,
    /// Why.
    pub evidence: Evidence,
    /// Further values that belong to it.
    pub parts: Vec<Part>,
    /// Decodings between the file's bytes and the value.
    pub layers: Vec<&'static str>,
    /// Since when and from where, in history walks.
    pub attribution: Option<Attribution>,
    /// The name of the inventoried secret that it concerns, its owner and deadline.
    pub concern: Option<Concern>,
    /// What is to be done about it, when the rule's own text does not say it.
    pub advice: Option<String>,
    /// The decision.
    pub verdict: Verdict,
    /// GitHub's line hash of the place (`primaryLocationLineHash`), when the text was at hand.
    pub line_hash: Option<String>,
}

impl fmt::Debug for Finding {
    /// Without values, and without names that may hold them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, place, confidence, verdict, .. } = self;
        write!(f, "{rule} at {place:?}, {confidence}, {verdict:?}")
    }
}

/// First and last position of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Of the first character.
    pub start: Position,
    /// Just after the last character.
    pub end: Position,
}

/// The inventoried secret that a finding concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concern {
    /// Its name in the inventory.
    pub name: String,
    /// Who owns it.
    pub owner: Option<String>,
    /// By when it must be rotated, seconds since 1970 UTC.
    pub deadline: i64,
}

/// The decision about a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Must not land: exit code 1.
    Deny,
    /// Told, but does not block.
    Warn,
    /// Excused by an exception that the policy allows.
    Suppressed {
        /// Which exception.
        by: Suppressor,
        /// The reason that was given.
        reason: String,
    },
}

/// The kinds of exceptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suppressor {
    /// A `stanch:allow` comment.
    Comment,
    /// An entry of the baseline.
    Baseline,
    /// An allow entry of the configuration.
    Policy,
    /// A bypass given for this push.
    Bypass,
    /// `paths-ignore` of `.github/secret_scanning.yml`.
    GithubPathsIgnore,
}

impl Suppressor {
    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Comment => "comment",
            Self::Baseline => "baseline",
            Self::Policy => "policy",
            Self::Bypass => "bypass",
            Self::GithubPathsIgnore => "github-paths-ignore",
        }
    }
}
