//! Several names on one side, as many values on the other: `user, password = "ada", "…"`, and the columns of a table with the
//! rows that are put into it.
//!
//! Counts names and values, and must never guess where a value is no literal or plain word.

use super::{Assignment, Operator, Quote, Reader, skip_blanks};
use crate::model::Span;

/// Most names of a tuple.
const NAMES: usize = 6;
/// Most rows of a statement that are read, and most bytes of its list of columns.
const ROWS: usize = 6;
const COLUMNS: usize = 200;

impl Reader<'_> {
    /// Where the value of the name begins, when the name is one of several that are given values at once.
    pub(super) fn tuple(&self) -> Option<usize> {
        let next = skip_blanks(self.text, self.name.end);
        let is_first = self.byte(next) == b',';
        let is_last = self.byte(next) == b'=' || self.byte(next) == b':' && self.byte(next + 1) == b'=';
        if self.is_quoted || !(is_first || is_last) {
            return None;
        }
        let place = self.names_before()?;
        if is_last && place == 0 {
            return None;
        }
        let mut at = next;
        let mut names = place + 1;
        while self.byte(at) == b',' {
            at = self.word(skip_blanks(self.text, at + 1))?;
            names += 1;
        }
        if self.byte(at) == b':' {
            at += 1;
        }
        if self.byte(at) != b'=' || self.byte(at + 1) == b'=' || names > NAMES {
            return None;
        }
        at = skip_blanks(self.text, at + 1);
        // One call gives all of them: Go's value and error.
        if place == 0 && self.decodes(at) {
            return Some(at);
        }
        let mut found = None;
        for number in 0..names {
            if number == place {
                found = Some(at);
            }
            let end = match self.literal(at) {
                Some((_, end)) => skip_blanks(self.text, end),
                None => self.word(at)?,
            };
            if number + 1 < names && self.byte(end) != b',' {
                return None;
            }
            at = skip_blanks(self.text, end + 1);
        }
        found.filter(|&at| self.literal(at).is_some())
    }

    /// Whether a literal stands at `at` in a call that decodes it.
    fn decodes(&self, at: usize) -> bool {
        let literal = self.unwrap(at);
        let call = self.text[at..literal].to_ascii_lowercase();
        let marks = [&b"decode"[..], b"fromhex", b"unhex", b"parse", b"frombase64"];
        literal > at
            && marks.iter().any(|mark| memchr::memmem::find(&call, mark).is_some())
            && self.literal(literal).is_some()
    }

    /// Behind the plain word at `at` and the blanks after it.
    fn word(&self, at: usize) -> Option<usize> {
        let is_inner =
            |at: &usize| self.text[*at].is_ascii_alphanumeric() || matches!(self.text[*at], b'_' | b'.' | b'$');
        let length = (at..self.limit).take_while(is_inner).count();
        (length > 0).then(|| skip_blanks(self.text, at + length))
    }

    /// How many names stand before this one on its line, and nothing else but a word that declares.
    fn names_before(&self) -> Option<usize> {
        let low = self.name.start.saturating_sub(80);
        let start = memchr::memrchr(b'\n', &self.text[low..self.name.start]).map_or(low, |at| low + at + 1);
        if start == low && low > 0 {
            return None;
        }
        let mut before = self.text[start..self.name.start].trim_ascii();
        for word in [&b"let "[..], b"var ", b"const ", b"my ", b"local "] {
            before = before.strip_prefix(word).unwrap_or(before).trim_ascii_start();
        }
        if before.is_empty() || matches!(before, b"let" | b"var" | b"const" | b"local") {
            return Some(0);
        }
        let names = before.strip_suffix(b",")?;
        let is_name = |name: &[u8]| {
            let name = name.trim_ascii();
            !name.is_empty()
                && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'.'))
        };
        names.split(|&byte| byte == b',').all(is_name).then(|| names.split(|&byte| byte == b',').count())
    }

    /// Reports what the rows of `INSERT INTO users (name, password) VALUES ('ada', '…')` put into the column of this name.
    pub(super) fn rows(&self, report: &mut impl FnMut(Assignment)) {
        let Some((place, values)) = self.column() else { return };
        let mut at = values;
        for _ in 0..ROWS {
            let is_between = |byte: u8| byte.is_ascii_whitespace() || byte == b',';
            let open = at + self.text[at..].iter().take_while(|&&byte| is_between(byte)).count();
            if self.byte(open) != b'(' {
                return;
            }
            let Some((value, end)) = self.row(open + 1, place) else { return };
            if let Some(value) = value {
                let wrapper = Span::new(value.start, value.start);
                let operator = Operator::Assign;
                report(Assignment { operator, value, quote: Quote::Closed, wrapper, is_listed: false });
            }
            at = end;
        }
    }

    /// Which column the name is of a statement that inserts, and where its rows begin.
    fn column(&self) -> Option<(usize, usize)> {
        let after =
            skip_blanks(self.text, self.name.end + usize::from(matches!(self.byte(self.name.end), b'`' | b'"' | b']')));
        if !matches!(self.byte(after), b',' | b')') {
            return None;
        }
        let is_inner =
            |byte: u8| byte.is_ascii_alphanumeric() || byte.is_ascii_whitespace() || b"_,`\"[]\\".contains(&byte);
        let low = self.name.start.saturating_sub(COLUMNS);
        let open = (low..self.name.start).rev().find(|&at| !is_inner(self.text[at]))?;
        let head = self.text[open.saturating_sub(80)..open].to_ascii_lowercase();
        if self.text[open] != b'(' || memchr::memmem::find(&head, b"insert into ").is_none() {
            return None;
        }
        let place = self.text[open..self.name.start].iter().filter(|&&byte| byte == b',').count();
        let high = (after + COLUMNS).min(self.text.len());
        let close = (after..high).find(|&at| !is_inner(self.text[at])).filter(|&at| self.text[at] == b')')?;
        let is_blank = |byte: &&u8| byte.is_ascii_whitespace();
        let word = close + 1 + self.text[close + 1..].iter().take_while(is_blank).count();
        self.starts(word, b"values").then_some((place, word + b"values".len()))
    }

    /// The literal in a place of the row whose first field begins at `at`, and where the row is over.
    fn row(&self, at: usize, place: usize) -> Option<(Option<Span>, usize)> {
        let (mut at, mut number, mut value) = (at, 0, None);
        while at < self.text.len() {
            match self.text[at] {
                b')' => return Some((value, at + 1)),
                b',' => number += 1,
                b'(' | b';' => return None,
                b'\'' | b'"' => {
                    let (literal, end) = self.literal(at)?;
                    if number == place {
                        value = Some(literal);
                    }
                    at = end - 1;
                }
                _ => {}
            }
            at += 1;
        }
        None
    }
}
