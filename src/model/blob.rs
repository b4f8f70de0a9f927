//! What the engine is given: bytes, and which of them matter.
//!
//! A *scope* is one idea used three times: the added lines of a staged blob, the inserted bytes of a pack delta and
//! the windows around prefilter hits are all sets of byte ranges that a candidate must touch. It must never be used
//! to hide bytes from the decision about a candidate: the whole chunk is always there to be looked at.

use super::location::Span;

/// The byte ranges of a chunk that a candidate must touch to count.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// Every byte counts.
    #[default]
    All,
    /// Only these ranges count: sorted, disjoint, not empty.
    Ranges(Vec<Span>),
}

impl Scope {
    /// Builds a scope from ranges in any order; overlapping and touching ranges are joined, empty ones dropped.
    pub fn from_ranges(mut ranges: Vec<Span>) -> Self {
        ranges.retain(|range| !range.is_empty());
        if !ranges.is_sorted() {
            ranges.sort_unstable();
        }
        ranges.dedup_by(|range, last| {
            let touches = range.start <= last.end;
            if touches {
                last.end = last.end.max(range.end);
            }
            touches
        });
        Self::Ranges(ranges)
    }

    /// Says whether `span` shares at least one byte with the scope. An empty span touches what surrounds it.
    pub fn touches(&self, span: Span) -> bool {
        match self {
            Self::All => true,
            Self::Ranges(ranges) => {
                let first = ranges.partition_point(|range| range.end <= span.start);
                ranges.get(first).is_some_and(|range| range.start < span.end.max(span.start + 1))
            }
        }
    }

    /// Says whether nothing can touch the scope.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Ranges(ranges) if ranges.is_empty())
    }

    /// Returns the scope widened by `margin` bytes on both sides, cut at `len`.
    pub fn widened(&self, margin: usize, len: usize) -> Vec<Span> {
        match self {
            Self::All => vec![Span::new(0, len)],
            Self::Ranges(ranges) => {
                let wide = ranges.iter().map(|range| range.widened(margin, len)).collect();
                match Self::from_ranges(wide) {
                    Self::Ranges(ranges) => ranges,
                    Self::All => vec![Span::new(0, len)],
                }
            }
        }
    }
}

/// A run of a blob that its delta copies from the delta's base, byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CopyRun {
    /// Where the run stands in the blob.
    pub target_start: usize,
    /// Where it stands in the base.
    pub base_start: usize,
    /// Number of bytes.
    pub len: usize,
}

impl CopyRun {
    /// The run's bytes in the blob.
    pub fn target(self) -> Span {
        Span::new(self.target_start, self.target_start + self.len)
    }

    /// The run's bytes in the base.
    pub fn base(self) -> Span {
        Span::new(self.base_start, self.base_start + self.len)
    }
}

/// Bytes to be scanned, and the part of them that counts.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    /// The whole content.
    pub bytes: &'a [u8],
    /// What a candidate must touch.
    pub scope: &'a Scope,
}

impl<'a> Chunk<'a> {
    /// Wraps content of which every byte counts.
    pub fn whole(bytes: &'a [u8]) -> Self {
        Self { bytes, scope: &Scope::All }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_joined_and_touched_at_their_edges_only() {
        let scope = Scope::from_ranges(vec![Span::new(10, 20), Span::new(0, 0), Span::new(20, 25), Span::new(40, 41)]);
        assert_eq!(scope, Scope::Ranges(vec![Span::new(10, 25), Span::new(40, 41)]));
        for (span, expected) in
            [((0, 10), false), ((9, 11), true), ((24, 30), true), ((25, 40), false), ((41, 50), false)]
        {
            assert_eq!(scope.touches(Span::new(span.0, span.1)), expected, "{span:?}");
        }
    }
}
