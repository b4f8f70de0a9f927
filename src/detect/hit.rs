//! What the hand-written detectors report, before it becomes a candidate.

use std::borrow::Cow;

use crate::model::{Confidence, Secret, Span};

/// A value that a hand-written detector believes in.
pub struct Hit {
    /// Id of the rule that describes it.
    pub rule: &'static str,
    /// Where the value stands.
    pub span: Span,
    /// The bytes that decided.
    pub window: Span,
    /// How sure.
    pub confidence: Confidence,
    /// The value, where it differs from the bytes of its span.
    pub value: Option<Secret>,
    /// Why, in words that never hold the value.
    pub reasons: Vec<Cow<'static, str>>,
    /// How many bytes at the value's start are a public mark.
    pub visible: usize,
}
