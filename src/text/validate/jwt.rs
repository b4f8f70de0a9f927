//! JSON Web Tokens (RFC 7519): decoded, never verified, for the key is elsewhere.

use serde_json::{Map, Value};

use crate::text::random::{self, Random};
use crate::text::{Proof, base64};

/// What a token says about itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Jwt {
    /// The signature's algorithm, as written.
    pub algorithm: String,
    /// `iss`.
    pub issuer: Option<String>,
    /// `sub`.
    pub subject: Option<String>,
    /// `role`, as Supabase keys have it.
    pub role: Option<String>,
    /// `exp`, seconds since 1970 UTC.
    pub expires: Option<i64>,
    /// All claims; empty for an encrypted token (JWE), whose claims nobody can read.
    pub claims: Map<String, Value>,
}

impl Jwt {
    /// Decodes `value`: a signed token of three parts or an encrypted one of five.
    pub fn read(value: &[u8]) -> Option<Self> {
        let parts: Vec<&[u8]> = value.split(|&byte| byte == b'.').collect();
        if parts.iter().any(|part| part.iter().any(|byte| matches!(byte, b'+' | b'/' | b'='))) {
            return None;
        }
        let header = base64::decode_json(parts.first()?)?;
        let algorithm = header.get("alg")?.as_str()?.to_owned();
        let claims = match parts[..] {
            [_, payload, signature] => {
                if !fits(&algorithm, base64::decode(signature)?.len()) {
                    return None;
                }
                base64::decode_json(payload)?
            }
            [_, _, _, text, tag] if header.contains_key("enc") && !text.is_empty() && !tag.is_empty() => Map::new(),
            _ => return None,
        };
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let expires = claims.get("exp").and_then(|exp| exp.as_i64().or_else(|| exp.as_f64().map(|exp| exp as i64)));
        let (issuer, subject, role) = (text("iss"), text("sub"), text("role"));
        Some(Self { algorithm, issuer, subject, role, expires, claims })
    }

    /// Says whether anybody could have written the token, for it is not signed.
    pub fn is_unsigned(&self) -> bool {
        self.algorithm.eq_ignore_ascii_case("none")
    }

    /// Says whether the token is one of NATS, which vouches for a public key as a certificate does: the server asks for a
    /// signature of that key besides.
    pub fn is_certificate(&self) -> bool {
        self.algorithm.eq_ignore_ascii_case("ed25519-nkey")
    }

    /// Says whether the token was void at `now`, seconds since 1970 UTC.
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// Says whether a signature of `length` bytes can be one of `algorithm` (RFC 7518, 8037): a cut token has none.
fn fits(algorithm: &str, length: usize) -> bool {
    match algorithm.to_ascii_uppercase().as_str() {
        "NONE" => length == 0,
        "HS256" => length == 32,
        "HS384" => length == 48,
        "HS512" | "ES256" | "ES256K" => length == 64,
        "ES384" => length == 96,
        "ES512" => length == 132,
        "EDDSA" => matches!(length, 64 | 114),
        "RS256" | "RS384" | "RS512" | "PS256" | "PS384" | "PS512" => length >= 128,
        _ => length > 0,
    }
}

pub(super) fn check(value: &[u8]) -> Proof {
    Proof::of(Jwt::read(value).is_some())
}

/// A token signed with nothing: random bytes where an HS256 signature stands. `payload` is JSON, empty for a usual one.
pub(super) fn generate(payload: &str, random: &mut Random<'_>) -> String {
    let usual = format!(
        r#"{{"sub":"{}","name":"{}","iat":{}}}"#,
        random::below(random, 900_000_000) + 100_000_000,
        random::text(random, b"abcdefghijklmnopqrstuvwxyz", 9),
        1_600_000_000 + random::below(random, 100_000_000)
    );
    let payload = if payload.is_empty() { &usual } else { payload };
    let part = |bytes: &[u8]| data_encoding::BASE64URL_NOPAD.encode(bytes);
    let signature = random::bytes(random, 32);
    format!("{}.{}.{}", part(br#"{"alg":"HS256","typ":"JWT"}"#), part(payload.as_bytes()), part(&signature))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    const SIGNED: &str = "0123456789abcdef0123456789abcdef";

    fn token(header: &str, payload: &str, signature: &str) -> Option<Jwt> {
        let part = |text: &str| data_encoding::BASE64URL_NOPAD.encode(text.as_bytes());
        Jwt::read(format!("{}.{}.{}", part(header), part(payload), part(signature)).as_bytes())
    }

    #[test]
    fn facts_are_read_from_header_and_payload() {
        let jwt = token(r#"{"alg":"RS256"}"#, r#"{"iss":"acme","role":"admin","exp":1700000000.5}"#, &"s".repeat(256))
            .unwrap();
        assert_eq!((jwt.issuer.as_deref(), jwt.role.as_deref()), (Some("acme"), Some("admin")));
        assert!(!jwt.is_unsigned() && !jwt.is_expired(1_699_999_999) && jwt.is_expired(1_700_000_000));
        assert!(token(r#"{"alg":"none"}"#, "{}", "").unwrap().is_unsigned());
    }

    #[test]
    fn what_is_no_token_fails() {
        for (header, payload, signature) in [
            (r#"{"typ":"JWT"}"#, "{}", SIGNED),
            (r#"{"alg":1}"#, "{}", SIGNED),
            (r#"{"alg":"HS256"}"#, "{}", ""),
            (r#"{"alg":"HS256"}"#, "{}", &SIGNED[1..]),
            (r#"{"alg":"HS256"}"#, "[]", SIGNED),
            (r#"{"alg":"HS256"}"#, "no", SIGNED),
            (r#"{"alg":"none"}"#, "{}", SIGNED),
        ] {
            assert_eq!(token(header, payload, signature), None, "{header} {payload} {signature}");
        }
        assert_eq!(Jwt::read(b"eyJhbGciOiJIUzI1NiJ9.e30"), None);
    }

    #[test]
    fn a_given_payload_is_carried() {
        let value = generate(r#"{"iss":"acme"}"#, &mut seeded(2));
        assert_eq!(Jwt::read(value.as_bytes()).and_then(|jwt| jwt.issuer).as_deref(), Some("acme"));
    }
}
