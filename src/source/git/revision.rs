//! Turns what a person writes for a commit into an object id.
//!
//! Names, ids and steps to parents are resolved here, in every format. The rarer forms (`@{upstream}`, `:/text`) are
//! left to libgit2 where it can read the repository.

use bstr::{BString, ByteSlice};

use crate::model::ObjectId;
use crate::source::SourceError;
use crate::source::pack::{HashKind, ObjectKind as Kind};

use super::object::{Commit, tag_target};
use super::objects::Objects;
use super::repository::Repository;

/// The object that `revision` names, tags not followed.
pub fn resolve(repository: &Repository, objects: &Objects, revision: &[u8]) -> Result<ObjectId, SourceError> {
    let unknown = |reason: &str| SourceError::UnknownRevision { revision: revision.into(), reason: reason.to_owned() };
    if revision.starts_with(b"-") {
        return Err(unknown("it looks like an option"));
    }
    let at = revision.find_byteset("^~").unwrap_or(revision.len());
    let (base, steps) = revision.split_at(at);
    if let Some(start) = named(repository, objects, base)?
        && let Some(found) = walk(objects, start, steps)?
    {
        return Ok(found);
    }
    if repository.hash == HashKind::Sha1 {
        let text = revision.to_str().map_err(|_| unknown("it is not UTF-8"))?;
        let found = git2::Repository::open_bare(&repository.git_dir)
            .and_then(|opened| opened.revparse_single(text).map(|object| object.id()));
        if let Some(id) = found.ok().and_then(|id| ObjectId::from_bytes(id.as_bytes())) {
            return Ok(id);
        }
    }
    Err(unknown(""))
}

/// The commit that an object is or, being a tag, leads to; none if it leads elsewhere.
pub fn peeled_commit(objects: &Objects, id: &ObjectId) -> Result<Option<ObjectId>, SourceError> {
    Ok(Some(peeled(objects, *id)?).filter(|found| found.0 == Kind::Commit).map(|found| found.1))
}

/// Follows tags to an object that is none.
fn peeled(objects: &Objects, mut id: ObjectId) -> Result<(Kind, ObjectId), SourceError> {
    const MOST_TAGS: usize = 64;
    for _ in 0..MOST_TAGS {
        let (kind, bytes) = objects.read(&id).map_err(|error| error.fatal(&id))?;
        if kind != Kind::Tag {
            return Ok((kind, id));
        }
        let (_, target) = tag_target(&bytes).map_err(|error| SourceError::Object { id, what: error.to_string() })?;
        id = target;
    }
    Err(SourceError::Object { id, what: "it is a tag of a tag of a tag without end".to_owned() })
}

/// Finds an id, a ref or an abbreviated id.
fn named(repository: &Repository, objects: &Objects, base: &[u8]) -> Result<Option<ObjectId>, SourceError> {
    let hex_len = repository.hash.hex_len();
    if base.len() == hex_len
        && let Some(id) = ObjectId::from_hex(base)
    {
        return Ok(Some(id));
    }
    let base: &[u8] = if base == b"@" { b"HEAD" } else { base };
    for prefix in ["", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] {
        let name = BString::from([prefix.as_bytes(), base].concat());
        // A file that is no ref may well lie under such a name; it names nothing.
        if let Ok(Some(id)) = repository.find_ref(&name) {
            return Ok(Some(id));
        }
    }
    let name = [b"refs/remotes/", base, b"/HEAD"].concat();
    if let Ok(Some(id)) = repository.find_ref(&name) {
        return Ok(Some(id));
    }
    if (4..hex_len).contains(&base.len()) && base.iter().all(u8::is_ascii_hexdigit) {
        return Ok(abbreviated(objects, base));
    }
    Ok(None)
}

/// The only commit, or else the only object, whose id begins with `hex`.
fn abbreviated(objects: &Objects, hex: &[u8]) -> Option<ObjectId> {
    let hex = hex.to_ascii_lowercase();
    let ids = objects.store().ids(&mut Vec::new());
    let matching: Vec<ObjectId> = ids.into_iter().filter(|id| id.to_string().as_bytes().starts_with(&hex)).collect();
    let mut commits = matching.iter().filter(|id| objects.kind(id).is_ok_and(|kind| kind == Kind::Commit));
    match (commits.next(), commits.next(), matching.as_slice()) {
        (Some(only), None, _) | (None, None, [only]) => Some(*only),
        _ => None,
    }
}

/// Follows `^`, `^2`, `~3`, `^{}` and `^{commit}` from `start`; none when there is no such parent.
fn walk(objects: &Objects, start: ObjectId, mut steps: &[u8]) -> Result<Option<ObjectId>, SourceError> {
    let mut at = start;
    while let Some((&sign, rest)) = steps.split_first() {
        if sign != b'^' && sign != b'~' {
            return Ok(None);
        }
        if let Some(end) = rest.strip_prefix(b"{").and_then(|inner| inner.find_byte(b'}')) {
            let kind = &rest[1..=end];
            steps = &rest[end + 2..];
            let (found, id) = peeled(objects, at)?;
            match (sign, kind) {
                (b'^', b"") => at = id,
                (b'^', b"commit") if found == Kind::Commit => at = id,
                (b'^', b"object") => {}
                (b'^', b"tag") if objects.kind(&at).is_ok_and(|kind| kind == Kind::Tag) => {}
                _ => return Ok(None),
            }
            continue;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number =
            rest[..digits].to_str().ok().and_then(|text| if text.is_empty() { Some(1) } else { text.parse().ok() });
        let Some(number) = number else { return Ok(None) };
        steps = &rest[digits..];
        let (count, parent): (usize, usize) = if sign == b'~' { (number, 1) } else { (1, number) };
        let Some(commit) = peeled_commit(objects, &at)? else { return Ok(None) };
        at = commit;
        for _ in 0..count {
            if parent == 0 {
                break;
            }
            let bytes = objects.read_kind(&at, Kind::Commit).map_err(|error| error.fatal(&at))?;
            let commit =
                Commit::parse(&bytes).map_err(|error| SourceError::Object { id: at, what: error.to_string() })?;
            match commit.parents.get(parent - 1) {
                Some(next) => at = *next,
                None => return Ok(None),
            }
        }
    }
    Ok(Some(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sandbox::Sandbox;

    fn check(options: &[&str]) {
        let sandbox = Sandbox::with(options);
        for message in ["one", "two", "three"] {
            sandbox.commit(message);
        }
        sandbox.git(&["tag", "-a", "-m", "tag", "v1", "HEAD~"]);
        sandbox.git(&["checkout", "-q", "-b", "side", "HEAD~2"]);
        sandbox.commit("side");
        sandbox.git(&["merge", "-q", "main"]);
        let repository = sandbox.repository();
        let objects = Objects::open(&repository);
        let full = sandbox.git(&["rev-parse", "main"]);
        let known =
            ["HEAD", "@", "main", "heads/main", "refs/heads/main", "v1", "v1^{}", "v1^{commit}", "v1~", "v1^{tag}"];
        let steps = ["HEAD^", "HEAD^2", "HEAD^2~1", "@~2", "HEAD^0", "HEAD~0", &full, &full[..9]];
        for revision in known.iter().chain(&steps) {
            let id = resolve(&repository, &objects, revision.as_bytes()).unwrap();
            assert_eq!(id.to_string(), sandbox.git(&["rev-parse", revision]), "{revision}");
        }
        for revision in ["nope", "HEAD^3", "HEAD~99", "-x", "HEAD^{tree", "", "HEAD^x", "0000", "config"] {
            let error = resolve(&repository, &objects, revision.as_bytes()).unwrap_err();
            assert!(error.is_usage(), "{revision}: {error}");
        }
    }

    #[test]
    fn names_ids_and_steps_are_resolved_as_git_resolves_them() {
        check(&[]);
        check(&["--object-format=sha256"]);
        check(&["--ref-format=reftable"]);
    }

    #[test]
    fn rarer_forms_are_resolved_where_libgit2_can() {
        let sandbox = Sandbox::new();
        sandbox.commit("findable");
        sandbox.commit("later");
        let repository = sandbox.repository();
        let id = resolve(&repository, &Objects::open(&repository), b":/findable").unwrap();
        assert_eq!(id, sandbox.id("HEAD~"));
    }
}
