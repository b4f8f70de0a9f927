//! Looks into containers: archives, compressed files, documents, databases, mail, packs that were committed as files.
//!
//! What a container is, its bytes say, never its name. Members are handed to a [`Visitor`] one after another, and
//! looked into in turn. The input is hostile: time and memory are bounded by [`Limits`], and everything that a limit
//! cut, that is damaged, encrypted or in a format that isn't known becomes a notice with the name `outer.zip!inner`.
//! Nothing is ever written to disk, and no name of a member is used for anything but telling it.

mod ar;
mod avro;
mod document;
mod dump;
mod framed;
mod git;
mod mail;
mod ole;
mod patch;
mod pdf;
mod png;
mod sqlite;
mod stream;
mod strings;
mod tar;
mod walk;
mod zip;

use std::fs::File;

use bstr::{BStr, BString};

use crate::model::{MemoryBudget, Notice, NoticeKind};
use crate::text::sniff::{self, Format};
use walk::Walk;

/// How far containers are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Containers in containers, so many deep.
    pub depth: usize,
    /// Members altogether.
    pub members: u64,
    /// Bytes of one member.
    pub member: u64,
    /// Bytes that may be in memory at the same time, the outermost content not counted.
    pub memory: u64,
    /// Bytes of all members together. A container that is larger than a quarter of it may have four times its size.
    pub total: u64,
    /// Bytes of all members, as a multiple of the outermost content's size. Does not count below [`Self::free`].
    pub ratio: u64,
    /// Bytes that anything may expand to.
    pub free: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 8,
            members: 100_000,
            member: MemoryBudget::current().sixteenths(4),
            memory: MemoryBudget::current().sixteenths(8),
            total: 1 << 30,
            ratio: 200,
            free: 64 << 20,
        }
    }
}

/// Something inside of a container.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The names on the way in, outermost first; the last is the member's own.
    pub names: &'a [BString],
    /// Its content: the part that could be read, or none.
    pub content: Option<&'a [u8]>,
}

/// Takes what containers hold.
pub trait Visitor {
    /// Takes a member. Those with unreadable content come, too, so that their names can be judged.
    fn member(&mut self, member: Member<'_>);
    /// Takes word of what was not read.
    fn notice(&mut self, notice: Notice);
    /// The content that a pointer of Git LFS stands for, if it is here and no larger than `most`.
    fn kept(&mut self, _pointer: &[u8], _most: u64) -> Option<File> {
        None
    }
    /// Says whether to stop as soon as convenient.
    fn cancelled(&self) -> bool {
        false
    }
}

/// What was found in a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Containers that were entered.
    pub archives: u64,
    /// Members that were handed over.
    pub members: u64,
}

/// Looks into `bytes`, if they are a container. `name` is what notices call them, and what a compressed file without a
/// name of its own is called after.
pub fn expand(bytes: &[u8], name: &BStr, limits: &Limits, visitor: &mut dyn Visitor) -> Outcome {
    Walk::new(bytes.len() as u64, name, *limits, visitor).outermost(bytes)
}

/// Says whether `bytes` begin a container; for contents that are too large to be held whole.
pub fn is_container(bytes: &[u8]) -> bool {
    let format = sniff::format(bytes);
    Container::in_format(format, bytes).is_some() || obstacle(format).is_some()
}

/// Says whether a name may tell of `bytes` what they do not tell themselves: they are in no known format, and look compressed.
/// Asked of everything, so only the beginning is looked at.
pub fn asks_for_name(bytes: &[u8]) -> bool {
    const HEAD: usize = 512;
    let head = &bytes[..bytes.len().min(HEAD)];
    // A character may be cut at the end of the head.
    let is_unicode = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    let zeros = memchr::memchr_iter(0, head).count();
    // Tables and pictures are full of zeros, but so is the head of an archive, which may be all that is there.
    let is_dense = bytes.len() < HEAD || zeros * 4 <= HEAD;
    (zeros > 0 || !is_unicode) && is_dense && sniff::format(bytes).is_none()
}

/// Says whether files of this name are containers.
pub fn is_name_of_one(name: &BStr) -> bool {
    PROMISES.iter().chain(&[BROTLI]).any(|ending| ends_with(name, ending))
}

/// Says whether nothing but `name` tells that `bytes` are a container, or were to be one.
pub fn is_told_by_name(bytes: &[u8], name: &BStr) -> bool {
    let format = sniff::format(bytes);
    let is_named = || Container::by_name(name, bytes).is_some() || is_misnamed(name, bytes);
    format.is_none() && Container::in_format(format, bytes).is_none() && is_named()
}

/// The kinds of containers that are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Zip,
    Tar,
    Compressed(stream::Compression),
    Ar,
    Cpio,
    Sqlite,
    Pdf,
    Png,
    Mail,
    GitBundle,
    GitPack,
    Strings,
    Rpm,
    Flash,
    Avro,
    Ole,
    Patch,
    Dump(dump::Layout),
}

impl Container {
    fn of(bytes: &[u8]) -> Option<Self> {
        Self::in_format(sniff::format(bytes), bytes)
    }

    /// The same of contents whose format is known.
    fn in_format(format: Option<Format>, bytes: &[u8]) -> Option<Self> {
        use stream::Compression;
        let container = match format {
            Some(Format::Zip) => Self::Zip,
            Some(Format::Tar) => Self::Tar,
            Some(Format::Gzip) => Self::Compressed(Compression::Gzip),
            Some(Format::Zlib) => Self::Compressed(Compression::Zlib),
            Some(Format::Xz) => Self::Compressed(Compression::Xz),
            Some(Format::Lzma) => Self::Compressed(Compression::Lzma),
            Some(Format::Bzip2) => Self::Compressed(Compression::Bzip2),
            Some(Format::Zstd) => Self::Compressed(Compression::Zstd),
            Some(Format::Lzip) => Self::Compressed(Compression::Lzip),
            Some(Format::Ar) => Self::Ar,
            Some(Format::Cpio) => Self::Cpio,
            Some(Format::Rpm) => Self::Rpm,
            Some(Format::Flash) => Self::Flash,
            Some(Format::Avro) => Self::Avro,
            Some(Format::Ole) if ole::has_more(bytes) => Self::Ole,
            Some(Format::Sqlite) => Self::Sqlite,
            Some(Format::GitBundle) => Self::GitBundle,
            Some(Format::GitPack) => Self::GitPack,
            // Programs with an archive behind them; documents whose readers ask for no signature.
            _ if zip::has_end(bytes) => Self::Zip,
            Some(Format::Pdf) => Self::Pdf,
            Some(Format::Media) if png::has_text(bytes) => Self::Png,
            Some(Format::PythonBytecode | Format::JavaClass) => Self::Strings,
            None if patch::has_binary(bytes) => Self::Patch,
            None if mail::is_mail(bytes) => Self::Mail,
            None => return dump::Layout::of(bytes).map(Self::Dump),
            _ => return None,
        };
        Some(container)
    }

    /// The one format in use that nothing but a name gives away.
    fn by_name(name: &BStr, bytes: &[u8]) -> Option<Self> {
        (ends_with(name, BROTLI) && is_no_text(bytes)).then_some(Self::Compressed(stream::Compression::Brotli))
    }
}

/// The ending of the one format in use that has no signature.
const BROTLI: &str = "br";

/// Endings of names that promise something compressed that has one.
const PROMISES: [&str; 33] = [
    "7z", "aar", "apk", "bz2", "crate", "deb", "ear", "egg", "epub", "gem", "gz", "ipa", "jar", "lz", "lz4", "lzma",
    "nupkg", "rar", "rpm", "tar", "tbz", "tbz2", "tgz", "txz", "tzst", "vsix", "war", "whl", "xpi", "xz", "zip", "zst",
    "zstd",
];

/// Says whether bytes in no known format have a name that promises a container: its beginning is damaged, or its format new.
fn is_misnamed(name: &BStr, bytes: &[u8]) -> bool {
    // A tape archive of nothing is made of zeros.
    PROMISES.iter().any(|ending| ends_with(name, ending)) && is_no_text(bytes) && bytes.iter().any(|&byte| byte != 0)
}

fn ends_with(name: &BStr, ending: &str) -> bool {
    let stem = name.len().checked_sub(ending.len() + 1).filter(|&at| at > 0);
    stem.is_some_and(|at| name[at] == b'.' && name[at + 1..].eq_ignore_ascii_case(ending.as_bytes()))
}

fn is_no_text(bytes: &[u8]) -> bool {
    sniff::is_binary(bytes) || std::str::from_utf8(bytes).is_err()
}

/// Says in a notice's words why content of this format is not looked into although it should be.
fn obstacle(format: Option<Format>) -> Option<(NoticeKind, String)> {
    match format? {
        Format::LfsPointer => {
            Some((NoticeKind::Skipped, "is a Git LFS pointer: its content is elsewhere and was not scanned".to_owned()))
        }
        format if format.is_opaque_archive() => {
            Some((NoticeKind::Unreadable, format!("is in a format that is not read: {}", format.as_str())))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
