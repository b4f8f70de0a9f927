//! The answer of a check that needs nothing but the value itself.

/// What a value's own structure says about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proof {
    /// A checksum agrees or a structure decodes that random text would not have: the value is what it claims to be.
    Passed,
    /// The value cannot be what it claims to be.
    Failed,
    /// Well formed, but the form proves nothing; or a variant of which no checksum is known.
    NotApplicable,
}

impl Proof {
    /// `Passed` or `Failed`.
    pub fn of(holds: bool) -> Self {
        if holds { Self::Passed } else { Self::Failed }
    }

    /// `Passed`, or nothing said: for a checksum whose absence means nothing.
    pub fn only_passes(holds: bool) -> Self {
        if holds { Self::Passed } else { Self::NotApplicable }
    }

    /// `Failed`, or nothing said: for a form that everything could have by chance.
    pub fn only_fails(well_formed: bool) -> Self {
        if well_formed { Self::NotApplicable } else { Self::Failed }
    }
}
