//! Opens files of git's own, and only files: a named pipe in the place of one must keep nobody waiting.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// More than any of git's own files (index, packed refs) has; what is larger is refused instead of held in memory.
const LARGEST: u64 = 4 << 30;

/// Opens `path` if it is a file, or leads to one; its length too.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    // Before it is opened, since that may wait for a writer; and after, since it may be another file by then.
    refuse_others(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    refuse_others(&metadata)?;
    Ok((file, metadata.len()))
}

/// The content of the file at `path`.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let (file, len) = open(path)?;
    if len > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is larger than any file of its kind"));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of the file at `path`.
pub fn read_text(path: &Path) -> io::Result<String> {
    String::from_utf8(read(path)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

fn refuse_others(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if metadata.is_file() { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file")) }
}
