//! The vault is the truth: searches the exact values of known secrets, in every form in which values travel.
//!
//! All values and all forms are searched in one pass: a window of each pattern stands in one of [`lane::Lanes`], and a match is
//! checked by writing the form again. What a match says depends on its own bytes alone, so that delta scans inherit it.
//! Nothing here may print, store or return a value other than inside a `Secret`.

mod breaks;
mod broken;
mod forms;
mod index;
mod lane;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use zeroize::Zeroizing;

use crate::model::{Secret, Span};
use crate::text::{placeholder, words};
use forms::Form;
use index::Index;
use lane::Place;

/// The rule under which known values are reported.
pub const RULE: &str = "known-value";

/// The shortest value that is searched for.
pub const SHORTEST: usize = 8;

/// The values, ready to be searched for.
pub struct Known {
    values: Vec<Value>,
    /// Made by whoever needs it first.
    index: OnceLock<Index>,
}

struct Value {
    name: Arc<str>,
    /// All names, when several secrets have the value.
    names: Option<String>,
    secret: Secret,
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

impl Known {
    /// Takes named values; those that cannot be searched for are named in `refused`.
    pub fn new(values: Vec<(String, Secret)>, refused: &mut Vec<(String, Unmatchable)>) -> Self {
        // Where each value stands for the first time.
        let mut places: HashMap<&[u8], usize> = HashMap::with_capacity(values.len());
        let firsts: Vec<usize> =
            values.iter().enumerate().map(|(at, (_, secret))| *places.entry(secret.expose()).or_insert(at)).collect();
        drop(places);
        let mut known = Self { values: Vec::with_capacity(values.len()), index: OnceLock::new() };
        let mut taken: Vec<Result<usize, Unmatchable>> = Vec::with_capacity(values.len());
        for ((name, secret), first) in values.into_iter().zip(firsts) {
            let verdict = match taken.get(first) {
                Some(&verdict) => verdict,
                None => check(secret.expose()).map(|()| known.values.len()),
            };
            taken.push(verdict);
            match verdict {
                Err(reason) => refused.push((name, reason)),
                Ok(at) if at == known.values.len() => {
                    known.values.push(Value { name: name.into(), names: None, secret });
                }
                Ok(at) => known.values[at].is_also(&name),
            }
        }
        known
    }

    /// Makes the index, which takes some time when there are thousands of values: before it is needed, on a thread of its own.
    pub fn prepare(&self) {
        self.index();
    }

    fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let values: Vec<&[u8]> = self.values.iter().map(|value| value.secret.expose()).collect();
            Index::new(&values)
        })
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
        let value = &self.values[value as usize];
        value.names.as_deref().unwrap_or(&value.name)
    }

    /// A value itself.
    pub fn secret(&self, value: u32) -> &Secret {
        &self.values[value as usize].secret
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

    /// Reports what has a window inside of `range`.
    fn scan(&self, bytes: &[u8], range: Span, out: &mut Vec<Match>) {
        self.index().lanes.scan(bytes, range, |at, window, place| self.confirm(bytes, at, place, window, out));
    }

    /// Compares the forms that have the window of `place` with what stands around `at`.
    #[cold]
    fn confirm(&self, bytes: &[u8], at: usize, place: Place, window: usize, out: &mut Vec<Match>) {
        let value = self.values[place.value as usize].secret.expose();
        let offset = place.offset as usize;
        let mut pattern = Zeroizing::new(Vec::new());
        let Some(shared) = place.form.checked_sub(forms::SHARED) else {
            for (form, further) in forms::family(place.form, value) {
                forms::write(value, form, &mut pattern);
                self.compare(bytes, at.checked_sub(offset + further), &pattern, place.value, form, out);
            }
            return;
        };
        forms::write_part(value, offset, window, shared, &mut pattern);
        if !bytes.get(at..at + window).is_some_and(|text| text.eq_ignore_ascii_case(&pattern[..window])) {
            return;
        }
        // Forms that write this part alike may differ in what stands before it.
        for form in forms::of(value).filter(|form| !forms::ENCODED.contains(form)) {
            forms::write_part(value, 0, offset, form, &mut pattern);
            let start = at.checked_sub(pattern.len());
            forms::write(value, form, &mut pattern);
            self.compare(bytes, start, &pattern, place.value, form, out);
        }
    }

    /// Reports a pattern if it stands at `start`.
    fn compare(
        &self,
        bytes: &[u8],
        start: Option<usize>,
        pattern: &[u8],
        value: u32,
        form: Form,
        out: &mut Vec<Match>,
    ) {
        let Some(start) = start.filter(|&start| !pattern.is_empty() && bytes[start..].starts_with(pattern)) else {
            return;
        };
        let end = start + pattern.len();
        let before = start.checked_sub(1).and_then(|before| bytes.get(before)).copied();
        if forms::fits(self.secret(value).expose(), form, before, bytes.get(end).copied()) {
            out.push(Match { span: Span::new(start, end), value, layer: forms::layer(form) });
        }
    }
}

impl Value {
    /// Notes that another secret has the same value.
    fn is_also(&mut self, name: &str) {
        let names = self.names.get_or_insert_with(|| (*self.name).to_owned());
        if !names.split(", ").any(|own| own == name) {
            names.push_str(", ");
            names.push_str(name);
        }
    }
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({} values)", self.values.len())
    }
}
