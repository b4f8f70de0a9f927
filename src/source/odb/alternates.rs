//! Which directories make up an object database: its own, those that a caller adds, and everybody's alternates.
//!
//! Alternates may name alternates, relatively and in circles; each directory counts once.

use std::collections::HashSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice};

use crate::model::{Notice, NoticeKind};
use crate::source::file;

/// Git follows five levels; a chain beyond that is not part of the database.
const MAX_DEPTH: usize = 5;

/// More than this is not a list of directories.
const MAX_SIZE: u64 = 1 << 20;

/// Lists the directories, the given ones first, each once. What can't be opened becomes a notice.
pub fn object_dirs(given: &[PathBuf], notices: &mut Vec<Notice>) -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    let mut seen = HashSet::new();
    let mut level: Vec<PathBuf> = given.to_vec();
    for depth in 0..=MAX_DEPTH {
        let mut next = Vec::new();
        for dir in level {
            let real = match std::fs::canonicalize(&dir) {
                Ok(real) => real,
                Err(error) => {
                    let subject = BString::from(dir.as_os_str().as_encoded_bytes());
                    let what = if depth == 0 { "object directory" } else { "alternate object directory" };
                    notices.push(Notice::new(NoticeKind::Unreadable, subject, format!("{what}: {error}")));
                    continue;
                }
            };
            if seen.insert(real) {
                next.extend(alternates(&dir, notices));
                dirs.push(dir);
            }
        }
        level = next;
    }
    for dir in level {
        if !std::fs::canonicalize(&dir).is_ok_and(|real| seen.contains(&real)) {
            let subject = BString::from(dir.as_os_str().as_encoded_bytes());
            notices.push(Notice::new(NoticeKind::Limit, subject, "alternates are nested too deeply"));
        }
    }
    dirs
}

fn alternates(dir: &Path, notices: &mut Vec<Notice>) -> Vec<PathBuf> {
    let file = dir.join("info").join("alternates");
    match read(&file) {
        Ok(content) => content
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with(b"#"))
            .filter_map(|line| unquote(line).to_path().ok().map(|path| dir.join(path)))
            .collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => {
            let subject = BString::from(file.as_os_str().as_encoded_bytes());
            notices.push(Notice::new(NoticeKind::Unreadable, subject, error.to_string()));
            Vec::new()
        }
    }
}

fn read(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file::open(file)?.0.take(MAX_SIZE).read_to_end(&mut content)?;
    Ok(content)
}

/// Undoes git's C-style quoting; a line that is not quoted is taken as it is.
fn unquote(line: &[u8]) -> BString {
    let Some(inner) = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) else {
        return BString::from(line);
    };
    let mut out = BString::default();
    let mut rest = inner.iter().copied();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(b'r') => out.push(b'\r'),
            Some(b'a') => out.push(7),
            Some(b'b') => out.push(8),
            Some(b'v') => out.push(11),
            Some(b'f') => out.push(12),
            Some(high @ b'0'..=b'3') => {
                let (middle, low) = (rest.next().unwrap_or(b'0'), rest.next().unwrap_or(b'0'));
                out.push((high & 7) << 6 | (middle & 7) << 3 | (low & 7));
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_lines_are_unquoted() {
        assert_eq!(unquote(b"/a b"), "/a b");
        assert_eq!(unquote(br#""/a\tb\303\251\"""#), b"/a\tb\xc3\xa9\"".as_bstr());
    }

    #[test]
    fn circles_and_missing_directories_end() {
        let root = tempfile::tempdir().unwrap();
        for (name, others) in [("a", "../b\n# note\n\n../missing\n"), ("b", "../a\n../c\n"), ("c", "")] {
            std::fs::create_dir_all(root.path().join(name).join("info")).unwrap();
            std::fs::write(root.path().join(name).join("info/alternates"), others).unwrap();
        }
        let mut notices = Vec::new();
        let dirs = object_dirs(&[root.path().join("a")], &mut notices);
        assert_eq!(dirs.len(), 3);
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert_eq!(notices[0].kind, NoticeKind::Unreadable);
    }
}
