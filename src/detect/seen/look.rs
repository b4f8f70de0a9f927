//! Looks only at what is new in a text.
//!
//! Only contents are looked up: of messages and names, each is written once.

use super::survey::Purpose;
use crate::detect::Engine;
use crate::detect::engine::{FarHit, Found, Scratch};
use crate::detect::layer::Where;
use crate::model::{Candidate, Scope, Span};
use crate::rule::MARGIN;
use crate::text::decode;

/// How far from a change an escape can matter: a rule's window on both sides of its literal.
pub(in crate::detect) const LAYER_MARGIN: usize = 2 * MARGIN + 64;

const _: () = assert!(LAYER_MARGIN > decode::REACH);

impl Engine {
    /// Takes the survey that the searches of `ranges` below go by; what they look at must lie in them.
    pub(in crate::detect) fn survey(&self, bytes: &[u8], ranges: &[Span], scratch: &mut Scratch) {
        if let Some(seen) = scratch.seen.as_ref().filter(|_| scratch.is_content) {
            scratch.survey.take(seen, bytes, ranges, LAYER_MARGIN);
            scratch.survey.ask(seen, ranges, Purpose::All);
        }
    }

    /// Finds what the plain text of `ranges` holds, of which a survey was taken.
    pub(in crate::detect) fn find_new(&self, bytes: &[u8], ranges: &[Span], scratch: &mut Scratch, found: &mut Found) {
        let Some(seen) = scratch.seen.clone().filter(|_| scratch.is_content) else {
            self.find(bytes, ranges, scratch, found);
            return;
        };
        scratch.survey.ask(&seen, ranges, Purpose::Plain);
        let new = scratch.survey.new_pieces(Purpose::Plain);
        let known = (found.candidates.len(), found.far.len());
        self.find_plain(bytes, &new, scratch, found);
        scratch.survey.remember(
            &seen,
            Purpose::Plain,
            &telling(&found.candidates[known.0..], &found.far[known.1..], []),
        );
        self.find_given(bytes, ranges, scratch, &mut found.candidates);
    }

    /// Finds what stands in decoded layers that touch `ranges`, of which a survey was taken, or `more`. All that the plain text
    /// holds must have been found.
    pub(in crate::detect) fn find_new_layers(
        &self,
        bytes: &[u8],
        (ranges, more): (&[Span], Vec<Span>),
        scratch: &mut Scratch,
        found: &mut Found,
    ) {
        let joined = |one: &[Span], other: &[Span]| match Scope::from_ranges([one, other].concat()) {
            Scope::Ranges(ranges) => ranges,
            Scope::All => Vec::new(),
        };
        let all = joined(ranges, &more);
        let Some(seen) = scratch.seen.clone().filter(|_| scratch.is_content) else {
            self.find_layers(bytes, Where { ranges: &all, fresh: &all }, scratch, &mut found.candidates);
            return;
        };
        let new = joined(&scratch.survey.new_pieces(Purpose::All), &more);
        let long = self.find_layers(bytes, Where { ranges: &all, fresh: &new }, scratch, &mut found.candidates);
        let long = long.into_iter().map(|structure| structure.widened(LAYER_MARGIN, bytes.len()));
        scratch.survey.remember(&seen, Purpose::All, &telling(&found.candidates, &found.far, long));
    }
}

/// Where something was found, or would be in another text.
fn telling(candidates: &[Candidate], far: &[FarHit], more: impl IntoIterator<Item = Span>) -> Scope {
    let windows = candidates.iter().map(|candidate| candidate.window);
    // Literals of rules that look further than pieces tell must be met again.
    let far = far.iter().map(|hit| Span::new(hit.at, hit.at + 1));
    Scope::from_ranges(windows.chain(far).chain(more).collect())
}
