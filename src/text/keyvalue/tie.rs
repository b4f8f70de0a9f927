//! What ties a value to a name: operators, type annotations, flags and declarations that need none, sibling fields. Says where
//! the value begins, and must never look at the value itself.

use super::{LONGEST, Operator, Reader, skip_blanks};
use crate::model::Span;

impl Reader<'_> {
    /// The operator at `at` and where what it assigns begins.
    pub(super) fn operator(&self, at: usize, opening: u8, is_closed: bool) -> Option<(Operator, usize)> {
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
            // R assigns with an arrow, Basic after a type.
            (b'<', b'-', _) if self.opens_literal(at + 2) => (Operator::Assign, at + 2),
            (b'A' | b'a', b's' | b'S', b' ') if !self.is_quoted => match self.annotated(at + 3) {
                (Operator::Assign, next) => (Operator::Assign, next),
                _ => return None,
            },
            // The accessors of a property and its value; the braces of a constructor.
            (b'{', _, _) if !self.is_quoted => (Operator::Assign, self.property(at)?),
            // `variable "db_password" { default = "…" }`.
            (b'{', _, _) if opening == b'"' && !is_closed => (Operator::Colon, at),
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
            // Erlang's pairs, comparisons, options: what stands first belongs to what follows.
            (b',', _, _)
                if !self.is_quoted && !is_closed && self.comes_first(opening) && self.opens_literal(at + 1) =>
            {
                (Operator::Comma, at + 1)
            }
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

    /// Whether the name is the first of its call or tuple, or an option of curl, which comes second.
    fn comes_first(&self, opening: u8) -> bool {
        let before = &self.text[self.name.start.saturating_sub(48)..self.name.start];
        let is_inner = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'>' | b'.' | b'&');
        // `strncpy(user->password, "…", size)`, and Ruby's symbols: `set :secret, '…'`.
        let is_member =
            opening == b'>' && before.iter().rposition(|byte| !is_inner(byte)).is_some_and(|at| before[at] == b'(');
        let is_symbol = before.strip_suffix(b":").is_some_and(|before| matches!(before.last(), Some(b' ' | b'(')));
        matches!(opening, b'(' | b'{') || is_member || is_symbol || self.starts(self.name.start, b"CURLOPT_")
    }

    /// Whether a literal in quotation marks begins at `at`, blanks aside.
    fn opens_literal(&self, at: usize) -> bool {
        matches!(self.byte(skip_blanks(self.text, at)), b'"' | b'\'')
    }

    /// The value behind `{ get; set; } =`, or the literal in the braces at `at`.
    fn property(&self, at: usize) -> Option<usize> {
        let first = skip_blanks(self.text, at + 1);
        if self.opens_literal(first) && self.byte(at.saturating_sub(1)) != b' ' {
            return Some(first);
        }
        let close = (at..(at + 40).min(self.text.len())).find(|&at| self.text[at] == b'}')?;
        let sign = skip_blanks(self.text, close + 1);
        (self.starts(first, b"get") && self.byte(sign) == b'=').then_some(sign + 1)
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
    pub(super) fn takes_arguments(&self) -> bool {
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
        const WORDS: &[&[u8]] = &[
            b"define",
            b"env",
            b"arg",
            b"set",
            b"setenv",
            b"export",
            b"setx",
            b"-gx",
            b"-x",
            b"const",
            b"password",
            b"setq",
            b"set(",
            b"defvar",
            b"defparameter",
            b"(def",
        ];
        // Lisp's keywords: `:password "…"`.
        let is_keyword =
            before.ends_with(b":") && self.byte(self.name.end) == b' ' && self.opens_literal(self.name.end);
        // The next of several statements on a line: `{ username 'ci'; password '…' }`.
        let is_statement = matches!(before.last(), Some(b';' | b'{')) && self.opens_literal(self.name.end);
        WORDS.iter().any(|word| ends(word))
            || is_keyword
            || is_statement
            || (before.is_empty() && line_is_pair(self.text, self.name))
    }

    /// Behind the attributes that stand between the name and its value: `id="password" type="hidden" value="…"`.
    fn other_attributes(&self, at: usize) -> usize {
        let mut at = at;
        for _ in 0..3 {
            let start = skip_blanks(self.text, at);
            let is_inner = |at: &usize| self.text[*at].is_ascii_alphanumeric() || self.text[*at] == b'-';
            let end = start + (start..self.limit).take_while(is_inner).count();
            let is_value = self.text[start..end].eq_ignore_ascii_case(b"value");
            if is_value || end == start || self.byte(end) != b'=' || !matches!(self.byte(end + 1), b'"' | b'\'') {
                break;
            }
            let Some((_, next)) = self.literal(end + 1) else { break };
            if self.byte(next) != b' ' || next >= self.limit {
                break;
            }
            at = next;
        }
        at
    }

    /// The value of a sibling field, when the name is itself a value: `"name": "password", "value": "…"`.
    pub(super) fn pair(&self, at: usize) -> Option<usize> {
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
            b"param-value",
        ];
        let mut at = at;
        // The vocabulary of an attribute.
        let is_prefixed = |at: usize| self.starts(at, b"\" android:") || self.starts(at, b"\" app:");
        // An attribute between the name and the end of its tag.
        for attribute in [&b" serializeAs=\"String\""[..], b" xml:space=\"preserve\"", b" type=\"System.String\""] {
            if self.starts(at, attribute) {
                at += attribute.len();
            }
        }
        if self.is_quoted && self.byte(at) == b' ' {
            at = self.other_attributes(at);
        }
        if is_prefixed(at.saturating_sub(1)) || is_prefixed(at) {
            at = (at..self.limit).find(|&at| self.text[at] == b':')?;
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
            .find(|&at| !(self.text[at].is_ascii_alphanumeric() || matches!(self.text[at], b'_' | b'-')))?;
        let word = &self.text[at..end];
        if !FIELDS.iter().any(|field| word.eq_ignore_ascii_case(field)) {
            return None;
        }
        // `"name", "v=…"`: the word begins a literal that goes on behind it.
        let opening = self.byte(at.saturating_sub(1));
        let is_opened =
            matches!(opening, b'"' | b'\'') && matches!(self.byte(at.saturating_sub(2)), b' ' | b',' | b'(');
        if is_opened && !matches!(self.byte(end), b'"' | b'\'' | b'\\') {
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
}

/// Whether a line is made of two words, the name and a value.
fn line_is_pair(text: &[u8], name: Span) -> bool {
    let rest = skip_blanks(text, name.end);
    let limit = (rest + LONGEST).min(text.len());
    let end = (rest..limit).find(|&at| text[at].is_ascii_whitespace()).unwrap_or(limit);
    let next = skip_blanks(text, end);
    end > rest && (next >= text.len() || matches!(text[next], b'\n' | b'\r'))
}
