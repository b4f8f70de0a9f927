//! A token whose checksum is right is told whatever its letters spell, and a wrong checksum is never believed for sure.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;
use stanch::detect::{Engine, Scratch};
use stanch::model::{Chunk, Confidence};
use stanch::rule::RuleSet;
use stanch::text::checksum::arithmetic::{base62, crc32};

use crate::grow;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(Arc::new(RuleSet::embedded())));

/// What placeholders are told by, as a draw may spell it.
const SPELLED: &[&str] = &["todo", "FaKe", "xXxx", "dUmmy", "TODO", "samPLE", "example", "fOObar", "XXX", "abcdefghij"];

fn confidence_of(token: &str) -> Option<(String, Confidence)> {
    let text = format!("deploy_with = \"{token}\"\n");
    let found = ENGINE.scan(Chunk::whole(text.as_bytes()), &mut Scratch::default());
    found.first().map(|one| (ENGINE.rules().signature(one.rule).id.to_string(), one.confidence))
}

proptest! {
    #![proptest_config(grow::cases(300))]

    #[test]
    fn a_right_checksum_outweighs_what_a_token_spells(
        body in "[0-9A-Za-z]{30}",
        word in prop::sample::select(SPELLED),
        at in 0..20_usize,
        (mark, rule) in prop::sample::select(vec![
            ("ghp", "github-personal-access-token"),
            ("gho", "github-oauth-token"),
            ("npm", "npm-access-token"),
        ]),
    ) {
        let mut body = body;
        body.replace_range(at..at + word.len(), word);
        let check = base62(crc32(body.as_bytes()), 6);
        let told = confidence_of(&format!("{mark}_{body}{check}"));
        prop_assert_eq!(told, Some((rule.to_owned(), Confidence::Certain)));
        // The same with another checksum is told as what it is at most: made up, mistyped or cut.
        let wrong = base62(crc32(body.as_bytes()) ^ 1, 6);
        if let Some((rule, confidence)) = confidence_of(&format!("{mark}_{body}{wrong}")) {
            prop_assert!(confidence <= Confidence::Medium, "{} {}", rule, confidence);
        }
    }
}
