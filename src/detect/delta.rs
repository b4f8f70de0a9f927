//! Scans only what a delta made new, and carries the base's candidates over.
//!
//! A candidate depends on the bytes of its window alone. If the window lies wholly inside one copied run, the base had
//! the same candidate, and it is inherited at its new place. Every other candidate has a window that touches an
//! insertion or the seam of two copies, so it is found by scanning these with enough margin. Rules with a window wider than
//! the margin are called by the remembered positions of their literals. The result equals a full scan: a property
//! test says so.

#[cfg(test)]
mod tests;

use super::engine::{FarHit, Found};
use super::overlap;
use super::seen::LAYER_MARGIN;
use super::{Engine, Scratch};
#[cfg(test)]
use crate::model::Chunk;
use crate::model::{Candidate, CopyRun, Span};
use crate::rule::MARGIN;

/// What is remembered of a blob while its delta children are visited.
#[derive(Debug, Clone, Default)]
pub struct BlobState {
    /// Sorted by the start of their windows.
    candidates: Vec<Candidate>,
    /// Sorted by place.
    far: Vec<FarHit>,
    len: usize,
    /// Bytes that had to be matched.
    pub matched: usize,
}

impl BlobState {
    /// The blob's candidates, resolved against one another.
    pub fn resolved(&self, engine: &Engine) -> Vec<Candidate> {
        if self.candidates.is_empty() { Vec::new() } else { overlap::resolve(self.candidates.clone(), engine.rules()) }
    }

    fn new(mut found: Found, len: usize, matched: usize) -> Self {
        found.far.sort_unstable();
        found.far.dedup();
        dedup(&mut found.candidates);
        found.candidates.sort_by_key(|candidate| candidate.window.start);
        Self { candidates: found.candidates, far: found.far, len, matched }
    }

    /// Says whether the blob holds no candidate.
    pub fn is_clean(&self) -> bool {
        self.candidates.is_empty()
    }
}

impl Engine {
    /// Scans a whole blob in the way that its delta children can build on.
    pub fn scan_base(&self, bytes: &[u8], scratch: &mut Scratch) -> BlobState {
        let mut found = Found::default();
        self.find_all(bytes, scratch, &mut found);
        BlobState::new(found, bytes.len(), bytes.len())
    }

    /// Scans a blob that `copies` build from the blob of `base`.
    pub fn scan_delta(&self, bytes: &[u8], copies: &[CopyRun], base: &BlobState, scratch: &mut Scratch) -> BlobState {
        if self.reads_backwards() {
            return self.scan_base(bytes, scratch);
        }
        let near = widened(&seams(bytes.len(), copies, base.len), MARGIN, bytes.len());
        let encoded = widened(&near, LAYER_MARGIN - MARGIN, bytes.len());
        let mut found = Found::default();
        self.survey(bytes, &encoded, scratch);
        self.find_new(bytes, &near, scratch, &mut found);
        self.find_whole(bytes, scratch, &mut found);
        let mut cut = Vec::new();
        let is_silent = base.candidates.is_empty() && base.far.is_empty();
        for copy in copies.iter().filter(|_| !is_silent) {
            self.inherit(bytes, *copy, base, scratch, &mut found, &mut cut);
        }
        self.find_new_layers(bytes, (&encoded, cut), scratch, &mut found);
        BlobState::new(found, bytes.len(), near.iter().map(|range| range.len()).sum())
    }

    /// Carries over what lies inside of `copy`. Where the window of a decoded candidate is cut, what is left of it is
    /// added to `encoded`: a layer reaches far around its escapes, and the candidate may still be there.
    fn inherit(
        &self,
        bytes: &[u8],
        copy: CopyRun,
        base: &BlobState,
        scratch: &mut Scratch,
        found: &mut Found,
        encoded: &mut Vec<Span>,
    ) {
        let run = copy.base();
        // At a text's edge a window is cut short: it may only be inherited where the edge is an edge in both texts.
        let cut_start =
            copy.base_start != 0 && copy.target_start == 0 || copy.base_start == 0 && copy.target_start != 0;
        let cut_end = (run.end == base.len) != (copy.target().end == bytes.len());
        let is_inside = |window: Span, run: Span| {
            run.contains(window) && !(cut_start && window.start == run.start) && !(cut_end && window.end == run.end)
        };
        let moved = |span: Span| {
            let shift = |at: usize| at - copy.base_start + copy.target_start;
            Span::new(shift(span.start), shift(span.end))
        };
        let cut = base.candidates.iter().filter(|candidate| {
            !candidate.layers.is_empty() && candidate.window.overlaps(run) && !is_inside(candidate.window, run)
        });
        encoded.extend(cut.map(|candidate| {
            moved(Span::new(candidate.window.start.max(run.start), candidate.window.end.min(run.end)))
        }));
        let from = base.candidates.partition_point(|candidate| candidate.window.start < run.start);
        for candidate in base.candidates[from..].iter().take_while(|candidate| candidate.window.start < run.end) {
            if !is_inside(candidate.window, run) {
                continue;
            }
            let mut candidate = candidate.clone();
            candidate.span = moved(candidate.span);
            candidate.window = moved(candidate.window);
            candidate.parts.iter_mut().for_each(|part| part.span = moved(part.span));
            found.candidates.push(candidate);
        }
        let from = base.far.partition_point(|hit| hit.at < run.start);
        for hit in base.far[from..].iter().take_while(|hit| hit.at < run.end) {
            if !run.contains(self.far_literal(*hit)) {
                continue;
            }
            let hit = FarHit { literal: hit.literal, at: hit.at - copy.base_start + copy.target_start };
            if !is_inside(self.far_window(bytes, hit), copy.target()) {
                self.call_far(bytes, hit, scratch, &mut found.candidates);
            }
            found.far.push(hit);
        }
    }
}

/// The inserted bytes, and one byte on each side of every border between runs; also the text's own edges where a run
/// begins or ends there that does not begin or end the base.
fn seams(len: usize, copies: &[CopyRun], base_len: usize) -> Vec<Span> {
    let mut ranges = Vec::with_capacity(copies.len() + 1);
    let mut end: usize = 0;
    for copy in copies {
        if end > 0 || copy.target_start > 0 || copy.base_start > 0 {
            ranges.push(Span::new(end.saturating_sub(1), (copy.target_start + 1).min(len)));
        }
        end = copy.target_start + copy.len;
    }
    let ends_with_base = copies.last().is_some_and(|copy| copy.base().end == base_len);
    if end < len || !ends_with_base {
        ranges.push(Span::new(end.saturating_sub(1), len));
    }
    ranges
}

/// Widens ranges, which are sorted, and joins them. There are many seams, so they are gone through once.
fn widened(ranges: &[Span], margin: usize, len: usize) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::new();
    for range in ranges.iter().map(|range| range.widened(margin, len)).filter(|range| !range.is_empty()) {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// Drops what was both inherited and found again. The same value under another window stays: it is inherited by itself.
fn dedup(candidates: &mut Vec<Candidate>) {
    candidates.sort_by(|one, other| {
        (one.span, one.rule, one.window, &one.layers).cmp(&(other.span, other.rule, other.window, &other.layers))
    });
    candidates.dedup();
}
