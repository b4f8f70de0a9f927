//! Where hooks belong here: git's own folder, the one that `core.hooksPath` names, or a hook manager's files.

use std::path::{Path, PathBuf};

use super::{Hook, global};
use crate::gate::GateError;
use crate::gate::git::Git;

/// Who looks after the hooks of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manager {
    /// Nobody but git.
    Git,
    /// `core.hooksPath`, set for this repository.
    HooksPath,
    /// `core.hooksPath`, set for all repositories.
    Global,
    /// Husky.
    Husky {
        /// Whether git runs its hooks already.
        is_active: bool,
    },
    /// Lefthook.
    Lefthook {
        /// Its configuration.
        config: PathBuf,
    },
}

impl Manager {
    /// Its name, for people.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::HooksPath => "core.hooksPath",
            Self::Global => "core.hooksPath of all repositories",
            Self::Husky { .. } => "husky",
            Self::Lefthook { .. } => "lefthook",
        }
    }
}

/// Where the hooks of one repository are.
#[derive(Debug, Clone)]
pub struct Site {
    /// Who looks after them.
    pub manager: Manager,
    /// The folder that holds their files.
    pub folder: PathBuf,
    /// Whether the folder is part of the work tree, and so other people's too.
    pub is_shared: bool,
    /// Which hooks are gates here.
    pub hooks: &'static [Hook],
    /// What the user should know.
    pub notes: Vec<String>,
}

/// Names under which lefthook looks for its configuration.
const LEFTHOOK: [&str; 12] = [
    "lefthook.yml",
    "lefthook.yaml",
    ".lefthook.yml",
    ".lefthook.yaml",
    ".config/lefthook.yml",
    ".config/lefthook.yaml",
    "lefthook.toml",
    ".lefthook.toml",
    ".config/lefthook.toml",
    "lefthook.json",
    ".lefthook.json",
    ".config/lefthook.json",
];

impl Site {
    /// Finds out where the hooks of the repository around `start` belong.
    pub fn find(start: &Path) -> Result<Self, GateError> {
        let git = Git::new(start);
        if git.ask(&["rev-parse", "--is-bare-repository"])? == "true" {
            let git_dir = start.join(git.ask(&["rev-parse", "--git-dir"])?);
            return Self::by_git(&Git::new(&git_dir), &git_dir, None);
        }
        let top = PathBuf::from(git.ask(&["rev-parse", "--show-toplevel"])?);
        let git = Git::new(&top);
        if let Some(config) = LEFTHOOK.iter().map(|name| top.join(name)).find(|file| file.is_file()) {
            let folder = config.parent().unwrap_or(&top).to_owned();
            let manager = Manager::Lefthook { config };
            return Ok(Self { manager, folder, is_shared: true, hooks: &Hook::CLIENT, notes: Vec::new() });
        }
        Self::by_git(&git, &top, Some(&top))
    }

    /// What git says; hooks run in `base`.
    fn by_git(git: &Git, base: &Path, top: Option<&Path>) -> Result<Self, GateError> {
        let folder = base.join(git.ask(&["rev-parse", "--git-path", "hooks"])?);
        let setting = git.setting("core.hooksPath")?;
        let hooks: &'static [Hook] = if top.is_some() { &Hook::CLIENT } else { &Hook::SERVER };
        let husky = top.and_then(|top| husky(&folder, top, setting.is_some()));
        if let Some((folder, is_active)) = husky {
            let notes = if is_active {
                Vec::new()
            } else {
                vec!["husky is not active in this clone yet: git runs no hook of its until its install step ran (npm install)".to_owned()]
            };
            return Ok(Self { manager: Manager::Husky { is_active }, folder, is_shared: true, hooks, notes });
        }
        if folder.exists() && !folder.is_dir() {
            return Err(GateError::NoFolder { path: folder });
        }
        let Some((scope, _)) = setting else {
            return Ok(Self { manager: Manager::Git, folder, is_shared: false, hooks, notes: Vec::new() });
        };
        if scope != "local" && scope != "worktree" {
            if !global::is_ours(&folder) {
                return Err(GateError::Shared { path: folder, scope });
            }
            let notes = vec![format!("the hooks in {} stand before all repositories", folder.display())];
            return Ok(Self { manager: Manager::Global, folder, is_shared: false, hooks, notes });
        }
        let git_dir = base.join(git.ask(&["rev-parse", "--git-common-dir"])?);
        let is_shared = top.is_some_and(|top| is_below(&folder, top)) && !is_below(&folder, &git_dir);
        Ok(Self { manager: Manager::HooksPath, folder, is_shared, hooks, notes: Vec::new() })
    }
}

/// Husky's folder of hooks, and whether git runs them: `core.hooksPath` is `.husky/_`, or `.husky` in old versions.
fn husky(folder: &Path, top: &Path, is_set: bool) -> Option<(PathBuf, bool)> {
    let parent = folder.parent().filter(|_| folder.ends_with(".husky/_"));
    match parent {
        Some(parent) => Some((parent.to_owned(), true)),
        None if folder.ends_with(".husky") => Some((folder.to_owned(), true)),
        None => Some((top.join(".husky"), false)).filter(|(folder, _)| !is_set && folder.is_dir()),
    }
}

fn is_below(path: &Path, folder: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    canonical(path).starts_with(canonical(folder))
}
