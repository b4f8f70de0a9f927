//! Reads an export in YAML without a copy of any value that is not wiped: each goes from the text straight into a `Secret`.
//!
//! Takes what exporters write: names and scalars at the left margin, or a list of such blocks with `key` and `value`
//! (`secretKey`, `secretValue`). Anchors, nested values and flow collections are refused. It must never put a part of the text into an error.

use zeroize::Zeroizing;

use crate::model::Secret;

/// Names with values; else the number of the line where the reader stopped.
pub(super) fn read(text: &[u8]) -> Result<Vec<(String, Secret)>, u64> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    if matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return super::json::read(text);
    }
    let mut reader = Reader { text, at: 0 };
    let read = std::str::from_utf8(text).ok().and_then(|_| reader.export());
    read.ok_or_else(|| memchr::memchr_iter(b'\n', &text[..reader.at.min(text.len())]).count() as u64 + 1)
}

/// Stands at the beginning of a line, or within the one that it reads.
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Reader<'t> {
    fn export(&mut self) -> Option<Vec<(String, Secret)>> {
        let mut pairs = Vec::new();
        if self.marker() == Some(b"---") {
            self.at = self.line_end() + 1;
        }
        while let Some(indent) = self.next_line() {
            if self.marker() == Some(b"...") {
                self.at = self.line_end() + 1;
                return self.next_line().is_none().then_some(pairs);
            }
            if self.rest().starts_with(b"- ") {
                pairs.extend(self.item(indent)?);
            } else {
                let name = (indent == 0).then(|| self.name())??;
                pairs.extend(self.scalar(0)?.map(|value| (name, value)));
            }
        }
        Some(pairs)
    }

    /// `- key: …`, with whatever else stands below it.
    fn item(&mut self, dash: usize) -> Option<Option<(String, Secret)>> {
        let blanks = self.rest()[1..].iter().take_while(|&&byte| byte == b' ').count();
        let column = dash + 1 + blanks;
        self.at += 1 + blanks;
        let (mut key, mut value) = (None, None);
        loop {
            match self.name()?.as_str() {
                "key" | "secretKey" => key = String::from_utf8(self.scalar(column)??.expose().to_vec()).ok(),
                "value" | "secretValue" => value = Some(self.scalar(column)?),
                _ => self.pass(column),
            }
            if self.next_line() != Some(column) {
                break;
            }
        }
        match value? {
            Some(value) => Some(Some((key?, value))),
            None => Some(None),
        }
    }

    fn rest(&self) -> &'t [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// `---` or `...` at the left margin.
    fn marker(&self) -> Option<&'t [u8]> {
        let is_margin = self.at == 0 || self.text.get(self.at - 1) == Some(&b'\n');
        let word = self.rest().get(..3).filter(|word| is_margin && matches!(*word, b"---" | b"..."))?;
        self.rest().get(3).is_none_or(|byte| byte.is_ascii_whitespace()).then_some(word)
    }

    fn line_end(&self) -> usize {
        memchr::memchr(b'\n', self.rest()).map_or(self.text.len(), |len| self.at + len)
    }

    /// Goes to the first sign of the next line that is neither blank nor a comment; returns its column.
    fn next_line(&mut self) -> Option<usize> {
        while self.at < self.text.len() {
            let line = &self.text[self.at..self.line_end()];
            let indent = line.iter().take_while(|&&byte| byte == b' ').count();
            match line[indent..].trim_ascii().first() {
                None | Some(b'#') => self.at = self.line_end() + 1,
                Some(_) => {
                    self.at += indent;
                    return Some(indent);
                }
            }
        }
        None
    }

    /// A name and its colon; afterwards the reader stands behind them.
    fn name(&mut self) -> Option<String> {
        let name = match *self.rest().first()? {
            b'"' | b'\'' => String::from_utf8(self.quoted()?.to_vec()).ok()?,
            b'?' | b'-' | b'&' | b'*' | b'!' | b'{' | b'[' | b'|' | b'>' | b'%' | b'@' | b'`' => return None,
            _ => {
                let line = &self.text[self.at..self.line_end()];
                let ends = |at: &usize| line.get(at + 1).is_none_or(u8::is_ascii_whitespace);
                let colon = memchr::memchr_iter(b':', line).find(ends)?;
                self.at += colon;
                std::str::from_utf8(line[..colon].trim_ascii()).ok()?.to_owned()
            }
        };
        self.at += self.rest().iter().take_while(|&&byte| byte == b' ').count();
        let is_colon = self.rest().first() == Some(&b':') && self.rest().get(1).is_none_or(u8::is_ascii_whitespace);
        self.at += usize::from(is_colon);
        is_colon.then_some(name)
    }

    /// Passes over a value below `column`.
    fn pass(&mut self, column: usize) {
        self.at = self.line_end() + 1;
        loop {
            let before = self.at;
            // A list may stand at the column of its name.
            if !self
                .next_line()
                .is_some_and(|indent| indent > column || indent == column && self.rest().starts_with(b"- "))
            {
                self.at = before;
                return;
            }
            self.at = self.line_end() + 1;
        }
    }

    /// The scalar behind a name that stands at `column`; nothing for null. Afterwards the reader stands at the next line.
    fn scalar(&mut self, column: usize) -> Option<Option<Secret>> {
        self.blanks();
        let mut is_binary = false;
        if self.rest().starts_with(b"!") {
            let len = self.rest().iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
            is_binary = &self.rest()[..len] == b"!!binary";
            self.at += len;
            self.blanks();
        }
        let mut is_text = true;
        let value = match self.rest().first().copied() {
            Some(b'|' | b'>') => self.block(column)?,
            Some(b'"' | b'\'') => {
                let value = self.quoted()?;
                self.end_of_line()?;
                value
            }
            Some(b'{' | b'[' | b'&' | b'*' | b'!' | b'%' | b'@' | b'`') => return None,
            _ => {
                let value = self.plain(column)?;
                is_text = !matches!(value.as_slice(), b"" | b"~" | b"null" | b"Null" | b"NULL");
                value
            }
        };
        if is_binary {
            let text: Zeroizing<Vec<u8>> =
                Zeroizing::new(value.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
            return data_encoding::BASE64.decode(&text).ok().map(|bytes| Some(Secret::new(bytes)));
        }
        Some(is_text.then(|| Secret::new(value.as_slice())))
    }

    fn blanks(&mut self) {
        self.at += self.rest().iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    }

    /// Nothing more but a comment.
    fn end_of_line(&mut self) -> Option<()> {
        let line = &self.text[self.at..self.line_end()];
        let rest = line.trim_ascii_start();
        let is_comment = rest.first() == Some(&b'#') && rest.len() < line.len();
        let is_end = rest.is_empty() || is_comment;
        is_end.then(|| self.at = self.line_end() + 1)
    }

    /// Words without quotes, over as many lines as are indented.
    fn plain(&mut self, column: usize) -> Option<Zeroizing<Vec<u8>>> {
        let mut value = Zeroizing::new(Vec::with_capacity(self.rest().len().min(1 << 16)));
        let mut breaks = 0;
        loop {
            let line = &self.text[self.at..self.line_end()];
            let comment =
                (0..line.len()).find(|&at| line[at] == b'#' && (at == 0 || matches!(line[at - 1], b' ' | b'\t')));
            let words = line[..comment.unwrap_or(line.len())].trim_ascii();
            if words.ends_with(b":") || memchr::memmem::find(words, b": ").is_some() {
                return None;
            }
            let breaks_before = if value.is_empty() { 0 } else { breaks };
            join(&mut value, breaks_before, words);
            self.at = self.line_end() + 1;
            let before = self.at;
            breaks = 1;
            loop {
                if self.at >= self.text.len() {
                    return Some(value);
                }
                let line = &self.text[self.at..self.line_end()];
                if !line.trim_ascii().is_empty() {
                    break;
                }
                breaks += 1;
                self.at = self.line_end() + 1;
            }
            let indent = self.rest().iter().take_while(|&&byte| byte == b' ').count();
            if indent <= column || comment.is_some() || self.rest()[indent..].starts_with(b"#") {
                self.at = before;
                return Some(value);
            }
            // A scalar of another kind on a line of its own, or a list.
            if value.is_empty() && !is_plain(&self.rest()[indent..]) {
                return None;
            }
        }
    }

    /// A text in quotes, over several lines; afterwards the reader stands behind it.
    fn quoted(&mut self) -> Option<Zeroizing<Vec<u8>>> {
        let quote = *self.rest().first()?;
        let mut at = self.at + 1;
        // An escape of two signs stands for no more than three bytes.
        let mut value = Zeroizing::new(Vec::with_capacity(self.closing(quote)? * 2));
        // Blanks before a line break go, but not those that an escape made.
        let mut escaped = 0;
        loop {
            let byte = *self.text.get(at)?;
            at += 1;
            match byte {
                b'\'' if quote == byte && self.text.get(at) == Some(&b'\'') => {
                    value.push(byte);
                    at += 1;
                }
                _ if byte == quote => break,
                b'\\' if quote == b'"' && matches!(self.text.get(at), Some(b'\n' | b'\r')) => {
                    let gap = self.text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                    let breaks = memchr::memchr_iter(b'\n', &self.text[at..at + gap]).count();
                    value.extend(std::iter::repeat_n(b'\n', breaks.saturating_sub(1)));
                    at += gap;
                }
                b'\\' if quote == b'"' => {
                    at = escape(self.text, at, &mut value)?;
                    escaped = value.len();
                }
                b'\n' | b'\r' => {
                    let plain = &value[escaped..];
                    let blank = plain.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                    let len = value.len() - blank;
                    value.truncate(len);
                    let gap = self.text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
                    let breaks = memchr::memchr_iter(b'\n', &self.text[at - 1..at + gap]).count();
                    at += gap;
                    join(&mut value, breaks, b"");
                }
                _ => value.push(byte),
            }
        }
        self.at = at;
        Some(value)
    }

    /// How many bytes a text in quotes has, before its escapes are undone.
    fn closing(&self, quote: u8) -> Option<usize> {
        let rest = self.rest();
        let mut at = 1;
        loop {
            match *rest.get(at)? {
                b'\\' if quote == b'"' => at += 2,
                b'\'' if quote == b'\'' && rest.get(at + 1) == Some(&b'\'') => at += 2,
                byte if byte == quote => return Some(at),
                _ => at += 1,
            }
        }
    }

    /// `|` and `>`: indented lines as they are, or joined. Line breaks at the end are the format's.
    fn block(&mut self, column: usize) -> Option<Zeroizing<Vec<u8>>> {
        let is_folded = self.rest().first() == Some(&b'>');
        self.at += 1;
        let mut margin = None;
        while let Some(sign @ (b'1'..=b'9' | b'+' | b'-')) = self.rest().first().copied() {
            if sign.is_ascii_digit() {
                margin = Some(column + usize::from(sign - b'0'));
            }
            self.at += 1;
        }
        self.end_of_line()?;
        let mut value = Zeroizing::new(Vec::with_capacity(self.rest().len().min(1 << 16)));
        let (mut breaks, mut was_deep) = (0, false);
        while self.at < self.text.len() {
            let line = &self.text[self.at..self.line_end()];
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let indent = line.iter().take_while(|&&byte| byte == b' ').count();
            let is_blank = indent == line.len();
            if !is_blank && margin.is_none() && indent > column {
                margin = Some(indent);
            }
            match margin {
                Some(margin) if indent >= margin && !(is_blank && line.len() == margin) => {
                    let words = &line[margin..];
                    let is_deep = matches!(words.first(), Some(b' ' | b'\t'));
                    if is_folded && !is_deep && !was_deep && !value.is_empty() {
                        join(&mut value, breaks, words);
                    } else {
                        grow(&mut value, breaks + words.len());
                        value.extend(std::iter::repeat_n(b'\n', breaks));
                        value.extend_from_slice(words);
                    }
                    (breaks, was_deep) = (1, is_deep);
                }
                _ if is_blank => breaks += 1,
                _ => break,
            }
            self.at = self.line_end() + 1;
        }
        Some(value)
    }
}

fn is_plain(line: &[u8]) -> bool {
    !line.starts_with(b"- ")
        && !matches!(line.first(), Some(b'"' | b'\'' | b'|' | b'>' | b'{' | b'[' | b'&' | b'*' | b'!'))
}

/// Adds words after so many line breaks: one is a blank, more are one fewer.
fn join(value: &mut Zeroizing<Vec<u8>>, breaks: usize, words: &[u8]) {
    grow(value, breaks + words.len());
    match breaks {
        0 => {}
        1 => value.push(b' '),
        _ => value.extend(std::iter::repeat_n(b'\n', breaks - 1)),
    }
    value.extend_from_slice(words);
}

/// Makes room without leaving a copy behind.
fn grow(value: &mut Zeroizing<Vec<u8>>, more: usize) {
    if value.len() + more > value.capacity() {
        let mut larger = Zeroizing::new(Vec::with_capacity(2 * value.capacity() + more));
        larger.extend_from_slice(value);
        *value = larger;
    }
}

/// Undoes the escape whose sign stands at `at`; returns what follows it.
fn escape(text: &[u8], at: usize, value: &mut Vec<u8>) -> Option<usize> {
    let sign = *text.get(at)?;
    let digits = match sign {
        b'x' => 2,
        b'u' => 4,
        b'U' => 8,
        _ => 0,
    };
    let code = match sign {
        b'0' => 0,
        b'a' => 7,
        b'b' => 8,
        b't' | b'\t' => 9,
        b'n' => 10,
        b'v' => 11,
        b'f' => 12,
        b'r' => 13,
        b'e' => 27,
        b' ' | b'"' | b'/' | b'\\' => u32::from(sign),
        b'N' => 0x85,
        b'_' => 0xa0,
        b'L' => 0x2028,
        b'P' => 0x2029,
        b'x' | b'u' | b'U' => {
            let hex = std::str::from_utf8(text.get(at + 1..at + 1 + digits)?).ok()?;
            u32::from_str_radix(hex, 16).ok()?
        }
        _ => return None,
    };
    let mut end = at + 1 + digits;
    // Emitters that think in UTF-16 write two escapes for one character.
    let code = if (0xd800..0xdc00).contains(&code) {
        let low = text.get(end..end + 6).filter(|next| next.starts_with(b"\\u"))?;
        let low = u32::from_str_radix(std::str::from_utf8(&low[2..]).ok()?, 16).ok()?.checked_sub(0xdc00)?;
        end += 6;
        0x10000 + ((code - 0xd800) << 10) + (low < 0x400).then_some(low)?
    } else {
        code
    };
    let mut buffer = Zeroizing::new([0; 4]);
    value.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut *buffer).as_bytes());
    Some(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn values(text: &str) -> Option<Vec<(String, String)>> {
        let pairs = read(text.as_bytes()).ok()?;
        let text = |value: Secret| String::from_utf8(value.expose().to_vec()).unwrap();
        Some(pairs.into_iter().map(|(name, value)| (name, text(value))).collect())
    }

    fn one(text: &str) -> Option<String> {
        values(text)?.pop().map(|(_, value)| value)
    }

    proptest! {
        #[test]
        fn whatever_an_emitter_writes_is_read_back(value in "[ -~\n\té漢🔑]{0,60}", style in 0..3) {
            // Single quotes lose the blanks at the ends of lines, by the format.
            let value = if style == 1 { value.trim().lines().map(str::trim).collect::<Vec<_>>().join("\n") } else { value };
            let text = match style {
                0 => serde_json::to_string(&value).unwrap(),
                // The first break of a run is written twice.
                1 => {
                    let mut text = value.replace('\'', "''");
                    for at in text.match_indices('\n').map(|(at, _)| at).collect::<Vec<_>>().into_iter().rev() {
                        if at == 0 || text.as_bytes()[at - 1] != b'\n' {
                            text.insert(at, '\n');
                        }
                    }
                    format!("'{text}'")
                }
                _ => format!("|2-\n{}", value.lines().map(|line| format!("  {line}\n")).collect::<String>()),
            };
            let read = one(&format!("A: {text}\n"));
            prop_assert_eq!(read.as_deref().map(|read| read.trim_end_matches('\n')), Some(value.trim_end_matches('\n')), "{}", text);
        }

        #[test]
        fn another_reader_of_the_same_text_agrees(text in "(A|'B'|\"C\"):( \"?[a-z #'\\\\n]{0,9}\"?| [|>][-+]?)?\n([ ]{0,3}[a-z '#\"]{0,6}\n){0,4}") {
            let Ok(reference) = serde_saphyr::from_str::<std::collections::BTreeMap<String, Option<String>>>(&text) else { return Ok(()) };
            // What it refuses is told; what it reads, it reads rightly.
            let Some(read) = values(&text) else { return Ok(()) };
            for (name, value) in &reference {
                let own = read.iter().find(|(own, _)| own == name).map(|(_, value)| value.trim_end_matches('\n'));
                let value = value.as_deref().map(|value| value.trim_end_matches('\n'));
                prop_assert_eq!(own.unwrap_or_default(), value.unwrap_or_default(), "{:?}", text);
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in any::<Vec<u8>>(), structured in "[-AB:'\"\\\\|> \n#x0u{!&]{0,60}") {
            let _ = read(&text);
            let _ = read(structured.as_bytes());
        }
    }

    #[test]
    fn scalars_of_every_style() {
        for (text, expected) in [
            ("A: x'y\"z # remark\n", "x'y\"z"),
            ("---\nA: a#b\n...\n", "a#b"),
            ("A: postgres://u:p@h/d?x=y\n", "postgres://u:p@h/d?x=y"),
            ("'A': 'it''s'\n", "it's"),
            ("\"A\" : \"a\\n\\u00e9\\ud83d\\udd11\\x41\\\n  b\" # remark\n", "a\né🔑Ab"),
            ("A: |-\n    one\n      two\n\n    three\nB: ~\n", "one\n  two\n\nthree"),
            ("A: |4-\n      one\n    two\n", "  one\ntwo"),
            ("A: >-\n  one\n  two\n\n  three\n", "one two\nthree"),
            ("A: one\n  two\n\n  three\n", "one two\nthree"),
            ("A:\n  one two\n", "one two"),
            ("A: 'one\n\n  two\n  three'\n", "one\ntwo three"),
            ("A: !!str 0123\n", "0123"),
            ("A: !!binary |\n  aGVsbG8g\n  d29ybGQ=\n", "hello world"),
            ("A: x\r\n", "x"),
            ("- key: A\n  tags: [a, {b: c}]\n  more:\n  - x\n  value: \"x\"\n  type: shared\n", "x"),
            ("-   secretKey: A\n    secretValue: x\n", "x"),
        ] {
            let read = values(text).unwrap_or_else(|| panic!("{text:?}"));
            assert_eq!((read[0].0.as_str(), read[0].1.as_str()), ("A", expected), "{text:?}");
            assert_eq!(read.len(), 1, "{text:?}");
        }
        assert_eq!(one("A: null\nB:\nC: ~\n"), None);
    }

    #[test]
    fn what_is_no_export_is_refused_with_its_line() {
        for (text, line) in [
            ("A: x\nB: [x]\n", 2),
            ("A:\n  B: x\n", 2),
            ("A:\n- x\n", 2),
            ("A: &a x\n", 1),
            ("A: \"x\n", 1),
            ("A: x\njust words\n", 2),
            ("A: 'x' y\n", 1),
            ("- x\n", 1),
            ("- value: x\n", 2),
            ("A: \"\\q\"\n", 1),
            ("A: x\n  B: y\n", 2),
            ("...\nA: x\n", 2),
        ] {
            assert_eq!(read(text.as_bytes()).err(), Some(line), "{text}");
        }
        assert_eq!(read(b"A: \xff\n").err(), Some(1));
    }
}
