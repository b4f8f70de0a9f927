//! Every rule with a proof, on its own examples: what the proof confirms is certain, what it refutes is told less or not at all.
//! And the structures that say more: unsigned tokens, cut or mislabelled keys, phrases with another word.

use std::sync::{Arc, LazyLock};

use stanch::detect::{Engine, Scratch};
use stanch::model::{Candidate, Chunk, Confidence, RuleIndex, Span};
use stanch::rule::example::{self, Seeded};
use stanch::rule::{RuleSet, Signature};
use stanch::text::Proof;
use stanch::text::validate::Validator;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new(Arc::new(RuleSet::embedded())));

/// What the rule's proof says about a value, and whether it is arithmetic; none for a rule without one.
fn proof(signature: &Signature, value: &[u8]) -> Option<(Proof, bool)> {
    if let Some(checksum) = signature.checks.checksum {
        return Some((checksum.verify(value), true));
    }
    let validator = signature.checks.validate?;
    let proves = validator.is_checksum() || matches!(validator, Validator::Jwt | Validator::Pem);
    proves.then(|| (validator.check(value), validator.is_checksum()))
}

/// Each example of a rule with a proof: the rule, the text, and where the value stands in it.
fn examples() -> Vec<(RuleIndex, Vec<u8>, Span)> {
    let rules = ENGINE.rules();
    let mut found = Vec::new();
    for (index, signature) in rules.iter() {
        for (number, template) in rules.text(index).examples.iter().enumerate() {
            let example = example::expand(template, &mut Seeded::new(&signature.id, number)).unwrap();
            let Some(value) = example.value else { continue };
            if proof(signature, value.of(&example.text)).is_some() {
                found.push((index, example.text, value));
            }
        }
    }
    found
}

fn touching(text: &[u8], value: Span) -> Vec<Candidate> {
    let mut found = ENGINE.scan(Chunk::whole(text), &mut Scratch::default());
    found.retain(|candidate| candidate.span.overlaps(value));
    found
}

/// Another character of the same class, so that only the proof can tell the difference.
fn other(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(b'0' + (byte - b'0' + 5) % 10),
        b'a'..=b'f' => Some(b'a' + (byte - b'a' + 3) % 6),
        b'g'..=b'z' => Some(b'g' + (byte - b'g' + 10) % 20),
        b'A'..=b'F' => Some(b'A' + (byte - b'A' + 3) % 6),
        b'G'..=b'Z' => Some(b'G' + (byte - b'G' + 10) % 20),
        _ => None,
    }
}

/// The value with one character changed, at up to `count` places, where the proof refutes it.
fn broken(signature: &Signature, value: &[u8], count: usize) -> Vec<Vec<u8>> {
    let changed = (0..value.len()).rev().filter_map(|at| {
        let mut changed = value.to_vec();
        changed[at] = other(value[at])?;
        (proof(signature, &changed)?.0 == Proof::Failed).then_some(changed)
    });
    changed.take(count).collect()
}

#[test]
fn what_a_proof_confirms_is_certain() {
    let mut wrong = Vec::new();
    let mut confirmed = 0;
    for (index, text, value) in examples() {
        let signature = ENGINE.rules().signature(index);
        let (Proof::Passed, is_arithmetic) = proof(signature, value.of(&text)).unwrap() else { continue };
        confirmed += 1;
        let least = if is_arithmetic { Confidence::Certain } else { signature.confidence };
        let found = touching(&text, value);
        let told = found.iter().find(|candidate| candidate.rule == index).map(|candidate| candidate.confidence);
        // An unsigned token is well formed and proves nothing.
        if told.is_none_or(|told| told < least) {
            wrong.push(format!("{}: {told:?}: {}", signature.id, String::from_utf8_lossy(&text)));
        }
    }
    assert!(confirmed > 100, "only {confirmed} examples are confirmed by a proof");
    assert!(wrong.is_empty(), "{} of {confirmed}\n{}", wrong.len(), wrong.join("\n"));
}

/// Whether a value that the structure refutes may still be told, with less confidence.
fn is_downgraded(signature: &Signature) -> bool {
    signature.checks.validate.is_some_and(|validator| !validator.excludes())
}

#[test]
fn what_a_proof_refutes_is_told_less_or_not_at_all() {
    let mut wrong = Vec::new();
    let mut refuted = 0;
    for (index, text, value) in examples() {
        let signature = ENGINE.rules().signature(index);
        for changed in broken(signature, value.of(&text), 4) {
            refuted += 1;
            let text = [&text[..value.start], &changed, &text[value.end..]].concat();
            for candidate in touching(&text, value) {
                let other = ENGINE.rules().signature(candidate.rule);
                // Another grammar, such as that of a command, may still announce the value as a password, and the name of
                // its service beside it as a key.
                let is_own = candidate.rule == index
                    && !candidate.guessed
                    && other.checks.checksum.is_none()
                    && !is_downgraded(other);
                if candidate.confidence == Confidence::Certain || is_own {
                    let (id, other) = (&signature.id, &other.id);
                    wrong.push(format!(
                        "{id}: {} as {other}: {}",
                        candidate.confidence,
                        String::from_utf8_lossy(&text)
                    ));
                }
            }
        }
    }
    assert!(refuted > 100, "only {refuted} values are refuted by a proof");
    assert!(wrong.is_empty(), "{} of {refuted}\n{}", wrong.len(), wrong.join("\n"));
}

/// A key of kind `label`, whole.
fn key(label: &str, number: usize) -> String {
    Validator::Pem.generate(label, &mut drawn(label, number))
}

fn drawn(seed: &str, number: usize) -> impl FnMut() -> u32 + use<> {
    let mut seeded = Seeded::new(seed, number);
    move || seeded.draw()
}

fn rules_of(text: &str) -> Vec<(String, Confidence)> {
    let found = ENGINE.scan(Chunk::whole(text.as_bytes()), &mut Scratch::default());
    let rule = |candidate: &Candidate| ENGINE.rules().signature(candidate.rule).id.to_string();
    found.iter().map(|candidate| (rule(candidate), candidate.confidence)).collect()
}

#[test]
fn a_key_that_is_cut_empty_or_of_another_kind_is_none() {
    let labels = [
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ];
    for (number, label) in labels.into_iter().enumerate() {
        let whole = key(label, number);
        assert_eq!(rules_of(&whole).len(), 1, "{whole}");
        let lines: Vec<&str> = whole.lines().collect();
        let (first, last) = (lines[0], lines[lines.len() - 1]);
        let cut = [&lines[..lines.len() / 2], &[last]].concat().join("\n");
        let empty = format!("{first}\n{last}\n");
        let elided = format!("{first}\n{}\n...\n{last}\n", lines[1]);
        let certificate = whole.replace(label, "CERTIFICATE");
        // A key of one line is whole before the dots.
        let elided = if lines.len() > 3 { elided } else { empty.clone() };
        for text in [cut, empty, elided, certificate] {
            assert_eq!(rules_of(&text), [], "{label}: {text}");
        }
        // No kind of key has the body of another.
        for other in labels.into_iter().filter(|other| *other != label) {
            let mislabelled = whole.replace(label, other);
            assert_eq!(rules_of(&mislabelled), [], "{label} as {other}: {mislabelled}");
        }
    }
}

#[test]
fn an_unsigned_token_is_told_as_one() {
    let part = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
    for header in [r#"{"alg":"none"}"#, r#"{"typ":"JWT","alg":"None"}"#] {
        let token = format!("{}.{}.", part(header), part(r#"{"sub":"82716354","admin":true}"#));
        let text = format!("session = '{token}'\n");
        assert_eq!(rules_of(&text), [("jwt-unsigned-token".to_owned(), Confidence::Low)], "{text}");
        // With something where the signature would stand it is no token.
        let text = format!("session = '{token}{}'\n", "c2lnbmVkLWJ5LW5vYm9keS1hdC1hbGw");
        assert!(!rules_of(&text).iter().any(|(rule, _)| rule.starts_with("jwt-")), "{text}");
    }
}

#[test]
fn a_phrase_with_another_word_is_no_seed() {
    for number in 0..8 {
        let phrase = Validator::Bip39.generate("12", &mut drawn("phrase", number));
        let told = rules_of(&format!("mnemonic: \"{phrase}\"\n"));
        assert_eq!(told, [("wallet-seed-phrase".to_owned(), Confidence::Certain)], "{phrase}");
        let words: Vec<&str> = phrase.split(' ').collect();
        let swapped = [&words[1..2], &words[..1], &words[2..]].concat().join(" ");
        let is_other = Validator::Bip39.check(swapped.as_bytes()) == Proof::Failed;
        if is_other {
            assert_eq!(rules_of(&format!("mnemonic: \"{swapped}\"\n")), [], "{swapped}");
        }
    }
}
