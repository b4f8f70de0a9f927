//! What was not read, and why. A notice travels into every report: nothing is skipped in silence.

use bstr::BString;

/// One thing that was passed over, failed or deserves a word.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// What kind.
    pub kind: NoticeKind,
    /// Which file, object or ref.
    pub subject: BString,
    /// What happened, a sentence without a full stop. Never a value.
    pub detail: String,
}

/// The kinds of notices, and what they mean for the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// Could not be read at all: the run is incomplete.
    Unreadable,
    /// Is missing from the object database: the run is incomplete.
    Missing,
    /// History ends here although it was asked for: the run is incomplete.
    Shallow,
    /// A limit cut it: the run is incomplete.
    Limit,
    /// An archive or encoding that is damaged or encrypted: the run is incomplete.
    Damaged,
    /// Nothing was there although something was asked for: the run is incomplete.
    Empty,
    /// By its nature nothing to read (FIFO, socket, device, submodule or LFS pointer): named, not a failure.
    Skipped,
    /// Something in the configuration that has no effect or is about to expire.
    Warning,
}

impl NoticeKind {
    const ALL: [Self; 8] = [
        Self::Unreadable,
        Self::Missing,
        Self::Shallow,
        Self::Limit,
        Self::Damaged,
        Self::Empty,
        Self::Skipped,
        Self::Warning,
    ];

    /// The kind that a word of [`Self::as_str`] stands for.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Says whether it makes a run incomplete.
    pub fn is_incomplete(self) -> bool {
        !matches!(self, Self::Skipped | Self::Warning)
    }

    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Missing => "missing",
            Self::Shallow => "shallow",
            Self::Limit => "limit",
            Self::Damaged => "damaged",
            Self::Empty => "empty",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
        }
    }
}

impl Notice {
    /// Makes a notice.
    pub fn new(kind: NoticeKind, subject: impl Into<BString>, detail: impl Into<String>) -> Self {
        Self { kind, subject: subject.into(), detail: detail.into() }
    }
}
