//! The files of a working tree, or of any directory: tracked files and those that git does not ignore.
//!
//! Links are read as the text of their target and never followed out of the tree; what is no file is named and not
//! opened. Nothing may be passed over in silence.

mod claims;
mod roots;
#[cfg(test)]
mod tests;
mod tracked;

use std::fs::{self, FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bstr::{BString, ByteVec};
use ignore::{DirEntry, WalkBuilder, WalkState};
use rayon::prelude::*;

use crate::model::{Notice, NoticeKind, Origin, Provenance, Receipt};

use super::content::{ContentLimits, ContentReader};
use super::git::GitEnvironment;
use super::{Item, Sink, SourceError};
use claims::Claims;
use roots::Root;

/// What to scan.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// Files and directories, as given.
    pub paths: &'a [PathBuf],
    /// Also files that git ignores.
    pub ignored: bool,
    /// How many threads; 0 for as many as suit the machine.
    pub threads: usize,
    /// How much is held in memory.
    pub limits: ContentLimits,
    /// The variables that git set.
    pub environment: &'a GitEnvironment,
}

/// Scans all files below the paths of `request`, each once. Fails only when a path does not exist.
pub fn scan(request: &Request<'_>, sink: &dyn Sink) -> Result<(), SourceError> {
    let roots = roots::resolve(request.paths, request.environment, sink)?;
    let walker = Walker {
        request,
        sink,
        reader: ContentReader::new(request.limits),
        claims: Claims::default(),
        seen: AtomicU64::new(0),
    };
    let (directories, files): (Vec<&Root>, Vec<&Root>) = roots.iter().partition(|root| root.is_directory);
    files.par_iter().for_each_init(Vec::new, |buffer, root| {
        if !sink.cancelled() {
            walker.path(&root.path, root.shown.clone(), buffer);
        }
    });
    let nested = Arc::new(Mutex::new(Vec::new()));
    for root in directories {
        walker.directory(root, &nested);
    }
    if !request.ignored {
        let nested = std::mem::take(&mut *nested.lock().unwrap_or_else(PoisonError::into_inner));
        for file in tracked::files(&roots, nested, request.environment, sink) {
            if sink.cancelled() {
                break;
            }
            walker.tracked(&file);
        }
    }
    sink.count(&Receipt { seen: walker.seen.into_inner(), ..Receipt::default() });
    Ok(())
}

/// Directories that threads gather.
type Directories = Arc<Mutex<Vec<PathBuf>>>;

/// Says whether something else than a file stands where a directory's ignore rules belong.
fn has_odd_rules(directory: &Path) -> bool {
    let is_odd = |name: &str| {
        let kind = fs::metadata(directory.join(name)).map(|metadata| metadata.file_type());
        kind.is_ok_and(|kind| !kind.is_file() && !kind.is_dir())
    };
    is_odd(".gitignore") || is_odd(".git/info/exclude")
}

struct Walker<'a> {
    request: &'a Request<'a>,
    sink: &'a dyn Sink,
    reader: ContentReader,
    claims: Claims,
    /// Paths that were come to.
    seen: AtomicU64,
}

impl Walker<'_> {
    /// Walks a directory with git's ignore rules; notes the repositories in it in `nested`. A directory whose rules are
    /// in no file (a pipe, a device) is walked without them: that finds more, and waits for nobody.
    fn directory(&self, root: &Root, nested: &Directories) {
        let rules = !self.request.ignored && !root.path.ancestors().any(has_odd_rules);
        let odd = Arc::new(Mutex::new(Vec::new()));
        self.walk(root, &root.path, rules, nested, &odd);
        let odd = std::mem::take(&mut *odd.lock().unwrap_or_else(PoisonError::into_inner));
        for directory in odd {
            self.walk(root, &directory, false, nested, &Arc::default());
        }
    }

    fn walk(&self, root: &Root, top: &Path, rules: bool, nested: &Directories, odd: &Directories) {
        let (found, odd) = (Arc::clone(nested), Arc::clone(odd));
        let note = |list: &Directories, path: &Path| {
            list.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
        };
        let walk = WalkBuilder::new(top)
            .hidden(false)
            .ignore(false)
            .git_ignore(rules)
            .git_global(rules)
            .git_exclude(rules)
            .parents(rules)
            .threads(self.request.threads)
            .filter_entry(move |entry| {
                if entry.depth() == 0 {
                    return true;
                }
                if entry.file_name() == ".git" {
                    if let Some(parent) = entry.path().parent() {
                        note(&found, parent);
                    }
                    return false;
                }
                let is_odd =
                    rules && entry.file_type().is_some_and(|kind| kind.is_dir()) && has_odd_rules(entry.path());
                if is_odd {
                    note(&odd, entry.path());
                }
                !is_odd
            })
            .build_parallel();
        walk.run(|| {
            let mut buffer = Vec::new();
            Box::new(move |entry| {
                if self.sink.cancelled() {
                    return WalkState::Quit;
                }
                match entry {
                    Ok(entry) => self.entry(root, &entry, &mut buffer),
                    Err(error) => self.failed(root, &error),
                }
                WalkState::Continue
            })
        });
    }

    fn entry(&self, root: &Root, entry: &DirEntry, buffer: &mut Vec<u8>) {
        let Some(kind) = entry.file_type() else { return };
        if kind.is_dir() || !self.claims.claim(entry.path()) {
            return;
        }
        let shown = root.shown_below(entry.path());
        if kind.is_file() {
            self.file(entry.path(), shown, buffer);
        } else {
            self.special(entry.path(), shown, kind);
        }
    }

    /// Scans one path that was named: a file, or something that leads to one.
    fn path(&self, path: &Path, shown: BString, buffer: &mut Vec<u8>) {
        if !self.claims.claim(path) {
            return;
        }
        match fs::metadata(path).or_else(|_| fs::symlink_metadata(path)).map(|metadata| metadata.file_type()) {
            Ok(kind) if kind.is_file() => self.file(path, shown, buffer),
            Ok(kind) => self.special(path, shown, kind),
            Err(error) => self.unreadable(shown, &error),
        }
    }

    /// Scans the files of an index that the walk did not come to, because an ignore rule names them.
    fn tracked(&self, repository: &tracked::Tracked) {
        repository.paths.par_iter().for_each_init(
            || (Vec::new(), tracked::Directories::default()),
            |(buffer, directories), (path, shown)| {
                if self.sink.cancelled() || !self.claims.claim(path) || !directories.are_real(&repository.root, path) {
                    return;
                }
                match fs::symlink_metadata(path).map(|metadata| metadata.file_type()) {
                    Ok(kind) if kind.is_file() => self.file(path, shown.clone(), buffer),
                    Ok(kind) if kind.is_dir() => {}
                    Ok(kind) => self.special(path, shown.clone(), kind),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => self.unreadable(shown.clone(), &error),
                }
            },
        );
    }

    fn file(&self, path: &Path, shown: BString, buffer: &mut Vec<u8>) {
        self.seen.fetch_add(1, Ordering::Relaxed);
        let provenance = Provenance::new(Origin::File, Some(shown));
        let result = super::file::open_listed(path).and_then(|(mut file, before)| {
            let read = self.reader.feed(&mut file, Some(before.len()), &provenance, buffer, self.sink)?;
            Ok(has_changed(&before, &file.metadata()?, read))
        });
        let shown = provenance.path.unwrap_or_default();
        match result {
            Ok(false) => {}
            Ok(true) => {
                self.sink.notice(Notice::new(NoticeKind::Unreadable, shown, "it changed while it was read"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.sink.notice(Notice::new(NoticeKind::Unreadable, shown, "it vanished before it was read"));
            }
            Err(error) => self.unreadable(shown, &error),
        }
    }

    /// Scans the target's text of a symbolic link; names whatever else is no file.
    fn special(&self, path: &Path, shown: BString, kind: FileType) {
        self.seen.fetch_add(1, Ordering::Relaxed);
        if !kind.is_symlink() {
            let detail = format!("{}: not opened", noun(kind));
            self.sink.notice(Notice::new(NoticeKind::Skipped, shown, detail));
            return;
        }
        match fs::read_link(path) {
            Ok(target) => {
                if let Err(error) = fs::metadata(path)
                    && error.kind() != io::ErrorKind::NotFound
                {
                    let detail = format!("symbolic link that leads nowhere ({error}): only its target's name was read");
                    self.sink.notice(Notice::new(NoticeKind::Skipped, shown.clone(), detail));
                }
                let text = Vec::from_path_lossy(&target);
                self.sink.item(Item::whole(Provenance::new(Origin::File, Some(shown)), &text));
            }
            Err(error) => self.unreadable(shown, &error),
        }
    }

    fn unreadable(&self, shown: BString, error: &io::Error) {
        self.sink.notice(Notice::new(NoticeKind::Unreadable, shown, error.to_string()));
    }

    fn failed(&self, root: &Root, error: &ignore::Error) {
        let shown = path_of(error).map_or_else(|| root.shown.clone(), |path| root.shown_below(path));
        let subject = if shown.is_empty() { BString::from(".") } else { shown };
        let detail = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
        self.sink.notice(Notice::new(NoticeKind::Unreadable, subject, detail));
    }
}

fn has_changed(before: &Metadata, after: &Metadata, read: u64) -> bool {
    let is_same = before.len() == after.len() && before.modified().ok() == after.modified().ok();
    // Files that the system makes up as they are read (as in /proc) claim to be empty.
    !is_same || (read != after.len() && after.len() != 0)
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        ignore::Error::Loop { child, .. } => Some(child),
        ignore::Error::Partial(errors) => errors.iter().find_map(path_of),
        _ => None,
    }
}

#[cfg(unix)]
fn noun(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "named pipe"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_block_device() || kind.is_char_device() {
        "device"
    } else {
        "neither file nor directory"
    }
}

#[cfg(not(unix))]
fn noun(_: FileType) -> &'static str {
    "neither file nor directory"
}
