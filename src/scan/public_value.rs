//! Secrets that stand under a public name: the name is reported beside the value, for the name is what must change.
//!
//! Detection looks at names and at what their own values look like; here a value is already known for a secret, however plain
//! it looks and however far from its name it stands on the line.

use super::{Setup, concern};
use crate::detect::public;
use crate::model::{Candidate, Confidence, Evidence, Secret, Span};
use crate::policy::public::is_open;

/// Adds a candidate for each public name that holds one of `candidates` and is not reported yet.
pub(super) fn add(candidates: &mut Vec<Candidate>, text: &[u8], setup: &Setup) {
    let rules = setup.engine.rules();
    let Some(rule) = rules.find(public::NAME_RULE).filter(|&index| rules.is_enabled(index)) else { return };
    let mut added: Vec<Candidate> = Vec::new();
    for holder in candidates.iter() {
        let signature = rules.signature(holder.rule);
        let is_told = holder.confidence >= setup.policy.min_confidence && signature.paths.is_empty();
        if signature.public || holder.known.is_none() && (signature.builtin() == Some("policy") || !is_told) {
            continue;
        }
        let Some(span) =
            concern::nearest(text, holder.span, |word| is_public(text, word, holder, setup).then_some(word))
        else {
            continue;
        };
        let is_reported = |known: &Candidate| known.rule == rule && known.span.overlaps(span);
        if is_given_elsewhere(&text[span.end..holder.span.start]) || candidates.iter().chain(&added).any(is_reported) {
            continue;
        }
        let mut evidence = Evidence::default();
        evidence.add(format!("{} is public by its prefix", String::from_utf8_lossy(span.of(text))));
        evidence.add(match &holder.known {
            Some(known) => format!("it holds the value of {known}"),
            None => "it holds a secret".to_owned(),
        });
        added.push(Candidate {
            rule,
            span,
            window: span,
            secret: Secret::new(span.of(text).to_vec()),
            confidence: Confidence::High,
            visible: span.len(),
            evidence,
            parts: Vec::new(),
            layers: Vec::new(),
            guessed: false,
            known: None,
        });
    }
    candidates.append(&mut added);
}

/// Says whether a word is a public name that nobody declared, and none whose secrets by form are meant for everybody.
fn is_public(text: &[u8], word: Span, holder: &Candidate, setup: &Setup) -> bool {
    let names = &setup.policy.public;
    let Ok(name) = std::str::from_utf8(word.of(text)) else { return false };
    let Some(stem) = names.stem(name).filter(|_| !names.is_declared(name)) else { return false };
    holder.known.is_some() || !is_open(stem, holder.secret.expose())
}

/// Says whether between a public name and a value another name is given something: `VITE_A=1 TOKEN=…`.
fn is_given_elsewhere(between: &[u8]) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    memchr::memchr_iter(b'=', between).skip(1).any(|at| {
        let before = &between[..at];
        let len = before.iter().rev().take_while(|byte| is_word(byte)).count();
        let start = before.len() - len;
        len > 0 && start.checked_sub(1).is_some_and(|at| matches!(before[at], b' ' | b'\t' | b',' | b';' | b'&'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_name_between_takes_the_value() {
        assert!(is_given_elsewhere(b"=1 TOKEN="));
        for between in ["=", ": process.env.X || \"", "=https://u:", "=https://h/?a=", " = a == b ? c : '"] {
            assert!(!is_given_elsewhere(between.as_bytes()), "{between}");
        }
    }
}
