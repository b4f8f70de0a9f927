//! Reads the values again, from the objects in which the sweep found them: for masking, for searching, for the file of replacements.
//!
//! They live in [`Secret`]s and leave only through [`super::rewrite::expressions`], into a file that its caller protects.

use crate::model::{FingerprintKey, LineIndex, ObjectId, Secret};
use crate::source::git::{Kind, Objects, object};

use super::input::{Found, Position};

/// A value as it stands in its object, encodings included.
pub struct Value {
    /// The bytes between its first and its last character.
    pub raw: Secret,
    /// Position of its finding in the sweep.
    pub finding: usize,
}

/// Reads the value of each finding that has a place in an object; the others' positions are returned.
pub fn read(objects: &Objects, findings: &[Found], key: &FingerprintKey) -> (Vec<Value>, Vec<usize>) {
    let (mut values, mut unread) = (Vec::new(), Vec::new());
    for (at, finding) in findings.iter().enumerate() {
        // What a name or a reflog says stands in no object.
        let has_value = finding.value_bytes.is_some() || finding.rule == super::KNOWN_RULE;
        if !has_value || !matches!(finding.location.origin.as_str(), "blob" | "commit" | "tag") {
            continue;
        }
        match one(objects, finding, key) {
            Some(raw) => values.push(Value { raw, finding: at }),
            None => unread.push(at),
        }
    }
    (values, unread)
}

fn one(objects: &Objects, finding: &Found, key: &FingerprintKey) -> Option<Secret> {
    if !finding.location.members.is_empty() {
        return None;
    }
    let text = text(objects, &finding.object()?)?;
    let (start, end) = (offset(&text, finding.location.start?)?, offset(&text, finding.location.end?)?);
    let raw = text.get(start..end).filter(|raw| !raw.is_empty())?;
    // Without decodings the value stands there as it is: nothing else may ever be taken for it.
    let is_known = finding.rule == super::KNOWN_RULE;
    let is_itself = || finding.identity() == Some(key.fingerprint(&finding.rule, raw));
    (is_known || !finding.layers.is_empty() || is_itself()).then(|| Secret::new(raw))
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
