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
    let rest = sight.text[sight.end..line.end].trim_ascii();
    let is_quoted = sight.byte(sight.hit) == b'"';
    let is_alone = sight.text[line.start..sight.hit].iter().all(|byte| matches!(byte, b' ' | b'-'));
    let is_over = rest.is_empty() || rest.starts_with(b"#");
    // YAML may quote its keys as JSON does.
    if is_quoted && json(sight) || !is_over || !is_alone {
        return;
    }
    let indent = sight.hit - line.start;
    // The document around the line: blocks of the same indentation, no `---` between.
    let mut at = document_start(sight, line.start);
    let mut block: Option<bool> = None;
    // The key whose value is a block of text on the lines below it.
    let mut open: Option<Vec<u8>> = None;
    // How deep the last key with such a block stands.
    let mut inside: Option<usize> = None;
    while at < sight.text.len() {
        let line = sight.line(at);
        let text = line.of(sight.text);
        let depth = text.iter().take_while(|&&byte| byte == b' ').count();
        let content = &text[depth..];
        // The end of the document, or of the manual's example.
        if at > sight.hit && (content.starts_with(b"---") || content.starts_with(b"```")) {
            return;
        }
        // A block of base64 is one value: lines with a colon make it another text.
        inside = inside.filter(|key| depth > *key || content.is_empty());
        if inside.is_some() && (open.is_none() || content.contains(&b':')) {
            open = None;
            at = next(sight, line.end);
            continue;
        }
        if depth == indent && !content.is_empty() {
            block = heading(sight, Span::new(line.start + depth, line.end));
        } else if let Some(is_encoded) = block {
            open = entry(sight, Span::new(line.start + depth, line.end), is_encoded, open);
            if open.is_some() && is_encoded {
                inside = Some(depth);
            }
        }
        at = next(sight, line.end);
    }
}

/// Where the line behind the one that ends at `end` begins.
fn next(sight: &Sight<'_>, end: usize) -> usize {
    if sight.byte(end) == b'\r' && sight.byte(end + 1) == b'\n' { end + 2 } else { end + 1 }
}

/// Whether a line begins the encoded or the plain values; those that follow in braces on the line itself are read.
fn heading(sight: &mut Sight<'_>, line: Span) -> Option<bool> {
    let text = line.of(sight.text);
    let colon = memchr::memchr(b':', text)?;
    let is_encoded = match text[..colon].trim_ascii_end() {
        b"data" | b"\"data\"" | b"'data'" => true,
        b"stringData" | b"\"stringData\"" | b"'stringData'" => false,
        _ => return None,
    };
    let rest = text[colon + 1..].trim_ascii();
    if rest.is_empty() || rest.starts_with(b"#") {
        return Some(is_encoded);
    }
    let mut at = line.start + memchr::memchr(b'{', text)? + 1;
    let end = line.start + memchr::memrchr(b'}', text)?;
    while at < end {
        let stop = sight.run(at, |byte| byte != b',').min(end);
        entry(sight, Span::new(at, stop), is_encoded, None);
        at = stop + 1;
    }
    None
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

/// `key: value`; returns the key when its value is a block that begins on the next line.
fn entry(sight: &mut Sight<'_>, line: Span, is_encoded: bool, open: Option<Vec<u8>>) -> Option<Vec<u8>> {
    let text = line.of(sight.text);
    let content = text.trim_ascii();
    if let Some(key) = open.filter(|_| is_encoded && !content.is_empty() && !content.contains(&b':')) {
        let start = line.start + (text.len() - text.trim_ascii_start().len());
        report(sight, &key, Span::new(start, start + content.len()), is_encoded);
        return None;
    }
    let colon = memchr::memchr(b':', text)?;
    let key = text[..colon].trim_ascii().to_ascii_lowercase();
    let key = key.into_iter().filter(|byte| !matches!(byte, b'"' | b'\'')).collect::<Vec<u8>>();
    if !key.iter().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte)) {
        return None;
    }
    let mut start = sight.skip_blanks(line.start + colon + 1);
    if sight.text.get(start..).is_some_and(|rest| rest.starts_with(b"!!binary ")) {
        start = sight.skip_blanks(start + b"!!binary ".len());
    }
    if matches!(sight.byte(start), b'|' | b'>') {
        let end = sight.run(start + 1, |byte| matches!(byte, b'-' | b'+' | b'0'..=b'9' | b' '));
        return (end >= line.end).then_some(key);
    }
    let mut value = Span::new(start.min(line.end), line.end);
    let quote = sight.byte(start);
    if matches!(quote, b'"' | b'\'') {
        value = Span::new(start + 1, sight.run(start + 1, |byte| byte != quote && byte != b'\n').min(line.end));
    } else {
        let end = sight.run(start, |byte| !byte.is_ascii_whitespace()).min(line.end);
        value = Span::new(value.start, end.max(value.start));
    }
    // A member of an object of JSON within a text, which has its own detectors.
    if !is_encoded && content.starts_with(b"\"") && content.ends_with(b",") {
        return None;
    }
    report(sight, &key, value, is_encoded);
    None
}

/// `"data": {"key": "value", …}` on either side of the kind; says whether such a block was there.
fn json(sight: &mut Sight<'_>) -> bool {
    let mut is_there = false;
    for (block, is_encoded) in [(&b"\"data\""[..], true), (b"\"stringData\"", false)] {
        let Some(at) = super::find(sight.text, block) else { continue };
        let open = sight.run(at + block.len(), |byte| byte.is_ascii_whitespace() || byte == b':');
        if sight.byte(open) != b'{' {
            continue;
        }
        is_there = true;
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
    is_there
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
    // A list or a map within a text.
    if matches!(span.of(sight.text).first(), Some(b'[' | b'{')) {
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
