//! Passwords that a function takes by position: `getConnection(url, "user", "password")`, `auth=("user", "password")`.
//!
//! Only functions whose signature is known stand here, with the place of their password. A call whose arguments are not
//! literals is no secret; nothing is concluded from a variable's name.

mod reader;
mod table;

use self::reader::argument;
use self::table::Taker;
use super::{Sight, belief, find};
use crate::detect::generic::DRAWN;
use crate::model::{Confidence, Span};
use crate::text::charset::Classes;
use crate::text::placeholder::{self, Disguise};
use crate::text::words;

const PASSWORD: &str = "argument-password";
const KEY: &str = "argument-key";

/// Methods whose names say little: a password is taken for one only where it looks like one.
const METHODS: &[&[u8]] =
    &[b".login(", b".connect(", b".authenticate(", b".auth(", b">login(", b">connect(", b">authenticate("];

/// Functions that connect: whatever literal they are given for a password is one.
const CONNECTING: &[&[u8]] = &[
    b"getconnection(",
    b"mysqli(",
    b"mysqli_connect(",
    b"mysql_connect(",
    b"mysql_real_connect(",
    b"new pdo(",
    b"dbi->connect(",
    b"odbc_connect(",
    b"oci_connect(",
    b"new sequelize(",
    b"ftp_login(",
];

pub(super) fn read(sight: &mut Sight<'_>) {
    let literal = sight.text[sight.hit..sight.end].to_ascii_lowercase();
    let place = |table: &[Taker]| table.iter().find(|(name, _)| *name == literal.as_slice()).map(|&(_, place)| place);
    if METHODS.contains(&literal.as_slice()) {
        method(sight);
    } else if let Some(place) = place(table::KEYS) {
        key(sight, place);
    } else if let Some(place) = place(table::PASSWORDS) {
        password(sight, &literal, place);
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The literal in a place of the call at hand.
fn given(sight: &Sight<'_>, place: usize) -> Option<Span> {
    let last = sight.byte(sight.end - 1);
    let opened = sight.end - usize::from(matches!(last, b'\'' | b'"'));
    argument(sight, opened, place, last == b'(')
}

fn password(sight: &mut Sight<'_>, name: &[u8], place: usize) {
    // `UsernamePasswordCredentials` ends in one of the names; `oauth=(` does not count.
    let is_inside = sight.hit > 0 && is_word(sight.text[sight.hit - 1]) && is_word(name[0]);
    let is_tail = matches!(
        name,
        b"passwordauthenticator("
            | b"passwordcredentials("
            | b"passwordauthentication("
            | b"getconnection("
            | b"withemailandpassword("
    );
    if is_inside && !is_tail {
        return;
    }
    let value = if name == b"convertto-securestring" { secure_string(sight) } else { given(sight, place) };
    let Some(value) = value else { return };
    if let Some((confidence, why)) = belief::of(value.of(sight.text)) {
        // A password of many kinds of characters, whatever words it is made of.
        let is_mixed = placeholder::disguise(value.of(sight.text)) == Some(Disguise::Mixed)
            && value.len() >= 8
            && !placeholder::is_worn(value.of(sight.text));
        let confidence = if is_mixed { Confidence::Medium } else { confidence.min(Confidence::Medium) };
        // What is hashed with a word is a time that is spent, or an example.
        let hashes = memchr::memmem::find(name, b"hash").is_some() || name.ends_with(b"encode(");
        if hashes && confidence < Confidence::Medium && !value.of(sight.text).iter().any(u8::is_ascii_digit) {
            return;
        }
        sight.report(PASSWORD, value, confidence, &["is passed where a password is taken", why]);
    } else if CONNECTING.contains(&name)
        && let Some((_, why)) = belief::of_weak(value.of(sight.text))
    {
        sight.report(PASSWORD, value, Confidence::Low, &["is passed where a password is taken", why]);
    }
}

/// Whether a line belongs to a comment that explains.
fn is_documentation(sight: &Sight<'_>) -> bool {
    let line = sight.line(sight.hit).of(sight.text).trim_ascii_start();
    [&b"* "[..], b"///", b"//!", b"#   "].iter().any(|mark| line.starts_with(mark))
}

/// `.login("user", "password")`, `.connect("host", "user", "password")`, `.connect(host, 22, "user", "password")`.
fn method(sight: &mut Sight<'_>) {
    let is_open = |place| argument(sight, sight.end, place, true);
    let is_port = sight.text[sight.end..].split(|&byte| byte == b',').nth(1).is_some_and(|second| {
        let second = second.trim_ascii();
        !second.is_empty() && second.iter().all(u8::is_ascii_digit)
    });
    // `user.authenticate("…")`.
    let is_sole = sight.text[sight.hit + 1..sight.end].eq_ignore_ascii_case(b"authenticate(")
        && is_open(0).is_some_and(|first| sight.byte(sight.skip_blanks(first.end + 1)) == b')');
    let places: &[usize] = match (is_port, is_sole) {
        (true, _) => &[3],
        (false, true) => &[2, 1, 0],
        (false, false) => &[2, 1],
    };
    let Some(value) = places.iter().find_map(|&place| is_open(place)) else { return };
    let text = value.of(sight.text);
    // An address, a path, a number, a question.
    let is_plain = text.iter().any(|byte| b"/:? <>(){}=".contains(byte)) || text.len() < 6;
    let is_login = sight.byte(sight.end - 2) == b'n' || sight.byte(sight.end - 2) == b'e';
    // Two literals in a login: a user and a pass phrase.
    let is_phrase = is_login && text.contains(&b' ') && text.len() >= 8 && text.iter().all(|byte| b' ' <= *byte);
    let is_pair = is_open(0).is_some();
    if let Some((_, why)) = belief::of(text).filter(|_| is_phrase && is_pair && !text.contains(&b':')) {
        return sight.report(PASSWORD, value, Confidence::Low, &["is passed where a password is taken", why]);
    }
    // `->connect("tcp://db:3306", "root", "123456")`: behind an address and a user, what everybody tries.
    let is_address = is_open(0).is_some_and(|first| find(first.of(sight.text), b"://").is_some());
    if let Some((_, why)) = belief::of_weak(text).filter(|_| is_address && is_open(1).is_some() && is_open(2).is_some())
    {
        return sight.report(PASSWORD, value, Confidence::Low, &["is passed where a password is taken", why]);
    }
    let Some((confidence, why)) = belief::of(text).filter(|_| !is_plain) else { return };
    let has_digits = text.iter().any(u8::is_ascii_digit);
    if confidence >= Confidence::Medium && !is_documentation(sight) {
        sight.report(PASSWORD, value, Confidence::Medium, &["is passed where a password is taken", why]);
    } else if has_digits && (is_login || Classes::of(text).count() >= 3) {
        sight.report(PASSWORD, value, Confidence::Low, &["is passed where a password is taken", why]);
    }
}

/// A key that a cipher or a signature takes: a draw, or letters and digits of a key's length.
fn key(sight: &mut Sight<'_>, place: usize) {
    let name = sight.text[sight.hit..sight.end].to_ascii_lowercase();
    let is_tail = matches!(name.as_slice(), b"timedserializer(" | b"key::from_secret(");
    if !is_tail && sight.hit > 0 && is_word(sight.text[sight.hit - 1]) {
        return;
    }
    // Go's `hmac.New(sha256.New, []byte("…"))`.
    let is_go = sight.text[sight.end..].split(|&byte| byte == b',').next().is_some_and(|hash| hash.ends_with(b".New"));
    let Some(value) = given(sight, place + usize::from(is_go && name == b"hmac.new(")) else { return };
    let text = value.of(sight.text);
    let is_token = text.starts_with(b"eyJ") || text.contains(&b' ') || text.len() < 10;
    let Some((confidence, why)) = belief::of(text).filter(|_| !is_token) else { return };
    let is_cipher = [&b"secretkeyspec("[..], b"createcipher", b"createdecipher", b"aes.", b"openssl_"]
        .iter()
        .any(|cipher| name.starts_with(cipher));
    if confidence >= Confidence::Medium {
        sight.report(KEY, value, Confidence::Medium, &["is passed where a key is taken", why]);
    } else if is_cipher && matches!(text.len(), 16 | 24 | 32) {
        let why = "words, of the length that the cipher asks for";
        sight.report(KEY, value, Confidence::Low, &["is passed where a key is taken", why]);
    }
}

/// `new AcmeApi("k3J9sLq0", "…")`: an id, and what belongs to it, where a client is made.
pub(super) fn client(sight: &mut Sight<'_>) {
    let opened = sight.end - 1;
    let (Some(id), Some(value)) = (argument(sight, opened, 0, true), argument(sight, opened, 1, true)) else { return };
    let is_id = (4..=64).contains(&id.len()) && !id.of(sight.text).iter().any(|byte| b" /:<>{}".contains(byte));
    let text = value.of(sight.text);
    let is_plain = text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-+/=".contains(byte));
    let is_drawn =
        (20..=100).contains(&text.len()) && is_plain && Classes::of(text).digits > 0 && words::surplus(text) >= 30.0;
    if is_id && is_drawn && !placeholder::is_placeholder(text) && !placeholder::is_reference(text) {
        let why = ["is passed where a client is made, after an id", DRAWN];
        sight.report(KEY, value, Confidence::Medium, &why);
    }
}

/// `md5('k3J9sLq0' . $id)`: what is hashed with a number that everybody knows, so that nobody can guess the hash.
pub(super) fn salted(sight: &mut Sight<'_>) {
    let quote = sight.byte(sight.end - 1);
    let end = sight.run(sight.end, |byte| byte != quote && byte != b'\\' && byte > b' ' && byte < 0x7f);
    let next = sight.skip_blanks(end + 1);
    let value = Span::new(sight.end, end);
    let text = value.of(sight.text);
    let is_joined =
        sight.byte(end) == quote && matches!(sight.byte(next), b'.' | b'+') && sight.byte(next + 1) != quote;
    let classes = Classes::of(text);
    let is_plain = !text.iter().any(|byte| b"/:?=<>{}%$".contains(byte));
    if is_joined
        && is_plain
        && (8..=64).contains(&text.len())
        && classes.digits >= 2
        && classes.lower + classes.upper >= 4
        && let Some((_, why)) = belief::of(text).filter(|(confidence, _)| *confidence >= Confidence::Medium)
    {
        sight.report(KEY, value, Confidence::Low, &["is hashed together with what everybody knows", why]);
    }
}

/// `keyStore.load(file, "…".toCharArray())`: what Java makes of a password before it passes it.
pub(super) fn characters(sight: &mut Sight<'_>) {
    let quote = sight.byte(sight.hit);
    let Some(open) = sight.text[..sight.hit].iter().rposition(|&byte| byte == quote || byte == b'\n') else { return };
    let value = Span::new(open + 1, sight.hit);
    let before = &sight.text[sight.line(open).start..open];
    let is_argument = before.trim_ascii_end().ends_with(b",") || before.trim_ascii_end().ends_with(b"(");
    if sight.text[open] != quote || !is_argument || value.len() > 40 {
        return;
    }
    let text = value.of(sight.text);
    let is_drawn = belief::of(text).is_some_and(|(confidence, _)| confidence >= Confidence::Medium);
    let is_mixed = placeholder::disguise(text).is_some() && text.len() >= 8;
    // The characters of an alphabet, each once.
    let mut seen = text.to_vec();
    seen.sort_unstable();
    seen.dedup();
    let is_alphabet = seen.len() == text.len() && text.len() >= 24;
    if (is_drawn || is_mixed) && !is_alphabet && !placeholder::is_placeholder(text) {
        let confidence = if is_drawn { Confidence::Medium } else { Confidence::Low };
        sight.report(PASSWORD, value, confidence, &["is passed as the characters of a password"]);
    }
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
