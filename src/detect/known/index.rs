//! What is looked up: windows of all forms of all values, as few as will do.
//!
//! A value has some fifty forms, and most of them write most of it alike. So a part of the value is chosen that few of them
//! change, and each way to write that part is entered once; whoever finds one of them compares all forms. Thousands of values
//! are entered before anything is read, so that nothing here may allocate for each form.

use zeroize::Zeroizing;

use super::forms::{self, Form};
use super::lane::{Lanes, Place, STRETCH, WINDOW};

/// About so many windows a value has.
const WINDOWS: usize = 8;

/// From so many values on a second thread is worth its while.
const MANY: usize = 40;

/// All windows, and what they tell about patterns.
pub(super) struct Index {
    pub(super) lanes: Lanes,
    /// No pattern is longer.
    pub(super) longest: usize,
    /// The blanks and control characters that stand in patterns, as bits.
    pub(super) blanks: u64,
}

impl Index {
    /// Enters values, which are known by their number from then on. Many are entered by two threads.
    pub(super) fn new(values: &[&[u8]]) -> Self {
        let windows = values.len() * WINDOWS;
        if values.len() < MANY {
            return Self::of(values, 0, windows);
        }
        let (first, second) = values.split_at(values.len() / 2);
        std::thread::scope(|scope| {
            // Both have the size that they have together.
            let other = std::thread::Builder::new().spawn_scoped(scope, || Self::of(second, first.len(), windows));
            let mut index = Self::of(first, 0, windows);
            let rest = other.ok().and_then(|other| other.join().ok());
            index.absorb(rest.unwrap_or_else(|| Self::of(second, first.len(), windows)));
            index
        })
    }

    fn of(values: &[&[u8]], number: usize, windows: usize) -> Self {
        let mut index = Self { lanes: Lanes::new(windows), longest: 0, blanks: 0 };
        let mut pattern = Zeroizing::new(Vec::with_capacity(4 * STRETCH));
        for (at, secret) in values.iter().enumerate() {
            index.learn((number + at) as u32, secret, &mut pattern);
        }
        index
    }

    /// Takes over what another one of the same size holds.
    fn absorb(&mut self, other: Self) {
        self.longest = self.longest.max(other.longest);
        self.blanks |= other.blanks;
        self.lanes.absorb(other.lanes);
    }

    fn learn(&mut self, value: u32, secret: &[u8], pattern: &mut Vec<u8>) {
        self.blanks |= forms::blanks(secret);
        let cores = forms::cores(secret, WINDOW, STRETCH);
        if cores.is_empty() {
            // One window may not be enough for a form, or a form may leave a part of the value out.
            for form in forms::of(secret).filter(|form| !forms::follows(*form, secret)) {
                forms::write(secret, form, pattern);
                self.longest = self.longest.max(pattern.len());
                let place = Place { value, offset: 0, form };
                self.lanes.learn(&pattern[..pattern.len() - forms::aside(form, secret)], place);
            }
            return;
        }
        self.longest = self.longest.max(forms::longest(secret));
        self.learn_shared(value, secret, cores, pattern);
        for form in forms::ENCODED.filter(|form| !forms::follows(*form, secret)) {
            let is_for_urls = (forms::BASE64_URL..forms::HEX).contains(&form);
            if !is_for_urls {
                self.learn_encoded(value, secret, form, pattern);
            }
        }
    }

    /// Enters each way in which one part of a value is written by the forms that do not encode all of it.
    fn learn_shared(&mut self, value: u32, secret: &[u8], cores: Vec<usize>, pattern: &mut Vec<u8>) {
        let place = Place { value, offset: 0, form: forms::SHARED };
        let at = self.lanes.learn_one(secret, cores, &[], place);
        forms::each_way(secret, at, WINDOW, |form| {
            forms::write_part(secret, at, WINDOW, form, pattern);
            let place = Place { value, offset: at as u32, form: forms::SHARED + form };
            self.lanes.learn_at(&pattern[..WINDOW], place);
        });
    }

    /// Enters a window of an encoded value. Standard and URL-safe base64 share one without signs, or have one each.
    fn learn_encoded(&mut self, value: u32, secret: &[u8], form: Form, pattern: &mut Vec<u8>) {
        let place = Place { value, offset: 0, form };
        forms::write(secret, form, pattern);
        let end = pattern.len() - forms::aside(form, secret);
        if form >= forms::HEX {
            self.lanes.learn(&pattern[..end], place);
            return;
        }
        let Some(at) = self.lanes.learn_short(&pattern[..end], b"+/", place) else { return };
        if pattern[at..end].iter().take(WINDOW).any(|byte| b"+/".contains(byte)) {
            forms::write(secret, form + (forms::BASE64_URL - forms::BASE64), pattern);
            self.lanes.learn_one(
                pattern,
                [at],
                &[],
                Place { form: form + (forms::BASE64_URL - forms::BASE64), ..place },
            );
        }
    }
}
