//! What kind of content some bytes are: text in which encoding, binary data in which format, minified code.
//!
//! A name proves nothing here and is not asked for. What this module says decides how bytes are read, never
//! whether they are.

use std::sync::LazyLock;

use memchr::memmem;

/// How many bytes are looked at for signs of binary data, as git does.
const BINARY_HEAD: usize = 8 << 10;

/// How many bytes are looked at for statistics.
const SAMPLE: usize = 64 << 10;

/// A format that its first bytes give away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Zip, and everything built on it: jar, docx, odt, apk, wheel.
    Zip,
    /// A tape archive; container images are tape archives of tape archives.
    Tar,
    /// Gzip.
    Gzip,
    /// xz.
    Xz,
    /// The older `.lzma`.
    Lzma,
    /// bzip2.
    Bzip2,
    /// Zstandard.
    Zstd,
    /// LZ4 frames.
    Lz4,
    /// `compress`, the `.Z` of old.
    Compress,
    /// A zlib stream: a loose git object, for example.
    Zlib,
    /// `ar`: Debian packages, static libraries.
    Ar,
    /// cpio, in its textual forms: initial ram disks, RPM payloads.
    Cpio,
    /// A 7z archive.
    SevenZip,
    /// A RAR archive.
    Rar,
    /// A Microsoft cabinet.
    Cabinet,
    /// An RPM package.
    Rpm,
    /// lzip.
    Lzip,
    /// lzop.
    Lzop,
    /// Snappy, in frames.
    Snappy,
    /// LHA, the `.lzh` of old.
    Lha,
    /// A squashfs file system: snaps, firmware.
    Squashfs,
    /// xar: macOS installers.
    Xar,
    /// A Windows image.
    Wim,
    /// A disk image of macOS.
    Dmg,
    /// A KeePass database.
    KeePass,
    /// The disk of a virtual machine.
    DiskImage,
    /// An ISO 9660 image: a CD or DVD.
    Iso,
    /// A compressed file system without a format of its own here: cramfs, erofs.
    FileSystem,
    /// Tables whose columns are usually compressed: Parquet, ORC, Arrow, HDF5, MATLAB.
    Columns,
    /// Avro: rows in blocks that may be compressed.
    Avro,
    /// A Flash film that is compressed.
    Flash,
    /// An SQLite database.
    Sqlite,
    /// A PDF document.
    Pdf,
    /// A git bundle.
    GitBundle,
    /// A git pack.
    GitPack,
    /// A pointer to a file in Git LFS.
    LfsPointer,
    /// Compiled Python.
    PythonBytecode,
    /// A compiled Java class.
    JavaClass,
    /// An ELF executable or library.
    Elf,
    /// A Windows executable or library.
    Pe,
    /// A macOS executable or library.
    MachO,
    /// WebAssembly.
    Wasm,
    /// A picture, a sound, a film or a font.
    Media,
    /// A Java key store.
    JavaKeyStore,
    /// A PKCS#12 key store.
    Pkcs12,
    /// An OLE compound file: `.doc`, `.xls`, `.msg`.
    Ole,
}

impl Format {
    /// Says whether stanch knows how to look inside; otherwise the bytes are scanned as they are.
    pub fn is_container(self) -> bool {
        match self {
            Self::Zip | Self::Tar | Self::Gzip | Self::Xz | Self::Lzma | Self::Bzip2 | Self::Zstd | Self::Zlib => true,
            Self::Ar | Self::Cpio | Self::Sqlite | Self::Pdf | Self::GitBundle | Self::GitPack => true,
            Self::Rpm | Self::Lzip | Self::Avro | Self::Flash | Self::Ole => true,
            Self::Lz4 | Self::Compress | Self::SevenZip | Self::Rar | Self::Cabinet => false,
            Self::Lzop | Self::Snappy | Self::Lha | Self::Squashfs | Self::Xar => false,
            Self::Wim | Self::Dmg | Self::KeePass => false,
            Self::DiskImage | Self::Iso | Self::FileSystem | Self::Columns => false,
            Self::LfsPointer | Self::PythonBytecode | Self::JavaClass | Self::Elf | Self::Pe | Self::MachO => false,
            Self::Wasm | Self::Media | Self::JavaKeyStore | Self::Pkcs12 => false,
        }
    }

    /// Says whether its content is compressed or encrypted in a way that stanch can't undo: scanning the bytes finds nothing.
    pub fn is_opaque_archive(self) -> bool {
        matches!(
            self,
            Self::Lz4
                | Self::Compress
                | Self::SevenZip
                | Self::Rar
                | Self::Cabinet
                | Self::Lzop
                | Self::Snappy
                | Self::Lha
                | Self::Squashfs
                | Self::Xar
                | Self::Wim
                | Self::Dmg
                | Self::KeePass
                | Self::DiskImage
                | Self::Iso
                | Self::FileSystem
                | Self::Columns
        )
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::Tar => "tar",
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Lzma => "lzma",
            Self::Bzip2 => "bzip2",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Compress => "compress",
            Self::Zlib => "zlib",
            Self::Ar => "ar",
            Self::Cpio => "cpio",
            Self::SevenZip => "7z",
            Self::Rar => "rar",
            Self::Cabinet => "cabinet",
            Self::Rpm => "rpm",
            Self::Lzip => "lzip",
            Self::Lzop => "lzop",
            Self::Snappy => "snappy",
            Self::Lha => "lha",
            Self::Squashfs => "squashfs",
            Self::Xar => "xar",
            Self::Wim => "wim",
            Self::Dmg => "dmg",
            Self::KeePass => "keepass",
            Self::DiskImage => "disk image",
            Self::Iso => "iso 9660",
            Self::FileSystem => "compressed file system",
            Self::Columns => "tables in columns",
            Self::Avro => "avro",
            Self::Flash => "flash",
            Self::Sqlite => "sqlite",
            Self::Pdf => "pdf",
            Self::GitBundle => "git bundle",
            Self::GitPack => "git pack",
            Self::LfsPointer => "git lfs pointer",
            Self::PythonBytecode => "python bytecode",
            Self::JavaClass => "java class",
            Self::Elf => "elf",
            Self::Pe => "pe",
            Self::MachO => "mach-o",
            Self::Wasm => "wasm",
            Self::Media => "media",
            Self::JavaKeyStore => "java key store",
            Self::Pkcs12 => "pkcs#12",
            Self::Ole => "ole",
        }
    }
}

/// Signatures at the very beginning.
const MAGICS: [(&[u8], Format); 65] = [
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"PK\x07\x08PK", Format::Zip),
    (b"\x1f\x8b\x08", Format::Gzip),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"\x04\x22\x4d\x18", Format::Lz4),
    (b"\x1f\x9d", Format::Compress),
    (b"!<arch>\n", Format::Ar),
    (b"070701", Format::Cpio),
    (b"070702", Format::Cpio),
    (b"070707", Format::Cpio),
    (b"7z\xbc\xaf\x27\x1c", Format::SevenZip),
    (b"Rar!\x1a\x07", Format::Rar),
    (b"MSCF\0\0\0\0", Format::Cabinet),
    (b"\xed\xab\xee\xdb", Format::Rpm),
    (b"LZIP\x01", Format::Lzip),
    (b"\x89LZO\0\r\n\x1a\n", Format::Lzop),
    (b"\xff\x06\0\0sNaPpY", Format::Snappy),
    (b"xar!\0\x1c\0", Format::Xar),
    (b"MSWIM\0\0\0", Format::Wim),
    (b"\x02\x21\x4c\x18", Format::Lz4),
    (b"\x03\xd9\xa2\x9a\x67\xfb\x4b\xb5", Format::KeePass),
    (b"\x03\xd9\xa2\x9a\x65\xfb\x4b\xb5", Format::KeePass),
    (b"QFI\xfb\0\0\0", Format::DiskImage),
    (b"KDMV\x01\0\0\0", Format::DiskImage),
    (b"KDMV\x03\0\0\0", Format::DiskImage),
    (b"conectix\0\0\0", Format::DiskImage),
    (b"vhdxfile", Format::DiskImage),
    (b"ARROW1\0\0", Format::Columns),
    (b"FEA1\0\0\0\0", Format::Columns),
    (b"\x89HDF\r\n\x1a\n", Format::Columns),
    (b"MATLAB 5.0 MAT-file", Format::Columns),
    (b"Obj\x01", Format::Avro),
    (b"\x45\x3d\xcd\x28", Format::FileSystem),
    (b"SQLite format 3\0", Format::Sqlite),
    (b"# v2 git bundle\n", Format::GitBundle),
    (b"# v3 git bundle\n", Format::GitBundle),
    (b"PACK\0\0\0\x02", Format::GitPack),
    (b"PACK\0\0\0\x03", Format::GitPack),
    (b"version https://git-lfs.github.com/spec/v1\n", Format::LfsPointer),
    (b"version https://hawser.github.com/spec/v1\n", Format::LfsPointer),
    (b"\xfe\xed\xfa\xce", Format::MachO),
    (b"\xce\xfa\xed\xfe", Format::MachO),
    (b"\xcf\xfa\xed\xfe", Format::MachO),
    (b"\0asm", Format::Wasm),
    (b"\xfe\xed\xfe\xed\0\0\0", Format::JavaKeyStore),
    (b"\xce\xce\xce\xce\0\0\0", Format::JavaKeyStore),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format::Ole),
    (b"\x89PNG\r\n\x1a\n", Format::Media),
    (b"\xff\xd8\xff", Format::Media),
    (b"GIF87a", Format::Media),
    (b"GIF89a", Format::Media),
    (b"RIFF", Format::Media),
    (b"OggS\0", Format::Media),
    (b"fLaC\0", Format::Media),
    (b"ID3\x02", Format::Media),
    (b"ID3\x03", Format::Media),
    (b"ID3\x04", Format::Media),
    (b"II*\0", Format::Media),
    (b"MM\0*", Format::Media),
    (b"wOFF", Format::Media),
    (b"wOF2", Format::Media),
    (b"\0\x01\0\0\0", Format::Media),
    (b"OTTO\0", Format::Media),
];

/// The bytes that one of them begins with: every content is asked, and most are text.
static FIRST: [bool; 256] = {
    let mut first = [false; 256];
    let mut at = 0;
    while at < MAGICS.len() {
        first[MAGICS[at].0[0] as usize] = true;
        at += 1;
    }
    first
};

/// Says whether `bytes` begin with `magic`; nearly always the first byte or the second denies it.
fn begins_with(bytes: &[u8], magic: &[u8]) -> bool {
    bytes.len() >= magic.len() && magic[..2] == bytes[..2] && bytes.starts_with(magic)
}

static PDF: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new(b"%PDF-"));

/// Recognises the format of `bytes`.
pub fn format(bytes: &[u8]) -> Option<Format> {
    if FIRST[usize::from(*bytes.first()?)]
        && let Some(&(_, format)) = MAGICS.iter().find(|(magic, _)| begins_with(bytes, magic))
    {
        return Some(format);
    }
    match bytes {
        [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] => {
            (rest.starts_with(b"1AY&SY") || rest.starts_with(b"\x17rE8P\x90")).then_some(Format::Bzip2)
        }
        // A program that carries a file system says so where others have zeros.
        [0x7f, b'E', b'L', b'F', ..] => {
            Some(if bytes.get(8..11) == Some(b"AI\x02") { Format::Squashfs } else { Format::Elf })
        }
        [b'C' | b'Z', b'W', b'S', 6..=60, ..] if is_flash(bytes) => Some(Format::Flash),
        [b'P', b'A', b'R', b'1' | b'E', ..] if bytes.ends_with(b"PAR1") || bytes.ends_with(b"PARE") => {
            Some(Format::Columns)
        }
        [b'O', b'R', b'C', rest @ ..] if rest.len() > 16 && rest[..rest.len() - 1].ends_with(b"ORC") => {
            Some(Format::Columns)
        }
        [0xca, 0xfe, 0xba, 0xbe, 0, minor, 0, major, ..] => {
            // Java counts versions from 45 where a fat Mach-O has the number of its architectures.
            Some(if *major >= 45 || *minor != 0 { Format::JavaClass } else { Format::MachO })
        }
        [_, _, b'\r', b'\n', ..] if is_python_bytecode(bytes) => Some(Format::PythonBytecode),
        [b'M', b'Z', ..] if is_pe(bytes) => Some(Format::Pe),
        [0x5d, 0, 0, ..] if is_lzma(bytes) => Some(Format::Lzma),
        [0x30, 0x80 | 0x82 | 0x83, ..] if is_pkcs12(bytes) => Some(Format::Pkcs12),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Some(Format::Media),
        [0x78, second, third, ..] if is_zlib(*second, *third) => Some(Format::Zlib),
        [_, _, b'-', b'l', b'h' | b'z', _, b'-', ..] if bytes.get(20).is_some_and(|&level| level < 4) => {
            Some(Format::Lha)
        }
        [b'h', b's', b'q', b's', ..] if bytes.get(28..30) == Some(b"\x04\0") => Some(Format::Squashfs),
        _ if is_tar(bytes) => Some(Format::Tar),
        _ if is_dmg(bytes) => Some(Format::Dmg),
        _ if bytes.get(64..68) == Some(b"\x7f\x10\xda\xbe") => Some(Format::DiskImage),
        _ if bytes.get(1024..1028) == Some(b"\xe2\xe1\xf5\xe0") => Some(Format::FileSystem),
        _ if bytes.get(0x8001..0x8006) == Some(b"CD001") => Some(Format::Iso),
        // Readers allow for a kilobyte of something else before the document.
        _ if PDF.find(&bytes[..bytes.len().min(1024)]).is_some() => Some(Format::Pdf),
        _ => None,
    }
}

/// The length of what was compressed, and the beginning of a zlib stream or the properties of LZMA.
fn is_flash(bytes: &[u8]) -> bool {
    match bytes {
        [b'C', _, _, _, _, _, _, _, 0x78, second, third, ..] => is_zlib(*second, *third),
        [b'Z', _, _, _, _, _, _, _, _, _, _, _, 0x5d, ..] => true,
        _ => false,
    }
}

/// Disk images of macOS are told by their last block.
fn is_dmg(bytes: &[u8]) -> bool {
    bytes.last_chunk::<512>().is_some_and(|trailer| trailer.starts_with(b"koly\0\0\0\x04\0\0\x02\0"))
}

/// Says whether the first block is the header of a tape archive: the sum of its bytes, with its own field as spaces.
fn is_tar(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<512>() else { return false };
    let field = &header[148..156];
    if header[0] == 0 || !field.iter().any(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    let spaces = sum - field.iter().map(|&byte| u32::from(byte)).sum::<u32>() + 8 * u32::from(b' ');
    let digits = field.iter().filter(|byte| byte.is_ascii_digit());
    digits.fold(0, |sum, &digit| sum * 8 + u32::from(digit - b'0')) == spaces
}

/// The word after the version is a set of flags, then come a time or a hash, and from byte 16 (once 8 or 12) a code object.
fn is_python_bytecode(bytes: &[u8]) -> bool {
    let is_code = |at: usize| bytes.get(at).is_some_and(|&byte| byte & 0x7f == b'c');
    bytes.get(..4).is_some_and(|magic| magic[0] < 0x20 || magic[1] >= 0x0a)
        && (is_code(16) || is_code(12) || is_code(8))
}

fn is_pe(bytes: &[u8]) -> bool {
    let Some(offset) = bytes.get(0x3c..0x40).and_then(|offset| offset.first_chunk()) else { return false };
    let offset = u32::from_le_bytes(*offset) as usize;
    bytes.get(offset..).is_some_and(|rest| rest.starts_with(b"PE\0\0"))
}

/// Properties 0x5d, a dictionary that is a power of two, and a size that is unknown or below a terabyte.
fn is_lzma(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<13>() else { return false };
    let dictionary = u32::from_le_bytes([header[1], header[2], header[3], header[4]]);
    let size =
        u64::from_le_bytes([header[5], header[6], header[7], header[8], header[9], header[10], header[11], header[12]]);
    dictionary.is_power_of_two() && dictionary >= 1 << 16 && (size == u64::MAX || size < 1 << 40)
}

/// A sequence that starts with version 3 and holds data of type PKCS#7.
fn is_pkcs12(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(40)];
    memmem::find(head, b"\x02\x01\x03\x30").is_some()
        && memmem::find(head, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07").is_some()
}

/// Bytes two and three of a zlib stream: a check of the header, and a kind of block that exists.
fn is_zlib(second: u8, third: u8) -> bool {
    // `x^` may as well begin a text.
    let is_text = second.is_ascii_graphic() && third.is_ascii_graphic();
    (0x7800 | u16::from(second)).is_multiple_of(31) && second & 0x20 == 0 && third & 6 != 6 && !is_text
}

/// An encoding with more than one byte for each character, or with a byte order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unicode {
    /// UTF-8 behind a byte order mark of three bytes.
    Utf8Mark,
    /// UTF-16, low byte first.
    Utf16Le,
    /// UTF-16, high byte first.
    Utf16Be,
    /// UTF-32, low byte first.
    Utf32Le,
    /// UTF-32, high byte first.
    Utf32Be,
}

/// Recognises an encoding by its byte order mark, or else by where the zero bytes are.
pub fn unicode(bytes: &[u8]) -> Option<Unicode> {
    match bytes {
        [0xef, 0xbb, 0xbf, ..] => return Some(Unicode::Utf8Mark),
        [0xff, 0xfe, 0, 0, ..] if bytes.len().is_multiple_of(4) => return Some(Unicode::Utf32Le),
        [0, 0, 0xfe, 0xff, ..] => return Some(Unicode::Utf32Be),
        [0xff, 0xfe, ..] => return Some(Unicode::Utf16Le),
        [0xfe, 0xff, ..] => return Some(Unicode::Utf16Be),
        _ => {}
    }
    let (units, _) = bytes[..bytes.len().min(SAMPLE)].as_chunks::<4>();
    if units.len() < 2 {
        return None;
    }
    let mut zeros = [0; 4];
    for unit in units {
        for (count, &byte) in zeros.iter_mut().zip(unit) {
            *count += usize::from(byte == 0);
        }
    }
    // Nearly all bytes at one place are zero, nearly none at the other.
    let (most, few) = (units.len() - units.len() / 5, units.len() / 20);
    let [a, b, c, d] = zeros;
    if a <= few && b >= most && c >= most && d >= most {
        Some(Unicode::Utf32Le)
    } else if d <= few && a >= most && b >= most && c >= most {
        Some(Unicode::Utf32Be)
    } else if a <= few && c <= few && b >= most && d >= most {
        Some(Unicode::Utf16Le)
    } else if b <= few && d <= few && a >= most && c >= most {
        Some(Unicode::Utf16Be)
    } else {
        None
    }
}

/// Says whether the content is no text: a zero byte near the start, as git decides it, or mostly control characters.
pub fn is_binary(bytes: &[u8]) -> bool {
    if unicode(bytes).is_some() {
        return false;
    }
    let head = &bytes[..bytes.len().min(BINARY_HEAD)];
    let controls = head.iter().filter(|&&byte| byte < b' ' && !matches!(byte, b'\t'..=b'\r' | 0x1b)).count();
    memchr::memchr(0, head).is_some() || controls * 10 > head.len()
}

/// Says whether it is code that a program has squeezed: long lines with hardly any space.
pub fn is_minified(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let breaks = memchr::memchr2_iter(b'\n', b'\r', sample).count();
    let spaces = memchr::memchr2_iter(b' ', b'\t', sample).count();
    sample.len() >= 1024 && sample.len() / (breaks + 1) > 400 && spaces * 10 < sample.len() && !is_binary(sample)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        for &(magic, format) in &MAGICS {
            let content = [magic, &[0; 600]].concat();
            assert_eq!(super::format(&content), Some(format), "{magic:?}");
        }
        for (content, expected) in [
            (&b"BZh91AY&SY\x01\x02"[..], Some(Format::Bzip2)),
            (b"BZhave a nice day", None),
            (b"\xca\xfe\xba\xbe\0\0\0\x41", Some(Format::JavaClass)),
            (b"\xca\xfe\xba\xbe\0\0\0\x02", Some(Format::MachO)),
            (b"\xcb\x0d\x0d\x0a\0\0\0\0abcdefgh\xe3\0", Some(Format::PythonBytecode)),
            (b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0", Some(Format::Lzma)),
            (
                b"\x30\x82\x0a\x10\x02\x01\x03\x30\x82\x09\xd6\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
                Some(Format::Pkcs12),
            ),
            (b"\0\0\0\x20ftypisom", Some(Format::Media)),
            (b"\x78\x9c\xcb\x48", Some(Format::Zlib)),
            (b"\x7fELF\x02\x01\x01\0\0\0\0", Some(Format::Elf)),
            (b"\x7fELF\x02\x01\x01\0AI\x02", Some(Format::Squashfs)),
            (b"CWS\x0a\x10\x27\0\0\x78\x9c\xcb\x48", Some(Format::Flash)),
            (b"PAR1 and PAR1", Some(Format::Columns)),
            (b"ORC\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0ORC\x18", Some(Format::Columns)),
            (b"CWS: a heading", None),
            (b"ORCHARD and more of it, and more", None),
            (b"PARAMETERS", None),
            (b"x = 1", None),
            (b"xylophone", None),
            (b"#!/bin/sh\n%PDF-1.4", Some(Format::Pdf)),
            (b"", None),
            (b"ab\r\ncd", None),
            (b"# A heading\r\n\r\nand text", None),
        ] {
            assert_eq!(format(content), expected, "{:?}", String::from_utf8_lossy(content));
        }
    }

    #[test]
    fn tape_archives_are_told_by_their_sum() {
        let mut header = [0; 512];
        header[..4].copy_from_slice(b"name");
        header[148..156].copy_from_slice(b"        ");
        let sum: u32 = header.iter().map(|&byte: &u8| u32::from(byte)).sum();
        header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        assert_eq!(format(&header), Some(Format::Tar));
        header[1] += 1;
        assert_eq!(format(&header), None);
    }

    #[test]
    fn encodings_are_told_with_and_without_a_mark() {
        let text = "Line of text — with a dash\r\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let long: Vec<u8> = text.chars().flat_map(|character| u32::from(character).to_le_bytes()).collect();
        let long_big: Vec<u8> = text.chars().flat_map(|character| u32::from(character).to_be_bytes()).collect();
        for (content, expected) in [
            (little, Unicode::Utf16Le),
            (big, Unicode::Utf16Be),
            (long, Unicode::Utf32Le),
            (long_big, Unicode::Utf32Be),
            (b"\xff\xfea\0".to_vec(), Unicode::Utf16Le),
            (b"\xfe\xff\0a".to_vec(), Unicode::Utf16Be),
            (b"\xff\xfe\0\0a\0\0\0".to_vec(), Unicode::Utf32Le),
            (b"\xef\xbb\xbfa".to_vec(), Unicode::Utf8Mark),
        ] {
            assert_eq!(unicode(&content), Some(expected), "{content:?}");
            assert!(!is_binary(&content));
        }
        assert_eq!((unicode(text.as_bytes()), unicode(&[0; 64]), unicode(b"")), (None, None, None));
    }

    #[test]
    fn binary_data_and_minified_code_are_told() {
        assert!(
            is_binary(b"text\0text")
                && is_binary(&[1, 2, 3, 4, 5])
                && !is_binary(b"")
                && !is_binary("ümläut\r\n".as_bytes())
        );
        let squeezed = "function(a,b){return a+b};".repeat(100);
        assert!(is_minified(squeezed.as_bytes()));
        assert!(
            !is_minified(squeezed.replace("};", "};\n").as_bytes()) && !is_minified("a word ".repeat(300).as_bytes())
        );
    }
}
