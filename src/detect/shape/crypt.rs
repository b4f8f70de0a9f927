//! Hashes of passwords: in `/etc/shadow`, in `.htpasswd`, in dumps of tables, alone.
//!
//! A hash can be attacked at leisure; how telling it is depends on where it stands.

use super::Sight;
use crate::model::{Confidence, Span};
use crate::text::validate::Validator;
use crate::text::{Proof, entropy};

pub(super) fn read(sight: &mut Sight<'_>) {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"./$=,+_-{}".contains(&byte);
    let mut start = sight.hit;
    while start < sight.end && matches!(sight.text[start], b':' | b'\'' | b'"' | b'=' | b' ') {
        start += 1;
    }
    let end = sight.run(start, is_inner);
    if start > 0 && is_inner(sight.text[start - 1]) && !matches!(sight.text[start - 1], b'=' | b',') {
        return;
    }
    let mut span = Span::new(start, end);
    while span.len() > 20 && matches!(sight.text[span.end - 1], b',' | b'}' | b'-') {
        span = Span::new(span.start, span.end - 1);
    }
    let value = span.of(sight.text);
    let is_sha1 = value.len() == 33 && value.starts_with(b"{SHA}");
    if !is_sha1 && Validator::Crypt.check(value) != Proof::Passed {
        return;
    }
    let line = sight.line(start);
    let before = &sight.text[line.start..start];
    let after = &sight.text[span.end..line.end];
    let is_user = |bytes: &[u8]| {
        (1..=64).contains(&bytes.len())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._@-$".contains(byte))
    };
    let user = before.strip_suffix(b":").filter(|user| is_user(user));
    if user.is_some() && is_shadow(after) {
        sight.report(
            "shadow-entry",
            span,
            Confidence::High,
            &["is the second of nine fields of a line of /etc/shadow"],
        );
    } else if user.is_some() && after.trim_ascii().is_empty() {
        sight.report(
            "htpasswd-entry",
            span,
            Confidence::Medium,
            &["stands after a user, alone on a line, as in a password file of a web server"],
        );
    } else if user.is_some() && is_account(after) {
        let why = "is the second field of a line of a file of accounts";
        sight.report("password-hash", span, Confidence::Medium, &[why]);
    } else if is_named(before) {
        let why = "is given to a name or an option of a password";
        sight.report("password-hash", span, Confidence::Medium, &[why]);
    } else if is_dumped(sight, start) {
        sight.report("password-hash", span, Confidence::Medium, &["is a value of a row of a database dump"]);
    } else {
        sight.report("password-hash", span, Confidence::Low, &["has the form of a hash of a password"]);
    }
}

/// The hashes of ASP.NET Identity: a mark, a function, a number of rounds and a length of salt before the salt and the
/// hash, 61 bytes in all, in base64.
pub(super) fn identity(sight: &mut Sight<'_>) {
    const LENGTH: usize = 84;
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
    let value = Span::new(sight.hit, sight.run(sight.hit, is_inner));
    let text = value.of(sight.text);
    let begins = sight.hit == 0 || !is_inner(sight.text[sight.hit - 1]) || sight.text[sight.hit - 1] == b'=';
    let is_whole = text.starts_with(b"AQAAAA") && text.len() == LENGTH && text.ends_with(b"==");
    if begins && is_whole && entropy::is_normal(&text[17..82]) {
        let before = &sight.text[sight.line(sight.hit).start..sight.hit];
        let confidence = if is_named(before) { Confidence::Medium } else { Confidence::Low };
        sight.report("password-hash", value, confidence, &["has the form of ASP.NET Identity's hashes"]);
    }
}

/// `:18000:0:99999:7:::`: numbers or nothing between seven colons.
fn is_shadow(after: &[u8]) -> bool {
    let after = after.trim_ascii_end();
    after.iter().filter(|&&byte| byte == b':').count() == 7
        && after.iter().all(|byte| byte.is_ascii_digit() || *byte == b':')
}

/// `:1001:1001:FTP user:/srv/ftp:/bin/false`: two numbers, and a folder behind them.
fn is_account(after: &[u8]) -> bool {
    let fields: Vec<&[u8]> = after.split(|&byte| byte == b':').collect();
    let is_number = |field: &[u8]| !field.is_empty() && field.iter().all(u8::is_ascii_digit);
    matches!(fields[..], [b"", user, group, _, ..] if is_number(user) && is_number(group))
        && fields[4..].iter().any(|field| field.starts_with(b"/"))
}

/// `passwd: `, `password_hash = "`, `rootpw --iscrypted `, `userPassword: `, `<passwordHash>#jbcrypt:`.
fn is_named(before: &[u8]) -> bool {
    let is_tie = |byte: &u8| b" \t:=\"'`>".contains(byte);
    let before = before.strip_suffix(b"#jbcrypt:").unwrap_or(before);
    // An installer's answer: `d-i passwd/user-password-crypted password …`.
    if before.ends_with(b"-crypted password ") {
        return true;
    }
    let end = before.iter().rposition(|byte| !is_tie(byte)).map_or(0, |at| at + 1);
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    // A quoted name is one of code, where hashes are samples.
    if before[end..].starts_with(b"\"") || before[end..].starts_with(b"'") {
        return false;
    }
    let start = before[..end].iter().rposition(|byte| !is_name(byte)).map_or(0, |at| at + 1);
    let name = before[start..end].to_ascii_lowercase();
    let first = before[..start].trim_ascii_start();
    // A call or a comparison in code says less.
    let is_setting = end < before.len() && !first.iter().any(|byte| b"(;#/$\"'".contains(byte));
    let ends = [
        &b"password"[..],
        b"passwd",
        b"rootpw",
        b"password_hash",
        b"password-hash",
        b"passwordhash",
        b"encrypted_password",
        b"hashed_password",
        b"encrypted-password",
        b"password-crypted",
        b"--iscrypted",
        b"olcrootpw",
        b"crypt-password",
    ];
    is_setting && ends.iter().any(|known| name.ends_with(known))
}

/// Whether an `INSERT` or a `COPY` stands before, or the line is one of a tab-separated dump.
fn is_dumped(sight: &Sight<'_>, at: usize) -> bool {
    let before = &sight.text[at.saturating_sub(400)..at];
    let statement = before.iter().rposition(|&byte| byte == b';').map_or(before, |at| &before[at..]);
    let line = sight.line(at).of(sight.text);
    let is_row = super::find(statement, b"insert into").is_some() && super::find(statement, b"values").is_some();
    let is_copied = super::find(before, b"copy ").is_some() && super::find(before, b"from stdin").is_some();
    is_row || is_copied || line.iter().filter(|&&byte| byte == b'\t').count() >= 3 && !line.starts_with(b"\t")
}
