//! Scans what stands behind an encoding, and maps it back to the place where the encoded text stands.

use super::Engine;
use super::engine::{Found, Scratch};
use crate::model::{Candidate, Span};
use crate::text::decode::{self, Budget, Layer};

/// How many encodings may stand inside one another.
const DEPTH: usize = 5;
/// What decides about an encoded run besides itself.
const EDGE: usize = 8;

/// Where to decode: in all `ranges`, of which the part `fresh` has not been seen before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Where<'r> {
    pub(super) ranges: &'r [Span],
    pub(super) fresh: &'r [Span],
}

/// Decodes what touches the ranges and collects the candidates in it. Returns where what was decided need not hold in another
/// text, as [`decode::each`] says.
pub(super) fn find(
    engine: &Engine,
    bytes: &[u8],
    place: Where<'_>,
    budget: &mut Budget,
    scratch: &mut Scratch,
    out: &mut Vec<Candidate>,
) -> Vec<Span> {
    descend(engine, bytes, place, budget, scratch, out, 0)
}

/// Collects the candidates in the text read backwards, and in what is encoded in that.
pub(super) fn find_reversed(engine: &Engine, bytes: &[u8], scratch: &mut Scratch, out: &mut Vec<Candidate>) {
    let layer = decode::reversed(bytes);
    scratch.layers += 1;
    let whole = [Span::new(0, layer.bytes.len())];
    let mut found = Found::default();
    engine.find(&layer.bytes, &whole, scratch, &mut found);
    let whole = Where { ranges: &whole, fresh: &whole };
    engine.find_layers(&layer.bytes, whole, scratch, &mut found.candidates);
    let window = Span::new(0, bytes.len());
    out.extend(found.candidates.into_iter().map(|candidate| lifted(candidate, &layer, window)));
}

fn descend(
    engine: &Engine,
    bytes: &[u8],
    Where { ranges, fresh }: Where<'_>,
    budget: &mut Budget,
    scratch: &mut Scratch,
    out: &mut Vec<Candidate>,
    depth: usize,
) -> Vec<Span> {
    decode::each(bytes, ranges, fresh, budget, &mut |layer, budget| {
        scratch.layers += u64::from(scratch.seen.is_none());
        // Whatever depends on unchanged text alone is found one level up, with all of the text around it.
        let decoded = layer.changed();
        let key = scratch.text_key(&layer.bytes, &decoded, depth);
        if scratch.knows(key) {
            return;
        }
        let whole = [Span::new(0, layer.bytes.len())];
        let mut found = Found::default();
        engine.find(&layer.bytes, &whole, scratch, &mut found);
        found.candidates.retain(|candidate| decoded.touches(candidate.window));
        if depth + 1 < DEPTH && budget.enter() {
            let changed = decoded.widened(EDGE, layer.bytes.len());
            let changed = Where { ranges: &changed, fresh: &changed };
            descend(engine, &layer.bytes, changed, budget, scratch, &mut found.candidates, depth + 1);
            budget.leave();
        }
        if found.candidates.is_empty() && !budget.is_cut() {
            scratch.remember(key);
            return;
        }
        let window = layer.context.widened(EDGE, bytes.len());
        out.extend(found.candidates.into_iter().map(|candidate| lifted(candidate, &layer, window)));
    })
}

/// Moves a candidate from a layer to the text that holds the layer.
fn lifted(mut candidate: Candidate, layer: &Layer, window: Span) -> Candidate {
    candidate.span = layer.original(candidate.span);
    candidate.window = window;
    for part in &mut candidate.parts {
        part.span = layer.original(part.span);
    }
    candidate.layers.insert(0, layer.kind);
    candidate.evidence.add(format!("decoded from {}", layer.kind));
    candidate
}
