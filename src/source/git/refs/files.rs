//! Refs and reflogs as files: one file per loose ref, `packed-refs` for the rest.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice, ByteVec};

use crate::model::{Notice, NoticeKind, ObjectId};
use crate::source::{SourceError, file};

use super::{Place, Value, is_safe_name, join};

/// The history of a ref: ids that it had and what was said about each change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reflog {
    /// Full name of the ref.
    pub name: BString,
    /// All ids that it had, in order of appearance, without repetition of neighbours.
    pub ids: Vec<ObjectId>,
    /// Who and what, one line per change.
    pub text: BString,
}

/// What the ref `name` holds.
pub(super) fn value(place: &Place<'_>, name: &[u8]) -> Result<Option<Value>, SourceError> {
    let file = path_below(place.directory(name), name)?;
    match file::read(&file) {
        Ok(text) => parse(&text).map(Some).ok_or_else(|| SourceError::damaged(file, "it is neither an id nor a ref")),
        Err(error)
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory) =>
        {
            let packed = place.common_dir.join("packed-refs");
            match file::read(&packed) {
                Ok(text) => Ok(packed_line(&text, name).map(Value::Direct)),
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(SourceError::io(packed, error)),
            }
        }
        Err(error) => Err(SourceError::io(file, error)),
    }
}

/// All refs that belong to the place: the shared ones too when it `is_main`.
pub(super) fn all(
    place: &Place<'_>,
    is_main: bool,
    notices: &mut Vec<Notice>,
) -> Result<BTreeMap<BString, Value>, SourceError> {
    let mut found = BTreeMap::new();
    let packed = place.common_dir.join("packed-refs");
    match file::read(&packed) {
        Ok(text) if is_main => {
            let mut complain = |what: &str| notices.push(Notice::new(NoticeKind::Damaged, "packed-refs", what));
            for line in text.lines().filter(|line| !line.starts_with(b"#") && !line.starts_with(b"^")) {
                match line.split_once_str(" ").and_then(|(id, name)| Some((ObjectId::from_hex(id)?, name))) {
                    Some((id, name)) => {
                        // What was lost may have led to another ref's id.
                        if !is_ref_name(name) {
                            complain("a line of it holds a name that no ref can have");
                        }
                        found.insert(name.into(), Value::Direct(id));
                    }
                    None => complain("a line of it is no ref"),
                }
            }
            if !text.is_empty() && !text.ends_with(b"\n") {
                complain("its last line breaks off");
            }
        }
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(SourceError::io(packed, error)),
    }
    walk(place.git_dir, b"refs".as_bstr(), notices, &mut |name, text, notices| match parse(text) {
        Some(value) => {
            found.insert(name.to_owned(), value);
        }
        None if name.ends_with(b".lock") => {}
        None => notices.push(Notice::new(NoticeKind::Damaged, name, "the ref is neither an id nor a ref")),
    });
    match file::read(&place.git_dir.join("HEAD")).ok().as_deref().and_then(parse) {
        Some(value) => {
            found.insert("HEAD".into(), value);
        }
        None => notices.push(Notice::new(NoticeKind::Damaged, "HEAD", "it names neither a branch nor a commit")),
    }
    Ok(found)
}

/// All reflogs below the place's `logs`.
pub(super) fn logs(place: &Place<'_>, _is_main: bool, notices: &mut Vec<Notice>) -> Vec<Reflog> {
    let mut logs = Vec::new();
    walk(place.git_dir, b"logs".as_bstr(), notices, &mut |name, text, _| {
        let mut log = Reflog { name: name[b"logs/".len()..].into(), ids: Vec::new(), text: BString::default() };
        for line in text.lines_with_terminator() {
            let mut fields = line.splitn_str(3, " ");
            for id in [fields.next(), fields.next()].into_iter().flatten().filter_map(ObjectId::from_hex) {
                log.push_id(id);
            }
            log.text.push_str(fields.next().unwrap_or_default());
        }
        logs.push(log);
    });
    logs
}

impl Reflog {
    pub(super) fn push_id(&mut self, id: ObjectId) {
        if !id.is_zero() && self.ids.last() != Some(&id) {
            self.ids.push(id);
        }
    }
}

/// The ids at the beginnings of the lines of `MERGE_HEAD` or `FETCH_HEAD`; none when there is no such file.
pub(super) fn heads(file: &Path) -> Result<Vec<ObjectId>, SourceError> {
    match file::read(file) {
        Ok(text) => text
            .lines()
            .filter(|line| !line.is_empty())
            .map(|line| {
                let word = line.fields_with(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
                ObjectId::from_hex(word).ok_or_else(|| SourceError::damaged(file, "a line does not begin with an id"))
            })
            .collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(SourceError::io(file, error)),
    }
}

/// Calls `each` for `ORIG_HEAD`, `MERGE_HEAD`, `FETCH_HEAD` and their like, once per id that they hold.
pub(super) fn pseudo_refs(git_dir: &Path, notices: &mut Vec<Notice>, mut each: impl FnMut(&BStr, ObjectId)) {
    let entries = match fs::read_dir(git_dir) {
        Ok(entries) => entries,
        Err(error) => return notices.push(Notice::new(NoticeKind::Unreadable, "git directory", error.to_string())),
    };
    for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())) {
        let name = Vec::from_os_string(entry.file_name()).unwrap_or_default();
        let is_pseudo = name.ends_with(b"_HEAD") || name == b"AUTO_MERGE";
        if is_pseudo && name.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_') {
            match heads(&entry.path()) {
                Ok(ids) => ids.into_iter().for_each(|id| each(name.as_bstr(), id)),
                Err(error) => notices.push(Notice::new(NoticeKind::Damaged, name, error.to_string())),
            }
        }
    }
}

fn parse(text: &[u8]) -> Option<Value> {
    let text = text.trim_ascii_end();
    if let Some(name) = text.strip_prefix(b"ref:") {
        let name = name.trim_ascii();
        return is_safe_name(name).then(|| Value::Symbolic(name.into()));
    }
    ObjectId::from_hex(text.fields_with(|byte| byte.is_ascii_whitespace()).next()?).map(Value::Direct)
}

fn packed_line(text: &[u8], name: &[u8]) -> Option<ObjectId> {
    memchr::memmem::find_iter(text, name).find_map(|at| {
        let is_whole = matches!(text.get(at + name.len()), None | Some(b'\n' | b'\r'));
        let line_start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |at| at + 1);
        let id = text[line_start..at].strip_suffix(b" ")?;
        if is_whole { ObjectId::from_hex(id) } else { None }
    })
}

/// Says whether a ref may have this name, by the rules of `git check-ref-format`.
pub(super) fn is_ref_name(name: &[u8]) -> bool {
    let is_sign = |byte: &u8| *byte <= b' ' || *byte == 0x7f || b"~^:?*[\\".contains(byte);
    let is_part = |part: &[u8]| !part.is_empty() && !part.starts_with(b".") && !part.ends_with(b".lock");
    name.starts_with(b"refs/")
        && !name.iter().any(is_sign)
        && !name.contains_str("..")
        && !name.contains_str("@{")
        && !name.ends_with(b".")
        && name.split(|&byte| byte == b'/').all(is_part)
}

fn path_below(directory: &Path, name: &[u8]) -> Result<PathBuf, SourceError> {
    let name = name.to_path().map_err(|_| SourceError::damaged(directory, "a ref's name is not UTF-8"))?;
    Ok(directory.join(name))
}

/// Takes a name, a content and the list of notices.
type Each<'a> = dyn FnMut(&BStr, &[u8], &mut Vec<Notice>) + 'a;

/// Calls `each` with the name (from `git_dir`) and content of every file below `name`.
fn walk(git_dir: &Path, name: &BStr, notices: &mut Vec<Notice>, each: &mut Each<'_>) {
    let mut pending = vec![(name.to_owned(), git_dir.join(name.to_path_lossy()))];
    while let Some((name, path)) = pending.pop() {
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                notices.push(Notice::new(NoticeKind::Unreadable, name, error.to_string()));
                continue;
            }
        };
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    notices.push(Notice::new(NoticeKind::Unreadable, name.clone(), error.to_string()));
                    continue;
                }
            };
            let own = Vec::from_os_string(entry.file_name()).unwrap_or_default();
            let name = join(name.as_bstr(), own.as_bstr());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => pending.push((name, entry.path())),
                Ok(kind) if kind.is_file() || (kind.is_symlink() && entry.path().is_file()) => {
                    match file::read(&entry.path()) {
                        Ok(text) => each(name.as_bstr(), &text, notices),
                        Err(error) => notices.push(Notice::new(NoticeKind::Unreadable, name, error.to_string())),
                    }
                }
                // A link to a branch that does not exist yet is as good as a symbolic ref to it.
                Ok(kind) if kind.is_symlink() => {}
                Ok(_) => notices.push(Notice::new(NoticeKind::Skipped, name, "it is no file: not opened")),
                Err(error) => notices.push(Notice::new(NoticeKind::Unreadable, name, error.to_string())),
            }
        }
    }
}
