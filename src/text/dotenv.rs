//! Files of the dotenv shape: `NAME=value` lines with quotes, comments and values over several lines.
//!
//! Reads as lenient as the programs that load such files, and says for a whole text whether it is nothing but one. Values are
//! wiped when they are dropped; nothing here may print one.

use zeroize::Zeroizing;

use crate::model::Span;

/// A name with its value.
pub struct Entry {
    /// Where the name stands.
    pub name: Span,
    /// Where the value stands, without its quotes.
    pub place: Span,
    /// The value with its escapes undone.
    pub value: Zeroizing<Vec<u8>>,
}

/// What a text holds.
#[derive(Default)]
pub struct Dotenv {
    /// In order.
    pub entries: Vec<Entry>,
    /// Lines that are neither entries nor comments nor blank.
    pub strange: usize,
}

impl Dotenv {
    /// Reads a text to its end.
    pub fn parse(text: &[u8]) -> Self {
        Self::read(text, |_| true).unwrap_or_default()
    }

    /// Reads a text that is a dotenv file and nothing else; of any other no more than its first strange line.
    pub fn parse_whole(text: &[u8]) -> Option<Self> {
        let file = Self::read(text, |entry| entry.is_some_and(|entry| is_variable(entry.name.of(text))))?;
        (file.entries.len() >= 2).then_some(file)
    }

    /// Reads entries, and of strange lines that they are there, for as long as `goes_on` says so.
    fn read(text: &[u8], goes_on: impl Fn(Option<&Entry>) -> bool) -> Option<Self> {
        let mut file = Self::default();
        let mut at = if text.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        while at < text.len() {
            let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |len| at + len);
            let line = text[at..end].trim_ascii();
            if line.is_empty() || line[0] == b'#' && !line.starts_with(b"#!") {
                at = end + 1;
                continue;
            }
            let found = entry(text, at, end);
            if !goes_on(found.as_ref().map(|(entry, _)| entry)) {
                return None;
            }
            match found {
                Some((entry, next)) => {
                    file.entries.push(entry);
                    at = next;
                }
                None => {
                    file.strange += 1;
                    at = end + 1;
                }
            }
        }
        Some(file)
    }

    /// Says whether the text is a dotenv file and nothing else: names of variables only, at least two of them.
    pub fn is_whole(&self, text: &[u8]) -> bool {
        self.strange == 0
            && self.entries.len() >= 2
            && self.entries.iter().all(|entry| is_variable(entry.name.of(text)))
    }
}

fn is_variable(name: &[u8]) -> bool {
    name.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        && name.iter().any(u8::is_ascii_uppercase)
}

/// The entry in the line `at..end`, and where the next line begins.
fn entry(text: &[u8], at: usize, end: usize) -> Option<(Entry, usize)> {
    let blank = |from: usize| from + text[from..end].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let mut start = blank(at);
    if let Some(rest) = text[start..end].strip_prefix(b"export ") {
        start = blank(end - rest.len());
    }
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let len = text[start..end].iter().take_while(|byte| is_name(byte)).count();
    let name = Span::new(start, start + len);
    let sign = blank(name.end);
    if len == 0 || text[start].is_ascii_digit() || text.get(sign) != Some(&b'=') || sign >= end {
        return None;
    }
    let first = blank(sign + 1);
    let Some(&quote) = text.get(first).filter(|byte| first < end && matches!(byte, b'"' | b'\'' | b'`')) else {
        let raw = &text[first..end];
        // A comment needs a blank before it.
        let is_empty = first > sign + 1 && raw.first() == Some(&b'#');
        let comment = raw.windows(2).position(|pair| matches!(pair[0], b' ' | b'\t') && pair[1] == b'#');
        let comment = if is_empty { Some(0) } else { comment };
        let raw = raw[..comment.unwrap_or(raw.len())].trim_ascii_end();
        let place = Span::new(first, first + raw.len());
        return Some((Entry { name, place, value: Zeroizing::new(raw.to_vec()) }, end + 1));
    };
    let close = closing(text, first + 1, quote)?;
    let place = Span::new(first + 1, close);
    let value = if quote == b'"' { unescaped(place.of(text)) } else { Zeroizing::new(place.of(text).to_vec()) };
    let next = memchr::memchr(b'\n', &text[close..]).map_or(text.len(), |len| close + len + 1);
    Some((Entry { name, place, value }, next))
}

/// The quote that ends a value: the first one behind which the line ends. Exports do not escape quotes inside of values.
fn closing(text: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    while let Some(found) = memchr::memchr(quote, &text[at..]) {
        let close = at + found;
        let slashes = text[from..close].iter().rev().take_while(|&&byte| byte == b'\\').count();
        let line = memchr::memchr(b'\n', &text[close..]).map_or(text.len(), |len| close + len);
        let rest = text[close + 1..line.max(close + 1)].trim_ascii();
        if (quote != b'"' || slashes % 2 == 0) && (rest.is_empty() || rest[0] == b'#') {
            return Some(close);
        }
        at = close + 1;
    }
    None
}

fn unescaped(raw: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut value = Zeroizing::new(Vec::with_capacity(raw.len()));
    let mut rest = raw;
    while let Some((&byte, tail)) = rest.split_first() {
        let (plain, len) = match (byte, tail.first()) {
            (b'\\', Some(b'n')) => (b'\n', 1),
            (b'\\', Some(b'r')) => (b'\r', 1),
            (b'\\', Some(b't')) => (b'\t', 1),
            (b'\\', Some(&sign @ (b'"' | b'\\' | b'$' | b'`'))) => (sign, 1),
            _ => (byte, 0),
        };
        value.push(plain);
        rest = &tail[len..];
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String)> {
        let file = Dotenv::parse(text.as_bytes());
        let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        file.entries.iter().map(|entry| (string(entry.name.of(text.as_bytes())), string(&entry.value))).collect()
    }

    #[test]
    fn quotes_comments_and_lines() {
        let text =
            "# c\nA=1\nexport B = 'it's' # note\nC=\"a\\nb\\\"c\"\nD=x#y # z\nE='one\ntwo'\nF=\nG=   # needed\nH=#x\n";
        let expected = [
            ("A", "1"),
            ("B", "it's"),
            ("C", "a\nb\"c"),
            ("D", "x#y"),
            ("E", "one\ntwo"),
            ("F", ""),
            ("G", ""),
            ("H", "#x"),
        ];
        assert_eq!(values(text), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_whole_file_is_told_from_a_script() {
        let is_whole = |text: &str| {
            let is_whole = Dotenv::parse(text.as_bytes()).is_whole(text.as_bytes());
            assert_eq!(Dotenv::parse_whole(text.as_bytes()).is_some(), is_whole, "{text}");
            is_whole
        };
        assert!(is_whole("# x\nA=1\nB_C='2'\n"));
        for text in ["A=1\n", "A=1\nb=2\n", "A=1\necho $A\nB=2\n", "#!/bin/sh\nA=1\nB=2\n", "[x]\nA=1\nB=2\n", ""] {
            assert!(!is_whole(text), "{text}");
        }
    }
}
