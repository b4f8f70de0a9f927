//! The repositories of submodules: those that are kept below the git directory, and those that work trees hold.
//!
//! Each is visited once, whatever leads to whatever. A submodule that is named but not here is said to be so.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice, ByteVec};

use crate::source::SourceError;

use super::environment::GitEnvironment;
use super::index::Index;
use super::repository::{Repository, is_git_dir};

/// A submodule's name, and its repository: none when it is not here, or why it cannot be opened.
pub type Module = (BString, Result<Option<Repository>, SourceError>);

impl Repository {
    /// All submodules, and theirs, sorted by name.
    pub fn modules(&self) -> Vec<Module> {
        let mut found: Vec<Module> = Vec::new();
        let mut seen: HashSet<PathBuf> = [&self.git_dir, &self.common_dir].into_iter().cloned().collect();
        let mut pending = vec![self.clone()];
        while let Some(repository) = pending.pop() {
            let (mut own, mut places) = (Vec::new(), HashSet::new());
            repository.kept_modules(&mut own, &mut places);
            repository.placed_modules(&mut own, &places);
            for (name, module) in own {
                if let Ok(Some(opened)) = &module {
                    if !seen.insert(opened.git_dir.clone()) {
                        continue;
                    }
                    pending.push(opened.clone());
                }
                found.push((name, module));
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// Those below `modules`, of all linked work trees; `places` gets the work trees that belong to them.
    fn kept_modules(&self, found: &mut Vec<Module>, places: &mut HashSet<PathBuf>) {
        let mut homes = vec![self.common_dir.clone()];
        homes.extend(fs::read_dir(self.common_dir.join("worktrees")).into_iter().flatten().flatten().map(|e| e.path()));
        let mut pending: Vec<_> = homes.into_iter().map(|home| (BString::default(), home.join("modules"))).collect();
        while let Some((prefix, directory)) = pending.pop() {
            let entries = match fs::read_dir(&directory) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    found.push((self.in_module(prefix.as_bstr()), Err(SourceError::io(directory, error))));
                    continue;
                }
            };
            for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
                let mut name = prefix.clone();
                if !name.is_empty() {
                    name.push(b'/');
                }
                name.push_str(Vec::from_os_string(entry.file_name()).unwrap_or_default());
                if !is_git_dir(&entry.path()) {
                    pending.push((name, entry.path()));
                    continue;
                }
                let module = self.module(&name, &entry.path(), None);
                if let (_, Ok(Some(opened))) = &module {
                    places.extend(opened.work_dir.clone());
                }
                found.push(module);
            }
        }
    }

    /// Those that the index names and that are not at one of the known `places`.
    fn placed_modules(&self, found: &mut Vec<Module>, places: &HashSet<PathBuf>) {
        let Some(top) = &self.work_dir else { return };
        // An index that cannot be read is told by whoever reads it for its files.
        let Ok(index) = Index::read(&self.index_file(), self.hash) else { return };
        for entry in index.iter().filter(|entry| entry.mode.is_submodule()) {
            let place = entry.path.to_path().map(|path| top.join(path));
            let place = place.ok().and_then(|place| place.canonicalize().ok());
            let place = place.filter(|place| place.starts_with(top) && place != top);
            let dot_git = place.as_ref().map(|place| place.join(".git"));
            match (place, dot_git) {
                (Some(place), _) if places.contains(&place) => {}
                (Some(place), Some(dot_git)) if dot_git.exists() => found.push(match dot_git.is_dir() {
                    true => self.module(entry.path, &dot_git, Some(place)),
                    false => {
                        let opened = Self::discover(&place, &GitEnvironment::without_repository());
                        let module = self.in_module(entry.path);
                        let opened = opened.map(|opened| opened.map(|one| Self { module: module.clone(), ..one }));
                        (module, opened)
                    }
                }),
                _ => found.push((self.in_module(entry.path), Ok(None))),
            }
        }
    }

    fn module(&self, name: &[u8], git_dir: &Path, place: Option<PathBuf>) -> Module {
        let name = self.in_module(name.as_bstr());
        let opened = Self::open(git_dir, place, GitEnvironment::without_repository());
        (name.clone(), opened.map(|opened| Some(Self { module: name, ..opened })))
    }
}
