//! Git bundles, and packs that lie about as files: every object in them becomes a member.

use std::collections::HashMap;

use bstr::{BString, ByteSlice};

use super::walk::Walk;
use crate::model::{NoticeKind, ObjectId};
use crate::source::odb::{HashKind, ObjectKind, ObjectStore};

/// The pack of a bundle follows its list of refs and an empty line.
pub(super) fn read_bundle(walk: &mut Walk<'_>, bytes: &[u8]) {
    let Some(end) = bytes.find(b"\n\n") else {
        walk.notice(NoticeKind::Damaged, "ends too early");
        return;
    };
    let (header, pack) = (&bytes[..end], &bytes[end + 2..]);
    let hash = header.lines().find_map(|line| match line.strip_prefix(b"@object-format=")? {
        b"sha256" => Some(HashKind::Sha256),
        _ => Some(HashKind::Sha1),
    });
    // Without the first line, which would make it look like a bundle.
    walk.bytes("refs", header.split_once_str("\n").map_or(&[][..], |(_, refs)| refs));
    if header.lines().any(|line| line.starts_with(b"@filter=")) {
        walk.notice(NoticeKind::Missing, "was made without some of its objects");
    }
    read_pack(walk, pack, Some(hash.unwrap_or(HashKind::Sha1)));
}

pub(super) fn read_pack(walk: &mut Walk<'_>, bytes: &[u8], hash: Option<HashKind>) {
    let hash = hash.or_else(|| [HashKind::Sha1, HashKind::Sha256].into_iter().find(|&hash| ends_with_sum(bytes, hash)));
    let held = bytes.len() as u64;
    if !walk.charge(bytes.len()) || !walk.hold(held) {
        return;
    }
    read_held(walk, bytes, hash);
    walk.release(held);
}

fn read_held(walk: &mut Walk<'_>, bytes: &[u8], hash: Option<HashKind>) {
    if hash.is_none() {
        walk.notice(NoticeKind::Damaged, "is damaged: it differs from its checksum");
    }
    let hash = hash.unwrap_or(HashKind::Sha1);
    let store = match ObjectStore::of_pack("pack".into(), bytes.to_vec(), hash, walk.memory() / 2) {
        Ok(store) => store,
        Err(error) => {
            walk.notice(NoticeKind::Damaged, format!("could not be read: {error}"));
            return;
        }
    };
    let mut notices = Vec::new();
    let ids = store.ids(&mut notices);
    for notice in notices.iter().chain(store.notices()) {
        walk.notice(notice.kind, notice.detail.as_str());
    }
    let claimed = bytes.get(8..12).and_then(|count| count.first_chunk()).map_or(0, |count| u32::from_be_bytes(*count));
    if ids.len() < claimed as usize {
        let lost = claimed as usize - ids.len();
        walk.notice(
            NoticeKind::Damaged,
            format!("holds {lost} objects that could not be read or whose base is elsewhere"),
        );
    }
    let names = names(&store, &ids);
    for id in &ids {
        if walk.is_stopped() {
            return;
        }
        let name =
            names.get(id).map_or_else(|| id.to_string().into(), |name| BString::from(format!("{}/{name}", id.short())));
        match store.read(id) {
            Ok(Some(object)) if object.kind == ObjectKind::Tree => {}
            Ok(Some(object)) => walk.made(name, &object.bytes),
            Ok(None) => {}
            Err(error) => walk.refuse(name, NoticeKind::Damaged, format!("could not be read: {}", error.source)),
        }
    }
}

/// Says whether the last bytes are the hash of all before.
fn ends_with_sum(bytes: &[u8], hash: HashKind) -> bool {
    let Some(end) = bytes.len().checked_sub(hash.len()) else { return false };
    hash.digest(&[&bytes[..end]]).as_bytes() == &bytes[end..]
}

/// The first name that a tree gives to each object.
fn names(store: &ObjectStore, ids: &[ObjectId]) -> HashMap<ObjectId, BString> {
    let mut names = HashMap::new();
    for id in ids {
        let is_tree = store.header(id).is_ok_and(|header| header.is_some_and(|header| header.kind == ObjectKind::Tree));
        if !is_tree {
            continue;
        }
        let Ok(Some(tree)) = store.read(id) else { continue };
        let mut rest = tree.bytes.as_slice();
        while let Some((entry, tail)) = rest.split_once_str("\0") {
            let Some((raw, tail)) = tail.split_at_checked(store.hash().len()) else { break };
            if let (Some((_, name)), Some(id)) = (entry.split_once_str(" "), ObjectId::from_bytes(raw)) {
                names.entry(id).or_insert_with(|| BString::from(name));
            }
            rest = tail;
        }
    }
    names
}
