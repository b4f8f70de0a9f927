//! A match that the engine believes in, before anybody knows where the bytes came from.
//!
//! A candidate must never depend on a path: a blob has many. Judgement by path, policy and baseline comes later
//! and makes a [`Finding`](super::finding::Finding) of it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::{Confidence, Secret, Span};

/// Index of a rule in the rule set that a scan runs with.
pub type RuleIndex = u32;

/// A value that a rule recognised.
#[derive(Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Which rule.
    pub rule: RuleIndex,
    /// Where the value stands in the scanned bytes; for a decoded value, where its encoded form stands.
    pub span: Span,
    /// The bytes that decided: as long as they are unchanged, so is the candidate.
    pub window: Span,
    /// The value, decoded.
    pub secret: Secret,
    /// How sure the text makes us.
    pub confidence: Confidence,
    /// How many bytes at the value's start are its provider's public mark.
    pub visible: usize,
    /// Why the engine believes it, in words.
    pub evidence: Evidence,
    /// Further values that belong to it.
    pub parts: Vec<Part>,
    /// Decodings between the scanned bytes and the value, outermost first: `base64`, `gzip`, `utf-16le`.
    pub layers: Vec<&'static str>,
    /// Whether only the name of a service stands for it, and not the form of the value that its rule knows.
    pub guessed: bool,
    /// The name of the known secret whose exact value it is.
    pub known: Option<Arc<str>>,
}

impl fmt::Debug for Candidate {
    /// Without the values.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, span, window, confidence, layers, .. } = self;
        write!(f, "rule {rule} at {span:?} by {window:?}, {confidence}, {layers:?}")
    }
}

/// Reasons in words, for `stanch explain`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence(pub Vec<Cow<'static, str>>);

impl Evidence {
    /// Adds a reason. It must never hold the value.
    pub fn add(&mut self, reason: impl Into<Cow<'static, str>>) {
        self.0.push(reason.into());
    }
}

/// A second value that a composite rule found beside the first.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is: `key id`, `client id`, `host`.
    pub name: String,
    /// Where it stands in the scanned bytes.
    pub span: Span,
    /// Its value.
    pub secret: Secret,
}
