//! Values that no operator ties to their name: the next cell of a table, the branches of a condition.
//!
//! Reads as far as the reader of assignments does and no further.

use super::{Reader, skip_blanks};

impl Reader<'_> {
    /// The text of the element after the one whose closing tag stands at `at`: `<td>Password</td><td>…`.
    pub(super) fn next_cell(&self, at: usize) -> Option<usize> {
        let mut at = at;
        let mut opened = 0;
        for _ in 0..6 {
            if self.byte(at) != b'<' {
                break;
            }
            let is_closing = self.byte(at + 1) == b'/';
            let name = &self.text[(at + 1 + usize::from(is_closing)).min(self.text.len())..];
            let length = name.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
            let tag = &name[..length];
            let is_layout = [&b"td"[..], b"th", b"dt", b"dd", b"b", b"strong", b"code", b"tt", b"pre", b"span", b"em"]
                .iter()
                .any(|known| tag.eq_ignore_ascii_case(known));
            if !is_layout || is_closing && opened > 0 {
                return None;
            }
            opened += usize::from(!is_closing);
            at = (at..self.limit).find(|&at| self.text[at] == b'>')? + 1;
            while matches!(self.byte(at), b' ' | b'\t' | b'\r' | b'\n' | b':') && at < self.limit {
                at += 1;
            }
        }
        (opened > 0 && at < self.limit).then_some(at)
    }

    /// Whether the name is a cell of a row of a table in text: `| Password | … |`.
    pub(super) fn is_cell(&self) -> bool {
        let low = self.name.start.saturating_sub(64);
        let line = memchr::memrchr(b'\n', &self.text[low..self.name.start]).map_or(low, |at| low + at + 1);
        let before = self.text[line..self.name.start].trim_ascii();
        before.starts_with(b"|") && before.ends_with(b"|")
    }

    /// The two values of a condition, when the value at `at` is one: `is_live ? "…" : "…"`.
    pub(super) fn branches(&self, at: usize) -> Option<(usize, Option<usize>)> {
        let limit = (at + 80).min(self.text.len());
        let mark = (at..limit).find(|&at| matches!(self.text[at], b'?' | b'\n' | b'"' | b'\'' | b'`' | b';'))?;
        if self.text[mark] != b'?' || matches!(self.byte(mark + 1), b'?' | b'.' | b':') || mark == at {
            return None;
        }
        let first = skip_blanks(self.text, mark + 1);
        let end = match self.literal(first) {
            Some((_, end)) => end,
            None => (first..limit).find(|&at| matches!(self.text[at], b':' | b'\n' | b';'))?,
        };
        let colon = skip_blanks(self.text, end);
        let second = (self.byte(colon) == b':').then(|| skip_blanks(self.text, colon + 1));
        Some((first, second))
    }

    /// The values of a condition that begins at `at` with its word: Ruby's `KEY = if live?` and the literals that stand
    /// alone below it and below its `else`, Kotlin's `if (live) "…" else "…"`, Rust's `if live { "…" } else { "…" }`.
    pub(super) fn clauses(&self, at: usize) -> Option<(usize, Option<usize>)> {
        let opens = [&b"if "[..], b"if(", b"unless ", b"case "].into_iter().any(|word| self.starts(at, word));
        if !opens {
            return None;
        }
        let next = |from: usize| {
            let is_blank = |at: &usize| self.text[*at].is_ascii_whitespace() || matches!(self.text[*at], b'{' | b'}');
            from + (from..self.text.len()).take_while(is_blank).count()
        };
        // Behind the condition: the first break, bracket or brace that a literal follows.
        let limit = (at + 120).min(self.text.len());
        let first = (at..limit)
            .filter(|&at| matches!(self.text[at], b'\n' | b')' | b'{'))
            .map(|at| next(at + 1))
            .find(|&at| self.literal(at).is_some())
            .filter(|&first| memchr::memchr_iter(b'\n', &self.text[at..first]).count() <= 1)?;
        let (_, close) = self.literal(first)?;
        let branch = next(close);
        let second = self.starts(branch, b"else").then(|| next(branch + b"else".len()));
        Some((first, second.filter(|&at| self.literal(at).is_some())))
    }

    /// Python's `"…" if live else "…"`: the literal of the other case, where a first one ended before `at`.
    pub(super) fn otherwise(&self, at: usize) -> Option<usize> {
        let rest = &self.text[at..(at + 80).min(self.text.len())];
        let rest = rest.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let other = memchr::memmem::find(rest, b" else ").filter(|_| rest.starts_with(b" if "))?;
        Some(at + other + b" else ".len())
    }
}
