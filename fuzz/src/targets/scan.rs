//! The engine over any bytes: the prefilter misses no literal of any rule, and parts find together what the whole finds.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;
use stanch::detect::prefilter::{Part, Places, Prefilter};
use stanch::detect::{Engine, Scratch};
use stanch::model::{Chunk, Scope, Span};
use stanch::policy::Policy;
use stanch::rule::RuleSet;
use stanch::rule::pack::Texts;

/// The built-in rules, and all names that are public by nature.
pub static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::with_names(Arc::new(RuleSet::embedded()), Arc::new(Policy::default().public)));

/// What a worker keeps from one text to the next: regexes are slow to prepare.
pub fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    thread_local! {
        static SCRATCH: RefCell<Scratch> = RefCell::default();
    }
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.is_content = true;
        work(scratch)
    })
}

/// The literals of all rules, lower case.
static LITERALS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rules = RuleSet::embedded();
    let all = rules.iter().flat_map(|(_, signature)| signature.matcher.literals.clone());
    let lower: BTreeSet<String> = all.map(|literal| literal.to_ascii_lowercase()).collect();
    lower.into_iter().filter(|literal| literal.len() >= 3).collect()
});

static PREFILTER: LazyLock<Prefilter> = LazyLock::new(|| {
    let literals: Vec<&str> = LITERALS.iter().map(String::as_str).collect();
    let (ready, added) = literals.split_at(literals.len() / 2);
    Prefilter::new(Part::of(Texts::of(ready), &[]), Part::of(Texts::of(added), &[]))
});

/// Finds the same literals in another way.
static AUTOMATON: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder().ascii_case_insensitive(true).build(&*LITERALS).expect("literals make an automaton")
});

/// Runs it; the first byte decides where the text is cut.
pub fn run(data: &[u8]) {
    let Some((&cut, text)) = data.split_first() else { return };
    let mut hits = Vec::new();
    PREFILTER
        .scan(text, Span::new(0, text.len()), &mut Places::default(), |literal, at| hits.push((literal as usize, at)));
    let hits: BTreeSet<(usize, usize)> = hits.into_iter().collect();
    for found in AUTOMATON.find_overlapping_iter(text) {
        let (index, at) = (found.pattern().as_usize(), found.start());
        assert!(hits.contains(&(index, at)), "the prefilter misses {} at {at}", LITERALS[index]);
    }
    let told = |scope: &Scope| {
        let found = with_scratch(|scratch| ENGINE.scan(Chunk { bytes: text, scope }, scratch));
        for one in &found {
            assert!(one.span.end <= text.len() && one.window.end <= text.len());
            assert!(one.parts.iter().all(|part| part.span.end <= text.len()));
        }
        found.into_iter().map(|one| (one.span, one.rule, one.layers, one.confidence)).collect::<BTreeSet<_>>()
    };
    let whole = told(&Scope::All);
    let at = text.len() * usize::from(cut) / 255;
    let mut parts = told(&Scope::from_ranges(vec![Span::new(0, at)]));
    parts.extend(told(&Scope::from_ranges(vec![Span::new(at, text.len())])));
    assert_eq!(parts, whole, "cut at {at}");
}
