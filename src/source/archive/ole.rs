//! The documents of old (`.doc`, `.xls`, `.msg`) and the projects in new ones (`vbaProject.bin`): what of them does not stand
//! there to be read. Their texts do; the code of macros is compressed, and documents with a password are encrypted.

use memchr::memmem;

use super::walk::Walk;
use crate::model::NoticeKind;

/// How the code of every module begins once it is compressed: after its signature, a chunk's head and eight literals, the last
/// of them cut off by the flags of the next eight.
const MODULE: &[u8] = b"\0Attribut";

/// Says whether there is anything that the plain bytes do not show.
pub(super) fn has_more(bytes: &[u8]) -> bool {
    is_encrypted(bytes) || memmem::find(bytes, MODULE).is_some()
}

fn is_encrypted(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    memmem::find(bytes, &name).is_some()
}

pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    if is_encrypted(bytes) {
        walk.notice(NoticeKind::Damaged, "is encrypted");
    }
    for (number, at) in memmem::find_iter(bytes, MODULE).enumerate() {
        if walk.is_stopped() {
            return;
        }
        let start = at.checked_sub(3).filter(|&start| bytes[start] == 1);
        let code = start.map(|start| decompress(&bytes[start + 1..])).unwrap_or_default();
        if !code.is_empty() {
            walk.made(format!("macro {}", number + 1), &code);
        }
    }
}

/// Undoes the compression of macros: chunks of up to 4,096 bytes, each with a head of two bytes.
fn decompress(mut rest: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    while let [low, high, data @ ..] = rest {
        let head = u16::from_le_bytes([*low, *high]);
        if head >> 12 & 7 != 3 {
            break;
        }
        let len = (usize::from(head & 0xfff) + 1).min(data.len());
        rest = &data[len..];
        if head >> 15 == 1 {
            chunk(&data[..len], &mut text);
        } else {
            text.extend_from_slice(&data[..len]);
        }
    }
    text
}

/// Eight tokens after each byte of flags: a byte as it is, or the place and the length of a copy.
fn chunk(mut data: &[u8], text: &mut Vec<u8>) {
    let start = text.len();
    while let Some((&flags, rest)) = data.split_first() {
        data = rest;
        for bit in 0..8 {
            let done = text.len() - start;
            match data {
                [] => return,
                [low, high, rest @ ..] if flags >> bit & 1 == 1 => {
                    // The further into the chunk, the more bits say how far back the copy lies.
                    let bits = (done.max(2) - 1).ilog2().max(3) + 1;
                    let token = u16::from_le_bytes([*low, *high]);
                    let len = usize::from(token & (0xffff >> bits)) + 3;
                    let back = usize::from(token >> (16 - bits)) + 1;
                    if back > done || done + len > 4096 {
                        return;
                    }
                    for _ in 0..len {
                        text.push(text[text.len() - back]);
                    }
                    data = rest;
                }
                [byte, rest @ ..] => {
                    text.push(*byte);
                    data = rest;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_undone() {
        // The examples of the format's description.
        let text = decompress(b"\x03\xb0\x02\x61\x45\0").clone();
        assert_eq!(text, b"a".repeat(73));
        let plain = b"\x19\xb0\0abcdefgh\0ijklmnop\0qrstuv.";
        assert_eq!(decompress(plain), b"abcdefghijklmnopqrstuv.");
        // A copy from before the beginning, an end too early, nothing.
        for wrong in [&b"\x03\xb0\x01\xff\xff\0"[..], b"\xff\xbf\0ab", b"\x03", b""] {
            assert!(decompress(wrong).len() < 3);
        }
    }
}
