//! Base64 of one whole value, in whichever alphabet and padding it was written.
//!
//! For proofs of structure: bits that no encoder would have left over make it fail. Finding encoded text inside other
//! text is the decoders' work and not done here.

use std::borrow::Cow;

/// Decodes `text`, standard or URL-safe, padded or not. The two alphabets must not be mixed.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|&byte| byte != b'=').map_or(0, |at| at + 1);
    if text.len() - end > 2 || (end < text.len() && !text.len().is_multiple_of(4)) {
        return None;
    }
    let text = &text[..end];
    let encoding = if text.iter().any(|byte| matches!(byte, b'-' | b'_')) {
        data_encoding::BASE64URL_NOPAD
    } else {
        data_encoding::BASE64_NOPAD
    };
    encoding.decode(text).ok()
}

/// Decodes `text` and reads it as a JSON object.
pub fn decode_json(text: &[u8]) -> Option<serde_json::Map<String, serde_json::Value>> {
    serde_json::from_slice(&decode(text)?).ok()
}

/// Removes white space, as line-wrapped base64 has it.
pub fn unwrapped(text: &[u8]) -> Cow<'_, [u8]> {
    if text.iter().any(u8::is_ascii_whitespace) {
        Cow::Owned(text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_alphabets_with_and_without_padding() {
        for (text, expected) in [
            ("", Some(&b""[..])),
            ("Zm9v", Some(b"foo")),
            ("Zg==", Some(b"f")),
            ("Zg", Some(b"f")),
            ("-_8", Some(b"\xfb\xff")),
            ("+/8=", Some(b"\xfb\xff")),
            ("+_8=", None),
            ("Zg=", None),
            ("Zh", None),
            ("Z", None),
            ("Zm9v=", None),
            ("Zg===", None),
            ("====", None),
            ("Zm 9v", None),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), expected, "{text}");
        }
    }
}
