//! A digest of all that the outcome of a sweep depends on besides its reading: objects, refs, indexes, submodules, and which
//! contents Git LFS keeps.
//!
//! Files count with their size and the times of their last change, so that one that was damaged since is read again, and so
//! is one that may be read since: whoever sets the time of a content's change back cannot set back that of the file's.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::Request;
use crate::source::git::Objects;
use crate::source::odb::ObjectStore;

impl Request<'_> {
    /// The state of the repository; none if it cannot be told.
    pub fn state(&self) -> Option<Vec<u8>> {
        let mut state = State(Sha256::new());
        state.add(format!("{:?}", self.selection).as_bytes());
        state.store(self.objects.store())?;
        for reference in &self.roots.references {
            state.add(&reference.name);
            state.add(reference.target.as_bytes());
            state.add(&[u8::from(reference.is_symbolic)]);
        }
        for log in &self.roots.logs {
            state.add(&log.name);
            state.add(&log.text);
        }
        for (index, path, blob) in &self.roots.staged {
            state.add(index);
            state.add(path);
            state.add(blob.as_bytes());
        }
        for cut in self.repository.shallow().ok()? {
            state.add(cut.as_bytes());
        }
        state.add(&[u8::from(self.repository.is_partial())]);
        state.names(&self.repository.common_dir.join("lfs").join("objects"), 3)?;
        for (name, module) in self.repository.modules() {
            state.add(&name);
            match module {
                Ok(Some(module)) => state.store(Objects::open(&module).store())?,
                Ok(None) => state.add(b"absent"),
                Err(_) => return None,
            }
        }
        Some(state.0.finalize().to_vec())
    }
}

struct State(Sha256);

impl State {
    /// Each part with its length, so that no two lists of parts look the same.
    fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    fn store(&mut self, store: &ObjectStore) -> Option<()> {
        for pack in store.packs() {
            self.add(pack.checksum());
            self.file(pack.path())?;
            let index = pack.path().with_extension("idx");
            if index.exists() {
                self.file(&index)?;
            }
        }
        let mut notices = Vec::new();
        for path in store.loose_files(&mut notices) {
            self.file(&path)?;
        }
        notices.is_empty().then_some(())
    }

    /// The names in a folder and the folders in it, which say what it holds: each is the hash of a content.
    fn names(&mut self, folder: &Path, depth: usize) -> Option<()> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory).then_some(()),
        };
        let mut names: Vec<_> =
            entries.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>().ok()?;
        names.sort_unstable();
        for name in names {
            self.add(name.as_encoded_bytes());
            if depth > 1 {
                self.names(&folder.join(&name), depth - 1)?;
            }
        }
        Some(())
    }

    fn file(&mut self, path: &Path) -> Option<()> {
        let metadata = fs::metadata(path).ok()?;
        let changed = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
        self.add(path.as_os_str().as_encoded_bytes());
        self.add(&metadata.len().to_le_bytes());
        self.add(&changed.as_nanos().to_le_bytes());
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            self.add(&metadata.ctime().to_le_bytes());
            self.add(&metadata.ctime_nsec().to_le_bytes());
        }
        Some(())
    }
}
