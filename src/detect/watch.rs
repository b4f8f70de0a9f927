//! Who is called when a literal is seen.
//!
//! For the built-in rules the build script has written it down, so that nothing is gathered at the start; a team's own
//! rules and the hand-written detectors are added at run time. It also compiles into the build script.

use super::pack::{self, Texts};

/// One of those that are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watcher {
    /// A rule; `far` says that it may look further than the margin of a partial scan.
    Rule {
        /// Which one.
        index: u32,
        /// Whether its window is wide.
        far: bool,
    },
    /// A keyword of the generic detector.
    Generic(usize),
    /// A literal of a shape.
    Shape(usize),
    /// A prefix or a word of what is public by nature.
    Public(usize),
}

impl Watcher {
    fn code(self) -> u32 {
        match self {
            Self::Rule { index, far } => index << 3 | u32::from(far),
            Self::Generic(keyword) => (keyword as u32) << 3 | 2,
            Self::Shape(keyword) => (keyword as u32) << 3 | 4,
            Self::Public(word) => (word as u32) << 3 | 6,
        }
    }

    #[inline]
    fn of(code: u32) -> Self {
        match code & 7 {
            2 => Self::Generic((code >> 3) as usize),
            4 => Self::Shape((code >> 3) as usize),
            6 => Self::Public((code >> 3) as usize),
            far => Self::Rule { index: code >> 3, far: far == 1 },
        }
    }
}

/// For each literal of a list, those who are called.
#[derive(Debug, Default)]
pub struct Watchers(Texts);

impl Watchers {
    /// Reads what was written into the binary.
    pub fn packed(texts: Texts) -> Self {
        Self(texts)
    }

    /// Sorts literals, each once, and notes who watches for them.
    pub fn gather(mut watched: Vec<(Vec<u8>, Watcher)>) -> (Texts, Self) {
        watched.sort_by(|one, other| one.0.cmp(&other.0));
        let groups: Vec<&[(Vec<u8>, Watcher)]> = watched.chunk_by(|one, other| one.0 == other.0).collect();
        let literals = Texts::of(groups.iter().map(|group| &group[0].0));
        let watchers = Texts::of(groups.iter().map(|group| {
            let mut codes: Vec<u32> = group.iter().map(|(_, watcher)| watcher.code()).collect();
            codes.dedup();
            pack::numbers(codes)
        }));
        (literals, Self(watchers))
    }

    /// Those who watch for the literal at `index`.
    #[inline]
    pub fn of(&self, index: usize) -> impl Iterator<Item = Watcher> {
        let codes = self.0.get(index);
        (0..codes.len() / 4).map(|at| Watcher::of(pack::number(codes, at)))
    }

    /// The list itself, for the binary to hold.
    pub fn texts(&self) -> &Texts {
        &self.0
    }
}
