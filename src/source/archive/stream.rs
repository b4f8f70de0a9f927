//! Compressed streams as readers: gzip, zlib, raw deflate, xz, lzma, lzip, bzip2, zstd, brotli.
//!
//! All of them go on after the end of a stream if another one follows, as the programs do that read them. None may
//! ask for more memory than [`WINDOW`] for what it looks back to.

use std::io::{self, Read};

use bstr::{BStr, BString, ByteSlice};
use zlib_rs::{Inflate, InflateFlush, Status};

use super::framed;
use super::walk::{End, broken};

/// The largest window or dictionary, with what a decoder needs beside it.
pub(super) const WINDOW: u64 = 72 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Gzip,
    Zlib,
    /// Deflate without a header, as in zip archives.
    Deflate,
    Xz,
    Lzma,
    Bzip2,
    Zstd,
    Lzip,
    Brotli,
}

impl Compression {
    /// Reads what `bytes` were before they were compressed.
    pub(super) fn open(self, bytes: &[u8]) -> Box<dyn Read + '_> {
        match self {
            Self::Gzip | Self::Zlib | Self::Deflate => Box::new(Inflating::new(bytes, self)),
            Self::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(bytes, true, (WINDOW >> 10) as u32)),
            Self::Lzma => match lzma_rust2::LzmaReader::new_mem_limit(bytes, (WINDOW >> 10) as u32, None) {
                Ok(reader) => Box::new(reader),
                Err(error) => Box::new(Failed(Some(error))),
            },
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(bytes)),
            Self::Zstd => Box::new(Frames { rest: bytes, frame: None }),
            Self::Lzip => Box::new(framed::Lzip::new(bytes)),
            // A window of up to a gigabyte, which the standard does not know.
            Self::Brotli if bytes.first().is_some_and(|first| first & 0x7f == 0x11) => {
                Box::new(Failed(Some(io::Error::other("its brotli window is too large"))))
            }
            Self::Brotli => Box::new(Named("brotli", brotli_decompressor::Decompressor::new(bytes, 4 << 10))),
        }
    }

    /// How much memory may be needed besides what comes out.
    pub(super) fn window(self, bytes: &[u8]) -> u64 {
        match self {
            Self::Xz | Self::Lzma | Self::Zstd | Self::Lzip if bytes.len() > 4 << 10 => WINDOW,
            Self::Brotli => 24 << 20,
            // What is so small fills no window before it has filled the member's own limit.
            _ => 8 << 20,
        }
    }

    /// Says whether the format has no signature to speak of: what can't be read at all was something else.
    pub(super) fn is_guess(self) -> bool {
        matches!(self, Self::Zlib | Self::Lzma)
    }

    /// The name of the file inside: the one that is written there, or the outer one without its ending.
    pub(super) fn inner_name(self, bytes: &[u8], outer: &BStr) -> BString {
        if let (Self::Gzip, Some(name)) = (self, gzip_name(bytes)) {
            return name;
        }
        let base = outer.rfind_byte(b'/').map_or(outer, |slash| outer[slash + 1..].as_bstr());
        let endings: &[&str] = match self {
            Self::Gzip => &[".gz", ".z"],
            Self::Xz => &[".xz"],
            Self::Lzma => &[".lzma"],
            Self::Bzip2 => &[".bz2", ".bz"],
            Self::Zstd => &[".zst", ".zstd"],
            Self::Lzip => &[".lz"],
            Self::Brotli => &[".br"],
            Self::Zlib | Self::Deflate => &[".zlib", ".zz"],
        };
        let stem = endings.iter().find_map(|ending| {
            let at = base.len().checked_sub(ending.len()).filter(|&at| at > 0)?;
            base[at..].eq_ignore_ascii_case(ending.as_bytes()).then(|| BString::from(&base[..at]))
        });
        stem.unwrap_or_else(|| BString::from("content"))
    }
}

/// The name in a gzip header, its folders dropped.
fn gzip_name(bytes: &[u8]) -> Option<BString> {
    let flags = *bytes.get(3)?;
    let mut at = 10;
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
    }
    let name = bytes.get(at..)?;
    let name = &name[..name.find_byte(0).filter(|&len| flags & 8 != 0 && len > 0)?];
    let base = name.rfind_byte(b'/').map_or(name, |slash| &name[slash + 1..]);
    Some(base.into())
}

/// The rest of a stream whose beginning has been read; fails where that failed.
pub(super) struct Rest<R> {
    source: R,
    end: End,
}

impl<R> Rest<R> {
    pub(super) fn new(source: R, end: End) -> Self {
        Self { source, end }
    }
}

impl<R: Read> Read for Rest<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &self.end {
            End::Whole => self.source.read(out),
            End::Cut(detail) | End::Broken(detail) => Err(io::Error::other(detail.clone())),
        }
    }
}

/// A stream whose header already was wrong.
pub(super) struct Failed(pub(super) Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// A stream that says in its errors what it is.
struct Named<R>(&'static str, R);

impl<R: Read> Read for Named<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.1.read(out).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", self.0)))
    }
}

/// Inflates.
pub(super) struct Inflating<'a> {
    rest: &'a [u8],
    inflate: Inflate,
    compression: Compression,
    taken: u64,
    is_done: bool,
}

impl<'a> Inflating<'a> {
    pub(super) fn new(bytes: &'a [u8], compression: Compression) -> Self {
        Self { rest: bytes, inflate: Self::start(compression), compression, taken: 0, is_done: false }
    }

    fn start(compression: Compression) -> Inflate {
        match compression {
            Compression::Gzip => Inflate::new(true, 16 + 15),
            Compression::Zlib => Inflate::new(true, 15),
            _ => Inflate::new(false, 15),
        }
    }

    /// What follows the stream.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl Read for Inflating<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.is_done && !out.is_empty() {
            let before = self.inflate.total_out();
            let status = self.inflate.decompress(self.rest, out, InflateFlush::NoFlush);
            let taken = self.inflate.total_in() - self.taken;
            self.taken += taken;
            self.rest = &self.rest[(taken as usize).min(self.rest.len())..];
            let wrote = (self.inflate.total_out() - before) as usize;
            match status {
                Ok(Status::StreamEnd) => {
                    self.is_done = !(self.compression == Compression::Gzip && self.rest.starts_with(b"\x1f\x8b\x08"));
                    if !self.is_done {
                        (self.inflate, self.taken) = (Self::start(self.compression), 0);
                    }
                }
                Ok(_) if wrote == 0 && (taken == 0 || self.rest.is_empty()) => {
                    self.is_done = true;
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(_) => {}
                // What came before the damage is given first; the next call meets it again.
                Err(_) if wrote > 0 => {}
                Err(error) => {
                    self.is_done = true;
                    return Err(io::Error::new(io::ErrorKind::InvalidData, error.as_str()));
                }
            }
            if wrote > 0 {
                return Ok(wrote);
            }
        }
        Ok(0)
    }
}

/// Zstandard frames one after another.
struct Frames<'a> {
    rest: &'a [u8],
    frame: Option<ruzstd::decoding::StreamingDecoder<&'a [u8], ruzstd::decoding::FrameDecoder>>,
}

impl Read for Frames<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let len = match frame.read(out) {
                    Ok(len) => len,
                    Err(error) => {
                        (self.frame, self.rest) = (None, &[]);
                        return Err(io::Error::new(io::ErrorKind::InvalidData, broken(&error)));
                    }
                };
                if len > 0 || out.is_empty() {
                    return Ok(len);
                }
                self.rest = frame.get_ref();
                self.frame = None;
            }
            match self.rest {
                // A frame that is to be skipped: its length follows.
                [0x50..=0x5f, 0x2a, 0x4d, 0x18, a, b, c, d, ..] => {
                    let len = 8 + u32::from_le_bytes([*a, *b, *c, *d]) as usize;
                    let rest = self.rest;
                    self.rest = rest.get(len..).unwrap_or_default();
                }
                [0x28, 0xb5, 0x2f, 0xfd, ..] => {
                    let frame = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(self.rest, WINDOW);
                    match frame {
                        Ok(frame) => self.frame = Some(frame),
                        Err(error) => {
                            self.rest = &[];
                            return Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string()));
                        }
                    }
                }
                _ => return Ok(0),
            }
        }
    }
}

/// Reads exactly `len` bytes of a zip member that is compressed with LZMA: a version, the properties, then the data.
pub(super) fn zip_lzma<'a>(bytes: &'a [u8], size: u64) -> Box<dyn Read + 'a> {
    let wrong = || Box::new(Failed(Some(io::ErrorKind::InvalidData.into())));
    let Some((&[_, _, 5, 0, properties, a, b, c, d], data)) = bytes.split_first_chunk() else { return wrong() };
    let dictionary = u32::from_le_bytes([a, b, c, d]);
    if u64::from(dictionary) > WINDOW {
        return wrong();
    }
    match lzma_rust2::LzmaReader::new_with_props(data, size, properties, dictionary, None) {
        Ok(reader) => Box::new(reader),
        Err(error) => Box::new(Failed(Some(error))),
    }
}
