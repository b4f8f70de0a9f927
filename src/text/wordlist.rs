//! Which of some words a short text holds, at the cost of one look at each of its places.
//!
//! Values are asked for dozens of words each, and a searcher for each word costs more than the search. The words must be
//! in lower case if the text is; nothing here folds.

/// Up to 128 words of two bytes or more.
pub struct WordList {
    words: &'static [&'static [u8]],
    /// For each byte the words that begin with it, in bits.
    first: [u128; 256],
    /// For each byte the words that have it second.
    second: [u128; 256],
}

impl WordList {
    /// Made when it is compiled: a list that is too long, or a word that is too short, is an error there.
    pub const fn new(words: &'static [&'static [u8]]) -> Self {
        assert!(words.len() <= 128);
        let (mut first, mut second) = ([0; 256], [0; 256]);
        let mut index = 0;
        while index < words.len() {
            let word = words[index];
            assert!(word.len() >= 2);
            first[word[0] as usize] |= 1 << index;
            second[word[1] as usize] |= 1 << index;
            index += 1;
        }
        Self { words, first, second }
    }

    /// Says whether the text holds a word that `counts`.
    pub fn any_in(&self, text: &[u8], counts: impl Fn(&[u8]) -> bool) -> bool {
        text.windows(2).enumerate().any(|(at, pair)| {
            let mut may_begin = self.first[usize::from(pair[0])] & self.second[usize::from(pair[1])];
            while may_begin != 0 {
                let word = self.words[may_begin.trailing_zeros() as usize];
                if text[at..].starts_with(word) && counts(word) {
                    return true;
                }
                may_begin &= may_begin - 1;
            }
            false
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static WORDS: WordList = WordList::new(&[b"ab", b"abc", b"bca", b"zz"]);

    #[test]
    fn finds_what_a_search_for_each_word_finds() {
        let letters = b"abcz";
        for number in 0..4_usize.pow(5) {
            let text: Vec<u8> = (0..5).map(|at| letters[number >> (2 * at) & 3]).collect();
            for shortest in [2, 3] {
                let expected = WORDS
                    .words
                    .iter()
                    .any(|word| word.len() >= shortest && text.windows(word.len()).any(|window| window == *word));
                assert_eq!(WORDS.any_in(&text, |word| word.len() >= shortest), expected, "{text:?}");
            }
        }
        assert!(!WORDS.any_in(b"a", |_| true));
    }
}
