//! How sure we are of a value that a grammar says is a password: it need not look like one, but it must not be a
//! placeholder, a reference or the word that every manual has in its place.

use crate::detect::generic::{DRAWN, is_delivered};
use crate::model::Confidence;
use crate::text::charset::{self, Classes};
use crate::text::placeholder::Disguise;
use crate::text::validate::Validator;
use crate::text::{Proof, placeholder, words};

/// Judges a password; none when it is not one.
pub(in crate::detect) fn of(value: &[u8]) -> Option<(Confidence, &'static str)> {
    if value.len() < 4 || value.len() > 300 || value.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) {
        return None;
    }
    if placeholder::is_reference(value) || is_manual(value) {
        return None;
    }
    let run = (value.len() / 2).max(5);
    let is_run = value.len() >= 6 && (charset::is_sequence(value) || charset::has_keyboard_run(value, run));
    if placeholder::is_placeholder(value) || is_run {
        let is_weak = value.len() >= 8 && placeholder::disguise(value) == Some(Disguise::Mixed);
        return is_weak.then_some((Confidence::Low, "is a weak password: words and digits in disguise"));
    }
    let hash = value.rsplit(|&byte| byte == b':').next().unwrap_or_default();
    if Validator::Crypt.check(hash) == Proof::Passed {
        return Some((Confidence::Medium, "is the hash of a password"));
    }
    let classes = Classes::of(value);
    let (covered, letters) = words::coverage(value);
    let is_wordy = covered * 10 >= letters * 7 || placeholder::is_worn(value);
    let surplus = words::surplus(value);
    if value.len() >= 8 && surplus >= 6.0 && !is_wordy {
        return Some((Confidence::High, DRAWN));
    }
    if value.len() >= 6 && !is_wordy && (classes.count() >= 3 || (classes.count() == 2 && surplus >= -12.0)) {
        return Some((Confidence::Medium, "mixes characters as passwords do"));
    }
    if value.len() >= 10 && classes.digits > 0 && classes.count() >= 3 && !placeholder::is_worn(value) {
        return Some((Confidence::Medium, "mixes characters as passwords made of words do"));
    }
    (classes.count() >= 2 || value.len() >= 8 || surplus > 0.0)
        .then_some((Confidence::Low, "might be a word of documentation"))
}

/// Judges a password that nobody drew, where the grammar leaves no doubt that one stands there: what things are
/// delivered with, a number, a word and a number. What a manual writes for a password is none.
pub(in crate::detect) fn of_weak(value: &[u8]) -> Option<(Confidence, &'static str)> {
    // In an address these are no words of code, as they would be elsewhere.
    const FURTHER: &[&[u8]] = &[
        b"sa",
        b"mysql",
        b"mongo",
        b"mongodb",
        b"redis",
        b"tiger",
        b"neo4j",
        b"oracle",
        b"airflow",
        b"default",
        b"docker",
        b"symfony",
        b"keycloak",
        b"grafana",
    ];
    // To be filled in.
    if placeholder::is_reference(value) || placeholder::is_order(value) || find_any(value, &[b"_here", b"-here"]) {
        return None;
    }
    if is_delivered(value) || FURTHER.iter().any(|word| value.eq_ignore_ascii_case(word)) {
        return Some((Confidence::Low, "is the password that things are delivered with"));
    }
    let is_number = (3..=12).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    if is_number && value.iter().any(|byte| *byte != b'0') {
        return Some((Confidence::Low, "is a weak password: a number"));
    }
    // `r00t`, too short for a disguise.
    let has_digit = value.iter().any(u8::is_ascii_digit);
    let is_short = matches!(value.len(), 4 | 5) && has_digit && value.iter().all(u8::is_ascii_alphanumeric);
    let is_trial = find_any(value, &[b"test", b"demo", b"pass", b"user"]);
    let is_own = value.len() >= 8 && !placeholder::is_worn(value) && !is_trial;
    match placeholder::disguise(value) {
        Some(_) if is_own => Some((Confidence::Medium, "is a weak password: a word and a number in disguise")),
        Some(_) => Some((Confidence::Low, "is a weak password: a word and a number in disguise")),
        None if is_short && !is_trial => Some((Confidence::Low, "is a weak password: short")),
        None => None,
    }
}

fn find_any(value: &[u8], words: &[&[u8]]) -> bool {
    let lower = value.to_ascii_lowercase();
    words.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
}

/// The names and words that manuals use.
fn is_manual(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"daniel",
        b"alice",
        b"bob",
        b"hunter2",
        b"letmein",
        b"qwerty",
        b"toto",
        b"tiger",
        b"scott",
        b"joe",
        b"john",
        b"swordfish",
        b"opensesame",
        b"open sesame",
        b"sesame",
        b"pass123",
        b"string",
        b"postgres",
        b"mysql",
        b"redis",
        b"rabbitmq",
        b"elastic",
        b"minioadmin",
        b"wordpress",
        b"drupal",
        b"symfony",
        b"laravel",
        b"homestead",
        b"vagrant",
        b"travis",
        b"docker",
        b"oracle",
    ];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}
