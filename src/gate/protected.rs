//! Which revision is the protected side of a push: where policy is read from, because the change cannot have touched it.
//!
//! That is the default branch of the receiving side. The old tip of the branch that is pushed is not as good: whoever pushes
//! twice owns it the second time. It serves only where no default branch is known.

use bstr::{BStr, BString, ByteSlice};

use crate::model::ObjectId;
use crate::source::git::{Objects, Repository};
use crate::source::push::{Side, Update};
use crate::source::{PolicyFiles, SourceError};

/// Branches that are tried where a remote's default branch was never recorded.
const USUAL: [&str; 2] = ["main", "master"];

/// The policy that counts for a push.
pub fn of_push(repository: &Repository, updates: &[Update], side: &Side) -> Result<PolicyFiles, SourceError> {
    let found = match side {
        Side::Sending { remote } => of_remote(repository, remote.as_bstr())?,
        Side::Receiving => {
            let head = repository.head()?;
            head.target.map(|target| (head.branch.unwrap_or_else(|| "HEAD".into()), target))
        }
    };
    if let Some((name, target)) = found {
        return PolicyFiles::at(repository, &target, &short(name.as_bstr()));
    }
    let objects = Objects::open(repository);
    let mut old: Vec<&Update> = updates.iter().filter(|update| objects.store().contains(&update.old)).collect();
    old.dedup_by_key(|update| update.old);
    match (old.as_slice(), side) {
        ([only], _) => PolicyFiles::at(repository, &only.old, &format!("{} before", short(only.name.as_bstr()))),
        (_, Side::Sending { remote }) => {
            let reason = format!("the default branch of {remote} is not known here; `git fetch {remote}` may tell it");
            Ok(PolicyFiles::nothing(repository, reason))
        }
        (_, Side::Receiving) => Ok(PolicyFiles::nothing(repository, "the repository has no default branch yet")),
    }
}

/// The default branch of a remote as it was last seen, by the remote's name or address; of `origin` for an unknown address.
pub fn of_remote(repository: &Repository, remote: &BStr) -> Result<Option<(BString, ObjectId)>, SourceError> {
    let by_address = repository.config.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix(b"remote.")?.strip_suffix(b".url")?;
        (value.is_some_and(|value| value == remote)).then(|| BString::from(name))
    });
    for name in [remote.to_owned()].into_iter().chain(by_address).chain([BString::from("origin")]) {
        for branch in ["HEAD"].iter().chain(&USUAL) {
            let full = BString::from([b"refs/remotes/", name.as_slice(), b"/", branch.as_bytes()].concat());
            if let Some(target) = repository.find_ref(&full)? {
                return Ok(Some((full, target)));
            }
        }
    }
    Ok(None)
}

/// A ref's name without the part that says what kind of ref it is.
fn short(name: &BStr) -> String {
    let kinds = ["refs/heads/", "refs/remotes/", "refs/tags/"];
    let short = kinds.iter().find_map(|kind| name.strip_prefix(kind.as_bytes())).unwrap_or(name);
    short.to_str_lossy().into_owned()
}
