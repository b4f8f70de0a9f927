//! Orders to whoever fills a value in: `SET_A_PASSWORD_HERE_123`.
//!
//! Apart from the other stand-ins, for an order is told by its grammar and not by a word: a verb first, what to write later.

/// How an order to whoever fills the value in begins, and what it asks for.
const ORDERS: &[&[u8]] = &[
    b"set",
    b"put",
    b"add",
    b"replace",
    b"change",
    b"generate",
    b"insert",
    b"enter",
    b"choose",
    b"pick",
    b"paste",
    b"provide",
    b"create",
    b"fill",
    b"use",
    b"tu",
];
const ORDERED: &[&[u8]] = &[
    b"password",
    b"passwd",
    b"pass",
    b"secret",
    b"key",
    b"token",
    b"random",
    b"strong",
    b"secure",
    b"here",
    b"value",
    b"your",
    b"me",
    b"char",
    b"chars",
    b"default",
    b"this",
    b"aqui",
];

/// Three words or more that tell whoever reads them what to write here: `SET_A_PASSWORD_HERE_123`, `ChooseAStrongPassword123!`.
pub fn is_order(value: &[u8]) -> bool {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut last = b'_';
    for &byte in value {
        let is_start = !last.is_ascii_alphabetic() || byte.is_ascii_uppercase() && last.is_ascii_lowercase();
        // `AStrong` is two words.
        let is_article = last == b'A' && words.last().is_some_and(|word| word.len() == 1) && byte.is_ascii_uppercase();
        if byte.is_ascii_alphabetic() {
            match words.last_mut().filter(|_| !is_start && !is_article) {
                Some(word) => word.push(byte.to_ascii_lowercase()),
                None => words.push(vec![byte.to_ascii_lowercase()]),
            }
        }
        last = byte;
    }
    let Some((first, rest)) = words.split_first() else { return false };
    let said = value.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    rest.len() >= 2
        && ORDERS.contains(&first.as_slice())
        && rest.iter().any(|word| ORDERED.contains(&word.as_slice()))
        && words.iter().map(Vec::len).sum::<usize>() * 4 >= said * 3
}
