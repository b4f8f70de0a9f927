//! Who is called when a literal is seen.
//!
//! For the built-in rules and the hand-written detectors the build script has written it down, so that nothing is gathered at
//! the start; a team's own rules and prefixes are added at run time. It also compiles into the build script.

use super::byte_set::ByteSet;
use super::compile::{Matcher, Trigger};
use super::pack::{self, Texts};
use super::table::Place;

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
    /// The name of a service; the rule that describes its keys.
    Service(u32),
}

/// A literal that somebody watches for.
#[derive(Debug, Clone)]
pub struct Watched {
    /// In lower case.
    pub literal: Vec<u8>,
    /// Where it counts.
    pub place: Place,
    /// Who.
    pub watcher: Watcher,
}

impl Watched {
    /// A keyword of a hand-written detector, which counts anywhere; a word of two letters only where it begins, for a literal of
    /// three bytes costs a gram for each byte beside it.
    fn keyword(keyword: &str, watcher: Watcher) -> Self {
        let literal = keyword.as_bytes();
        let begins = matches!(literal, [first, _, last]
            if first.is_ascii_alphanumeric() && !last.is_ascii_alphanumeric());
        Self { literal: literal.to_vec(), place: Place { begins, ..Place::ANY }, watcher }
    }

    /// The keywords of a detector, each by its number.
    pub fn keywords<'a>(
        keywords: impl IntoIterator<Item = &'a str>,
        watcher: fn(usize) -> Watcher,
    ) -> impl Iterator<Item = Self> {
        let numbered = keywords.into_iter().enumerate();
        numbered.map(move |(at, keyword)| Self::keyword(&keyword.to_ascii_lowercase(), watcher(at)))
    }

    /// The name of a service, which counts where a word begins.
    pub fn service(name: &str, rule: u32) -> Self {
        let place = Place { begins: begins_as_word(name.as_bytes()), ..Place::ANY };
        Self { literal: name.as_bytes().to_vec(), place, watcher: Watcher::Service(rule) }
    }

    /// The literals of a rule.
    pub fn of_rule(index: u32, matcher: &Matcher) -> impl Iterator<Item = Self> {
        let watcher = Watcher::Rule { index, far: matcher.is_far() };
        let followers = matcher.followers.iter().copied().chain(std::iter::repeat(ByteSet::ALL));
        matcher.literals.iter().zip(followers).map(move |(literal, after)| {
            let literal = literal.clone().into_bytes();
            let begins = match matcher.trigger {
                Trigger::Prefix => matcher.bounded && begins_as_word(&literal),
                Trigger::Assign => begins_as_word(&literal),
                _ => false,
            };
            Self { literal, place: Place { begins, before: ByteSet::ALL, after }, watcher }
        })
    }
}

fn begins_as_word(literal: &[u8]) -> bool {
    literal.first().is_some_and(u8::is_ascii_alphanumeric)
}

impl Watcher {
    fn code(self) -> u32 {
        match self {
            Self::Rule { index, far } => index << 3 | u32::from(far),
            Self::Generic(keyword) => (keyword as u32) << 3 | 2,
            Self::Shape(keyword) => (keyword as u32) << 3 | 4,
            Self::Public(word) => (word as u32) << 3 | 6,
            Self::Service(index) => index << 3 | 3,
        }
    }

    #[inline]
    fn of(code: u32) -> Self {
        match code & 7 {
            2 => Self::Generic((code >> 3) as usize),
            4 => Self::Shape((code >> 3) as usize),
            6 => Self::Public((code >> 3) as usize),
            3 => Self::Service(code >> 3),
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

    /// Sorts literals, each once with all places where it counts, and notes who watches for them.
    pub fn gather(mut watched: Vec<Watched>) -> (Texts, Vec<Place>, Self) {
        watched.sort_by(|one, other| one.literal.cmp(&other.literal));
        let groups: Vec<&[Watched]> = watched.chunk_by(|one, other| one.literal == other.literal).collect();
        let literals = Texts::of(groups.iter().map(|group| &group[0].literal));
        let union = |group: &&[Watched]| group[1..].iter().fold(group[0].place, |place, one| place.union(one.place));
        let places = groups.iter().map(union).collect();
        let watchers = Texts::of(groups.iter().map(|group| {
            let mut codes: Vec<u32> = group.iter().map(|one| one.watcher.code()).collect();
            codes.dedup();
            pack::numbers(codes)
        }));
        (literals, places, Self(watchers))
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
