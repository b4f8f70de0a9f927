//! What a name promises: a password, a token, a key, or nothing at all.
//!
//! A name is cut into words (`dbPassword`, `DB_PASSWORD`, `db.password`); its last telling word decides, and the words
//! around it may take everything back: a `password_field`, a `tokenUrl` and a `publicKey` hold no secret. It must
//! never look at the value.

use super::vocabulary::{
    asks, is_harmless, is_negative, is_neutral, is_password, owns_keys, owns_secret_keys, owns_tokens,
};
use crate::model::Span;

/// What kind of secret a name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Password,
    Secret,
    Token,
    Key,
    /// `authorization`, `credentials`: whatever opens the door.
    Auth,
}

/// A name and what it promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    pub span: Span,
    pub kind: Kind,
    pub strength: Strength,
    /// Whether words stand before the telling one: an `acmeKey` is not just any `key`.
    pub is_qualified: bool,
    /// Whether it is written as a constant or a variable of the environment is: `ACME_KEY`.
    pub is_loud: bool,
}

/// How telling a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Strength {
    /// `key`, `auth`, `token_for_page`: everything is called so.
    Weak,
    /// `token`, `sessionKey`.
    Fair,
    /// `password`, `client_secret`, `api_key`.
    Strong,
}

const LONGEST: usize = 72;
const WORDS: usize = 14;

/// Reads the name around the keyword at `hit..end`; none when it promises nothing.
pub(super) fn read(text: &[u8], hit: usize, end: usize) -> Option<Name> {
    let span = extent(text, hit, end)?;
    let mut lower = [0; LONGEST];
    let lower = &mut lower[..span.len()];
    lower.copy_from_slice(span.of(text));
    lower.make_ascii_lowercase();
    let mut words: [&[u8]; WORDS] = [&[]; WORDS];
    let count = split(span.of(text), lower, &mut words);
    // The shell's working directory.
    if matches!(span.of(text), b"PWD" | b"OLDPWD") {
        return None;
    }
    let words = without_methods(&words[..count]);
    let (kind, strength) = judge(words)?;
    let strength = if strength == Strength::Weak && kind == Kind::Key { qualified(text, span) } else { strength };
    let is_loud = span.of(text).iter().all(|byte| !byte.is_ascii_lowercase());
    // A constant is the salt of everything that the program hashes.
    let is_salt = is_loud && words.last() == Some(&b"salt".as_slice());
    let strength = if is_salt { Strength::Strong } else { strength };
    Some(Name { span, kind, strength, is_qualified: is_qualified(words), is_loud })
}

/// Whether a value is itself a name that promises something: `injectNpm2FaToken`.
pub(super) fn promises(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let is_name = value.len() < LONGEST && value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let lower = value.to_ascii_lowercase();
    let mut words: [&[u8]; WORDS] = [&[]; WORDS];
    let count = split(value, &lower, &mut words);
    // A draw spells `iv` and `pw` by chance.
    is_name
        && digits <= 1
        && crate::text::words::surplus(value) < 10.0
        && count >= 3
        && judge(&words[..count]).is_some()
}

/// Whether a name says whose key it is: at least three letters before the telling word.
fn is_qualified(words: &[&[u8]]) -> bool {
    let telling = words.iter().rposition(|word| [&b"key"[..], b"keys", b"token", b"tokens", b"auth"].contains(word));
    match telling {
        Some(at) => words[..at].iter().any(|word| word.len() >= 3),
        None => words.iter().any(|word| word.len() >= 6),
    }
}

/// The identifier around the keyword.
fn extent(text: &[u8], hit: usize, end: usize) -> Option<Span> {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let low = hit.saturating_sub(LONGEST);
    let mut start = hit;
    while start > low && (is_inner(text[start - 1]) || matches!(text[start - 1], b'.' | b'$')) {
        start -= 1;
    }
    while start < hit && matches!(text[start], b'.' | b'$' | b'-') {
        start += 1;
    }
    let high = (end + LONGEST).min(text.len());
    let mut stop = end;
    while stop > hit && !is_inner(text[stop - 1]) {
        stop -= 1;
    }
    if stop == end {
        while stop < high {
            let is_dot = text[stop] == b'.' && text.get(stop + 1).is_some_and(u8::is_ascii_alphanumeric);
            // An arrow begins with the sign that joins words.
            let is_arrow = text[stop] == b'-' && text.get(stop + 1) == Some(&b'>');
            if is_arrow || !(is_inner(text[stop]) || is_dot) {
                break;
            }
            stop += 1;
        }
    }
    // A name of this length is data.
    (stop - start < LONGEST && (start > low || low == 0)).then(|| Span::new(start, stop))
}

/// Cuts a name at signs, digits and changes of case. `lower` is the name in lower case; the words are cut from it.
fn split<'a>(name: &[u8], lower: &'a [u8], words: &mut [&'a [u8]; WORDS]) -> usize {
    let mut count = 0;
    let mut start = 0;
    let mut push = |word: &'a [u8]| {
        if !word.is_empty() && count < WORDS {
            words[count] = word;
            count += 1;
        }
    };
    for at in 0..name.len() {
        let byte = name[at];
        if !byte.is_ascii_alphabetic() {
            push(&lower[start..at]);
            start = at + 1;
        } else if byte.is_ascii_uppercase() && at > start {
            let after_small = name[at - 1].is_ascii_lowercase();
            let before_small = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            if after_small || before_small {
                push(&lower[start..at]);
                start = at;
            }
        }
    }
    push(&lower[start..]);
    count
}

/// The words without the method behind the name: what a `passwordField.setText` is given is a password, and so is what
/// `password.equals` compares.
fn without_methods<'a, 'b>(words: &'a [&'b [u8]]) -> &'a [&'b [u8]] {
    const WIDGETS: &[&[u8]] =
        &[b"field", b"input", b"box", b"edit", b"element", b"elem", b"el", b"textfield", b"textbox"];
    // Most names end in the telling word itself.
    let ends_in_method = matches!(
        words.last(),
        Some(
            &(b"equals"
                | b"case"
                | b"eq"
                | b"eql"
                | b"equal"
                | b"matches"
                | b"text"
                | b"value"
                | b"keys"
                | b"val"
                | b"fill"
                | b"type")
        )
    );
    if !ends_in_method {
        return words;
    }
    let comparing: &[&[&[u8]]] =
        &[&[b"equals"], &[b"equals", b"ignore", b"case"], &[b"eq"], &[b"eql"], &[b"equal"], &[b"matches"]];
    if let Some(rest) = comparing.iter().find_map(|method| words.strip_suffix(*method)) {
        return rest;
    }
    let writing: &[&[&[u8]]] = &[
        &[b"set", b"text"],
        &[b"set", b"value"],
        &[b"send", b"keys"],
        &[b"type", b"text"],
        &[b"append", b"text"],
        &[b"set", b"string", b"value"],
        &[b"string", b"value"],
        &[b"text"],
        &[b"value"],
        &[b"val"],
        &[b"fill"],
        &[b"type"],
    ];
    let Some(rest) = writing.iter().find_map(|method| words.strip_suffix(*method)) else { return words };
    match rest.split_last() {
        Some((widget, rest)) if WIDGETS.contains(widget) && !rest.is_empty() => rest,
        Some(_) if words.ends_with(&[b"send", b"keys"]) => rest,
        _ => words,
    }
}

/// What the words of a name promise.
fn judge(words: &[&[u8]]) -> Option<(Kind, Strength)> {
    let mut unknown = 0;
    for (at, word) in words.iter().enumerate().rev() {
        let before = &words[..at];
        if let Some((kind, strength)) = telling(word, before) {
            // `customerKeyMD5` is a hash, `nonce_str` is a request's.
            if kind == Kind::Key && words[at + 1..].iter().any(|word| matches!(*word, b"md" | b"md5"))
                || words[at..] == [&b"nonce"[..], b"str"]
            {
                return None;
            }
            let mut near = before.iter().rev().take(2);
            let is_harmless = match kind {
                Kind::Password => near.any(|word| asks(word)),
                Kind::Secret | Kind::Auth => {
                    let is_other = |word: &&[u8]| {
                        matches!(*word, b"known" | b"type" | b"enable" | b"hash" | b"hashed" | b"response")
                    };
                    near.take(1).any(|word| asks(word) || is_other(word))
                }
                // A salt is for hashing.
                Kind::Key if matches!(*word, b"salt" | b"salts" | b"iv" | b"nonce" | b"seed" | b"pepper") => {
                    near.any(|word| {
                        matches!(
                            *word,
                            b"random" | b"generation" | b"no" | b"get" | b"csp" | b"script" | b"style" | b"policy"
                        )
                    })
                }
                Kind::Token | Kind::Key => {
                    let is_opener =
                        near.clone().any(|word| matches!(*word, b"api" | b"access" | b"secret" | b"private"));
                    // `hash_of_signing_key`, `responseKey`.
                    let is_of_hash = before.windows(2).any(|pair| pair == [&b"hash"[..], b"of"]);
                    let is_exchanged = kind == Kind::Key
                        && before
                            .last()
                            .is_some_and(|word| matches!(*word, b"request" | b"response" | b"second" | b"third"));
                    !is_opener && (is_of_hash || is_exchanged || near.any(|word| is_harmless(word)))
                }
            };
            let strength = if unknown > 0 { weaker(strength) } else { strength };
            return (!is_harmless).then_some((kind, strength));
        }
        if is_negative(word) {
            return None;
        }
        if !is_neutral(word) && word.len() > 1 {
            unknown += 1;
            if unknown > 2 {
                return None;
            }
        }
    }
    None
}

/// The word before `tail` in a word that is written as one.
fn glued<'a>(word: &'a [u8], tail: &[u8]) -> Option<&'a [u8]> {
    word.strip_suffix(tail).filter(|owner| owner.len() >= 4)
}

fn weaker(strength: Strength) -> Strength {
    match strength {
        Strength::Strong => Strength::Fair,
        Strength::Fair | Strength::Weak => Strength::Weak,
    }
}

fn telling(word: &[u8], before: &[&[u8]]) -> Option<(Kind, Strength)> {
    use Kind::{Auth, Key, Password, Secret, Token};
    use Strength::{Fair, Strong, Weak};
    let last = before.last().copied().unwrap_or_default();
    let owned = |owns: fn(&[u8]) -> bool| before.iter().rev().take(2).any(|word| owns(word));
    let ends = |tails: &[&[u8]]| tails.iter().any(|tail| word.ends_with(tail));
    let found = match word {
        b"secret" | b"secrets" | b"mnemonic" => (Secret, Strong),
        b"seed" if matches!(last, b"totp" | b"otp" | b"hotp" | b"mfa") => (Secret, Strong),
        b"token" | b"tokens" => (Token, if owned(owns_tokens) { Strong } else { Fair }),
        b"key" | b"keys" if owned(owns_secret_keys) => (Key, Strong),
        b"key" | b"keys" if owned(owns_keys) => (Key, Fair),
        b"key" | b"keys" => (Key, Weak),
        b"credential" | b"credentials" | b"creds" | b"cred" | b"authorization" => (Auth, Fair),
        b"auth" => (Auth, Weak),
        b"psk" => (Password, Strong),
        b"salt" | b"salts" => (Key, Fair),
        b"iv" | b"nonce" | b"seed" | b"pepper" => (Key, Fair),
        b"sas" => (Key, Fair),
        // The secret key and the access key of a cloud: `OSS_SK`, `OSS_AK`.
        b"sk" if !last.is_empty() => (Key, Strong),
        b"ak" if !last.is_empty() => (Key, Fair),
        b"pat" | b"bearer" if !before.is_empty() => (Token, Fair),
        // `en_PW` is the English of Palau.
        b"pw" if last != b"en" => (Password, Strong),
        b"phrase" | b"word" if last == b"pass" => (Password, Strong),
        _ if word.len() < 4 && !is_password(word) => return None,
        _ if is_password(word) || ends(&[b"password", b"passwd", b"passphrase", b"passcode", b"pwd", b"psw"]) => {
            (Password, Strong)
        }
        _ if ends(&[b"secret"]) => (Secret, Strong),
        _ if ends(&[
            b"apikey",
            b"appkey",
            b"secretkey",
            b"privatekey",
            b"accesskey",
            b"encryptionkey",
            b"signingkey",
        ]) =>
        {
            (Key, Strong)
        }
        _ if ends(&[b"masterkey", b"authkey", b"storagekey", b"sharedkey", b"accountkey"]) => (Key, Strong),
        _ if ends(&[b"accesstoken", b"authtoken", b"apitoken", b"refreshtoken", b"bottoken", b"sessiontoken"]) => {
            (Token, Strong)
        }
        // `acmetoken`, `acmekey`.
        _ if glued(word, b"token").is_some_and(|owner| !is_harmless(owner)) => (Token, Fair),
        _ if glued(word, b"key")
            .is_some_and(|owner| !is_harmless(owner) && !owner.ends_with(b"on") && !owner.ends_with(b"pub")) =>
        {
            (Key, Weak)
        }
        _ => return None,
    };
    Some(found)
}

/// `"Jwt": { "Key": "…" }`: a `key` among the settings of what signs or encrypts.
fn is_member_of_keys(text: &[u8], start: usize) -> bool {
    let before = &text[start.saturating_sub(80)..start];
    let Some(open) = memchr::memrchr(b'{', before) else { return false };
    let is_sign = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b':' | b'=' | b'"' | b'\'');
    let owner = before[..open].iter().rposition(|byte| !is_sign(byte)).map_or(&before[..0], |at| &before[..=at]);
    let word = owner.iter().rposition(|byte| !byte.is_ascii_alphanumeric()).map_or(owner, |at| &owner[at + 1..]);
    let word = word.to_ascii_lowercase();
    [&b"jwt"[..], b"encrypt", b"crypto", b"signing", b"hmac", b"aes"].iter().any(|known| word.starts_with(known))
}

/// `private static final String KEY = …`, `#define KEY …`, `$this->key = …`, `settings['key'] = …`: what a program sets, and
/// no entry of a table. A line that begins with the name must shout it.
fn is_declared(text: &[u8], span: Span) -> bool {
    const DECLARING: &[&[u8]] = &[
        b"string",
        b"str",
        b"const",
        b"static",
        b"final",
        b"define",
        b"let",
        b"var",
        b"val",
        b"char",
        b"nsstring",
        b"qstring",
    ];
    let own = span.of(text);
    let member = own.strip_prefix(b"this.").or_else(|| own.strip_prefix(b"self."));
    if !member.unwrap_or(own).eq_ignore_ascii_case(b"key") {
        return false;
    }
    let before = &text[span.start.saturating_sub(40)..span.start];
    let line = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let ends = |mark: &[u8]| line.ends_with(mark);
    let rest = &text[span.end..];
    let is_index = (ends(b"['") && rest.starts_with(b"']")) || (ends(b"[\"") && rest.starts_with(b"\"]"));
    let sign = if is_index { rest[2..].trim_ascii_start() } else { rest.trim_ascii_start() };
    let is_set = sign.starts_with(b"=") && !matches!(sign.get(1), Some(b'=' | b'>' | b'~'));
    if is_index || member.is_some() || ends(b"$") || ends(b"->") {
        return is_set;
    }
    if matches!(rest.first(), Some(b'"' | b'\'')) {
        return false;
    }
    let words = line.trim_ascii_end();
    let words = words.strip_suffix(b"*").unwrap_or(words).trim_ascii_end();
    let length = words.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let last = words[words.len() - length..].to_ascii_lowercase();
    let is_loud = own == b"KEY" && line.trim_ascii().is_empty();
    is_loud || (ends(b" ") || ends(b"*")) && DECLARING.contains(&last.as_slice())
}

/// The strength of a lone `key`, from the words that stand before it on the line: `Secret access key: …`.
fn qualified(text: &[u8], span: Span) -> Strength {
    let before = &text[span.start.saturating_sub(24)..span.start];
    let words = before.rsplit(|byte| !byte.is_ascii_alphabetic()).filter(|word| !word.is_empty()).take(2);
    if is_member_of_keys(text, span.start) || is_declared(text, span) {
        return Strength::Fair;
    }
    let mut best = Strength::Weak;
    let is_prose = before.last() == Some(&b' ');
    for word in words {
        if is_prose
            && matches!(
                word.to_ascii_lowercase().as_slice(),
                b"api" | b"secret" | b"private" | b"access" | b"encryption" | b"signing" | b"master" | b"auth"
            )
        {
            best = Strength::Strong;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(name: &str) -> Option<(Kind, Strength)> {
        let lower = name.to_ascii_lowercase();
        let mut words: [&[u8]; WORDS] = [&[]; WORDS];
        let count = split(name.as_bytes(), lower.as_bytes(), &mut words);
        judge(without_methods(&words[..count]))
    }

    #[test]
    fn telling_names() {
        use Kind::{Key, Password, Secret, Token};
        for (name, kind) in [
            ("password", Password),
            ("DB_PASSWORD", Password),
            ("dbPassword", Password),
            ("spring.datasource.password", Password),
            ("dbpassword", Password),
            ("DB_PASS", Password),
            ("userPwd", Password),
            ("PASSWORD_PROD", Password),
            ("password2", Password),
            ("client_secret", Secret),
            ("clientSecret", Secret),
            ("JWT_SECRET", Secret),
            ("clientsecret", Secret),
            ("token", Token),
            ("GITHUB_TOKEN", Token),
            ("accessToken", Token),
            ("access-token", Token),
            ("api_key", Key),
            ("apiKey", Key),
            ("X-Api-Key", Key),
            ("SECRET_KEY_BASE", Key),
            ("AWSSecretKey", Key),
            ("encryptionKey", Key),
            ("passwordField.setText", Password),
            ("self.passwordTextField.text", Password),
            ("pass_input.send_keys", Password),
            ("password.equals", Password),
            ("hashSalt", Key),
        ] {
            assert_eq!(promise(name).map(|(kind, _)| kind), Some(kind), "{name}");
        }
    }

    #[test]
    fn names_of_something_else() {
        for name in [
            "password_field",
            "passwordLabel",
            "tokenUrl",
            "token_type",
            "secret_name",
            "publicKey",
            "primary_key",
            "keyboard",
            "csrf_token",
            "nextPageToken",
            "passed",
            "bypass",
            "compass",
            "passenger",
            "tokenizer",
            "authority",
            "author",
            "key_id",
            "password_hash",
            "is_password",
            "max_tokens",
            "cancellationToken",
            "foreignKey",
            "secretary",
            "passwordPlaceholder",
            "resetPasswordUrl",
            "passwordLabel.text",
            "passwordField.placeholder",
            "passwordField",
            "randomSeed",
            "content_security_policy_nonce",
            "en_PW",
            "Sec-WebSocket-Key",
            "X-Sealed-Key",
            "stylesheetToken",
            "customerKeyMD5",
            "nonce_str",
            "hashed_secret",
            "PREFERENCE_PASSCODE_D1",
            "fastcgi_pass",
            "passwordAuthenticator",
            "key_generation_seed",
            "sha3_256_hash_of_signing_key",
            "responseKey",
            "second_key",
            "Digest-Response-Auth",
        ] {
            assert_eq!(promise(name), None, "{name}");
        }
    }

    #[test]
    fn the_name_is_the_whole_identifier() {
        let text = b"x = config.dbPassword_prod = 1";
        let name = read(text, 13, 17).expect("a password");
        assert_eq!(name.span.of(text), b"config.dbPassword_prod");
        assert_eq!(name.kind, Kind::Password);
    }
}
