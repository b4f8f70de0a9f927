//! Passwords of routers and switches: Cisco's reversible type 7 and its hashes, SNMP communities, shared keys.
//!
//! A type 7 value proves itself: its first two digits say where in a public table the text begins. It must never believe
//! the words of a manual.

use super::{Sight, belief, find};
use crate::model::{Confidence, Span};
use crate::text::{Proof, base64, entropy, placeholder, validate::Validator};

const PASSWORD: &str = "network-device-password";
const COMMUNITY: &str = "network-device-snmp-community";

/// The table of type 7, as every router holds it.
const TABLE: &[u8] = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87";

/// `password 7 …`, `key 7 …`.
pub(super) fn reversible(sight: &mut Sight<'_>) {
    let value = word(sight, sight.end);
    if is_type_7(value.of(sight.text)) {
        sight.report(PASSWORD, value, Confidence::High, &["stands behind the mark of type 7", "decodes to a text"]);
    }
}

/// `secret 5 $1$…`, `secret 8 $8$…`, `secret 9 $9$…`.
pub(super) fn hashed(sight: &mut Sight<'_>) {
    let value = word(sight, sight.end);
    let text = value.of(sight.text);
    let is_newer = matches!(text, [b'$', b'8' | b'9', b'$', ..])
        && text.split(|&byte| byte == b'$').map(<[u8]>::len).eq([0, 1, 14, 43]);
    let is_sha = text.len() == 43 && sight.text[sight.hit..sight.end].ends_with(b"4 ");
    if is_newer || is_sha || Validator::Crypt.check(text) == Proof::Passed {
        let why = "is a hash in the configuration of a network device";
        sight.report(PASSWORD, value, Confidence::Medium, &[why]);
    }
}

/// `snmp-server community …`, `rocommunity …`.
pub(super) fn community(sight: &mut Sight<'_>) {
    let mut start = sight.skip_blanks(sight.end);
    if matches!(sight.byte(start), b'0' | b'8') && sight.byte(start + 1) == b' ' {
        start += 2;
    }
    let value = word(sight, start);
    let text = value.of(sight.text);
    let is_public = text.eq_ignore_ascii_case(b"public") || text.eq_ignore_ascii_case(b"private") || text.len() < 5;
    if !is_public && starts_line(sight) && is_given(text) {
        sight.report(COMMUNITY, value, Confidence::Medium, &["is the community that a device answers to"]);
    }
}

/// `snmp-server user NAME GROUP v3 auth sha … priv aes 128 …`, `createUser NAME SHA "…" AES "…"`.
pub(super) fn user(sight: &mut Sight<'_>) {
    const METHODS: &[&[u8]] = &[
        b"md5", b"sha", b"sha-224", b"sha-256", b"sha-384", b"sha-512", b"des", b"3des", b"aes", b"aes128", b"aes256",
    ];
    let line = sight.line(sight.hit);
    let mut at = sight.end;
    let mut announced = false;
    for _ in 0..16 {
        let value = word(sight, at);
        if value.is_empty() || value.end > line.end {
            return;
        }
        let text = value.of(sight.text);
        let is_size = matches!(text, b"128" | b"192" | b"256");
        if announced && !is_size && is_given(text) {
            if let Some((confidence, why)) = belief::of(text) {
                let confidence = confidence.min(Confidence::Medium);
                sight.report(PASSWORD, value, confidence, &["is what an SNMP user proves itself with", why]);
            }
            announced = false;
        } else {
            announced = METHODS.iter().any(|method| text.eq_ignore_ascii_case(method)) || announced && is_size;
        }
        at = value.end;
    }
}

/// `radius-server key …`, `crypto isakmp key …`, `password 0 …`, `pre-shared-key ascii-text "…"`.
pub(super) fn shared(sight: &mut Sight<'_>) {
    let mut start = sight.skip_blanks(sight.end);
    if matches!(sight.byte(start), b'0' | b'6' | b'7') && sight.byte(start + 1) == b' ' {
        start += 2;
    }
    let mut value = word(sight, start);
    if matches!(value.of(sight.text), b"--plaintext" | b"--iscrypted") {
        value = word(sight, value.end);
    }
    let text = value.of(sight.text);
    if is_juniper(text) || is_type_7(text) {
        sight.report(PASSWORD, value, Confidence::High, &["is obscured as network devices do, and can be read back"]);
    } else if is_given(text)
        && let Some((confidence, why)) = belief::of(text)
    {
        let confidence = confidence.min(Confidence::Medium);
        sight.report(PASSWORD, value, confidence, &["is a key that a network device shares", why]);
    }
}

/// `enable password …`, `pre-shared-key …`, `set password ENC …`, and the answers of an installer.
pub(super) fn given(sight: &mut Sight<'_>) {
    const KINDS: &[&[u8]] =
        &[b"0", b"5", b"6", b"7", b"8", b"9", b"ENC", b"hex", b"ascii-text", b"local", b"remote", b"cipher", b"simple"];
    let is_junipers = sight.text[sight.hit..sight.end].ends_with(b"\"$9$");
    let mut value = word(sight, if is_junipers { sight.end - 3 } else { sight.end });
    let is_encoded = value.of(sight.text) == b"ENC" || sight.text[sight.hit..sight.end].ends_with(b"enc ");
    if KINDS.contains(&value.of(sight.text)) {
        value = word(sight, value.end);
    }
    let text = value.of(sight.text);
    if is_encoded && text.len() >= 24 && base64::decode(text).is_some() && entropy::is_normal(text) {
        let why = "is encoded as network devices do, with a key that they share";
        return sight.report(PASSWORD, value, Confidence::Medium, &[why]);
    }
    // `passwd mac2ip {`: the name of a block.
    if sight.byte(sight.skip_blanks(value.end)) == b'{' {
        return;
    }
    set(sight, value);
}

/// `radius-server host … key …`, `neighbor … password …`, `username … secret …`: the word after one that announces it.
pub(super) fn later(sight: &mut Sight<'_>) {
    let line = sight.line(sight.end - 1);
    if sight.is_cut(line) || line.len() > 200 {
        return;
    }
    let is_community = sight.text[sight.hit..sight.end].eq_ignore_ascii_case(b"com2sec ");
    let is_chap = sight.text[sight.hit..sight.end].eq_ignore_ascii_case(b"chap password ");
    let mut at = if is_chap { sight.end - b"password ".len() } else { sight.end };
    let mut announced = false;
    for place in 0..16 {
        let value = word(sight, at);
        let text = value.of(sight.text);
        if value.is_empty() || value.end > line.end {
            return;
        }
        let is_kind = matches!(text, [b'0'..=b'9']) || text == b"encrypted";
        if announced && !is_kind {
            return set(sight, value);
        }
        announced = announced && is_kind
            || [&b"key"[..], b"password", b"secret", b"md5"].iter().any(|name| text.eq_ignore_ascii_case(name))
            || is_community && place == 1;
        at = value.end;
    }
}

/// ` password …` below `line vty …`.
pub(super) fn vty(sight: &mut Sight<'_>) {
    let before = &sight.text[sight.hit.saturating_sub(120)..=sight.hit];
    let head = find(before, b"\nline ").or(before.starts_with(b"line ").then_some(0));
    if head.is_some_and(|at| !before[at + 1..].contains(&b'{')) {
        let mut value = word(sight, sight.end);
        if matches!(value.of(sight.text), [b'0' | b'7']) {
            value = word(sight, value.end);
        }
        set(sight, value);
    }
}

/// Reports what a device is given, if no manual has it.
fn set(sight: &mut Sight<'_>, value: Span) {
    let text = value.of(sight.text);
    if is_juniper(text) || is_type_7(text) {
        sight.report(PASSWORD, value, Confidence::High, &["is obscured as network devices do, and can be read back"]);
    } else if Validator::Crypt.check(text) == Proof::Passed {
        sight.report(PASSWORD, value, Confidence::Medium, &["is a hash in the configuration of a network device"]);
    } else if is_given(text)
        && let Some((confidence, why)) = belief::of(text)
        && confidence >= Confidence::Medium
    {
        let why = ["is a password or key of a network device or a new system", why];
        sight.report(PASSWORD, value, Confidence::Medium, &why);
    }
}

/// The notation that Juniper's devices read back.
fn is_juniper(text: &[u8]) -> bool {
    text.strip_prefix(b"$9$").is_some_and(|rest| {
        rest.len() >= 9 && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"./-".contains(byte))
    })
}

fn word(sight: &Sight<'_>, at: usize) -> Span {
    let start = sight.run(at, |byte| matches!(byte, b' ' | b'\t' | b'"' | b'\''));
    Span::new(start, sight.run(start, |byte| byte > b' ' && byte < 0x7f && !b"\"',;|<>(){}\\".contains(&byte)))
}

/// Whether nothing but a prompt or a prefix stands before the literal on its line.
fn starts_line(sight: &Sight<'_>) -> bool {
    let before = &sight.text[sight.line(sight.hit).start..sight.hit];
    before.len() <= 40 && find(before, b"#   ").is_none() && !before.contains(&b'*')
}

fn is_given(text: &[u8]) -> bool {
    text.len() >= 5
        && text.len() <= 100
        && !text.starts_with(b"$")
        && !text.contains(&b'=')
        && !placeholder::is_placeholder(text)
        && !placeholder::is_reference(text)
}

/// Whether a text stands behind the digits: the offset into the table, then each of its bytes.
fn is_type_7(value: &[u8]) -> bool {
    let [tens, ones, rest @ ..] = value else { return false };
    let (Some(tens), Some(ones)) = (digit(*tens), digit(*ones)) else { return false };
    let offset = usize::from(tens) * 10 + usize::from(ones);
    if tens > 9 || ones > 9 || offset > 15 || rest.len() < 8 || rest.len() % 2 == 1 || rest.len() > 128 {
        return false;
    }
    rest.chunks(2).enumerate().all(|(at, pair)| match (digit(pair[0]), digit(pair[1])) {
        (Some(high), Some(low)) => {
            let byte = (high << 4 | low) ^ TABLE[(offset + at) % TABLE.len()];
            (0x21..0x7f).contains(&byte)
        }
        _ => false,
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::{TABLE, is_type_7};

    /// Writes a text as type 7 does.
    fn obscured(text: &str, offset: usize) -> String {
        let bytes = text.bytes().enumerate();
        let hex = bytes.map(|(at, byte)| format!("{:02X}", byte ^ TABLE[(offset + at) % TABLE.len()]));
        format!("{offset:02}{}", hex.collect::<String>())
    }

    #[test]
    fn type_7_is_read_back() {
        for offset in 0..16 {
            assert!(is_type_7(obscured("Copper.Lantern81", offset).as_bytes()), "{offset}");
        }
        for other in ["secret", "16AABBCCDD", "0822455D0A1", "08FFFFFFFFFF", "08", ""] {
            assert!(!is_type_7(other.as_bytes()), "{other}");
        }
    }
}
