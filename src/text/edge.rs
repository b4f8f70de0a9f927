//! Where a word begins, in prose and in the identifiers of code.
//!
//! The prefilter has the same rule once more, for 64 bytes at a time (`detect::prefilter::starts`); a test holds one
//! against the other.

/// Says whether a word begins at `at`: behind what is neither letter nor digit, at a capital that divides an identifier
/// (`myName`, `APIName`), behind an escaped character (`\nname`), and behind the letter of an option (`-Dname`).
pub fn begins_word(bytes: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| bytes[before]) else { return true };
    let is_capital = bytes.get(at).is_some_and(u8::is_ascii_uppercase);
    let is_lower = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_lowercase);
    !before.is_ascii_alphanumeric()
        || is_capital && (before.is_ascii_lowercase() || before.is_ascii_uppercase() && is_lower(at + 1))
        || at.checked_sub(2).is_some_and(|at| bytes[at] == b'\\' || bytes[at] == b'-' && before.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::begins_word;

    #[test]
    fn words_begin_in_identifiers_and_behind_signs() {
        for text in [
            "name", "my_name", "my-name", "myName", "APIName", r"\nname", "\"name", "-Dname", "é name", "éname",
            "x NAME",
        ] {
            assert!(begins_word(text.as_bytes(), text.len() - 4), "{text}");
        }
        for text in ["myname", "MYNAME", "2name", "APIname", "-Xxname", "-dname"] {
            assert!(!begins_word(text.as_bytes(), text.len() - 4), "{text}");
        }
    }
}
