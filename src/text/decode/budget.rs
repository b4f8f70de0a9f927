//! How much may be decoded, so that no input can make decoding endless.
//!
//! What does not fit is not decoded, and the budget says so afterwards: nothing is left out in silence.

use crate::model::MemoryBudget;

/// What is left to spend on the decoding of one piece of content.
#[derive(Debug, Clone)]
pub struct Budget {
    bytes: usize,
    layers: usize,
    level: usize,
    depth: usize,
    cut: bool,
}

impl Budget {
    /// How often an encoding inside an encoding is undone.
    const DEPTH: usize = 6;

    /// Enough for any honest content of `len` bytes.
    pub fn new(len: usize) -> Self {
        let free = usize::try_from(MemoryBudget::current().sixteenths(2)).unwrap_or(usize::MAX).min(64 << 20);
        Self::with_limits(len.saturating_mul(4).saturating_add(free), len / 8 + 4096, Self::DEPTH)
    }

    /// At most so many decoded bytes, so many layers, and layers in layers so many levels deep.
    pub fn with_limits(bytes: usize, layers: usize, depth: usize) -> Self {
        Self { bytes, layers, level: 0, depth, cut: false }
    }

    /// Goes one level deeper to look into a layer; says no at the last level. Every yes needs a [`Self::leave`].
    pub fn enter(&mut self) -> bool {
        let deeper = self.level < self.depth;
        self.level += usize::from(deeper);
        deeper
    }

    /// Comes back from a layer.
    pub fn leave(&mut self) {
        self.level = self.level.saturating_sub(1);
    }

    /// How many layers surround what is being looked at.
    pub fn level(&self) -> usize {
        self.level
    }

    /// Says whether something was not decoded for lack of budget. The depth does not count: it always ends in a text.
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// How many bytes may still be decoded.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Says whether a layer of that size can be had; a no is remembered.
    pub(super) fn affords(&mut self, bytes: usize) -> bool {
        let affords = self.layers > 0 && self.bytes >= bytes;
        self.cut |= !affords;
        affords
    }

    /// Pays for a layer, or says that it can't be had.
    pub(super) fn take(&mut self, bytes: usize) -> bool {
        if !self.affords(bytes) {
            return false;
        }
        self.layers -= 1;
        self.bytes -= bytes;
        true
    }

    /// Records that something was left out.
    pub(super) fn cut(&mut self) {
        self.cut = true;
    }
}
