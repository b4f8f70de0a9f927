//! Private keys in PEM, OpenSSH and PGP armor: does the body hold what the label promises?
//!
//! Keys stand in source code in many dresses (escaped line breaks, one quoted string per line, a YAML block, a comment);
//! all of them are taken off first. Truncated, elided and empty bodies are no key.

use super::der::{self, INTEGER, OCTETS, OID, SEQUENCE};
use crate::text::checksum::arithmetic::crc24;
use crate::text::random::{self, Random};
use crate::text::{Proof, base64};

/// What an armored key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pem {
    /// The label: `RSA PRIVATE KEY`.
    pub label: String,
    /// Whether a passphrase protects it.
    pub encrypted: bool,
}

impl Pem {
    /// Reads the first armored block of `value`, if its body is what its label says.
    pub fn read(value: &[u8]) -> Option<Self> {
        let text = plain_lines(value);
        let (_, rest) = text.split_once("-----BEGIN ")?;
        let (label, rest) = rest.split_once("-----")?;
        let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
        let mut headers = Vec::new();
        let mut armor = String::new();
        let mut check = None;
        for line in body.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if line.contains(':') {
                headers.push(line);
            } else if label.starts_with("PGP") && line.len() == 5 && line.starts_with('=') {
                check = Some(&line[1..]);
            } else {
                armor.push_str(line);
            }
        }
        let bytes = base64::decode(armor.as_bytes()).filter(|bytes| bytes.len() >= 16)?;
        let sealed = headers.iter().any(|line| line.starts_with("Proc-Type:") && line.contains("ENCRYPTED"));
        let encrypted =
            if sealed { bytes.len().is_multiple_of(8).then_some(true)? } else { shape(label, &bytes, check)? };
        Some(Self { label: label.to_owned(), encrypted })
    }
}

/// Says whether the body of `label` is protected; none when it is not such a body.
fn shape(label: &str, bytes: &[u8], check: Option<&str>) -> Option<bool> {
    if let "OPENSSH PRIVATE KEY" = label {
        return openssh(bytes);
    }
    if label.starts_with("PGP PRIVATE KEY") {
        return pgp(bytes, check);
    }
    if label.starts_with("SSH2 ENCRYPTED PRIVATE KEY") {
        return bytes.starts_with(&[0x3f, 0x6f, 0xf9, 0xeb]).then_some(true);
    }
    let tags = der::tags(der::whole_sequence(bytes)?)?;
    let holds = match label {
        "RSA PRIVATE KEY" => tags.len() >= 9 && tags[..9].iter().all(|&tag| tag == INTEGER),
        "DSA PRIVATE KEY" => tags == [INTEGER; 6],
        "EC PRIVATE KEY" => tags.starts_with(&[INTEGER, OCTETS]),
        "PRIVATE KEY" => tags.starts_with(&[INTEGER, SEQUENCE, OCTETS]),
        "ENCRYPTED PRIVATE KEY" => tags == [SEQUENCE, OCTETS],
        _ => tags.len() >= 2,
    };
    holds.then_some(label.starts_with("ENCRYPTED"))
}

/// OpenSSH's own format (PROTOCOL.key): magic, cipher, key derivation, and length-prefixed keys that fill the body.
fn openssh(bytes: &[u8]) -> Option<bool> {
    let rest = bytes.strip_prefix(b"openssh-key-v1\0")?;
    let (cipher, rest) = ssh_string(rest)?;
    let (_derivation, rest) = ssh_string(rest)?;
    let (_options, rest) = ssh_string(rest)?;
    let (count, mut rest) = rest.split_first_chunk::<4>()?;
    for _ in 0..u32::from_be_bytes(*count).min(64) {
        rest = ssh_string(rest)?.1;
    }
    let (keys, rest) = ssh_string(rest)?;
    let named = !cipher.is_empty() && cipher.iter().all(u8::is_ascii_graphic);
    // An authenticated cipher's tag may follow.
    (named && !keys.is_empty() && rest.len() <= 16).then_some(cipher != b"none")
}

fn ssh_string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}

/// OpenPGP (RFC 9580): a secret key packet first, and the armor's checksum where it has one.
fn pgp(bytes: &[u8], check: Option<&str>) -> Option<bool> {
    let tag = match *bytes.first()? {
        new @ 0xc0.. => new & 0x3f,
        old @ 0x80.. => old >> 2 & 0x0f,
        _ => return None,
    };
    let sum = check.map(|check| base64::decode(check.as_bytes()));
    let agrees = sum.is_none_or(|sum| sum.is_some_and(|sum| sum[..] == crc24(bytes).to_be_bytes()[1..]));
    // Whether a passphrase protects it stands behind the public half, whose length depends on the algorithm.
    (matches!(tag, 5 | 7) && agrees).then_some(false)
}

/// Undoes what source code does to a text of several lines.
fn plain_lines(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let text = text.replace("\\r", "").replace("\\\\n", "\n").replace("\\n", "\n").replace("\\/", "/");
    let mut plain = String::with_capacity(text.len());
    // A line of base64 may itself begin with two slashes: where the last line is no comment, none is.
    let marks = ['#', '*', '>', '|', ' ', '\t'];
    let is_commented = text
        .trim_end()
        .rsplit(['\n', '\r'])
        .next()
        .is_some_and(|last| last.trim_start_matches(marks).starts_with("//"));
    for line in text.split(['\n', '\r']) {
        let mut line = line.trim();
        if let Some(at) = line.find("-----BEGIN ") {
            line = &line[at..];
        }
        let quote = |character: char| matches!(character, '"' | '\'' | '`');
        // `"…" +`, `'…',`, `"…" \`: what stands between the outermost quotes.
        if let (Some(first), Some(last)) = (line.find(quote), line.rfind(quote)) {
            line = if first == last {
                if first * 2 < line.len() { &line[first + 1..] } else { &line[..first] }
            } else {
                &line[first + 1..last]
            };
        }
        line = line.trim_start_matches(marks);
        if is_commented {
            line = line.trim_start_matches("//");
        }
        let line = line.trim_end_matches(['\\', ' ', ',', ';']).trim();
        // What joins two strings is no part of either.
        if !line.bytes().all(|byte| matches!(byte, b'+' | b'.' | b'&')) {
            plain.push_str(line);
        }
        plain.push('\n');
    }
    plain
}

pub(super) fn check(value: &[u8]) -> Proof {
    Proof::of(Pem::read(value).is_some())
}

/// A block of the right structure around random numbers; `label` is what stands after `BEGIN`.
pub(super) fn generate(label: &str, random: &mut Random<'_>) -> String {
    let label = if label.is_empty() { "PRIVATE KEY" } else { label };
    let mut integer = |count: usize| {
        let mut content = random::bytes(random, count);
        content[0] = content[0] & 0x7f | 0x40;
        der::write(INTEGER, &content)
    };
    let sequence = |parts: &[Vec<u8>]| der::write(SEQUENCE, &parts.concat());
    let zero = der::write(INTEGER, &[0]);
    let ed25519 = sequence(&[der::write(OID, &[0x2b, 0x65, 0x70])]);
    let bytes = match label {
        "RSA PRIVATE KEY" => {
            let exponent = der::write(INTEGER, &[1, 0, 1]);
            let mut parts = vec![zero, integer(256), exponent, integer(256)];
            parts.extend((0..5).map(|_| integer(128)));
            sequence(&parts)
        }
        "DSA PRIVATE KEY" => sequence(&[zero, integer(128), integer(20), integer(128), integer(128), integer(20)]),
        "EC PRIVATE KEY" => {
            let curve = der::write(OID, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
            let key = der::write(OCTETS, &random::bytes(random, 32));
            sequence(&[der::write(INTEGER, &[1]), key, der::write(0xa0, &curve)])
        }
        "ENCRYPTED PRIVATE KEY" => sequence(&[ed25519, der::write(OCTETS, &random::bytes(random, 64))]),
        "OPENSSH PRIVATE KEY" => openssh_key(random),
        _ if label.starts_with("PGP PRIVATE KEY") => {
            let mut packet = vec![0xc5, 0x5e, 0x04];
            packet.extend(random::bytes(random, 93));
            packet
        }
        _ if label.starts_with("SSH2 ENCRYPTED") => [vec![0x3f, 0x6f, 0xf9, 0xeb], random::bytes(random, 200)].concat(),
        _ => {
            let key = der::write(OCTETS, &random::bytes(random, 32));
            sequence(&[zero, ed25519, der::write(OCTETS, &key)])
        }
    };
    let armor = data_encoding::BASE64.encode(&bytes);
    let lines: Vec<&str> =
        armor.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
    let check = if label.starts_with("PGP") {
        format!("\n={}", data_encoding::BASE64.encode(&crc24(&bytes).to_be_bytes()[1..]))
    } else {
        String::new()
    };
    let blank = if label.starts_with("PGP") { "\n" } else { "" };
    format!("-----BEGIN {label}-----\n{blank}{}{check}\n-----END {label}-----", lines.join("\n"))
}

fn openssh_key(random: &mut Random<'_>) -> Vec<u8> {
    let string = |content: &[u8]| [&(content.len() as u32).to_be_bytes()[..], content].concat();
    let public = [string(b"ssh-ed25519"), string(&random::bytes(random, 32))].concat();
    let check = random::bytes(random, 4);
    let mut private = [&check[..], &check, &public, &string(&random::bytes(random, 64)), &string(b"me")].concat();
    let padding = (1..).take((8 - private.len() % 8) % 8);
    private.extend(padding);
    let head = [string(b"none"), string(b"none"), string(b""), vec![0, 0, 0, 1]].concat();
    [&b"openssh-key-v1\0"[..], &head, &string(&public), &string(&private)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    const LABELS: &[&str] = &[
        "RSA PRIVATE KEY",
        "DSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
        "SSH2 ENCRYPTED PRIVATE KEY",
    ];

    #[test]
    fn every_label_has_its_own_structure() {
        let keys: Vec<String> = LABELS.iter().map(|label| generate(label, &mut seeded(8))).collect();
        for (key, label) in keys.iter().zip(LABELS) {
            let read = Pem::read(key.as_bytes());
            assert_eq!(read.map(|pem| pem.label).as_deref(), Some(*label));
            for other in LABELS.iter().filter(|other| *other != label) {
                let mislabelled = key.replace(label, other);
                assert_eq!(check(mislabelled.as_bytes()), Proof::Failed, "{label} as {other}");
            }
        }
        assert!(Pem::read(keys[4].as_bytes()).is_some_and(|pem| pem.encrypted));
        assert!(Pem::read(keys[5].as_bytes()).is_some_and(|pem| !pem.encrypted));
    }

    #[test]
    fn every_dress_is_taken_off() {
        let key = generate("RSA PRIVATE KEY", &mut seeded(8));
        let lines = |before: &str, after: &str| {
            key.lines().map(|line| format!("{before}{line}{after}")).collect::<Vec<_>>().join("\n")
        };
        for dressed in [
            key.replace('\n', "\\n"),
            key.replace('\n', "\\\\n"),
            key.replace('\n', "\r\n"),
            key.replace('/', "\\/").replace('\n', "\\r\\n"),
            format!("key = \"{}\"", key.replace('\n', "\\n")),
            lines("    ", ""),
            lines("# ", ""),
            lines("    \"", "\\n\" +"),
            lines("  '", "',"),
            lines("", "\\"),
            lines("// ", ""),
            lines("", "\\n\\"),
        ] {
            assert_eq!(check(dressed.as_bytes()), Proof::Passed, "{dressed}");
        }
    }

    #[test]
    fn truncated_elided_and_empty_bodies_fail() {
        let key = generate("RSA PRIVATE KEY", &mut seeded(8));
        let lines: Vec<&str> = key.lines().collect();
        let without = |range: std::ops::Range<usize>| [&lines[..range.start], &lines[range.end..]].concat().join("\n");
        for broken in [
            without(3..4),
            without(1..lines.len() - 1),
            lines[..lines.len() - 1].join("\n"),
            [lines[0], lines[1], "...", lines[lines.len() - 1]].join("\n"),
            key.replace("RSA PRIVATE KEY", "EC PRIVATE KEY"),
        ] {
            assert_eq!(check(broken.as_bytes()), Proof::Failed, "{broken}");
        }
        let pgp = generate("PGP PRIVATE KEY BLOCK", &mut seeded(8));
        let line = pgp.lines().nth(3).unwrap();
        assert_eq!(check(pgp.replace(line, &line.chars().rev().collect::<String>()).as_bytes()), Proof::Failed);
    }

    #[test]
    fn a_passphrase_in_the_headers_is_seen() {
        let key = generate("EC PRIVATE KEY", &mut seeded(8));
        let body = data_encoding::BASE64.encode(&random::bytes(&mut seeded(1), 128));
        let sealed = format!(
            "{}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n{body}\n{}",
            key.lines().next().unwrap(),
            key.lines().last().unwrap()
        );
        assert!(Pem::read(sealed.as_bytes()).is_some_and(|pem| pem.encrypted));
    }
}
