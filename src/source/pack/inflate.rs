//! zlib streams of packs and loose objects, inflated by safe Rust code into a buffer of exactly the promised size.
//!
//! Each stream must end where its object ends and its Adler-32 must agree (the decoder checks it). Memory is
//! reserved as data arrives, so that a header's claim alone can't exhaust it.

use std::io::Read;
use std::sync::{Mutex, PoisonError};

use sirocco::Format;
use sirocco::inflate::{Decoder, Error};

use super::PackError;

/// A buffer larger than this grows only as data arrives.
const TRUSTED_SIZE: usize = 1 << 20;

/// What a streaming decoder holds of its output: twice the 32 KiB that deflate may refer back to.
const WINDOW: usize = 64 << 10;

/// What it reads of its input at once.
const INPUT: usize = 8 << 10;

/// A reusable decoder.
pub struct Inflater {
    decoder: Decoder,
    window: Vec<u8>,
    input: Vec<u8>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { decoder: Decoder::new(Format::Zlib), window: Vec::new(), input: Vec::new() }
    }
}

impl Inflater {
    /// Inflates the stream at the start of `input` into `out`, which then holds exactly `size` bytes.
    /// Returns how many bytes of `input` the stream took.
    pub fn whole(&mut self, input: &[u8], size: usize, out: &mut Vec<u8>) -> Result<usize, PackError> {
        // Deflate shrinks at most to 1/1032: a small input can't fill a large buffer.
        if size > TRUSTED_SIZE && size / 1040 > input.len() {
            return Err(PackError::Inflate("shorter than promised"));
        }
        self.decoder.reset();
        out.resize(size.min(TRUSTED_SIZE), 0);
        let mut rest = input;
        loop {
            let progress = self.decoder.decompress(rest, out, true).map_err(reason)?;
            if progress.done {
                return match self.decoder.total_out() == size as u64 {
                    true => Ok(self.decoder.total_in() as usize),
                    false => Err(PackError::Inflate("shorter than promised")),
                };
            }
            rest = &rest[progress.consumed..];
            if out.len() < size {
                out.resize(size.min(out.len() * 4), 0);
            }
        }
    }

    /// Inflates a stream from its source, piece by piece, without knowing where it ends.
    pub fn stream<R: Read>(&mut self, source: R) -> Stream<'_, R> {
        self.decoder.reset();
        self.window.resize(WINDOW, 0);
        self.input.resize(INPUT, 0);
        Stream {
            decoder: &mut self.decoder,
            window: &mut self.window,
            input: &mut self.input,
            source,
            ready: 0..0,
            fed: 0..0,
            ended: false,
            over: false,
        }
    }
}

/// Decoders for whoever reads a single object: to make one, and to fill its buffers with zeros, takes longer than most objects.
#[derive(Default)]
pub struct Inflaters(Mutex<Vec<Inflater>>);

impl Inflaters {
    /// Lends a decoder that nobody else has at this time.
    pub fn lend<T>(&self, work: impl FnOnce(&mut Inflater) -> T) -> T {
        let idle = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut inflater = idle().pop().unwrap_or_default();
        let result = work(&mut inflater);
        idle().push(inflater);
        result
    }
}

fn reason(error: Error) -> PackError {
    PackError::Inflate(match error {
        Error::Truncated => return PackError::Truncated,
        Error::ChecksumMismatch => "content differs from its checksum",
        Error::PresetDictionary => "needs a dictionary",
        Error::BufferFull | Error::InsufficientSpace => "longer than promised",
        _ => "not a valid stream",
    })
}

/// A zlib stream being inflated as it is read. A damaged or shortened stream is an error, not an early end.
pub struct Stream<'a, R> {
    decoder: &'a mut Decoder,
    window: &'a mut [u8],
    input: &'a mut [u8],
    source: R,
    /// What of the window was not handed out yet.
    ready: std::ops::Range<usize>,
    /// What of the input was not decoded yet.
    fed: std::ops::Range<usize>,
    /// The source has ended.
    ended: bool,
    /// The stream has ended.
    over: bool,
}

impl<R> Stream<'_, R> {
    /// Bytes of the source that the stream itself has taken so far.
    pub fn consumed(&self) -> u64 {
        self.decoder.total_in()
    }
}

impl<R: Read> Stream<'_, R> {
    /// Decodes until something is ready or the stream is over.
    fn fill(&mut self) -> std::io::Result<()> {
        let wrapped = |error| std::io::Error::new(std::io::ErrorKind::InvalidData, reason(error));
        while self.ready.is_empty() && !self.over {
            if self.fed.is_empty() && !self.ended {
                self.fed = 0..self.source.read(self.input)?;
                self.ended = self.fed.is_empty();
            }
            if self.ready.end == self.window.len() {
                self.ready.end -= self.decoder.make_room(self.window);
            }
            let progress =
                self.decoder.decompress(&self.input[self.fed.clone()], self.window, self.ended).map_err(wrapped)?;
            self.fed.start += progress.consumed;
            self.over = progress.done;
            self.ready = self.ready.end..self.ready.end + progress.output.len();
        }
        Ok(())
    }
}

impl<R: Read> Read for Stream<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        self.fill()?;
        let len = out.len().min(self.ready.len());
        out[..len].copy_from_slice(&self.window[self.ready.start..self.ready.start + len]);
        self.ready.start += len;
        Ok(len)
    }
}

/// Reads `size` bytes and then the end of the stream: neither more nor less.
pub fn read_exactly<R: Read>(stream: &mut Stream<'_, R>, size: u64, out: &mut Vec<u8>) -> Result<(), PackError> {
    out.clear();
    out.reserve(usize::try_from(size).unwrap_or(usize::MAX).min(TRUSTED_SIZE));
    let read = stream.by_ref().take(size).read_to_end(out).map_err(unwrap_io)?;
    if (read as u64) < size {
        return Err(PackError::Inflate("shorter than promised"));
    }
    expect_end(stream)
}

/// Makes sure that nothing follows, which also lets the decoder check the stream's checksum.
pub fn expect_end<R: Read>(stream: &mut Stream<'_, R>) -> Result<(), PackError> {
    match stream.read(&mut [0]).map_err(unwrap_io)? {
        0 => Ok(()),
        _ => Err(PackError::Inflate("longer than promised")),
    }
}

/// Takes an own error out of the I/O error that carried it.
pub fn unwrap_io(error: std::io::Error) -> PackError {
    error.downcast().unwrap_or_else(PackError::Io)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deflate(data: &[u8]) -> Vec<u8> {
        sirocco::compress(Format::Zlib, sirocco::deflate::Level::DEFAULT, data)
    }

    #[test]
    fn every_size_comes_back_and_both_ways_agree() {
        let mut inflater = Inflater::default();
        for size in [0, 1, 2, 1000, WINDOW, WINDOW + 1, TRUSTED_SIZE, TRUSTED_SIZE + 1, 5 * TRUSTED_SIZE + 3] {
            let data: Vec<u8> = (0..size).map(|i| (i * i / 7) as u8).collect();
            let mut packed = deflate(&data);
            let len = packed.len();
            packed.extend_from_slice(b"next entry");
            let mut out = Vec::new();
            assert_eq!(inflater.whole(&packed, size, &mut out).unwrap(), len, "size {size}");
            assert!(out == data, "size {size}");
            let mut stream = inflater.stream(&packed[..]);
            read_exactly(&mut stream, size as u64, &mut out).unwrap();
            assert_eq!(stream.consumed(), len as u64);
            assert!(out == data, "size {size}");
        }
    }

    #[test]
    fn wrong_sizes_cuts_and_flips_are_errors() {
        let mut inflater = Inflater::default();
        let data: Vec<u8> = (0..4000_u32).map(|i| (i * i % 251) as u8).collect();
        let packed = deflate(&data);
        let mut out = Vec::new();
        for size in [0, 3999, 4001, TRUSTED_SIZE * 3, usize::MAX / 2] {
            assert!(inflater.whole(&packed, size, &mut out).is_err(), "size {size}");
            let mut stream = inflater.stream(&packed[..]);
            assert!(read_exactly(&mut stream, size as u64, &mut out).is_err(), "size {size}");
        }
        for cut in 0..packed.len() {
            assert!(inflater.whole(&packed[..cut], data.len(), &mut out).is_err(), "cut {cut}");
            let mut stream = inflater.stream(&packed[..cut]);
            assert!(read_exactly(&mut stream, data.len() as u64, &mut out).is_err(), "cut {cut}");
        }
        for bit in 0..packed.len() * 8 {
            let mut flipped = packed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if inflater.whole(&flipped, data.len(), &mut out).is_ok() {
                // A hint in the header, or padding before the checksum: nothing that touches the data.
                assert!(out == data, "bit {bit}");
            }
        }
    }

    #[test]
    fn a_decoder_that_was_lent_before_reads_like_a_new_one() {
        let (inflaters, mut out) = (Inflaters::default(), Vec::new());
        let data: Vec<u8> = (0..9000_u32).map(|i| (i * i % 251) as u8).collect();
        let packed = deflate(&data);
        for cut in (0..packed.len()).step_by(7) {
            inflaters.lend(|first| {
                assert!(read_exactly(&mut first.stream(&packed[..cut]), 9000, &mut out).is_err(), "cut {cut}");
                // Who asks in the meantime gets another one.
                inflaters.lend(|other| read_exactly(&mut other.stream(&packed[..]), 9000, &mut out).unwrap());
                assert!(out == data, "cut {cut}");
            });
            inflaters.lend(|again| read_exactly(&mut again.stream(&packed[..]), 9000, &mut out).unwrap());
            assert!(out == data, "cut {cut}");
        }
        assert_eq!(inflaters.0.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_promise_that_is_not_kept_costs_little() {
        let packed = deflate(&vec![0; 4 << 20]);
        let mut out = Vec::new();
        assert!(Inflater::default().whole(&packed, usize::MAX / 2, &mut out).is_err());
        assert!(out.capacity() <= 4 << 20);
    }
}
