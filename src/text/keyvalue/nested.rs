//! A value among the members of what stands under a name: the default of a declared parameter, or the one argument of many
//! that is called so.
//!
//! Reads no further than a few hundred bytes and never out of the block that belongs to the name.

use super::{Operator, Reader, skip_blanks};

/// Members that hold the value of what they belong to.
const VALUES: &[&[u8]] =
    &[b"default", b"defaultvalue", b"default_value", b"value", b"initialvalue", b"fallback", b"with"];
/// Most bytes of a block that are read.
const BLOCK: usize = 280;

impl Reader<'_> {
    /// Where the value of the member begins that the block at `at` gives to its name: braces, or lines that are indented
    /// deeper than the name.
    pub(super) fn nested(&self, operator: Operator, at: usize) -> Option<usize> {
        let limit = (self.name.end + BLOCK).min(self.text.len());
        match self.byte(at) {
            b'{' if operator != Operator::Call => self.member(at + 1, limit),
            b'\n' | b'\r' if operator == Operator::Colon && !self.is_quoted => self.line(at, limit),
            _ => None,
        }
    }

    /// The value of a member of the braces that were opened before `at`.
    fn member(&self, at: usize, limit: usize) -> Option<usize> {
        let (mut at, mut depth) = (at, 0_usize);
        let mut is_fresh = true;
        while at < limit {
            let byte = self.text[at];
            if is_fresh && depth == 0 && (byte.is_ascii_alphabetic() || matches!(byte, b'"' | b'\'')) {
                if let Some(next) = self.value_of_member(at) {
                    return Some(next);
                }
                is_fresh = false;
            }
            match byte {
                quote @ (b'"' | b'\'') => {
                    at = (at + 1..limit).find(|&at| self.text[at] == quote || self.text[at] == b'\n')?;
                }
                b'{' | b'[' | b'(' => depth += 1,
                b'}' | b']' | b')' => depth = depth.checked_sub(1)?,
                b',' | b'\n' | b';' => is_fresh = true,
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// The value of a line below the name's that is indented deeper.
    fn line(&self, at: usize, limit: usize) -> Option<usize> {
        let low = self.name.start.saturating_sub(60);
        let start = memchr::memrchr(b'\n', &self.text[low..self.name.start]).map(|at| low + at + 1)?;
        let depth = self.name.start - start;
        if !self.text[start..self.name.start].iter().all(|byte| matches!(byte, b' ' | b'-')) {
            return None;
        }
        let mut at = self.skip_break(at);
        for _ in 0..6 {
            let word = skip_blanks(self.text, at);
            if word >= limit || word - at <= depth {
                return None;
            }
            if let Some(next) = self.value_of_member(word) {
                return Some(next);
            }
            at = (word..limit).find(|&at| self.text[at] == b'\n')? + 1;
        }
        None
    }

    /// Behind the sign after the name of a member at `at`, if the member holds the value.
    fn value_of_member(&self, at: usize) -> Option<usize> {
        let start = at + usize::from(matches!(self.byte(at), b'"' | b'\''));
        let is_inner = |at: &usize| self.text[*at].is_ascii_alphanumeric() || self.text[*at] == b'_';
        let end = start + (start..self.text.len().min(start + 20)).take_while(is_inner).count();
        if !VALUES.iter().any(|word| self.text[start..end].eq_ignore_ascii_case(word)) {
            return None;
        }
        // `'v=…'` is a value that begins so.
        if start > at && self.byte(end) != self.byte(at) {
            return None;
        }
        let sign = skip_blanks(self.text, end + usize::from(matches!(self.byte(end), b'"' | b'\'')));
        match (self.byte(sign), self.byte(sign + 1)) {
            (b'=', b'>') => Some(sign + 2),
            (b'=' | b':', next) if next != b'=' => Some(sign + 1),
            _ => None,
        }
    }

    /// Behind the sign of the argument that holds the value, where arguments with names begin at `at`.
    pub(super) fn keyword_argument(&self, at: usize) -> Option<usize> {
        let mut at = skip_blanks(self.text, at);
        for _ in 0..5 {
            let symbol = at + usize::from(self.byte(at) == b':');
            if let Some(next) = self.value_of_member(symbol) {
                return Some(next);
            }
            // Another argument with a name.
            let is_inner = |at: &usize| self.text[*at].is_ascii_alphanumeric() || self.text[*at] == b'_';
            let end = at + (at..self.limit).take_while(is_inner).count();
            if end == at || self.byte(end) != b'=' || self.byte(end + 1) == b'=' {
                return None;
            }
            let comma = (end..self.limit).find(|&at| matches!(self.text[at], b',' | b'\n' | b')' | b'('))?;
            if self.text[comma] != b',' {
                return None;
            }
            at = skip_blanks(self.text, comma + 1);
        }
        None
    }
}
