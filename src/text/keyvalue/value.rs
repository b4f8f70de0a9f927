//! What is put under a name: a literal, a list of them, an element's text, or a word without quotes. Says where the value ends,
//! and must never ask whether it is a secret.

use super::{Assignment, LONGEST, Operator, Quote, Reader, skip_blanks};
use crate::model::Span;

/// Most elements of a list that are reported.
const LISTED: usize = 12;

impl Reader<'_> {
    /// The first literal of a list that begins at `at`.
    pub(super) fn list(&self, at: usize) -> Option<usize> {
        let mut next = at + 1;
        while matches!(self.byte(next), b' ' | b'\t' | b'\n' | b'\r' | b'[' | b'{')
            && next < (at + 64).min(self.text.len())
        {
            next += 1;
        }
        matches!(self.byte(next), b'"' | b'\'' | b'`').then_some(next)
    }

    pub(super) fn listed(&self, operator: Operator, first: usize, report: &mut impl FnMut(Assignment)) {
        let mut at = first;
        let limit = (first + LONGEST).min(self.text.len());
        for _ in 0..LISTED {
            let Some((value, end)) = self.literal(at) else { return };
            let mut next = end;
            while next < limit && matches!(self.byte(next), b' ' | b'\t' | b'\n' | b'\r' | b',') {
                next += 1;
            }
            // A dictionary's value stands behind its key.
            if matches!(self.byte(next), b':' | b'=') {
                let start = skip_blanks(self.text, next + 1 + usize::from(self.byte(next + 1) == b'>'));
                // `credentials` hold more than one kind of thing.
                let name = self.name.of(self.text);
                let is_plural =
                    matches!(name.last(), Some(b's' | b'S')) && !matches!(name, [b'C' | b'c', b'r' | b'R', ..]);
                if !is_plural || self.literal(start).is_none() {
                    return;
                }
                at = start;
                continue;
            }
            report(Assignment { operator, value, quote: Quote::Closed, wrapper: Span::new(at, at), is_listed: true });
            if next >= limit {
                return;
            }
            at = next;
        }
    }

    /// The words of a list without quotes, up to the bracket that closes it.
    pub(super) fn listed_words(&self, operator: Operator, first: usize, report: &mut impl FnMut(Assignment)) {
        let limit = (first + LONGEST).min(self.text.len());
        let mut at = first;
        for _ in 0..LISTED {
            let Some(start) = (at..limit).find(|&at| !self.text[at].is_ascii_whitespace()) else { return };
            let is_end = |&at: &usize| self.text[at].is_ascii_whitespace() || b"])}>".contains(&self.text[at]);
            let Some(end) = (start..limit).find(is_end).filter(|&end| end > start) else { return };
            let (value, wrapper) = (Span::new(start, end), Span::new(start, start));
            report(Assignment { operator, value, quote: Quote::Closed, wrapper, is_listed: true });
            at = end;
        }
    }

    /// Skips a constructor or conversion in front of a literal; returns `at` when there is none.
    pub(super) fn unwrap(&self, at: usize) -> usize {
        // What stands in brackets there is a condition.
        if self.starts(at, b"if ") || self.starts(at, b"if(") {
            return at;
        }
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
    pub(super) fn literal(&self, at: usize) -> Option<(Span, usize)> {
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

    pub(super) fn element(&self, operator: Operator, at: usize, report: &mut impl FnMut(Assignment)) {
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
    pub(super) fn bare(
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
            let Some(value) = span_until(b"&#?\"'`<>)]}\\;,") else { return };
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
        } else if self.is_alone(word) && (!self.ends_in_separator(word) || self.is_setting(operator, word)) {
            (word, Quote::Line)
        } else {
            // A closing bracket inside a word belongs to it.
            let is_stop = |at: usize| match self.text[at] {
                b')' | b']' | b'}' => !self.byte(at + 1).is_ascii_alphanumeric(),
                byte => is_end(byte) || b"\"'`<>;,&|".contains(&byte),
            };
            let end = (at..limit).find(|&at| is_stop(at)).or((limit == self.text.len()).then_some(limit));
            let Some(value) = end.map(|end| Span::new(at, end)) else { return };
            // The assignment stands in quotation marks as a whole: `set "DB_PASSWORD=…"`.
            let is_whole = matches!(before, b'"' | b'\'')
                && operator == Operator::Assign
                && at == self.name.end + 1
                && self.byte(value.end) == before;
            (value, if is_whole { Quote::Line } else { Quote::Bare })
        };
        report(Assignment { operator, value, quote, wrapper: Span::new(wrapper, wrapper), is_listed: false });
    }

    fn ends_in_separator(&self, word: Span) -> bool {
        matches!(self.byte(word.end.max(1) - 1), b',' | b';')
    }

    /// `mail.password=&kJ8x,`: where a line of properties begins with the name, a sign at its end belongs to the value.
    /// Another sign in the value tells it from a line of code.
    fn is_setting(&self, operator: Operator, word: Span) -> bool {
        let starts = self.name.start.checked_sub(1).is_none_or(|before| self.text[before] == b'\n');
        let value = word.of(self.text);
        starts
            && operator == Operator::Assign
            && word.start == self.name.end + 1
            && value.len() >= 8
            && value[..value.len() - 1].iter().any(|byte| b"!@#$%^&*+?~".contains(byte))
            && value.iter().any(u8::is_ascii_digit)
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
