//! What a name is given: the value that an assignment, in whatever language, puts under it.
//!
//! Reads forward from the end of a name and never more than a few hundred bytes. It knows grammar only: whether
//! the name matters and whether the value is a secret is decided by who asks.

mod before;
mod beside;

use crate::model::Span;

pub use before::{is_named_field, value_before};

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
/// Most elements of a list that are reported.
const LISTED: usize = 12;

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
    if let Some((operator, next)) = reader.operator(after, opening, is_closed) {
        reader.report(operator, next, &mut report);
        return;
    }
    if !is_closed && spaced > at && reader.takes_arguments() {
        reader.report(Operator::Space, spaced, &mut report);
    }
    if let Some(next) = reader.pair(at) {
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

    fn starts(&self, at: usize, what: &[u8]) -> bool {
        self.text.get(at..at + what.len()).is_some_and(|found| found.eq_ignore_ascii_case(what))
    }

    /// The operator at `at` and where what it assigns begins.
    fn operator(&self, at: usize, opening: u8, is_closed: bool) -> Option<(Operator, usize)> {
        let (one, two, three) = (self.byte(at), self.byte(at + 1), self.byte(at + 2));
        Some(match (one, two, three) {
            (b'=' | b'!', b'=', b'=') => (Operator::Compare, at + 3),
            (b'=' | b'!', b'=', _) => (Operator::Compare, at + 2),
            (b'=', b'>', _) | (b'-', b'>', _) => (Operator::Colon, at + 2),
            // A list's dash: `token - 'value'`.
            (b'-', b' ', b'"' | b'\'' | b'`') => (Operator::Colon, at + 2),
            (b'=', b'~', _) => return None,
            (b'=', _, _) => (Operator::Assign, at + 1),
            (b':', b'=', _) => (Operator::Assign, at + 2),
            (b':', b':', _) => return None,
            (b':', b'-', _) => (Operator::Default, at + 2),
            (b':', b'<', b'/') => (Operator::Element, self.next_cell(at + 1)?),
            (b':', _, _) => self.annotated(at + 1),
            (b'?', b'?', b'=') | (b'|', b'|', b'=') => (Operator::Assign, at + 3),
            (b'?', b':' | b'?', _) | (b'|', b'|', _) => {
                if two == b':' && !is_closed && self.byte(at + 2) == b' ' {
                    self.annotated(at + 2)
                } else {
                    (Operator::Default, at + 2)
                }
            }
            (b'?', b'=', _) => (Operator::Assign, at + 2),
            (b'o' | b'O', b'r' | b'R', b' ') if is_closed => (Operator::Default, at + 3),
            (b'[', _, _) => {
                let close = (at..(at + 12).min(self.text.len())).find(|&at| self.text[at] == b']')?;
                let next = skip_blanks(self.text, close + 1);
                match (self.byte(next), self.byte(next + 1)) {
                    (b'=', b'=') => return None,
                    (b'=', _) => (Operator::Assign, next + 1),
                    (b'{', _) => (Operator::Assign, next),
                    _ => return None,
                }
            }
            (b'(', _, _) if !is_closed => (Operator::Call, at + 1),
            (b',', _, _) if self.is_quoted && !is_closed => {
                // A name and its value among fields is a pair; two arguments stand side by side.
                match self.pair(at) {
                    Some(next) => (Operator::Pair, next),
                    None => (Operator::Comma, at + 1),
                }
            }
            (b'<', b'/', _) if !self.is_quoted => (Operator::Element, self.next_cell(at)?),
            (b'|', b' ', _) if !self.is_quoted && self.is_cell() => (Operator::Colon, at + 1),
            (b'>', _, _) if (opening == b'<' || self.is_quoted) && !is_closed => match self.pair(at + 1) {
                Some(next) => (Operator::Pair, next),
                None => (Operator::Element, at + 1),
            },
            _ => return None,
        })
    }

    /// After a colon: a value, or a type and an `=`.
    fn annotated(&self, at: usize) -> (Operator, usize) {
        let start = skip_blanks(self.text, at);
        let is_type = |byte: u8| byte.is_ascii_alphanumeric() || b"_.<>[]?&'| *,".contains(&byte);
        let end = (start..(start + 48).min(self.text.len())).find(|&at| !is_type(self.text[at])).unwrap_or(start);
        let is_named = self.byte(start).is_ascii_alphabetic() || self.byte(start) == b'&';
        if is_named
            && self.byte(end) == b'='
            && !matches!(self.byte(end + 1), b'=' | b'>')
            && self.byte(end - 1) == b' '
        {
            return (Operator::Assign, end + 1);
        }
        (Operator::Colon, at)
    }

    /// Whether white space may stand for an operator: after a flag, and after a word that declares.
    fn takes_arguments(&self) -> bool {
        if self.is_quoted {
            return false;
        }
        if self.byte(self.name.start) == b'-' || self.name.start.checked_sub(1).is_some_and(|at| self.text[at] == b'-')
        {
            return true;
        }
        let line = memchr::memrchr(b'\n', &self.text[self.name.start.saturating_sub(48)..self.name.start])
            .map_or(self.name.start.saturating_sub(48), |at| self.name.start.saturating_sub(48) + at + 1);
        let before = self.text[line..self.name.start].trim_ascii();
        let ends = |word: &[u8]| {
            before.len() >= word.len()
                && before[before.len() - word.len()..].eq_ignore_ascii_case(word)
                && before.len().checked_sub(word.len() + 1).is_none_or(|at| !before[at].is_ascii_alphanumeric())
        };
        [&b"define"[..], b"env", b"arg", b"set", b"setenv", b"export", b"setx", b"-gx", b"-x", b"const", b"password"]
            .into_iter()
            .any(ends)
            || (before.is_empty() && line_is_pair(self.text, self.name))
    }

    /// The value of a sibling field, when the name is itself a value: `"name": "password", "value": "…"`.
    fn pair(&self, at: usize) -> Option<usize> {
        const FIELDS: &[&[u8]] = &[
            b"value",
            b"val",
            b"defaultvalue",
            b"default_value",
            b"default",
            b"content",
            b"parametervalue",
            b"stringvalue",
            b"string_value",
            b"string",
            b"secretvalue",
            b"data",
            b"text",
            b"v",
        ];
        let mut at = at;
        // An attribute between the name and the end of its tag.
        if self.starts(at, b" serializeAs=\"String\"") {
            at += b" serializeAs=\"String\"".len();
        }
        while at < self.limit
            && matches!(
                self.byte(at),
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b'"' | b'\'' | b'\\' | b'<' | b'>' | b'-' | b'/' | b':'
            )
        {
            if self.byte(at) == b'/' && self.byte(at - 1) == b'<' {
                // The rest of a closing tag.
                at = (at..self.limit).find(|&at| self.text[at] == b'>')?;
            }
            at += 1;
        }
        let end = (at..(at + 20).min(self.text.len()))
            .find(|&at| !(self.text[at].is_ascii_alphanumeric() || self.text[at] == b'_'))?;
        let word = &self.text[at..end];
        if !FIELDS.iter().any(|field| word.eq_ignore_ascii_case(field)) {
            return None;
        }
        let mut next = end;
        while matches!(self.byte(next), b'"' | b'\'' | b'\\' | b' ') && next < end + 6 {
            next += 1;
        }
        match (self.byte(next), self.byte(next + 1)) {
            (b'=', b'>') => Some(next + 2),
            (b'=' | b':', _) => Some(next + 1),
            (b'>', _) if self.byte(at - 1) == b'<' => Some(next + 1),
            _ => None,
        }
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
        if self.byte(at) == b'{'
            && let Some(next) = self.pair(at + 1)
        {
            at = skip_blanks(self.text, next);
        }
        if matches!(self.byte(at), b'[' | b'{')
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
        if operator == Operator::Assign
            && let Some((first, second)) = self.branches(at)
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
            Some((value, _)) => report(Assignment { operator, value, quote: Quote::Closed, wrapper, is_listed: false }),
            None if matches!(operator, Operator::Call | Operator::Comma | Operator::Compare) => {}
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
            || (matches!(operator, Operator::Call | Operator::Assign) && self.byte(next).is_ascii_alphabetic());
        if is_value { next } else { at }
    }

    fn skip_break(&self, at: usize) -> usize {
        match (self.byte(at), self.byte(at + 1)) {
            (b'\r', b'\n') => at + 2,
            (b'\r' | b'\n', _) => at + 1,
            _ => at,
        }
    }

    /// The first literal of a list that begins at `at`.
    fn list(&self, at: usize) -> Option<usize> {
        let mut next = at + 1;
        while matches!(self.byte(next), b' ' | b'\t' | b'\n' | b'\r' | b'[' | b'{')
            && next < (at + 64).min(self.text.len())
        {
            next += 1;
        }
        matches!(self.byte(next), b'"' | b'\'' | b'`').then_some(next)
    }

    fn listed(&self, operator: Operator, first: usize, report: &mut impl FnMut(Assignment)) {
        let mut at = first;
        let limit = (first + LONGEST).min(self.text.len());
        for _ in 0..LISTED {
            let Some((value, end)) = self.literal(at) else { return };
            let mut next = end;
            while next < limit && matches!(self.byte(next), b' ' | b'\t' | b'\n' | b'\r' | b',') {
                next += 1;
            }
            if matches!(self.byte(next), b':' | b'=') {
                return;
            }
            report(Assignment { operator, value, quote: Quote::Closed, wrapper: Span::new(at, at), is_listed: true });
            if next >= limit {
                return;
            }
            at = next;
        }
    }

    /// Skips a constructor or conversion in front of a literal; returns `at` when there is none.
    fn unwrap(&self, at: usize) -> usize {
        let mut end = at;
        for _ in 0..3 {
            let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_.$:[]&@* <>!".contains(&byte);
            let word = (end..(end + 40).min(self.text.len())).find(|&at| !is_word(self.text[at])).unwrap_or(end);
            if self.byte(word) != b'(' || word == end {
                break;
            }
            end = skip_blanks(self.text, word + 1);
        }
        // Prefixes of literals: b"", r'', @"", L"", f"", $"".
        let prefix = (end..end + 3).find(|&at| matches!(self.byte(at), b'"' | b'\'' | b'`' | b'\\')).unwrap_or(end);
        let is_prefix =
            self.text.get(end..prefix).is_some_and(|bytes| bytes.iter().all(|byte| b"bBrRuUfFLN@$#q".contains(byte)));
        let end = if is_prefix { prefix } else { end };
        if matches!(self.byte(end), b'"' | b'\'' | b'`')
            || (self.byte(end) == b'\\' && matches!(self.byte(end + 1), b'"' | b'\'' | b'\\'))
        {
            end
        } else {
            at
        }
    }

    /// The literal whose opening quote stands at `at`: its content, and where it is over.
    fn literal(&self, at: usize) -> Option<(Span, usize)> {
        let mut open = at;
        while self.byte(open) == b'\\' && open < at + 4 {
            open += 1;
        }
        let depth = open - at;
        let quote = self.byte(open);
        if !matches!(quote, b'"' | b'\'' | b'`') {
            return None;
        }
        let is_triple = depth == 0 && self.byte(open + 1) == quote && self.byte(open + 2) == quote;
        let start = if is_triple { open + 3 } else { open + 1 };
        let limit = (start + LONGEST).min(self.text.len());
        let mut end = start;
        while end < limit {
            match self.text[end] {
                b'\\' if depth == 0 => end += 2,
                b'\\' => {
                    let run = (end..limit).take_while(|&at| self.text[at] == b'\\').count();
                    if run == depth && self.byte(end + run) == quote {
                        return Some((Span::new(start, end), end + run + 1));
                    }
                    end += run.max(1);
                }
                byte if byte == quote && depth == 0 => return Some((Span::new(start, end), end + 1)),
                byte if byte == quote => return None,
                b'\n' | b'\r' => return None,
                _ => end += 1,
            }
        }
        None
    }

    fn element(&self, operator: Operator, at: usize, report: &mut impl FnMut(Assignment)) {
        let mut start = at;
        while matches!(self.byte(start), b' ' | b'\t' | b'\n' | b'\r') && start < (at + 64).min(self.text.len()) {
            start += 1;
        }
        let is_cdata = self.starts(start, b"<![CDATA[");
        let start = if is_cdata { start + 9 } else { start };
        let limit = (start + LONGEST).min(self.text.len());
        let Some(end) = (start..limit)
            .find(|&at| matches!(self.text[at], b'<' | b'\n' | b'\r') || (is_cdata && self.text[at] == b']'))
        else {
            return;
        };
        let end = start + self.text[start..end].trim_ascii_end().len();
        let value = Span::new(start, end);
        report(Assignment { operator, value, quote: Quote::Closed, wrapper: Span::new(at, at), is_listed: false });
    }

    /// A value without quotes.
    fn bare(
        &self,
        operator: Operator,
        at: usize,
        wrapper: usize,
        may_query: bool,
        report: &mut impl FnMut(Assignment),
    ) {
        if at > self.text.len() {
            return;
        }
        let before = self.name.start.checked_sub(1).map_or(b'\n', |at| self.text[at]);
        let is_query = may_query
            && operator == Operator::Assign
            && matches!(before, b'?' | b'&' | b';')
            && at == self.name.end + 1;
        let limit = (at + LONGEST).min(self.text.len());
        let is_end = |byte: u8| byte.is_ascii_whitespace() || byte == 0;
        let span_until = |stops: &[u8]| {
            let end = (at..limit).find(|&at| is_end(self.text[at]) || stops.contains(&self.text[at]));
            end.or((limit == self.text.len()).then_some(limit)).map(|end| Span::new(at, end))
        };
        if is_query {
            let Some(value) = span_until(b"&#\"'`<>)]}\\;,") else { return };
            return report(Assignment {
                operator,
                value,
                quote: Quote::Query,
                wrapper: Span::new(at, at),
                is_listed: false,
            });
        }
        let Some(word) = span_until(b"") else { return };
        let (value, quote) = if operator == Operator::Default {
            let Some(value) = span_until(b"}\"'`") else { return };
            (value, Quote::Bare)
        } else if self.is_alone(word) && !matches!(self.byte(word.end.max(1) - 1), b',' | b';') {
            (word, Quote::Line)
        } else {
            // A closing bracket inside a word belongs to it.
            let is_stop = |at: usize| match self.text[at] {
                b')' | b']' | b'}' => !self.byte(at + 1).is_ascii_alphanumeric(),
                byte => is_end(byte) || b"\"'`<>;,&|".contains(&byte),
            };
            let end = (at..limit).find(|&at| is_stop(at)).or((limit == self.text.len()).then_some(limit));
            let Some(value) = end.map(|end| Span::new(at, end)) else { return };
            (value, Quote::Bare)
        };
        report(Assignment { operator, value, quote, wrapper: Span::new(wrapper, wrapper), is_listed: false });
    }

    /// Whether the line holds the assignment and nothing else, as in `.env`, properties and YAML.
    fn is_alone(&self, value: Span) -> bool {
        let from = self.name.start.saturating_sub(40);
        let start = memchr::memrchr(b'\n', &self.text[from..self.name.start]).map_or(from, |at| from + at + 1);
        let before = self.text[start..self.name.start].trim_ascii();
        let is_line = start == 0 || self.text[start - 1] == b'\n';
        let words: &[&[u8]] = &[
            b"",
            b"export",
            b"set",
            b"env",
            b"-",
            b"- e",
            b"-e",
            b"arg",
            b"setx",
            b"#",
            b"//",
            b"\"",
            b"'",
            b"declare -x",
        ];
        if !is_line || !words.iter().any(|word| before.eq_ignore_ascii_case(word)) {
            return false;
        }
        let rest = skip_blanks(self.text, value.end);
        let ends = self.text.len() <= rest || matches!(self.byte(rest), b'\n' | b'\r');
        ends || (rest > value.end && self.byte(rest) == b'#')
    }
}

/// Whether a line is made of two words, the name and a value.
fn line_is_pair(text: &[u8], name: Span) -> bool {
    let rest = skip_blanks(text, name.end);
    let limit = (rest + LONGEST).min(text.len());
    let end = (rest..limit).find(|&at| text[at].is_ascii_whitespace()).unwrap_or(limit);
    let next = skip_blanks(text, end);
    end > rest && (next >= text.len() || matches!(text[next], b'\n' | b'\r'))
}

#[cfg(test)]
mod tests;
