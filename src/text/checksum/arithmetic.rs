//! The checksums themselves, free of any token format.

use sha2::{Digest, Sha256};

use crate::text::random::BASE62;

/// CRC-32 (ISO-HDLC), as in zip and gzip.
pub fn crc32(bytes: &[u8]) -> u32 {
    crc32fast::hash(bytes)
}

/// CRC-16/XMODEM, as NATS and Stellar keys use it.
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| (crc << 1) ^ if crc & 0x8000 != 0 { 0x1021 } else { 0 })
    })
}

/// CRC-24 of OpenPGP's armor (RFC 4880, 6.1).
pub fn crc24(bytes: &[u8]) -> u32 {
    let crc = bytes.iter().fold(0x00b7_04ce_u32, |crc, &byte| {
        (0..8).fold(crc ^ (u32::from(byte) << 16), |crc, _| {
            let next = crc << 1;
            if next & 0x0100_0000 != 0 { next ^ 0x0186_4cfb } else { next }
        })
    });
    crc & 0x00ff_ffff
}

/// `number` in base 62 (digits, capitals, small letters), padded with zeros to `width`.
pub fn base62(mut number: u32, width: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(BASE62[number as usize % 62]);
        number /= 62;
    }
    pad(digits, width)
}

/// `number` in base 36 (digits, small letters), padded with zeros to `width`.
pub fn base36(mut number: u32, width: usize) -> String {
    let mut digits = Vec::new();
    while number > 0 {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[number as usize % 36]);
        number /= 36;
    }
    pad(digits, width)
}

fn pad(mut digits: Vec<u8>, width: usize) -> String {
    digits.resize(digits.len().max(width), b'0');
    digits.iter().rev().map(|&digit| char::from(digit)).collect()
}

/// Says whether the last digit is the Luhn digit of the others.
pub fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, &digit)| match (at % 2, u32::from(digit)) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Remainder modulo 97 of letters and digits as ISO 7064 reads them: `A` is 10, `Z` is 35. None for other characters.
pub fn mod97(text: impl Iterator<Item = u8>) -> Option<u32> {
    let mut rest = 0;
    for byte in text {
        let value = char::from(byte).to_digit(36)?;
        rest = (rest * if value > 9 { 100 } else { 10 } + value) % 97;
    }
    Some(rest)
}

/// Decodes Bitcoin's base58 with its four checksum bytes: the payload, or none when they do not agree.
pub fn base58check(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    if text.len() > 128 {
        return None;
    }
    let mut bytes: Vec<u8> = Vec::with_capacity(text.len());
    for character in text.bytes() {
        let mut carry = ALPHABET.iter().position(|&letter| letter == character)?;
        for byte in bytes.iter_mut() {
            carry += usize::from(*byte) * 58;
            *byte = carry as u8;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(carry as u8);
            carry >>= 8;
        }
    }
    bytes.extend(text.bytes().take_while(|&character| character == b'1').map(|_| 0));
    bytes.reverse();
    let (payload, check) = bytes.split_at_checked(bytes.len().checked_sub(4)?)?;
    (Sha256::digest(Sha256::digest(payload))[..4] == *check).then(|| payload.to_vec())
}

const BECH32: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

fn bech32_polymod(prefix: &str, data: &[u8]) -> u32 {
    let high = prefix.bytes().map(|byte| byte >> 5);
    let low = prefix.bytes().map(|byte| byte & 31);
    high.chain([0]).chain(low).chain(data.iter().copied()).fold(1, |check: u32, value| {
        let top = check >> 25;
        [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]
            .iter()
            .enumerate()
            .filter(|(bit, _)| (top >> bit) & 1 == 1)
            .fold(((check & 0x01ff_ffff) << 5) ^ u32::from(value), |check, (_, generator)| check ^ generator)
    })
}

/// Decodes bech32 (BIP-173; one letter case): the prefix in small letters and the bytes, or none.
pub fn bech32(text: &str) -> Option<(String, Vec<u8>)> {
    let lower = text.to_ascii_lowercase();
    if text != lower && text != text.to_ascii_uppercase() {
        return None;
    }
    let (prefix, data) = lower.rsplit_once('1').filter(|(prefix, data)| !prefix.is_empty() && data.len() >= 6)?;
    let values: Vec<u8> = data
        .bytes()
        .map(|byte| BECH32.iter().position(|&letter| letter == byte).map(|at| at as u8))
        .collect::<Option<_>>()?;
    if bech32_polymod(prefix, &values) != 1 {
        return None;
    }
    let (mut buffer, mut bits, mut bytes) = (0_u32, 0, Vec::new());
    for &value in &values[..values.len() - 6] {
        buffer = (buffer << 5 | u32::from(value)) & 0xfff;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
        }
    }
    Some((prefix.to_owned(), bytes))
}

/// Writes bech32 in small letters.
pub fn to_bech32(prefix: &str, bytes: &[u8]) -> String {
    let (mut buffer, mut bits, mut values) = (0_u32, 0, Vec::new());
    for &byte in bytes {
        buffer = (buffer << 8 | u32::from(byte)) & 0xfff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            values.push((buffer >> bits) as u8 & 31);
        }
    }
    if bits > 0 {
        values.push((buffer << (5 - bits)) as u8 & 31);
    }
    let check = bech32_polymod(prefix, &[&values[..], &[0; 6]].concat()) ^ 1;
    values.extend((0..6).map(|at| (check >> (5 * (5 - at))) as u8 & 31));
    let data: String = values.iter().map(|&value| char::from(BECH32[usize::from(value)])).collect();
    format!("{prefix}1{data}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_values_of_the_catalogue_of_crc_algorithms() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(crc24(b"123456789"), 0x0021_cf02);
    }

    #[test]
    fn numbers_in_other_bases() {
        assert_eq!(base62(0, 6), "000000");
        assert_eq!(base62(61, 1), "z");
        assert_eq!(base62(u32::MAX, 6), "4gfFC3");
        assert_eq!(base36(u32::MAX, 7), "1z141z3");
    }

    #[test]
    fn published_examples_of_luhn_and_iban() {
        let digits = |text: &str| text.bytes().map(|byte| byte - b'0').collect::<Vec<_>>();
        assert!(luhn(&digits("79927398713")));
        assert!(!luhn(&digits("79927398710")));
        assert_eq!(mod97(b"WEST12345698765432GB82".iter().copied()), Some(1));
    }

    #[test]
    fn bech32_follows_bip173() {
        let split = "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w";
        for valid in ["A12UEL5L", "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw", split] {
            assert!(bech32(valid).is_some(), "{valid}");
        }
        for invalid in ["A12uEL5L", "a12uel5m", "10a06t8", "pzry9x0s0muk", ""] {
            assert_eq!(bech32(invalid), None, "{invalid}");
        }
        let bytes: Vec<u8> = (0..32).collect();
        assert_eq!(bech32(&to_bech32("some-prefix-", &bytes)), Some(("some-prefix-".to_owned(), bytes)));
    }

    #[test]
    fn base58_reads_the_address_of_the_first_block_and_refuses_a_typo() {
        let address = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";
        assert_eq!(base58check(address).map(|payload| (payload[0], payload.len())), Some((0, 21)));
        assert_eq!(base58check(&address.replace("zP1", "zP2")), None);
        assert_eq!(base58check("1"), None);
    }
}
