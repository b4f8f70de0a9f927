//! Finds encoded runs in bytes and decodes them, keeping a way back to the original bytes.
//!
//! Whether a run is decoded depends on the run itself and a few bytes around it, never on the rest of the content: a
//! change elsewhere can't hide it, and looking only around some ranges finds what looking everywhere finds there.
//! The search passes over every byte of gigabytes of source code: it must never do more for a byte than classify it,
//! unless the bytes beside it promise an encoding. What is decoded is bounded by a [`Budget`].
//!
//! One call undoes one level. The caller looks into a layer the way it looked into its parent:
//!
//! ```
//! use stanch::model::Span;
//! use stanch::text::decode::{Budget, layers};
//!
//! let text = b"key: Z3JlZW4gZWdncyBhbmQgaGFt";
//! let mut found = Vec::new();
//! layers(text, &[Span::new(0, text.len())], &mut Budget::new(text.len()), &mut found);
//! assert_eq!(found[0].bytes, b"green eggs and ham");
//! assert_eq!(found[0].original(Span::new(0, 5)), Span::new(5, 13));
//! ```

mod base32;
mod base64;
mod budget;
mod entity;
mod escape;
mod hex;
mod inflate;
mod list;
mod literal;
mod look;
mod map;
mod numbers;
mod percent;
mod quoted;
mod rewrite;
mod scan;
mod unseen;
mod wide;

pub use budget::Budget;
pub use map::SpanMap;

use crate::model::{Scope, Span};

/// A decoded text.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The encoding that was undone: `base64`, `hex`, `gzip`, `utf-16le`, `joined`, …
    pub kind: &'static str,
    /// The text.
    pub bytes: Vec<u8>,
    /// The encoded run in the parent.
    pub span: Span,
    /// What decides in the parent whether the run is decoded, and as what.
    pub context: Span,
    map: SpanMap,
}

impl Layer {
    /// Where in the parent a part of the text is encoded.
    pub fn original(&self, span: Span) -> Span {
        self.map.original(span)
    }

    /// The parts of the text that are not, byte for byte, in the parent. A match that touches none of them can be
    /// found in the parent as well; only these need a look for further encodings.
    pub fn changed(&self) -> Scope {
        self.map.changed(self.bytes.len())
    }
}

/// Decodes every run that touches one of `ranges`, which must be sorted and disjoint; adds the results to `out`.
///
/// Very long runs come in several layers that overlap by some kilobytes, to bound their memory.
pub fn layers(bytes: &[u8], ranges: &[Span], budget: &mut Budget, out: &mut Vec<Layer>) {
    each(bytes, ranges, ranges, budget, &mut |layer, _| out.push(layer));
}

/// Like [`layers`], but hands over each layer as soon as it is made, so that only one of them need be in memory.
///
/// Of `ranges` only the part `fresh` is new, where the caller has seen all others together with [`REACH`] bytes on both sides.
/// Returns where structures stand that are longer than that permits: what was decided there need not hold elsewhere.
pub fn each(
    bytes: &[u8],
    ranges: &[Span],
    fresh: &[Span],
    budget: &mut Budget,
    sink: &mut dyn FnMut(Layer, &mut Budget),
) -> Vec<Span> {
    if budget.level() > 0 {
        inflate::layers(bytes, budget, sink);
    }
    inflate::embedded(bytes, ranges, budget, sink);
    let mut output = Output { budget, sink, long: Vec::new() };
    // A list may be joined far from where it stands.
    for range in joined(ranges, bytes.len(), rewrite::REACH) {
        list::layers(bytes, range, &mut output);
    }
    let mut followed = wide::Followed::default();
    let (mut runs, mut digits, mut seen) = (base64::Runs::default(), hex::Runs::default(), 0);
    let mut lists = numbers::Lists::default();
    let gap = if ranges == fresh { rewrite::REACH } else { LONG };
    for range in joined(fresh, bytes.len(), gap) {
        wide::layers(bytes, range, &mut followed, &mut output);
        let mut clusters = rewrite::Clusters::new(range, bytes.len());
        let range = clusters.range();
        runs.enter(range);
        scan::walk(bytes, range, &mut |event| match event {
            scan::Event::Run(run) if run.start < seen => {}
            scan::Event::Run(run) => {
                seen = run.end;
                base64::chain(bytes, run, &mut output);
                digits.run(bytes, run, &mut output);
                base32::run(bytes, run, &mut output);
                runs.run(bytes, run, &mut output);
            }
            scan::Event::Mark(at) => clusters.mark(bytes, at, &mut output),
        });
        unseen::marks(bytes, range, &mut clusters, &mut output);
        clusters.finish(bytes, &mut output);
        lists.layers(bytes, range, &mut output);
    }
    if output.budget.is_cut() {
        output.long.push(Span::new(0, bytes.len()));
    }
    output.long
}

/// What decides whether and as what something is decoded stands within so many bytes, unless it is a long structure itself.
pub const REACH: usize = 1024;
/// Longer structures are long.
const LONG: usize = 512;

/// The text read backwards, for when somebody asks for it: nothing in a text says that it is reversed.
pub fn reversed(bytes: &[u8]) -> Layer {
    Layer {
        kind: "reversed",
        bytes: bytes.iter().rev().copied().collect(),
        span: Span::new(0, bytes.len()),
        context: Span::new(0, bytes.len()),
        map: SpanMap::reversed(bytes.len()),
    }
}

/// Where decoders put what they decoded.
struct Output<'a, 'b> {
    budget: &'a mut Budget,
    sink: &'a mut (dyn FnMut(Layer, &mut Budget) + 'b),
    long: Vec<Span>,
}

impl Output<'_, '_> {
    /// Says whether a layer of `len` bytes can be had.
    fn affords(&mut self, len: usize) -> bool {
        self.budget.affords(len)
    }

    /// Tells of a structure whose end and beginning are not both seen from everywhere in it.
    fn tell(&mut self, structure: Span) {
        if structure.len() > LONG {
            self.long.push(structure);
        }
    }

    /// Passes on a layer, unless the budget is used up.
    fn push(&mut self, layer: Layer) {
        self.tell(Span::new(layer.span.start.min(layer.context.start), layer.span.end.max(layer.context.end)));
        if self.budget.take(layer.bytes.len() + layer.map.weight()) {
            (self.sink)(layer, self.budget);
        }
    }
}

/// Ranges that lie no more than `gap` bytes apart become one.
fn joined(ranges: &[Span], len: usize, gap: usize) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(ranges.len().min(64));
    for range in ranges.iter().map(|range| Span::new(range.start.min(len), range.end.min(len))) {
        match joined.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(gap) => last.end = last.end.max(range.end),
            _ if range.is_empty() => {}
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests;
