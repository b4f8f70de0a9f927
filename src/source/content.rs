//! Reads one content to its end: at once where it fits, in overlapping pieces where it does not.
//!
//! It must never hold more than the limit of one content per thread, nor more than the budget over all threads.

use std::io::{self, Read};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::model::{MemoryBudget, Position, Provenance, Scope, Span};

use super::{Item, Piece, Sink};

/// How much is held in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentLimits {
    /// A content up to this size is one item; a larger one is scanned in pieces of this size.
    pub whole: usize,
    /// Bytes that a piece shows before and after its scope, so that what lies across a border is seen whole.
    pub margin: usize,
    /// Bytes that all threads together may hold in large buffers.
    pub budget: usize,
}

impl Default for ContentLimits {
    fn default() -> Self {
        let part = |count| usize::try_from(MemoryBudget::current().sixteenths(count)).unwrap_or(usize::MAX);
        Self { whole: part(4), margin: 512 << 10, budget: part(8) }
    }
}

/// Buffers below this size are each thread's own affair.
const SMALL: usize = 8 << 20;

/// Reads contents within limits. Shared by the threads of a source.
#[derive(Debug)]
pub struct ContentReader {
    limits: ContentLimits,
    available: Mutex<usize>,
    returned: Condvar,
}

impl ContentReader {
    /// Makes a reader; the limits are raised to the least that can work.
    pub fn new(limits: ContentLimits) -> Self {
        let margin = limits.margin.max(16);
        let whole = limits.whole.max(4 * margin);
        let budget = limits.budget.max(whole);
        Self {
            limits: ContentLimits { whole, margin, budget },
            available: Mutex::new(budget),
            returned: Condvar::new(),
        }
    }

    /// Reads `source` to its end and hands it to `sink`. `expected` is its likely size; `buffer` is reused from call to
    /// call. Returns the number of bytes read.
    pub fn feed(
        &self,
        source: &mut dyn Read,
        expected: Option<u64>,
        provenance: &Provenance,
        buffer: &mut Vec<u8>,
        sink: &dyn Sink,
    ) -> io::Result<u64> {
        let whole = self.limits.whole;
        let likely = expected.map_or(whole, |size| usize::try_from(size).unwrap_or(whole).min(whole));
        let _loan = (likely > SMALL).then(|| self.borrow(likely));
        let result = self.feed_within(source, likely, provenance, buffer, sink);
        if buffer.capacity() > SMALL {
            *buffer = Vec::new();
        }
        result
    }

    fn feed_within(
        &self,
        source: &mut dyn Read,
        likely: usize,
        provenance: &Provenance,
        buffer: &mut Vec<u8>,
        sink: &dyn Sink,
    ) -> io::Result<u64> {
        let ContentLimits { whole, margin, .. } = self.limits;
        if likely > 0 && likely < whole {
            let filled = fill(source, likely, buffer)?;
            if filled <= likely {
                sink.item(Item::whole(provenance.clone(), &buffer[..filled]));
                return Ok(filled as u64);
            }
            // It has grown: what was read is the beginning.
            buffer.truncate(filled);
        } else {
            buffer.clear();
        }
        buffer.reserve(if likely == whole { SMALL.min(whole) } else { 1 });
        (&mut *source).take((whole + 1 - buffer.len()) as u64).read_to_end(buffer)?;
        if buffer.len() <= whole {
            sink.item(Item::whole(provenance.clone(), buffer));
            return Ok(buffer.len() as u64);
        }
        let mut piece = Piece { offset: 0, start: Position { line: 1, column: 1, column_utf16: 1 } };
        let mut from = 0;
        let mut is_last = false;
        loop {
            let to = if is_last { buffer.len() } else { border(buffer, margin) };
            sink.item(Item {
                provenance: provenance.clone(),
                bytes: buffer,
                scope: Scope::from_ranges(vec![Span::new(from, to)]),
                piece: Some(piece),
                attribution: None,
            });
            if is_last || sink.cancelled() {
                return Ok(piece.offset + buffer.len() as u64);
            }
            let keep = resume_at(buffer, piece.offset, to - margin);
            piece.start = piece.absolute(position_after(&buffer[..keep]));
            piece.offset += keep as u64;
            from = to - keep;
            buffer.copy_within(keep.., 0);
            buffer.truncate(buffer.len() - keep);
            let room = whole + 1 - buffer.len();
            is_last = (&mut *source).take(room as u64).read_to_end(buffer)? < room;
        }
    }

    fn borrow(&self, bytes: usize) -> Loan<'_> {
        let mut available = self.available.lock().unwrap_or_else(PoisonError::into_inner);
        while *available < bytes {
            available = self.returned.wait(available).unwrap_or_else(PoisonError::into_inner);
        }
        *available -= bytes;
        Loan { reader: self, bytes }
    }
}

/// Reads what is likely to be `likely` bytes to the beginning of the buffer, which keeps what it had behind them so that nothing is
/// cleared again and again. Says how many there are: one more than likely when there are more. A source that ends where it was
/// expected to is not asked again; who knows its size compares it afterwards.
fn fill(source: &mut dyn Read, likely: usize, buffer: &mut Vec<u8>) -> io::Result<usize> {
    if buffer.len() <= likely {
        buffer.resize(likely + 1, 0);
    }
    let mut filled = 0;
    while filled <= likely {
        match source.read(&mut buffer[filled..=likely]) {
            Ok(0) => break,
            Ok(len) => filled += len,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        if filled == likely {
            break;
        }
    }
    Ok(filled)
}

/// A part of the budget, given back when it is dropped.
struct Loan<'a> {
    reader: &'a ContentReader,
    bytes: usize,
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        *self.reader.available.lock().unwrap_or_else(PoisonError::into_inner) += self.bytes;
        self.reader.returned.notify_all();
    }
}

/// Where the scope of a piece ends: after a line break if there is one near, `margin` bytes before its end at the latest.
fn border(bytes: &[u8], margin: usize) -> usize {
    let latest = bytes.len() - margin;
    let earliest = latest - margin / 2;
    memchr::memrchr(b'\n', &bytes[earliest..latest]).map_or(latest, |at| earliest + at + 1)
}

/// Where the next piece begins: at `wanted` or a little before, at a multiple of four bytes of the content (UTF-16 and
/// UTF-32 stay aligned), not inside a CR LF or a UTF-8 character.
fn resume_at(bytes: &[u8], offset: u64, wanted: usize) -> usize {
    let mut at = wanted - usize::try_from((offset + wanted as u64) % 4).unwrap_or(0);
    for _ in 0..2 {
        let splits = bytes[at] & 0xc0 == 0x80 || (bytes[at] == b'\n' && bytes[at - 1] == b'\r');
        if splits && at >= 8 {
            at -= 4;
        }
    }
    at
}

/// The position just after `bytes`, which begin at line 1, column 1.
fn position_after(bytes: &[u8]) -> Position {
    let mut line = 1;
    let mut start = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        if !(bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n')) {
            line += 1;
            start = at + 1;
        }
    }
    Position::after(line, &bytes[start..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LineIndex, Origin};
    use crate::source::collect::Collected;

    fn pieces(text: &[u8], whole: usize, margin: usize) -> Vec<crate::source::collect::Collection> {
        let reader = ContentReader::new(ContentLimits { whole, margin, budget: 0 });
        let sink = Collected::default();
        let mut buffer = Vec::new();
        let provenance = Provenance::new(Origin::Stdin, None);
        let read = reader.feed(&mut &text[..], None, &provenance, &mut buffer, &sink).unwrap();
        assert_eq!(read, text.len() as u64);
        sink.into_items()
    }

    #[test]
    fn what_fits_is_one_item() {
        let items = pieces(b"hello", 100, 16);
        assert_eq!(items.len(), 1);
        assert_eq!((items[0].bytes.as_slice(), &items[0].scope, items[0].piece), (&b"hello"[..], &Scope::All, None));
    }

    #[test]
    fn pieces_cover_every_byte_once_with_margins_and_right_positions() {
        for (seed, text) in [
            (0..5000).map(|at| format!("line {at} é𝄞\r\n")).collect::<String>(),
            "x".repeat(40_000),
            "é".repeat(20_000),
            "\r\n".repeat(20_000),
            "a\r".repeat(20_000),
        ]
        .iter()
        .enumerate()
        {
            let text = text.as_bytes();
            let index = LineIndex::new(text);
            let mut covered = 0;
            let items = pieces(text, 1000 + seed, 64);
            assert!(items.len() > 10, "{seed}");
            for (at, item) in items.iter().enumerate() {
                let piece = item.piece.unwrap();
                let offset = piece.offset as usize;
                assert_eq!(&text[offset..offset + item.bytes.len()], item.bytes.as_slice());
                assert_eq!(offset % 4, 0);
                let Scope::Ranges(ranges) = &item.scope else { panic!("a piece has a scope") };
                assert_eq!(offset + ranges[0].start, covered, "{seed}");
                assert!(at == 0 || ranges[0].start >= 64, "margin before");
                covered = offset + ranges[0].end;
                assert!(at + 1 == items.len() || ranges[0].end + 64 <= item.bytes.len(), "margin after");
                let inside = LineIndex::new(&item.bytes);
                for probe in [0, item.bytes.len() / 2, item.bytes.len() - 5] {
                    let expected = index.position(text, offset + probe);
                    assert_eq!(piece.absolute(inside.position(&item.bytes, probe)), expected, "{seed} {at} {probe}");
                }
            }
            assert_eq!(covered, text.len());
        }
    }
}
