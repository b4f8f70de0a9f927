//! PDF documents: their streams, decoded, and the text that the streams of pages show.
//!
//! A word is often written in pieces with the distances between them; the pieces are joined. Fonts with a numbering of
//! their own are not translated.

use bstr::ByteSlice;
use memchr::memmem;

use super::stream::Compression;
use super::walk::{End, Walk};
use crate::model::NoticeKind;

/// How far before a stream its dictionary may begin.
const DICTIONARY: usize = 16 << 10;

/// Distances, in thousandths of the font's size, from which two pieces are two words.
const SPACE: f64 = -200.0;

pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    if memmem::find(bytes, b"/Encrypt").is_some_and(|at| !bytes[at + 8..].starts_with(b"M")) {
        walk.notice(NoticeKind::Damaged, "is encrypted");
        return;
    }
    let mut at = 0;
    let mut number = 0;
    while let Some(found) = memmem::find(&bytes[at..], b"stream") {
        if walk.is_stopped() {
            return;
        }
        let keyword = at + found;
        let start = match &bytes[keyword + 6..] {
            [b'\r', b'\n', ..] => keyword + 8,
            [b'\n' | b'\r', ..] => keyword + 7,
            _ => {
                at = keyword + 6;
                continue;
            }
        };
        at = start;
        if bytes[..keyword].ends_with(b"end") {
            continue;
        }
        let end = memmem::find(&bytes[start..], b"endstream").map_or(bytes.len(), |len| start + len);
        at = end;
        number += 1;
        let low = keyword.saturating_sub(DICTIONARY);
        let low = low + memmem::rfind(&bytes[low..keyword], b" obj").unwrap_or(0);
        stream(walk, number, &bytes[low..keyword], &bytes[start..end]);
    }
}

fn stream(walk: &mut Walk<'_>, number: usize, dictionary: &[u8], data: &[u8]) {
    let is_picture = dictionary.contains_str("/Subtype/Image") || dictionary.contains_str("/Subtype /Image");
    let filters = filters(dictionary);
    if filters.is_empty() || is_picture {
        return;
    }
    let name = format!("stream {number}");
    let mut content = data.to_vec();
    for filter in filters {
        content = match filter {
            b"FlateDecode" | b"Fl" => {
                let mut inflated = Vec::new();
                let held = content.len() as u64;
                if !walk.hold(held) {
                    return;
                }
                // Without the checksum behind it, which readers ignore and some writers leave out.
                let deflated = content.get(2..).unwrap_or_default();
                let end = walk.read(&mut Compression::Deflate.open(deflated), &mut inflated);
                walk.release(held);
                match end {
                    End::Whole => {}
                    End::Cut(detail) => walk.notice(NoticeKind::Limit, detail),
                    End::Broken(detail) => {
                        walk.refuse(name.as_str(), NoticeKind::Damaged, detail);
                        if inflated.is_empty() {
                            return;
                        }
                    }
                }
                inflated
            }
            b"ASCIIHexDecode" | b"AHx" => hexadecimal(&content),
            b"ASCII85Decode" | b"A85" => ascii85(&content),
            // Pictures and sounds.
            b"DCTDecode" | b"DCT" | b"JPXDecode" | b"CCITTFaxDecode" | b"CCF" | b"JBIG2Decode" => return,
            other => {
                let detail = format!("is encoded in a way that is not read: {}", other.to_str_lossy());
                return walk.refuse(name, NoticeKind::Unreadable, detail);
            }
        };
    }
    let text = shown_text(&content);
    walk.with_text(name, &content, &text);
}

/// The names of the filters, in the order in which they are to be undone.
fn filters(dictionary: &[u8]) -> Vec<&[u8]> {
    let Some(at) = memmem::find(dictionary, b"/Filter") else { return Vec::new() };
    let rest = dictionary[at + 7..].trim_ascii_start();
    let list = match rest.strip_prefix(b"[") {
        Some(list) => &list[..list.find_byte(b']').unwrap_or(list.len())],
        None => {
            &rest[..rest
                .iter()
                .skip(1)
                .position(|byte| b" \r\n\t/<>[]".contains(byte))
                .map_or(rest.len(), |len| len + 1)]
        }
    };
    list.split(|&byte| byte == b'/').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()).collect()
}

fn hexadecimal(data: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> =
        data.iter().copied().take_while(|&byte| byte != b'>').filter(u8::is_ascii_hexdigit).collect();
    if digits.len() % 2 == 1 {
        digits.push(b'0');
    }
    data_encoding::HEXLOWER_PERMISSIVE.decode(&digits).unwrap_or_default()
}

fn ascii85(data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len() / 5 * 4);
    let (mut group, mut held) = (0_u32, 0);
    for &byte in data.strip_prefix(b"<~").unwrap_or(data) {
        match byte {
            b'~' => break,
            b'z' if held == 0 => bytes.extend_from_slice(&[0; 4]),
            b'!'..=b'u' => {
                group = group.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                held += 1;
                if held == 5 {
                    bytes.extend_from_slice(&group.to_be_bytes());
                    (group, held) = (0, 0);
                }
            }
            _ => {}
        }
    }
    if held > 1 {
        for _ in held..5 {
            group = group.wrapping_mul(85).wrapping_add(84);
        }
        bytes.extend_from_slice(&group.to_be_bytes()[..held - 1]);
    }
    bytes
}

/// The text that the operators of a page show; empty for anything that is no page.
fn shown_text(content: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    if !content.contains_str("Tj") && !content.contains_str("TJ") && !content.contains_str(") '") {
        return text;
    }
    // What the next operator will take: strings, and the last two numbers.
    let (mut shown, mut numbers) = (Vec::new(), [0.0; 2]);
    let mut is_list = false;
    let mut at = 0;
    while let Some(&byte) = content.get(at) {
        match byte {
            b'(' => at = literal(content, at, &mut shown),
            b'<' if content.get(at + 1) == Some(&b'<') => at += 2,
            b'<' => {
                let len = content[at..].find_byte(b'>').unwrap_or(content.len() - at);
                shown.extend(hexadecimal(&content[at + 1..at + len.max(1)]).into_iter().filter(|&byte| byte != 0));
                at += len + 1;
            }
            b'[' | b']' => {
                is_list = byte == b'[';
                at += 1;
            }
            b'%' => {
                at +=
                    content[at..].iter().position(|&byte| byte == b'\n' || byte == b'\r').unwrap_or(content.len() - at);
            }
            b'-' | b'+' | b'.' | b'0'..=b'9' => {
                let len = content[at..]
                    .iter()
                    .position(|byte| !b"+-.0123456789".contains(byte))
                    .unwrap_or(content.len() - at);
                let number = content[at..at + len].to_str().ok().and_then(|number| number.parse().ok()).unwrap_or(0.0);
                if is_list && number < SPACE {
                    shown.push(b' ');
                }
                numbers = [numbers[1], number];
                at += len;
            }
            b'a'..=b'z' | b'A'..=b'Z' | b'\'' | b'"' | b'*' => {
                let len = content[at..].iter().position(|byte| !byte.is_ascii_alphabetic() && !b"'\"*".contains(byte));
                let operator = &content[at..at + len.unwrap_or(content.len() - at)];
                match operator {
                    b"Tj" | b"TJ" => text.append(&mut shown),
                    b"'" | b"\"" => {
                        text.push(b'\n');
                        text.append(&mut shown);
                    }
                    b"Td" | b"TD" if numbers[1] == 0.0 => text.push(b' '),
                    b"Td" | b"TD" | b"Tm" | b"T*" | b"ET" => text.push(b'\n'),
                    _ => shown.clear(),
                }
                at += operator.len().max(1);
            }
            _ => at += 1,
        }
    }
    if text.iter().all(u8::is_ascii_whitespace) { Vec::new() } else { text }
}

/// Reads `(text)` with its escapes; returns where it ends.
fn literal(content: &[u8], start: usize, out: &mut Vec<u8>) -> usize {
    let (mut at, mut depth) = (start + 1, 1);
    while let Some(&byte) = content.get(at) {
        at += 1;
        match byte {
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            b'\\' => {
                let Some(&next) = content.get(at) else { return at };
                at += 1;
                match next {
                    b'n' => out.push(b'\n'),
                    b'r' => out.push(b'\r'),
                    b't' => out.push(b'\t'),
                    b'\n' => {}
                    b'\r' => at += usize::from(content.get(at) == Some(&b'\n')),
                    b'0'..=b'7' => {
                        let mut code = u32::from(next - b'0');
                        for _ in 0..2 {
                            let Some(digit) = content.get(at).filter(|byte| (b'0'..b'8').contains(byte)) else { break };
                            code = code * 8 + u32::from(digit - b'0');
                            at += 1;
                        }
                        out.push(code as u8);
                    }
                    other => out.push(other),
                }
                continue;
            }
            _ => {}
        }
        out.push(byte);
    }
    at
}
