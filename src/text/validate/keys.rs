//! Keys whose text form ends with a checksum, or whose bits are partly fixed.

use sha2::{Digest, Sha256};

use crate::text::checksum::arithmetic::{self, bech32, crc16, to_bech32};
use crate::text::random::{self, Random};
use crate::text::{Proof, base64};

/// Decodes base32 that ends with a CRC-16, lowest byte first, and returns what it covers.
fn with_crc16(value: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = data_encoding::BASE32_NOPAD.decode(value).ok()?;
    let check = bytes.split_off(bytes.len().checked_sub(2)?);
    (crc16(&bytes).to_le_bytes()[..] == check).then_some(bytes)
}

fn crc16_text(mut bytes: Vec<u8>) -> String {
    let check = crc16(&bytes).to_le_bytes();
    bytes.extend(check);
    data_encoding::BASE32_NOPAD.encode(&bytes)
}

/// NATS: `S`, the kind of key (account, user, operator, server, cluster, curve), 32 bytes, CRC-16
/// (<https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/nkey_auth>; `strkey.go` of nats-io/nkeys).
pub(super) fn nkey(value: &[u8]) -> Proof {
    let seed = with_crc16(value).filter(|bytes| bytes.len() == 34);
    Proof::of(seed.is_some_and(|bytes| {
        let kind = (bytes[0] & 7) << 5 | (bytes[1] & 0xf8) >> 3;
        bytes[0] & 0xf8 == 18 << 3 && [0, 20 << 3, 14 << 3, 13 << 3, 2 << 3, 23 << 3].contains(&kind)
    }))
}

pub(super) fn make_nkey(arg: &str, random: &mut Random<'_>) -> String {
    let kind: u8 = match arg {
        "SA" => 0,
        "SO" => 14 << 3,
        "SN" => 13 << 3,
        "SC" => 2 << 3,
        "SX" => 23 << 3,
        _ => 20 << 3,
    };
    crc16_text([vec![18 << 3 | kind >> 5, (kind & 31) << 3], random::bytes(random, 32)].concat())
}

/// age: bech32 of 32 bytes with the prefix `age-secret-key-` (<https://age-encryption.org/v1>); the post-quantum keys have a longer prefix.
pub(super) fn age(value: &[u8]) -> Proof {
    let decoded = std::str::from_utf8(value).ok().and_then(bech32);
    Proof::of(decoded.is_some_and(|(prefix, bytes)| prefix.starts_with("age-secret-key-") && bytes.len() == 32))
}

pub(super) fn make_age(_arg: &str, random: &mut Random<'_>) -> String {
    to_bech32("age-secret-key-", &random::bytes(random, 32)).to_ascii_uppercase()
}

/// Stellar: kind 18 (`S`), 32 bytes, CRC-16 (<https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md>).
pub(super) fn stellar(value: &[u8]) -> Proof {
    Proof::of(with_crc16(value).is_some_and(|bytes| bytes.len() == 33 && bytes[0] == 18 << 3))
}

pub(super) fn make_stellar(_arg: &str, random: &mut Random<'_>) -> String {
    crc16_text([vec![18 << 3], random::bytes(random, 32)].concat())
}

/// Bitcoin: private keys in wallet import format (version 0x80 or 0xef) and extended private keys (BIP-32 `xprv` and its siblings).
/// Addresses and extended public keys decode as well, but are public and fail here.
pub(super) fn base58check(value: &[u8]) -> Proof {
    let payload = std::str::from_utf8(value).ok().and_then(arithmetic::base58check).unwrap_or_default();
    let holds = match (payload.len(), payload.first()) {
        (33 | 34, Some(0x80 | 0xef)) => true,
        // An extended private key's 32 bytes stand behind a zero.
        (78, Some(4)) => payload[45] == 0,
        _ => false,
    };
    Proof::of(holds)
}

/// A private key in wallet import format, or an extended one where the argument is `xprv`.
pub(super) fn make_base58check(arg: &str, random: &mut Random<'_>) -> String {
    const ALPHABET: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut bytes = match arg {
        // Depth, parent and child are nought, then the chain code.
        "xprv" => {
            [&[0x04, 0x88, 0xad, 0xe4][..], &[0; 9], &random::bytes(random, 32), &[0], &random::bytes(random, 32)]
                .concat()
        }
        _ => [vec![0x80], random::bytes(random, 32), vec![1]].concat(),
    };
    let check = Sha256::digest(Sha256::digest(&bytes));
    bytes.extend_from_slice(&check[..4]);
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(byte);
        for digit in digits.iter_mut() {
            carry += u32::from(*digit) << 8;
            *digit = (carry % 58) as u8;
            carry /= 58;
        }
        while carry > 0 {
            digits.push((carry % 58) as u8);
            carry /= 58;
        }
    }
    digits.iter().rev().map(|&digit| char::from(ALPHABET[usize::from(digit)])).collect()
}

/// WireGuard: 32 bytes in base64; `wg genkey` fixes five bits as Curve25519 wants them, which one random value in 32 has.
/// That is no proof. A public key has no such bits, so a value without them is not a private key.
pub(super) fn wireguard(value: &[u8]) -> Proof {
    let bytes = base64::decode(value).filter(|bytes| bytes.len() == 32);
    Proof::only_fails(bytes.is_some_and(|bytes| bytes[0] & 7 == 0 && bytes[31] & 0xc0 == 0x40))
}

pub(super) fn make_wireguard(_arg: &str, random: &mut Random<'_>) -> String {
    let mut bytes = random::bytes(random, 32);
    bytes[0] &= 0xf8;
    bytes[31] = bytes[31] & 0x3f | 0x40;
    data_encoding::BASE64.encode(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    #[test]
    fn a_changed_character_fails() {
        type Pair = (fn(&[u8]) -> Proof, fn(&str, &mut Random<'_>) -> String);
        let pairs: [Pair; 4] =
            [(nkey, make_nkey), (age, make_age), (stellar, make_stellar), (base58check, make_base58check)];
        for (check, make) in pairs {
            let key = make("", &mut seeded(13));
            assert_eq!(check(key.as_bytes()), Proof::Passed, "{key}");
            let at = key.len() / 2;
            let other = if key.as_bytes()[at].eq_ignore_ascii_case(&b'Q') { "P" } else { "Q" };
            let changed = format!("{}{other}{}", &key[..at], &key[at + 1..]);
            assert_eq!(check(changed.as_bytes()), Proof::Failed, "{changed}");
        }
    }

    #[test]
    fn kinds_show_in_the_text() {
        for kind in ["SA", "SU", "SO", "SN", "SC", "SX"] {
            let seed = make_nkey(kind, &mut seeded(14));
            assert!(seed.starts_with(kind) && seed.len() == 58, "{seed}");
        }
        assert!(make_stellar("", &mut seeded(14)).starts_with('S'));
        assert!(make_age("", &mut seeded(14)).starts_with("AGE-SECRET-KEY-1"));
    }

    #[test]
    fn public_relatives_fail() {
        assert_eq!(base58check(b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"), Proof::Failed);
        assert_eq!(age(b"a12uel5l"), Proof::Failed);
        assert_eq!(wireguard(data_encoding::BASE64.encode(&[0xff; 32]).as_bytes()), Proof::Failed);
    }
}
