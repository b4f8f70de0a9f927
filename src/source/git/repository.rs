//! Finds a repository and what kind it is, without asking libgit2: it refuses formats and owners that we read.

use std::fs;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice};

use crate::source::SourceError;
use crate::source::pack::HashKind;

use super::config::Config;
use super::environment::GitEnvironment;

/// A repository on disk: where its parts are and how they are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The git directory of this work tree.
    pub git_dir: PathBuf,
    /// The git directory that all linked work trees share.
    pub common_dir: PathBuf,
    /// The root of the work tree; none in a bare repository.
    pub work_dir: Option<PathBuf>,
    /// How objects are named.
    pub hash: HashKind,
    /// How refs are stored.
    pub refs: RefStorage,
    /// The repository's own configuration files.
    pub config: Config,
    /// The variables that git set.
    pub environment: GitEnvironment,
    /// The submodule's name, which reports put before its paths; empty for a repository of its own.
    pub module: BString,
}

/// The ways to store refs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefStorage {
    /// Loose files and `packed-refs`.
    Files,
    /// Reftables.
    Reftable,
}

impl Repository {
    /// Finds the repository that holds `start` (`GIT_DIR` first, then upwards); none if there is none.
    pub fn discover(start: &Path, environment: &GitEnvironment) -> Result<Option<Self>, SourceError> {
        let start = start.canonicalize().map_err(|error| SourceError::io(start, error))?;
        let environment = environment.clone().absolute(&start);
        if let Some(git_dir) = environment.git_dir.clone() {
            if !is_git_dir(&git_dir) {
                return Err(SourceError::NotARepository { path: git_dir });
            }
            let implied = if environment.work_tree.is_none() { Some(start) } else { None };
            return Self::open(&git_dir, implied, environment).map(Some);
        }
        for directory in start.ancestors() {
            let dot_git = directory.join(".git");
            if is_git_dir(&dot_git) {
                return Self::open(&dot_git, Some(directory.to_owned()), environment).map(Some);
            }
            if dot_git.is_file() {
                let git_dir = read_pointer(&dot_git, b"gitdir: ")?;
                if !is_git_dir(&git_dir) {
                    return Err(SourceError::damaged(dot_git, "it leads to a git directory that is not there"));
                }
                return Self::open(&git_dir, Some(directory.to_owned()), environment).map(Some);
            }
            if is_git_dir(directory) {
                return Self::open(directory, None, environment).map(Some);
            }
        }
        Ok(None)
    }

    /// Like [`Self::discover`], but there must be one.
    pub fn require(start: &Path, environment: &GitEnvironment) -> Result<Self, SourceError> {
        Self::discover(start, environment)?.ok_or_else(|| SourceError::NotARepository { path: start.to_owned() })
    }

    /// Opens the git directory `git_dir`; `implied` is the work tree if neither configuration nor environment name one.
    pub fn open(git_dir: &Path, implied: Option<PathBuf>, environment: GitEnvironment) -> Result<Self, SourceError> {
        let git_dir = git_dir.canonicalize().map_err(|error| SourceError::io(git_dir, error))?;
        let common_dir = match &environment.common_dir {
            Some(common_dir) => common_dir.clone(),
            None if git_dir.join("commondir").is_file() => read_pointer(&git_dir.join("commondir"), b"")?,
            None => git_dir.clone(),
        };
        let mut config = Config::default();
        config.read(&common_dir.join("config"))?;
        if config.bool("extensions.worktreeconfig") == Some(true) {
            config.read(&git_dir.join("config.worktree"))?;
        }
        let (hash, refs) = format(&config, &common_dir)?;
        let work_dir = work_dir(&git_dir, &common_dir, implied, &config, &environment);
        let module = BString::default();
        Ok(Self { git_dir, common_dir, work_dir, hash, refs, config, environment, module })
    }

    /// The work tree's root, or the error that a bare repository has none.
    pub fn work_dir(&self) -> Result<&Path, SourceError> {
        self.work_dir.as_deref().ok_or_else(|| SourceError::Bare { path: self.git_dir.clone() })
    }

    /// The index file of this work tree, `GIT_INDEX_FILE` honoured.
    pub fn index_file(&self) -> PathBuf {
        self.environment.index_file.clone().unwrap_or_else(|| self.git_dir.join("index"))
    }

    /// The directory of loose objects and packs.
    pub fn objects_dir(&self) -> PathBuf {
        self.environment.object_directory.clone().unwrap_or_else(|| self.common_dir.join("objects"))
    }

    /// Says whether objects may be missing because they were never fetched.
    pub fn is_partial(&self) -> bool {
        self.config.get("extensions.partialclone").is_some()
            || self.config.iter().any(|(key, _)| {
                key.starts_with(b"remote.")
                    && key.ends_with(b".promisor")
                    && self.config.bool(&key.to_str_lossy()) == Some(true)
            })
    }

    /// What reports call a path of this repository.
    pub fn in_module(&self, path: &BStr) -> BString {
        if self.module.is_empty() { path.to_owned() } else { bstr::join("/", [self.module.as_bstr(), path]).into() }
    }

    /// The commits at which a shallow clone was cut.
    pub fn shallow(&self) -> Result<Vec<crate::model::ObjectId>, SourceError> {
        let file = self.common_dir.join("shallow");
        match crate::source::file::read(&file) {
            Ok(text) => text
                .lines()
                .filter(|line| !line.is_empty())
                .map(|line| {
                    crate::model::ObjectId::from_hex(line.trim_ascii())
                        .ok_or_else(|| SourceError::damaged(&file, "a line is no object id"))
                })
                .collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(SourceError::io(file, error)),
        }
    }
}

/// Says whether `path` looks like a git directory, the way git itself tells.
pub fn is_git_dir(path: &Path) -> bool {
    let has_head = fs::symlink_metadata(path.join("HEAD")).is_ok_and(|head| !head.is_dir());
    has_head && (path.join("commondir").is_file() || (path.join("objects").is_dir() && path.join("refs").is_dir()))
}

/// Reads a file that holds one path after `prefix`, relative to the file's own directory.
pub(super) fn read_pointer(file: &Path, prefix: &[u8]) -> Result<PathBuf, SourceError> {
    let text = crate::source::file::read(file).map_err(|error| SourceError::io(file, error))?;
    let target = text.strip_prefix(prefix).map(|rest| rest.trim_end_with(|c| c == '\n' || c == '\r'));
    let target = target.filter(|target| !target.is_empty() && !target.contains(&0));
    let target = target.and_then(|target| target.to_path().ok());
    let target = target.ok_or_else(|| SourceError::damaged(file, "it should hold a path"))?;
    let joined = file.parent().unwrap_or(Path::new("")).join(target);
    Ok(joined.canonicalize().unwrap_or(joined))
}

fn work_dir(
    git_dir: &Path,
    common_dir: &Path,
    implied: Option<PathBuf>,
    config: &Config,
    environment: &GitEnvironment,
) -> Option<PathBuf> {
    let canonical = |path: PathBuf| path.canonicalize().unwrap_or(path);
    if let Some(work_tree) = &environment.work_tree {
        return Some(canonical(work_tree.clone()));
    }
    if git_dir != common_dir {
        // A linked work tree: `gitdir` names the `.git` file in it.
        let dot_git = read_pointer(&git_dir.join("gitdir"), b"").ok();
        return dot_git.and_then(|file| file.parent().map(Path::to_owned)).or(implied);
    }
    if let Some(configured) = config.get("core.worktree") {
        return configured.to_path().ok().map(|path| canonical(git_dir.join(path)));
    }
    match config.bool("core.bare") {
        Some(true) => None,
        Some(false) | None if git_dir.file_name().is_some_and(|name| name == ".git") => {
            git_dir.parent().map(Path::to_owned)
        }
        Some(false) | None => implied,
    }
}

fn format(config: &Config, common_dir: &Path) -> Result<(HashKind, RefStorage), SourceError> {
    let unsupported = |what: String| SourceError::UnsupportedFormat { path: common_dir.to_owned(), what };
    let version = config.get("core.repositoryformatversion").map_or(&b"0"[..], |value| value.as_slice());
    match version {
        b"0" => return Ok((HashKind::Sha1, RefStorage::Files)),
        b"1" => {}
        other => return Err(unsupported(format!("repository format version {}", other.as_bstr()))),
    }
    const KNOWN: [&str; 7] = [
        "noop",
        "preciousobjects",
        "partialclone",
        "worktreeconfig",
        "compatobjectformat",
        "relativeworktrees",
        "noop-v1",
    ];
    let (mut hash, mut refs) = (HashKind::Sha1, RefStorage::Files);
    for (key, value) in config.iter() {
        let Some(extension) = key.strip_prefix(b"extensions.") else { continue };
        let value = value.map_or(&b""[..], |value| value.as_slice());
        match (extension, value) {
            (b"objectformat", b"sha1") => hash = HashKind::Sha1,
            (b"objectformat", b"sha256") => hash = HashKind::Sha256,
            (b"refstorage", b"files") => refs = RefStorage::Files,
            (b"refstorage", b"reftable") => refs = RefStorage::Reftable,
            (b"objectformat" | b"refstorage", _) => {
                return Err(unsupported(format!("{} `{}`", extension.as_bstr(), value.as_bstr())));
            }
            _ if KNOWN.iter().any(|known| known.as_bytes() == extension) => {}
            _ => return Err(unsupported(format!("the repository extension `{}`", extension.as_bstr()))),
        }
    }
    Ok((hash, refs))
}
