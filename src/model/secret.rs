//! The only owner of raw secret bytes.
//!
//! `Secret` has no `Debug`, no `Display` and no `Serialize`, so that no log line, panic or report can print it by accident:
//! such code does not compile. Its bytes are wiped when it is dropped. Whoever needs the value must call
//! [`Secret::expose`], which is easy to search for.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A secret's value.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes a value.
    pub fn new(value: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(value.into()))
    }

    /// The raw value. Never print, log, store or return it in an error.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Number of bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// SHA-256 of the value, for comparison inside one process; never printed, for short values can be guessed from it.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(&*self.0).into()
    }

    /// The value masked so that its owner recognises it and nobody can use it.
    ///
    /// `visible` bytes of a public prefix may be shown (`ghp_`, `sk_live_`). Of the rest at most two characters at the end
    /// remain, and only when at least 16 others stay hidden. Multi-line values (keys) show their kind of length only.
    pub fn masked(&self, visible: usize) -> String {
        let value = &*self.0;
        let printable = value.iter().all(|byte| (0x20..0x7f).contains(byte));
        if !printable {
            return format!("*** ({} bytes)", value.len());
        }
        let head = visible.min(value.len() / 3).min(12);
        let tail = if value.len() - head >= 18 { 2 } else { 0 };
        let text = |range: &[u8]| range.iter().map(|&byte| char::from(byte)).collect::<String>();
        format!("{}***{} ({} characters)", text(&value[..head]), text(&value[value.len() - tail..]), value.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_show_a_public_prefix_and_hardly_more() {
        assert_eq!(Secret::new("hunter2").masked(4), "hu*** (7 characters)");
        assert_eq!(Secret::new("acme_0123456789abcdefghij").masked(5), "acme_***ij (25 characters)");
        assert_eq!(Secret::new("two\nlines").masked(4), "*** (9 bytes)");
    }

    /// Has a function for every type; a second one for each type with the trait, so that naming it is ambiguous there.
    macro_rules! assert_lacks {
        ($($name:ident: $bound:path),+) => {$(
            trait $name<A> {
                fn lacks() {}
            }
            impl<T> $name<()> for T {}
            impl<T: $bound> $name<u8> for T {}
            <Secret as $name<_>>::lacks();
        )+};
    }

    #[test]
    fn a_secret_cannot_be_printed_or_serialised() {
        assert_lacks!(Shown: std::fmt::Debug, Displayed: std::fmt::Display, Serialised: serde::Serialize);
    }
}
