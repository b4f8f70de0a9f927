//! Compressed data inside an encoding: gzip, zlib, bzip2, xz, zstd and the members of a zip archive. And gzip streams amid other
//! bytes, of any content.
//!
//! Compressed files are archives, with limits and names of their own: their first stream is none of ours. Damaged data gives the
//! text up to the damage; a bomb gives what the budget allows.

use std::io::Read;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use zlib_rs::{Inflate, InflateFlush, Status};

use super::{Budget, Layer, SpanMap, look};
use crate::model::{MemoryBudget, Span};
use crate::text::sniff;

/// The most that one stream may become.
fn largest() -> usize {
    usize::try_from(MemoryBudget::current().sixteenths(2)).unwrap_or(usize::MAX).min(64 << 20)
}

/// The largest window or dictionary of a stream, in KiB: what is encoded as text is small.
const WINDOW_KIB: u32 = 16 << 10;

/// So much is taken for what a stream becomes before it is known to be more.
const FIRST: usize = 64 << 10;

/// The most streams that are inflated in one layer.
const MEMBERS: usize = 1000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Gzip,
    Zlib,
    Raw,
}

/// Says whether data that starts with `head` can be inflated.
pub(super) fn is_compressed(head: &[u8]) -> bool {
    match head {
        [0x1f, 0x8b, 8, flags, ..] => *flags < 0x20,
        [b'P', b'K', 3, 4, _, _, _, flags, method, 0, ..] => *flags < 0x10 && matches!(method, 0 | 8),
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] => rest.starts_with(b"1AY&SY"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => true,
        // The header of zlib proves little: the first bytes must inflate, and to text.
        [0x78, second, ..] if (0x7800 | u16::from(*second)).is_multiple_of(31) && second & 0x20 == 0 => {
            let start = Stream::read(head, Format::Zlib, 2 * look::HEAD);
            !start.failed && (start.bytes.is_empty() || look::is_text(&start.bytes))
        }
        _ => false,
    }
}

/// Inflates `bytes` if they are compressed data from the first byte on.
pub(super) fn layers(bytes: &[u8], budget: &mut Budget, sink: &mut dyn FnMut(Layer, &mut Budget)) {
    if !is_compressed(&bytes[..bytes.len().min(look::HEAD)]) {
        return;
    }
    let mut push = |span: Span, stream: Stream, kind, budget: &mut Budget| {
        if stream.cut {
            budget.cut();
        }
        if !stream.bytes.is_empty() && budget.take(stream.bytes.len()) {
            sink(Layer { kind, bytes: stream.bytes, span, context: span, map: SpanMap::whole(span) }, budget);
        }
    };
    match bytes[0] {
        0x1f | 0x78 => {
            let (format, kind) = if bytes[0] == 0x78 { (Format::Zlib, "zlib") } else { (Format::Gzip, "gzip") };
            let stream = Stream::read(bytes, format, largest().min(budget.bytes()));
            push(Span::new(0, stream.consumed), stream, kind, budget);
        }
        b'B' | 0xfd | 0x28 => {
            let (kind, mut source): (_, Box<dyn Read + '_>) = match bytes[0] {
                b'B' => ("bzip2", Box::new(bzip2::bufread::BzDecoder::new(bytes))),
                0xfd => ("xz", Box::new(lzma_rust2::XzReader::new_mem_limit(bytes, false, WINDOW_KIB))),
                _ => match ruzstd::decoding::StreamingDecoder::new_with_max_window_size(
                    bytes,
                    u64::from(WINDOW_KIB) << 10,
                ) {
                    Ok(frame) => ("zstd", Box::new(frame)),
                    Err(_) => return,
                },
            };
            let stream = Stream::of(&mut source, bytes.len(), largest().min(budget.bytes()));
            push(Span::new(0, bytes.len()), stream, kind, budget);
        }
        _ => {
            let mut at = 0;
            for _ in 0..MEMBERS {
                let Some(member) = Member::at(bytes, at) else { return };
                let limit = largest().min(budget.bytes());
                let stream = if member.is_deflated {
                    Stream::read(&bytes[member.start..], Format::Raw, limit)
                } else {
                    Stream::stored(
                        &bytes[member.start..bytes.len().min(member.start.saturating_add(member.size))],
                        limit,
                    )
                };
                let end = member.start + stream.consumed;
                push(Span::new(at, end), stream, "zip", budget);
                // After the data there may be a descriptor of up to 24 bytes.
                let rest = &bytes[end..bytes.len().min(end + 28)];
                let Some(next) = memchr::memmem::find(rest, b"PK\x03\x04") else { return };
                at = end + next;
            }
            budget.cut();
        }
    }
}

/// Inflates the gzip streams that begin amid `bytes` and touch one of `ranges`. What a stream is depends on those before it, so
/// they are looked for from the beginning: no text holds their signature.
pub(super) fn embedded(bytes: &[u8], ranges: &[Span], budget: &mut Budget, sink: &mut dyn FnMut(Layer, &mut Budget)) {
    static SIGNATURE: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\x1f\x8b\x08"));
    let end = ranges.last().map_or(0, |range| range.end).min(bytes.len());
    // Nearly all text is of ASCII, which is told faster than anything is found.
    if bytes[..end].is_ascii() {
        return;
    }
    let mut at = 1;
    for _ in 0..MEMBERS {
        let Some(found) = bytes.get(at..end).and_then(|rest| SIGNATURE.find(rest)) else { return };
        let start = at + found;
        // The members of an archive are read one by one.
        if at == 1 && sniff::format(bytes).is_some_and(sniff::Format::is_container) {
            return;
        }
        at = start + 1;
        if !is_gzip(&bytes[start..]) {
            continue;
        }
        let stream = Stream::read(&bytes[start..], Format::Gzip, largest().min(budget.bytes()));
        let span = Span::new(start, start + stream.consumed);
        if !stream.failed {
            at = span.end.max(at);
        }
        let is_wanted = ranges.iter().any(|range| range.start <= span.end && span.start <= range.end);
        if is_wanted && stream.cut {
            budget.cut();
        }
        if is_wanted && !stream.bytes.is_empty() && budget.take(stream.bytes.len()) {
            sink(Layer { kind: "gzip", bytes: stream.bytes, span, context: span, map: SpanMap::whole(span) }, budget);
        }
    }
    budget.cut();
}

/// Says whether `bytes` begin with a header of gzip: flags, a level and an operating system that exist.
fn is_gzip(bytes: &[u8]) -> bool {
    matches!(bytes, [0x1f, 0x8b, 8, 0..0x20, _, _, _, _, 0 | 2 | 4, 0..=13 | 255, ..])
}

/// A member of a zip archive as its local header tells.
struct Member {
    start: usize,
    size: usize,
    is_deflated: bool,
}

impl Member {
    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let header: &[u8; 30] = bytes.get(at..)?.first_chunk()?;
        let u16_at = |index: usize| usize::from(u16::from_le_bytes([header[index], header[index + 1]]));
        let is_encrypted = header[6] & 1 != 0;
        let is_known = header.starts_with(b"PK\x03\x04") && matches!(u16_at(8), 0 | 8) && !is_encrypted;
        let size = u32::from_le_bytes([header[18], header[19], header[20], header[21]]);
        let start = at + header.len() + u16_at(26) + u16_at(28);
        (is_known && start <= bytes.len()).then_some(Self { start, size: size as usize, is_deflated: header[8] == 8 })
    }
}

/// What came out of a compressed stream.
struct Stream {
    bytes: Vec<u8>,
    /// How much of the input it took.
    consumed: usize,
    /// The data is not what it says it is.
    failed: bool,
    /// The limit was reached before the end.
    cut: bool,
}

impl Stream {
    /// What a reader gives, up to damage or to the limit.
    fn of(source: &mut dyn Read, consumed: usize, limit: usize) -> Self {
        let mut bytes = Vec::new();
        let failed = source.take(limit as u64 + 1).read_to_end(&mut bytes).is_err();
        let cut = bytes.len() > limit;
        bytes.truncate(limit);
        Self { bytes, consumed, failed, cut }
    }

    fn stored(input: &[u8], limit: usize) -> Self {
        let bytes = input[..input.len().min(limit)].to_vec();
        Self { consumed: input.len(), failed: false, cut: bytes.len() < input.len(), bytes }
    }

    fn read(input: &[u8], format: Format, limit: usize) -> Self {
        let mut inflate = match format {
            Format::Gzip => Inflate::new(true, 16 + 15),
            Format::Zlib => Inflate::new(true, 15),
            Format::Raw => Inflate::new(false, 15),
        };
        let mut bytes = Vec::new();
        let (mut failed, mut cut) = (false, false);
        loop {
            let old = bytes.len();
            bytes.resize((old * 2).max(input.len().saturating_mul(4).min(FIRST)).max(256).min(limit), 0);
            let rest = input.get(inflate.total_in() as usize..).unwrap_or_default();
            let status = inflate.decompress(rest, &mut bytes[old..], InflateFlush::NoFlush);
            let len = (inflate.total_out() as usize).min(bytes.len());
            bytes.truncate(len);
            match status {
                Ok(Status::StreamEnd) => break,
                Ok(_) if len == limit => {
                    cut = true;
                    break;
                }
                // Nothing more came: the input has ended.
                Ok(_) if len == old => break,
                Ok(_) => {}
                Err(_) => {
                    failed = true;
                    break;
                }
            }
        }
        Self { bytes, consumed: (inflate.total_in() as usize).min(input.len()), failed, cut }
    }
}
