//! What a push would publish: every commit and tag that the other side does not have.
//!
//! Two protocols: the lines that git writes to a pre-push hook, and those that it writes to a pre-receive hook, where
//! new objects lie in quarantine. What cannot be known to be on the other side counts as new.

#[cfg(test)]
mod tests;

use bstr::{BStr, BString, ByteSlice};

use crate::model::{Notice, NoticeKind, ObjectId, Origin, Provenance, Receipt};

use super::git::{Objects, Repository};
use super::history::changes;
use super::history::range::{Bounds, Range, walk};
use super::{Item, Sink, SourceError};

/// A ref that is to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The ref's name on the receiving side.
    pub name: BString,
    /// What it is there now; zero if it is new.
    pub old: ObjectId,
    /// What it is to become; zero if it is to be deleted.
    pub new: ObjectId,
}

/// Everything that a push may publish when nobody says what is pushed: all refs of this clone that are its own.
///
/// A hook manager that keeps git's lines to itself leaves no other way. It takes in too much, never too little.
pub fn everything(repository: &Repository, also: &[(BString, ObjectId)]) -> Result<Vec<Update>, SourceError> {
    let (references, _) = repository.references()?;
    let is_own = |name: &BStr| {
        (name.starts_with(b"refs/") || name == "HEAD")
            && ![&b"refs/remotes/"[..], b"refs/bisect/", b"refs/worktree/"].iter().any(|kind| name.starts_with(kind))
    };
    let own = references.into_iter().filter(|one| is_own(one.name.as_bstr())).map(|one| (one.name, one.target));
    let zero = vec![0; repository.hash.hex_len() / 2];
    let Some(old) = ObjectId::from_bytes(&zero) else { return Ok(Vec::new()) };
    let mut updates: Vec<Update> =
        also.iter().cloned().chain(own).map(|(name, new)| Update { name, old, new }).collect();
    updates.sort_by(|one, other| (&one.name, one.new).cmp(&(&other.name, other.new)));
    updates.dedup();
    Ok(updates)
}

/// The remote's branch, if there is any in this clone, from which each of `commits` can be reached already.
pub fn published(repository: &Repository, commits: &[ObjectId]) -> Result<Vec<Option<BString>>, SourceError> {
    let (references, _) = repository.references()?;
    let objects = Objects::open(repository);
    let mut found: Vec<Option<BString>> = vec![None; commits.len()];
    for reference in references.iter().filter(|one| one.name.starts_with(b"refs/remotes/") && !one.is_symbolic) {
        let open: Vec<usize> = (0..commits.len()).filter(|&at| found[at].is_none()).collect();
        if open.is_empty() {
            break;
        }
        let include = open.iter().map(|&at| (BString::default(), commits[at])).collect();
        let bounds = Bounds { include, exclude: vec![reference.target], since: None };
        let range = walk(repository, &objects, &bounds, &Ignore)?;
        for at in open {
            if !range.commits.iter().any(|one| one.commit.id == commits[at]) {
                found[at] = Some(reference.name.clone());
            }
        }
    }
    Ok(found)
}

/// Takes no notice: everything was told when the push itself was walked.
struct Ignore;

impl Sink for Ignore {
    fn item(&self, _: Item<'_>) {}
    fn notice(&self, _: Notice) {}
    fn count(&self, _: &Receipt) {}
}

/// Where the check runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Before a push to the remote of this name (or to this address).
    Sending {
        /// As git tells the hook in its first argument.
        remote: BString,
    },
    /// On the server, before it takes what was pushed.
    Receiving,
}

/// Reads the standard input of a pre-push hook: `<local ref> <local id> <remote ref> <remote id>` per line.
pub fn parse_pre_push(input: &[u8], repository: &Repository) -> Result<Vec<Update>, SourceError> {
    parse(input, repository, |line| {
        // A local ref may be an expression with spaces, so the line is read from its end.
        let mut fields = line.rsplitn_str(4, " ");
        let (old, name, new) = (fields.next()?, fields.next()?, fields.next()?);
        fields.next().filter(|local| !local.is_empty())?;
        Some((old, new, name))
    })
}

/// Reads the standard input of a pre-receive hook: `<old id> <new id> <ref>` per line.
pub fn parse_pre_receive(input: &[u8], repository: &Repository) -> Result<Vec<Update>, SourceError> {
    parse(input, repository, |line| {
        let mut fields = line.splitn_str(3, " ");
        Some((fields.next()?, fields.next()?, fields.next()?))
    })
}

type Fields<'a> = (&'a [u8], &'a [u8], &'a [u8]);

fn parse(
    input: &[u8],
    repository: &Repository,
    fields: impl Fn(&[u8]) -> Option<Fields<'_>>,
) -> Result<Vec<Update>, SourceError> {
    let mut updates = Vec::new();
    for (number, line) in input.lines().enumerate() {
        let malformed = |problem| SourceError::MalformedHookInput { line: number + 1, problem };
        let (old, new, name) = fields(line).ok_or(malformed("it has too few fields"))?;
        let id = |hex: &[u8]| {
            let id = ObjectId::from_hex(hex).filter(|_| hex.len() == repository.hash.hex_len());
            id.ok_or(malformed("it holds something else where an object id should be"))
        };
        let (old, new) = (id(old)?, id(new)?);
        if !is_ref_name(name) {
            return Err(malformed("it holds something else where a ref should be"));
        }
        updates.push(Update { name: name.into(), old, new });
    }
    Ok(updates)
}

fn is_ref_name(name: &[u8]) -> bool {
    let is_odd = |byte: &u8| byte.is_ascii_control() || b" ~^:?*[\\".contains(byte);
    name.starts_with(b"refs/") && !name.iter().any(is_odd) && !name.ends_with(b"/") && !name.contains_str("..")
}

/// Finds what `updates` would publish and shows it to `sink`. Deletions publish nothing.
pub fn scan(repository: &Repository, updates: &[Update], side: &Side, sink: &dyn Sink) -> Result<Range, SourceError> {
    let updates: Vec<&Update> = updates.iter().filter(|update| !update.new.is_zero()).collect();
    if updates.is_empty() {
        return Ok(Range::default());
    }
    let objects = Objects::open(repository);
    objects.store().notices().iter().for_each(|notice| sink.notice(notice.clone()));
    let bounds = Bounds {
        include: updates.iter().map(|update| (update.name.clone(), update.new)).collect(),
        exclude: known(repository, &updates, side, sink)?,
        since: None,
    };
    let range = walk(repository, &objects, &bounds, sink)?;
    for update in &updates {
        let mut provenance = Provenance::new(Origin::Name, None);
        provenance.object = Some(update.new);
        sink.item(Item::whole(provenance, &update.name));
    }
    sink.count(&Receipt { refs: updates.len() as u64, ..Receipt::default() });
    changes::scan(&objects, &range, sink);
    Ok(range)
}

/// What the receiving side is known to have.
fn known(
    repository: &Repository,
    updates: &[&Update],
    side: &Side,
    sink: &dyn Sink,
) -> Result<Vec<ObjectId>, SourceError> {
    let mut known: Vec<ObjectId> = updates.iter().map(|update| update.old).filter(|id| !id.is_zero()).collect();
    let (references, notices) = repository.references()?;
    for notice in notices {
        // A ref that cannot be read only excludes less.
        sink.notice(Notice::new(NoticeKind::Warning, notice.subject, notice.detail));
    }
    let tracking = match side {
        Side::Sending { remote } => Some(BString::from([b"refs/remotes/", remote.as_bytes(), b"/"].concat())),
        Side::Receiving => None,
    };
    let counts = |name: &BStr| match &tracking {
        Some(prefix) => name.starts_with(prefix),
        None => name.starts_with(b"refs/"),
    };
    known.extend(references.iter().filter(|one| counts(one.name.as_bstr())).map(|one| one.target));
    known.sort_unstable();
    known.dedup();
    Ok(known)
}
