//! Placeholders.

/// Says whether a value stands for a secret that is to be filled in.
pub fn is_placeholder(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&lower, word).is_some();
    [b"example".as_slice(), b"xxxx", b"your", b"placeholder", b"changeme", b"****", b"dummy"].into_iter().any(has)
}
