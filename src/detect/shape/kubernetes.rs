//! The values of a Kubernetes `Secret`: base64 under `data`, plain under `stringData`.

use super::{Sight, belief};
use crate::model::Span;
use crate::text::base64;

/// Keys whose values are no secret.
const OPEN: &[&[u8]] = &[
    b"user",
    b"username",
    b"name",
    b"host",
    b"hostname",
    b"port",
    b"database",
    b"dbname",
    b"db",
    b"email",
    b"url",
    b"ca",
    b"crt",
    b"cert",
    b"endpoint",
    b"region",
    b"namespace",
    b"ca.crt",
    b"tls.crt",
    b"type",
    b"client_id",
    b"clientid",
    b"client-id",
    b"version",
    b"domain",
    b"server",
    b"mode",
    b"enabled",
    b"bucket",
    b"path",
];

pub(super) fn read(sight: &mut Sight<'_>) {
    let line = sight.line(sight.hit);
    let is_json = sight.byte(sight.hit) == b'"';
    if is_json {
        return json(sight);
    }
    let rest = sight.text[sight.end..line.end].trim_ascii();
    if !(rest.is_empty() || rest.starts_with(b"#"))
        || !sight.text[line.start..sight.hit].iter().all(|byte| matches!(byte, b' ' | b'-'))
    {
        return;
    }
    let indent = sight.hit - line.start;
    // The document around the line: blocks of the same indentation, no `---` between.
    let mut at = document_start(sight, line.start);
    let mut block: Option<bool> = None;
    while at < sight.text.len() {
        let line = sight.line(at);
        let text = line.of(sight.text);
        let depth = text.iter().take_while(|&&byte| byte == b' ').count();
        let content = &text[depth..];
        if at > sight.hit && content.starts_with(b"---") {
            return;
        }
        if depth == indent && !content.is_empty() {
            block = match content.trim_ascii_end() {
                b"data:" => Some(true),
                b"stringData:" => Some(false),
                _ => None,
            };
        } else if let Some(is_encoded) = block {
            entry(sight, Span::new(line.start + depth, line.end), is_encoded);
        }
        at = line.end + 1;
        if sight.byte(line.end) == b'\r' && sight.byte(line.end + 1) == b'\n' {
            at += 1;
        }
    }
}

fn document_start(sight: &Sight<'_>, line: usize) -> usize {
    let before = &sight.text[..line];
    let border = before.windows(4).rposition(|window| window == b"\n---").map_or(0, |at| at + 1);
    // The first line of a window may be the rest of one.
    if border == 0 && sight.hit == super::REACH {
        before.iter().position(|&byte| byte == b'\n').map_or(line, |at| at + 1)
    } else {
        border
    }
}

/// `key: value`.
fn entry(sight: &mut Sight<'_>, line: Span, is_encoded: bool) {
    let text = line.of(sight.text);
    let Some(colon) = memchr::memchr(b':', text) else { return };
    let key = text[..colon].trim_ascii().to_ascii_lowercase();
    if !key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-\"'".contains(byte)) {
        return;
    }
    let start = sight.skip_blanks(line.start + colon + 1);
    let mut value = Span::new(start.min(line.end), line.end);
    let quote = sight.byte(start);
    if matches!(quote, b'"' | b'\'') {
        value = Span::new(start + 1, sight.run(start + 1, |byte| byte != quote && byte != b'\n').min(line.end));
    } else {
        let end = sight.run(start, |byte| !byte.is_ascii_whitespace()).min(line.end);
        value = Span::new(value.start, end.max(value.start));
    }
    report(sight, &key, value, is_encoded);
}

/// `"data": {"key": "value", …}` on either side of the kind.
fn json(sight: &mut Sight<'_>) {
    for (block, is_encoded) in [(&b"\"data\""[..], true), (b"\"stringData\"", false)] {
        let Some(at) = super::find(sight.text, block) else { continue };
        let open = sight.run(at + block.len(), |byte| byte.is_ascii_whitespace() || byte == b':');
        if sight.byte(open) != b'{' {
            continue;
        }
        let mut at = open + 1;
        loop {
            let key = sight.run(at, |byte| byte.is_ascii_whitespace() || byte == b',');
            if sight.byte(key) != b'"' {
                break;
            }
            let key_end = sight.run(key + 1, |byte| byte != b'"');
            let value = sight.run(key_end + 1, |byte| byte.is_ascii_whitespace() || byte == b':');
            if sight.byte(value) != b'"' {
                break;
            }
            let end = sight.run(value + 1, |byte| byte != b'"');
            if sight.byte(end) != b'"' {
                break;
            }
            let name = Span::new(key + 1, key_end).of(sight.text).to_ascii_lowercase();
            report(sight, &name, Span::new(value + 1, end), is_encoded);
            at = end + 1;
        }
    }
}

fn report(sight: &mut Sight<'_>, key: &[u8], span: Span, is_encoded: bool) {
    let is_open = OPEN.iter().any(|open| {
        key == *open
            || key
                .strip_suffix(*open)
                .is_some_and(|rest| rest.ends_with(b"_") || rest.ends_with(b"-") || rest.ends_with(b"."))
    });
    // The window's end may have cut the value.
    if is_open
        || key.is_empty()
        || span.is_empty()
        || span.end == sight.text.len() && sight.hit + super::REACH == sight.text.len()
    {
        return;
    }
    let announcement = "is a value of a Kubernetes Secret";
    if !is_encoded {
        return sight.report_password("kubernetes-secret-value", span, announcement);
    }
    let Some(decoded) = base64::decode(span.of(sight.text)) else { return };
    let decoded = decoded.trim_ascii_end().to_vec();
    if let Some((confidence, why)) = belief::of(&decoded) {
        sight.report_decoded("kubernetes-secret-value", span, Some(decoded), confidence, &[announcement, why]);
    }
}
