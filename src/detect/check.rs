//! The checks that a rule's match must pass, cheapest first, and the proofs that make it certain.

use regex_automata::Input;

use super::shape::belief;
use crate::model::{Confidence, Evidence, Part, Secret, Span};
use crate::rule::{Class, LINE_REACH, LazyRegex, Signature, Trigger};
use crate::text::placeholder;
use crate::text::proof::Proof;
use crate::text::validate::Validator;
use crate::text::validate::jwt::Jwt;
use crate::text::{charset, entropy};

/// Says whether a rule names the value as one that it does not mean, such as a provider's public example.
pub(super) fn is_excepted(value: &[u8], signature: &Signature) -> bool {
    signature.checks.not.iter().any(|pattern| matches_whole(pattern, value))
}

/// The confidence that is left after all checks; none when one of them denies the value.
pub(super) fn check(
    value: &[u8],
    signature: &Signature,
    confidence: Confidence,
    evidence: &mut Evidence,
) -> Option<Confidence> {
    let checks = &signature.checks;
    if is_excepted(value, signature) {
        return None;
    }
    let mut confidence = confidence;
    if let Some(checksum) = checks.checksum {
        match checksum.verify(value) {
            // Arithmetic outweighs whatever words the value happens to spell.
            Proof::Passed => {
                evidence.add(format!("its {} checksum is right", checksum.name()));
                return Some(Confidence::Certain);
            }
            Proof::Failed if checksum.excludes() => return None,
            Proof::Failed => {
                evidence.add(format!("its {} checksum is wrong: made up, mistyped or cut", checksum.name()));
                confidence = confidence.min(Confidence::Medium);
            }
            Proof::NotApplicable => {}
        }
    }
    if !checks.require.iter().all(|class| value.iter().any(|&byte| is_in(byte, *class))) {
        return None;
    }
    if checks.min_entropy.is_some_and(|least| entropy::shannon(value) < least) {
        return None;
    }
    let structure = checks.validate.map(|validator| (validator, validator.check(value)));
    let is_proven = structure.is_some_and(|(validator, proof)| proof == Proof::Passed && validator.is_checksum());
    if !is_proven && is_filler(value, signature) {
        return None;
    }
    match structure {
        Some((validator, Proof::Failed)) if validator.excludes() => return None,
        Some((validator, Proof::Failed)) => {
            evidence.add(format!("its {} checksum is wrong: made up, mistyped or cut", validator.name()));
            confidence = confidence.min(Confidence::Medium);
        }
        Some((validator, Proof::Passed)) if validator.is_checksum() => {
            evidence.add(format!("its {} checksum is right", validator.name()));
            return Some(Confidence::Certain);
        }
        Some((validator, Proof::Passed)) => {
            evidence.add(format!("its structure is that of {}", validator.name()));
            if validator == Validator::Jwt && Jwt::read(value).is_some_and(|jwt| jwt.is_unsigned()) {
                evidence.add("nobody signed it (alg: none): whoever takes it takes any other");
                confidence = Confidence::Low;
            }
            if validator == Validator::Jwt && Jwt::read(value).is_some_and(|jwt| jwt.is_certificate()) {
                evidence.add("says who somebody of NATS is: only the seed of its key logs in");
                confidence = Confidence::Low;
            }
        }
        // Well formed, but so is every text of that alphabet.
        Some((_, Proof::NotApplicable)) | None => {}
    }
    // A password of letters may be a word of a development machine, or drawn.
    if confidence == Confidence::Low
        && checks.validate == Some(Validator::UrlPassword)
        && let Some((Confidence::High, why)) = belief::of(value)
    {
        evidence.add(why);
        return Some(Confidence::Medium);
    }
    Some(confidence)
}

/// Placeholders: judged on the whole value for plain values, on the part after the mark for marked tokens.
fn is_filler(value: &[u8], signature: &Signature) -> bool {
    if value.contains(&b'\n') {
        return false;
    }
    let mark = signature.matcher.literals.iter().filter(|literal| {
        signature.matcher.trigger == Trigger::Prefix
            && value.len() > literal.len() + 8
            && value[..literal.len()].eq_ignore_ascii_case(literal.as_bytes())
    });
    let mark = mark.map(String::len).max().unwrap_or(0);
    is_template(value) || placeholder::is_placeholder(&value[mark..]) || charset::is_sequence(&value[mark..])
}

/// A value with `%{…}` in it is filled in by a program: Ruby, Logstash and our own rules' examples write it so.
pub(super) fn is_template(value: &[u8]) -> bool {
    memchr::memmem::find(value, b"%{").is_some()
}

/// Whether the name before a key, at the end of what stands before it, says that nobody uses it: `TEST_FAKE_RSA_KEY = "…"`.
pub(super) fn is_called_fake(before: &[u8]) -> bool {
    let line = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let Some(sign) = line.iter().position(|byte| matches!(byte, b'=' | b':')) else { return false };
    let is_fake = |word: &[u8]| word.eq_ignore_ascii_case(b"fake") || word.eq_ignore_ascii_case(b"dummy");
    line[..sign].split(|byte| !byte.is_ascii_alphabetic()).any(is_fake)
}

/// The further values of a composite rule; none when a needed one is missing.
pub(super) fn parts(bytes: &[u8], span: Span, signature: &Signature, evidence: &mut Evidence) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for part in &signature.parts {
        let found = part.pattern.get().and_then(|regex| {
            let area = lines_around(bytes, span, part.lines);
            let mut places: Vec<Span> = Vec::new();
            let mut captures = regex.create_captures();
            let mut from = area.start;
            while from < area.end {
                regex.search_captures(&Input::new(bytes).range(from..area.end), &mut captures);
                let Some(matched) = captures.get_match() else { break };
                let group = captures.get_group(1).unwrap_or(matched.span());
                let group = Span::new(group.start, group.end);
                if !group.overlaps(span) {
                    places.push(group);
                }
                from = matched.end().max(from + 1);
            }
            partner(bytes, area, span, &places)
        });
        match found {
            Some(place) => {
                evidence.add(format!("its {} stands near it", part.name));
                parts.push(Part { name: part.name.clone(), span: place, secret: Secret::new(place.of(bytes)) });
            }
            None if part.optional => {}
            None => return None,
        }
    }
    Some(parts)
}

/// Which of several places belongs to the value: one of the same entry, on the side on which the first of them stands.
fn partner(bytes: &[u8], area: Span, span: Span, places: &[Span]) -> Option<Span> {
    let between =
        |place: Span| if place.start < span.start { (place.end, span.start) } else { (span.end, place.start) };
    let gap = |place: &Span| {
        let (start, end) = between(*place);
        &bytes[start.min(end)..end]
    };
    let lines = |text: &[u8]| memchr::memchr_iter(b'\n', text).count();
    let near = |place: &&Span| (begins_entry(gap(place)), lines(gap(place)), gap(place).len());
    let before = places.iter().filter(|place| place.start < span.start).min_by_key(near);
    let after = places.iter().filter(|place| place.start > span.start).min_by_key(near);
    let (Some(before), Some(after)) = (before, after) else { return before.or(after).copied() };
    if begins_entry(gap(before)) != begins_entry(gap(after)) {
        return Some(if begins_entry(gap(before)) { *after } else { *before });
    }
    // `B_SECRET` belongs to `B_ID`, `SECRET_2` to `ID_2`.
    let (one, other) = (kinship(bytes, span, *before), kinship(bytes, span, *after));
    if one != other {
        return Some(if one > other { *before } else { *after });
    }
    // Pair stands below pair. Where a field of the value's name comes first of all, the others follow theirs.
    let line = memchr::memrchr(b'\n', &bytes[area.start..span.start]).map_or(area.start, |at| area.start + at + 1);
    let name = &bytes[line..span.start];
    let first = places.iter().map(|place| place.start).min().unwrap_or(span.start);
    let sibling = memchr::memmem::find(&bytes[area.start..first], name).filter(|_| name.len() >= 4);
    let is_beginning = |at: usize| area.start == 0 || lines(&bytes[area.start..area.start + at]) > lines(gap(before));
    Some(if sibling.is_some_and(is_beginning) { *after } else { *before })
}

/// How many words the names before two values on their lines have in common.
fn kinship(bytes: &[u8], one: Span, other: Span) -> usize {
    let words = |value: Span| {
        let low = value.start.saturating_sub(LINE_REACH);
        let line = memchr::memrchr(b'\n', &bytes[low..value.start]).map_or(low, |at| low + at + 1);
        bytes[line..value.start].split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
    };
    words(one).filter(|word| words(other).any(|own| own.eq_ignore_ascii_case(word))).count()
}

/// Whether another entry begins in the text between two values: a brace closes, a line is blank, a section or an item begins.
fn begins_entry(gap: &[u8]) -> bool {
    let begins = |line: &[u8]| {
        let line = line.trim_ascii();
        line.is_empty() || line == b"-" || line.starts_with(b"[") || line.starts_with(b"- ")
    };
    let mut lines = gap.split(|&byte| byte == b'\n').skip(1).peekable();
    let mut found = memchr::memchr(b'}', gap).is_some();
    while let Some(line) = lines.next() {
        // The last piece is the beginning of the line of the value behind.
        found |= if lines.peek().is_some() { begins(line) } else { !line.trim_ascii().is_empty() && begins(line) };
    }
    found
}

/// The bytes of `count` lines before and after, but never more than the rule's window allows.
fn lines_around(bytes: &[u8], span: Span, count: usize) -> Span {
    let reach = count * LINE_REACH + 256;
    let (low, high) = (span.start.saturating_sub(reach), (span.end + reach).min(bytes.len()));
    let mut start = span.start;
    for _ in 0..=count {
        match memchr::memrchr(b'\n', &bytes[low..start]) {
            Some(at) => start = low + at,
            None => {
                start = low;
                break;
            }
        }
    }
    let mut end = span.end;
    for _ in 0..=count {
        match memchr::memchr(b'\n', &bytes[end..high]) {
            Some(at) => end += at + 1,
            None => {
                end = high;
                break;
            }
        }
    }
    Span::new(start, end)
}

fn matches_whole(pattern: &LazyRegex, value: &[u8]) -> bool {
    pattern.get().and_then(|regex| regex.find(value)).is_some_and(|found| found.range() == (0..value.len()))
}

fn is_in(byte: u8, class: Class) -> bool {
    match class {
        Class::Digit => byte.is_ascii_digit(),
        Class::Lower => byte.is_ascii_lowercase(),
        Class::Upper => byte.is_ascii_uppercase(),
        Class::Symbol => !byte.is_ascii_alphanumeric(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place that `partner` chooses for the `S` number `which` among all `I` of a text.
    fn chosen(text: &str, which: usize) -> usize {
        let places = |mark: &str| -> Vec<Span> {
            text.match_indices(mark).map(|(at, _)| Span::new(at, at + mark.len())).collect()
        };
        let ids = places("I=");
        let span = places("S=")[which];
        let area = lines_around(text.as_bytes(), span, 5);
        let near: Vec<Span> = ids.iter().copied().filter(|id| id.start >= area.start && id.end <= area.end).collect();
        let found = partner(text.as_bytes(), area, span, &near).expect("a place");
        ids.iter().position(|id| *id == found).expect("one of the places")
    }

    #[test]
    fn each_value_of_several_pairs_has_its_own_partner() {
        for (one, two) in [
            ("the-name-of-I=1\nthe-longer-name-of-S=1\n", "the-name-of-I=2\nthe-longer-name-of-S=2\n"),
            ("the-longer-name-of-S=1\nthe-id-of-I=1\n", "the-longer-name-of-S=2\nthe-id-of-I=2\n"),
            ("  I=1\n  x\n  y\n  S=1\n\n", "  I=2\n  x\n  y\n  S=2\n\n"),
            ("[a]\nS=1\nx\ny\nI=1\n", "[b]\nS=2\nx\ny\nI=2\n"),
            ("- I=1\n  x\n  y\n  S=1\n", "- I=2\n  x\n  y\n  S=2\n"),
            ("- S=1\n  x\n  y\n  I=1\n", "- S=2\n  x\n  y\n  I=2\n"),
            ("{\n S=1,\n x,\n I=1\n},\n", "{\n S=2,\n x,\n I=2\n},\n"),
            ("{S=1, x, x, x, I=1}, ", "{S=2, x, x, x, I=2}, "),
        ] {
            let text = format!("{one}{two}{two}");
            for which in 0..3 {
                assert_eq!(chosen(&text, which), which, "{which} of {text}");
            }
        }
        // Names that belong together outweigh the places.
        for form in ["@_S=1\nx\ny\nz\n@_I=1\n", "I=@\nx\ny\nS=@\n", "I=1\nx\n@_S=1\n@_I=1\n@_S=2\n"] {
            let text: String = ["DEV", "TEST", "LIVE"].iter().map(|name| form.replace('@', name)).collect();
            let (ids, keys) = (text.matches("I=").count() / 3, text.matches("S=").count() / 3);
            for which in 0..3 * keys {
                let expected = which / keys * ids + ids - 1;
                assert_eq!(chosen(&text, which), expected, "{which} of {text}");
            }
        }
    }
}
