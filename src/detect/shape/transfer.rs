//! Passwords in the settings of tools that move files: FileZilla, sftp extensions of editors, JetBrains deployment, Dreamweaver,
//! Maven's servers, Tomcat's users.

use super::{Sight, belief, find};
use crate::model::Span;
use crate::text::base64;

const RULE: &str = "file-transfer-password";

/// `<Pass encoding="base64">…</Pass>` or `<Pass>…</Pass>` beside a host.
pub(super) fn filezilla(sight: &mut Sight<'_>) {
    let Some(close) = memchr::memchr(b'>', &sight.text[sight.hit..]).map(|length| sight.hit + length) else { return };
    let tag = &sight.text[sight.hit..close];
    let end = sight.run(close + 1, |byte| !matches!(byte, b'<' | b'\n'));
    let span = Span::new(close + 1, end);
    let is_site = find(sight.text, b"<host>").is_some() || find(sight.text, b"<user>").is_some();
    if !sight.text[end..].starts_with(b"</") || !is_site || find(tag, b"crypt").is_some() {
        return;
    }
    let announcement = "is the password of a site in FileZilla's settings";
    if find(tag, b"base64").is_none() {
        return sight.report_password(RULE, span, announcement);
    }
    let Some(decoded) = base64::decode(span.of(sight.text)) else { return };
    if let Some((confidence, why)) = belief::of(&decoded) {
        sight.report_decoded(RULE, span, Some(decoded), confidence, &[announcement, why]);
    }
}

/// `"password": "…"` beside the keys of an editor's upload settings.
pub(super) fn sftp(sight: &mut Sight<'_>) {
    for (at, _) in sight
        .text
        .windows(10)
        .enumerate()
        .filter(|(_, window)| window.eq_ignore_ascii_case(b"\"password\""))
        .collect::<Vec<_>>()
    {
        let colon = sight.skip_blanks(at + 10);
        let open = sight.skip_blanks(colon + 1);
        if sight.byte(colon) != b':' || sight.byte(open) != b'"' {
            continue;
        }
        let end = sight.run(open + 1, |byte| !matches!(byte, b'"' | b'\n'));
        if sight.byte(end) == b'"' && find(sight.text, b"\"host\"").is_some() {
            sight.report_password(
                RULE,
                Span::new(open + 1, end),
                "stands beside the host and the remote path of an upload",
            );
        }
    }
}

/// `password="…"` of JetBrains: every character in four hexadecimal digits, each XORed with the same number.
pub(super) fn jetbrains(sight: &mut Sight<'_>) {
    let close = sight.run(sight.end, |byte| byte != b'>');
    let Some(at) = find(&sight.text[sight.end..close], b" password=\"").map(|length| sight.end + length + 11) else {
        return;
    };
    let end = sight.run(at, |byte| byte.is_ascii_hexdigit());
    let span = Span::new(at, end);
    if sight.byte(end) != b'"' || span.len() < 16 || !span.len().is_multiple_of(4) {
        return;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0);
    let units = span
        .of(sight.text)
        .chunks_exact(4)
        .map(|four| four.iter().fold(0, |sum, &byte| sum << 4 | digit(byte)) ^ 0xdfaa);
    let decoded: Option<Vec<u8>> =
        units.map(|unit| u8::try_from(unit).ok().filter(|byte| (0x20..0x7f).contains(byte))).collect();
    let Some(decoded) = decoded else { return };
    if let Some((confidence, why)) = belief::of(&decoded) {
        let announcement = "is the reversibly encoded password of a deployment server";
        sight.report_decoded(RULE, span, Some(decoded), confidence, &[announcement, why]);
    }
}

/// `<remoteinfo … pw="…"/>` of Dreamweaver: every character in two hexadecimal digits, plus its place.
pub(super) fn dreamweaver(sight: &mut Sight<'_>) {
    let close = sight.run(sight.end, |byte| byte != b'>');
    let Some(at) = find(&sight.text[sight.end..close], b" pw=\"").map(|length| sight.end + length + 5) else { return };
    let span = Span::new(at, sight.run(at, |byte| byte.is_ascii_hexdigit()));
    if sight.byte(span.end) != b'"' {
        return;
    }
    let Ok(bytes) = data_encoding::HEXUPPER_PERMISSIVE.decode(span.of(sight.text)) else { return };
    let decoded: Option<Vec<u8>> = bytes
        .iter()
        .enumerate()
        .map(|(place, byte)| {
            let character = usize::from(*byte).checked_sub(place)?;
            u8::try_from(character).ok().filter(|byte| (0x20..0x7f).contains(byte))
        })
        .collect();
    let Some(decoded) = decoded else { return };
    if let Some((confidence, why)) = belief::of(&decoded) {
        let announcement = "is the reversibly encoded password of a site in Dreamweaver's settings";
        sight.report_decoded(RULE, span, Some(decoded), confidence, &[announcement, why]);
    }
}

/// `<server><id>…</id><username>…</username><password>…</password></server>` of Maven's settings.
pub(super) fn server(sight: &mut Sight<'_>) {
    let rest = &sight.text[sight.end..];
    let rest = &rest[..find(rest, b"</server>").unwrap_or(rest.len())];
    let Some(open) = find(rest, b"<password>").filter(|_| find(rest, b"<username>").is_some()) else { return };
    let start = sight.end + open + 10;
    let end = sight.run(start, |byte| !matches!(byte, b'<' | b'\n'));
    if sight.byte(end) == b'<' {
        sight.report_password(
            "maven-server-password",
            Span::new(start, end),
            "is the password of a server in Maven's settings",
        );
    }
}

/// `<user username="…" password="…" roles="…"/>` of `tomcat-users.xml`.
pub(super) fn tomcat(sight: &mut Sight<'_>) {
    let Some(open) = memchr::memrchr(b'<', &sight.text[..sight.hit]) else { return };
    let close = sight.run(open, |byte| byte != b'>');
    let tag = &sight.text[open..close];
    let is_user = tag.len() > 5 && tag[..5].eq_ignore_ascii_case(b"<user") && find(tag, b"name=\"").is_some();
    let Some(at) = find(tag, b" password=\"").filter(|_| is_user).map(|length| open + length + 11) else { return };
    let end = sight.run(at, |byte| !matches!(byte, b'"' | b'\n'));
    sight.report_password("tomcat-user-password", Span::new(at, end), "is the password of a user with roles");
}
