//! What is hidden: tokens of several kinds, different in each run.

use std::hash::{BuildHasher, RandomState};

use stanch::text::checksum::Checksum;

/// Something to be found.
#[derive(Debug, Clone)]
pub struct Bait {
    /// How it is written down.
    pub text: String,
    /// The values in it, each of which has to be reported.
    pub values: Vec<String>,
    /// The word for its kind.
    pub kind: &'static str,
}

/// Makes baits.
pub struct Baits {
    state: u64,
    /// What repeats this run.
    pub seed: u64,
}

const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl Baits {
    pub fn new() -> Self {
        let given = std::env::var("STANCH_LAB_SEED").ok().map(|seed| seed.parse().unwrap());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one("laboratory")) | 1;
        Self { state: seed, seed }
    }

    fn next(&mut self) -> u32 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 20) as u32
    }

    fn word(&mut self, alphabet: &[u8], len: usize) -> String {
        (0..len).map(|_| char::from(alphabet[self.next() as usize % alphabet.len()])).collect()
    }

    /// A token with a prefix and a checksum, in one word.
    pub fn token(&mut self) -> String {
        let mut next = || self.next();
        Checksum::from_name("github").unwrap().generate(&["gh", "p_"].concat(), &mut next)
    }

    pub fn prefixed(&mut self) -> Bait {
        let token = self.token();
        Bait { text: token.clone(), values: vec![token], kind: "prefix" }
    }

    /// A pair of an id and a secret, on two lines.
    pub fn pair(&mut self) -> Bait {
        let id = format!("{}{}", ["AK", "IA"].concat(), self.word(BASE32, 16));
        let secret = format!("{}aQ7", self.word(LETTERS, 37));
        let text = format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}");
        Bait { text, values: vec![id, secret], kind: "pair" }
    }

    /// An assignment to a telling name.
    pub fn assigned(&mut self) -> Bait {
        let value = format!("{}tR4", self.word(LETTERS, 25));
        Bait { text: format!("database_password = '{value}'"), values: vec![value], kind: "assigned" }
    }

    /// One of each kind.
    pub fn all(&mut self) -> [Bait; 3] {
        [self.prefixed(), self.pair(), self.assigned()]
    }
}
