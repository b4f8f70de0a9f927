//! The one door to files that decide what is excused: configuration, baseline, rule files.
//!
//! They come from the work tree where somebody looks at their own files, and from a revision on the protected side where a
//! change is judged. It must never fall back from a revision to the work tree: the change under inspection lies there.

use std::path::{Component, Path, PathBuf};

use bstr::{BString, ByteSlice, ByteVec};

use crate::model::ObjectId;

use super::SourceError;
use super::git::revision::peeled_commit;
use super::git::trees::{Node, Trees};
use super::git::{Kind, Objects, Repository};

/// Where policy files are read from.
pub struct PolicyFiles {
    side: Side,
}

enum Side {
    /// Below a folder on disk.
    Disk(PathBuf),
    /// From a commit; what lies outside of the work tree is read from disk, for it is no part of any change.
    Revision { objects: Box<Objects>, tree: ObjectId, name: String, repository: Box<Repository> },
    /// There is none; the reason, for the receipt.
    Nothing { reason: String, repository: Option<Box<Repository>> },
}

/// What a path is to a side.
enum Place {
    /// On disk.
    Disk(PathBuf),
    /// In the tree of the protected side, with slashes.
    Tree(BString),
    /// Part of the repository, which has nothing there.
    Nowhere,
}

impl PolicyFiles {
    /// The files below `root`, as they lie on disk; none without a root.
    pub fn on_disk(root: Option<&Path>) -> Self {
        let side = match root {
            Some(root) => Side::Disk(root.to_owned()),
            None => Side::Nothing { reason: String::new(), repository: None },
        };
        Self { side }
    }

    /// The files of commit (or tag) `id`; `name` is what messages call it.
    pub fn at(repository: &Repository, id: &ObjectId, name: &str) -> Result<Self, SourceError> {
        let objects = Objects::open(repository);
        let commit = peeled_commit(&objects, id)?.ok_or_else(|| SourceError::UnknownRevision {
            revision: name.into(),
            reason: "it is no commit".to_owned(),
        })?;
        let tree = super::staged::root_tree(&objects, &commit)?;
        let name = if name == commit.to_string() { commit.short() } else { format!("{name} ({})", commit.short()) };
        Ok(Self {
            side: Side::Revision { objects: Box::new(objects), tree, name, repository: Box::new(repository.clone()) },
        })
    }

    /// The protected side has no files; `reason` says why.
    pub fn nothing(repository: &Repository, reason: impl Into<String>) -> Self {
        Self { side: Side::Nothing { reason: reason.into(), repository: Some(Box::new(repository.clone())) } }
    }

    /// Says whether the files come from a side that the change under inspection cannot touch.
    pub fn is_protected(&self) -> bool {
        !matches!(self.side, Side::Disk(_))
    }

    /// Says whether there is a revision on the protected side.
    pub fn has_revision(&self) -> bool {
        matches!(self.side, Side::Revision { .. })
    }

    /// What messages call a file, in git's own notation where it comes from a revision.
    pub fn label(&self, path: &Path) -> String {
        match (&self.side, self.place(path)) {
            (Side::Revision { name, .. }, Place::Tree(inside)) => format!("{name}:{inside}"),
            (_, Place::Disk(file)) => file.display().to_string(),
            (_, Place::Tree(_) | Place::Nowhere) => path.display().to_string(),
        }
    }

    /// What stands in for a file that is not there.
    pub fn absence(&self) -> String {
        match &self.side {
            Side::Revision { name, .. } => format!("built in ({name} has no configuration)"),
            Side::Nothing { reason, .. } if !reason.is_empty() => format!("built in ({reason})"),
            _ => "built in".to_owned(),
        }
    }

    /// The content of a file; none if there is none. Relative paths start at the repository's root.
    pub fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
        match self.place(path) {
            Place::Disk(file) => match super::file::read(&file) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(SourceError::io(file, error)),
            },
            Place::Tree(inside) => match self.find(&inside)? {
                None => Ok(None),
                Some(node) if node.mode.is_blob() && !node.mode.is_symlink() => {
                    let objects = self.objects().expect("invariant: a place in a tree has a revision");
                    let bytes = objects.read_kind(&node.id, Kind::Blob).map_err(|error| error.fatal(&node.id))?;
                    Ok(Some(bytes.to_vec()))
                }
                Some(_) => Err(SourceError::PolicyFile {
                    name: self.label(path),
                    what: "it is no regular file, and only such are read from a revision",
                }),
            },
            Place::Nowhere => Ok(None),
        }
    }

    /// The files directly in a folder, sorted; none if it is no folder.
    pub fn list(&self, path: &Path) -> Result<Option<Vec<PathBuf>>, SourceError> {
        match self.place(path) {
            Place::Disk(folder) if folder.is_dir() => {
                let mut files = Vec::new();
                let fail = |error| SourceError::io(&folder, error);
                for entry in std::fs::read_dir(&folder).map_err(fail)? {
                    files.push(entry.map_err(fail)?.path());
                }
                files.sort();
                Ok(Some(files))
            }
            Place::Tree(inside) => {
                let Some(node) = self.find(&inside)?.filter(|node| node.mode.is_tree()) else { return Ok(None) };
                let objects = self.objects().expect("invariant: a place in a tree has a revision");
                let tree = Trees::new(objects).read(&node.id).map_err(|error| error.fatal(&node.id))?;
                let files = tree.entries.iter().filter(|(_, node)| node.mode.is_blob());
                let names = files.map(|(name, _)| path.join(name.to_path_lossy())).collect();
                Ok(Some(names))
            }
            Place::Disk(_) | Place::Nowhere => Ok(None),
        }
    }

    /// The path inside the repository that a file has on the protected side; none for what lies elsewhere.
    pub fn inside(&self, path: &Path) -> Option<BString> {
        match (&self.side, self.place(path)) {
            (_, Place::Tree(inside)) => Some(inside),
            (Side::Nothing { repository: Some(repository), .. }, Place::Nowhere) => inside(repository, path),
            _ => None,
        }
    }

    fn objects(&self) -> Option<&Objects> {
        if let Side::Revision { objects, .. } = &self.side { Some(objects) } else { None }
    }

    fn find(&self, inside: &BString) -> Result<Option<Node>, SourceError> {
        let Side::Revision { objects, tree, .. } = &self.side else { return Ok(None) };
        Trees::new(objects).find(tree, inside).map_err(|(id, error)| error.fatal(&id))
    }

    fn place(&self, path: &Path) -> Place {
        match &self.side {
            Side::Disk(root) => Place::Disk(root.join(path)),
            Side::Revision { repository, .. } => match inside(repository, path) {
                Some(inside) => Place::Tree(inside),
                None => Place::Disk(path.to_owned()),
            },
            Side::Nothing { repository: Some(repository), .. } => match inside(repository, path) {
                Some(_) => Place::Nowhere,
                None => Place::Disk(path.to_owned()),
            },
            Side::Nothing { repository: None, .. } if path.is_absolute() => Place::Disk(path.to_owned()),
            Side::Nothing { repository: None, .. } => Place::Nowhere,
        }
    }
}

/// The path from the repository's root, if `path` is part of what a change can bring: relative, or below the work tree and not in
/// the git directory, by its name or by where links lead.
fn inside(repository: &Repository, path: &Path) -> Option<BString> {
    if path.is_relative() {
        return Some(slashed(path));
    }
    let work_dir = repository.work_dir.as_deref()?;
    let below = |path: &Path| {
        let rest = path.strip_prefix(work_dir).ok()?;
        let is_gits = rest.components().next() == Some(Component::Normal(".git".as_ref()));
        (!is_gits).then(|| slashed(rest))
    };
    // A file that is not checked out has no canonical path, but its folder may have one.
    let resolved = path.canonicalize().ok().or_else(|| {
        let folder = path.parent()?.canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    });
    below(&plain(path)).or_else(|| below(&resolved?))
}

/// The path without `.` and, as far as names tell, without `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

fn slashed(path: &Path) -> BString {
    let plain = plain(path);
    let parts = plain.iter().map(|part| Vec::from_os_str_lossy(part).into_owned());
    bstr::join("/", parts).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sandbox::Sandbox;

    fn text(files: &PolicyFiles, path: &str) -> Option<String> {
        files.read(Path::new(path)).unwrap().map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_revision_is_read_whatever_lies_in_the_work_tree() {
        let sandbox = Sandbox::new();
        sandbox.stage(".stanch.yml", "before");
        sandbox.stage("rules/a.yml", "rule");
        let base = sandbox.commit("base");
        sandbox.stage(".stanch.yml", "after");
        sandbox.stage("rules/b.yml", "rule");
        sandbox.commit("change");
        let repository = sandbox.repository();
        let files = PolicyFiles::at(&repository, &base, "main").unwrap();
        assert_eq!(text(&files, ".stanch.yml").as_deref(), Some("before"));
        let absolute = repository.work_dir.clone().unwrap().join("x/../.stanch.yml");
        assert_eq!(text(&files, absolute.to_str().unwrap()).as_deref(), Some("before"));
        assert_eq!(text(&files, "rules/b.yml"), None);
        assert_eq!(files.list(Path::new("rules")).unwrap().unwrap(), [PathBuf::from("rules/a.yml")]);
        assert_eq!(files.list(Path::new(".stanch.yml")).unwrap(), None);
        assert!(files.label(Path::new(".stanch.yml")).starts_with("main ("));
        let disk = PolicyFiles::on_disk(repository.work_dir.as_deref());
        assert_eq!(text(&disk, ".stanch.yml").as_deref(), Some("after"));
    }

    #[test]
    fn without_a_protected_side_only_files_outside_of_the_repository_are_read() {
        let sandbox = Sandbox::new();
        sandbox.stage(".stanch.yml", "mine");
        sandbox.commit("base");
        let repository = sandbox.repository();
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(outside.path(), "the operator's").unwrap();
        let files = PolicyFiles::nothing(&repository, "the remote is empty");
        assert_eq!(text(&files, ".stanch.yml"), None);
        let absolute = repository.work_dir.clone().unwrap().join(".stanch.yml");
        assert_eq!(text(&files, absolute.to_str().unwrap()), None);
        assert_eq!(text(&files, outside.path().to_str().unwrap()).as_deref(), Some("the operator's"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_refused() {
        let sandbox = Sandbox::new();
        std::os::unix::fs::symlink("elsewhere.yml", sandbox.path().join(".stanch.yml")).unwrap();
        sandbox.git(&["add", "."]);
        let base = sandbox.commit("base");
        let files = PolicyFiles::at(&sandbox.repository(), &base, "main").unwrap();
        assert!(files.read(Path::new(".stanch.yml")).unwrap_err().is_usage());
    }
}
