//! Break-glass material: encrypted copies of secrets, which are kept elsewhere or not at all, and their plaintext twins.
//!
//! Judged by what a file holds, then by its name. Signatures and public keys are no such thing.

use bstr::ByteSlice;
use globset::{Glob, GlobSetBuilder};

use super::files::leaf;
use super::past::Past;
use super::{Check, Context, SECRETS, Status};
use crate::policy::EnvFile;

/// What a content is, if it is encrypted material.
pub(super) fn by_content(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(512)];
    let text = head.trim_start();
    if bytes.starts_with(b"age-encryption.org/v1") || text.starts_with(b"-----BEGIN AGE ENCRYPTED FILE-----") {
        return Some("an age-encrypted file");
    }
    if text.starts_with(b"-----BEGIN PGP MESSAGE-----") {
        return Some("a PGP-encrypted file");
    }
    if let [0x03, 0xd9, 0xa2, 0x9a, kind, 0xfb, 0x4b, 0xb5, ..] = head
        && matches!(kind, 0x65..=0x67)
    {
        return Some("a KeePass database");
    }
    if is_openpgp(bytes) {
        return Some("a PGP-encrypted file");
    }
    None
}

/// The packets that an encrypted OpenPGP message begins with: a session key for a password (tag 3) or for a public key (tag 1).
fn is_openpgp(bytes: &[u8]) -> bool {
    let (tag, length, body) = match bytes {
        // Old format: tag in bits 2 to 5, one- or two-byte length.
        [head, length, body @ ..] if head & 0xc3 == 0x80 => (head >> 2 & 15, usize::from(*length), body),
        [head, high, low, body @ ..] if head & 0xc3 == 0x81 => {
            (head >> 2 & 15, usize::from(*high) << 8 | usize::from(*low), body)
        }
        // New format with a one-byte length.
        [head, length, body @ ..] if head & 0xc0 == 0xc0 && *length < 192 => (head & 63, usize::from(*length), body),
        _ => return false,
    };
    let follows = body.get(length).is_some_and(|next| {
        let next_tag = if next & 0xc0 == 0xc0 { next & 63 } else { next >> 2 & 15 };
        next & 0x80 != 0 && matches!(next_tag, 1 | 3 | 9 | 18 | 20)
    });
    match (tag, body) {
        // Version, cipher, key derivation (simple, salted, iterated), hash.
        (3, [4, 1..=13, 0 | 1 | 3, 1..=14, ..]) => (4..=64).contains(&length) && follows,
        (3, [5 | 6, ..]) => (16..=128).contains(&length) && follows,
        (1, [3, rest @ ..]) => rest.get(8).is_some_and(|algorithm| matches!(algorithm, 1..=3 | 16..=25)) && follows,
        _ => false,
    }
}

/// What a file is by its name.
pub(super) fn by_name(name: &[u8]) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    if name.ends_with(b".kdbx") || name.ends_with(b".kdb") {
        return Some("a KeePass database by its name");
    }
    let inner = [&b".gpg"[..], b".pgp", b".age", b".asc", b".enc"].iter().find_map(|end| name.strip_suffix(*end))?;
    let is_env = inner.ends_with(b".env") || inner.starts_with(b".env") || inner.find(b".env.").is_some();
    let is_told = [&b"break-glass"[..], b"breakglass", b"emergency"].iter().any(|word| inner.find(word).is_some());
    (is_env || is_told).then_some("an encrypted .env file by its name")
}

/// The line about it.
pub(super) fn check(context: &Context<'_>, past: &Past) -> Check {
    const TITLE: &str = "No break-glass material is in the repository or its history";
    let line = |status, why: String| Check::new("break-glass", SECRETS, TITLE, status, why);
    let mut allowed = GlobSetBuilder::new();
    for glob in context.policy.spec.audit.encrypted_files.iter().filter_map(|glob| Glob::new(glob).ok()) {
        allowed.add(glob);
    }
    let allowed = allowed.build().unwrap_or_default();
    let mut spots = Vec::new();
    for ((path, _), kind) in past.material.iter().filter(|((path, _), _)| !allowed.is_match(&*path.to_str_lossy())) {
        let tracked = if context.files.find(path).is_some() { "tracked" } else { "in the history" };
        spots.push(context.spot(path, None, format!("{kind}, {tracked}")));
    }
    for file in context.files.all.iter().filter(|file| !file.is_link) {
        let name = leaf(&file.path);
        let is_twin = || {
            let encrypted = past
                .material
                .keys()
                .any(|(path, _)| path.rsplit_once_str(".").is_some_and(|(stem, _)| stem == file.path.as_slice()));
            encrypted && by_name(name).is_none()
        };
        if is_twin() {
            spots.push(context.spot(&file.path, None, "the plaintext twin of an encrypted file"));
        } else if context.policy.env.judge(&file.path) == EnvFile::Other
            && let Some(count) = inventoried(context, file)
        {
            let note = format!("assigns {count} inventoried secrets: a plaintext twin under another name");
            spots.push(context.spot(&file.path, None, note));
        }
    }
    if !spots.is_empty() {
        return line(Status::Fail, "encrypted or plain, such a copy outlives every rotation".to_owned()).at(spots).todo(
            "Move it out of the repository, rotate what it holds, rewrite the history (stanch respond); what is meant to be here: audit.encrypted_files in .stanch.yml",
        );
    }
    if past.is_incomplete {
        return line(Status::Unknown, "not every object could be read".to_owned());
    }
    line(Status::Pass, "no age, PGP or KeePass file, and no plaintext twin, by content and by name".to_owned())
}

/// Three or more lines `NAME=value` with names of inventoried secrets and real values.
fn inventoried(context: &Context<'_>, file: &super::files::File) -> Option<usize> {
    let names = super::registers::sensitive(context);
    if names.is_empty() {
        return None;
    }
    let bytes = context.files.read(file).filter(|bytes| !crate::text::sniff::is_binary(bytes))?;
    let count = bytes
        .lines()
        .filter_map(|line| super::entries::pair(&String::from_utf8_lossy(line)))
        .filter(|(name, value)| names.contains(name) && super::entries::is_real(value))
        .map(|(name, _)| name)
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    (count >= 3).then_some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn material_is_known_by_how_it_begins() {
        let symmetric = [&[0x8c, 0x0d, 4, 9, 3, 10][..], &[7; 9], &[0xd2, 0x41]].concat();
        assert!(by_content(&symmetric).is_some());
        let public = [&[0x84, 0x5e, 3][..], &[7; 8], &[18], &[1; 84], &[0xd2]].concat();
        assert!(by_content(&public).is_some());
        assert!(by_content(b"age-encryption.org/v1\n-> X25519 x").is_some());
        assert!(by_content(&[0x03, 0xd9, 0xa2, 0x9a, 0x67, 0xfb, 0x4b, 0xb5, 1]).is_some());
        for other in [
            &b"-----BEGIN PGP SIGNATURE-----"[..],
            b"-----BEGIN PGP PUBLIC KEY BLOCK-----",
            b"\x89PNG\r\n",
            b"",
            b"\x8c",
        ] {
            assert_eq!(by_content(other), None);
        }
    }

    #[test]
    fn names_are_judged_without_their_case() {
        for name in ["outfit-emergency.env.gpg", ".env.production.age", "Vault.KDBX", "break-glass.txt.gpg"] {
            assert!(by_name(name.as_bytes()).is_some(), "{name}");
        }
        for name in ["release.tar.gz.asc", "key.gpg", "a.env", "environment.ts"] {
            assert!(by_name(name.as_bytes()).is_none(), "{name}");
        }
    }
}
