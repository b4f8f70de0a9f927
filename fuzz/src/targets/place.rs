//! A bare repository on disk with nothing in it, for targets that read files; one per process.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use stanch::source::git::{GitEnvironment, Repository};
use tempfile::TempDir;

static PLACE: LazyLock<TempDir> = LazyLock::new(|| {
    let place = tempfile::tempdir().expect("a temporary folder");
    for folder in ["objects/pack", "refs/heads", "reftable"] {
        fs::create_dir_all(place.path().join(folder)).expect("a folder in it");
    }
    write(place.path(), "HEAD", b"ref: refs/heads/main\n");
    place
});

/// The repository's folder.
pub fn folder() -> &'static Path {
    PLACE.path()
}

/// The repository as it is now, when it is one.
pub fn repository() -> Option<Repository> {
    Repository::require(folder(), &GitEnvironment::without_repository()).ok()
}

/// Writes a file.
pub fn write(folder: &Path, name: &str, content: &[u8]) {
    fs::write(folder.join(name), content).expect("a file in it");
}
