//! zlib streams of packs and loose objects, inflated by pure Rust code into a buffer of exactly the promised size.
//!
//! Each stream must end where its object ends and its Adler-32 must agree (the decoder checks it). Memory is
//! reserved as data arrives, so that a header's claim alone can't exhaust it.

use std::io::Read;

use zlib_rs::{Inflate, InflateError, InflateFlush, Status};

use super::PackError;

/// A buffer larger than this grows only as data arrives.
const TRUSTED_SIZE: usize = 1 << 20;

/// A reusable decoder.
pub struct Inflater {
    state: Inflate,
}

impl Default for Inflater {
    fn default() -> Self {
        Self { state: Inflate::new(true, 15) }
    }
}

impl Inflater {
    /// Inflates the stream at the start of `input` into `out`, which then holds exactly `size` bytes.
    /// Returns how many bytes of `input` the stream took.
    pub fn whole(&mut self, input: &[u8], size: usize, out: &mut Vec<u8>) -> Result<usize, PackError> {
        self.state.reset(true);
        out.clear();
        let mut consumed = 0;
        let mut filled = 0;
        // Deflate shrinks at most to 1/1032: a small input can't fill a large buffer.
        if size > TRUSTED_SIZE && size / 1040 > input.len() {
            return Err(PackError::Inflate("shorter than promised"));
        }
        loop {
            let goal = if size <= TRUSTED_SIZE { size } else { size.min((filled * 4).max(TRUSTED_SIZE)) };
            out.resize(goal, 0);
            let flush = if goal == size { InflateFlush::Finish } else { InflateFlush::NoFlush };
            let before = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(input.get(consumed..).unwrap_or_default(), &mut out[filled..], flush)
                .map_err(reason)?;
            consumed += (self.state.total_in() - before.0) as usize;
            filled += (self.state.total_out() - before.1) as usize;
            match status {
                Status::StreamEnd if filled == size => return Ok(consumed),
                Status::StreamEnd => return Err(PackError::Inflate("shorter than promised")),
                Status::Ok | Status::BufError if filled == size && goal == size => {
                    let ended = consumed >= input.len();
                    return Err(if ended { PackError::Truncated } else { PackError::Inflate("longer than promised") });
                }
                Status::Ok | Status::BufError if consumed >= input.len() => return Err(PackError::Truncated),
                Status::Ok | Status::BufError if filled < goal => return Err(PackError::Inflate("no progress")),
                Status::Ok | Status::BufError => {}
            }
        }
    }

    /// Inflates a stream from its source, piece by piece, without knowing where it ends.
    pub fn stream<R: Read>(&mut self, source: R) -> Stream<'_, R> {
        self.state.reset(true);
        Stream { state: &mut self.state, source, input: vec![0; 32 << 10], start: 0, end: 0, over: false }
    }
}

fn reason(error: InflateError) -> PackError {
    PackError::Inflate(match error {
        InflateError::NeedDict { .. } => "needs a dictionary",
        InflateError::MemError => "out of memory",
        InflateError::DataError | InflateError::StreamError => "not a valid stream",
    })
}

/// A zlib stream being inflated as it is read. A damaged or shortened stream is an error, not an early end.
pub struct Stream<'a, R> {
    state: &'a mut Inflate,
    source: R,
    input: Vec<u8>,
    start: usize,
    end: usize,
    over: bool,
}

impl<R> Stream<'_, R> {
    /// Bytes of the source that the stream itself has taken so far.
    pub fn consumed(&self) -> u64 {
        self.state.total_in()
    }
}

impl<R: Read> Read for Stream<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        use std::io::{Error, ErrorKind};
        if self.over {
            return Ok(0);
        }
        loop {
            if self.start == self.end {
                self.start = 0;
                self.end = self.source.read(&mut self.input)?;
            }
            let before = (self.state.total_in(), self.state.total_out());
            let input = &self.input[self.start..self.end];
            let status = self
                .state
                .decompress(input, out, InflateFlush::NoFlush)
                .map_err(|error| Error::new(ErrorKind::InvalidData, reason(error)))?;
            self.start += (self.state.total_in() - before.0) as usize;
            let produced = (self.state.total_out() - before.1) as usize;
            if status == Status::StreamEnd {
                self.over = true;
                return Ok(produced);
            }
            if produced > 0 || out.is_empty() {
                return Ok(produced);
            }
            if self.end == 0 || (self.start < self.end && status == Status::BufError) {
                return Err(Error::new(ErrorKind::UnexpectedEof, PackError::Truncated));
            }
        }
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
        let mut out = vec![0; zlib_rs::compress_bound(data.len())];
        let (packed, code) = zlib_rs::compress_slice(&mut out, data, zlib_rs::DeflateConfig::default());
        assert_eq!(code, zlib_rs::ReturnCode::Ok);
        packed.to_vec()
    }

    #[test]
    fn every_size_comes_back_and_both_ways_agree() {
        let mut inflater = Inflater::default();
        for size in [0, 1, 2, 1000, TRUSTED_SIZE, TRUSTED_SIZE + 1, 5 * TRUSTED_SIZE + 3] {
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
}
