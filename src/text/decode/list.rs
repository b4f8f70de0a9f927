//! Strings that are made of a list: `["abc", "def"].join("")`, `"".join(["abc", "def"])`, `join("", ["abc", "def"])`,
//! `concat("abc", "def")`.
//!
//! Only lists of literals that are joined with nothing between. What decides stands in the call itself.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::map::Writer;
use super::{Layer, Output};
use crate::model::Span;

/// How far a call is followed in either direction.
pub(super) const REACH: usize = 2048;

/// The words that join.
static WORDS: LazyLock<[Finder<'static>; 2]> = LazyLock::new(|| [Finder::new("join"), Finder::new("oncat")]);

/// Decodes the calls that touch `range`.
pub(super) fn layers(bytes: &[u8], range: Span, output: &mut Output<'_, '_>) {
    let wide = range.widened(REACH, bytes.len());
    for word in &*WORDS {
        let len = word.needle().len();
        for at in word.find_iter(wide.of(bytes)) {
            let at = wide.start + at;
            let pieces = list_before(bytes, at, at + len).or_else(|| list_after(bytes, at, at + len));
            let Some(pieces) = pieces.filter(|pieces| pieces.len() > 1) else { continue };
            let span = Span::new(pieces[0].start, pieces[pieces.len() - 1].end);
            if span.start <= range.end && range.start <= span.end && output.affords(span.len()) {
                push(bytes, &pieces, Span::new(span.start.min(at), span.end.max(at + len)), output);
            }
        }
    }
}

fn push(bytes: &[u8], pieces: &[Span], context: Span, output: &mut Output<'_, '_>) {
    let span = Span::new(pieces[0].start, pieces[pieces.len() - 1].end);
    let mut writer = Writer::default();
    pieces.iter().for_each(|piece| writer.copy(piece.start, piece.of(bytes)));
    let (bytes, map) = writer.finish(span);
    output.push(Layer { kind: "joined", bytes, span, context, map });
}

/// `[…].join("")`: the literals before a word that is called with an empty one, or with nothing.
fn list_before(bytes: &[u8], word: usize, end: usize) -> Option<Vec<Span>> {
    let dot = back(bytes, word);
    let close = back(bytes, dot.checked_sub(1).filter(|&dot| bytes[dot] == b'.')?).checked_sub(1)?;
    let opening = match bytes[close] {
        b']' => b'[',
        b')' => b'(',
        _ => return None,
    };
    let mut at = blank(bytes, end);
    if bytes.get(at) == Some(&b'(') {
        at = blank(bytes, at + 1);
        if bytes.get(at) != Some(&b')') {
            let empty = literal(bytes, at)?;
            (empty.is_empty() && bytes.get(blank(bytes, empty.end + 1)) == Some(&b')')).then_some(())?;
        } else {
            // Without an argument JavaScript puts commas between.
            return None;
        }
    }
    let low = close.saturating_sub(REACH);
    let open = low + memchr::memrchr(opening, &bytes[low..close])?;
    let (pieces, end) = literals(bytes, open + 1)?;
    (end == close).then_some(pieces)
}

/// `"".join([…])`, `join("", […])`, `concat(…)`: the literals in a call's brackets.
fn list_after(bytes: &[u8], word: usize, end: usize) -> Option<Vec<Span>> {
    let is_macro = bytes.get(end) == Some(&b'!');
    let mut at = blank(bytes, end + usize::from(is_macro));
    (bytes.get(at) == Some(&b'(')).then_some(())?;
    at = blank(bytes, at + 1);
    let is_concat = bytes[word] == b'o';
    let before = &bytes[..word];
    if !(is_concat || before.ends_with(b"\"\".") || before.ends_with(b"''.")) {
        let glue = literal(bytes, at).filter(|glue| glue.is_empty())?;
        at = blank(bytes, glue.end + 1);
        (bytes.get(at) == Some(&b',')).then_some(())?;
        at = blank(bytes, at + 1);
    }
    if matches!(bytes.get(at), Some(b'[' | b'(')) {
        at += 1;
    }
    let (pieces, end) = literals(bytes, at)?;
    matches!(bytes.get(end), Some(b']' | b')')).then_some(pieces)
}

/// The contents of literals with commas between, and where the list ends.
fn literals(bytes: &[u8], mut at: usize) -> Option<(Vec<Span>, usize)> {
    let (start, mut pieces) = (at, Vec::new());
    loop {
        at = blank(bytes, at);
        let Some(piece) = literal(bytes, at) else { break };
        pieces.push(piece);
        at = blank(bytes, piece.end + 1);
        if bytes.get(at) != Some(&b',') {
            break;
        }
        at += 1;
        if at - start > REACH {
            return None;
        }
    }
    Some((pieces, at))
}

/// The content of the literal that begins at `at`.
fn literal(bytes: &[u8], at: usize) -> Option<Span> {
    let quote = *bytes.get(at).filter(|quote| matches!(quote, b'"' | b'\'' | b'`'))?;
    let near = &bytes[at + 1..bytes.len().min(at + 1 + REACH)];
    let len = near.iter().position(|&byte| byte == quote || matches!(byte, b'\\' | b'\n'))?;
    (near[len] == quote).then(|| Span::new(at + 1, at + 1 + len))
}

/// Skips space, and comes back over it.
fn blank(bytes: &[u8], at: usize) -> usize {
    at + bytes.get(at..).unwrap_or_default().iter().take(256).take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn back(bytes: &[u8], at: usize) -> usize {
    at - bytes[..at].iter().rev().take(256).take_while(|byte| byte.is_ascii_whitespace()).count()
}

#[cfg(test)]
mod tests {
    use crate::model::Span;
    use crate::text::decode::{Budget, layers};

    #[test]
    fn lists_are_joined_where_nothing_stands_between() {
        for (text, expected) in [
            (r#"["aB3", "dE6", 'gH9'].join("")"#, Some("aB3dE6gH9")),
            ("[\n  'aB3',\n  'dE6',\n]\n  .join('')", Some("aB3dE6")),
            (r#""".join(["aB3", "dE6"])"#, Some("aB3dE6")),
            (r#"''.join(("aB3", "dE6"))"#, Some("aB3dE6")),
            (r#"join("", ["aB3", "dE6"])"#, Some("aB3dE6")),
            (r#"concat!("aB3", "dE6")"#, Some("aB3dE6")),
            ("select concat('aB3', 'dE6')", Some("aB3dE6")),
            (r#"%w[a b]; ["aB3", "dE6"].join"#, Some("aB3dE6")),
            (r#"["aB3", "dE6"].join(", ")"#, None),
            (r#"["aB3", "dE6"].join()"#, None),
            (r#"", ".join(["aB3", "dE6"])"#, None),
            (r#"["aB3", x].join("")"#, None),
            (r#"path.join("aB3", "dE6")"#, None),
        ] {
            let mut found = Vec::new();
            layers(text.as_bytes(), &[Span::new(0, text.len())], &mut Budget::new(text.len()), &mut found);
            let joined = found.iter().find(|layer| layer.kind == "joined");
            let joined = joined.map(|layer| String::from_utf8_lossy(&layer.bytes).into_owned());
            assert_eq!(joined.as_deref(), expected, "{text}");
        }
    }
}
