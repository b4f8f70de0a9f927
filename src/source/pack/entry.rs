//! The header of a pack entry: what kind of object, how large, and for a delta where its base is.

use super::{HashKind, ObjectKind, PackError};
use crate::model::ObjectId;

/// The longest header: a size of 64 bits in groups of 4 and 7, then a base of at most 32 bytes.
pub const MAX_HEADER: usize = 10 + 32;

/// A pack entry's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What the data is.
    pub base: EntryBase,
    /// Size of the data after inflation: of the object, or of the delta's instructions.
    pub size: u64,
    /// Bytes of the header; the compressed data follows.
    pub header_len: usize,
}

/// What an entry is built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryBase {
    /// Nothing: a whole object.
    Whole(ObjectKind),
    /// The entry that begins at this offset of the same pack.
    Offset(u64),
    /// The object of this name, in the same pack or elsewhere.
    Named(ObjectId),
}

impl Entry {
    /// Reads the header at the start of `bytes`, which begins at `offset` of its pack.
    pub fn parse(bytes: &[u8], offset: u64, hash: HashKind) -> Result<Self, PackError> {
        let mut bytes_left = bytes.iter();
        let mut next = || bytes_left.next().copied().ok_or(PackError::Truncated);
        let first = next()?;
        let mut header_len = 1;
        let mut size = u64::from(first & 0x0f);
        let mut shift = 4;
        let mut last = first;
        while last & 0x80 != 0 {
            last = next()?;
            header_len += 1;
            let group = u64::from(last & 0x7f);
            if shift > 63 || shift > 57 && group >> (64 - shift) != 0 {
                return Err(PackError::Header("size overflows"));
            }
            size |= group << shift;
            shift += 7;
        }
        let base = match (first >> 4) & 7 {
            1 => EntryBase::Whole(ObjectKind::Commit),
            2 => EntryBase::Whole(ObjectKind::Tree),
            3 => EntryBase::Whole(ObjectKind::Blob),
            4 => EntryBase::Whole(ObjectKind::Tag),
            6 => {
                let mut byte = next()?;
                header_len += 1;
                let mut distance = u64::from(byte & 0x7f);
                while byte & 0x80 != 0 {
                    byte = next()?;
                    header_len += 1;
                    distance = distance
                        .checked_add(1)
                        .and_then(|distance| distance.checked_mul(128))
                        .and_then(|distance| distance.checked_add(u64::from(byte & 0x7f)))
                        .ok_or(PackError::Header("distance overflows"))?;
                }
                match offset.checked_sub(distance) {
                    Some(base) if distance > 0 => EntryBase::Offset(base),
                    _ => return Err(PackError::Header("base lies outside of the pack")),
                }
            }
            7 => {
                let raw = bytes.get(header_len..header_len + hash.len()).ok_or(PackError::Truncated)?;
                header_len += hash.len();
                EntryBase::Named(ObjectId::from_bytes(raw).ok_or(PackError::Header("base id"))?)
            }
            _ => return Err(PackError::Header("unknown kind")),
        };
        Ok(Self { base, size, header_len })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(bytes: &[u8], offset: u64) -> Result<Entry, PackError> {
        Entry::parse(bytes, offset, HashKind::Sha1)
    }

    #[test]
    fn sizes_and_distances_are_read_as_git_writes_them() {
        let entry = parse(&[0xb5, 0x0a], 12).unwrap();
        assert_eq!(entry, Entry { base: EntryBase::Whole(ObjectKind::Blob), size: 5 + (10 << 4), header_len: 2 });
        // Distance 0x80 0x00 is 128: each continued group adds one.
        let entry = parse(&[0x61, 0x80, 0x00], 1000).unwrap();
        assert_eq!(entry, Entry { base: EntryBase::Offset(872), size: 1, header_len: 3 });
        let mut named = vec![0x72];
        named.extend_from_slice(&[7; 20]);
        assert_eq!(parse(&named, 12).unwrap().header_len, 21);
    }

    #[test]
    fn nonsense_is_refused() {
        for bytes in [
            &[][..],
            &[0x80],
            &[0x00],
            &[0x50],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            &[0x61, 0x00],
            &[0x61, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
            &[0x72, 1, 2, 3],
        ] {
            assert!(parse(bytes, 500).is_err(), "{bytes:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(0_u8.., 0..48), offset in 0_u64..) {
            if let Ok(entry) = parse(&bytes, offset) {
                assert!(entry.header_len <= bytes.len() && entry.header_len <= MAX_HEADER);
            }
        }
    }
}
