//! Texts and profiles in PNG pictures. A text that is not compressed stands in the file's own bytes as well, but there the
//! checksum that follows it can look like a part of it.

use bstr::ByteSlice;

use super::stream::Compression;
use super::walk::Walk;

/// A text of a picture.
enum Text<'a> {
    Plain(&'a [u8]),
    Packed(&'a [u8]),
}

/// Says whether a picture holds text.
pub(super) fn has_text(bytes: &[u8]) -> bool {
    texts(bytes).next().is_some()
}

pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    for (number, text) in texts(bytes).enumerate() {
        if walk.is_stopped() {
            return;
        }
        let name = format!("text {}", number + 1);
        match text {
            Text::Plain(text) => walk.bytes(name, text),
            Text::Packed(packed) => walk.stream(name, &mut Compression::Zlib.open(packed), &|_| Ok(())),
        }
    }
}

/// The data of the chunks `tEXt`, `zTXt`, `iTXt`, `iCCP` and `eXIf`, up to the first that breaks off.
fn texts(bytes: &[u8]) -> impl Iterator<Item = Text<'_>> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n").unwrap_or_default();
    std::iter::from_fn(move || {
        loop {
            let (len, tail) = rest.split_first_chunk::<4>()?;
            let (kind, tail) = tail.split_first_chunk::<4>()?;
            let (data, tail) = tail.split_at_checked(u32::from_be_bytes(*len) as usize)?;
            rest = tail.get(4..)?;
            let value = data.find_byte(0).map(|end| &data[end + 1..]);
            // Language and translated keyword stand between, each ended by a zero.
            let behind_names = |names: &'_ [u8]| names.splitn(3, |&byte| byte == 0).nth(2).map(<[u8]>::len);
            match (kind, value) {
                (b"tEXt", Some(text @ [_, ..])) => return Some(Text::Plain(text)),
                (b"eXIf", _) if !data.is_empty() => return Some(Text::Plain(data)),
                (b"zTXt" | b"iCCP", Some([0, packed @ ..])) => return Some(Text::Packed(packed)),
                (b"iTXt", Some([is_packed, _, names @ ..])) => {
                    let Some(len) = behind_names(names).filter(|&len| len > 0) else { continue };
                    let text = &names[names.len() - len..];
                    return Some(if *is_packed == 1 { Text::Packed(text) } else { Text::Plain(text) });
                }
                _ => {}
            }
        }
    })
}
