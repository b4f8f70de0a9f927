//! Where hashes, commit ids and embedded files stand: runs of characters that are as random as a key and open nothing.
//!
//! Judged by what stands right before the run, never by the name of the file: a lock file may hold a real token. It
//! must never look at the run itself.

/// The last words of names whose values are hashes.
const NAMES: &[&[u8]] = &[
    b"hash",
    b"sha",
    b"sha1",
    b"sha2",
    b"sha256",
    b"sha384",
    b"sha512",
    b"sha1sum",
    b"sha256sum",
    b"sha512sum",
    b"md5",
    b"md5sum",
    b"crc32",
    b"checksum",
    b"checksums",
    b"digest",
    b"integrity",
    b"revision",
    b"rev",
    b"commit",
    b"etag",
    b"sri",
    b"fingerprint",
    b"thumbprint",
    b"shasum",
];

/// What may follow such a word and change nothing: `commit_id`, `sha256_hex`.
const TAILS: &[&[u8]] = &[b"id", b"hex", b"value", b"sum", b"ref", b"base64", b"b64"];

/// Marks of a hash or of an embedded file that end right before the run.
const MARKS: &[&[u8]] = &[
    b"h1:",
    b"sha1-",
    b"sha256-",
    b"sha384-",
    b"sha512-",
    b"sha1:",
    b"sha256:",
    b"sha384:",
    b"sha512:",
    b"md5:",
    b"md5-",
    b"sha256//",
    b"sha1=",
    b"sha256=",
    b"sha512=",
    b"md5=",
    b";base64,",
    b"/commit/",
    b"/commits/",
    b"/blob/",
    b"/tree/",
    b"/archive/",
    b"/raw/",
];

/// Says whether `before`, which ends where a run of characters begins, announces a hash or an embedded file.
pub(super) fn is_announced(before: &[u8]) -> bool {
    let before = &before[before.len().saturating_sub(64)..];
    let lower = before.to_ascii_lowercase();
    if MARKS.iter().any(|mark| lower.ends_with(mark)) {
        return true;
    }
    let tied = lower.trim_ascii_end();
    let end = tied.iter().rposition(|byte| !b"\"'`\\:=>, \t[{".contains(byte)).map_or(0, |at| at + 1);
    let start = tied[..end]
        .iter()
        .rposition(|byte| !(byte.is_ascii_alphanumeric() || b"_-.".contains(byte)))
        .map_or(0, |at| at + 1);
    let is_pin = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./@".contains(byte);
    let pinned = &tied[tied[..end].iter().rposition(|byte| !is_pin(byte)).map_or(0, |at| at + 1)..end];
    if is_release(pinned) {
        return true;
    }
    let from = before.len() - lower.len();
    let words = words(&before[from + start..from + end]);
    let mut words = words.iter().rev().skip_while(|word| TAILS.contains(&word.as_slice()));
    words.next().is_some_and(|last| NAMES.contains(&last.as_slice()))
}

/// The name of a repository and of one of its releases, `owner/name@v2`: what it is pinned to is a commit.
fn is_release(text: &[u8]) -> bool {
    let Some(at) = memchr::memchr(b'@', text) else { return false };
    let (name, release) = (&text[..at], &text[at + 1..]);
    let is_numbered = release.iter().find(|byte| **byte != b'v').is_some_and(u8::is_ascii_digit);
    memchr::memchr(b'/', name).is_some_and(|slash| slash > 0) && is_numbered
}

/// Says whether a name stands where a list of checksums has a file's: `SHA256 (secret.tar.gz) = …`.
pub(super) fn is_of_file(before: &[u8], after: &[u8]) -> bool {
    after.starts_with(b") = ") && before.strip_suffix(b" (").is_some_and(is_announced)
}

/// The words of a name in lower case, cut at signs and at capitals; digits belong to the word before them.
fn words(name: &[u8]) -> Vec<Vec<u8>> {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut last = b'_';
    for &byte in name {
        let starts = !last.is_ascii_alphanumeric() || byte.is_ascii_uppercase() && last.is_ascii_lowercase();
        if byte.is_ascii_alphanumeric() {
            match words.last_mut().filter(|_| !starts) {
                Some(word) => word.push(byte.to_ascii_lowercase()),
                None => words.push(vec![byte.to_ascii_lowercase()]),
            }
        }
        last = byte;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{is_announced, is_of_file};

    #[test]
    fn a_list_of_checksums_names_files() {
        assert!(is_of_file(b"SHA256 (", b") = 0a"));
        assert!(!is_of_file(b"connect(", b") = 0a") && !is_of_file(b"SHA256 (", b", 0a"));
    }

    #[test]
    fn hashes_are_announced() {
        for before in [
            "github.com/akamai/AkamaiOPEN-edgegrid-golang/v13 v13.2.0 h1:",
            "\"integrity\": \"sha512-",
            "image: registry.acme.io/app@sha256:",
            "datadog_sha256 = \"",
            "heroku: { \"fileHash\": \"",
            "commit_id: ",
            "asana commit ",
            "url(data:font/woff2;base64,",
            "https://github.com/heroku/x/blob/",
            "md5sum=",
            "# checkout: ada/checkout@v6 = ",
        ] {
            assert!(is_announced(before.as_bytes()), "{before}");
        }
    }

    #[test]
    fn names_that_only_hold_such_a_word_announce_nothing() {
        for before in [
            "HASHICORP_TOKEN=",
            "hashnode_token: \"",
            "HASH_KEY = '",
            "commitSecret: \"",
            "integrity_api_key=",
            "const shaKey = \"",
            "",
            "token: ",
        ] {
            assert!(!is_announced(before.as_bytes()), "{before}");
        }
    }
}
