//! The paths that were named, where they are on disk and what they are called in reports.

use std::path::{Path, PathBuf};

use bstr::{BString, ByteVec};

use crate::model::{Notice, NoticeKind};
use crate::source::git::{GitEnvironment, Repository};
use crate::source::{Sink, SourceError};

/// A file or directory that was named.
#[derive(Debug)]
pub(super) struct Root {
    /// Where it is, free of links above it.
    pub path: PathBuf,
    /// What it is called: its path in the repository, or as given; empty for the top.
    pub shown: BString,
    /// Whether it is a directory (or leads to one).
    pub is_directory: bool,
    /// The repository whose work tree holds it.
    pub repository: Option<Repository>,
}

impl Root {
    /// What `path`, which lies below, is called.
    pub fn shown_below(&self, path: &Path) -> BString {
        match below(path, &self.path) {
            Some(rest) => joined(&self.shown, BString::from(rest)),
            None => joined(&self.shown, path.strip_prefix(&self.path).map_or_else(|_| slashed(path), slashed)),
        }
    }

    /// Says whether `path` lies below, or is it.
    pub fn holds(&self, path: &Path) -> bool {
        below(path, &self.path).is_some() || path.starts_with(&self.path)
    }
}

/// What follows `top` in a path that is written in the same way, as nearly all are; without a look at each of their parts.
fn below<'p>(path: &'p Path, top: &Path) -> Option<&'p [u8]> {
    if std::path::MAIN_SEPARATOR != '/' {
        return None;
    }
    let rest = path.as_os_str().as_encoded_bytes().strip_prefix(top.as_os_str().as_encoded_bytes())?;
    rest.strip_prefix(b"/").filter(|rest| !rest.is_empty() && !rest.starts_with(b"/"))
}

/// Finds all named paths; fails on the first that does not exist, and on a bare repository.
pub(super) fn resolve(
    paths: &[PathBuf],
    environment: &GitEnvironment,
    sink: &dyn Sink,
) -> Result<Vec<Root>, SourceError> {
    let mut roots = Vec::with_capacity(paths.len());
    let mut known: Vec<Repository> = Vec::new();
    for given in paths {
        let metadata = match std::fs::symlink_metadata(given) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(SourceError::NotFound { path: given.clone() });
            }
            Err(error) => return Err(SourceError::io(given, error)),
        };
        let is_directory =
            metadata.is_dir() || metadata.is_symlink() && std::fs::metadata(given).is_ok_and(|target| target.is_dir());
        let path = if is_directory { given.canonicalize() } else { canonical_parent(given) };
        let path = path.map_err(|error| SourceError::io(given, error))?;
        let directory = if is_directory { path.as_path() } else { path.parent().unwrap_or(&path) };
        let repository = repository_of(directory, environment, &mut known, sink)?;
        if is_directory && repository.as_ref().is_some_and(|found| found.work_dir.is_none()) {
            return Err(SourceError::Bare { path: given.clone() });
        }
        let inside = repository.as_ref().and_then(|found| path.strip_prefix(found.work_dir.as_deref()?).ok());
        let shown = inside.map_or_else(|| as_given(given), slashed);
        let repository = repository.filter(|_| inside.is_some());
        roots.push(Root { path, shown, is_directory, repository });
    }
    Ok(roots)
}

/// The repository that holds `directory`. One that cannot be read is a notice: its files are files all the same.
fn repository_of(
    directory: &Path,
    environment: &GitEnvironment,
    known: &mut Vec<Repository>,
    sink: &dyn Sink,
) -> Result<Option<Repository>, SourceError> {
    let holds = |repository: &Repository| {
        let work_dir = repository.work_dir.as_deref();
        work_dir.is_some_and(|work_dir| directory.starts_with(work_dir) && nearest(directory) == Some(work_dir))
    };
    if let Some(repository) = known.iter().find(|repository| holds(repository)) {
        return Ok(Some(repository.clone()));
    }
    // A repository that the environment names counts where it applies; elsewhere the path decides.
    let by_environment =
        environment.git_dir.as_ref().and_then(|_| Repository::discover(directory, environment).ok()?);
    let applies = |found: &Repository| found.work_dir.as_deref().is_some_and(|top| directory.starts_with(top));
    let found = match by_environment.filter(|found| environment.work_tree.is_some() && applies(found)) {
        Some(found) => Ok(Some(found)),
        None => Repository::discover(directory, &GitEnvironment::without_repository()),
    };
    match found {
        Ok(found) => {
            known.extend(found.clone());
            Ok(found)
        }
        Err(error) => {
            let detail = format!("{error}; files that are tracked although an ignore rule names them may be left out");
            sink.notice(Notice::new(NoticeKind::Unreadable, slashed(directory), detail));
            Ok(None)
        }
    }
}

/// The nearest directory, upwards, that has a `.git`.
fn nearest(directory: &Path) -> Option<&Path> {
    directory.ancestors().find(|above| above.join(".git").exists())
}

fn canonical_parent(path: &Path) -> std::io::Result<PathBuf> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => {
            let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            Ok(parent.canonicalize()?.join(name))
        }
        _ => path.canonicalize(),
    }
}

/// A path as given, without a leading `./` and without a trailing slash; empty for `.`.
fn as_given(path: &Path) -> BString {
    slashed(&path.components().filter(|part| *part != std::path::Component::CurDir).collect::<PathBuf>())
}

/// The bytes of a path, with slashes.
pub(super) fn slashed(path: &Path) -> BString {
    let mut bytes = Vec::from_path_lossy(path).into_owned();
    if std::path::MAIN_SEPARATOR != '/' {
        bytes.iter_mut().filter(|byte| char::from(**byte) == std::path::MAIN_SEPARATOR).for_each(|byte| *byte = b'/');
    }
    bytes.into()
}

/// `prefix/rest`, or the one that is not empty.
pub(super) fn joined(prefix: &BString, rest: BString) -> BString {
    if prefix.is_empty() || rest.is_empty() {
        return if rest.is_empty() { prefix.clone() } else { rest };
    }
    let mut path = prefix.clone();
    if !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.push_str(&*rest);
    path
}
