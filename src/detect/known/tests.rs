use std::sync::Arc;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use proptest::prelude::*;

use super::{Known, RULE, check};
use crate::detect::{Engine, Scratch};
use crate::model::{Chunk, Secret, Span};
use crate::rule::RuleSet;

fn engine(value: &str) -> Engine {
    let mut engine = Engine::new(Arc::new(RuleSet::embedded()));
    let mut refused = Vec::new();
    engine.learn(Arc::new(Known::new(vec![("VALUE".to_owned(), Secret::new(value))], &mut refused)));
    assert!(refused.is_empty(), "{refused:?}");
    engine
}

fn is_found(engine: &Engine, text: &[u8]) -> bool {
    let found = engine.scan(Chunk::whole(text), &mut Scratch::default());
    found.iter().any(|candidate| candidate.known.as_deref() == Some("VALUE"))
}

/// What encoders of other languages make of a value, written anew here.
fn encodings(value: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = value.as_bytes();
    let each = |write: &dyn Fn(u8) -> String| bytes.iter().map(|&byte| write(byte)).collect::<String>().into_bytes();
    let swap = |pairs: &[(&str, &str)]| {
        let text = value.chars().map(|c| {
            let found = pairs.iter().find(|(from, _)| from.starts_with(c));
            found.map_or_else(|| c.to_string(), |(_, to)| (*to).to_owned())
        });
        text.collect::<String>().into_bytes()
    };
    let backslashes = |special: &str| {
        let text = value.chars().enumerate().map(|(at, c)| {
            let is_special =
                special.contains(c) || at == 0 && "#~".contains(c) || special.contains('%') && !c.is_ascii();
            if is_special { format!("\\{c}") } else { c.to_string() }
        });
        text.collect::<String>().into_bytes()
    };
    let swap_bytes = |write: &dyn Fn(u8) -> String| {
        let text = bytes.iter().flat_map(|&byte| match (write(byte), byte) {
            (text, b'"' | b'\\') if text.is_empty() => vec![b'\\', byte],
            (text, _) if text.is_empty() => vec![byte],
            (text, _) => text.into_bytes(),
        });
        text.collect::<Vec<u8>>()
    };
    let units = |big: bool| {
        let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        value.encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    let wrapped = |width: usize, indent: &str| {
        // Bytes that are no text on both sides.
        let around: Vec<u8> = (0..60_u8).map(|byte| byte.wrapping_mul(37) ^ 0x95).collect();
        let text = BASE64.encode(&[&around[..], bytes, &around[..40]].concat());
        let lines: Vec<String> =
            text.as_bytes().chunks(width).map(|line| format!("{indent}{}", String::from_utf8_lossy(line))).collect();
        format!("\n{}\n", lines.join("\n")).into_bytes()
    };
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let json = serde_json::to_string(value).unwrap();
    let nested = serde_json::to_string(&json).unwrap();
    let mut gzip = Vec::new();
    gzip.extend_from_slice(b"\x1f\x8b\x08\0\0\0\0\0\0\x03\x01");
    let len = bytes.len() as u16;
    gzip.extend_from_slice(&len.to_le_bytes());
    gzip.extend_from_slice(&(!len).to_le_bytes());
    gzip.extend_from_slice(bytes);
    gzip.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
    gzip.extend_from_slice(&u32::from(len).to_le_bytes());
    vec![
        ("raw", bytes.to_vec()),
        ("base64", BASE64.encode(bytes).into_bytes()),
        ("base64 of user and password", BASE64.encode(format!("user:{value}").as_bytes()).into_bytes()),
        ("base64, second place", BASE64.encode(format!("me:{value}").as_bytes()).into_bytes()),
        ("base64, third place", BASE64.encode(format!("x:{value}!").as_bytes()).into_bytes()),
        ("base64 for URLs", BASE64URL_NOPAD.encode(format!("a{value}").as_bytes()).into_bytes()),
        ("base64 in lines of 76", wrapped(76, "")),
        ("base64 in lines of 64", wrapped(64, "    ")),
        ("base64 of gzip", BASE64.encode(&gzip).into_bytes()),
        ("hexadecimal", HEXLOWER.encode(bytes).into_bytes()),
        ("hexadecimal in capitals", HEXUPPER.encode(bytes).into_bytes()),
        ("percent, all", each(&|byte| format!("%{byte:02X}"))),
        (
            "percent, least",
            each(&|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }),
        ),
        ("percent, all small", each(&|byte| format!("%{byte:02x}"))),
        (
            "percent, small",
            each(&|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") }),
        ),
        ("json", json.as_bytes()[1..json.len() - 1].to_vec()),
        ("json of PHP", {
            let unit = |unit: u16| format!("\\u{unit:04x}");
            let text = json[1..json.len() - 1].chars().map(|c| match c {
                '/' => "\\/".to_owned(),
                _ if c.is_ascii() => c.to_string(),
                _ => c.encode_utf16(&mut [0; 2]).iter().copied().map(unit).collect(),
            });
            text.collect::<String>().into_bytes()
        }),
        ("json in json", nested.as_bytes()[3..nested.len() - 3].to_vec()),
        ("unicode escapes", value.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>().into_bytes()),
        ("c escapes", each(&|byte| format!("\\x{byte:02x}"))),
        ("octal escapes", each(&|byte| format!("\\{byte:03o}"))),
        (
            "c escapes of what is no ASCII",
            swap_bytes(&|byte| if byte.is_ascii() { String::new() } else { format!("\\x{byte:02x}") }),
        ),
        ("shell, backslashes of bash", backslashes("!\"$&'()*,;<>?[\\]^`{|} ")),
        ("shell, backslashes of ruby", backslashes("!\"#$%&'()*;<=>?[\\]^`{|}~ ")),
        ("html", swap(&[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&#39;")])),
        ("html, text", swap(&[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")])),
        ("html, numbers", value.chars().map(|c| format!("&#{};", u32::from(c))).collect::<String>().into_bytes()),
        (
            "html, hexadecimal",
            value.chars().map(|c| format!("&#x{:x};", u32::from(c))).collect::<String>().into_bytes(),
        ),
        (
            "html, names",
            swap(&[("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"), ("'", "&apos;"), ("$", "&dollar;")]),
        ),
        ("shell", swap(&[("'", "'\\''")])),
        ("shell, double quotes", swap(&[("\"", "\\\""), ("\\", "\\\\"), ("$", "\\$"), ("`", "\\`")])),
        ("utf-16le", units(false)),
        ("utf-16be", units(true)),
        ("utf-16le with a mark", [&b"\xff\xfe"[..], &units(false)].concat()),
        ("utf-16be with a mark", [&b"\xfe\xff"[..], &units(true)].concat()),
        ("gzip", [&b"\x7fELF\0"[..], &gzip, b"\0\xff"].concat()),
        ("a string of c", swap(STRING_OF_C)),
        ("a string of c with single quotes", swap(&[STRING_OF_C, &[("'", "\\'")]].concat())),
    ]
}

const STRING_OF_C: &[(&str, &str)] =
    &[("\"", "\\\""), ("\\", "\\\\"), ("?", "\\?"), ("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r")];

/// The value broken in two, as languages write two literals that they join.
fn literals(value: &str, break_at: usize) -> Vec<(&'static str, String)> {
    let (head, tail) = value.split_at(value.ceil_char_boundary((break_at % value.len()).max(1)));
    let written = |pairs: &[(char, &str)]| {
        [head, tail].map(|piece| {
            let text = piece.chars().map(|c| {
                pairs.iter().find(|(from, _)| *from == c).map_or_else(|| c.to_string(), |(_, to)| (*to).to_owned())
            });
            text.collect::<String>()
        })
    };
    let lines = [('\n', "\\n"), ('\t', "\\t")];
    let [head, tail] = written(&[&[('"', "\\\""), ('\\', "\\\\")], &lines[..]].concat());
    let [c_head, c_tail] = written(&[&[('"', "\\\""), ('\\', "\\\\"), ('?', "\\?")], &lines[..]].concat());
    let [shell_head, shell_tail] = written(&[('"', "\\\""), ('\\', "\\\\"), ('$', "\\$"), ('`', "\\`")]);
    let [single_head, single_tail] = written(&[('\'', "\\'"), ('\\', "\\\\")]);
    let [basic_head, basic_tail] = written(&[('"', "\"\"")]);
    let mut texts = vec![
        ("JavaScript, Java, Go", format!("x = \"{head}\" + \"{tail}\";")),
        ("JavaScript, Java, Go on two lines", format!("x = \"{head}\" +\n    \"{tail}\"")),
        ("Java with the operator in front", format!("x = \"{head}\"\r\n\t+ \"{tail}\"")),
        ("Python", format!("x = (\"{head}\"\n     \"{tail}\")")),
        ("Python, with prefixes", format!("x = f\"{head}\" f\"{tail}\"")),
        ("C", format!("char *x = \"{c_head}\"\n  /* more */ \"{c_tail}\";")),
        ("Ruby", format!("x = \"{head}\" \\\n  \"{tail}\"")),
    ];
    if !value.contains('\n') {
        texts.extend([
            ("shell", format!("x=\"{shell_head}\"\"{shell_tail}\"")),
            ("shell on two lines", format!("x=\"{shell_head}\"\\\n\"{shell_tail}\"")),
            ("PHP, Perl", format!("$x = '{single_head}' . '{single_tail}';")),
            ("PHP, Perl, no blank", format!("$x = '{single_head}'.'{single_tail}';")),
            ("Visual Basic", format!("x = \"{basic_head}\" & _\r\n    \"{basic_tail}\"")),
        ]);
    }
    texts
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9]{12,80}",
        "[!-~]{8,11}",
        "[!-~]{10,60}",
        "[a-zé-ü&<\"'$%/A-Z0-9]{14,40}",
        "[A-Za-z0-9+/=_-]{200,900}",
        "[!-~][ -~é漢]{10,40}[!-~]",
        "[!-~]{12,20}\n[!-~]{12,20}",
    ]
    .prop_filter("cannot be searched for safely", |value: &String| check(value.as_bytes()).is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_known_value_is_found_in_every_form_and_surrounding(value in value(), noise in "[ -~\n]{0,200}") {
        let engine = engine(&value);
        for (name, text) in encodings(&value) {
            for (before, after) in [(&b""[..], &b""[..]), (b"x = \"", b"\";\n"), (b"\0\x01\xff", b"\xfe\0"), (b"<td>", b"</td>")] {
                let text = [noise.as_bytes(), b"\n", before, &text, after, b"\n", noise.as_bytes()].concat();
                prop_assert!(is_found(&engine, &text), "{name}");
            }
        }
    }

    #[test]
    fn a_known_value_is_found_in_two_literals(value in value(), at: prop::sample::Index, before in "[a-z ;=\n]{0,40}") {
        let known = Known::new(vec![("VALUE".to_owned(), Secret::new(value.as_str()))], &mut Vec::new());
        for (name, text) in literals(&value, at.index(value.len())) {
            let text = format!("{before}{text}\n");
            let mut found = Vec::new();
            known.search(text.as_bytes(), &[Span::new(0, text.len())], &mut found);
            prop_assert!(!found.is_empty(), "{name}: {text}");
        }
    }

    #[test]
    fn looking_around_a_place_finds_what_stands_there(value in value(), at: prop::sample::Index, inside: prop::sample::Index) {
        let mut refused = Vec::new();
        let known = Known::new(vec![("VALUE".to_owned(), Secret::new(value.as_str()))], &mut refused);
        let literals = literals(&value, at.index(value.len())).into_iter().map(|(name, text)| (name, text.into_bytes()));
        for (name, text) in encodings(&value).into_iter().chain(literals) {
            let padding = vec![b'\n'; 2000];
            let text = [&padding[..], &text, &padding].concat();
            let mut whole = Vec::new();
            known.search(&text, &[Span::new(0, text.len())], &mut whole);
            for found in whole {
                let dirty = found.span.start + inside.index(found.span.len());
                let near = Span::new(dirty, dirty + 1).widened(crate::rule::MARGIN, text.len());
                let mut again = Vec::new();
                known.search(&text, &[near], &mut again);
                prop_assert!(again.contains(&found), "{name}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_form_is_found_at_every_place_beside_a_crowd(
        value in prop_oneof![
            3 => value(),
            1 => "[a-z]{4,8}( [a-zA-Z0-9]{5,9}){3,5}".prop_filter("too common", |value| check(value.as_bytes()).is_ok()),
        ],
        crowd in prop::collection::vec("[a-zA-Z0-9]{12,40}", 0..60),
        twin in 0..3_usize,
        noise in "[ -~]{0,24}",
    ) {
        let mut values: Vec<_> = crowd.iter().map(|other| ("OTHER".to_owned(), Secret::new(other.as_str()))).collect();
        // Others that share most of it.
        for twin in ["-x", "Q9", "="].iter().take(twin) {
            values.push(("TWIN".to_owned(), Secret::new(format!("{value}{twin}"))));
        }
        values.push(("VALUE".to_owned(), Secret::new(value.as_str())));
        let known = Known::new(values, &mut Vec::new());
        let own = (0..known.len() as u32).find(|&index| known.secret(index).expose() == value.as_bytes()).unwrap();
        let bytes = value.as_bytes();
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for form in 0..super::forms::COUNT {
            let mut text = Vec::new();
            super::forms::write(bytes, form, &mut text);
            // Base64 depends on what stands beside; encoders write it below.
            let is_base64 = (super::forms::BASE64..super::forms::HEX).contains(&form);
            if !is_base64 && text.len() >= super::SHORTEST {
                texts.push(text);
            }
        }
        for before in ["", "u", "us"] {
            let text = [before.as_bytes(), bytes, b"."].concat();
            texts.extend([BASE64.encode(&text).into_bytes(), BASE64URL_NOPAD.encode(&text).into_bytes()]);
        }
        for text in texts {
            for shift in 0..9 {
                for end in [&b""[..], b"\n", b"\"; // the end"] {
                    let whole = [&b"\n\t\n\t\n\t\n\t\n"[..shift], noise.as_bytes(), b"\n", &text, end].concat();
                    let mut found = Vec::new();
                    known.search(&whole, &[Span::new(0, whole.len())], &mut found);
                    prop_assert!(found.iter().any(|found| found.value == own), "{:?} in {:?}", value, bstr::BStr::new(&whole));
                }
            }
        }
    }
}

#[test]
fn what_differs_in_its_last_bits_is_not_found() {
    let engine = engine("kP9v2mQx7RtZ");
    for other in ["kP9v2mQx7Rt[", "kP9v2mQx7RtY", "jP9v2mQx7RtZ"] {
        for text in [
            other.to_owned(),
            BASE64.encode(format!("{other}x").as_bytes()),
            BASE64.encode(format!("ab{other}").as_bytes()),
        ] {
            assert!(!is_found(&engine, text.as_bytes()), "{text}");
        }
    }
}

#[test]
fn what_would_match_everywhere_is_refused() {
    for value in [
        "short",
        "production",
        "localhost",
        "us-east-1",
        "changeme-please",
        "P@ssw0rd!",
        "1234567890",
        "https://api.acme.org/v1",
        "aaaaaaaaaaaa",
    ] {
        assert!(check(value.as_bytes()).is_err(), "{value}");
    }
    for value in [
        "kP9v2mQx7RtZ",
        "Wint3r!Sturm",
        "postgres://app:kP9v2mQx7R@db:5432/app",
        "c0ffee11d00d42aa",
        "correct horse battery staple",
    ] {
        assert!(check(value.as_bytes()).is_ok(), "{value}");
    }
}

#[test]
fn equal_values_are_told_with_all_their_names_and_the_rule_exists() {
    let mut refused = Vec::new();
    let pair = |name: &str| (name.to_owned(), Secret::new("kP9v2mQx7RtZ"));
    let known = Known::new(vec![pair("A"), pair("B"), pair("A")], &mut refused);
    assert_eq!((known.len(), known.names(0)), (1, "A, B"));
    assert!(RuleSet::embedded().find(RULE).is_some());
    assert_eq!(format!("{known:?}"), "Known(1 values)");
}

proptest! {
    #[test]
    fn the_forms_that_are_searched_are_all_that_there_are(value in "[ -~\n\té漢]{8,40}|[a-c_.%&'\"/ <-]{8,16}") {
        let written = |forms: &mut dyn Iterator<Item = super::forms::Form>| -> std::collections::BTreeSet<Vec<u8>> {
            forms
                .map(|form| {
                    let mut out = Vec::new();
                    super::forms::write(value.as_bytes(), form, &mut out);
                    out
                })
                .filter(|pattern| !pattern.is_empty())
                .collect()
        };
        let mut all = written(&mut (0..super::forms::COUNT));
        let searched = written(&mut super::forms::of(value.as_bytes()));
        all.retain(|pattern| !searched.contains(pattern));
        prop_assert!(all.is_empty(), "{:?} lacks {:?}", value, all);
    }
}
