//! Stub.
use crate::model::{Confidence, Span};
use std::borrow::Cow;
/// A raw match.
pub struct Hit {
    pub rule: &'static str,
    pub span: Span,
    pub window: Span,
    pub confidence: Confidence,
    pub value: Option<Vec<u8>>,
    pub reasons: Vec<Cow<'static, str>>,
    pub visible: usize,
}
pub const KEYWORDS: &[&str] = &[];
pub const RULES: &[&str] = &[];
pub fn at(_text: &[u8], _hit: usize, _keyword: usize, _out: &mut Vec<Hit>) {}
