//! Looks only at what is new in a text.
//!
//! Only contents are looked up: of messages and names, each is written once.

use super::survey::Reach;
use crate::detect::Engine;
use crate::detect::engine::{Found, Scratch};
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
        }
    }

    /// Finds what the plain text of `ranges` holds, of which a survey was taken.
    pub(in crate::detect) fn find_new(&self, bytes: &[u8], ranges: &[Span], scratch: &mut Scratch, found: &mut Found) {
        let Some(seen) = scratch.seen.clone().filter(|_| scratch.is_content) else {
            self.find(bytes, ranges, scratch, found);
            return;
        };
        let reach = Reach { bytes: MARGIN, purpose: 0 };
        let fresh = scratch.survey.fresh(&seen, ranges, reach);
        let known = (found.candidates.len(), found.far.len());
        self.find_plain(bytes, &fresh, scratch, found);
        let windows = found.candidates[known.0..].iter().map(|candidate| candidate.window);
        // Literals of rules that look further than this must be met again.
        let far = found.far[known.1..].iter().map(|hit| Span::new(hit.at, hit.at + 1));
        scratch.survey.remember(&seen, &Scope::from_ranges(windows.chain(far).collect()));
        self.find_given(bytes, ranges, scratch, &mut found.candidates);
    }

    /// Finds what stands in decoded layers that touch `ranges`, of which a survey was taken, or `more`.
    pub(in crate::detect) fn find_new_layers(
        &self,
        bytes: &[u8],
        (ranges, more): (&[Span], Vec<Span>),
        scratch: &mut Scratch,
        out: &mut Vec<Candidate>,
    ) {
        let joined = |one: &[Span], other: &[Span]| match Scope::from_ranges([one, other].concat()) {
            Scope::Ranges(ranges) => ranges,
            Scope::All => Vec::new(),
        };
        let all = joined(ranges, &more);
        let Some(seen) = scratch.seen.clone().filter(|_| scratch.is_content) else {
            self.find_layers(bytes, Where { ranges: &all, fresh: &all }, scratch, out);
            return;
        };
        let reach = Reach { bytes: LAYER_MARGIN, purpose: 1 };
        let fresh = joined(&scratch.survey.fresh(&seen, ranges, reach), &more);
        let known = out.len();
        let long = self.find_layers(bytes, Where { ranges: &all, fresh: &fresh }, scratch, out);
        let long = long.into_iter().map(|structure| structure.widened(LAYER_MARGIN, bytes.len()));
        let windows = out[known..].iter().map(|candidate| candidate.window);
        scratch.survey.remember(&seen, &Scope::from_ranges(windows.chain(long).collect()));
    }
}
