//! A candidate with its place in the text, still without a path: what can be said of a blob once, whatever paths it has.

use bstr::BString;

use super::{Setup, concern, public_value};
use crate::detect::known;
use crate::model::{Candidate, LineIndex, Place, RuleIndex};
use crate::report::line_hash;
use crate::source::Piece;
use crate::triage::Comment;

/// A placed candidate.
#[derive(Debug, Clone)]
pub struct Spot {
    /// Names of archive members on the way to it, outermost first.
    pub members: Vec<BString>,
    /// What the engine found.
    pub candidate: Candidate,
    /// Where.
    pub place: Place,
    /// GitHub's hash of the line.
    pub line_hash: Option<String>,
    /// The exception written beside it.
    pub comment: Option<Comment>,
    /// The inventoried secret that it concerns.
    pub concerns: Option<String>,
    /// The variable whose value it is, where its line has the form `NAME=value`.
    pub key: Option<String>,
}

/// The name before the `=` of a line of a dotenv file, when `at` stands behind that.
fn key(text: &[u8], at: usize) -> Option<String> {
    const LONGEST: usize = 100;
    let start = memchr::memrchr(b'\n', &text[at.saturating_sub(4 * LONGEST)..at])
        .map_or(at.saturating_sub(4 * LONGEST), |line| at.saturating_sub(4 * LONGEST) + line + 1);
    let line = text[start..at].trim_ascii_start();
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let len = line.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let is_name = (1..=LONGEST).contains(&len) && line[len..].trim_ascii_start().starts_with(b"=");
    is_name.then(|| String::from_utf8_lossy(&line[..len]).into_owned())
}

/// Where a candidate ends. A known value ends with its line, for its own end would tell its length.
fn end(candidate: &Candidate, rule: &str, text: &[u8]) -> usize {
    if rule != known::RULE {
        return candidate.span.end;
    }
    let rest = &text[candidate.span.start..];
    let line = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    candidate.span.start + rest[..line].trim_ascii_end().len().max(1)
}

/// The rule of a key store, each entry of which is a candidate.
const STORE: &str = "private-key-store";

/// A key store is one secret, however many entries it has.
fn once(mut candidates: Vec<Candidate>, is_store: impl Fn(RuleIndex) -> bool) -> Vec<Candidate> {
    let mut seen: Vec<Vec<&'static str>> = Vec::new();
    candidates.retain(|candidate| {
        let is_again = is_store(candidate.rule) && seen.contains(&candidate.layers);
        if is_store(candidate.rule) {
            seen.push(candidate.layers.clone());
        }
        !is_again
    });
    candidates
}

/// Places the candidates of one text.
pub fn place(candidates: Vec<Candidate>, text: &[u8], piece: Option<Piece>, setup: &Setup) -> Vec<Spot> {
    if candidates.is_empty() {
        return Vec::new();
    }
    let lines = LineIndex::new(text);
    let rule_id = |index| &*setup.engine.rules().signature(index).id;
    let mut candidates = once(candidates, |index| rule_id(index) == STORE);
    public_value::add(&mut candidates, text, setup);
    let wanted: Vec<usize> = candidates.iter().map(|candidate| lines.line(candidate.span.start)).collect();
    let hashes = if piece.is_none() { line_hash::of_lines(text, &lines, &wanted) } else { Vec::new() };
    let absolute = |position| piece.map_or(position, |piece: Piece| piece.absolute(position));
    candidates
        .into_iter()
        .enumerate()
        .map(|(number, candidate)| Spot {
            members: Vec::new(),
            place: Place {
                start: absolute(lines.position(text, candidate.span.start)),
                end: absolute(lines.position(text, end(&candidate, rule_id(candidate.rule), text))),
            },
            line_hash: hashes.get(number).cloned().flatten(),
            comment: Comment::covering(text, &lines, candidate.span, rule_id(candidate.rule)),
            concerns: concern::of(&candidate, rule_id(candidate.rule), text, &setup.policy),
            key: key(text, candidate.span.start),
            candidate,
        })
        .collect()
}
