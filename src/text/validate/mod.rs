//! Structures that a value must have, whoever issued it.
//!
//! Where a structure holds a checksum or decodes to something that random text would not, a well-formed value *passes*; where
//! everything of the right alphabet is well formed (UUID, base64, base32, a password), it only ever *fails*.

pub mod bip39;
mod der;
mod hash;
pub mod jwt;
mod keys;
pub mod pem;
mod plain;

use super::Proof;
use super::random::Random;

macro_rules! validators {
    ($($variant:ident = $name:literal, $module:ident :: $check:ident / $generate:ident, $doc:literal;)+) => {
        /// A named structure, as `checks.validate` of a rule names it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Validator {
            $(#[doc = $doc] $variant,)+
        }

        /// The names that a rule may use.
        pub const NAMES: &[&str] = &[$($name),+];

        impl Validator {
            /// Every structure.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Finds a structure by its name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)+
                    _ => None,
                }
            }

            /// The name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// Judges a whole value.
            pub fn check(self, value: &[u8]) -> Proof {
                match self { $(Self::$variant => $module::$check(value)),+ }
            }

            /// Makes a well-formed value; `arg` is what the variant's documentation says, empty for the usual one.
            pub fn generate(self, arg: &str, random: &mut Random<'_>) -> String {
                match self { $(Self::$variant => $module::$generate(arg, random)),+ }
            }
        }
    };
}

validators! {
    Jwt = "jwt", jwt::check / generate, "JSON Web Token: three base64url parts, a header with `alg`. The argument is the payload.";
    Pem = "pem", pem::check / generate, "PEM and PGP armor whose body is what its label says. The argument is the label.";
    Bip39 = "bip39", bip39::check / generate, "English BIP-39 phrase with its checksum. The argument is the number of words.";
    Nkey = "nkey", keys::nkey / make_nkey, "NATS NKEY seed: base32, kind, CRC-16.";
    Age = "age", keys::age / make_age, "age secret key: bech32.";
    StellarSeed = "stellar-seed", keys::stellar / make_stellar, "Stellar secret seed: base32, kind, CRC-16.";
    Base58Check = "base58check", keys::base58check / make_base58check, "Bitcoin private key (WIF) or extended private key: base58 with checksum.";
    Wireguard = "wireguard", keys::wireguard / make_wireguard, "WireGuard private key: 32 bytes with the fixed bits of Curve25519.";
    Bcrypt = "bcrypt", hash::bcrypt / make_bcrypt, "bcrypt hash.";
    Crypt = "crypt", hash::crypt / make_crypt, "Password hash in any common notation: `$6$…`, `$argon2id$…`, `{SSHA}…`, `pbkdf2_sha256$…`, bcrypt.";
    Uuid = "uuid", plain::uuid / make_uuid, "UUID that is not all one digit.";
    Base64 = "base64", plain::base64 / make_base64, "Base64 that decodes, in either alphabet. The argument is the number of bytes.";
    OtpBase32 = "otp-base32", plain::otp / make_otp, "Base32 seed of one-time passwords, ten bytes or more.";
    UrlPassword = "url-password", plain::url_password / make_url_password, "Password of a URL (or a URL with one) that is no placeholder and no reference.";
}

impl Validator {
    /// Whether the structure holds a checksum that a made-up value does not have.
    pub fn is_checksum(self) -> bool {
        matches!(self, Self::Bip39 | Self::Nkey | Self::Age | Self::StellarSeed | Self::Base58Check)
    }

    /// Whether a value that does not fit is something else altogether. An age key names itself: one with a wrong checksum was
    /// mistyped, cut or made up, and is still told.
    pub fn excludes(self) -> bool {
        self != Self::Age
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    #[test]
    fn names_read_back_and_generated_values_are_never_failed() {
        let mut random = seeded(5);
        for &validator in Validator::ALL {
            assert_eq!(Validator::from_name(validator.name()), Some(validator));
            for _ in 0..20 {
                let value = validator.generate("", &mut random);
                assert_ne!(validator.check(value.as_bytes()), Proof::Failed, "{} {value}", validator.name());
            }
        }
        assert_eq!(NAMES.len(), Validator::ALL.len());
    }

    #[test]
    fn empty_cut_and_random_values_do_not_panic_and_do_not_pass() {
        let mut random = seeded(6);
        let alphabet = b"abcXYZ019+/=-_.$:@{}<> \n\\\"\xc3\xa9\xff";
        for &validator in Validator::ALL {
            assert_eq!(validator.check(b""), Proof::Failed, "{}", validator.name());
            let whole = validator.generate("", &mut random).into_bytes();
            for length in 0..whole.len() {
                assert_ne!(validator.check(&whole[..length]), Proof::Passed, "{} cut at {length}", validator.name());
                let noise: Vec<u8> = (0..length).map(|_| alphabet[random() as usize % alphabet.len()]).collect();
                assert_ne!(validator.check(&noise), Proof::Passed, "{}", validator.name());
                validator.check(&[&whole[..length], &noise].concat());
            }
        }
    }
}
