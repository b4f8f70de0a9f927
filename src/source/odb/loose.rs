//! Loose objects: one zlib stream per file, its header inside.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::{Header, Object};
use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::file;
use crate::source::pack::inflate::{Inflater, Stream, expect_end, read_exactly, unwrap_io};
use crate::source::pack::{HashKind, ObjectKind, PackError};

/// "commit " and 20 digits and NUL are 28 bytes.
const MAX_HEADER: usize = 32;

/// The file of an object.
pub fn path(dir: &Path, id: &ObjectId) -> PathBuf {
    let hex = id.to_string();
    dir.join(&hex[..2]).join(&hex[2..])
}

/// Lists the ids of a directory's loose objects, in no order. What transfers that were broken off have left behind is named:
/// git does not see it, and neither does a scan.
pub fn ids(dir: &Path, hash: HashKind, notices: &mut Vec<Notice>) -> Vec<ObjectId> {
    let mut ids = Vec::new();
    let mut left = temporary(dir) + temporary(&dir.join("pack"));
    for first in 0..=255_u8 {
        let fan = dir.join(format!("{first:02x}"));
        let mut problem = |error: std::io::Error| {
            let subject = fan.as_os_str().as_encoded_bytes();
            notices.push(Notice::new(NoticeKind::Unreadable, subject, error.to_string()));
        };
        let entries = match std::fs::read_dir(&fan) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                problem(error);
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) => {
                    let mut hex = format!("{first:02x}").into_bytes();
                    hex.extend_from_slice(entry.file_name().as_encoded_bytes());
                    if hex.len() == hash.hex_len() {
                        ids.extend(ObjectId::from_hex(&hex));
                    } else {
                        left += usize::from(is_temporary(&entry.file_name()));
                    }
                }
                Err(error) => problem(error),
            }
        }
    }
    if left > 0 {
        let detail = format!("holds {left} temporary files of transfers that were broken off; they were not scanned");
        notices.push(Notice::new(NoticeKind::Skipped, dir.as_os_str().as_encoded_bytes(), detail));
    }
    ids
}

/// How many files and folders of a folder are git's temporary ones.
fn temporary(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter(|entry| is_temporary(&entry.file_name())).count()
}

fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    name.starts_with(b"tmp_") || name.starts_with(b"incoming-")
}

/// A loose object that is being read.
pub struct Reading<'a> {
    stream: Stream<'a, File>,
    header: Header,
}

impl<'a> Reading<'a> {
    /// Opens an object; none if there is no such file.
    pub fn open(path: &Path, inflater: &'a mut Inflater) -> Result<Option<Self>, PackError> {
        let file = match file::open(path) {
            Ok((file, _)) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut stream = inflater.stream(file);
        let header = read_header(&mut stream)?;
        Ok(Some(Self { stream, header }))
    }

    /// What it says it is.
    pub fn header(&self) -> Header {
        self.header
    }

    /// Reads all of it.
    pub fn read(mut self, limit: u64) -> Result<Object, PackError> {
        let Header { kind, size } = self.header;
        if size > limit {
            return Err(PackError::Limit { size, limit });
        }
        let mut bytes = Vec::new();
        read_exactly(&mut self.stream, size, &mut bytes)?;
        Ok(Object { kind, bytes })
    }

    /// Hands the content over as a stream; if it is taken, makes sure that the stream is whole.
    pub fn pass_to(mut self, take: impl FnOnce(&mut dyn Read) -> bool) -> Result<(), PackError> {
        let mut content = self.stream.by_ref().take(self.header.size);
        if !take(&mut content) {
            return Ok(());
        }
        std::io::copy(&mut content, &mut std::io::sink()).map_err(unwrap_io)?;
        if content.limit() > 0 {
            return Err(PackError::Inflate("shorter than promised"));
        }
        expect_end(&mut self.stream)
    }
}

fn read_header(stream: &mut Stream<'_, File>) -> Result<Header, PackError> {
    let mut header = Vec::with_capacity(MAX_HEADER);
    let mut byte = [0];
    while header.len() < MAX_HEADER && stream.read(&mut byte).map_err(unwrap_io)? > 0 {
        match byte {
            [0] => return parse_header(&header).ok_or(PackError::Header("not \"kind size\"")),
            [byte] => header.push(byte),
        }
    }
    Err(PackError::Header("not \"kind size\""))
}

fn parse_header(header: &[u8]) -> Option<Header> {
    let space = header.iter().position(|&byte| byte == b' ')?;
    let (word, digits) = (&header[..space], &header[space + 1..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(Header { kind: ObjectKind::from_word(word)?, size })
}
