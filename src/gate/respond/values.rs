//! Reads the values again, from the objects in which the sweep found them: for masking, for searching, for the file of replacements.
//!
//! They live in [`Secret`]s and leave only through [`super::rewrite::expressions`], into a file that its caller protects.

use std::collections::BTreeMap;

use crate::detect::Known;
use crate::detect::known::SHORTEST;
use crate::model::{FingerprintKey, LineIndex, ObjectId, Secret, Span};
use crate::source::git::{Kind, Objects, object};

use super::input::{Found, Position};

/// A value as it stands in its object, encodings included.
pub struct Value {
    /// The bytes between its first and its last character.
    pub raw: Secret,
    /// Position of its finding in the sweep.
    pub finding: usize,
}

/// So many ends are tried for a known value.
const TRIES: usize = 32;

/// Reads the value of each finding that has a place in an object; the others' positions are returned. A known value is told with
/// its line, lest its length be known: where it ends is found by means of `known`, or else of its identity.
pub fn read(
    objects: &Objects,
    findings: &[Found],
    key: &FingerprintKey,
    known: Option<&Known>,
) -> (Vec<Value>, Vec<usize>) {
    let (mut values, mut unread) = (Vec::new(), Vec::new());
    let guessed;
    let known = match known {
        Some(known) => known,
        None => {
            guessed = guess(objects, findings, key);
            &guessed
        }
    };
    for (at, finding) in findings.iter().enumerate() {
        // What a name or a reflog says stands in no object.
        let has_value = finding.value_bytes.is_some() || finding.rule == super::KNOWN_RULE;
        if !has_value || !matches!(finding.location.origin.as_str(), "blob" | "commit" | "tag") {
            continue;
        }
        match one(objects, finding, key, known) {
            Some(raw) => values.push(Value { raw, finding: at }),
            None => unread.push(at),
        }
    }
    (values, unread)
}

fn one(objects: &Objects, finding: &Found, key: &FingerprintKey, known: &Known) -> Option<Secret> {
    let (text, place) = place(objects, finding)?;
    if finding.rule == super::KNOWN_RULE {
        let mut found = Vec::new();
        known.search(&text, &[place], &mut found);
        let end = found.iter().filter(|one| one.span.start == place.start).map(|one| one.span.end).max();
        return Some(Secret::new(&text[place.start..end.unwrap_or(place.end)]));
    }
    let raw = place.of(&text);
    // Without decodings the value stands there as it is: nothing else may ever be taken for it.
    let is_itself = || finding.identity() == Some(key.fingerprint(&finding.rule, raw));
    (!finding.layers.is_empty() || is_itself()).then(|| Secret::new(raw))
}

/// The text in which a finding stands, and where.
fn place(objects: &Objects, finding: &Found) -> Option<(Vec<u8>, Span)> {
    if !finding.location.members.is_empty() {
        return None;
    }
    let text = text(objects, &finding.object()?)?;
    let (start, end) = (offset(&text, finding.location.start?)?, offset(&text, finding.location.end?)?);
    (start < end).then(|| (text, Span::new(start, end)))
}

/// The known values of which some place holds them as they are: their identities tell where they end.
fn guess(objects: &Objects, findings: &[Found], key: &FingerprintKey) -> Known {
    let mut found: BTreeMap<&str, Secret> = BTreeMap::new();
    for finding in findings.iter().filter(|one| one.rule == super::KNOWN_RULE && one.layers.is_empty()) {
        if found.contains_key(finding.fingerprint.as_str()) {
            continue;
        }
        let Some((text, place)) = place(objects, finding) else { continue };
        let line = place.of(&text);
        let may_end = |len: &usize| line.get(*len).is_some_and(|byte| !byte.is_ascii_alphanumeric());
        let ends = [line.len()].into_iter().chain((SHORTEST..line.len()).filter(may_end));
        let is_it = |len: &usize| finding.identity() == Some(key.slow_fingerprint(&finding.rule, &line[..*len]));
        if let Some(len) = ends.take(TRIES).find(is_it) {
            found.insert(&finding.fingerprint, Secret::new(&line[..len]));
        }
    }
    let values = found.into_iter().map(|(identity, value)| (identity.to_owned(), value)).collect();
    Known::new(values, &mut Vec::new())
}

/// What was scanned of an object.
fn text(objects: &Objects, id: &ObjectId) -> Option<Vec<u8>> {
    let (kind, bytes) = objects.read(id).ok()?;
    match kind {
        Kind::Blob => Some(bytes),
        Kind::Commit | Kind::Tag => Some(object::prose(&bytes)),
        Kind::Tree => None,
    }
}

/// The byte at a position: the inverse of [`crate::model::Position::after`].
fn offset(text: &[u8], position: Position) -> Option<usize> {
    let lines = LineIndex::new(text);
    let span = lines.span(position.line, text);
    let mut column = 1;
    let mut at = span.start;
    for chunk in text.get(span.start..)?.utf8_chunks() {
        for character in chunk.valid().chars() {
            if column == position.column {
                return Some(at);
            }
            column += 1;
            at += character.len_utf8();
        }
        for _ in chunk.invalid() {
            if column == position.column {
                return Some(at);
            }
            column += 1;
            at += 1;
        }
        if at > span.end {
            break;
        }
    }
    (column == position.column).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LineIndex;

    #[test]
    fn positions_lead_back_to_their_bytes() {
        let text = "a\u{e9}b\nsecond = x\u{1d11e}y\r\nlast".as_bytes();
        let text = [text, b"\xffz"].concat();
        let lines = LineIndex::new(&text);
        for at in (0..text.len()).filter(|at| !matches!(text[*at] & 0xc0, 0x80)) {
            let position = lines.position(&text, at);
            let position = Position { line: position.line, column: position.column };
            assert_eq!(offset(&text, position), Some(at), "{at}");
        }
    }
}
