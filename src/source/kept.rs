//! Files that stanch keeps under a repository's own git directory, and believes only when they are whole.
//!
//! A file may be lost at any time: one that is damaged, cut or of another kind counts as none. It is written beside the
//! old one and takes its place at once: runs that write at the same time, or die, leave one of the two. Whoever can write
//! to it can also write the repository's hooks.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::git::Repository;

const CHECK: usize = 32;
/// A file beyond this is not read: no memory is worth more.
const LARGEST: u64 = 1 << 30;

/// The file of a kind that belongs to one way of reading.
pub fn place(repository: &Repository, kind: &str, reading: &str) -> PathBuf {
    let name = data_encoding::HEXLOWER.encode(&Sha256::digest(reading)[..16]);
    repository.common_dir.join("stanch").join(kind).join(name)
}

/// What a file holds behind its magic; none if there is none that can be believed.
pub fn read(path: &Path, magic: &[u8]) -> Option<Vec<u8>> {
    load(path, magic)
        .inspect_err(|error| {
            if error.kind() != io::ErrorKind::NotFound {
                log::info!("{}: {error}; nothing is taken from it", path.display());
            }
        })
        .ok()
}

fn load(path: &Path, magic: &[u8]) -> io::Result<Vec<u8>> {
    let invalid = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(invalid("is no file of stanch"));
    }
    let mut content = fs::read(path)?;
    let Some(body) = content.len().checked_sub(CHECK).filter(|&body| body >= magic.len()) else {
        return Err(invalid("ends too early"));
    };
    if !content.starts_with(magic) || Sha256::digest(&content[..body])[..] != content[body..] {
        return Err(invalid("is damaged"));
    }
    content.truncate(body);
    content.drain(..magic.len());
    Ok(content)
}

/// Writes a file whole.
pub fn write(path: &Path, magic: &[u8], body: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let check = Sha256::new().chain_update(magic).chain_update(body).finalize();
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    [magic, body, &check].into_iter().try_for_each(|part| file.write_all(part))?;
    file.persist(path)?;
    Ok(())
}
