//! A bypass of push protection: somebody says why a push must go through, in GitHub's three words.
//!
//! It excuses one push and is written down; it must never excuse a banned file unless the policy says so, nor a change of the
//! policy itself.

use std::fmt;
use std::str::FromStr;

/// Why a push is let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BypassReason {
    /// "It's used in tests."
    UsedInTests,
    /// "It's a false positive."
    FalsePositive,
    /// "I'll fix it later."
    WillFixLater,
}

/// A bypass that the policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bypass {
    /// Why.
    pub reason: BypassReason,
    /// Whether it extends to banned files.
    pub env_files: bool,
}

impl BypassReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::UsedInTests, Self::FalsePositive, Self::WillFixLater];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UsedInTests => "used-in-tests",
            Self::FalsePositive => "false-positive",
            Self::WillFixLater => "will-fix-later",
        }
    }
}

impl fmt::Display for BypassReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for BypassReason {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // GitHub's interfaces write underscores.
        let word = text.replace('_', "-");
        Self::ALL.into_iter().find(|reason| reason.as_str() == word).ok_or_else(|| {
            format!(
                "`{}` is no reason; there are used-in-tests, false-positive and will-fix-later",
                text.escape_debug()
            )
        })
    }
}
