//! Whether what must stand around a literal does: asked before a pattern is searched for.
//!
//! It must never look beyond the rule's window, and never deny what the pattern would match.

use memchr::{memchr2_iter, memrchr};

use crate::model::Span;
use crate::rule::gate::Gate;

/// Says whether a match may hold the literal at `at`, or stand near it; all of it lies in `window`.
pub(super) fn lets(gate: &Gate, bytes: &[u8], at: usize, window: Span) -> bool {
    let is_in = |ranges: &[(u8, u8)], byte: u8| ranges.iter().any(|&(first, last)| (first..=last).contains(&byte));
    if !gate.lead.is_empty() && at > 0 && !is_in(&gate.lead, bytes[at - 1]) {
        return false;
    }
    if !gate.line.is_empty() {
        let line = memrchr(b'\n', &bytes[window.start..at]).map(|line| window.start + line + 1);
        let line = line.or((window.start == 0).then_some(0));
        if !line.is_some_and(|line| is_in(&gate.line, bytes[line])) {
            return false;
        }
    }
    gate.beside.is_empty() || gate.beside.iter().any(|word| holds(window.of(bytes), word.as_bytes()))
}

/// Says whether a text holds a part, in any case.
fn holds(text: &[u8], part: &[u8]) -> bool {
    let Some(&first) = part.first() else { return true };
    let is_there = |at: usize| text[at..].get(..part.len()).is_some_and(|found| found.eq_ignore_ascii_case(part));
    memchr2_iter(first, first.to_ascii_uppercase(), text).any(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::literal;

    fn own(pattern: &str) -> Gate {
        let facts = literal::facts(pattern, literal::SHORTEST).expect("a pattern");
        Gate::of_own(pattern, &facts.literals).expect("a gate")
    }

    fn goes(gate: &Gate, text: &str, literal: &str) -> bool {
        let at = text.find(literal).expect("the literal");
        lets(gate, text.as_bytes(), at, Span::new(0, text.len()))
    }

    #[test]
    fn the_byte_before_a_literal_decides() {
        let gate = own("(?:^|[^0-9a-z])(acme[0-9a-f]{32})");
        assert!(goes(&gate, "acme", "acme") && goes(&gate, "=acme", "acme"));
        assert!(!goes(&gate, "xacme", "acme"));
        assert_eq!(own("(?:^|[^0-9a-z])([0-9a-f]{4}acme[0-9a-f]{32})").lead, []);
        // Words that a rule is called by must be all of the beginnings.
        let called = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            Gate::of_words("(?:^|[^0-9a-z])(acm[ef][0-9a-f]{32})", &[], &words, false).expect("a gate").lead
        };
        assert_eq!(called(&["acme", "acmf"]), gate.lead);
        assert_eq!(called(&["acme"]), []);
    }

    #[test]
    fn the_first_byte_of_a_line_decides() {
        let words = ["mail.".to_owned()];
        let gate = Gate::of_words(r"(?m)^[a-z.]{3,40}[ \t]\S{1,9}:(\S{8})$", &[], &words, false).expect("a gate");
        assert!(goes(&gate, "mail.acme.io", "mail.") && goes(&gate, "X\nmail.acme.io", "mail."));
        assert!(!goes(&gate, "From: mail.acme.io", "mail."));
        // The break may belong to the match, which then begins on another line.
        let gate = Gate::of_words(r"(?m)^[a-z.]{3,40}\s\S{1,9}:(\S{8})$", &[], &words, false).expect("a gate");
        assert_eq!(gate.line, []);
    }

    #[test]
    fn a_literal_of_the_pattern_itself_must_stand_beside_a_word() {
        let (own, words) = ([b"password".to_vec()], ["send ".to_owned()]);
        let gate = Gate::of_words("(?i:password)\n.{0,9}send (\\w{8})", &own, &words, false).expect("a gate");
        assert!(goes(&gate, "PassWord:\nsend x", "send") && !goes(&gate, "Passwort:\nsend x", "send"));
        // One that the word holds says nothing.
        let gate = Gate::of_words("send (\\w{8})", &[b"send".to_vec()], &words, true).expect("a gate");
        assert_eq!(gate, Gate::default());
    }
}
