//! The one detector that believes in names: a telling name, an operator, a value that looks like a secret.
//!
//! It is called at every `token` and `password` of every file, so the common case, a word in ordinary code, is
//! denied by the bytes beside it. Whatever it decides depends on a few hundred bytes around the name: it must never
//! look further, for a scan of changed bytes has to agree with a scan of the whole file.

mod bytes;
mod header;
pub mod keywords;
mod name;
mod phrase;
mod service;
mod surroundings;
mod value;
mod vocabulary;
mod weak;

use std::borrow::Cow;

use self::name::{Kind, Name, Strength};
use super::hash;
use crate::model::{Confidence, Secret, Span};
use crate::text::keyvalue::{self, Assignment, Operator, Quote};
use crate::text::{holds, placeholder};

pub use super::hit::Hit;
pub use keywords::KEYWORDS;
pub use service::at as service;
pub use value::{COMPOSED, DRAWN};
pub use weak::COUNTED;
pub(super) use weak::is_delivered;

const BEARER: usize = KEYWORDS.len() - 2;
const BASIC: usize = KEYWORDS.len() - 1;

/// The rules that it reports under; `rules/generic.yml` describes them.
pub const RULES: &[&str] = &[
    "generic-password",
    "generic-secret",
    "generic-token",
    "generic-api-key",
    "generic-credential",
    "generic-bearer-token",
    "generic-basic-auth",
    WORDED,
    WEAK,
];

const OPENS: &str = "is a weak password: a number, beside the address of what it opens";
const WORDED: &str = "generic-word-password";
const WEAK: &str = "generic-weak-password";

/// Says of a value that it is a parameter of an address: whoever writes the address down gives it away.
pub const IN_ADDRESS: &str = "is a parameter of an address";

/// Says of a value that it would be believed, did not the words before it call it an example.
pub const CALLED_EXAMPLE: &str = "is called an example by the words before it";

/// How many bytes before a keyword, and how many after it, can decide. The value, its name and all that is looked at
/// besides lie within; the engine rescans this much around a change.
const BEFORE: usize = 256;
const AFTER: usize = 500;

/// Looks at keyword number `keyword` that stands at `hit`.
pub fn at(text: &[u8], hit: usize, keyword: usize, out: &mut Vec<Hit>) {
    let Some(end) = KEYWORDS.get(keyword).map(|word| hit + word.len()).filter(|&end| end <= text.len()) else { return };
    // A word of a program's tables.
    if hit > 0 && text[hit - 1] == 0 {
        return;
    }
    let is_scheme = matches!(keyword, BEARER | BASIC);
    if !is_scheme && !is_promising(text, hit, end) && !keyvalue::has_value_before(text, hit) {
        return;
    }
    let window = Span::new(hit.saturating_sub(BEFORE), (hit + AFTER).min(text.len()));
    let text = window.of(text);
    let (hit, end) = (hit - window.start, end - window.start);
    let first = out.len();
    match keyword {
        BEARER => header::bearer(text, hit, end, out),
        BASIC => header::basic(text, hit, end, out),
        _ => {
            let Some(name) = name::read(text, hit, end) else { return };
            // A `key` and a comma are an argument, unless one call gives several names their values.
            let is_argument = KEYWORDS[keyword] == "key, ";
            keyvalue::values(text, name.span, |assignment| {
                if !(is_argument && assignment.operator == Operator::Comma) {
                    out.extend(judge(text, &name, &assignment));
                }
            });
            out.extend(bytes::read(text, &name));
            if let Some(assignment) = keyvalue::value_before(text, name.span) {
                out.extend(judge(text, &name, &assignment));
            }
        }
    }
    for found in &mut out[first..] {
        found.span = Span::new(found.span.start + window.start, found.span.end + window.start);
        found.window = window;
    }
}

/// Whether an operator or the rest of a name follows, in the few bytes after the keyword.
fn is_promising(text: &[u8], hit: usize, end: usize) -> bool {
    let mut at = end;
    let last = text[end - 1];
    if !(last.is_ascii_alphanumeric() || last == b'_') {
        at = end - 1;
    }
    let limit = (at + 40).min(text.len());
    while at < limit && (text[at].is_ascii_alphanumeric() || matches!(text[at], b'_' | b'-' | b'.')) {
        at += 1;
    }
    // Blanks, quotes and brackets, then the operator.
    let mut steps = 0;
    while at < text.len() && steps < 12 && matches!(text[at], b' ' | b'\t' | b'"' | b'\'' | b'`' | b'\\' | b']' | b')')
    {
        at += 1;
        steps += 1;
    }
    match text.get(at) {
        Some(b'=' | b':' | b'>' | b',' | b'(' | b'|' | b'?' | b'[' | b'!' | b'<' | b'\n' | b'\r' | b'}' | b'{') => true,
        Some(b'.') => steps > 0 && text[at - 1] == b')',
        // The end of a regular expression.
        Some(b'/') => steps == 0 && text[..hit].ends_with(b"/"),
        // An argument or a further word; prose is told by what stands before it.
        Some(_) => {
            steps > 0
                && (text[at - 1] == b'"'
                    || text[at - 1] == b'\''
                    || takes_word(text, hit)
                    // The rows that follow the columns of a table.
                    || matches!(text[at - 1], b')' | b' ') && matches!(text[at], b'v' | b'V')
                    || matches!(text[at], b'o' | b'O' | b'-'))
        }
        None => false,
    }
}

/// Whether the name may be followed by its value without an operator: a flag, or the first or second word of a line.
fn takes_word(text: &[u8], hit: usize) -> bool {
    let low = hit.saturating_sub(64);
    let line = memchr::memrchr(b'\n', &text[low..hit]).map_or(low, |at| low + at + 1);
    let before = text[line..hit].trim_ascii_start();
    let blanks = before.iter().filter(|byte| byte.is_ascii_whitespace()).count();
    blanks <= 2 || before.windows(2).any(|pair| pair == b" -")
}

/// Believes a value, unless it stands where no secret does: most values are not believed, so that the place is asked last.
fn judge(text: &[u8], name: &Name, assignment: &Assignment) -> Option<Hit> {
    let assignment = &without_quotes(text, &without_scheme(text, name, assignment));
    let raw = assignment.value.of(text);
    if raw.len() < 4 {
        return None;
    }
    believe(text, name, assignment).filter(|_| {
        !(text.get(name.span.start..assignment.value.start).is_some_and(hash::is_announced)
            || hash::is_of_file(&text[..name.span.start], &text[name.span.end..])
            || text[..name.span.start].ends_with(b"checksum/")
            || is_disguised(text, name)
            || is_of_something_else(text, name, assignment)
            // Names in a list.
            || assignment.operator == Operator::Comma && name::promises(raw))
    })
}

fn believe(text: &[u8], name: &Name, assignment: &Assignment) -> Option<Hit> {
    let raw = assignment.value.of(text);
    let is_bare = matches!(assignment.quote, Quote::Bare | Quote::Line) && !is_plain_text(name, assignment, raw);
    let unescaped = unescape(raw, assignment);
    let value = unescaped.as_deref().unwrap_or(raw);
    let name = &as_bytes(text, name, assignment);
    let own = if signs_tokens(text, name, assignment) { b"jwt_key" } else { name.span.of(text) };
    let looked = value::judge(value, name, is_bare);
    let weighed = looked.and_then(|look| Some((look, surroundings::weigh(text, name, assignment, &look)?)));
    let is_sure = weighed.is_some_and(|(_, confidence)| confidence >= Confidence::Medium);
    if !is_sure
        && (value::is_wordy(value) || value::is_phrase(value))
        && surroundings::gives_word(text, name, assignment)
    {
        let why = "words that neither code nor a manual has a use for";
        return Some(given(WORDED, name, assignment, unescaped, (Confidence::Medium, why)));
    }
    if !is_sure
        && let Some(written) = phrase::judge(value, name, own, assignment.quote)
            .or_else(|| phrase::of_cipher(value, name, name.span.of(text), assignment.quote))
            .or_else(|| phrase::of_signs(value, name, name.span.of(text), assignment.quote))
        && weighed.is_none_or(|(_, confidence)| confidence < written.0)
        && (surroundings::gives_whole(text, name, assignment) || surroundings::is_default(text, name, assignment))
    {
        return Some(given(rule(name.kind), name, assignment, unescaped, written));
    }
    let Some((look, confidence)) = weighed else {
        let weak = weak(text, value, name, assignment)?;
        return Some(given(WEAK, name, assignment, unescaped, weak));
    };
    if confidence < Confidence::Medium
        && let Some(weak) = weak(text, value, name, assignment).filter(|(weak, _)| *weak >= Confidence::Medium)
    {
        return Some(given(WEAK, name, assignment, unescaped, weak));
    }
    // Nothing is computed where such a value is given whole.
    let is_composed = look.why == COMPOSED && confidence == Confidence::Low && value::is_composed(value);
    let is_meant = is_composed && surroundings::gives_whole(text, name, assignment);
    let confidence = if is_meant { Confidence::Medium } else { confidence };
    let mut reasons = vec![
        Cow::Borrowed(promise(name)),
        Cow::Borrowed(tie(assignment.operator)),
        Cow::Owned(format!("{} characters of the {} alphabet", value.len(), look.alphabet.name())),
        Cow::Borrowed(look.why),
    ];
    if assignment.quote == Quote::Query {
        reasons.push(Cow::Borrowed(IN_ADDRESS));
    }
    if confidence < look.confidence && surroundings::is_called_example(text, name.span.start) {
        reasons.push(Cow::Borrowed(CALLED_EXAMPLE));
    }
    Some(Hit {
        rule: rule(name.kind),
        span: assignment.value,
        window: assignment.value,
        confidence,
        value: unescaped.map(Secret::new),
        reasons,
        visible: 0,
    })
}

/// The password of a site of Dreamweaver is written in a cipher, which the shape of such files undoes.
fn is_disguised(text: &[u8], name: &Name) -> bool {
    name.span.of(text).trim_ascii() == b"pw" && memchr::memmem::find(&text[..name.span.start], b"<remoteinfo").is_some()
}

/// Names that stand where no value is given to them: in the path of a file, in the name of a cloud's resource, in a prompt, in the
/// pattern of a branch.
fn is_of_something_else(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let (before, own) = (&text[..name.span.start], name.span.of(text));
    let rest = &text[assignment.value.end..];
    // `/etc/passwd: …`
    if before.ends_with(b"/etc/") {
        return true;
    }
    // `arn:aws:secretsmanager:…:secret:prod/db`
    if before.ends_with(b":") && holds(&before[before.len().saturating_sub(80)..], b"arn:") {
        return true;
    }
    // `[sudo via ansible, key=…] password:`
    if rest.starts_with(b"] password") {
        return true;
    }
    // `Kind.PasswordEncrypted -> "CRAM_MD5"`
    let last = own.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
    let tie = text.get(name.span.end..assignment.value.start).unwrap_or_default();
    if last.len() < own.len() && last[0].is_ascii_uppercase() && tie.trim_ascii_start().starts_with(b"->") {
        return true;
    }
    // A chain publishes the salts and nonces of its domains and accounts.
    let lower = own.to_ascii_lowercase();
    let value = assignment.value.of(text);
    let is_number = value.starts_with(b"0x") && value.iter().skip(2).all(u8::is_ascii_hexdigit);
    let is_parameter = lower.ends_with(b"salt") || lower.ends_with(b"nonce") || lower == b"iv";
    if is_number && is_parameter {
        return true;
    }
    // What is encrypted carries how it was encrypted, for everybody to see.
    let around = &text[name.span.start.saturating_sub(160)..(assignment.value.end + 160).min(text.len())];
    let is_sealed =
        [&b"\"aead\""[..], b"\"ciphertext\"", b"\"kdfparams\"", b"\"kdf\""].iter().any(|mark| holds(around, mark));
    if is_parameter && is_sealed {
        return true;
    }
    // The salt of a hash that stands beside it protects the hash, and is no secret of its own.
    if is_parameter {
        let near = around.to_ascii_lowercase();
        let marks = [&b"password_hash"[..], b"passwordhash", b"password-hash", b"scram", b"stored_key", b"storedkey"];
        if marks.iter().any(|mark| holds(&near, mark)) {
            return true;
        }
    }
    // What answers a challenge: the number of the question and a digest.
    if is_number && value.len() == 36 && holds(&lower, b"chap") {
        return true;
    }
    // `"Password", Authorities.create("ROLE_1")`: what another function makes of another argument.
    let wrapper = assignment.wrapper.of(text);
    if assignment.operator == Operator::Comma && holds(wrapper, b".create") {
        return true;
    }
    // What every visitor of a page searches its manual with.
    let near = &text[name.span.start.saturating_sub(60)..(assignment.value.end + 60).min(text.len())];
    let has = |part: &[u8]| holds(near, part);
    name.kind == Kind::Key && (has(b"docsearch") || has(b"appId") && has(b"indexName"))
}

/// `"Jwt": { "Key": "…", "Issuer": … }`: a lone `key` among the settings that tokens are signed by.
fn signs_tokens(text: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let is_given = matches!(assignment.operator, Operator::Colon | Operator::Assign)
        && matches!(assignment.quote, Quote::Closed | Quote::Line)
        && assignment.wrapper.is_empty()
        && !assignment.is_listed;
    if !is_given || !name.span.of(text).eq_ignore_ascii_case(b"key") {
        return false;
    }
    let before = text[name.span.start.saturating_sub(160)..name.span.start].to_ascii_lowercase();
    let Some(at) = memchr::memmem::rfind(&before, b"jwt") else { return false };
    // The head of a block that is not over, and nothing that is called.
    let block = &before[at..];
    let head = block.iter().position(|byte| matches!(byte, b':' | b']' | b'{' | b'\n')).unwrap_or(block.len());
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"_- \"'.".contains(byte);
    head < block.len()
        && block[head] != b'\n'
        && block[..head].iter().all(is_word)
        && !block.iter().any(|byte| matches!(byte, b'}' | b'(' | b';'))
}

/// A `key` that is made of bytes, of as many as a cipher asks for, is no key of a dictionary.
fn as_bytes(text: &[u8], name: &Name, assignment: &Assignment) -> Name {
    if signs_tokens(text, name, assignment) {
        return Name { strength: Strength::Strong, ..*name };
    }
    let is_key = name.kind == Kind::Key && name.strength == Strength::Weak;
    let is_lone = name.kind == Kind::Key && name.strength == Strength::Fair && name.span.len() == b"key".len();
    if !(is_key || is_lone) {
        return *name;
    }
    // The key of a map or of the weather, in the address of an interface; what a page loads shows it to everybody.
    let value = assignment.value.of(text);
    let before = &text[name.span.start.saturating_sub(120)..name.span.start];
    let has = |part: &[u8]| holds(before, part);
    let is_in_address = is_key && assignment.quote == Quote::Query && value.len() >= 32;
    if is_in_address && has(b"api") && !has(b"<script") {
        return Name { strength: Strength::Fair, ..*name };
    }
    let wrapper = assignment.wrapper.of(text).to_ascii_lowercase();
    let marks = [&b"byte"[..], b"utf8", b"ascii", b"hex.", b"fromhex", b"unhexlify", b"decode", b"buffer.from"];
    let after = &text[assignment.value.end..];
    let is_bytes = wrapper == b"b"
        || marks.iter().any(|mark| holds(&wrapper, mark))
        || [&b".getBytes("[..], b".encode("]
            .iter()
            .any(|call| after.get(1..).is_some_and(|rest| rest.starts_with(call)));
    let is_length = matches!(value.len(), 16 | 24 | 32 | 44 | 48 | 64 | 88);
    // A key of another cipher, in hexadecimal digits.
    let is_hex = value.len() >= 20
        && value.len().is_multiple_of(2)
        && value.iter().all(u8::is_ascii_hexdigit)
        && holds(&wrapper, b"hex");
    // What a function makes of it is no constant.
    let is_made = is_lone && !wrapper.is_empty() && !is_bytes && !holds(&wrapper, b"string");
    let strength = match name.strength {
        _ if is_key && is_bytes && (is_length || is_hex) => Strength::Fair,
        _ if is_made => Strength::Weak,
        strength => strength,
    };
    Name { strength, ..*name }
}

/// How much is believed of a value as a weak password: what everybody tries is believed most where it is given whole.
fn weak(text: &[u8], value: &[u8], name: &Name, assignment: &Assignment) -> Option<(Confidence, &'static str)> {
    // The parameters of a driver's address are its settings.
    let is_driver = assignment.quote == Quote::Query
        && holds(&text[name.span.start.saturating_sub(160)..name.span.start], b"jdbc:");
    let quote = if is_driver { Quote::Line } else { assignment.quote };
    let (confidence, why) = weak::judge(value, name.kind, quote).or_else(|| weak::setting(value, name, assignment))?;
    let most = surroundings::believes(text, name, assignment)?;
    let is_passed = most < Confidence::Certain;
    // What everybody tries opens the database that stands beside it.
    let is_number = value.iter().all(u8::is_ascii_digit);
    let is_settings = !name.is_loud && is_delivered(value) && surroundings::is_of_driver(text, name);
    let opens = !is_passed && (is_number && surroundings::connects(text, name) || is_settings);
    // Whoever assigns a number whole means it.
    let is_meant = opens || !is_passed && is_number && value.len() >= 6;
    let confidence = if is_meant { Confidence::Medium } else { confidence };
    let why = if opens && is_number { OPENS } else { why };
    let most = if is_passed && placeholder::is_worn(value) { Confidence::Low } else { most };
    Some((confidence.min(most), why))
}

/// A value that nobody drew, believed because it is given as one.
fn given(
    rule: &'static str,
    name: &Name,
    assignment: &Assignment,
    unescaped: Option<Vec<u8>>,
    (confidence, why): (Confidence, &'static str),
) -> Hit {
    Hit {
        rule,
        span: assignment.value,
        window: assignment.value,
        confidence,
        value: unescaped.map(Secret::new),
        reasons: [promise(name), tie(assignment.operator), why].map(Cow::Borrowed).to_vec(),
        visible: 0,
    }
}

/// Where a line holds a password and nothing else, `Copper.Lantern81` is no member of an object.
fn is_plain_text(name: &Name, assignment: &Assignment, value: &[u8]) -> bool {
    let is_tight = assignment.operator == Operator::Colon || assignment.value.start == name.span.end + 1;
    name.kind == Kind::Password
        && assignment.quote == Quote::Line
        && is_tight
        && value.last().is_some_and(u8::is_ascii_digit)
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'.')
}

/// `Authorization: Token …`: the scheme before the credential is not part of it.
fn without_scheme(text: &[u8], name: &Name, assignment: &Assignment) -> Assignment {
    let mut rest = *assignment;
    let value = assignment.value.of(text);
    let is_known = |word: &[u8]| {
        [&b"token"[..], b"apikey", b"key", b"bot", b"sso-key"].iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    let scheme = memchr::memchr(b' ', value).filter(|&at| value[..at].iter().all(u8::is_ascii_alphabetic));
    if name.kind != Kind::Auth {
        return rest;
    }
    if let Some(at) = scheme.filter(|&at| is_known(&value[..at])) {
        rest.value = Span::new(assignment.value.start + at + 1, assignment.value.end);
    } else if assignment.quote != Quote::Closed && is_known(value) && text.get(assignment.value.end) == Some(&b' ') {
        let start = assignment.value.end + 1;
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`".contains(byte);
        let end = text[start..].iter().position(is_end).map_or(text.len(), |length| start + length);
        rest.value = Span::new(start, end);
    }
    rest
}

/// `"\"…\""`, `'"…"'`: a literal of another language within one.
fn without_quotes(text: &[u8], assignment: &Assignment) -> Assignment {
    let raw = assignment.value.of(text);
    let marks = [&b"\\\""[..], b"\\'", b"\"", b"'"];
    let inner = marks.iter().find_map(|mark| {
        let inner = raw.strip_prefix(*mark)?.strip_suffix(*mark)?;
        Some(Span::new(assignment.value.start + mark.len(), assignment.value.start + mark.len() + inner.len()))
    });
    // `"3kJ9sLq0 "`: copied with the blank behind it.
    let copied = raw.strip_suffix(b" ").filter(|raw| !raw.is_empty() && !raw.contains(&b' '));
    match inner.or_else(|| copied.map(|_| Span::new(assignment.value.start, assignment.value.end - 1))) {
        Some(value) if assignment.quote == Quote::Closed => Assignment { value, ..*assignment },
        _ => *assignment,
    }
}

/// Undoes the escapes of a quoted literal; none when there are none.
fn unescape(raw: &[u8], assignment: &Assignment) -> Option<Vec<u8>> {
    memchr::memchr(b'\\', raw)?;
    // A file of properties escapes what would end a name or begin a comment.
    let is_property = assignment.quote == Quote::Line
        && raw.split(|byte| *byte == b'\\').skip(1).all(|rest| matches!(rest.first(), Some(b'#' | b'!' | b'=' | b':')));
    if assignment.quote != Quote::Closed && !is_property {
        return None;
    }
    let mut value = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'\\', Some(b'\\' | b'"' | b'\'' | b'/' | b'$' | b'`')) => value.extend(bytes.next()),
            (b'\\', Some(b'#' | b'!' | b'=' | b':')) if is_property => value.extend(bytes.next()),
            _ => value.push(byte),
        }
    }
    Some(value)
}

fn rule(kind: Kind) -> &'static str {
    match kind {
        Kind::Password => "generic-password",
        Kind::Secret => "generic-secret",
        Kind::Token => "generic-token",
        Kind::Key => "generic-api-key",
        Kind::Auth => "generic-credential",
    }
}

fn promise(name: &Name) -> &'static str {
    match name.kind {
        Kind::Password => "the name promises a password",
        Kind::Secret => "the name promises a secret",
        Kind::Token => "the name promises a token",
        Kind::Key => "the name promises a key",
        Kind::Auth => "the name promises a credential",
    }
}

fn tie(operator: Operator) -> &'static str {
    match operator {
        Operator::Assign | Operator::Colon => "which the value is assigned to",
        Operator::Compare => "which the value is compared with",
        Operator::Default => "which the value is the default of",
        Operator::Comma | Operator::Call => "which the value is passed for",
        Operator::Space => "which the value follows",
        Operator::Element | Operator::Pair => "which the value is the content of",
    }
}

/// Lowers a confidence to at most `most`.
fn at_most(confidence: Confidence, most: Confidence) -> Confidence {
    confidence.min(most)
}

#[cfg(test)]
mod tests;
