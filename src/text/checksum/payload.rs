//! Tokens that carry a readable payload: what it must hold, random text would not.

use serde_json::{Map, Value};

use crate::text::Proof;
use crate::text::base64::{decode, decode_json};
use crate::text::random::{self, BASE62, Random};

/// PyPI: `pypi-` and a macaroon in base64url, version 2, whose location is the index
/// (<https://pypi.org/help/#apitoken>; format: <https://github.com/rescrv/libmacaroons/blob/master/doc/format.txt>).
pub(super) fn pypi(token: &str) -> Proof {
    let body = token.strip_prefix("pypi-").unwrap_or(token);
    Proof::of(decode(body.as_bytes()).is_some_and(|bytes| macaroon(&bytes).is_some()))
}

/// Walks through a version 2 macaroon and says that nothing is missing or left over.
fn macaroon(bytes: &[u8]) -> Option<()> {
    let mut reader = Reader(bytes.strip_prefix(&[2])?);
    let location = reader.field(1)?;
    if location != b"pypi.org" && location != b"test.pypi.org" {
        return None;
    }
    reader.field(2)?;
    reader.end_of_section()?;
    while reader.end_of_section().is_none() {
        reader.field(1);
        reader.field(2)?;
        reader.field(4);
        reader.end_of_section()?;
    }
    (reader.field(6)?.len() == 32 && reader.0.is_empty()).then_some(())
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Takes the field of type `kind`, if it is the next.
    fn field(&mut self, kind: u8) -> Option<&'a [u8]> {
        let (&first, rest) = self.0.split_first().filter(|(first, _)| **first == kind)?;
        debug_assert_eq!(first, kind);
        let (length, rest) = varint(rest)?;
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    fn end_of_section(&mut self) -> Option<()> {
        self.0 = self.0.strip_prefix(&[0])?;
        Some(())
    }
}

fn varint(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes {
        [low, ref rest @ ..] if low < 0x80 => Some((usize::from(low), rest)),
        [low, high, ref rest @ ..] if high < 0x80 => Some((usize::from(low & 0x7f) | usize::from(high) << 7, rest)),
        _ => None,
    }
}

pub(super) fn make_pypi(arg: &str, random: &mut Random<'_>) -> String {
    let location = if arg.contains("test") { "test.pypi.org" } else { "pypi.org" };
    let mut bytes = vec![2];
    let mut field = |kind: u8, content: &[u8]| {
        bytes.extend([kind, content.len() as u8]);
        bytes.extend_from_slice(content);
    };
    field(1, location.as_bytes());
    field(2, uuid(random).as_bytes());
    let caveat = format!("[3, \"{}\"]", uuid(random));
    let signature = random::bytes(random, 32);
    bytes.push(0);
    bytes.extend([2, caveat.len() as u8]);
    bytes.extend_from_slice(caveat.as_bytes());
    bytes.extend([0, 0, 6, 32]);
    bytes.extend_from_slice(&signature);
    format!("pypi-{}", data_encoding::BASE64URL_NOPAD.encode(&bytes))
}

/// Sentry: `sntrys_`, a JSON object with `iat`, `url` and `org` in base64, `_`, and 32 bytes in base64
/// (<https://github.com/getsentry/rfcs/blob/main/text/0091-ci-upload-tokens.md>); `sntryu_` and 64 hexadecimal digits.
pub(super) fn sentry(token: &str) -> Proof {
    if let Some(body) = token.strip_prefix("sntryu_") {
        return Proof::only_fails(body.len() == 64 && body.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
    let Some(body) = token.strip_prefix("sntrys_") else { return Proof::NotApplicable };
    let Some((payload, secret)) = body.rsplit_once('_') else { return Proof::Failed };
    let holds =
        object(payload, |fields| has_text(fields, "org") && has_text(fields, "url") && fields.contains_key("iat"));
    Proof::of(holds && secret.len() >= 40)
}

pub(super) fn make_sentry(_arg: &str, random: &mut Random<'_>) -> String {
    let org = random::text(random, b"abcdefghijklmnop", 7);
    let iat = 1_700_000_000 + random::below(random, 90_000_000);
    let payload =
        format!(r#"{{"iat":{iat}.5,"url":"https://sentry.io","region_url":"https://us.sentry.io","org":"{org}"}}"#);
    let secret = data_encoding::BASE64_NOPAD.encode(&random::bytes(random, 32));
    format!("sntrys_{}_{secret}", data_encoding::BASE64.encode(payload.as_bytes()))
}

/// Grafana Cloud: `glc_` and a JSON object with organisation `o`, name `n` and key `k`
/// (<https://grafana.com/docs/grafana-cloud/account-management/authentication-and-permissions/access-policies/>).
pub(super) fn grafana_cloud(token: &str) -> Proof {
    let body = token.strip_prefix("glc_").unwrap_or(token);
    Proof::of(object(body, |fields| fields.contains_key("o") && has_text(fields, "n") && has_text(fields, "k")))
}

pub(super) fn make_grafana_cloud(_arg: &str, random: &mut Random<'_>) -> String {
    let (org, key) = (random::below(random, 900_000) + 100_000, random::text(random, BASE62, 24));
    let payload = format!(r#"{{"o":"{org}","n":"stack-{org}-read","k":"{key}","m":{{"r":"prod-eu-west-2"}}}}"#);
    format!("glc_{}", data_encoding::BASE64.encode(payload.as_bytes()))
}

/// 1Password: `ops_` and a JSON object with the sign-in address and keys (<https://developer.1password.com/docs/service-accounts/>).
pub(super) fn one_password(token: &str) -> Proof {
    let body = token.strip_prefix("ops_").unwrap_or(token);
    Proof::of(object(body, |fields| has_text(fields, "signInAddress") && has_text(fields, "secretKey")))
}

pub(super) fn make_one_password(_arg: &str, random: &mut Random<'_>) -> String {
    let (email, secret) = (random::text(random, BASE62, 13), random::text(random, BASE62, 26));
    let unlock = data_encoding::BASE64URL_NOPAD.encode(&random::bytes(random, 32));
    let payload = format!(
        r#"{{"signInAddress":"acme.1password.com","userAuth":{{"method":"SRPg-4096","alg":"PBES2g-HS256","iterations":650000}},"email":"{email}@1passwordserviceaccounts.com","srpX":"{unlock}","muk":{{"alg":"A256GCM","k":"{unlock}"}},"secretKey":"A3-{secret}","throttleSecret":{{"seed":"{unlock}"}}}}"#
    );
    format!("ops_{}", data_encoding::BASE64URL_NOPAD.encode(payload.as_bytes()))
}

/// Mapbox: kind, JSON object with user `u` and token id `a`, signature, joined by dots
/// (<https://docs.mapbox.com/api/accounts/tokens/>).
pub(super) fn mapbox(token: &str) -> Proof {
    let parts: Vec<&str> = token.split('.').collect();
    match parts[..] {
        [_, payload, signature] if signature.len() >= 20 => {
            Proof::of(object(payload, |fields| has_text(fields, "u") && has_text(fields, "a")))
        }
        _ => Proof::Failed,
    }
}

pub(super) fn make_mapbox(arg: &str, random: &mut Random<'_>) -> String {
    let kind = if arg.is_empty() { "sk." } else { arg };
    let (user, id) = (random::text(random, b"abcdefgh", 8), random::text(random, b"0123456789abcdefghij", 25));
    let payload = data_encoding::BASE64URL_NOPAD.encode(format!(r#"{{"u":"{user}","a":"{id}"}}"#).as_bytes());
    format!("{kind}{payload}.{}", data_encoding::BASE64URL_NOPAD.encode(&random::bytes(random, 16)))
}

/// Cloudflare Tunnel: base64 of `{"a": account, "t": tunnel, "s": secret}`
/// (`connection/connection.go` of cloudflare/cloudflared, `TunnelToken`).
pub(super) fn cloudflare_tunnel(token: &str) -> Proof {
    Proof::of(object(token, |fields| {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        text("a").len() == 32 && text("t").len() == 36 && decode(text("s").as_bytes()).is_some_and(|s| s.len() >= 16)
    }))
}

pub(super) fn make_cloudflare_tunnel(_arg: &str, random: &mut Random<'_>) -> String {
    let (account, tunnel) = (random::text(random, b"0123456789abcdef", 32), uuid(random));
    let secret = data_encoding::BASE64.encode(&random::bytes(random, 32));
    data_encoding::BASE64.encode(format!(r#"{{"a":"{account}","t":"{tunnel}","s":"{secret}"}}"#).as_bytes())
}

/// Discord: the bot's numeric id in base64, a time, a signature
/// (<https://docs.discord.com/developers/reference#authentication>).
pub(super) fn discord(token: &str) -> Proof {
    let parts: Vec<&str> = token.split('.').collect();
    let [id, time, signature] = parts[..] else { return Proof::Failed };
    let id = decode(id.as_bytes()).unwrap_or_default();
    let holds = (16..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit);
    Proof::of(holds && (6..=7).contains(&time.len()) && (27..=38).contains(&signature.len()))
}

pub(super) fn make_discord(_arg: &str, random: &mut Random<'_>) -> String {
    let id = format!("1{}", random::text(random, b"0123456789", 17));
    let (time, signature) = (random::text(random, BASE62, 6), random::text(random, BASE62, 38));
    format!("{}.{time}.{signature}", data_encoding::BASE64_NOPAD.encode(id.as_bytes()))
}

/// JFrog: base64 of `reftkn:01:EXPIRY:RANDOM` (<https://jfrog.com/help/r/jfrog-platform-administration-documentation/reference-token>).
pub(super) fn jfrog(token: &str) -> Proof {
    let text = decode(token.as_bytes()).unwrap_or_default();
    let mut parts = text.split(|&byte| byte == b':');
    let holds = parts.next() == Some(b"reftkn")
        && parts.next().is_some_and(|version| version.len() == 2)
        && parts.next().is_some_and(|expiry| expiry.len() == 10 && expiry.iter().all(u8::is_ascii_digit))
        && parts.next().is_some_and(|secret| secret.len() >= 16);
    Proof::of(holds)
}

pub(super) fn make_jfrog(_arg: &str, random: &mut Random<'_>) -> String {
    let expiry = 1_800_000_000 + random::below(random, 100_000_000);
    data_encoding::BASE64_NOPAD
        .encode(format!("reftkn:01:{expiry:010}:{}", random::text(random, BASE62, 27)).as_bytes())
}

/// WorkOS: `sk_`, an environment, and base64 of `key_ID,SECRET` (<https://workos.com/docs/reference/authentication>).
pub(super) fn workos(token: &str) -> Proof {
    let text = decode(token.rsplit('_').next().unwrap_or(token).as_bytes()).unwrap_or_default();
    let holds = text.strip_prefix(b"key_").is_some_and(|rest| rest.len() > 30 && rest.get(26) == Some(&b','));
    Proof::only_passes(holds)
}

pub(super) fn make_workos(arg: &str, random: &mut Random<'_>) -> String {
    let prefix = if arg.is_empty() { concat!("sk", "_live_") } else { arg };
    let id = random::text(random, b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", 24);
    let text = format!("key_01{id},{}", random::text(random, BASE62, 25));
    format!("{prefix}{}", data_encoding::BASE64_NOPAD.encode(text.as_bytes()))
}

/// Clerk: `pk_live_` or `pk_test_` and base64 of the instance's host and `$` (<https://clerk.com/docs/deployments/overview>).
pub(super) fn clerk(token: &str) -> Proof {
    let text = decode(token.rsplit('_').next().unwrap_or(token).as_bytes()).unwrap_or_default();
    let host = text.strip_suffix(b"$").unwrap_or_default();
    let named = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    Proof::of(host.contains(&b'.') && host.iter().all(named))
}

pub(super) fn make_clerk(arg: &str, random: &mut Random<'_>) -> String {
    let prefix = if arg.is_empty() { concat!("pk", "_test_") } else { arg };
    let host =
        format!("{}-{}.clerk.accounts.dev$", random::text(random, b"abcdefgh", 6), random::below(random, 90) + 10);
    format!("{prefix}{}", data_encoding::BASE64.encode(host.as_bytes()))
}

fn object(text: &str, holds: impl FnOnce(&Map<String, Value>) -> bool) -> bool {
    decode_json(text.as_bytes()).is_some_and(|fields| holds(&fields))
}

fn has_text(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty())
}

/// A random (version 4) UUID.
fn uuid(random: &mut Random<'_>) -> String {
    let variant = random::text(random, b"89ab", 1);
    let mut hex = |count| random::text(random, b"0123456789abcdef", count);
    format!("{}-{}-4{}-{variant}{}-{}", hex(8), hex(4), hex(3), hex(3), hex(12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::tests::seeded;

    #[test]
    fn pypi_needs_a_whole_macaroon_of_its_own_index() {
        let token = make_pypi("", &mut seeded(1));
        assert!(token.starts_with("pypi-AgEIcHlwaS5vcmc"));
        assert!(make_pypi("test", &mut seeded(1)).starts_with("pypi-AgENdGVzdC5weXBpLm9yZw"));
        assert_eq!(pypi(&token[..token.len() - 4]), Proof::Failed);
        assert_eq!(pypi(&format!("{token}AAAA")), Proof::Failed);
        let elsewhere = data_encoding::BASE64URL_NOPAD.encode(b"\x02\x01\x08pypi.com\x02\x01a\x00\x00\x06\x20");
        assert_eq!(pypi(&format!("pypi-{elsewhere}")), Proof::Failed);
    }

    #[test]
    fn payloads_without_their_fields_fail() {
        let empty = data_encoding::BASE64.encode(b"{\"iat\":1,\"url\":\"https://sentry.io\"}");
        assert_eq!(sentry(&format!("sntrys_{empty}_{}", "a".repeat(43))), Proof::Failed);
        assert_eq!(sentry(&format!("sntryu_{}", "0a".repeat(32))), Proof::NotApplicable);
        assert_eq!(sentry(&format!("sntryu_{}", "0g".repeat(32))), Proof::Failed);
        assert_eq!(mapbox(&format!("sk.{empty}.{}", "a".repeat(22))), Proof::Failed);
        assert_eq!(discord(&format!("{}.abcdef.{}", "QUJDREVGR0hJSktMTU5PUA", "a".repeat(27))), Proof::Failed);
        assert_eq!(clerk("pk_test_bm90IGEgaG9zdCQ"), Proof::Failed);
    }
}
