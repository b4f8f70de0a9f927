//! Scanning what a delta made new finds what scanning every version finds.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use stanch::detect::delta::BlobState;
use stanch::detect::seen::Seen;
use stanch::detect::{Engine, Scratch};
use stanch::model::{Candidate, Chunk, Confidence, CopyRun, Span};
use stanch::report::Format;
use stanch::rule::RuleSet;
use stanch::scan::history::SweepPlan;
use stanch::source::history::Selection;

use crate::grow::{self, Texts};
use crate::inside::{Inside, written};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(Arc::new(RuleSet::embedded())));

/// What the texts of all cases hold: they are made of the same pieces.
static SEEN: LazyLock<Arc<Seen>> = LazyLock::new(|| Arc::new(Seen::new(1 << 16)));

/// Copies of `base` in `target`, found greedily as git finds them: runs of at least 16 equal bytes.
fn copies(base: &[u8], target: &[u8]) -> Vec<CopyRun> {
    const BLOCK: usize = 16;
    let mut blocks = std::collections::HashMap::new();
    for at in (0..base.len().saturating_sub(BLOCK)).rev() {
        blocks.insert(&base[at..at + BLOCK], at);
    }
    let (mut runs, mut at): (Vec<CopyRun>, usize) = (Vec::new(), 0);
    while at + BLOCK <= target.len() {
        let Some(&from) = blocks.get(&target[at..at + BLOCK]) else {
            at += 1;
            continue;
        };
        let len = base[from..].iter().zip(&target[at..]).take_while(|(one, other)| one == other).count();
        runs.push(CopyRun { target_start: at, base_start: from, len });
        at += len;
    }
    runs
}

type Told = (Span, String, Confidence, Vec<u8>, Vec<&'static str>, Vec<String>);

fn told(candidates: &[Candidate]) -> Vec<Told> {
    let one = |one: &Candidate| {
        let rule = ENGINE.rules().signature(one.rule).id.to_string();
        let evidence = one.evidence.0.iter().map(ToString::to_string).collect();
        (one.span, rule, one.confidence, one.secret.expose().to_vec(), one.layers.clone(), evidence)
    };
    candidates.iter().map(one).collect()
}

/// Both hold the same; what only one of them holds is shown.
fn same<T: PartialEq + std::fmt::Debug>(by_deltas: Vec<T>, whole: &[T]) -> Result<(), TestCaseError> {
    let missing: Vec<&T> = whole.iter().filter(|one| !by_deltas.contains(one)).collect();
    let added: Vec<&T> = by_deltas.iter().filter(|one| !whole.contains(one)).collect();
    prop_assert!(missing.is_empty() && added.is_empty(), "missing: {:#?}\ntoo many: {:#?}", missing, added);
    prop_assert!(by_deltas == whole, "in another order");
    Ok(())
}

/// The findings and notices of a sweep.
fn sweep(inside: &Inside, dir: &Path, full_scan: bool, threads: usize) -> Vec<serde_json::Value> {
    let plan = SweepPlan { full_scan, threads, reading: None };
    let report = inside.sweep(dir, &Selection::Everything, &plan).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&written(&report, Format::Json)).unwrap();
    ["findings", "notices"].iter().flat_map(|key| json[key].as_array().unwrap().clone()).collect()
}

proptest! {
    #![proptest_config(grow::cases(128))]

    #[test]
    fn a_chain_of_deltas_finds_what_each_version_holds(seed in any::<u64>()) {
        let mut texts = Texts::new(seed);
        let mut scratch = Scratch::remembering(Some(SEEN.clone()));
        let mut fresh = Scratch::default();
        let pieces = 1 + texts.below(12);
        let mut text = texts.text(pieces);
        let mut state: BlobState = ENGINE.scan_base(&text, &mut scratch);
        for _ in 0..4 {
            let next = texts.edited(&text);
            state = ENGINE.scan_delta(&next, &copies(&text, &next), &state, &mut scratch);
            text = next;
            let full = ENGINE.scan(Chunk::whole(&text), &mut fresh);
            same(told(&state.resolved(&ENGINE)), &told(&full))?;
        }
    }
}

proptest! {
    #![proptest_config(grow::cases(6))]

    #[test]
    fn a_packed_repository_is_read_by_its_deltas_as_it_is_read_whole(seed in any::<u64>()) {
        let sandbox = grow::repository(seed, 60);
        let inside = Inside::new();
        let whole = sweep(&inside, &sandbox.dir, true, 1);
        prop_assert!(whole.len() > 20, "the repository holds too little");
        same(sweep(&inside, &sandbox.dir, false, 2), &whole)?;
    }
}
