//! The way back from a decoded text to the bytes that encode it.
//!
//! A map must always answer with a span inside the encoded run that covers every byte of the encoding of the
//! span that was asked for; it may answer with a wider one, never with a narrower.

use crate::model::{Scope, Span};

/// Maps spans of a decoded text to spans of its parent.
#[derive(Debug, Clone)]
pub struct SpanMap {
    /// The encoded run.
    run: Span,
    shape: Shape,
}

#[derive(Debug, Clone)]
enum Shape {
    /// No part of the text belongs to a part of the run: compressed data.
    Whole,
    /// The text backwards.
    Reversed,
    /// Every `wrote` bytes of text stand for `read` characters, which stand in the parent in several pieces.
    Scaled { read: usize, wrote: usize, pieces: Vec<Piece> },
    /// Each piece has its own scale.
    Pieces(Vec<Piece>),
}

/// A stretch of text in which each unit of `wrote` bytes comes from `read` bytes of the parent.
#[derive(Debug, Clone, Copy)]
struct Piece {
    /// Start in the text (before scaling).
    text: usize,
    /// Start in the parent.
    source: usize,
    read: u32,
    wrote: u32,
}

impl Piece {
    fn start(&self, offset: usize) -> usize {
        self.source + (offset - self.text) / self.wrote.max(1) as usize * self.read as usize
    }
}

impl SpanMap {
    /// A map without detail.
    pub(super) fn whole(run: Span) -> Self {
        Self { run, shape: Shape::Whole }
    }

    pub(super) fn reversed(len: usize) -> Self {
        Self { run: Span::new(0, len), shape: Shape::Reversed }
    }

    /// Every `wrote` bytes of text were read from `read` bytes of `lines`, taken together.
    pub(super) fn scaled(read: usize, wrote: usize, lines: &[Span]) -> Self {
        let run = Span::new(lines.first().map_or(0, |line| line.start), lines.last().map_or(0, |line| line.end));
        let mut text = 0;
        let pieces = lines.iter().map(|line| {
            let piece = Piece { text, source: line.start, read: 1, wrote: 1 };
            text += line.len();
            piece
        });
        Self { run, shape: Shape::Scaled { read, wrote, pieces: pieces.collect() } }
    }

    /// See [`super::Layer::original`].
    pub(super) fn original(&self, span: Span) -> Span {
        let (first, last) = match &self.shape {
            Shape::Whole => return self.run,
            Shape::Reversed => {
                let len = self.run.len();
                return Span::new(len.saturating_sub(span.end), len.saturating_sub(span.start));
            }
            Shape::Scaled { read, wrote, pieces } => {
                let last = span.end.saturating_sub(1).max(span.start);
                let (first, last) = (span.start / wrote * read, last / wrote * read + read - 1);
                (Self::bounds(pieces, first), Self::bounds(pieces, last))
            }
            Shape::Pieces(pieces) => {
                let last = span.end.saturating_sub(1).max(span.start);
                (Self::bounds(pieces, span.start), Self::bounds(pieces, last))
            }
        };
        let end = if span.is_empty() { first.start } else { last.end };
        Span::new(first.start.clamp(self.run.start, self.run.end), end.clamp(self.run.start, self.run.end))
    }

    /// The bytes of the parent that make the byte at `offset`.
    fn bounds(pieces: &[Piece], offset: usize) -> Span {
        let index = pieces.partition_point(|piece| piece.text <= offset).saturating_sub(1);
        pieces.get(index).map_or(Span::default(), |piece| {
            let start = piece.start(offset.max(piece.text));
            Span::new(start, start + piece.read as usize)
        })
    }

    /// See [`super::Layer::changed`].
    pub(super) fn changed(&self, len: usize) -> Scope {
        let Shape::Pieces(pieces) = &self.shape else { return Scope::All };
        // Something before the text was dropped.
        let is_cut = pieces.first().is_some_and(|piece| piece.source != self.run.start);
        let mut ranges = Vec::from_iter(is_cut.then(|| Span::new(0, len.min(1))));
        for (index, piece) in pieces.iter().enumerate() {
            let end = pieces.get(index + 1).map_or(len, |next| next.text);
            if (piece.read, piece.wrote) != (1, 1) {
                ranges.push(Span::new(piece.text, end));
            } else if let Some(next) = pieces.get(index + 1)
                && next.source != piece.start(end)
            {
                // Something between the two was dropped: what spans the seam is new.
                ranges.push(Span::new(end - 1, (end + 1).min(len)));
            }
        }
        Scope::from_ranges(ranges)
    }

    /// Bytes of memory that it takes.
    pub(super) fn weight(&self) -> usize {
        match &self.shape {
            Shape::Scaled { pieces, .. } | Shape::Pieces(pieces) => pieces.len() * size_of::<Piece>(),
            Shape::Whole | Shape::Reversed => 0,
        }
    }
}

/// Builds a text piece by piece together with its map.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

impl Writer {
    /// Takes over bytes of the parent as they are.
    pub(super) fn copy(&mut self, source: usize, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.piece(source, 1, 1);
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Writes `bytes` for `read` bytes of the parent. Writing nothing drops them.
    pub(super) fn replace(&mut self, source: usize, read: usize, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.piece(source, read as u32, bytes.len() as u32);
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// Starts a piece unless the last one goes on without a seam.
    fn piece(&mut self, source: usize, read: u32, wrote: u32) {
        let text = self.bytes.len();
        let goes_on = self.pieces.last().is_some_and(|last| {
            (last.read, last.wrote) == (read, wrote)
                && (text - last.text).is_multiple_of(wrote as usize)
                && last.start(text) == source
        });
        if !goes_on {
            self.pieces.push(Piece { text, source, read, wrote });
        }
    }

    /// Ends the text, which stands for `run`.
    pub(super) fn finish(self, run: Span) -> (Vec<u8>, SpanMap) {
        (self.bytes, SpanMap { run, shape: Shape::Pieces(self.pieces) })
    }
}
