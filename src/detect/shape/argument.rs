//! Passwords that a function takes by position: `getConnection(url, "user", "password")`, `auth=("user", "password")`.
//!
//! Only functions whose signature is known stand here, with the place of their password. A call whose arguments are not
//! literals is no secret; nothing is concluded from a variable's name.

use super::{Sight, belief, find};
use crate::model::{Confidence, Span};
use crate::text::charset::Classes;

const PASSWORD: &str = "argument-password";
const KEY: &str = "argument-key";

/// Methods whose names say little: a password is taken for one only where it looks like one.
const METHODS: &[&[u8]] = &[b".login(", b".connect(", b".authenticate(", b".auth("];

/// Functions that take a key, and its place.
const KEYED: &[(&[u8], usize)] = &[
    (b"jwt.sign(", 1),
    (b"jwt.verify(", 1),
    (b"jwt.encode(", 1),
    (b"jwt.decode(", 1),
    (b"secretkeyspec(", 0),
    (b"createcipheriv(", 1),
    (b"createdecipheriv(", 1),
    (b"createhmac(", 1),
    (b"aes.encrypt(", 1),
    (b"aes.decrypt(", 1),
    (b"aes.new(", 0),
    (b"fernet(", 0),
    (b"hmac.new(", 0),
    (b"signedstring(", 0),
    (b"pyotp.totp(", 0),
    (b"pyotp.hotp(", 0),
    (b"authenticator.generate(", 0),
    (b"hash_hmac(", 2),
    (b"openssl_encrypt(", 2),
    (b"openssl_decrypt(", 2),
];

/// A function and the place of its password, counted from nought.
const FUNCTIONS: &[(&[u8], usize)] = &[
    (b"passwordauthentication(", 1),
    (b"passwordcredentials(", 1),
    (b"networkcredential(", 1),
    (b"httpbasicauth(", 1),
    (b".basicauth(", 1),
    (b"httpdigestauth(", 1),
    (b"authenticationheadervalue(", 1),
    (b"simple_bind_s(", 1),
    (b"setbasicauth(", 1),
    (b"getconnection(", 2),
    (b"mysqli(", 2),
    (b"mysqli_connect(", 2),
    (b"mysql_connect(", 2),
    (b"new pdo(", 2),
    (b"auth=(", 1),
    (b"auth = (", 1),
    (b"convertto-securestring", 0),
];

pub(super) fn read(sight: &mut Sight<'_>) {
    let literal = sight.text[sight.hit..sight.end].to_ascii_lowercase();
    if METHODS.contains(&literal.as_slice()) {
        return method(sight);
    }
    if let Some(&(_, place)) = KEYED.iter().find(|(name, _)| *name == literal.as_slice()) {
        return key(sight, place);
    }
    let Some(&(name, place)) = FUNCTIONS.iter().find(|(name, _)| *name == literal.as_slice()) else { return };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let opens = name.ends_with(b"(");
    // `UsernamePasswordCredentials` ends in one of the names; `oauth=(` does not count.
    let is_inside = sight.hit > 0 && is_word(sight.text[sight.hit - 1]) && is_word(name[0]);
    if is_inside && !matches!(name, b"passwordcredentials(" | b"passwordauthentication(" | b"getconnection(") {
        return;
    }
    let value = if opens { argument(sight, sight.end, place) } else { secure_string(sight) };
    let Some(value) = value else { return };
    if let Some((confidence, why)) = belief::of(value.of(sight.text)) {
        let confidence = confidence.min(Confidence::Medium);
        sight.report(PASSWORD, value, confidence, &["is passed where a password is taken", why]);
    }
}

/// `.login("user", "password")`, `.connect("host", "user", "password")`.
fn method(sight: &mut Sight<'_>) {
    let given = [2, 1].into_iter().find_map(|place| Some((place, argument(sight, sight.end, place)?)));
    let Some((_, value)) = given else { return };
    let text = value.of(sight.text);
    // An address, a path, a number, a question.
    let is_plain = text.iter().any(|byte| b"/:? <>(){}=".contains(byte)) || text.len() < 6;
    let is_login = sight.byte(sight.end - 2) == b'n' || sight.byte(sight.end - 2) == b'e';
    // Two literals in a login: a user and a pass phrase.
    let is_phrase = is_login && text.contains(&b' ') && text.len() >= 8 && text.iter().all(|byte| b' ' <= *byte);
    let is_pair = argument(sight, sight.end, 0).is_some();
    if let Some((_, why)) = belief::of(text).filter(|_| is_phrase && is_pair && !text.contains(&b':')) {
        return sight.report(PASSWORD, value, Confidence::Low, &["is passed where a password is taken", why]);
    }
    let Some((confidence, why)) = belief::of(text).filter(|_| !is_plain) else { return };
    let has_digits = text.iter().any(u8::is_ascii_digit);
    if confidence >= Confidence::Medium {
        sight.report(PASSWORD, value, Confidence::Medium, &["is passed where a password is taken", why]);
    } else if has_digits && (is_login || Classes::of(text).count() >= 3) {
        sight.report(PASSWORD, value, Confidence::Low, &["is passed where a password is taken", why]);
    }
}

/// A key that a cipher or a signature takes: a draw, or letters and digits of a key's length.
fn key(sight: &mut Sight<'_>, place: usize) {
    if sight.hit > 0 && (sight.text[sight.hit - 1].is_ascii_alphanumeric() || sight.text[sight.hit - 1] == b'_') {
        return;
    }
    // Go's `hmac.New(sha256.New, []byte("…"))`.
    let go =
        || find(sight.line(sight.hit).of(sight.text), b"[]byte(\"").and_then(|_| argument(sight, sight.end, place + 1));
    let Some(value) = argument(sight, sight.end, place).or_else(go) else { return };
    let text = value.of(sight.text);
    let is_token = text.starts_with(b"eyJ") || text.contains(&b' ') || text.len() < 10;
    let Some((confidence, why)) = belief::of(text).filter(|_| !is_token) else { return };
    let name = sight.text[sight.hit..sight.end].to_ascii_lowercase();
    let is_cipher = [&b"secretkeyspec("[..], b"createcipheriv(", b"createdecipheriv(", b"aes.", b"openssl_"]
        .iter()
        .any(|cipher| name.starts_with(cipher));
    if confidence >= Confidence::Medium {
        sight.report(KEY, value, Confidence::Medium, &["is passed where a key is taken", why]);
    } else if is_cipher && matches!(text.len(), 16 | 24 | 32) {
        let why = "words, of the length that the cipher asks for";
        sight.report(KEY, value, Confidence::Low, &["is passed where a key is taken", why]);
    }
}

/// Where the literal whose mark of a kind may stand at `at` begins: b"", @"".
fn opening(sight: &Sight<'_>, at: usize) -> usize {
    let at = if sight.text[at.min(sight.text.len())..].starts_with(b"[]byte(") { at + 7 } else { at };
    let is_mark = matches!(sight.byte(at), b'b' | b'B' | b'r' | b'u' | b'@');
    if is_mark && matches!(sight.byte(at + 1), b'"' | b'\'') { at + 1 } else { at }
}

/// The literal that is argument number `place` of the call whose arguments begin at `at`.
fn argument(sight: &Sight<'_>, at: usize, place: usize) -> Option<Span> {
    let mut at = at;
    for number in 0..=place {
        at = opening(sight, sight.run(at, |byte| byte.is_ascii_whitespace()));
        let quote = sight.byte(at);
        if matches!(quote, b'"' | b'\'' | b'`') {
            let end = sight.run(at + 1, |byte| byte != quote && !matches!(byte, b'\n' | b'\\'));
            if sight.byte(end) != quote {
                return None;
            }
            if number == place {
                return Some(Span::new(at + 1, end));
            }
            at = end + 1;
        }
        if number == place {
            return None;
        }
        at = sight.run(at, |byte| !b",;()\n".contains(&byte) && byte != b'"' && byte != b'\'');
        if sight.byte(at) != b',' {
            return None;
        }
        at += 1;
    }
    None
}

/// `ConvertTo-SecureString "…" -AsPlainText -Force`, the parameters in any order.
fn secure_string(sight: &Sight<'_>) -> Option<Span> {
    let line = sight.line(sight.hit);
    let rest = Span::new(sight.end.min(line.end), line.end);
    find(rest.of(sight.text), b"-asplaintext")?;
    let open = (rest.start..rest.end).find(|&at| matches!(sight.text[at], b'"' | b'\''))?;
    let quote = sight.text[open];
    let close = (open + 1..rest.end).find(|&at| sight.text[at] == quote)?;
    Some(Span::new(open + 1, close))
}
