//! Expands the templates of examples: `«…»` marks the value, `%{…}` stands for generated text.
//!
//! The generator is seeded by the rule's id, so that an example is the same on every machine, and nothing that looks
//! like a live credential stands in the repository.

use crate::model::Span;
use crate::text::checksum::Checksum;
use crate::text::random::{self, BASE62};
use crate::text::validate::Validator;

/// An expanded example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The text without marks.
    pub text: Vec<u8>,
    /// Where the marked value stands; none in a counter-example.
    pub value: Option<Span>,
}

/// A template cannot be expanded. Its author is to blame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `%{` without `}`.
    #[error("`%{{` is never closed")]
    Open,
    /// The generator's name or its argument is unknown.
    #[error("there is no generator `%{{{0}}}`")]
    Unknown(String),
}

/// A small deterministic generator: the same numbers for the same seed on every machine.
#[derive(Debug, Clone)]
pub struct Seeded(u64);

impl Seeded {
    /// Seeds with a text and a number.
    pub fn new(text: &str, number: usize) -> Self {
        let mut state = 0xcbf2_9ce4_8422_2325_u64 ^ number as u64;
        for byte in text.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Self(state)
    }

    /// The next number (SplitMix64).
    pub fn draw(&mut self) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) as u32
    }
}

/// Expands a template with the numbers of `seed`.
pub fn expand(template: &str, seed: &mut Seeded) -> Result<Example, TemplateError> {
    let mut text = String::with_capacity(template.len() * 2);
    let (mut start, mut end) = (None, None);
    let mut rest = template;
    while let Some(character) = rest.chars().next() {
        if let Some(after) = rest.strip_prefix("%%{") {
            text.push_str("%{");
            rest = after;
        } else if let Some(after) = rest.strip_prefix("%{") {
            let close = closing(after).ok_or(TemplateError::Open)?;
            text.push_str(&generate(&after[..close], seed)?);
            rest = &after[close + 1..];
        } else {
            match character {
                '«' => start = Some(text.len()),
                '»' => end = Some(text.len()),
                other => text.push(other),
            }
            rest = &rest[character.len_utf8()..];
        }
    }
    let value = start.zip(end).map(|(start, end)| Span::new(start, end));
    Ok(Example { text: text.into_bytes(), value })
}

/// The index of the brace that closes a generator; generators may stand inside one another, and a class may hold braces.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    let mut in_class = text.starts_with('[');
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b']' if in_class => in_class = false,
            b'{' if !in_class => depth += 1,
            b'}' if !in_class && depth == 0 => return Some(at),
            b'}' if !in_class => depth -= 1,
            _ => {}
        }
    }
    None
}

fn generate(generator: &str, seed: &mut Seeded) -> Result<String, TemplateError> {
    let unknown = || TemplateError::Unknown(generator.to_owned());
    if generator.starts_with('[') {
        let close = generator.rfind("]:").ok_or_else(unknown)?;
        let alphabet = class(&generator[1..close]).ok_or_else(unknown)?;
        let count = count(&generator[close + 2..], seed).ok_or_else(unknown)?;
        return Ok(random::text(&mut || seed.draw(), &alphabet, count));
    }
    let (name, argument) = generator.split_once(':').unwrap_or((generator, ""));
    let mut random = {
        let seed = &mut *seed;
        move || seed.draw()
    };
    match name {
        "uuid" => return Ok(uuid(&mut random)),
        "jwt" | "pem" | "bip39" | "nkey" | "age" | "stellar-seed" | "base58check" => {
            return Ok(Validator::from_name(name).ok_or_else(unknown)?.generate(argument, &mut random));
        }
        "checksum" => {
            let (name, prefix) = argument.split_once(':').unwrap_or((argument, ""));
            return Ok(Checksum::from_name(name).ok_or_else(unknown)?.generate(prefix, &mut random));
        }
        _ => {}
    }
    if name == "b64" {
        let inner = expand(argument, seed)?;
        return Ok(data_encoding::BASE64.encode(&inner.text));
    }
    let count = count(argument, seed).ok_or_else(unknown)?;
    let alphabet: &[u8] = match name {
        "base62" => BASE62,
        "hex" => b"0123456789abcdef",
        "HEX" => b"0123456789ABCDEF",
        "lower" => b"abcdefghijklmnopqrstuvwxyz",
        "upper" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "digits" => b"0123456789",
        "alnum" => b"0123456789abcdefghijklmnopqrstuvwxyz",
        "base32" => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
        "base64url" => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_",
        "base64" => return Ok(base64(count, seed)),
        _ => return Err(unknown()),
    };
    Ok(random::text(&mut || seed.draw(), alphabet, count))
}

/// Base64 of exactly `count` characters, padded where the length asks for it.
fn base64(count: usize, seed: &mut Seeded) -> String {
    let bytes = random::bytes(&mut || seed.draw(), count.div_ceil(4) * 3);
    if !count.is_multiple_of(4) {
        let mut text = data_encoding::BASE64.encode(&bytes);
        text.truncate(count);
        return text;
    }
    // Keys of 16, 32 and 64 bytes end in padding: the usual case at 24, 44 and 88 characters.
    let padding = match count {
        24 | 88 => 2,
        44 => 1,
        _ => 0,
    };
    data_encoding::BASE64.encode(&bytes[..bytes.len() - padding])
}

fn uuid(random: &mut dyn FnMut() -> u32) -> String {
    let mut bytes = random::bytes(random, 16);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// `32` or `32-64`.
fn count(text: &str, seed: &mut Seeded) -> Option<usize> {
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    let (low, high): (usize, usize) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low <= high && high <= 8192).then(|| low + seed.draw() as usize % (high - low + 1))
}

/// The characters of a class such as `A-Z2-7_-`.
fn class(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    let mut alphabet = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let mut low = bytes[at];
        if low == b'\\' {
            at += 1;
            low = *bytes.get(at)?;
        }
        if bytes.get(at + 1) == Some(&b'-') && at + 2 < bytes.len() {
            alphabet.extend(low..=bytes[at + 2]);
            at += 3;
        } else {
            alphabet.push(low);
            at += 1;
        }
    }
    (!alphabet.is_empty()).then_some(alphabet)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_expand_to_the_same_text_every_time_and_mark_the_value() {
        let expand = |template: &str| expand(template, &mut Seeded::new("acme-key", 0)).unwrap();
        let one = expand("KEY=«acme_%{base62:32}» # %{[A-C_-]:4} %{hex:8-9} %%{x}");
        assert_eq!(one, expand("KEY=«acme_%{base62:32}» # %{[A-C_-]:4} %{hex:8-9} %%{x}"));
        let value = one.value.unwrap();
        assert_eq!((value.start, value.len()), (4, 37));
        assert!(one.text.ends_with(b" %{x}"));
        assert_eq!(expand("%{base64:44}").text.last(), Some(&b'='));
        assert_eq!(expand("%{b64:user:%{hex:4}}").text.len(), 12);
    }

    #[test]
    fn unknown_generators_are_errors() {
        for template in ["%{nope:3}", "%{hex:x}", "%{hex:3"] {
            assert!(expand(template, &mut Seeded::new("", 0)).is_err(), "{template}");
        }
    }
}
