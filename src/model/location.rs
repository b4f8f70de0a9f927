//! Where something stands: byte spans, and lines and columns for people.
//!
//! Spans are bytes of the content as stored. Lines are counted at LF, CR LF and lone CR. Columns are given in
//! characters for people and in UTF-16 units for SARIF; neither is ever used for a decision.

/// A half-open range of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Makes a span; `end` is never less than `start`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end: end.max(start) }
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        self.end - self.start
    }

    /// Says whether the span holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Says whether `other` lies wholly inside.
    pub fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Says whether the two share a byte.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Returns the span with `margin` more bytes on both sides, cut to `0..len`.
    pub fn widened(self, margin: usize, len: usize) -> Self {
        Self::new(self.start.saturating_sub(margin), self.end.saturating_add(margin).min(len))
    }

    /// The bytes of `content` that the span names; what lies outside is cut off.
    pub fn of(self, content: &[u8]) -> &[u8] {
        content.get(self.start.min(content.len())..self.end.min(content.len())).unwrap_or_default()
    }
}

/// A place in a text as people and editors count it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Column in UTF-16 code units, from 1.
    pub column_utf16: usize,
}

impl Position {
    /// The position just after `before`, the beginning of line `line`. A byte that is no UTF-8 counts as a character.
    pub fn after(line: usize, before: &[u8]) -> Self {
        let (mut column, mut column_utf16) = (1, 1);
        for chunk in before.utf8_chunks() {
            for character in chunk.valid().chars() {
                column += 1;
                column_utf16 += character.len_utf16();
            }
            column += chunk.invalid().len();
            column_utf16 += chunk.invalid().len();
        }
        Self { line, column, column_utf16 }
    }
}

/// The starts of a text's lines, to turn byte offsets into positions.
#[derive(Debug, Clone)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// Indexes the lines of `text`.
    pub fn new(text: &[u8]) -> Self {
        let mut starts = vec![0];
        if memchr::memchr(b'\r', text).is_none() {
            starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
            return Self { starts };
        }
        for at in memchr::memchr2_iter(b'\n', b'\r', text) {
            let is_crlf = text[at] == b'\r' && text.get(at + 1) == Some(&b'\n');
            if !is_crlf {
                starts.push(at + 1);
            }
        }
        Self { starts }
    }

    /// The first byte of each line; behind a last line break one more begins, with nothing in it.
    pub fn starts(&self) -> &[usize] {
        &self.starts
    }

    /// Number of lines; a text that ends with a line break does not have a further one.
    pub fn lines(&self, text: &[u8]) -> usize {
        self.starts.len() - usize::from(self.starts.last() == Some(&text.len()) && !text.is_empty())
    }

    /// The line, from 1, that holds byte `offset`.
    pub fn line(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset).max(1)
    }

    /// The bytes of line `line` (from 1), its break included.
    pub fn span(&self, line: usize, text: &[u8]) -> Span {
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(text.len());
        Span::new(start, self.starts.get(line).copied().unwrap_or(text.len()))
    }

    /// The position of byte `offset` in `text`, which must be the text that was indexed.
    pub fn position(&self, text: &[u8], offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self.line(offset);
        let before = Span::new(self.starts[line - 1].min(offset), offset).of(text);
        Position::after(line, before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_every_kind_of_break() {
        let text = b"a\nb\r\nc\rd";
        let index = LineIndex::new(text);
        let lines: Vec<usize> = (0..text.len()).map(|offset| index.line(offset)).collect();
        assert_eq!(lines, [1, 1, 2, 2, 2, 3, 3, 4]);
        assert_eq!(index.lines(text), 4);
        assert_eq!(LineIndex::new(b"a\n").lines(b"a\n"), 1);
    }

    #[test]
    fn columns_count_characters_and_utf16_units_and_survive_invalid_bytes() {
        let text = "é𝄞x".as_bytes();
        let position = LineIndex::new(text).position(text, 6);
        assert_eq!((position.column, position.column_utf16), (3, 4));
        let text = b"\xff\xfex";
        assert_eq!(LineIndex::new(text).position(text, 2).column, 3);
    }
}
