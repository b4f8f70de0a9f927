//! The rules that the build script packed into the binary, each parsed when it is first asked for.
//!
//! A run calls a few dozen of two thousand rules, so nothing may be read at the start that grows with their number.

use std::sync::LazyLock;

use super::compile::{PackedRule, PackedText};
use super::pack::{self, Texts};
use crate::model::RuleIndex;

/// A file that the build script wrote.
macro_rules! packed {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name))
    };
}
pub(crate) use packed;

static RULES: LazyLock<Texts> = LazyLock::new(|| Texts::packed(packed!("rules"), packed!("rules.ends")));
static TEXTS: LazyLock<Texts> = LazyLock::new(|| Texts::packed(packed!("texts"), packed!("texts.ends")));
/// Ids in the order of the alphabet, and the number of the rule that each of them names.
static IDS: LazyLock<Texts> = LazyLock::new(|| Texts::packed(packed!("ids"), packed!("ids.ends")));
static NAMED: &[u8] = packed!("ids.rules");

/// A hash of all built-in rules.
pub const HASH: &[u8] = packed!("rules.hash");

/// How many there are.
pub fn len() -> usize {
    RULES.count()
}

/// The deciding half of the rule at `index`.
pub fn rule(index: usize) -> PackedRule {
    serde_json::from_slice(RULES.get(index)).expect("invariant: the build script wrote valid rules")
}

/// What people are told about the rule at `index`.
pub fn text(index: usize) -> PackedText {
    serde_json::from_slice(TEXTS.get(index)).expect("invariant: the build script wrote valid texts")
}

/// The index of the rule with this id.
pub fn find(id: &str) -> Option<RuleIndex> {
    let (mut low, mut high) = (0, IDS.count());
    while low < high {
        let middle = low.midpoint(high);
        match IDS.get(middle).cmp(id.as_bytes()) {
            std::cmp::Ordering::Less => low = middle + 1,
            std::cmp::Ordering::Greater => high = middle,
            std::cmp::Ordering::Equal => return Some(pack::number(NAMED, middle) as RuleIndex),
        }
    }
    None
}
