//! Text about things whose names nobody has scanned: what the rules find in it is taken out.

use super::Setup;
use crate::detect::{Engine, Scratch};
use crate::model::{Chunk, Span};
use crate::report::veiled;

/// A name for the log: without what the run's rules find in it, and without what looks like a value.
pub(super) fn logged(setup: &Setup, name: &[u8]) -> String {
    veiled(&redacted(&setup.engine, name, &mut Scratch::default()))
}

/// `text` with three asterisks for everything in it that the rules find: for texts about things whose names nobody has scanned.
pub fn redacted(engine: &Engine, text: &[u8], scratch: &mut Scratch) -> Vec<u8> {
    let found = engine.scan(Chunk::whole(text), scratch);
    let mut masked = Vec::with_capacity(text.len());
    let mut done = 0;
    let mut spans: Vec<Span> = found
        .iter()
        .flat_map(|candidate| std::iter::once(candidate.span).chain(candidate.parts.iter().map(|part| part.span)))
        .collect();
    spans.sort_unstable();
    for span in spans.into_iter().filter(|span| !span.is_empty()) {
        if span.end > done {
            masked.extend_from_slice(&text[done..span.start.max(done)]);
            masked.extend_from_slice(b"***");
            done = span.end;
        }
    }
    masked.extend_from_slice(&text[done..]);
    masked
}
