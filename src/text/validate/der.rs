//! As much of DER (X.690) as private keys need: tag, length, content.
//!
//! It must never trust a length: every content is cut from what is really there.

pub(super) const INTEGER: u8 = 0x02;
pub(super) const OCTETS: u8 = 0x04;
pub(super) const OID: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;

/// Splits the first element off: tag, content and what follows it.
pub(super) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = bytes else { return None };
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            (digits.iter().fold(0, |length, &digit| length << 8 | usize::from(digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// The content of a sequence that fills `bytes` to the last one.
pub(super) fn whole_sequence(bytes: &[u8]) -> Option<&[u8]> {
    match element(bytes)? {
        (SEQUENCE, content, []) => Some(content),
        _ => None,
    }
}

/// The tags of the elements that `content` is made of; none when it is not made of whole elements.
pub(super) fn tags(mut content: &[u8]) -> Option<Vec<u8>> {
    let mut tags = Vec::new();
    while !content.is_empty() {
        let (tag, _, rest) = element(content)?;
        tags.push(tag);
        content = rest;
    }
    Some(tags)
}

/// Writes an element.
pub(super) fn write(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match length {
        0..=0x7f => bytes.push(length as u8),
        0x80..=0xff => bytes.extend([0x81, length as u8]),
        _ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
    }
    bytes.extend_from_slice(content);
    bytes
}
