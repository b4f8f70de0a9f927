//! Several names on one side, as many values on the other: `user, password = "ada", "…"`.
//!
//! Counts names and values on one line, and must never guess where a value is no literal or plain word.

use super::{Reader, skip_blanks};

/// Most names of a tuple.
const NAMES: usize = 6;

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
}
