//! Two axes that must not be mixed: how bad a leak is, and how sure we are that it is one.

use std::fmt;
use std::str::FromStr;

/// How bad a leak of the secret is, if it is real. Severity sets the deadline for rotation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Minimal impact: rotate within 7 days.
    Low,
    /// Limited impact: rotate within 24 hours.
    Medium,
    /// Significant operational impact: rotate within 4 hours.
    High,
    /// Immediate financial or authentication impact: rotate within 1 hour.
    Critical,
}

/// How sure the text alone makes us that the finding is a live secret's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Worth a look in a review; too often wrong to block anybody.
    Low,
    /// Name, value and place agree.
    Medium,
    /// The token carries its provider's own mark.
    High,
    /// Proven: a checksum, a decoded structure, or the known value itself.
    Certain,
}

/// The word is none of the allowed ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not one of {allowed}")]
pub struct UnknownWord {
    word: String,
    allowed: &'static str,
}

macro_rules! words {
    ($type:ident, $allowed:literal, $($variant:ident = $word:literal),+) => {
        impl $type {
            /// Every value, lowest first.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word for it, in lower case.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word.to_ascii_lowercase().as_str() {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord { word: word.to_owned(), allowed: $allowed }),
                }
            }
        }
    };
}

words!(Severity, "critical, high, medium, low", Low = "low", Medium = "medium", High = "high", Critical = "critical");
words!(Confidence, "certain, high, medium, low", Low = "low", Medium = "medium", High = "high", Certain = "certain");

impl Confidence {
    /// One step less sure.
    pub fn lowered(self) -> Self {
        match self {
            Self::Certain => Self::High,
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }
}
