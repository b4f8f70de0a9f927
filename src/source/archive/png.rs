//! Compressed text in PNG pictures. What is not compressed stands in the file's own bytes and is found there.

use bstr::ByteSlice;

use super::stream::Compression;
use super::walk::Walk;

/// Says whether a picture holds compressed text.
pub(super) fn has_text(bytes: &[u8]) -> bool {
    texts(bytes).next().is_some()
}

pub(super) fn read(walk: &mut Walk<'_>, bytes: &[u8]) {
    for (number, packed) in texts(bytes).enumerate() {
        if walk.is_stopped() {
            return;
        }
        walk.stream(format!("text {}", number + 1), &mut Compression::Zlib.open(packed), &|_| Ok(()));
    }
}

/// The compressed data of the chunks `zTXt` and `iTXt`, up to the first that breaks off.
fn texts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n").unwrap_or_default();
    std::iter::from_fn(move || {
        loop {
            let (len, tail) = rest.split_first_chunk::<4>()?;
            let (kind, tail) = tail.split_first_chunk::<4>()?;
            let (data, tail) = tail.split_at_checked(u32::from_be_bytes(*len) as usize)?;
            rest = tail.get(4..)?;
            let value = data.find_byte(0).map(|end| &data[end + 1..]);
            match (kind, value) {
                (b"zTXt", Some([0, packed @ ..])) => return Some(packed),
                // Language and translated keyword stand between, each ended by a zero.
                (b"iTXt", Some([1, 0, names @ ..])) => return names.splitn(3, |&byte| byte == 0).nth(2),
                _ => {}
            }
        }
    })
}
