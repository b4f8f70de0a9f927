//! What a name is given: the value that an assignment, in whatever language, puts under it.
//!
//! Reads forward from the end of a name and never more than a few hundred bytes. It knows grammar only: whether
//! the name matters and whether the value is a secret is decided by who asks.

mod before;
mod beside;
mod nested;
mod tie;
mod tuple;
mod typed;
mod value;

use crate::model::Span;

pub use before::{has_value_before, value_before};

/// How a value is tied to its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `=`, `:=`, `?=`, `||=`.
    Assign,
    /// `:`, `=>`, `->`.
    Colon,
    /// `==`, `!=` and their longer forms.
    Compare,
    /// `||`, `??`, `?:`, `or`, `:-`: the value is used when nothing else is given.
    Default,
    /// A further argument: `("name", "value")`.
    Comma,
    /// The argument of a call: `setName("value")`.
    Call,
    /// Nothing but white space: `ENV NAME value`, `#define NAME "value"`, `--name value`.
    Space,
    /// The text of an element: `<name>value</name>`.
    Element,
    /// A sibling field: `"name": "x", "value": "y"`.
    Pair,
}

/// How a value is delimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quote {
    /// By quotation marks (or by an element's tags).
    Closed,
    /// By white space and punctuation.
    Bare,
    /// By the end of a line that holds nothing but the assignment.
    Line,
    /// By the next parameter of a URL's query.
    Query,
}

/// A value under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// What ties the two.
    pub operator: Operator,
    /// The value, without its quotes.
    pub value: Span,
    /// What delimits it.
    pub quote: Quote,
    /// The function or constructor around the literal: `Base64.decode`, `new String`; empty when there is none.
    pub wrapper: Span,
    /// One of several in a list.
    pub is_listed: bool,
}

/// Longest value that is read.
const LONGEST: usize = 305;
/// Most bytes between the name and the value.
const REACH: usize = 120;

/// Reports each value that the name at `name` is given.
pub fn values(text: &[u8], name: Span, mut report: impl FnMut(Assignment)) {
    let mut at = name.end;
    let Some(&first) = text.get(at) else { return };
    // The common case, a word in code or prose, must end here.
    if !matches!(
        first,
        b' ' | b'\t'
            | b'"'
            | b'\''
            | b'`'
            | b'\\'
            | b']'
            | b')'
            | b'='
            | b':'
            | b'>'
            | b'('
            | b','
            | b'|'
            | b'?'
            | b'['
            | b'!'
            | b'-'
            | b'<'
            | b'\n'
            | b'\r'
            | b'}'
            | b'{'
            | b'/'
            | b'.'
    ) {
        return;
    }
    let opening = name.start.checked_sub(1).and_then(|before| text.get(before)).copied().unwrap_or(b'\n');
    let mut is_quoted = false;
    while matches!(text.get(at), Some(b'\\')) && at < name.end + 4 {
        at += 1;
    }
    if matches!(text.get(at), Some(b'"' | b'\'' | b'`')) {
        is_quoted = true;
        at += 1;
    } else if at > name.end {
        return;
    }
    let spaced = skip_blanks(text, at);
    let mut after = spaced;
    while matches!(text.get(after), Some(b']' | b')')) && after < at + 4 {
        after = skip_blanks(text, after + 1);
    }
    let is_closed = after > spaced;
    let reader = Reader { text, name, is_quoted, limit: (name.end + REACH).min(text.len()) };
    if let Some((operator, next)) = reader.typed() {
        reader.report(operator, next, &mut report);
        return;
    }
    if let Some(next) = reader.tuple() {
        reader.report(Operator::Assign, next, &mut report);
        return;
    }
    reader.rows(&mut report);
    if let Some((operator, next)) = reader.operator(after, opening, is_closed) {
        reader.report(operator, next, &mut report);
        return;
    }
    if !is_closed && spaced > at && reader.takes_arguments() {
        reader.report(Operator::Space, spaced, &mut report);
    }
    if let Some(next) = reader.pair(at).filter(|&next| is_quoted || reader.is_member(next)) {
        reader.report(Operator::Pair, next, &mut report);
    }
}

fn skip_blanks(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t')) {
        at += 1;
    }
    at
}

struct Reader<'a> {
    text: &'a [u8],
    name: Span,
    is_quoted: bool,
    limit: usize,
}

impl Reader<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(b'\n')
    }

    /// Whether the name is itself the value of a member, and no word of a sentence above the line of the value at `next`.
    fn is_member(&self, next: usize) -> bool {
        if !self.text[self.name.end..next].contains(&b'\n') {
            return true;
        }
        let before = self.text[self.name.start.saturating_sub(24)..self.name.start].trim_ascii_end();
        matches!(before.last(), None | Some(b':' | b'=' | b'>' | b'-' | b'"' | b'\'' | b'{' | b'/'))
    }

    fn starts(&self, at: usize, what: &[u8]) -> bool {
        self.text.get(at..at + what.len()).is_some_and(|found| found.eq_ignore_ascii_case(what))
    }

    fn report(&self, operator: Operator, at: usize, report: &mut impl FnMut(Assignment)) {
        let at = self.break_line(operator, at);
        let mut at = skip_blanks(self.text, at);
        if operator == Operator::Element || (operator == Operator::Pair && self.byte(at.saturating_sub(1)) == b'>') {
            return self.element(operator, at, report);
        }
        if matches!(self.byte(at), b'|' | b'>') && operator == Operator::Colon {
            // A YAML block: its first line.
            let marks =
                (at + 1..(at + 4).min(self.text.len())).find(|&at| !matches!(self.text[at], b'-' | b'+' | b'0'..=b'9'));
            if let Some(end) = marks.filter(|&end| matches!(self.byte(end), b'\n' | b'\r')) {
                let start = skip_blanks(self.text, self.skip_break(end));
                return self.bare(operator, start, start, false, report);
            }
        }
        // The anchor of a value in YAML.
        if self.byte(at) == b'&' && operator == Operator::Colon {
            let is_inner = |at: &usize| self.text[*at].is_ascii_alphanumeric() || matches!(self.text[*at], b'_' | b'-');
            let end = at + 1 + (at + 1..self.text.len().min(at + 40)).take_while(is_inner).count();
            if end > at + 1 && self.byte(end) == b' ' {
                at = skip_blanks(self.text, end);
            }
        }
        if self.byte(at) == b'{'
            && let Some(next) = self.pair(at + 1)
        {
            at = skip_blanks(self.text, next);
        } else if let Some(next) = self.nested(operator, at) {
            at = skip_blanks(self.text, next);
        }
        if operator == Operator::Comma
            && let Some(next) = self.keyword_argument(at)
        {
            at = skip_blanks(self.text, next);
        }
        // Ruby's list of words: `%w[…]`.
        if let [b'%', b'w' | b'W', b'[' | b'(' | b'{' | b'<'] = [at, at + 1, at + 2].map(|at| self.byte(at)) {
            return self.listed_words(operator, at + 3, report);
        }
        // The type of a Go slice stands before its braces.
        if self.starts(at, b"[]string{") {
            at += 8;
        }
        let is_tuple = self.byte(at) == b'(' && operator == Operator::Assign;
        if (matches!(self.byte(at), b'[' | b'{') || is_tuple)
            && !matches!(self.byte(at + 1), b'{' | b'%')
            && let Some(first) = self.list(at)
        {
            return self.listed(operator, first, report);
        }
        if self.byte(at) == b'-' && self.byte(at + 1) == b' ' && operator == Operator::Colon {
            at = skip_blanks(self.text, at + 1);
        }
        if operator == Operator::Call && self.byte(at) == b')' {
            return;
        }
        if matches!(operator, Operator::Assign | Operator::Colon)
            && let Some((first, second)) = self.clauses(at).or_else(|| self.branches(at))
        {
            for at in std::iter::once(first).chain(second) {
                if let Some((value, _)) = self.literal(at) {
                    let wrapper = Span::new(at, at);
                    report(Assignment { operator, value, quote: Quote::Closed, wrapper, is_listed: false });
                }
            }
            return;
        }
        let wrapper = Span::new(at, self.unwrap(at));
        match self.literal(wrapper.end) {
            Some((value, end)) => {
                report(Assignment { operator, value, quote: Quote::Closed, wrapper, is_listed: false });
                if let Some((value, _)) = self.otherwise(end).and_then(|at| self.literal(at)) {
                    report(Assignment { operator, value, quote: Quote::Closed, wrapper, is_listed: false });
                }
            }
            None if matches!(operator, Operator::Call | Operator::Comma | Operator::Compare) => {}
            // Without quotation marks only a shell gives a default: `${NAME:-value}`.
            None if operator == Operator::Default && !self.text[self.name.end..at].ends_with(b":-") => {}
            None => self.bare(operator, at, at, true, report),
        }
    }

    /// A value may begin on the next line, after an operator that needs one.
    fn break_line(&self, operator: Operator, at: usize) -> usize {
        let start = skip_blanks(self.text, at);
        if !matches!(self.byte(start), b'\n' | b'\r' | b'\\') || self.text.len() <= start || operator == Operator::Space
        {
            return at;
        }
        let skipped = if self.byte(start) == b'\\' { start + 1 } else { start };
        if skipped > start && !matches!(self.byte(skipped), b'\n' | b'\r') {
            return at;
        }
        let next = skip_blanks(self.text, self.skip_break(skipped));
        let is_value = matches!(self.byte(next), b'"' | b'\'' | b'`' | b'[' | b'@')
            || (self.byte(next) == b'-' && self.byte(next + 1) == b' ')
            || operator == Operator::Call && self.byte(next).is_ascii_alphabetic()
            // What is assigned there without quotation marks is the next name.
            || operator == Operator::Assign && self.literal(self.unwrap(next)).is_some();
        if is_value { next } else { at }
    }

    fn skip_break(&self, at: usize) -> usize {
        match (self.byte(at), self.byte(at + 1)) {
            (b'\r', b'\n') => at + 2,
            (b'\r' | b'\n', _) => at + 1,
            _ => at,
        }
    }
}

#[cfg(test)]
mod tests;
