//! Where a content is cut into pieces changes nothing of what is found in it.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use stanch::detect::{Engine, Scratch};
use stanch::model::{Chunk, Place, Scope, Span};
use stanch::rule::RuleSet;
use stanch::source::content::ContentLimits;

use crate::grow::{self, Texts};
use crate::inside::Inside;
use crate::support::Sandbox;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(Arc::new(RuleSet::embedded())));

proptest! {
    #![proptest_config(grow::cases(48))]

    #[test]
    fn scopes_that_cover_a_text_find_together_what_the_whole_finds(seed in any::<u64>(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 1..6)) {
        let text = Texts::new(seed).text(20);
        let mut borders: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len())).chain([0, text.len()]).collect();
        borders.sort_unstable();
        let mut scratch = Scratch::default();
        let mut told = |scope: &Scope| -> Vec<(Span, String)> {
            let found = ENGINE.scan(Chunk { bytes: &text, scope }, &mut scratch);
            found.iter().map(|one| (one.span, ENGINE.rules().signature(one.rule).id.to_string())).collect()
        };
        let whole: BTreeSet<_> = told(&Scope::All).into_iter().collect();
        let mut parts = BTreeSet::new();
        for pair in borders.windows(2) {
            parts.extend(told(&Scope::from_ranges(vec![Span::new(pair[0], pair[1])])));
        }
        prop_assert_eq!(parts, whole);
    }
}

proptest! {
    #![proptest_config(grow::cases(6))]

    #[test]
    fn a_large_file_read_in_pieces_holds_what_it_holds_as_a_whole(seed in any::<u64>(), size in 150_000..400_000_usize) {
        let mut texts = Texts::new(seed);
        let mut text = Vec::new();
        while text.len() < 700_000 {
            let pieces = texts.text(8);
            text.extend(pieces);
            text.extend("nothing to see in this line\n".repeat(texts.below(400)).into_bytes());
        }
        let sandbox = Sandbox::new();
        let path = sandbox.write("large.txt", &text);
        let inside = Inside::new();
        let found = |limits: ContentLimits| -> BTreeSet<(String, String, Option<Place>)> {
            let report = inside.scan(&path, limits).unwrap();
            report.findings.iter().map(|one| (one.rule.to_string(), one.fingerprint.to_string(), one.place)).collect()
        };
        let whole = found(ContentLimits::default());
        prop_assert!(whole.len() > 20);
        prop_assert_eq!(found(ContentLimits { whole: size, margin: 32 << 10, budget: 64 << 20 }), whole);
    }
}
