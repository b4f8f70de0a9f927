//! The text of word processors' documents: what reads as one word is often written in several runs.
//!
//! Office Open XML and OpenDocument are zip archives of XML. Their members are shown as they are; this adds the text with
//! the markup taken out, where a paragraph has more than one run.

use bstr::ByteSlice;

use super::walk::Walk;

/// The ends of runs in documents (also of deleted text and of fields), slides, tables and OpenDocument texts.
const RUNS: [&str; 6] = ["</w:t>", "</w:delText>", "</w:instrText>", "</a:t>", "</t>", "</text:span>"];

/// Reads `bytes`, a member of an archive, if they are XML with a paragraph of several runs.
pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    if !bytes.starts_with(b"<") || !RUNS.iter().any(|run| bytes.contains_str(run)) {
        return;
    }
    let (mut runs, mut most) = (0, 0);
    let mut text = Vec::with_capacity(bytes.len() / 4);
    let mut rest = bytes;
    while let Some(open) = rest.find_byte(b'<') {
        text.extend_from_slice(&rest[..open]);
        let tag = &rest[open + 1..];
        let len = tag.find_byte(b'>').unwrap_or(tag.len());
        match space_of(&tag[..len]) {
            Some(space) => {
                text.push(space);
                runs = 0;
            }
            None if RUNS.iter().any(|run| run.as_bytes()[1..run.len() - 1] == tag[..len]) => runs += 1,
            None => {}
        }
        most = most.max(runs);
        rest = tag.get(len + 1..).unwrap_or_default();
    }
    text.extend_from_slice(rest);
    if most > 1 {
        walk.made("(text)", &text);
    }
}

/// What a tag stands for: the end of a paragraph or cell is a line break, a run's end is nothing.
fn space_of(tag: &[u8]) -> Option<u8> {
    let (is_end, name) = tag.strip_prefix(b"/").map_or((false, tag), |name| (true, name));
    let name = name.split(|byte| matches!(byte, b' ' | b'/' | b'\n' | b'\r')).next().unwrap_or_default();
    let name = name.rfind_byte(b':').map_or(name, |colon| &name[colon + 1..]);
    match name {
        b"p" | b"h" | b"si" | b"c" | b"row" if is_end => Some(b'\n'),
        b"br" | b"cr" | b"line-break" => Some(b'\n'),
        b"tab" | b"s" => Some(b'\t'),
        _ => None,
    }
}
