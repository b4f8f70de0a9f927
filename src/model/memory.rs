//! How much memory a run may take, and how those who need much of it share it.
//!
//! Memory is the process's: one number, set once before anything is read, that every reader of contents asks for its part.
//! Each part's limit alone fits into it, and so do those that are used at the same time. What a limit cuts is a notice,
//! never silence. It must never be set by what is scanned.

use std::str::FromStr;
use std::sync::OnceLock;

static BUDGET: OnceLock<MemoryBudget> = OnceLock::new();

/// The memory that contents may take, in bytes; what git's packs map and the rules themselves take comes on top.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryBudget(u64);

/// A size is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no size of 64M or more; write 256M or 1G")]
pub struct UnknownSize(String);

impl MemoryBudget {
    /// What a run takes unless it is told otherwise.
    pub const DEFAULT: Self = Self(512 << 20);
    /// Below this, ordinary contents would be cut.
    const LEAST: u64 = 64 << 20;

    /// Sets the process's budget; says no when it was set before.
    pub fn set(self) -> bool {
        BUDGET.set(self).is_ok()
    }

    /// The process's budget.
    pub fn current() -> Self {
        BUDGET.get().copied().unwrap_or(Self::DEFAULT)
    }

    /// So many sixteenths of it.
    pub fn sixteenths(self, count: u64) -> u64 {
        self.0 / 16 * count
    }
}

impl FromStr for MemoryBudget {
    type Err = UnknownSize;

    /// Bytes, or a number with K, M or G, of which each is 1024 of the one before.
    fn from_str(text: &str) -> Result<Self, UnknownSize> {
        let unknown = || UnknownSize(text.chars().take(20).collect());
        let upper = text.trim().to_ascii_uppercase();
        let plain = upper.trim_end_matches('B').trim_end_matches('I');
        let (digits, shift) = match plain.char_indices().last() {
            Some((at, 'K')) => (&plain[..at], 10),
            Some((at, 'M')) => (&plain[..at], 20),
            Some((at, 'G')) => (&plain[..at], 30),
            _ => (plain, 0),
        };
        let count: u64 = digits.trim().parse().map_err(|_| unknown())?;
        let bytes = count.checked_mul(1 << shift).filter(|bytes| *bytes >= Self::LEAST).ok_or_else(unknown)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, expected) in [
            ("64M", Some(64 << 20)),
            ("64MiB", Some(64 << 20)),
            ("1g", Some(1 << 30)),
            ("100000 K", Some(102_400_000)),
            ("67108864", Some(64 << 20)),
            ("63M", None),
            ("0", None),
            ("-1G", None),
            ("", None),
            ("G", None),
            ("99999999999G", None),
        ] {
            assert_eq!(text.parse::<MemoryBudget>().ok(), expected.map(MemoryBudget), "{text}");
        }
    }
}
