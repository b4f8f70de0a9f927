//! What is typed into a field, expected of a value, or given where there is none: methods behind a name's brackets.
//!
//! The name may stand in a selector, `cy.get('input[name="password"]').type('…')`, in a label, `fill_in 'Password', with: '…'`,
//! or in a line of its own before the one that types. It must never take the argument of a method that only asks.

use super::{Operator, Reader, skip_blanks};

/// Methods that type their argument into a field.
const TYPING: &[&[u8]] = &[
    b".sendKeys(",
    b".send_keys(",
    b".sendline(",
    b".type(",
    b".fill(",
    b".setValue(",
    b".addValue(",
    b".setText(",
    b".val(",
    b".keys(",
    b".typeText(",
    b".enterText(",
    b".replaceText(",
    b".performTextInput(",
    b".pressSequentially(",
    b".clearAndType(",
];

/// Functions whose first argument is a selector or a label, and the next what is typed.
const FILLING: &[&[u8]] = &[
    b"fill(",
    b"type(",
    b"fill_in ",
    b"fill_in(",
    b"fillField(",
    b"setValue(",
    b"typeText(",
    b"fillIn(",
    b"sendKeys(",
    b"addValue(",
    b"fireEvent.change(",
];

/// Methods of an expectation.
const EXPECTING: &[&[u8]] = &[b".toBe(", b".toEqual(", b".toStrictEqual(", b".to.equal(", b".to.eq(", b".isEqualTo("];

/// Methods of a value that may be missing.
const FALLING_BACK: &[&[u8]] =
    &[b".unwrap_or(", b".unwrap_or_else(|_| ", b".unwrap_or_else(|| ", b".orElse(", b".getOrElse(", b".or_else("];

impl Reader<'_> {
    /// What a method behind the name is given, and how that ties it to the name.
    pub(super) fn typed(&self) -> Option<(Operator, usize)> {
        if !matches!(self.byte(self.name.end), b'"' | b'\'' | b'`' | b']' | b')' | b'/' | b'\\' | b',' | b':') {
            return None;
        }
        let (mut at, mut quotes, mut brackets) = (self.name.end, 0, 0);
        while at < self.name.end + 10 {
            match self.byte(at) {
                b'"' | b'\'' | b'`' => quotes += 1,
                // A regular expression and its flag.
                b'/' if self.text[..self.name.start].ends_with(b"/") => quotes += 1,
                b'i' if self.byte(at - 1) == b'/' => {}
                b']' | b')' => brackets += 1,
                b'\\' | b':' => {}
                _ => break,
            }
            at += 1;
        }
        if brackets > 0 && self.byte(at) == b'.' {
            return self.method(at, quotes > 0);
        }
        let is_argument = self.byte(skip_blanks(self.text, at)) == b',';
        if is_argument && (quotes > 0 || brackets == 0) && self.fills() {
            let next = skip_blanks(self.text, skip_blanks(self.text, at) + 1);
            let next = self.keyword_argument(next).or_else(|| self.event_value(next)).unwrap_or(next);
            let next = skip_blanks(self.text, next);
            return self.literal(next).is_some().then_some((Operator::Call, next));
        }
        // The line that types, after the one that looks the field up.
        if quotes > 0 && brackets > 0 && matches!(self.byte(at), b';' | b'\n' | b'\r') {
            let end = at + usize::from(self.byte(at) == b';');
            let start = skip_blanks(self.text, self.skip_break(end));
            let word =
                (start..self.limit).find(|&at| !(self.text[at].is_ascii_alphanumeric() || self.text[at] == b'_'))?;
            let is_typing = start > end && word > start;
            return is_typing.then(|| self.one_of(TYPING, word)).flatten().map(|next| (Operator::Call, next));
        }
        None
    }

    /// The argument of the method at `at`, or of one behind methods that take nothing.
    fn method(&self, at: usize, is_quoted: bool) -> Option<(Operator, usize)> {
        let mut at = at;
        for _ in 0..3 {
            if let Some(next) = self.one_of(TYPING, at).filter(|_| is_quoted) {
                return Some((Operator::Call, next));
            }
            if let Some(next) = self.one_of(EXPECTING, at).filter(|_| !is_quoted) {
                return Some((Operator::Compare, next));
            }
            if let Some(next) = self.one_of(FALLING_BACK, at) {
                return Some((Operator::Default, next));
            }
            let is_inner = |at: &usize| self.text[*at].is_ascii_alphanumeric() || self.text[*at] == b'_';
            let end = at + 1 + (at + 1..self.limit).take_while(is_inner).count();
            let close = if self.byte(end) == b'(' { end + 1 + usize::from(self.byte(end + 1) == b'0') } else { end };
            if self.byte(close) != b')' || self.byte(close + 1) != b'.' {
                return None;
            }
            at = close + 1;
        }
        None
    }

    fn one_of(&self, methods: &[&[u8]], at: usize) -> Option<usize> {
        methods.iter().find(|method| self.starts(at, method)).map(|method| at + method.len())
    }

    /// Whether the name stands in the first argument of a function that fills a field in.
    fn fills(&self) -> bool {
        let low = self.name.start.saturating_sub(80);
        let line = memchr::memrchr(b'\n', &self.text[low..self.name.start]).map_or(low, |at| low + at + 1);
        let before = &self.text[line..self.name.start];
        // Most names are arguments of nothing.
        if memchr::memchr(b'(', before).is_none() && memchr::memmem::find(before, b"fill_in ").is_none() {
            return false;
        }
        let last = FILLING.iter().filter_map(|word| Some((memchr::memmem::rfind(before, word)?, word.len()))).max();
        last.is_some_and(|(at, length)| {
            let is_whole = at.checked_sub(1).is_none_or(|at| !before[at].is_ascii_alphanumeric());
            is_whole && memchr::memchr(b',', &before[at + length..]).is_none()
        })
    }

    /// `{ target: { value: '…' } }`.
    fn event_value(&self, at: usize) -> Option<usize> {
        const EVENT: &[u8] = b"{target:{value:";
        let mut at = at;
        for &expected in EVENT {
            at = skip_blanks(self.text, at);
            if self.byte(at) != expected {
                return None;
            }
            at += 1;
        }
        Some(at)
    }
}
