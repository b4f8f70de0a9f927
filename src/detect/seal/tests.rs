use super::*;
use crate::model::Span;
use crate::text::random::{BASE62, tests::seeded, text};

fn sealed(values: &[(&str, &str)]) -> (Seal, Vec<(String, Weak)>) {
    let values = values.iter().map(|(name, value)| ((*name).to_owned(), Secret::new(value.as_bytes()))).collect();
    let mut refused = Vec::new();
    let seal = Seal::make(values, [7; 16], Cost::USUAL, &mut refused).unwrap();
    (seal, refused)
}

fn found(seal: &Seal, text: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    assert!(seal.search(text.as_bytes(), &[Span::new(0, text.len())], &mut out));
    out.iter().map(|found| (found.span.start, found.name.to_string())).collect()
}

fn word(seed: u64, len: usize) -> String {
    text(&mut seeded(seed), BASE62, len)
}

#[test]
fn values_are_found_by_their_names_between_edges_only() {
    let (one, two) = (word(1, 20), word(2, 33));
    let address = format!("postgres://app:{}@db.internal:5432/app", word(3, 20));
    let (seal, refused) = sealed(&[("ONE", &one), ("TWO", &two), ("DATABASE_URL", &address), ("UNO", &one)]);
    assert!(refused.is_empty() && seal.len() == 3, "{refused:?}");
    assert_eq!(seal.names(), ["DATABASE_URL", "ONE", "TWO", "UNO"].into());
    let read = Seal::parse(&seal.to_string(), "x").unwrap();
    for seal in [&seal, &read] {
        let names = |text: &str| found(seal, text).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names(&one), ["ONE, UNO"]);
        assert_eq!(names(&format!("a = '{two}';")), ["TWO"]);
        assert_eq!(names(&format!("x\\n{two}\\n")), ["TWO"]);
        assert_eq!(names(&format!("{one} {two}\nDATABASE_URL={address}\n")), ["ONE, UNO", "TWO", "DATABASE_URL"]);
        assert!(names(&format!("a{two}")).is_empty() && names(&two[1..]).is_empty());
        // A part of a text gives what all of it gives.
        let text = format!("{} \"{two}\" {}", "x ".repeat(3000), "y ".repeat(3000));
        for at in [5999, 6005, 6001 + two.len()] {
            let mut out = Vec::new();
            assert!(seal.search(text.as_bytes(), &[Span::new(at, at + 1)], &mut out));
            assert_eq!(out.len(), 1, "{at}");
        }
    }
}

#[test]
fn nothing_is_hashed_slowly_without_a_candidate() {
    let values: Vec<(String, String)> = (0..24).map(|at| (format!("N{at}"), word(at + 10, 16 + at as usize))).collect();
    let pairs: Vec<(&str, &str)> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (seal, _) = sealed(&pairs);
    let own = include_str!("search.rs");
    let prose: String = (0..20).map(|_| format!("{own}\n{}", include_str!("mod.rs"))).collect();
    assert!(found(&seal, &prose).is_empty());
    let looks = seal.confirmed.lock().unwrap().len();
    assert!(looks <= 3, "{looks} slow looks at {} bytes of code", prose.len());
}

#[test]
fn what_could_be_guessed_is_refused() {
    for value in [
        "P@ssw0rd!2024#Prod",
        "Sup3rS3cr3tK3y!!",
        "MySQLr00tP4ss",
        "Fr33BSD-r0ck5!",
        "fluffy_Bunny_7734!x",
        "Amsterdam#2025!db",
        "xX_DragonSlayer_Xx99",
        "qwertyUIOP1234!@#$",
        "hunter2",
        "Wint3rSturm!7",
        "correct-horse-battery-staple",
        "postgres://app:postgres@localhost/db",
        "changeme",
        "1234567890123456789012",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "https://api.acme.org/v1/things/and/more",
        "Tr0ub4dor&3",
        "production",
        "this is a long sentence that somebody wrote",
        "MyCompanyName2026!Secure",
        "abc\0defkJ8xpQ2zR4vW7nB1",
    ] {
        assert!(strength::check(value.as_bytes()).is_err(), "{value}");
    }
    let mut random = seeded(5);
    let mut wrong = 0;
    for _ in 0..500 {
        wrong += usize::from(strength::check(text(&mut random, BASE62, 16).as_bytes()).is_err());
        wrong += usize::from(strength::check(text(&mut random, b"0123456789abcdef", 32).as_bytes()).is_err());
    }
    assert!(wrong <= 30, "{wrong} of 1000 drawn values are refused");
}

#[test]
fn a_damaged_or_weakened_seal_is_refused() {
    let (seal, _) = sealed(&[("ONE", &word(1, 20)), ("TWO", &word(2, 24))]);
    let text = seal.to_string();
    assert!(Seal::parse(&text.replace('\n', "\r\n"), "x").is_ok());
    let resummed = |text: &str| {
        let end = text.rfind("sum ").unwrap();
        format!("{}sum {}\n", &text[..end], HEX.encode(&Sha256::digest(&text[..end])[..16]))
    };
    use data_encoding::HEXLOWER as HEX;
    let lines: Vec<&str> = text.lines().collect();
    for at in 0..lines.len() {
        let without: String =
            lines.iter().enumerate().filter(|(n, _)| *n != at).map(|(_, line)| format!("{line}\n")).collect();
        assert!(Seal::parse(&without, "x").is_err(), "without line {}", at + 1);
    }
    for at in (0..text.len()).step_by(7) {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        assert!(String::from_utf8(bytes).is_ok_and(|text| Seal::parse(&text, "x").is_err()), "byte {at}");
    }
    for (from, to) in
        [("argon2id 19456 2", "argon2id 8 1"), ("argon2id 19456 2", "argon2id 19456 9"), ("argon2id", "md5")]
    {
        let error = Seal::parse(&resummed(&text.replace(from, to)), "x").unwrap_err().to_string();
        assert!(error.starts_with("x:3: the hash"), "{error}");
    }
    assert!(Seal::parse("", "x").is_err() && Seal::parse("# stanch seal, version 2\nsum 0\n", "x").is_err());
}
