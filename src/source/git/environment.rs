//! What git tells the programs it runs through environment variables. Read once, passed on explicitly.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::model::ObjectId;

/// The variables that say where a repository's parts are. All of them may be unset.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GitEnvironment {
    /// `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`.
    pub work_tree: Option<PathBuf>,
    /// `GIT_COMMON_DIR`.
    pub common_dir: Option<PathBuf>,
    /// `GIT_INDEX_FILE`.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`: the quarantine of a push that is being received.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`: where the other objects are meanwhile.
    pub alternate_object_directories: Vec<PathBuf>,
    /// `GIT_QUARANTINE_PATH`.
    pub quarantine_path: Option<PathBuf>,
    /// `GITHEAD_*`: the commits that `git merge` is merging, while there is no `MERGE_HEAD` yet.
    pub merging: Vec<ObjectId>,
}

impl GitEnvironment {
    /// Reads the variables of this process. Relative paths are taken from the current directory, as git does.
    pub fn from_process() -> Self {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        let merging = names.filter_map(|name| ObjectId::from_hex(name.strip_prefix("GITHEAD_")?.as_bytes())).collect();
        Self { merging, ..Self::from_variables(|name| std::env::var_os(name)) }
    }

    /// Reads the variables that `get` knows; empty ones count as unset.
    pub fn from_variables(get: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let alternates = get("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
        Self {
            git_dir: path("GIT_DIR"),
            work_tree: path("GIT_WORK_TREE"),
            common_dir: path("GIT_COMMON_DIR"),
            index_file: path("GIT_INDEX_FILE"),
            object_directory: path("GIT_OBJECT_DIRECTORY"),
            alternate_object_directories: std::env::split_paths(&alternates)
                .map(|path| unquoted(&path))
                .filter(|path| !path.as_os_str().is_empty())
                .collect(),
            quarantine_path: path("GIT_QUARANTINE_PATH"),
            merging: Vec::new(),
        }
    }

    /// All variables that concern one repository only are dropped, as for a submodule.
    pub fn without_repository() -> Self {
        Self::default()
    }

    /// The same variables with paths made absolute from `base`.
    #[must_use]
    pub fn absolute(mut self, base: &Path) -> Self {
        let single = [
            &mut self.git_dir,
            &mut self.work_tree,
            &mut self.common_dir,
            &mut self.index_file,
            &mut self.object_directory,
            &mut self.quarantine_path,
        ];
        for path in single.into_iter().flatten().chain(&mut self.alternate_object_directories) {
            *path = base.join(&*path);
        }
        self
    }
}

/// Takes the quotes from a path that git wrote in C style; escapes other than `\"` and `\\` are left as they are.
fn unquoted(path: &Path) -> PathBuf {
    match path.to_str().and_then(|text| text.strip_prefix('"')?.strip_suffix('"')) {
        Some(inner) => PathBuf::from(inner.replace("\\\"", "\"").replace("\\\\", "\\")),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_variables_count_as_unset_and_lists_are_split() {
        let env = GitEnvironment::from_variables(|name| match name {
            "GIT_DIR" => Some("".into()),
            "GIT_INDEX_FILE" => Some("other".into()),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES" => {
                Some(std::env::join_paths([Path::new("/a"), Path::new("b c")]).unwrap())
            }
            _ => None,
        })
        .absolute(Path::new("/base"));
        assert_eq!(env.git_dir, None);
        assert_eq!(env.index_file.as_deref(), Some(Path::new("/base/other")));
        assert_eq!(env.alternate_object_directories, [Path::new("/a"), Path::new("/base/b c")]);
    }
}
