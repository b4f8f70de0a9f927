//! What can be known about a pattern before it runs: the literals that it needs, the window that it may use, and
//! the run of characters that must be there.
//!
//! Derived from the pattern's syntax tree, never guessed: a match without one of the literals does not exist. Also
//! compiled into the build script, so it imports nothing of ours.

use regex_syntax::hir::literal::{ExtractKind, Extractor, Seq};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use super::byte_set::ByteSet;

/// Facts about a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// Lower-case literals, at least one of which every match holds.
    pub literals: Vec<Vec<u8>>,
    /// Whether every match begins with one of the literals.
    pub is_prefix: bool,
    /// For prefixes, one for each literal: the lower-case bytes of which one must follow.
    pub after: Vec<ByteSet>,
    /// The prefixes in their own case; none where case does not matter, or where they are many.
    pub exact: Vec<Vec<u8>>,
    /// Whether a match can only begin where a word begins.
    pub is_bounded: bool,
    /// Length of the longest match in bytes; none when it is unbounded.
    pub longest: Option<usize>,
    /// A run that every match holds: the set of bytes as ranges, and how many of them in a row.
    pub run: Option<(Vec<(u8, u8)>, usize)>,
}

/// The shortest literal that a rule is called by without saying so itself.
pub const SHORTEST: usize = 4;
const MOST: usize = 160;

/// Words of code in general: no provider rule may be called by one of them.
pub const HOT: &[&str] = &[
    "access",
    "account",
    "admin",
    "apikey",
    "api_key",
    "application",
    "auth",
    "authorization",
    "client",
    "code",
    "config",
    "credential",
    "data",
    "email",
    "field",
    "file",
    "github",
    "header",
    "host",
    "http",
    "https",
    "https://",
    "http://",
    "import",
    "index",
    "login",
    "name",
    "number",
    "object",
    "password",
    "private",
    "public",
    "request",
    "response",
    "return",
    "secret",
    "server",
    "service",
    "session",
    "string",
    "test",
    "test_",
    "token",
    "type",
    "user",
    "username",
    "value",
];

/// Parses `pattern` in byte mode with Unicode off.
pub fn parse(pattern: &str) -> Result<Hir, String> {
    regex_syntax::ParserBuilder::new()
        .unicode(false)
        .utf8(false)
        .build()
        .parse(pattern)
        .map_err(|error| error.to_string())
}

/// Derives the facts of `pattern`; a match that begins with literals of `shortest` bytes or more is called by them.
pub fn facts(pattern: &str, shortest: usize) -> Result<Facts, String> {
    let hir = parse(pattern)?;
    let longest = hir.properties().maximum_len();
    let run = longest_run(&hir);
    let folded = fold(&hir);
    let (is_prefix, after, exact) = (false, Vec::new(), Vec::new());
    if let Some(literals) = prefixes(&folded, shortest) {
        let after = literals.iter().map(|literal| followers(&folded, literal)).collect();
        let exact = prefixes(&hir, shortest).filter(|exact| exact.len() <= literals.len().max(8)).unwrap_or_default();
        let is_bounded = begins_at_word(&hir);
        return Ok(Facts { literals, is_prefix: true, after, exact, is_bounded, longest, run });
    }
    let literals = required(&folded).unwrap_or_default();
    Ok(Facts { literals, is_prefix, after, exact, is_bounded: false, longest, run })
}

/// The bytes of which one must follow a literal that begins a match.
pub(super) fn followers(hir: &Hir, literal: &[u8]) -> ByteSet {
    let mut extractor = Extractor::new();
    let len = literal.len() + 1;
    extractor.kind(ExtractKind::Prefix).limit_class(256).limit_repeat(8).limit_literal_len(len).limit_total(1 << 14);
    let seq = extractor.extract(hir);
    let Some(literals) = seq.literals() else { return ByteSet::ALL };
    let mut set = ByteSet::NONE;
    for longer in literals
        .iter()
        .map(|longer| longer.as_bytes())
        .filter(|longer| literal.starts_with(&longer[..longer.len().min(literal.len())]))
    {
        match longer.get(literal.len()) {
            Some(&byte) => set.insert(byte),
            None => return ByteSet::ALL,
        }
    }
    set
}

/// Says whether the pattern begins with `\b` or its like.
fn begins_at_word(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Look(look) => matches!(look, Look::WordAscii | Look::WordStartAscii | Look::WordStartHalfAscii),
        HirKind::Capture(capture) => begins_at_word(&capture.sub),
        HirKind::Concat(parts) => parts.first().is_some_and(begins_at_word),
        HirKind::Alternation(branches) => branches.iter().all(begins_at_word),
        _ => false,
    }
}

/// The literals that begin every match, if they are few and long enough.
pub(super) fn prefixes(hir: &Hir, shortest: usize) -> Option<Vec<Vec<u8>>> {
    let mut extractor = Extractor::new();
    extractor.kind(ExtractKind::Prefix).limit_class(8).limit_repeat(8).limit_literal_len(24).limit_total(MOST);
    usable(extractor.extract(hir), shortest)
}

fn usable(seq: Seq, shortest: usize) -> Option<Vec<Vec<u8>>> {
    let mut literals: Vec<Vec<u8>> = seq.literals()?.iter().map(|literal| literal.as_bytes().to_vec()).collect();
    literals.sort();
    literals.dedup();
    let fits =
        !literals.is_empty() && literals.len() <= MOST && literals.iter().all(|literal| literal.len() >= shortest);
    let literals = fits.then(|| without_covered(literals))?;
    (!is_hot(&literals)).then_some(literals)
}

/// Says whether one of the literals is a hot word.
fn is_hot(literals: &[Vec<u8>]) -> bool {
    literals.iter().any(|literal| HOT.iter().any(|hot| hot.as_bytes() == literal))
}

/// Drops each literal of which another one is a prefix: wherever it stands, the shorter one stands as well.
fn without_covered(literals: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut kept: Vec<Vec<u8>> = Vec::with_capacity(literals.len());
    for literal in literals {
        if !kept.last().is_some_and(|last| literal.starts_with(last)) {
            kept.push(literal);
        }
    }
    kept
}

/// The best set of literals of which each match holds one, anywhere.
fn required(hir: &Hir) -> Option<Vec<Vec<u8>>> {
    match hir.kind() {
        HirKind::Literal(literal) if literal.0.len() >= SHORTEST => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min >= 1 => required(&repetition.sub),
        HirKind::Alternation(branches) => {
            let mut all = Vec::new();
            for branch in branches {
                all.extend(required(branch)?);
            }
            all.sort();
            all.dedup();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Concat(parts) => {
            let single = parts.iter().filter_map(required).filter(|literals| !is_hot(literals));
            let tails = (0..parts.len()).filter_map(|from| prefixes(&Hir::concat(parts[from..].to_vec()), SHORTEST));
            single.chain(tails).max_by_key(|literals| worth(literals))
        }
        _ => None,
    }
}

/// A set is worth its shortest literal, then its fewness.
fn worth(literals: &[Vec<u8>]) -> (usize, usize) {
    (literals.iter().map(Vec::len).min().unwrap_or(0).min(8), MOST.saturating_sub(literals.len()))
}

/// Lower-cases literals and turns classes that are one letter in both cases into that letter.
pub(super) fn fold(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
        HirKind::Class(Class::Bytes(class)) => {
            let mut folded = regex_syntax::hir::ClassBytes::empty();
            for range in class.ranges() {
                for byte in range.start()..=range.end() {
                    let byte = byte.to_ascii_lowercase();
                    folded.push(regex_syntax::hir::ClassBytesRange::new(byte, byte));
                }
            }
            match folded.literal() {
                Some(bytes) => Hir::literal(bytes),
                None => Hir::class(Class::Bytes(folded)),
            }
        }
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(fold(&repetition.sub))),
        HirKind::Capture(capture) => fold(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(fold).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(fold).collect()),
        _ => hir.clone(),
    }
}

/// The longest run of one class that every match must hold, if it has eight bytes or more.
fn longest_run(hir: &Hir) -> Option<(Vec<(u8, u8)>, usize)> {
    match hir.kind() {
        HirKind::Repetition(repetition) if repetition.min >= 8 => {
            let HirKind::Class(Class::Bytes(class)) = strip_captures(&repetition.sub).kind() else { return None };
            let ranges = class.ranges().iter().map(|range| (range.start(), range.end())).collect();
            Some((ranges, repetition.min as usize))
        }
        HirKind::Repetition(repetition) if repetition.min >= 1 => longest_run(&repetition.sub),
        HirKind::Capture(capture) => longest_run(&capture.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(longest_run).max_by_key(|(_, len)| *len),
        _ => None,
    }
}

fn strip_captures(hir: &Hir) -> &Hir {
    match hir.kind() {
        HirKind::Capture(capture) => strip_captures(&capture.sub),
        _ => hir,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, is_prefix: bool, literals: &[&str]) {
        let facts = facts(pattern, SHORTEST).unwrap();
        let found: Vec<String> = facts.literals.iter().map(|l| String::from_utf8_lossy(l).into_owned()).collect();
        assert_eq!(
            (facts.is_prefix, found),
            (is_prefix, literals.iter().map(|l| (*l).to_owned()).collect()),
            "{pattern}"
        );
    }

    #[test]
    fn literals_are_derived_from_the_pattern() {
        check(r"\b(acme_live_[0-9A-Za-z]{32})\b", true, &["acme_live_"]);
        check(r"\b((?:AKIA|ASIA)[A-Z2-7]{16})\b", true, &["akia", "asia"]);
        check(r"(?i:datadog)[_-]?key", true, &["datadog-key", "datadog_key", "datadogkey"]);
        check(r"[0-9a-f]{32}-us(?:1|2)\.api\.mailchimp", false, &[".api.mailchimp"]);
        check(r"\bab[0-9]{12}", false, &[]);
    }

    #[test]
    fn the_run_and_the_longest_match_are_known() {
        let facts = facts(r"\bacme_([0-9a-f]{32,40})\b", SHORTEST).unwrap();
        assert_eq!(facts.run, Some((vec![(b'0', b'9'), (b'a', b'f')], 32)));
        assert_eq!(facts.longest, Some(45));
        assert_eq!(super::facts(r"acme_[a-z]+", SHORTEST).unwrap().longest, None);
    }
}
