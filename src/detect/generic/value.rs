//! Whether a value under a telling name looks like a secret.
//!
//! Cheap denials come first; the word model is asked last. It must never look beyond the value.

use crate::model::Confidence;
use crate::text::charset::{self, Alphabet, Classes};
use crate::text::{base64, entropy, holds, placeholder, words};

use super::name::{Kind, Name, Strength};

/// What a value looks like, and how sure that makes us.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub confidence: Confidence,
    pub why: &'static str,
    /// Bits that the value is dearer as human writing than as a random draw.
    pub surplus: f32,
    pub alphabet: Alphabet,
}

/// The least surplus of hexadecimal digits of a digest's length that are not a sequence and repeat no more than draws do.
const DIGEST: f32 = 24.0;

/// Longest value: more is data, a certificate or a picture.
const LONGEST: usize = 300;

/// Judges `value` under `name`; `is_bare` when no quotation mark delimits it.
pub(super) fn judge(value: &[u8], name: &Name, is_bare: bool) -> Option<Look> {
    if name.kind == Kind::Password && !value.is_ascii() {
        let plain = without_accents(value)?;
        return judge(&plain, name, is_bare).filter(|look| look.confidence >= Confidence::Medium);
    }
    if value.len() < 6 || value.len() > LONGEST || !value.iter().all(|byte| (0x21..0x7f).contains(byte)) {
        return None;
    }
    let classes = Classes::of(value);
    if classes.lower + classes.upper == 0 {
        return digits(value, name, is_bare);
    }
    if is_structured(value) || placeholder::is_reference(value) {
        return None;
    }
    if name.kind == Kind::Key && is_map_key(value) && words::surplus(value) >= 15.0 {
        let why = "six groups of five characters, as the keys of a map service have";
        return Some(Look {
            confidence: Confidence::Medium,
            why,
            surplus: words::surplus(value),
            alphabet: Alphabet::of(value),
        });
    }
    if is_bare && is_expression(value, classes) || is_crypt(value) || is_public(value) {
        return None;
    }
    // A long draw holds five keys in a row once in some thousand times.
    let run = (value.len() / 5).max(5);
    if placeholder::is_placeholder(value) || charset::is_sequence(value) || charset::has_keyboard_run(value, run) {
        return None;
    }
    // `0x` and hexadecimal digits: a key of a chain, told by its digits.
    let is_hex = |rest: &&[u8]| rest.iter().all(u8::is_ascii_hexdigit);
    let digits = value.strip_prefix(b"0x").filter(is_hex);
    // The address of an account or of a contract, which a chain publishes.
    if digits.is_some_and(|rest| rest.len() == 40) {
        return None;
    }
    // A colour, a mask, an address in memory.
    if digits.is_some_and(|rest| rest.len() <= 8) {
        return None;
    }
    let digits = digits.filter(|rest| rest.len() >= 32);
    // Under a lone `key` a chain keeps its state.
    let is_anything = name.kind == Kind::Key && name.strength == Strength::Weak && !name.is_qualified;
    if digits.is_some() && is_anything {
        return None;
    }
    if let Some(rest) = digits {
        return judge(rest, name, is_bare);
    }
    let alphabet = Alphabet::of(value);
    if charset::is_uuid(value) {
        return uuid(value, name, alphabet);
    }
    let is_text = |text: &Vec<u8>| text.iter().all(|byte| (0x20..0x7f).contains(byte));
    let decoded = base64::decode(value).filter(is_text);
    if decoded.is_some_and(|text| placeholder::is_placeholder(&text) || placeholder::is_reference(&text)) {
        return None;
    }
    // Digits that repeat are cheap to write, but nobody writes as many hexadecimal ones as a digest has.
    let surplus = if charset::is_digest(value) { surplus(value).max(DIGEST) } else { surplus(value) };
    // One draw in some hundred is odd; one that no person would write is a draw all the same.
    // Words repeat their letters, and a password may be made of words.
    let is_of_words = name.kind == Kind::Password && surplus < 0.0;
    if value.len() >= 16 && surplus < 30.0 && !is_of_words && !entropy::is_normal(value) {
        return None;
    }
    let (confidence, why) = match name.kind {
        Kind::Password => password(value, classes, surplus)?,
        Kind::Secret => secret(value, classes, surplus)?,
        // `ACME_KEY` before a draw; a lone `key` is anything's.
        Kind::Key | Kind::Auth
            if name.strength == Strength::Weak && name.is_qualified && value.len() >= 20 && surplus >= 30.0 =>
        {
            (Confidence::Medium, DRAWN)
        }
        Kind::Token | Kind::Key | Kind::Auth => token(value, classes, surplus, name.strength)?,
    };
    Some(Look { confidence, why, surplus, alphabet })
}

/// Whether a password that is made of words has enough besides to be one: `Harbor4567`, `redis@Lab`, and no name or time.
pub(super) fn is_composed(value: &[u8]) -> bool {
    let is_sign = |byte: &u8| b"!@#$%^&*".contains(byte);
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-+=.?~".contains(byte);
    let is_time = value.len() >= 16 && value[4] == b'-' && value[..4].iter().all(u8::is_ascii_digit);
    let kinds = [
        value.iter().any(u8::is_ascii_lowercase),
        value.iter().any(u8::is_ascii_uppercase),
        value.iter().any(u8::is_ascii_digit),
        value.iter().any(is_sign),
    ];
    (7..=40).contains(&value.len())
        && value.iter().all(|byte| is_sign(byte) || is_plain(byte))
        && kinds.into_iter().filter(|is_there| *is_there).count() >= 3
        && !is_time
        && !placeholder::is_worn(value)
        && !placeholder::is_order(value)
}

/// A password with a few letters or signs beyond ASCII, a sign in the place of each; words of a language have no digits.
fn without_accents(value: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?;
    // A soft hyphen is no letter: nobody sees it, and the text without it is looked at.
    let is_beyond = |letter: char| ('\u{a1}'..'\u{250}').contains(&letter) && letter != '\u{ad}' || letter == '€';
    let is_western = |letter: char| letter.is_ascii() || is_beyond(letter);
    let beyond = text.chars().filter(|letter| !letter.is_ascii()).count();
    let is_told = (1..=3).contains(&beyond)
        && !value.contains(&b'%')
        && text.chars().all(is_western)
        && text.bytes().filter(u8::is_ascii_digit).count() >= 2
        && (8..=64).contains(&value.len());
    is_told.then(|| text.chars().map(|letter| u8::try_from(letter).ok().filter(u8::is_ascii).unwrap_or(b'~')).collect())
}

/// `ABCDE-12345-…`, six groups: the key of a map service.
fn is_map_key(value: &[u8]) -> bool {
    value.len() == 35
        && value.iter().enumerate().all(|(at, byte)| match at % 6 {
            5 => *byte == b'-',
            _ => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        })
        && value.iter().any(u8::is_ascii_digit)
        && !charset::is_sequence(&value[..11])
}

/// The surplus of a value, or of the text that it is the base64 of.
fn surplus(value: &[u8]) -> f32 {
    let parts = value.split(|byte| b"-_.:".contains(byte)).filter(|part| part.len() >= 16 && part.len() < value.len());
    let own = parts.map(words::surplus).fold(words::surplus(value), f32::max);
    let decoded = if value.len() >= 12 && own > 0.0 { base64::decode(value) } else { None };
    match decoded {
        Some(text) if text.iter().all(|byte| (0x20..0x7f).contains(byte)) => own.min(surplus(&text)),
        _ => own,
    }
}

/// Whether a value that nobody drew is a password all the same: words, or words and a number, that no code has a use for.
pub(super) fn is_wordy(value: &[u8]) -> bool {
    let classes = Classes::of(value);
    let is_plain = (6..=32).contains(&value.len())
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-!@#$%&*+".contains(byte))
        && value[0].is_ascii_alphanumeric()
        && classes.lower > 0
        && classes.symbols <= 3;
    // `Wachtwoord` is a label, `passwordReset` and `db_pass` are names.
    let is_label = classes.upper > 0 && classes.digits == 0 || value[1..].iter().any(u8::is_ascii_uppercase);
    let is_name = classes.digits == 0 && classes.symbols > 0 && memchr::memchr2(b'_', b'-', value).is_some();
    let lower = value.to_ascii_lowercase();
    is_plain
        && !is_label
        && !is_name
        && !SPEAKS.iter().any(|word| holds(&lower, word))
        && !placeholder::is_worn(value)
        && !placeholder::is_placeholder(value)
        && !placeholder::is_reference(value)
        && !charset::is_sequence(value)
        && !charset::has_keyboard_run(value, 5)
}

/// Whether a value is a phrase of four words or more that neither say something about passwords nor stand in for one.
pub(super) fn is_phrase(value: &[u8]) -> bool {
    let Some(&sign) = value.iter().find(|byte| !byte.is_ascii_alphanumeric()) else { return false };
    let is_told = |word: &[u8]| word != b"correct" && SPEAKS.contains(&word) || PROSE.contains(&word);
    (16..=64).contains(&value.len())
        && b"-_. ".contains(&sign)
        && value.split(|&byte| byte == sign).count() >= 4
        && value.split(|&byte| byte == sign).all(|word| {
            (4..=12).contains(&word.len())
                && word.iter().all(u8::is_ascii_lowercase)
                && !is_told(word)
                && !placeholder::is_placeholder(word)
        })
        && !placeholder::is_placeholder(value)
}

/// Words of sentences, four letters or longer, that no phrase is drawn from.
#[rustfmt::skip]
const PROSE: &[&[u8]] = &[
    b"about", b"after", b"again", b"also", b"another", b"before", b"been", b"cannot", b"choose", b"does", b"each", b"from", b"have", b"here",
    b"into", b"least", b"less", b"match", b"more", b"must", b"once", b"other", b"please", b"same", b"should", b"such", b"than", b"that",
    b"their", b"them", b"then", b"there", b"these", b"they", b"this", b"type", b"used", b"using", b"were", b"what", b"when", b"where",
    b"which", b"will", b"with", b"word", b"would", b"your",
];

/// What stands in the values of code and settings that speak of passwords.
#[rustfmt::skip]
const SPEAKS: &[&[u8]] = &[
    b"pass", b"pwd", b"secret", b"token", b"key", b"auth", b"user", b"login", b"name", b"field", b"input", b"requir", b"valid", b"error",
    b"type", b"string", b"text", b"miss", b"default", b"none", b"null", b"true", b"false", b"empty", b"hidden", b"change", b"reset",
    b"forg", b"prompt", b"enter", b"confirm", b"must", b"should", b"test", b"example", b"sample", b"demo", b"dummy", b"fake", b"foo",
    b"bar", b"admin", b"root", b"guest", b"your", b"some", b"hash", b"plain", b"clear", b"current", b"value", b"data", b"config",
    b"setting", b"param", b"option", b"label", b"title", b"button", b"form", b"submit", b"sign", b"account", b"email", b"mail", b"server",
    b"client", b"postgres", b"mysql", b"redis", b"oracle", b"vagrant", b"docker", b"ansible", b"django", b"laravel", b"system",
    b"generat", b"random", b"prefix", b"suffix", b"file", b"path", b"vault", b"json", b"base64", b"md5", b"sha1", b"sha2", b"sha3", b"sha5", b"utf8", b"latin", b"bcrypt",
    b"argon", b"never", b"always", b"android", b"optional", b"policy", b"basic", b"digest", b"oauth", b"ldap", b"saml", b"cram", b"scram", b"kerberos",
    b"trust", b"whatever", b"irrelevant", b"anything", b"something", b"nothing", b"doesnt", b"ident", b"cert", b"environ", b"attr", b"column", b"encrypt", b"decrypt", b"crypt", b"char", b"length", b"long", b"short",
    b"weak", b"strong", b"wrong", b"correct", b"only", b"credential", b"grant", b"manager", b"service", b"provider", b"module", b"method",
    b"request", b"response", b"cookie", b"session", b"bearer", b"public", b"private", b"column", b"number", b"bool", b"object", b"array",
    b"undefined", b"unknown", b"ignore", b"disable", b"enable", b"remote", b"local", b"http", b"phrase", b"hunter", b"compat", b"files", b"content", b"simple", b"normal", b"mask",
];

/// JSON web tokens have their own rule; public keys and certificates in base64 are public.
fn is_public(value: &[u8]) -> bool {
    let is_token = value.starts_with(b"eyJ") && value.contains(&b'.');
    // DER: a sequence whose first member is a sequence holds no version, so it is no private key.
    let marks: &[&[u8]] = &[
        b"MIGfMA0",
        b"MIIBIjAN",
        b"MIICIjAN",
        b"MFwwDQ",
        b"MFkwEwYH",
        b"MHYwEAYH",
        b"MCowBQ",
        b"MIGeMA0",
        b"MIGJAo",
        b"MIIBCgK",
        b"ssh-",
        b"-----BEGIN PUBLIC",
        // PEM, which has its own rule.
        b"LS0tLS1CRUdJTi",
        // What unlocks a swarm, likewise.
        b"SWMKEY-1-",
        // The print of a public key.
        b"SHA256:",
        // A session key that an RSA key wraps, as machines' configurations hold it.
        b"AQIAAA5mAAAApAAA",
    ];
    is_token || marks.iter().any(|mark| value.starts_with(mark)) || is_hex_der(value)
}

/// The same in hexadecimal digits: a sequence that begins with a sequence, or with a number of an RSA key without a version.
fn is_hex_der(value: &[u8]) -> bool {
    let digit = |at: usize| value.get(at).map(u8::to_ascii_lowercase);
    if value.len() < 40 || !value.iter().all(u8::is_ascii_hexdigit) || !value.starts_with(b"30") {
        return false;
    }
    let content = match (digit(2), digit(3)) {
        (Some(b'8'), Some(b'1')) => 6,
        (Some(b'8'), Some(b'2')) => 8,
        (Some(b'0'..=b'7'), _) => 4,
        _ => return false,
    };
    let begins =
        |mark: &[u8]| value[content..].len() > mark.len() && value[content..][..mark.len()].eq_ignore_ascii_case(mark);
    // The version of a private key is a number of one byte.
    begins(b"30") || begins(b"028181") || begins(b"02820101") || begins(b"02820201")
}

/// Hashes of passwords have their own rule.
fn is_crypt(value: &[u8]) -> bool {
    let marks: &[&[u8]] = &[
        b"$1$",
        b"$2a$",
        b"$2b$",
        b"$2y$",
        b"$5$",
        b"$6$",
        b"$y$",
        b"$apr1$",
        b"$argon2",
        b"pbkdf2",
        b"{SSHA",
        b"$P$",
        b"$H$",
        b"SCRAM-SHA",
        b"scrypt:",
        b"bcrypt",
    ];
    // `{bcrypt}$2a$…`: an encoder's name before what it made; `{noop}` makes nothing.
    let encoder = value.strip_prefix(b"{").and_then(|rest| Some((rest, memchr::memchr(b'}', rest)?)));
    let is_encoded = encoder.is_some_and(|(rest, at)| {
        at <= 24
            && rest.len() - at > 20
            && rest[..at].iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_@.".contains(byte))
            && !matches!(rest[..at].to_ascii_lowercase().as_slice(), b"noop" | b"plain" | b"clear" | b"cleartext")
    });
    if is_encoded {
        return true;
    }
    let hash = value.iter().position(|&byte| byte == b':').map_or(value, |at| &value[at + 1..]);
    marks.iter().any(|mark| value.starts_with(mark) || hash.starts_with(mark)) || hash.starts_with(b"$$")
}

fn uuid(value: &[u8], name: &Name, alphabet: Alphabet) -> Option<Look> {
    let confidence = match (name.kind, name.strength) {
        (Kind::Password | Kind::Secret | Kind::Key, Strength::Strong) | (Kind::Token, Strength::Strong) => {
            Confidence::Medium
        }
        // `acmeToken`; a lone `token` may be anything's.
        (Kind::Token, Strength::Fair) if name.is_qualified => Confidence::Medium,
        (Kind::Key | Kind::Auth, _) if name.is_qualified && name.is_loud => Confidence::Medium,
        (Kind::Key, Strength::Fair) => Confidence::Medium,
        (_, Strength::Fair | Strength::Strong) => Confidence::Low,
        (Kind::Key, Strength::Weak) if name.is_qualified => Confidence::Low,
        _ => return None,
    };
    let surplus = words::surplus(value);
    // The hyphens are no part of the draw.
    let digits: Vec<u8> = value.iter().copied().filter(|byte| *byte != b'-').collect();
    // `…-1A1A1A1A1A1A` of a manual.
    let last = digits.get(20..)?;
    if last.windows(3).all(|three| three[0] == three[2]) {
        return None;
    }
    entropy::is_normal(&digits).then_some(Look {
        confidence,
        why: "a UUID under the name of a secret",
        surplus,
        alphabet,
    })
}

/// Digits alone, under the name of a password: neither a sequence nor a date.
fn digits(value: &[u8], name: &Name, is_bare: bool) -> Option<Look> {
    let is_date = matches!(value, [b'1', b'9', ..] | [b'2', b'0', ..]) && matches!(value.len(), 8 | 12 | 14);
    let kinds = (b'0'..=b'9').filter(|digit| value.contains(digit)).count();
    let is_drawn = value.iter().all(u8::is_ascii_digit)
        && (8..=20).contains(&value.len())
        && kinds * 2 > value.len().min(10)
        && !is_date
        && !charset::is_sequence(value)
        && !has_counting(value);
    (is_drawn && name.kind == Kind::Password && name.strength == Strength::Strong && !is_bare).then_some(Look {
        confidence: Confidence::Low,
        why: "digits that are neither a sequence nor a date",
        surplus: 0.0,
        alphabet: Alphabet::Digits,
    })
}

/// Whether four digits count up or down: `1234`, `9876`.
fn has_counting(value: &[u8]) -> bool {
    let runs = |step: i16| {
        value.windows(4).any(|four| four.windows(2).all(|two| i16::from(two[1]) - i16::from(two[0]) == step))
    };
    runs(1) || runs(-1)
}

type Verdict = Option<(Confidence, &'static str)>;

/// Said of a value that nobody would think of.
pub const DRAWN: &str = "looks drawn at random";
const MAYBE_DRAWN: &str = "might be drawn at random";
/// Said of a password that letters, digits and signs are in, and words.
pub const COMPOSED: &str = "mixes characters, but is made of words";

fn password(value: &[u8], classes: Classes, surplus: f32) -> Verdict {
    let (covered, letters) = words::coverage(value);
    let is_long = value.len() >= 8;
    let is_wordy = covered * 10 >= letters * 7 || placeholder::is_worn(value);
    let kinds = classes.count();
    if is_long && !is_wordy && ((kinds >= 2 && surplus >= 6.0) || surplus >= 9.0) {
        return Some((Confidence::Medium, DRAWN));
    }
    if is_long && !is_wordy && kinds >= 3 && surplus >= -14.0 {
        return Some((Confidence::Medium, "mixes characters as passwords do"));
    }
    if kinds == 4 && (12..=40).contains(&value.len()) && !placeholder::is_worn(value) {
        return Some((Confidence::Medium, "mixes all kinds of characters, as passwords made of words do"));
    }
    if kinds == 1 {
        return (surplus >= 3.0).then_some((Confidence::Low, MAYBE_DRAWN));
    }
    let is_composed = classes.digits > 0 && classes.upper > 0 && classes.lower > 0 && (12..=40).contains(&value.len());
    if is_composed && !placeholder::is_worn(value) {
        return Some((Confidence::Medium, "mixes words and digits, as passwords made of words do"));
    }
    let is_mixed = classes.digits > 0 && (surplus >= -4.0 || is_long);
    ((kinds >= 3 || is_mixed) && surplus >= -22.0).then_some((Confidence::Low, COMPOSED))
}

fn secret(value: &[u8], classes: Classes, surplus: f32) -> Verdict {
    let kinds = classes.count();
    let is_worn = value.len() < 16 && placeholder::is_worn(value);
    let is_drawn = match value.len() {
        16.. => surplus >= 15.0,
        10.. => surplus >= 12.0 || surplus >= 4.0 && kinds >= 3,
        8.. => surplus >= 4.0 && kinds >= 3,
        _ => false,
    };
    if is_drawn && !is_worn {
        return Some((Confidence::Medium, DRAWN));
    }
    (value.len() >= 8 && (surplus >= 0.0 && kinds >= 2 || surplus >= 8.0)).then_some((Confidence::Low, MAYBE_DRAWN))
}

fn token(value: &[u8], classes: Classes, surplus: f32, strength: Strength) -> Verdict {
    let is_mixed = classes.digits > 0 || surplus >= 25.0;
    if !is_mixed || classes.count() < 2 && surplus < 30.0 {
        return None;
    }
    let confidence = match strength {
        Strength::Strong if value.len() >= 12 && surplus >= 15.0 => Confidence::Medium,
        Strength::Fair if value.len() >= 16 && surplus >= 20.0 => Confidence::Medium,
        Strength::Strong if value.len() >= 8 && surplus >= 8.0 => Confidence::Low,
        // Short keys of letters of both cases and digits, in no order.
        Strength::Strong if value.len() >= 8 && surplus >= 5.0 && classes.count() >= 3 => Confidence::Low,
        Strength::Fair if value.len() >= 12 && surplus >= 10.0 => Confidence::Low,
        Strength::Weak if value.len() >= 24 && surplus >= 40.0 => Confidence::Low,
        _ => return None,
    };
    Some((confidence, if confidence == Confidence::Low { MAYBE_DRAWN } else { DRAWN }))
}

/// Addresses, paths, dotted names, dates, selectors, formats: written by people for machines.
fn is_structured(value: &[u8]) -> bool {
    let has = |part: &[u8]| holds(value, part);
    let count = |sign: u8| value.iter().filter(|&&byte| byte == sign).count();
    if has(b"://")
        || has(b"::")
        || has(b"->")
        || has(b"=>")
        || has(b"</")
        || has(b"/>")
        || has(b"()")
        || has(b"${")
        || has(b"[]")
        || has(b"\\n")
        || has(b"&&")
        || has(b"||")
        // A regular expression.
        || has(b"[A-Z]")
        || has(b"[a-z]")
        || has(b"[0-9]")
        || has(b"[a-f0-9]")
    {
        return true;
    }
    if is_cut_of_code(value) || is_constant(value) {
        return true;
    }
    // `max:10`: one rule of a form.
    let is_rule =
        |at: usize| value[..at].iter().all(u8::is_ascii_lowercase) && value[at + 1..].iter().all(u8::is_ascii_digit);
    if memchr::memchr(b':', value).is_some_and(|at| (2..=10).contains(&at) && value.len() - at <= 4 && is_rule(at)) {
        return true;
    }
    // The rules of a form: `required|min8`.
    let is_plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"|:,_".contains(byte);
    if count(b'|') > 0 && value.iter().all(is_plain) {
        return true;
    }
    // `trim,md5`: names in a list.
    let is_listed = |part: &[u8]| part.len() > 2 && part[0].is_ascii_lowercase();
    if count(b',') > 0 && value.iter().all(is_plain) && value.split(|byte| *byte == b',').all(is_listed) {
        return true;
    }
    // What a vault has encrypted: kind, vector, cipher text and its code.
    if matches!(value, [b'0'..=b'9', b'.', ..]) && count(b'|') > 0 {
        return true;
    }
    let letters_or = |extra: &[u8]| value.iter().all(|byte| byte.is_ascii_alphabetic() || extra.contains(byte));
    if letters_or(b"_") || letters_or(b"-") || letters_or(b".") || letters_or(b"/._-") || letters_or(b":._-") {
        // Words joined by signs; a draw of letters alone is told by its case changes.
        let is_joined = value.iter().any(|byte| !byte.is_ascii_alphabetic());
        return if is_joined { words::surplus(value) < 12.0 } else { !is_jumbled(value) };
    }
    if count(b'%') >= 3 && value.split(|&byte| byte == b'%').skip(1).all(|part| !part.is_empty() && part.len() <= 3) {
        return true;
    }
    let starts = |prefix: &[u8]| value.starts_with(prefix);
    if starts(b"/") && count(b'/') >= 2 && !value.ends_with(b"=")
        || starts(b"./")
        || starts(b"../")
        || starts(b"~/")
        || starts(b"#/")
        || starts(b"data:")
        // Where a package comes from.
        || starts(b"npm:")
        || starts(b"workspace:")
        || starts(b"--")
    {
        return words::surplus(value) < 12.0;
    }
    // An e-mail address.
    if let Some(at) = memchr::memchr(b'@', value) {
        let (user, host) = (&value[..at], &value[at + 1..]);
        let is_host = host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
        if !user.is_empty() && is_host && memchr::memchr(b'.', host).is_some_and(|dot| dot > 0 && dot + 2 < host.len())
        {
            return true;
        }
    }
    // Markup, selectors, formats, calls and regular expressions.
    let brackets = value.iter().filter(|byte| b"<>{}()[]|\\".contains(byte)).count();
    brackets >= 3 || (starts(b".") && letters_or(b".-_#")) || (starts(b"^") && value.ends_with(b"$"))
}

/// `+rs.getString(`, `(entity);`, `none}).`: cut out of an expression, with brackets that open or close nothing.
fn is_cut_of_code(value: &[u8]) -> bool {
    let rest = value.iter().rposition(|byte| !b";,.".contains(byte)).map_or(value, |last| &value[..=last]);
    let closing = rest.iter().rev().take_while(|byte| b")}]".contains(byte)).count();
    let is_opened = rest.iter().any(|byte| b"({[".contains(byte));
    let is_argument = value.starts_with(b"(") && closing > 0 && value.ends_with(b";");
    value.ends_with(b"(") || is_argument || closing >= 2 && !is_opened
}

/// `ROLE_1`, `TLS_1_3`: the name of a constant, whose words have at most three digits between them.
fn is_constant(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits <= 3
        && value.first().is_some_and(u8::is_ascii_uppercase)
        && value.contains(&b'_')
        && value.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
        && words::surplus(value) < 8.0
}

/// Letters alone, drawn rather than written: the case changes often, or the trigrams are impossible.
fn is_jumbled(value: &[u8]) -> bool {
    let changes = value.windows(2).filter(|pair| pair[0].is_ascii_lowercase() != pair[1].is_ascii_lowercase()).count();
    changes * 3 > value.len() || words::surplus(value) > 4.0
}

/// What stands unquoted in code is mostly an expression.
fn is_expression(value: &[u8], classes: Classes) -> bool {
    if value.iter().any(|byte| b"({[<>\"'`;".contains(byte)) {
        return true;
    }
    let is_chain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.-:>$&*!".contains(byte));
    let is_named = value[0].is_ascii_alphabetic() || matches!(value[0], b'_' | b'$' | b'&' | b'*' | b'!');
    // The names of members are words, even with a number behind them.
    let written = if classes.digits > 0 { 2.0 } else { 10.0 };
    is_chain
        && is_named
        && (classes.digits == 0 || value.contains(&b'.') && classes.digits * 4 <= value.len())
        && words::surplus(value) < written
}
