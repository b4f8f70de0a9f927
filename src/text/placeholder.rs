//! Values that stand for a secret: to be filled in, looked up elsewhere, or documented as an example.
//!
//! Judged from the value alone. A random value must never be taken for one: short words only count where they are
//! delimited or where the whole value is made of them.

mod order;

use super::holds;
use super::wordlist::WordList;
use super::words;

pub use order::is_order;

/// Words that no machine draws and no secret has: any place in the value.
static TELLING: WordList = WordList::new(&[
    b"example",
    b"placeholder",
    b"changeme",
    b"change_me",
    b"change-me",
    b"changeit",
    b"change_it",
    b"replaceme",
    b"replace_me",
    b"replace-me",
    b"replace_with",
    b"replace-with",
    b"****",
    b"redacted",
    b"yourkey",
    b"yourtoken",
    b"yoursecret",
    b"yourpassword",
    b"yourapi",
    b"my_secret",
    b"mysecret",
    b"insert_",
    b"insert-",
    b"insert your",
    b"enter_",
    b"enter your",
    b"foobar",
    b"foo_bar",
    b"notasecret",
    b"not_a_secret",
    b"not-a-secret",
    b"notreal",
    b"not-real",
    b"sample",
    b"<secret>",
    b"removed",
    b"hidden",
    b"censored",
    b"masked",
    b"secret_here",
    b"-here",
    b"_here",
    b"goes_here",
    b"loremipsum",
    b"0123456789abc",
    b"1234567890ab",
    b"123456789012",
    b"abcdefghij",
    b"00000000",
    b"deadbeefdeadbeef",
    b"......",
    b"jbswy3dpehpk3pxp",
    // The account keys of the emulators of Azure's storage and of Cosmos DB.
    b"eby8vdm02xnocqflquwjpllmetlcdxj1o",
    b"c2y6ydjf5/r+ob0n8a7cgv30vrdjiwehlm+4qdu5de2nq9nduv",
    // The local master key of the specifications of MongoDB's drivers.
    b"mng0nct4zhvuyujca1kxnkvynur1qurhz2h2uzr2d2rrzzh0cf",
    // The tokens and the nonce of RFC 6749, 6750, 7628 and 2617.
    b"2yotnfzfejr1zcsicmwpaa",
    b"tgzv3jokf0xg5qx2tlkwia",
    b"mf_9.b5f-4.1jqm",
    b"vf9dft4qmtc2nvb3rlckbhbhrhdmlzdgeuy29tcg",
    b"dcd98b7102dd2f0e8b11d0f600bfb0c093",
]);

/// Words of placeholders where they are the whole value or one of its parts.
const PARTS: &[&[u8]] = &[
    b"your",
    b"test",
    b"secret",
    b"password",
    b"passwd",
    b"token",
    b"apikey",
    b"key",
    b"foo",
    b"bar",
    b"baz",
    b"none",
    b"null",
    b"nil",
    b"undefined",
    b"true",
    b"false",
    b"empty",
    b"default",
    b"unknown",
    b"value",
    b"string",
    b"demo",
    b"mock",
    b"invalid",
    b"insecure",
    b"unsafe",
    b"temp",
    b"tmp",
    b"abc",
    b"abcd",
    b"xyz",
    b"xxx",
    b"user",
    b"admin",
    b"root",
    b"guest",
    b"username",
    b"login",
    b"private",
    b"public",
    b"access",
    b"auth",
    b"api",
    b"client",
    b"super",
    b"some",
    b"my",
    b"the",
    b"a",
    b"an",
    b"this",
    b"is",
    b"not",
    b"real",
    b"very",
    b"long",
    b"random",
    b"db",
    b"database",
    b"pass",
    b"pwd",
    b"id",
    b"name",
    b"123",
    b"1234",
    b"12345",
    b"123456",
    b"1",
    b"2",
    b"3",
    b"for",
    b"of",
    b"in",
    b"here",
    b"prod",
    b"dev",
    b"old",
    b"new",
];

/// Says whether a value stands for a secret that is to be filled in.
pub fn is_placeholder(value: &[u8]) -> bool {
    let mut buffer = [0_u8; 96];
    let length = value.len().min(buffer.len());
    let lower = &mut buffer[..length];
    lower.copy_from_slice(&value[..length]);
    lower.make_ascii_lowercase();
    let lower: &[u8] = lower;
    if is_mask(value) || lower.iter().all(|byte| !byte.is_ascii_alphanumeric()) {
        return true;
    }
    let tells = |shortest: usize| TELLING.any_in(lower, |word| word.len() >= shortest);
    if tells(SURE) || (tells(0) || tells_shortly(value, lower)) && !is_drawn(value) {
        return true;
    }
    // `(whatever)`: said in brackets.
    if let [b'(', inner @ .., b')'] = value
        && inner.iter().all(|byte| byte.is_ascii_alphabetic() || b" _-".contains(byte))
    {
        return true;
    }
    length == value.len() && (is_made_of_parts(lower) || is_order(value) || is_variable(value))
}

/// `MY_GITHUB_TOKEN`: the name of the variable that holds the secret.
fn is_variable(value: &[u8]) -> bool {
    const LAST: &[&[u8]] = &[b"TOKEN", b"KEY", b"SECRET", b"PASSWORD", b"PASSWD", b"PASS", b"PWD", b"CREDENTIALS"];
    value.contains(&b'_')
        && value.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_')
        && value.rsplit(|&byte| byte == b'_').next().is_some_and(|last| LAST.contains(&last))
}

/// Short words that tell, and crosses: in a case that people write, for a draw spells them in any case by chance.
fn tells_shortly(value: &[u8], lower: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[b"xxxx", b"dummy", b"your_", b"your-", b"todo", b"fixme", b"fake"];
    let is_written = |letters: &[u8]| {
        let capitals = letters.iter().filter(|byte| byte.is_ascii_uppercase()).count();
        let alternates = letters.windows(2).all(|pair| pair[0].is_ascii_lowercase() != pair[1].is_ascii_lowercase());
        alternates
            || capitals == 0
            || capitals == 1 && letters[0].is_ascii_uppercase()
            || !letters.iter().any(u8::is_ascii_lowercase)
    };
    WORDS.iter().any(|word| {
        memchr::memmem::find_iter(lower, word).any(|at| value.get(at..at + word.len()).is_some_and(is_written))
    })
}

/// A draw of 36 letters and digits spells a given word of four letters, in any case, once in 28,000 times, and one of
/// six once in 27 million times: shorter words count only where the rest of the value is no draw.
const SURE: usize = 6;

/// Whether a value is a draw even if a short word in it is none.
fn is_drawn(value: &[u8]) -> bool {
    value.len() >= 16 && words::surplus(value) >= 0.4 * value.len().min(64) as f32
}

/// Three or more of one sign at an end or throughout: `xxx`, `***`, `...`, `abc…`.
fn is_mask(value: &[u8]) -> bool {
    let signs = b"xX*.#?_-";
    let leading = value.iter().take_while(|byte| signs.contains(byte)).count();
    let first = value.first().copied().unwrap_or_default();
    let equal = value.iter().take_while(|byte| byte.eq_ignore_ascii_case(&first)).count().min(leading);
    let trailing = value.iter().rev().take_while(|byte| Some(*byte) == value.last() && signs.contains(byte)).count();
    // Three letters or hyphens end a draw by chance, three stars never.
    let is_chance = trailing <= 4 && !value.ends_with(b"*") && !value.ends_with(b".") && is_drawn(value);
    equal >= 4 || leading >= 6 || trailing >= 3 && !is_chance || value.ends_with("…".as_bytes())
}

/// Whether the value, cut at signs and digits, is made of placeholder words only.
fn is_made_of_parts(lower: &[u8]) -> bool {
    let mut parts = lower.split(|byte| !byte.is_ascii_alphabetic()).filter(|part| !part.is_empty()).peekable();
    // A draw of digits with an `a` here and there.
    let letters = lower.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    if lower.len() >= 20 && letters * 3 < lower.len() {
        return false;
    }
    parts.peek().is_some() && parts.all(is_joined_of_parts)
}

fn is_joined_of_parts(part: &[u8]) -> bool {
    if PARTS.contains(&part) {
        return true;
    }
    let splits = |word: &&&[u8]| word.len() > 2 && part.starts_with(word);
    PARTS.iter().filter(splits).any(|word| is_joined_of_parts(&part[word.len()..]))
}

/// Says whether a value only points at a secret: a variable, a template, a vault, an expression.
pub fn is_reference(value: &[u8]) -> bool {
    let starts = |prefix: &[u8]| value.len() >= prefix.len() && value[..prefix.len()].eq_ignore_ascii_case(prefix);
    let has = |part: &[u8]| holds(value, part);
    match value.first() {
        None => return true,
        Some(b'$') => {
            // `$NAME`, `${…}`, `$(…)`; not `$2y$…` and not a password that begins with a dollar.
            let rest = &value[1..];
            let name = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
            let is_name = name >= 2 && rest[..name].iter().any(u8::is_ascii_alphabetic);
            return matches!(rest.first(), Some(b'{' | b'(' | b'[' | b'$') | None)
                || (is_name && matches!(rest.get(name), None | Some(b'.' | b'[' | b'-' | b'>' | b'/')));
        }
        Some(b'<') => return value.last() == Some(&b'>') || has(b"<%") || has(b">"),
        Some(b'%') => {
            return matches!(value.get(1), Some(b'(' | b'{' | b's' | b'd' | b'%' | b'v' | b'q'))
                || value.last() == Some(&b'%') && value.len() > 2
                || is_conversion(&value[1..]);
        }
        // `@DB_PASSWORD`: a template's variable.
        Some(b'@') => {
            // `@@password@@`, which a build fills in.
            if starts(b"@@") && value.len() > 4 && value.ends_with(b"@@") {
                return true;
            }
            let is_loud = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
            if value.len() > 3 && value.contains(&b'_') && value[1..].iter().all(is_loud) {
                return true;
            }
        }
        Some(b'\\') => return true,
        Some(b'{') if value.last() == Some(&b'}') => return true,
        Some(b'[') if value.last() == Some(&b']') => return true,
        Some(b'(') if value.last() == Some(&b')') => return true,
        Some(b'&' | b'*') if value[1..].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_') => {
            return true;
        }
        Some(b'!')
            if starts(b"!vault") || starts(b"!ref") || starts(b"!sub") || starts(b"!env") || starts(b"!secret") =>
        {
            return true;
        }
        _ => {}
    }
    const SCHEMES: &[&[u8]] = &[
        b"vault:",
        b"op://",
        b"arn:",
        b"ssm:",
        b"secretsmanager",
        b"secret:",
        b"secrets.",
        b"secret://",
        b"env:",
        b"env.",
        b"env(",
        b"file:",
        b"/run/secrets",
        b"projects/",
        b"keyvault",
        b"@microsoft.keyvault",
        b"aws-ssm",
        b"ref+",
        b"sops:",
        b"enc[",
        b"enc(",
        b"{cipher}",
        b"infisical:",
        b"doppler:",
        b"awssm:",
        b"gcpsm:",
        b"process.env",
        b"os.environ",
        b"system.getenv",
        b"settings.",
        b"config.",
        b"self.",
        b"this.",
        b"var.",
        b"local.",
        b"data.",
        b"module.",
        b"values.",
        b"http://",
        b"https://",
        b"urn:",
        b"base64:%",
        b"lookup(",
        b"getenv",
        b"ansible_",
        b"encrypted:",
    ];
    SCHEMES.iter().any(|scheme| starts(scheme))
        || [&b"${"[..], b"{{", b"#{", b"<%", b"$(", b"%(", b"{0}", b"%s", b"\\(", b"process.env", b"os.environ"]
            .into_iter()
            .any(has)
        || (value.windows(2).any(|pair| pair == b"()") && value.iter().any(u8::is_ascii_alphabetic))
}

/// `%01032i` without its first sign: a conversion of a format.
fn is_conversion(rest: &[u8]) -> bool {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || b".-+#".contains(byte)).count();
    matches!(
        &rest[digits..],
        [b'd' | b'i' | b'u' | b'x' | b'X' | b's' | b'c' | b'f' | b'g'] | [b'l' | b'z', b'd' | b'u' | b'x']
    )
}

/// Words that people build passwords of when nothing depends on them.
static WORN: WordList = WordList::new(&[
    b"password",
    b"passw",
    b"paeeword",
    b"sekret",
    b"paswo",
    b"secret",
    b"admin",
    b"welcome",
    b"letmein",
    b"qwer",
    b"asdf",
    b"zxcv",
    b"test",
    b"change",
    b"hello",
    b"iloveyou",
    b"monkey",
    b"dragon",
    b"master",
    b"login",
    b"guest",
    b"user",
    b"foo",
    b"default",
    b"example",
    b"sample",
    b"demo",
    b"temp",
    b"root",
    b"abc1",
    b"1234",
    b"4321",
    b"pass",
]);

/// Says whether a password is one of those that everybody uses, however disguised: `P@ssw0rd!`, `4dm1n2024`.
pub fn is_worn(value: &[u8]) -> bool {
    let mut buffer = [0_u8; 64];
    let Some(plain) = buffer.get_mut(..value.len()) else { return false };
    let lower = value.to_ascii_lowercase();
    for (letter, byte) in plain.iter_mut().zip(&lower) {
        *letter = match byte {
            b'@' | b'4' => b'a',
            b'0' => b'o',
            b'1' | b'!' | b'|' => b'i',
            b'3' => b'e',
            b'$' | b'5' => b's',
            b'7' | b'+' => b't',
            other => *other,
        };
    }
    // What a word leaves over must not be enough for a password of its own.
    let leaves_little = |word: &[u8]| value.len() < word.len() + 9;
    // Three signs look like three letters by chance.
    let is_disguised = |word: &[u8]| word.len() >= 4 && leaves_little(word);
    WORN.any_in(plain, is_disguised) || WORN.any_in(&lower, leaves_little)
}

/// What is to be filled in, and what is no password: names of fields, formats and methods.
static EXCUSED: WordList = WordList::new(&[
    b"xxx",
    b"your",
    b"example",
    b"placeholder",
    b"dummy",
    b"fake",
    b"sample",
    b"todo",
    b"fixme",
    b"redact",
    b"change",
    b"replace",
    b"insert",
    b"input",
    b"field",
    b"label",
    b"hash",
    b"sha1",
    b"sha2",
    b"sha3",
    b"sha5",
    b"md5",
    b"base64",
    b"utf8",
    b"oauth2",
    b"x509",
    b"rfc",
    b"http",
    b"bcrypt",
    b"argon2",
    b"pbkdf2",
    b"aes1",
    b"aes2",
    b"pkcs",
    b"ed25519",
    b"secp",
    b"invalid",
    b"wrong",
    b"error",
    b"not_",
    b"column",
    b"_id",
    b"text",
    b"string",
]);

/// How well a weak password hides what everybody tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disguise {
    /// Letters and a number: `root123`.
    Thin,
    /// Both cases and digits: `Admin_123`, `s3Cur3`.
    Mixed,
}

/// Whether a value is a weak password: one that people make of a word when they are asked for digits and capitals. The
/// names of fields, `password1`, are none, nor is what is to be filled in.
pub fn disguise(value: &[u8]) -> Option<Disguise> {
    let is_plain = value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-!@#$%&*+.?^~".contains(byte));
    let count = |is: fn(&u8) -> bool| value.iter().filter(|byte| is(byte)).count();
    let (digits, upper, lower) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let is_short = digits == 0 || upper + lower < 2 || value.contains(&b'.') && upper + lower < 4;
    if !(6..=24).contains(&value.len()) || !is_plain || is_short || !value[0].is_ascii_alphanumeric() {
        return None;
    }
    let folded = value.to_ascii_lowercase();
    if is_reference(value) || EXCUSED.any_in(&folded, |_| true) {
        return None;
    }
    if upper > 0 && lower > 0 {
        return Some(Disguise::Mixed);
    }
    (digits >= 2 && !folded.ends_with(b"256")).then_some(Disguise::Thin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::{BASE62, tests::seeded, text};

    #[test]
    fn placeholders() {
        for value in [
            "changeme",
            "your-api-key",
            "<your key>xxxx",
            "xxxxxxxx",
            "********",
            "my_secret_key",
            "test123",
            "secret",
            "super-secret-password",
            "EXAMPLEKEY",
            "abc123",
            "sk_test_...",
            "password1234",
            "------",
            "replace_with_token",
            "mysecretpassword",
            "apikeyhere-here",
            "SET_A_PASSWORD_HERE_123",
            "GENERATE_ME_64_CHAR_RANDOM",
            "ChooseAStrongPassword123!",
            "Tu-Password-Aqui",
            "replace-default-auth",
        ] {
            assert!(is_placeholder(value.as_bytes()), "{value}");
        }
        for value in ["hunter2horse", "kJ8x!pQ2", "Wint3rSturm", "3f9a1c7e55d0"] {
            assert!(!is_placeholder(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn random_values_are_no_placeholders() {
        let mut random = seeded(11);
        let wrong = (0..20_000).filter(|_| is_placeholder(text(&mut random, BASE62, 32).as_bytes())).count();
        assert_eq!(wrong, 0);
        let spelled = |word: &str, random: &mut dyn FnMut() -> u32| {
            let (before, after) = (text(random, BASE62, 11), text(random, BASE62, 17));
            is_placeholder(format!("{before}{word}{after}").as_bytes())
        };
        for word in ["todo", "FAKE", "xXxX", "dummy"] {
            let wrong = (0..500).filter(|_| spelled(word, &mut random)).count();
            assert!(wrong <= 2, "{word}: {wrong} of 500");
            assert!(is_placeholder(format!("{word}Token1234").as_bytes()), "{word}");
            assert!(is_placeholder(format!("my-{word}-key-for-the-tests-2024").as_bytes()), "{word}");
        }
    }

    #[test]
    fn worn_passwords() {
        for value in ["P@ssw0rd!", "4dm1n2024", "Pa55worD", "Cl1ent$ecret!", "Test@1234", "Qwer!2345"] {
            assert!(is_worn(value.as_bytes()), "{value}");
        }
        for value in ["kJ8x!pQ2", "Wint3rSturm", "pass-kJ8x!pQ2zR4v"] {
            assert!(!is_worn(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn references() {
        for value in [
            "${DB_PASSWORD}",
            "$DB_PASSWORD",
            "{{ .Values.password }}",
            "process.env.SECRET",
            "vault:secret/data/x#key",
            "op://vault/item/field",
            "<password>",
            "%(password)s",
            "#{password}",
            "%DB_PASS%",
            "$(cat secret)",
            "prefix-${X}",
            "getPassword()",
            "&password",
            "!vault |",
        ] {
            assert!(is_reference(value.as_bytes()), "{value}");
        }
        for value in ["$2y$10$abcdefgh", "$9kQz!x", "Tr0ub4dor&3", "<9fk2!Q", "hunter2"] {
            assert!(!is_reference(value.as_bytes()), "{value}");
        }
    }
}
