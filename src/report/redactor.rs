//! Finds the values of a report inside other text: a token in a path, a branch name or an author's name.
//!
//! Values are looked up by their first bytes, so that a report with tens of thousands of them costs little memory, and a text
//! only one look-up a byte.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

/// How many bytes a value is looked up by.
const KEY: usize = 16;
const MASK: &[u8] = b"***";

/// Knows values, and masks them.
#[derive(Default)]
pub(super) struct Redactor<'a> {
    /// By length of the key: keys, and the values that begin with them, longest first.
    values: BTreeMap<usize, HashMap<&'a [u8], Vec<&'a [u8]>>>,
    /// A bit for each two bytes that a value begins with.
    begins: Vec<u64>,
}

/// Where the bit of the two bytes stands that `text` begins with; a byte that is missing is 0.
fn bit(text: &[u8]) -> (usize, u64) {
    let second = text.get(1).copied().unwrap_or_default();
    (usize::from(text[0]) << 2 | usize::from(second >> 6), 1 << (second & 63))
}

impl<'a> Redactor<'a> {
    /// Learns values; empty ones are ignored.
    pub(super) fn new(values: impl Iterator<Item = &'a [u8]>) -> Self {
        let mut known = Self { begins: vec![0; 1024], ..Self::default() };
        for value in values.filter(|value| !value.is_empty()) {
            let (word, bit) = bit(value);
            match value.len() {
                1 => known.begins[word & !3..][..4].fill(u64::MAX),
                _ => known.begins[word] |= bit,
            }
            let key = &value[..value.len().min(KEY)];
            known.values.entry(key.len()).or_default().entry(key).or_default().push(value);
        }
        for values in known.values.values_mut().flat_map(HashMap::values_mut) {
            values.sort_unstable_by_key(|value| (std::cmp::Reverse(value.len()), *value));
            values.dedup();
        }
        known
    }

    /// `text` with three asterisks for each value.
    pub(super) fn masked<'b>(&self, text: &'b [u8]) -> Cow<'b, [u8]> {
        let mut masked = Vec::new();
        let (mut done, mut at) = (0, 0);
        while at < text.len() && !self.values.is_empty() {
            match self.length_at(&text[at..]) {
                Some(length) => {
                    masked.extend_from_slice(&text[done..at]);
                    masked.extend_from_slice(MASK);
                    at += length;
                    done = at;
                }
                None => at += 1,
            }
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        masked.extend_from_slice(&text[done..]);
        Cow::Owned(masked)
    }

    /// The length of the longest value that `text` begins with.
    fn length_at(&self, text: &[u8]) -> Option<usize> {
        let (word, bit) = bit(text);
        if self.begins[word] & bit == 0 {
            return None;
        }
        self.values.iter().rev().find_map(|(length, keys)| {
            let values = keys.get(text.get(..*length)?)?;
            values.iter().find(|value| text.starts_with(value)).map(|value| value.len())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[&str], text: &str, expected: &str) {
        let redactor = Redactor::new(values.iter().map(|value| value.as_bytes()));
        assert_eq!(String::from_utf8_lossy(&redactor.masked(text.as_bytes())), expected, "{values:?}");
    }

    #[test]
    fn the_longest_value_is_masked_wherever_it_stands() {
        let long = "0123456789abcdefghij";
        check(&[], "a/b", "a/b");
        check(&["", "b"], "a/b", "a/***");
        check(
            &["pass", long, "0123456789abcdefgh"],
            &format!("x{long}/{long}pass0123456789abcdefgz"),
            "x***/******0123456789abcdefgz",
        );
        check(&["aa", "aaaa"], "aaaaaaa", "******a");
        check(&[long], &long[..19], &long[..19]);
        check(&["x", "ab\0"], "x, ax, ab, ab\0x", "***, a***, ab, ******");
    }
}
