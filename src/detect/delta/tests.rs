//! A delta scan finds what a full scan finds: random chains of deltas over texts full of secrets of every kind.

use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use super::*;
use crate::detect::seen::Seen;
use crate::rule::RuleSet;
use crate::text::checksum::Checksum;
use crate::text::validate::Validator;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(Arc::new(RuleSet::embedded())));

/// One piece of text; `seed` decides about the values in it.
fn piece(kind: usize, seed: u64) -> Vec<u8> {
    let mut random = crate::text::random::tests::seeded(seed);
    let token = Checksum::from_name("github").unwrap().generate("ghp_", &mut random);
    let word = crate::text::random::text(&mut random, crate::text::random::BASE62, 32);
    let hex = crate::text::random::text(&mut random, b"0123456789abcdef", 32);
    let upper = crate::text::random::text(&mut random, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
    let base64 = data_encoding::BASE64.encode(format!("the token is {token} and no other one").as_bytes());
    let escaped: String = token.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
    match kind {
        0 => "fn token(secret: &str) -> Key { secret.parse() } // password\n".to_owned(),
        1 => format!("github = '{token}'\n"),
        2 => format!("db_password: \"{word}\"\n"),
        3 => format!("DATADOG_API_KEY={hex}\ndatadog app key: {hex}\n"),
        4 => format!("aws_access_key_id = AKIA{upper}\naws_secret_access_key = {word}{}\n", &hex[..8]),
        5 => Validator::from_name("pem").unwrap().generate("RSA PRIVATE KEY", &mut random) + "\n",
        6 => format!("data: {base64}\n"),
        7 => format!("key = \"{}\" + \"{}\";\n", &token[..17], &token[17..]),
        8 => format!("url = \"{escaped}\"\n"),
        9 => format!("postgres://app:{word}@db.internal:5432/app\n"),
        10 => "x".repeat(seed as usize % 900) + "\n",
        11 => format!("<add key=\"ApiKey\" value=\"{word}\"/>\n"),
        12 => format!("curl -u admin:{word} https://example.org\n"),
        _ => token,
    }
    .into_bytes()
}

/// A part of a new version: a run of the old one (in thousandths of its length), or something new.
#[derive(Debug, Clone)]
enum Step {
    Copy(usize, usize),
    Insert(usize, u64),
    Bytes(Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..1000_usize, 0..1000_usize).prop_map(|(from, len)| Step::Copy(from, len)),
        3 => (0..14_usize, any::<u64>()).prop_map(|(kind, seed)| Step::Insert(kind, seed % 100_000)),
        1 => prop::collection::vec(any::<u8>(), 0..4).prop_map(Step::Bytes),
    ]
}

fn apply(base: &[u8], steps: &[Step]) -> (Vec<u8>, Vec<CopyRun>) {
    let (mut text, mut copies): (Vec<u8>, Vec<CopyRun>) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Copy(from, len) => {
                let base_start = base.len() * from / 1000;
                let len = ((base.len() - base_start) * (len + 1) / 1000).min(base.len() - base_start);
                if len == 0 {
                    continue;
                }
                match copies.last_mut() {
                    Some(last) if last.target().end == text.len() && last.base().end == base_start => last.len += len,
                    _ => copies.push(CopyRun { target_start: text.len(), base_start, len }),
                }
                text.extend_from_slice(&base[base_start..base_start + len]);
            }
            Step::Insert(kind, seed) => text.extend(piece(*kind, *seed)),
            Step::Bytes(bytes) => text.extend_from_slice(bytes),
        }
    }
    (text, copies)
}

type Told = (Span, String, crate::model::Confidence, Vec<u8>, Vec<&'static str>);

fn told(candidates: &[Candidate]) -> Vec<Told> {
    candidates
        .iter()
        .map(|one| {
            let rule = ENGINE.rules().signature(one.rule).id.to_string();
            (one.span, rule, one.confidence, one.secret.expose().to_vec(), one.layers.clone())
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_delta_scan_equals_a_full_scan(
        first in prop::collection::vec((0..14_usize, any::<u64>()), 1..12),
        versions in prop::collection::vec(prop::collection::vec(step(), 1..8), 1..5),
        remembers in any::<bool>(),
    ) {
        let seen = remembers.then(|| Arc::new(Seen::new(1000)));
        let (mut scratch, mut other) = (Scratch::remembering(seen), Scratch::default());
        (scratch.is_content, other.is_content) = (remembers, remembers);
        let mut text = first.iter().flat_map(|(kind, seed)| piece(*kind, *seed % 100_000)).collect::<Vec<u8>>();
        let mut state = ENGINE.scan_base(&text, &mut scratch);
        for steps in versions {
            let (next, copies) = apply(&text, &steps);
            state = ENGINE.scan_delta(&next, &copies, &state, &mut scratch);
            text = next;
            let full = ENGINE.scan(Chunk::whole(&text), &mut other);
            prop_assert_eq!(told(&state.resolved(&ENGINE)), told(&full));
        }
    }
}

#[test]
fn a_key_is_judged_by_the_name_that_it_has_now() {
    let mut random = crate::text::random::tests::seeded(7);
    let key = Validator::from_name("pem").unwrap().generate("RSA PRIVATE KEY", &mut random);
    let text = |name: &str| format!("const {name} = `{key}`;\n").into_bytes();
    let mut scratch = Scratch::default();
    for (one, other) in [("FAKE_KEY", "SIGN_KEY"), ("SIGN_KEY", "FAKE_KEY")] {
        let (one, other) = (text(one), text(other));
        let base = ENGINE.scan_base(&one, &mut scratch);
        let copies = [
            CopyRun { target_start: 0, base_start: 0, len: 6 },
            CopyRun { target_start: 10, base_start: 10, len: other.len() - 10 },
        ];
        let state = ENGINE.scan_delta(&other, &copies, &base, &mut scratch);
        let full = ENGINE.scan(Chunk::whole(&other), &mut scratch);
        assert_eq!(told(&state.resolved(&ENGINE)), told(&full));
        assert_ne!(told(&base.resolved(&ENGINE)), told(&full));
    }
}

#[test]
fn what_was_inherited_is_found_again_by_one_who_remembers() {
    let secret = piece(1, 7);
    let lines = |count: usize| (0..count).flat_map(|at| format!("let line{at} = {at};\n").into_bytes());
    for between in 0..70 {
        let start: Vec<u8> = lines(90).chain(secret.clone()).chain(lines(between)).collect();
        let end: Vec<u8> = lines(90).collect();
        let (base, other) = ([&start[..], b"one\n", &end].concat(), [&start[..], b"two\n", &end].concat());
        let copies = [
            CopyRun { target_start: 0, base_start: 0, len: start.len() },
            CopyRun { target_start: start.len() + 3, base_start: start.len() + 3, len: end.len() + 1 },
        ];
        let mut scratch = Scratch::remembering(Some(Arc::new(Seen::new(1000))));
        scratch.is_content = true;
        let state = ENGINE.scan_base(&base, &mut scratch);
        let state = ENGINE.scan_delta(&other, &copies, &state, &mut scratch);
        let again = ENGINE.scan_base(&other, &mut scratch);
        assert!(!state.is_clean(), "{between}");
        assert_eq!(told(&again.resolved(&ENGINE)), told(&state.resolved(&ENGINE)), "{between}");
    }
}
