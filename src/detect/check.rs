//! The checks that a rule's match must pass, cheapest first, and the proofs that make it certain.

use regex_automata::Input;

use crate::model::{Confidence, Evidence, Part, Secret, Span};
use crate::rule::{Class, LINE_REACH, LazyRegex, Signature, Trigger};
use crate::text::placeholder;
use crate::text::proof::Proof;
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
        Some((_, Proof::Failed)) => return None,
        Some((validator, Proof::Passed)) => evidence.add(format!("its structure is that of {}", validator.name())),
        // Well formed, but so is every text of that alphabet.
        Some((_, Proof::NotApplicable)) | None => {}
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

/// The further values of a composite rule; none when a needed one is missing.
pub(super) fn parts(bytes: &[u8], span: Span, signature: &Signature, evidence: &mut Evidence) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    for part in &signature.parts {
        let found = part.pattern.get().and_then(|regex| {
            let area = lines_around(bytes, span, part.lines);
            let mut best: Option<Span> = None;
            let mut captures = regex.create_captures();
            let mut from = area.start;
            while from < area.end {
                regex.search_captures(&Input::new(bytes).range(from..area.end), &mut captures);
                let Some(matched) = captures.get_match() else { break };
                let group = captures.get_group(1).unwrap_or(matched.span());
                let group = Span::new(group.start, group.end);
                let closer = |best: Span| distance(group, span) < distance(best, span);
                if !group.overlaps(span) && best.is_none_or(closer) {
                    best = Some(group);
                }
                from = matched.end().max(from + 1);
            }
            best
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

fn distance(one: Span, other: Span) -> usize {
    if one.start < other.start { other.start - one.end.min(other.start) } else { one.start - other.end.min(one.start) }
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
