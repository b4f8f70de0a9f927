//! The vault is the truth: searches the exact values of known secrets, in every form in which values travel.
//!
//! All values and all forms are searched in one pass: eight bytes of each pattern stand in a filter and a table, and a match
//! is checked by writing the form again. What a match says depends on its own bytes alone, so that delta scans inherit it.
//! Nothing here may print, store or return a value other than inside a `Secret`.

mod broken;
mod forms;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use fearless_simd::{Level, dispatch};
use zeroize::Zeroizing;

use crate::model::{Secret, Span};
use crate::text::{placeholder, words};
use forms::Form;

/// The rule under which known values are reported.
pub const RULE: &str = "known-value";

/// The shortest value that is searched for.
pub const SHORTEST: usize = 8;

/// Bytes that are looked up.
const GRAM: usize = 8;

/// So many places are glanced at before those that pass are looked at.
const BLOCK: usize = 2048;

/// A long pattern has an anchor in each stretch of so many bytes: a change inside of it leaves one nearby.
const STRETCH: usize = 128;

/// The values, ready to be searched for.
pub struct Known {
    values: Vec<Value>,
    entries: Vec<Entry>,
    table: Table,
    filter: Zeroizing<Vec<u64>>,
    shift: u32,
    /// Length of the longest pattern.
    longest: usize,
    /// What the processor can do: the search is compiled for several.
    level: Level,
}

struct Value {
    name: Arc<str>,
    /// All names, when several secrets have the value.
    names: String,
    secret: Secret,
}

/// A part of a pattern.
#[derive(Clone, Copy)]
struct Entry {
    value: u32,
    next: u32,
    offset: u32,
    form: Form,
}

/// A known value in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// Where.
    pub span: Span,
    /// Which.
    pub value: u32,
    /// How it is written; none for the value as it is.
    pub layer: Option<&'static str>,
}

/// Why a value is not searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unmatchable {
    /// It would be found everywhere.
    #[error("its value is too short to be searched for: it would match by chance")]
    TooShort,
    /// A word, a number, an address that everybody writes.
    #[error("its value is too common to be searched for: it would match what is no secret")]
    TooCommon,
}

/// Says why a value cannot be searched for safely.
pub fn check(value: &[u8]) -> Result<(), Unmatchable> {
    if value.len() < SHORTEST {
        return Err(Unmatchable::TooShort);
    }
    let mut seen = [false; 256];
    value.iter().for_each(|&byte| seen[usize::from(byte)] = true);
    let distinct = seen.iter().filter(|&&is_seen| is_seen).count();
    let is_wordy = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_. /:".contains(byte);
    let is_shouted = |byte: &u8| byte.is_ascii_uppercase() || b"-_".contains(byte);
    let is_plain = value.iter().all(is_wordy) || value.iter().all(is_shouted);
    let is_common = distinct < 5
        || value.len() < 12 && value.iter().all(u8::is_ascii_digit)
        || value.len() < 20 && is_plain && words::surplus(value) < 0.0
        || value.len() < 24 && (placeholder::is_placeholder(value) || placeholder::is_worn(value))
        || is_address(value);
    if is_common { Err(Unmatchable::TooCommon) } else { Ok(()) }
}

/// An address without anything secret in it: a scheme and a host.
fn is_address(value: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(value, b"://") else { return false };
    let rest = &value[at + 3..];
    let path = rest.iter().position(|&byte| byte == b'/').map_or(&[][..], |slash| &rest[slash + 1..]);
    !rest.contains(&b'@') && !rest.contains(&b'?') && path.len() < 16
}

/// Grams and the first entry of each.
#[derive(Default)]
struct Table {
    /// Zero is no gram: values are text.
    grams: Zeroizing<Vec<u64>>,
    /// Of each gram the first entry and the number of entries, so that no chain is walked to learn how long it is.
    heads: Vec<(u32, u32)>,
    used: usize,
}

const NONE: u32 = u32::MAX;

impl Table {
    fn with_room(grams: usize) -> Self {
        let size = (grams * 2).next_power_of_two().max(1 << 10);
        Self { grams: Zeroizing::new(vec![0; size]), heads: vec![(NONE, 0); size], used: 0 }
    }

    fn slot(&self, gram: u64) -> usize {
        let mask = self.grams.len() - 1;
        let mut at = (hash(gram) >> 20) as usize & mask;
        while self.grams[at] != 0 && self.grams[at] != gram {
            at = (at + 1) & mask;
        }
        at
    }

    /// The first entry of a gram and the number of its entries.
    fn head(&self, gram: u64) -> (u32, u32) {
        if self.grams.is_empty() {
            return (NONE, 0);
        }
        let at = self.slot(gram);
        if self.grams[at] == gram { self.heads[at] } else { (NONE, 0) }
    }

    /// Makes an entry the first one of its gram.
    fn insert(&mut self, gram: u64, head: u32) {
        if (self.used + 1) * 2 > self.grams.len() {
            let size = (self.grams.len() * 2).max(1 << 10);
            let grams = std::mem::replace(&mut self.grams, Zeroizing::new(vec![0; size]));
            let heads = std::mem::replace(&mut self.heads, vec![(NONE, 0); size]);
            for (&gram, head) in grams.iter().zip(heads).filter(|(gram, _)| **gram != 0) {
                let at = self.slot(gram);
                (self.grams[at], self.heads[at]) = (gram, head);
            }
        }
        let at = self.slot(gram);
        self.used += usize::from(self.grams[at] == 0);
        (self.grams[at], self.heads[at]) = (gram, (head, self.heads[at].1 + 1));
    }
}

#[inline(always)]
fn hash(gram: u64) -> u64 {
    let mixed = gram.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}

fn gram_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + GRAM)?.first_chunk().map(|chunk| u64::from_le_bytes(*chunk))
}

impl Known {
    /// Takes named values; those that cannot be searched for are named in `refused`.
    pub fn new(values: Vec<(String, Secret)>, refused: &mut Vec<(String, Unmatchable)>) -> Self {
        let mut known = Self {
            values: Vec::with_capacity(values.len()),
            entries: Vec::with_capacity(values.len() * 12),
            table: Table::with_room(values.len() * 12),
            filter: Zeroizing::default(),
            shift: 0,
            longest: 0,
            level: Level::new(),
        };
        let mut places: std::collections::HashMap<[u8; 32], usize> = std::collections::HashMap::new();
        for (name, secret) in values {
            if let Err(reason) = check(secret.expose()) {
                refused.push((name, reason));
                continue;
            }
            match places.entry(secret.digest()) {
                std::collections::hash_map::Entry::Occupied(place) => {
                    let value = &mut known.values[*place.get()];
                    if !value.names.split(", ").any(|own| own == name) {
                        value.names.push_str(", ");
                        value.names.push_str(&name);
                    }
                }
                std::collections::hash_map::Entry::Vacant(place) => {
                    place.insert(known.values.len());
                    known.values.push(Value { name: name.as_str().into(), names: name, secret });
                }
            }
        }
        let mut pattern = Zeroizing::new(Vec::new());
        let values = std::mem::take(&mut known.values);
        for (index, value) in values.iter().enumerate() {
            let secret = value.secret.expose();
            for form in forms::of(secret) {
                forms::write(secret, form, &mut pattern);
                known.learn(index as u32, form, &pattern);
            }
        }
        known.values = values;
        known.seal_filter();
        known
    }

    /// Says whether there is nothing to search for.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Number of different values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// The name of a value.
    pub fn name(&self, value: u32) -> &Arc<str> {
        &self.values[value as usize].name
    }

    /// All names of a value.
    pub fn names(&self, value: u32) -> &str {
        &self.values[value as usize].names
    }

    /// A value itself.
    pub fn secret(&self, value: u32) -> &Secret {
        &self.values[value as usize].secret
    }

    /// Enters the anchors of a pattern: of each stretch the eight bytes that the fewest other patterns have.
    fn learn(&mut self, value: u32, form: Form, pattern: &[u8]) {
        if pattern.len() < GRAM {
            return;
        }
        self.longest = self.longest.max(pattern.len());
        let last = pattern.len() - GRAM;
        for start in (0..=last).step_by(STRETCH) {
            let end = last.min(start + STRETCH - GRAM);
            let tried = [start, end, (start + end) / 2, start + (end - start) / 4, end - (end - start) / 4];
            let crowd = |&at: &usize| match gram_at(pattern, at) {
                None | Some(0) => u32::MAX,
                Some(gram) => self.table.head(gram).1,
            };
            // The first of the least crowded ones; a lone one ends the search.
            let mut best = (u32::MAX, start);
            for at in tried {
                let count = crowd(&at);
                if count < best.0 {
                    best = (count, at);
                }
                if count == 0 {
                    break;
                }
            }
            let at = best.1;
            let Some(gram) = gram_at(pattern, at).filter(|&gram| gram != 0) else { continue };
            let (next, _) = self.table.head(gram);
            let head = self.entries.len() as u32;
            self.entries.push(Entry { value, next, offset: at as u32, form });
            self.table.insert(gram, head);
        }
    }

    fn seal_filter(&mut self) {
        let words = (self.table.used / 2).next_power_of_two().max(64);
        self.shift = 64 - words.trailing_zeros();
        let mut filter = Zeroizing::new(vec![0_u64; words]);
        for &gram in self.table.grams.iter().filter(|&&gram| gram != 0) {
            let (word, [first, second]) = self.bits(gram);
            filter[word] |= 1 << first | 1 << second;
        }
        self.filter = filter;
    }

    /// The word of a gram in the filter, and the numbers of its bits.
    #[inline(always)]
    fn bits(&self, gram: u64) -> (usize, [u64; 2]) {
        let hash = hash(gram);
        ((hash >> self.shift) as usize, [hash & 63, hash >> 6 & 63])
    }

    /// Reports what touches `ranges`: sorted, each place once for each value.
    pub fn search(&self, bytes: &[u8], ranges: &[Span], out: &mut Vec<Match>) {
        if self.is_empty() {
            return;
        }
        let first = out.len();
        for &range in ranges {
            self.scan(bytes, range, out);
        }
        broken::search(self, bytes, ranges, out);
        if out.len() > first + 1 {
            let mut found = out.split_off(first);
            found.sort_unstable();
            found.dedup_by_key(|found| (found.span, found.value));
            out.append(&mut found);
        }
    }

    /// Reports what has an anchor inside of `range`.
    fn scan(&self, bytes: &[u8], range: Span, out: &mut Vec<Match>) {
        let mut passed = [0; BLOCK];
        let mut at = range.start;
        while at + GRAM <= range.end {
            let text = &bytes[at..range.end.min(at + BLOCK + GRAM - 1)];
            let count = dispatch!(self.level, _simd => self.glance(text, &mut passed));
            for at in passed[..count].iter().map(|&offset| at + usize::from(offset)) {
                if let Some(gram) = gram_at(bytes, at) {
                    self.confirm(bytes, at, gram, out);
                }
            }
            at += BLOCK;
        }
    }

    /// Notes where in a text a gram may be. Nearly all the time goes here: there must be no branch that nobody can foresee.
    #[inline(always)]
    fn glance(&self, text: &[u8], passed: &mut [u16; BLOCK]) -> usize {
        let mut count = 0;
        for (at, window) in text.array_windows::<GRAM>().take(BLOCK).enumerate() {
            let (word, [first, second]) = self.bits(u64::from_le_bytes(*window));
            let word = self.filter.get(word).copied().unwrap_or_default();
            passed[count % BLOCK] = at as u16;
            count += (word >> first & word >> second & 1) as usize;
        }
        count
    }

    #[cold]
    fn confirm(&self, bytes: &[u8], at: usize, gram: u64, out: &mut Vec<Match>) {
        let (mut next, _) = self.table.head(gram);
        if next == NONE {
            return;
        }
        let mut pattern = Zeroizing::new(Vec::new());
        while next != NONE {
            let entry = self.entries[next as usize];
            next = entry.next;
            let Some(start) = at.checked_sub(entry.offset as usize) else { continue };
            let value = self.values[entry.value as usize].secret.expose();
            forms::write(value, entry.form, &mut pattern);
            if !bytes[start..].starts_with(&pattern) {
                continue;
            }
            let end = start + pattern.len();
            let before = start.checked_sub(1).and_then(|before| bytes.get(before)).copied();
            if forms::fits(value, entry.form, before, bytes.get(end).copied()) {
                let layer = forms::layer(entry.form);
                out.push(Match { span: Span::new(start, end), value: entry.value, layer });
            }
        }
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({} values)", self.values.len())
    }
}
