//! git's index, versions 2 to 4, of any bytes: entries in order, or an error.

use stanch::source::git::index::Index;
use stanch::source::pack::HashKind;

use super::place;

/// The first byte decides about the hash and whether the head of an index is put before.
pub fn run(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else { return };
    let hash = if kind & 1 == 0 { HashKind::Sha1 } else { HashKind::Sha256 };
    let head = [b"DIRC\0\0\0", &[2 + (kind >> 2) % 3][..], b"\0\0\0", &[kind >> 4]].concat();
    // Zeros for a checksum, which git writes as well when it is told not to care.
    let bytes = if kind & 2 == 0 { rest.to_vec() } else { [&head, rest, &vec![0; hash.len()]].concat() };
    place::write(place::folder(), "index", &bytes);
    let Ok(index) = Index::read(&place::folder().join("index"), hash) else { return };
    for (at, entry) in index.iter().enumerate() {
        let _ = (index.position(entry.path), index.entry(at).mode);
        let _ = index.group(at..index.len(), b"a/");
    }
}
