//! E-mail: messages and mailboxes, their parts decoded.
//!
//! Parts that stand there as they are found in the file's own bytes; only encoded ones become members.

use bstr::{BStr, BString, ByteSlice};
use data_encoding::BASE64;

use super::walk::Walk;
use crate::model::NoticeKind;

/// How far headers are looked for.
const HEAD: usize = 16 << 10;

/// Parts in parts.
const DEPTH: usize = 16;

/// Says whether `bytes` begin with the headers of a message that says how it is encoded.
pub(super) fn is_mail(bytes: &[u8]) -> bool {
    let first = bytes[..bytes.len().min(80)].split(|&byte| byte == b':' || byte == b'\n').next().unwrap_or_default();
    let is_field = !first.is_empty() && first.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !(bytes.starts_with(b"From ") || is_field && bytes.get(first.len()) == Some(&b':')) {
        return false;
    }
    let head = &bytes[..bytes.len().min(HEAD)];
    let (headers, _) = split_headers(head);
    let has = |name| field(headers, name).is_some();
    has("mime-version") || has("content-transfer-encoding") && has("content-type")
}

pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    let mut messages = 0;
    let mut rest = bytes;
    while !rest.is_empty() && !walk.is_stopped() {
        // A line that begins so starts the next message of a mailbox.
        let end = if bytes.starts_with(b"From ") { rest.find(b"\nFrom ").map(|at| at + 1) } else { None };
        let (message, tail) = rest.split_at(end.unwrap_or(rest.len()));
        messages += 1;
        let mut parts = Parts { walk, count: 0, prefix: if end.is_some() || messages > 1 { messages } else { 0 } };
        parts.part(message, 0);
        rest = tail;
    }
}

struct Parts<'a, 'b> {
    walk: &'a mut Walk<'b>,
    count: usize,
    /// Number of the message in its mailbox.
    prefix: usize,
}

impl Parts<'_, '_> {
    fn part(&mut self, bytes: &[u8], depth: usize) {
        self.count += 1;
        let (headers, body) = split_headers(bytes);
        let kind = field(headers, "content-type").unwrap_or_default();
        if depth >= DEPTH {
            self.walk.notice(NoticeKind::Limit, "has parts in parts that were not looked into");
            return;
        }
        if kind.to_ascii_lowercase().starts_with(b"multipart/")
            && let Some(boundary) = parameter(kind.as_bstr(), "boundary")
        {
            for part in split_parts(body, &boundary) {
                if self.walk.is_stopped() {
                    return;
                }
                self.part(part, depth + 1);
            }
            return;
        }
        let encoding = field(headers, "content-transfer-encoding").unwrap_or_default();
        let decoded = match encoding.trim_ascii().to_ascii_lowercase().as_slice() {
            b"base64" => base64(body),
            b"quoted-printable" => quoted_printable(body),
            b"x-uuencode" | b"uuencode" | b"x-uue" => uuencoded(body),
            _ => None,
        };
        if kind.to_ascii_lowercase().starts_with(b"message/rfc822") {
            return self.part(decoded.as_deref().unwrap_or(body), depth + 1);
        }
        if let Some(content) = decoded {
            let disposition = field(headers, "content-disposition").unwrap_or_default();
            let name = parameter(disposition.as_bstr(), "filename").or_else(|| parameter(kind.as_bstr(), "name"));
            let mut name = name.unwrap_or_else(|| BString::from(format!("part {}", self.count)));
            if self.prefix > 0 {
                name = BString::from(format!("{}/{name}", self.prefix));
            }
            self.walk.made(name, &content);
        }
    }
}

/// The headers with their last line break, and the body.
fn split_headers(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    for line in bytes.lines_with_terminator() {
        if matches!(line, b"\n" | b"\r\n") {
            return (&bytes[..at], &bytes[at + line.len()..]);
        }
        at += line.len();
    }
    (bytes, &[])
}

/// The value of a header, its continued lines joined.
fn field(headers: &[u8], name: &str) -> Option<BString> {
    let mut value: Option<BString> = None;
    for line in headers.lines() {
        if let Some(value) = &mut value {
            if !line.starts_with(b" ") && !line.starts_with(b"\t") {
                break;
            }
            value.push(b' ');
            value.extend_from_slice(line.trim_ascii());
        } else if line.len() > name.len()
            && line[name.len()] == b':'
            && line[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        {
            value = Some(line[name.len() + 1..].trim_ascii().into());
        }
    }
    value
}

/// The value of `name=value` in a header, also `name*=utf-8''value` and in pieces `name*0=…; name*1=…`.
fn parameter(header: &BStr, name: &str) -> Option<BString> {
    let mut whole = BString::default();
    let mut rest = header.find_byte(b';').map_or(&[][..], |at| &header[at + 1..]);
    let mut is_found = false;
    while !rest.is_empty() {
        let (key, tail) = rest.split_once_str("=")?;
        let tail = tail.trim_ascii_start();
        let (value, after) = match tail.strip_prefix(b"\"") {
            Some(quoted) => quoted.split_once_str("\"").unwrap_or((quoted, &[])),
            None => tail.split_at(tail.find_byte(b';').unwrap_or(tail.len())),
        };
        rest = after.find_byte(b';').map_or(&[][..], |at| &after[at + 1..]);
        let key = key.trim_ascii();
        let stem = key.split(|&byte| byte == b'*').next().unwrap_or_default();
        if stem.eq_ignore_ascii_case(name.as_bytes()) {
            let value =
                if key.ends_with(b"*") { value.rsplit_once_str("''").map_or(value, |(_, value)| value) } else { value };
            whole.extend_from_slice(value.trim_ascii());
            is_found = true;
        }
    }
    is_found.then_some(whole)
}

/// The parts between the lines that are `--boundary`.
fn split_parts<'a>(body: &'a [u8], boundary: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut starts: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    for line in body.lines_with_terminator() {
        if let Some(rest) = line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary)) {
            starts.push((at, at + line.len()));
            if rest.starts_with(b"--") {
                break;
            }
        }
        at += line.len();
    }
    // The last part may lack its closing line.
    let end = if at < body.len() { None } else { Some((body.len(), body.len())) };
    starts.extend(end);
    (1..starts.len()).map(move |index| &body[starts[index - 1].1..starts[index].0])
}

/// Lenient: what is no base64 is passed over, as mail programs do.
fn base64(body: &[u8]) -> Option<Vec<u8>> {
    let mut clean: Vec<u8> =
        body.iter().copied().filter(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')).collect();
    clean.truncate(clean.len() - usize::from(clean.len() % 4 == 1));
    // The unused bits of the last group may be anything.
    let tail = clean.len() % 4;
    if tail > 0 {
        clean.resize(clean.len() + 4 - tail, b'A');
    }
    let mut bytes = BASE64.decode(&clean).ok()?;
    if tail > 0 {
        bytes.truncate(bytes.len() - (4 - tail));
    }
    Some(bytes)
}

fn quoted_printable(body: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find_byte(b'=') {
        text.extend_from_slice(&rest[..at]);
        let tail = &rest[at + 1..];
        let hex = tail.get(..2).and_then(|digits| data_encoding::HEXLOWER_PERMISSIVE.decode(digits).ok());
        let line = tail.find_byte(b'\n').filter(|&len| tail[..len].trim_ascii().is_empty());
        rest = match (hex, line) {
            (Some(byte), _) => {
                text.extend_from_slice(&byte);
                &tail[2..]
            }
            (None, Some(len)) => &tail[len + 1..],
            (None, None) => {
                text.push(b'=');
                tail
            }
        };
    }
    text.extend_from_slice(rest);
    Some(text)
}

/// Lines of a length and groups of four characters, between `begin` and `end`.
fn uuencoded(body: &[u8]) -> Option<Vec<u8>> {
    let mut lines = body.lines().skip_while(|line| !line.starts_with(b"begin "));
    lines.next()?;
    let mut bytes = Vec::new();
    for line in lines.take_while(|line| *line != b"end") {
        let Some((&len, groups)) = line.split_first() else { continue };
        let start = bytes.len();
        for group in groups.chunks(4) {
            let bits = group.iter().fold(0, |bits, &byte| bits << 6 | u32::from(byte.wrapping_sub(b' ') & 0x3f));
            bytes.extend_from_slice(&(bits << (6 * (4 - group.len()))).to_be_bytes()[1..]);
        }
        bytes.truncate(start + usize::from(len.wrapping_sub(b' ') & 0x3f).min(bytes.len() - start));
    }
    Some(bytes)
}
