//! The inside of commits, trees and tags, read from their raw bytes.
//!
//! Objects are shown as stored; nothing here looks anything up, and malformed bytes are an error, never a panic.

use bstr::{BStr, ByteSlice};

use crate::model::ObjectId;
use crate::source::pack::ObjectKind as Kind;

/// An object whose bytes do not follow its kind's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the {0} object is malformed")]
pub struct Malformed(pub Kind);

/// What a tree says about one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeEntry<'a> {
    /// File type and permissions, as git stores them.
    pub mode: Mode,
    /// One path component.
    pub name: &'a BStr,
    /// Raw id of the object.
    pub raw_id: &'a [u8],
}

impl TreeEntry<'_> {
    /// The id of the object.
    pub fn id(&self) -> ObjectId {
        ObjectId::from_bytes(self.raw_id).expect("invariant: a tree entry's id has 20 or 32 bytes")
    }
}

/// File type and permissions of a tree or index entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mode(pub u32);

impl Mode {
    /// A subdirectory.
    pub fn is_tree(self) -> bool {
        self.0 & 0o170_000 == 0o040_000
    }

    /// A submodule.
    pub fn is_submodule(self) -> bool {
        self.0 & 0o170_000 == 0o160_000
    }

    /// A symbolic link.
    pub fn is_symlink(self) -> bool {
        self.0 & 0o170_000 == 0o120_000
    }

    /// Something whose content is a blob.
    pub fn is_blob(self) -> bool {
        !self.is_tree() && !self.is_submodule()
    }
}

/// The entries of a tree object, in stored order.
#[derive(Debug, Clone)]
pub struct TreeEntries<'a> {
    rest: &'a [u8],
    id_len: usize,
}

impl<'a> TreeEntries<'a> {
    /// Reads a tree's bytes; `id_len` is 20 or 32.
    pub fn new(bytes: &'a [u8], id_len: usize) -> Self {
        Self { rest: bytes, id_len }
    }

    /// How many bytes are not read yet.
    pub fn remaining(&self) -> usize {
        self.rest.len()
    }
}

impl<'a> Iterator for TreeEntries<'a> {
    type Item = Result<TreeEntry<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = split_entry(self.rest, self.id_len);
        self.rest = entry.map_or(&[], |(_, rest)| rest);
        Some(entry.map(|(entry, _)| entry).ok_or(Malformed(Kind::Tree)))
    }
}

fn split_entry(bytes: &[u8], id_len: usize) -> Option<(TreeEntry<'_>, &[u8])> {
    let mut mode = 0_u32;
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            digit @ b'0'..=b'7' if at < 8 => mode = mode << 3 | u32::from(digit - b'0'),
            b' ' if at > 0 => break,
            _ => return None,
        }
        at += 1;
    }
    let name_and_rest = &bytes[at + 1..];
    let end = memchr::memchr(0, name_and_rest)?;
    let after = name_and_rest.len().checked_sub(end + 1 + id_len)?;
    let (raw_id, rest) = name_and_rest[end + 1..].split_at(name_and_rest.len() - end - 1 - after);
    Some((TreeEntry { mode: Mode(mode), name: name_and_rest[..end].as_bstr(), raw_id }, rest))
}

/// A commit's bytes, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit<'a> {
    /// The root tree.
    pub tree: ObjectId,
    /// The parents.
    pub parents: Vec<ObjectId>,
    /// Author's name.
    pub author: &'a BStr,
    /// Author date, seconds since 1970 UTC.
    pub author_time: i64,
    /// Commit date, seconds since 1970 UTC.
    pub commit_time: i64,
}

impl<'a> Commit<'a> {
    /// Takes a commit apart. Odd author lines are tolerated, as git tolerates them; tree and parents must be right.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let malformed = Malformed(Kind::Commit);
        let mut lines = HeaderLines { rest: bytes };
        let tree = match lines.next() {
            Some((b"tree", hex)) => ObjectId::from_hex(hex).ok_or(malformed)?,
            _ => return Err(malformed),
        };
        let mut commit = Self { tree, parents: Vec::new(), author: b"".as_bstr(), author_time: 0, commit_time: 0 };
        for (name, value) in lines {
            match name {
                b"parent" => commit.parents.push(ObjectId::from_hex(value).ok_or(malformed)?),
                b"author" => (commit.author, commit.author_time) = signature(value),
                b"committer" => commit.commit_time = signature(value).1,
                _ => {}
            }
        }
        Ok(commit)
    }
}

/// The kind and id that a tag points to.
pub fn tag_target(bytes: &[u8]) -> Result<(Kind, ObjectId), Malformed> {
    let malformed = Malformed(Kind::Tag);
    let mut lines = HeaderLines { rest: bytes };
    let Some((b"object", hex)) = lines.next() else { return Err(malformed) };
    let id = ObjectId::from_hex(hex).ok_or(malformed)?;
    let Some((b"type", word)) = lines.next() else { return Err(malformed) };
    let kind = Kind::from_word(word).ok_or(malformed)?;
    Ok((kind, id))
}

/// The part of a commit or tag that people wrote: all headers except ids and the data of signatures, and the message.
pub fn prose(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut is_signature = false;
    while !rest.is_empty() {
        let len = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(len);
        if line == b"\n" {
            break;
        }
        let is_hidden = if line.starts_with(b" ") {
            is_signature && is_armor(line.trim_ascii())
        } else {
            let (name, value) = line.trim_ascii_end().split_once_str(" ").unwrap_or_default();
            is_signature = matches!(name, b"gpgsig" | b"gpgsig-sha256");
            match name {
                b"tree" | b"parent" | b"object" => ObjectId::from_hex(value).is_some(),
                b"type" => Kind::from_word(value).is_some(),
                _ => is_signature && is_armor(value),
            }
        };
        if !is_hidden {
            text.extend_from_slice(line);
        }
        rest = after;
    }
    text.extend_from_slice(rest);
    text
}

/// Says whether a line of a signature is nothing but its frame, or a full line of its data: whatever else somebody writes
/// there is text.
fn is_armor(line: &[u8]) -> bool {
    let is_data = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let is_frame = line.strip_prefix(b"-----").is_some_and(|rest| rest.ends_with(b"-----") && rest.len() < 40);
    line.is_empty() || is_frame || line.len() >= 60 && line.iter().all(is_data)
}

/// Name and time of an author, committer or tagger line.
fn signature(value: &[u8]) -> (&BStr, i64) {
    let close = value.rfind_byte(b'>').unwrap_or(0);
    let open = value.find_byte(b'<').unwrap_or(value.len());
    let digits = value.get(close + 1..).unwrap_or_default().trim_ascii_start();
    let len = digits.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'-').count();
    let time = digits[..len].to_str().ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    (value[..open].trim_ascii().as_bstr(), time)
}

/// The header lines of a commit or tag as name and value; continued lines are left out.
struct HeaderLines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for HeaderLines<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let len = memchr::memchr(b'\n', self.rest).unwrap_or(self.rest.len());
            let line = &self.rest[..len];
            if line.is_empty() {
                self.rest = &[];
                return None;
            }
            self.rest = self.rest.get(len + 1..).unwrap_or_default();
            if !line.starts_with(b" ") {
                let space = memchr::memchr(b' ', line).unwrap_or(line.len());
                return Some((&line[..space], line.get(space + 1..).unwrap_or_default()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_commit_is_taken_apart_and_its_prose_leaves_ids_and_signatures_out() {
        let raw = format!(
            "tree {HEX}\nparent {HEX}\nparent {HEX}\nauthor A U Thor <a@x> 1700000000 +0100\ncommitter C <c@x> -5 +0000\n\
             gpgsig -----BEGIN X-----\n \n {}\n a word\n -----END X-----\nextra told\ntree no id\n\nSubject\n\nbody\n",
            "Ab3/".repeat(16)
        );
        let commit = Commit::parse(raw.as_bytes()).unwrap();
        assert_eq!(commit.parents.len(), 2);
        assert_eq!((commit.author, commit.author_time, commit.commit_time), (b"A U Thor".as_bstr(), 1_700_000_000, -5));
        assert_eq!(
            prose(raw.as_bytes()).as_bstr(),
            "author A U Thor <a@x> 1700000000 +0100\ncommitter C <c@x> -5 +0000\n a word\nextra told\n\
             tree no id\n\nSubject\n\nbody\n"
        );
    }

    #[test]
    fn trees_are_read_to_the_first_damage() {
        let mut raw = b"100644 a\0".to_vec();
        raw.extend([1; 20]);
        raw.extend(b"40000 dir\0");
        raw.extend([2; 20]);
        let entries: Vec<_> = TreeEntries::new(&raw, 20).map(Result::unwrap).collect();
        assert_eq!((entries[0].name, entries[0].mode.is_blob()), (b"a".as_bstr(), true));
        assert_eq!((entries[1].id().as_bytes(), entries[1].mode.is_tree()), (&[2; 20][..], true));
        for cut in 1..raw.len() {
            let last = TreeEntries::new(&raw[..cut], 20).last();
            assert_eq!(last.unwrap().is_err(), cut != 29, "{cut}");
        }
    }

    #[test]
    fn a_tag_says_what_it_points_to() {
        let raw = format!("object {HEX}\ntype tree\ntag v1\n\nmessage");
        assert_eq!(tag_target(raw.as_bytes()).unwrap(), (Kind::Tree, ObjectId::from_hex(HEX.as_bytes()).unwrap()));
        assert_eq!(prose(raw.as_bytes()).as_bstr(), "tag v1\n\nmessage");
        assert!(tag_target(b"object x").is_err());
    }
}
