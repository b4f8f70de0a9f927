//! The tracked files of all repositories below the named paths: an ignore rule never hides these.

use std::collections::{BTreeSet, HashMap};
use std::path::{Component, Path, PathBuf};

use bstr::{BString, ByteSlice};

use crate::model::{Notice, NoticeKind};
use crate::source::Sink;
use crate::source::git::index::Index;
use crate::source::git::{ABSENT_MODULE, GitEnvironment, Repository};

use super::roots::{Root, slashed};

/// The files of one index that lie below the named paths.
pub(super) struct Tracked {
    /// The root of the work tree.
    pub root: PathBuf,
    /// Where each file is and what it is called.
    pub paths: Vec<(PathBuf, BString)>,
}

/// Lists the tracked files of the repositories that hold `roots` and of those in `nested` directories.
pub(super) fn files(
    roots: &[Root],
    nested: Vec<PathBuf>,
    environment: &GitEnvironment,
    sink: &dyn Sink,
) -> Vec<Tracked> {
    let directories: Vec<&Root> = roots.iter().filter(|root| root.is_directory).collect();
    let mut pending: Vec<Repository> = directories.iter().filter_map(|root| root.repository.clone()).collect();
    pending.extend(nested.iter().filter_map(|directory| nested_repository(directory, sink)));
    let mut seen = BTreeSet::new();
    let mut lists = Vec::new();
    while let Some(repository) = pending.pop() {
        let Some(top) = repository.work_dir.clone() else { continue };
        if !seen.insert(top.clone()) {
            continue;
        }
        let own = environment.git_dir.is_none() || repository.environment.git_dir.is_some();
        let file = match &environment.index_file {
            Some(file) if own && directories.iter().any(|root| root.repository.as_ref() == Some(&repository)) => {
                file.clone()
            }
            _ => repository.index_file(),
        };
        let index = match Index::read(&file, repository.hash) {
            Ok(index) => index,
            Err(error) => {
                let detail = format!("{error}; tracked files that an ignore rule names may be left out");
                sink.notice(Notice::new(NoticeKind::Unreadable, slashed(&top), detail));
                continue;
            }
        };
        let (mut paths, mut absent, mut folded) = (Vec::new(), 0, 0);
        for entry in index.iter() {
            if entry.mode.is_tree() {
                folded += 1;
                continue;
            }
            let Some(path) = below(&top, entry.path) else { continue };
            let Some(root) = directories.iter().find(|root| root.holds(&path)) else { continue };
            if !entry.mode.is_submodule() {
                absent += usize::from(entry.skip_worktree && path.symlink_metadata().is_err());
                let shown = root.shown_below(&path);
                paths.push((path, shown));
            } else if path.join(".git").exists() {
                pending.extend(nested_repository(&path, sink));
            } else {
                sink.notice(Notice::new(NoticeKind::Skipped, root.shown_below(&path), ABSENT_MODULE));
            }
        }
        if absent + folded > 0 {
            let detail = format!(
                "{absent} files and {folded} folders are not checked out and were not scanned; `stanch history` reads them"
            );
            sink.notice(Notice::new(NoticeKind::Skipped, "sparse checkout", detail));
        }
        lists.push(Tracked { root: top, paths });
    }
    lists
}

fn nested_repository(directory: &Path, sink: &dyn Sink) -> Option<Repository> {
    match Repository::discover(directory, &GitEnvironment::without_repository()) {
        Ok(found) => found.filter(|found| found.work_dir.as_deref() == Some(directory)),
        Err(error) => {
            let detail = format!("{error}; tracked files that an ignore rule names may be left out");
            sink.notice(Notice::new(NoticeKind::Warning, slashed(directory), detail));
            None
        }
    }
}

/// The place of an index path on disk; none for a path that would lead elsewhere.
fn below(top: &Path, path: &[u8]) -> Option<PathBuf> {
    let relative = path.to_path().ok()?;
    // Parts are looked at one by one only where one of them may be more than a name.
    let is_odd = std::path::MAIN_SEPARATOR != '/'
        || path.starts_with(b"/")
        || path.starts_with(b".")
        || memchr::memmem::find(path, b"/.").is_some();
    let is_plain =
        !is_odd || relative.components().all(|part| matches!(part, Component::Normal(name) if name != ".git"));
    is_plain.then(|| top.join(relative))
}

/// Remembers which directories are real ones: what lies behind a link is not in the work tree.
#[derive(Debug, Default)]
pub(super) struct Directories(HashMap<PathBuf, bool>);

impl Directories {
    /// Says whether all directories between `top` and `path` are real.
    pub fn are_real(&mut self, top: &Path, path: &Path) -> bool {
        let Some(parent) = path.parent() else { return true };
        if parent == top || !parent.starts_with(top) {
            return true;
        }
        if let Some(&known) = self.0.get(parent) {
            return known;
        }
        let is_real =
            std::fs::symlink_metadata(parent).is_ok_and(|metadata| metadata.is_dir()) && self.are_real(top, parent);
        self.0.insert(parent.to_owned(), is_real);
        is_real
    }
}
