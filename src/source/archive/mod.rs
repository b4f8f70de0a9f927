//! Enters archives and compressed files, member by member, archives in archives included.
//!
//! Recognised by content and never by name. Memory, number, depth and expansion are bounded; whatever a limit cuts,
//! and whatever is damaged or encrypted, becomes a notice with the member's full name. It must never write anything out.

mod inflate;
mod tar;
mod zip;

#[cfg(test)]
mod tests;

use bstr::{BStr, BString};

use crate::model::{Notice, NoticeKind};
use crate::text::sniff::{self, Format};

/// How far to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Archives inside archives.
    pub depth: usize,
    /// Bytes of one member, inflated.
    pub member: usize,
    /// Bytes of all members of one file, inflated.
    pub total: usize,
    /// Members of one file.
    pub members: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 8, member: 256 << 20, total: 2 << 30, members: 100_000 }
    }
}

/// A member of an archive.
#[derive(Debug)]
pub struct Member<'a> {
    /// Names on the way in, outermost first.
    pub path: Vec<BString>,
    /// Its content; empty when it could not be read (a notice says so).
    pub bytes: &'a [u8],
}

/// What became of a file.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Archives and compressed files that were entered.
    pub entered: u64,
    /// What could not be read, or was cut.
    pub notices: Vec<Notice>,
}

/// Shows every member of `bytes`, if they are an archive; `visit` says whether to go on.
pub fn each_member(name: &BStr, bytes: &[u8], limits: Limits, visit: &mut dyn FnMut(Member<'_>) -> bool) -> Outcome {
    let mut walk = Walk {
        name,
        limits,
        spent: 0,
        members: 0,
        path: Vec::new(),
        visit,
        outcome: Outcome::default(),
        stopped: false,
    };
    walk.enter(bytes);
    walk.outcome
}

/// Containers whose bytes, read as they are, show nothing of their content. Others (ar, cpio, SQLite) hold theirs as it is.
fn is_compressed(format: Format) -> bool {
    use Format::{Bzip2, GitBundle, GitPack, Lzma, Pdf, Xz, Zlib, Zstd};
    matches!(format, Xz | Lzma | Bzip2 | Zstd | Zlib | Pdf | GitBundle | GitPack)
}

/// Why a member's content is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    Damaged(&'static str),
    Limit(&'static str),
}

struct Walk<'a> {
    name: &'a BStr,
    limits: Limits,
    spent: usize,
    members: usize,
    path: Vec<BString>,
    visit: &'a mut dyn FnMut(Member<'_>) -> bool,
    outcome: Outcome,
    stopped: bool,
}

impl Walk<'_> {
    fn enter(&mut self, bytes: &[u8]) {
        let Some(format) = sniff::format(bytes) else { return };
        if !matches!(format, Format::Zip | Format::Tar | Format::Gzip) {
            if format.is_opaque_archive() || is_compressed(format) {
                self.tell(&Trouble::Damaged("its content is compressed in a way that is not read yet"));
            }
            return;
        }
        if self.path.len() >= self.limits.depth {
            return self.tell(&Trouble::Limit("archives stand too deep inside one another"));
        }
        self.outcome.entered += 1;
        match format {
            Format::Zip => zip::members(bytes, self),
            Format::Tar => tar::members(bytes, self),
            _ => self.gzip(bytes),
        }
    }

    /// A gzip file is one member without a name of its own.
    fn gzip(&mut self, bytes: &[u8]) {
        match inflate::gzip(bytes, self.allowance()) {
            Ok(content) => self.member(BString::from("gunzip"), Ok(&content)),
            Err((content, trouble)) => {
                self.member(BString::from("gunzip"), Ok(&content));
                self.tell(&trouble);
            }
        }
    }

    /// How much the next member may become.
    fn allowance(&self) -> usize {
        self.limits.member.min(self.limits.total.saturating_sub(self.spent))
    }

    /// Shows a member and enters it. Its name is shown even if its content could not be read.
    fn member(&mut self, name: BString, content: Result<&[u8], Trouble>) {
        if self.stopped {
            return;
        }
        self.members += 1;
        if self.members > self.limits.members {
            self.stopped = true;
            return self.tell(&Trouble::Limit("it has more members than are followed"));
        }
        self.path.push(name);
        let bytes = match content {
            Ok(bytes) => bytes,
            Err(trouble) => {
                self.tell(&trouble);
                &[]
            }
        };
        self.spent += bytes.len();
        if (self.visit)(Member { path: self.path.clone(), bytes }) {
            self.enter(bytes);
        } else {
            self.stopped = true;
        }
        self.path.pop();
    }

    fn tell(&mut self, trouble: &Trouble) {
        let mut subject = BString::from(self.name);
        for name in &self.path {
            subject.push(b'!');
            subject.extend_from_slice(name);
        }
        let (kind, detail) = match trouble {
            Trouble::Damaged(detail) => (NoticeKind::Damaged, detail),
            Trouble::Limit(detail) => (NoticeKind::Limit, detail),
        };
        self.outcome.notices.push(Notice::new(kind, subject, *detail));
    }
}
