//! Break-glass material: encrypted copies of secrets, which are kept elsewhere or not at all, and their plaintext twins.
//!
//! Judged by what a file holds, then by its name. Signatures and public keys are no such thing.

use std::collections::BTreeSet;

use bstr::ByteSlice;
use globset::{Glob, GlobSetBuilder};

use super::files::leaf;
use super::past::Past;
use super::{Check, Context, SECRETS, Status, entries};
use crate::policy::EnvFile;
use crate::policy::tree::Node;
use crate::text::words;

/// What a content is, if it is encrypted material.
pub(super) fn by_content(bytes: &[u8]) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(512)];
    let text = head.trim_start_with(|c| c.is_whitespace() || c == '\u{feff}');
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
    let names = super::registers::sensitive(context);
    let (mut spots, mut is_unread) = (Vec::new(), false);
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
        } else if context.policy.env.judge(&file.path) == EnvFile::Other && !names.is_empty() {
            let bytes = context.files.read(file);
            is_unread |= bytes.is_none() && !context.files.is_large(file);
            if let Some(count) = bytes.and_then(|bytes| inventoried(&names, &bytes)) {
                let note = format!("assigns {count} inventoried secrets: a plaintext twin under another name");
                spots.push(context.spot(&file.path, None, note));
            }
        }
    }
    if !spots.is_empty() {
        return line(Status::Fail, "encrypted or plain, such a copy outlives every rotation".to_owned()).at(spots).todo(
            "Move it out of the repository, rotate what it holds, rewrite the history (stanch respond); what is meant to be here: audit.encrypted_files in .stanch.yml",
        );
    }
    if past.is_incomplete || is_unread {
        return line(Status::Unknown, "not every object could be read".to_owned());
    }
    line(Status::Pass, "no age, PGP or KeePass file, and no plaintext twin, by content and by name".to_owned())
}

/// So many inventoried secrets with their values are a copy of a vault.
const COPY: usize = 3;

/// Three or more names of inventoried secrets with real values, as vaults and password managers export them.
fn inventoried(names: &BTreeSet<String>, bytes: &[u8]) -> Option<usize> {
    let is_there = |name: &&String| bytes.find(name.as_str()).is_some();
    if names.iter().filter(is_there).take(COPY).count() < COPY || crate::text::sniff::is_binary(bytes) {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    let mut found = BTreeSet::new();
    let mut see = |name: &str, value: &str| {
        if names.contains(name) && entries::is_real(value) {
            found.insert(name.to_owned());
        }
    };
    for line in text.lines() {
        // `set` is how a batch file exports.
        let line = line.trim().strip_prefix("set ").unwrap_or(line);
        entries::pair(line).iter().for_each(|(name, value)| see(name, value));
        // A table: a value of a password manager's export has no space in it, a remark in a list of names has.
        let cells: Vec<&str> = line.split([',', ';', '\t']).map(|cell| cell.trim().trim_matches('"')).collect();
        let is_value = |cell: &&str| cell.len() >= 8 && !cell.contains(' ') && is_drawn(cell);
        let value = cells.iter().find(|cell| is_value(cell));
        cells.iter().zip(value.iter().cycle()).for_each(|(cell, value)| see(cell, value));
    }
    // Such a document may as well say where a secret is, or whose: only what is drawn is a value.
    for document in Node::read(&text).unwrap_or_default() {
        pairs(&document, &mut |name, value| {
            if is_drawn(value) {
                see(name, value);
            }
        });
    }
    (found.len() >= COPY).then_some(found.len())
}

/// Letters and digits mixed, in both cases or many of them, or what nobody would write: no word, date or ticket of a table.
fn is_drawn(cell: &str) -> bool {
    let has = |test: fn(&u8) -> bool| cell.as_bytes().iter().any(test);
    let is_cased = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase);
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic) && (is_cased || cell.len() >= 16);
    is_mixed || cell.len() >= 16 && words::surplus(cell.as_bytes()) > 0.0
}

/// `NAME: value`, and maps that say `key` (or `name`) and `value`.
fn pairs(node: &Node, see: &mut dyn FnMut(&str, &str)) {
    let text = |key: &str| node.get(key).and_then(Node::text);
    if let (Some(name), Some(value)) =
        (["key", "name", "secretKey"].into_iter().find_map(text), ["value", "secretValue"].into_iter().find_map(text))
    {
        see(name, value);
    }
    for (name, value) in node.entries() {
        if let (Some(name), Some(value)) = (name.text(), value.text()) {
            see(name, value);
        }
        pairs(value, see);
    }
    node.items().iter().for_each(|item| pairs(item, see));
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
    fn a_copy_of_a_vault_is_known_in_every_shape() {
        let names: BTreeSet<String> = ["JWT_SECRET", "DB_URL", "API_KEY"].map(str::to_owned).into();
        let all = |shape: &dyn Fn(&str) -> String| names.iter().map(|name| shape(name)).collect::<String>();
        let copies = [
            all(&|name| format!("{name}=q7Xk2mP9vR\n")),
            all(&|name| format!("set {name}=q7Xk2mP9vR\r\n")),
            all(&|name| format!("{name}: q7Xk2mP9vR\n")),
            all(&|name| format!("- {{key: {name}, value: q7Xk2mP9vR}}\n")),
            format!("{{{}\"x\": 1}}", all(&|name| format!("\"{name}\": \"q7Xk2mP9vR\", "))),
            all(&|name| format!("\"Root\",\"{name}\",\"\",\"q7Xk2mP9vR\"\n")),
        ];
        for copy in copies {
            assert_eq!(inventoried(&names, copy.as_bytes()), Some(3), "{copy}");
        }
        // A draw may have no digit.
        let copy = all(&|name| format!("{name}: qTXkBmPHvRntLWwZ\n"));
        assert_eq!(inventoried(&names, copy.as_bytes()), Some(3));
        let lists = [
            all(&|name| format!("{name}: platform-operations-team\n")),
            all(&|name| format!("| `{name}` | Ops | 90 days |\n")),
            all(&|name| format!("{name},Backend Lead,90 days,on-compromise\n")),
            all(&|name| format!("{name}: ${{{name}}}\n")),
            all(&|name| format!("- {{name: {name}, owner: Ops, value: vault}}\n")),
        ];
        for list in lists {
            assert_eq!(inventoried(&names, list.as_bytes()), None, "{list}");
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
