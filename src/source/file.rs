//! Opens files, git's own and those of a tree, and only files: a named pipe in the place of one must keep nobody waiting.

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

/// Opens `path`, of which its folder says that it is a file, without asking again before. What took its place keeps nobody
/// waiting: it is opened without waiting for a writer, and refused then.
pub fn open_listed(path: &Path) -> io::Result<(File, fs::Metadata)> {
    #[cfg(unix)]
    let file = {
        use std::os::unix::fs::OpenOptionsExt;
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        match fs::OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path) {
            // Somebody holds a lease on it, who gives it up to one who waits.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => open(path)?.0,
            opened => opened?,
        }
    };
    #[cfg(not(unix))]
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    refuse_others(&metadata)?;
    Ok((file, metadata))
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
