//! What must stand around a literal before its pattern is worth a search.
//!
//! Derived from the pattern's syntax tree, as its literals are: a match that a gate denies does not exist. Only for patterns
//! that are searched for around a literal; one that begins with its literal is anchored there. Also compiled into the build
//! script.

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use serde::{Deserialize, Serialize};

use super::literal;

/// Bytes as ranges, both ends included.
type Bytes = Vec<(u8, u8)>;

/// What must stand around a literal. What is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// The bytes that may stand right before the literal: a match begins with one of them, or where the text begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lead: Bytes,
    /// The bytes with which the literal's line may begin: a match begins there and holds no further line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub line: Bytes,
    /// Lower-case literals of which every match holds one besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
}

/// The most literals that are looked for beside another one.
const MOST: usize = 6;

impl Gate {
    /// The gate of a pattern that is called by literals of its own.
    pub fn of_own(pattern: &str, literals: &[Vec<u8>]) -> Result<Self, String> {
        let hir = literal::parse(pattern)?;
        let lead = lead(&hir).filter(|_| begins_with(&literal::fold(&hir), literals));
        Ok(Self { lead: lead.unwrap_or_default(), line: line(&hir).unwrap_or_default(), beside: Vec::new() })
    }

    /// The gate of a pattern that is called by words that stand in a match or, as `is_near` says, near it; `own` are the
    /// literals of the pattern itself.
    pub fn of_words(pattern: &str, own: &[Vec<u8>], words: &[String], is_near: bool) -> Result<Self, String> {
        let hir = literal::parse(pattern)?;
        let is_said = |own: &Vec<u8>| words.iter().any(|word| holds(word.as_bytes(), own));
        let is_useful = own.len() <= MOST && own.iter().all(|own| own.is_ascii()) && !own.iter().any(is_said);
        let texts = own.iter().filter(|_| is_useful).map(|own| String::from_utf8_lossy(own).into_owned());
        let line = line(&hir).filter(|_| !is_near).unwrap_or_default();
        let lead = lead(&hir).filter(|_| !is_near && begins_with_word(&literal::fold(&hir), words));
        Ok(Self { lead: lead.unwrap_or_default(), line, beside: texts.collect() })
    }
}

fn holds(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len().max(1)).any(|window| window == part)
}

/// The bytes before the rest of a pattern that begins with `(?:^|[class])`.
fn lead(hir: &Hir) -> Option<Bytes> {
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let HirKind::Alternation(branches) = parts.first()?.kind() else { return None };
    let [start, class] = branches.as_slice() else { return None };
    let is_start = matches!(start.kind(), HirKind::Look(Look::Start));
    let HirKind::Class(Class::Bytes(class)) = class.kind() else { return None };
    is_start.then(|| class.ranges().iter().map(|range| (range.start(), range.end())).collect())
}

/// Says whether what follows the first part of a pattern begins with one of the literals.
fn begins_with(hir: &Hir, literals: &[Vec<u8>]) -> bool {
    let HirKind::Concat(parts) = hir.kind() else { return false };
    literal::prefixes(&Hir::concat(parts[1..].to_vec()), literal::SHORTEST).is_some_and(|found| found == literals)
}

/// The same for words that a pattern is called by: each of its beginnings must be one, with the byte that follows.
fn begins_with_word(hir: &Hir, words: &[String]) -> bool {
    let HirKind::Concat(parts) = hir.kind() else { return false };
    let rest = Hir::concat(parts[1..].to_vec());
    let is_word = |start: &[u8]| words.iter().any(|word| start.starts_with(word.as_bytes()));
    let is_called = |start: &Vec<u8>| {
        let mut longer = literal::followers(&rest, start).into_bytes();
        is_word(start) || longer.all(|byte| is_word(&[start.as_slice(), &[byte]].concat()))
    };
    literal::prefixes(&rest, 3).is_some_and(|starts| starts.iter().all(is_called))
}

/// The first bytes of a pattern that begins with `(?m)^` and never leaves its line.
fn line(hir: &Hir) -> Option<Bytes> {
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let is_start = matches!(parts.first()?.kind(), HirKind::Look(Look::StartLF));
    if !is_start || crosses_lines(hir) {
        return None;
    }
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_class(256).limit_literal_len(1).limit_total(256);
    let seq = extractor.extract(&Hir::concat(parts[1..].to_vec()));
    seq.literals()?.iter().map(|literal| literal.as_bytes().first().map(|&byte| (byte, byte))).collect()
}

/// Says whether a match may hold a line break.
fn crosses_lines(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.contains(&b'\n'),
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&b'\n'))
        }
        HirKind::Class(Class::Unicode(_)) => true,
        HirKind::Repetition(repetition) => crosses_lines(&repetition.sub),
        HirKind::Capture(capture) => crosses_lines(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(crosses_lines),
        HirKind::Empty | HirKind::Look(_) => false,
    }
}
