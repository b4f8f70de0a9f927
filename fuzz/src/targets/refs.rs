//! Refs of any bytes: loose, packed, in reftables, their logs, and the configuration that says which of them count.

use super::place::{self, folder, write};

/// The first byte decides which file the rest is.
pub fn run(data: &[u8]) {
    let Some((&kind, rest)) = data.split_first() else { return };
    let plain: &[u8] = b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
    let reftable: &[u8] =
        b"[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\trefstorage = reftable\n";
    for (name, usual) in [
        ("HEAD", &b"ref: refs/heads/main\n"[..]),
        ("packed-refs", b""),
        ("refs/heads/main", b"1111111111111111111111111111111111111111\n"),
        ("reftable/tables.list", b"0x01-0x02-03.ref\n"),
        ("reftable/0x01-0x02-03.ref", b""),
        ("config", if kind % 8 >= 5 { reftable } else { plain }),
    ] {
        write(folder(), name, usual);
    }
    let name = match kind % 8 {
        0 => "HEAD",
        1 => "packed-refs",
        2 => "refs/heads/main",
        3 | 4 => "config",
        5 => "reftable/tables.list",
        _ => "reftable/0x01-0x02-03.ref",
    };
    write(folder(), name, rest);
    let Some(repository) = place::repository() else { return };
    let _ = (repository.head(), repository.find_ref(b"refs/heads/main"), repository.merge_heads());
    if let Ok((references, _)) = repository.references() {
        assert!(references.is_sorted());
    }
    let _ = repository.reflogs();
}
