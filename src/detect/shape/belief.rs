//! How sure we are of a value that a grammar says is a password: it need not look like one, but it must not be a
//! placeholder, a reference or the word that every manual has in its place.

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
    let is_run = value.len() >= 6 && (charset::is_sequence(value) || charset::has_keyboard_run(value, 5));
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
        return Some((Confidence::High, "looks drawn at random"));
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
