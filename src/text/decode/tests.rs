use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use proptest::prelude::*;

use super::*;

/// The chains of kinds by which `wanted` is found below `bytes`, with its place in `bytes`.
fn chains(bytes: &[u8], ranges: &[Span], wanted: &[u8], budget: &mut Budget) -> Vec<(Vec<&'static str>, Span)> {
    let mut found = Vec::new();
    layers(bytes, ranges, budget, &mut found);
    let mut chains = Vec::new();
    for layer in found {
        if let Some(at) = memchr::memmem::find(&layer.bytes, wanted) {
            chains.push((vec![layer.kind], layer.original(Span::new(at, at + wanted.len()))));
        }
        if budget.enter() {
            let changed = layer.changed().widened(0, layer.bytes.len());
            for (mut kinds, span) in self::chains(&layer.bytes, &changed, wanted, budget) {
                kinds.insert(0, layer.kind);
                chains.push((kinds, layer.original(span)));
            }
            budget.leave();
        }
    }
    chains
}

fn find(bytes: &[u8], wanted: &str) -> Vec<(Vec<&'static str>, Span)> {
    chains(bytes, &[Span::new(0, bytes.len())], wanted.as_bytes(), &mut Budget::new(bytes.len()))
}

/// Checks that `wanted` is found in `bytes` through `kinds`, just where `encoded` stands.
fn check(bytes: &[u8], wanted: &str, kinds: &[&str], encoded: &[u8]) -> Result<(), TestCaseError> {
    let place = memchr::memmem::find(bytes, encoded).expect("the test knows its text");
    let found = find(bytes, wanted);
    let expected = Span::new(place, place + encoded.len());
    prop_assert!(
        found.iter().any(|(chain, span)| chain == kinds && *span == expected),
        "{kinds:?} at {expected:?} not in {found:?} of {:?}",
        String::from_utf8_lossy(bytes)
    );
    Ok(())
}

fn escaped(text: &str, write: impl Fn(u8) -> String) -> String {
    text.bytes().map(write).collect()
}

fn wrapped(text: &str, width: usize, between: &str) -> String {
    let lines: Vec<&str> =
        text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
    lines.join(between)
}

fn wide(text: &str, size: usize, is_big: bool) -> Vec<u8> {
    text.chars()
        .flat_map(|character| {
            let mut unit = u32::from(character).to_le_bytes()[..size].to_vec();
            if is_big {
                unit.reverse();
            }
            unit
        })
        .collect()
}

fn compressed(text: &[u8], window_bits: u8) -> Vec<u8> {
    let config = zlib_rs::DeflateConfig { window_bits: i32::from(window_bits), ..Default::default() };
    let mut output = vec![0; zlib_rs::compress_bound(text.len()) + 64];
    let mut deflate = zlib_rs::Deflate::new_with_config(config);
    deflate.compress(text, &mut output, zlib_rs::DeflateFlush::Finish).expect("fits");
    output.truncate(deflate.total_out() as usize);
    output
}

const TOKEN: &str = "[A-Z][a-z]{4}_[A-Za-z0-9]{24,40}";
/// Text before a run, of any length, so that runs lie at every place of a block.
const BEFORE: &str = "([a-z ]{0,9}[;:\n(] ){0,20}";

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_run(token in TOKEN, before in BEFORE, pair in "[a-z]{0,7}=") {
        let text = format!("{pair}{token}");
        let standard = BASE64.encode(text.as_bytes());
        let bare = BASE64_NOPAD.encode(text.as_bytes());
        let lower = HEXLOWER.encode(token.as_bytes());
        for (kind, encoded) in [
            ("base64", standard.clone()),
            ("base64", bare.clone()),
            ("base64", BASE64URL_NOPAD.encode(text.as_bytes())),
            ("hex", HEXLOWER.encode(text.as_bytes())),
            ("hex", HEXUPPER.encode(text.as_bytes())),
            ("hex", format!("x{lower}")),
            ("hex", format!("0x{lower}")),
            ("hex", format!("f{lower}")),
        ] {
            let around = format!("{before}'{encoded}';");
            let found = find(around.as_bytes(), &token);
            prop_assert!(found.iter().any(|(chain, _)| chain == &[kind]), "{kind}: {around}: {found:?}");
        }
        let plain = BASE64_NOPAD.encode(token.as_bytes());
        for around in [
            format!("{before}{plain}"),
            format!("{before}\"data:text/plain;base64,{plain}\""),
            format!("{before}https://example.com/hooks/{plain}/x"),
            format!("{before}key_{plain}"),
        ] {
            check(around.as_bytes(), &token, &["base64"], plain.as_bytes())?;
        }
        let twice = BASE64_NOPAD.encode(plain.as_bytes());
        check(format!("{before}{twice}\n").as_bytes(), &token, &["base64", "base64"], twice.as_bytes())?;
        check(format!("{before}{lower}\n").as_bytes(), &token, &["hex"], lower.as_bytes())?;
    }

    #[test]
    fn wrapped_lines(token in TOKEN, filler in "[a-z ]{30,200}", at in 0..3_usize, before in BEFORE) {
        let text = format!("{}{token} and {filler}", &filler[..27 + at]);
        let encoded = BASE64.encode(text.as_bytes());
        for width in [64, 76] {
            for between in ["\n", "\r\n", "\n    ", "\\\n", "\" +\n  \"", "' .\n'", "\"\n\t\"", "\n# ", "\n// ", "\n> "] {
                let lines = wrapped(&encoded, width, between);
                let found = find(format!("{before}\n{lines}\n\nend").as_bytes(), &token);
                prop_assert!(found.iter().any(|(chain, _)| chain == &["base64"]), "{lines}: {found:?}");
            }
        }
    }

    #[test]
    fn escapes(token in TOKEN, before in BEFORE, at in 0..30_usize) {
        let mixed = |write: &dyn Fn(u8) -> String| format!("{}{}{}", &token[..at], write(token.as_bytes()[at]), &token[at + 1..]);
        type Write = fn(u8) -> String;
        let writers: [(&str, Write); 12] = [
            ("percent", |byte| format!("%{byte:02X}")),
            ("percent", |byte| format!("%u{byte:04x}")),
            ("escape", |byte| format!("\\u{byte:04x}")),
            ("escape", |byte| format!("\\U{byte:08X}")),
            ("escape", |byte| format!("\\u{{{byte:x}}}")),
            ("escape", |byte| format!("\\x{byte:02x}")),
            ("escape", |byte| format!("\\x{{{byte:02x}}}")),
            ("escape", |byte| format!("\\{byte:03o}")),
            ("entity", |byte| format!("&#{byte};")),
            ("entity", |byte| format!("&#x{byte:X};")),
            ("entity", |byte| format!("&#{byte:04};")),
            ("quoted-printable", |byte| format!("={byte:02X}")),
        ];
        for (kind, write) in writers {
            let all = escaped(&token, write);
            check(format!("{before}\"{all}\";").as_bytes(), &token, &[kind], all.as_bytes())?;
            if kind != "quoted-printable" {
                let one = mixed(&write);
                check(format!("{before}\"{one}\";").as_bytes(), &token, &[kind], one.as_bytes())?;
            }
        }
    }

    #[test]
    fn pieces(token in TOKEN, before in BEFORE, at in 3..27_usize) {
        let (left, right) = token.split_at(at);
        for seam in [
            "\" + \"", "'+'", "' . '", "\" \"", "\"\"", "\" & \"", "\" & _\n    \"", "\"\n        \"", "\" +\n  \"", "\"\n  + \"",
            "\" \\\n \"", "' .. '", "\" <> \"", "\" ++ \"", "' || '", "` + `", "\" + '", "\" ^ \"", "\" ~ \"", "\" // one\n \"",
            "\" /* one */ \"", "\" + # one\n \"", "\" + // one\n \"", "\"\n f\"", "\" L\"", "\" `\n + \"", "${''}", "\\\n", "\\\r\n\t",
        ] {
            let split = format!("{left}{seam}{right}");
            check(format!("{before}x = \"{split}\";\n").as_bytes(), &token, &["joined"], split.as_bytes())?;
        }
        let single: Vec<String> = token.chars().map(|one| format!("'{one}'")).collect();
        let single = single.join(" + ");
        check(format!("x = {single};").as_bytes(), &token, &["joined"], &single.as_bytes()[1..single.len() - 1])?;
        let template = format!("{left}${{\"{}\"}}{}", &right[..2], &right[2..]);
        check(format!("`{template}`").as_bytes(), &token, &["joined"], template.as_bytes())?;
    }

    #[test]
    fn soft_breaks_of_mail(token in TOKEN, at in 3..27_usize) {
        let (left, right) = token.split_at(at);
        let line = format!("{}{left}", "a b ".repeat(20).split_at(75 - at).0);
        let split = format!("{left}=\r\n{right}");
        let text = format!("{line}=\r\n{right} and so on");
        check(text.as_bytes(), &token, &["quoted-printable"], split.as_bytes())?;
    }

    #[test]
    fn wide_characters(token in TOKEN, before in BEFORE, binary in prop::collection::vec(1..=255_u8, 0..40)) {
        for (kind, size, is_big) in
            [("utf-16le", 2, false), ("utf-16be", 2, true), ("utf-32le", 4, false), ("utf-32be", 4, true)]
        {
            let text = format!("{before}{token}\r\nend");
            let encoded = wide(&token, size, is_big);
            check(&wide(&text, size, is_big), &token, &[kind], &encoded)?;
            check(&wide(&format!("\u{feff}{text}"), size, is_big), &token, &[kind], &encoded)?;
            let behind = [&binary, &wide(&text, size, is_big)[..]].concat();
            let found = find(&behind, &token);
            prop_assert!(!found.is_empty(), "{kind} behind {binary:?}");
        }
        let text = format!("Grüße, 世界 𝄞: {token} — {token}");
        let encoded: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let found = find(&encoded, &format!("{token} — {token}"));
        prop_assert!(found.iter().any(|(chain, _)| chain == &["utf-16le"]));
    }

    #[test]
    fn compressed_and_encoded(token in TOKEN, text in "[a-z ]{0,300}") {
        let text = format!("{text}{token}");
        for (kind, window_bits) in [("gzip", 31), ("zlib", 15)] {
            let data = compressed(text.as_bytes(), window_bits);
            let encoded = BASE64.encode(&data);
            let hex = HEXLOWER.encode(&data);
            for (outer, around) in [("base64", format!("x: {encoded}")), ("hex", format!("x: {hex}"))] {
                let found = find(around.as_bytes(), &token);
                prop_assert!(found.iter().any(|(chain, _)| chain == &[outer, kind]), "{around}: {found:?}");
            }
            let lines = wrapped(&encoded, 76, "\n  ");
            prop_assert!(find(lines.as_bytes(), &token).iter().any(|(chain, _)| chain == &["base64", kind]));
        }
        // Amid other bytes, two of them; what stands before and behind is no text.
        let data = compressed(text.as_bytes(), 31);
        let other = compressed(b"something else", 31);
        let around = [b"\x7fELF\0\x1f\x8b\x08\xff", &other[..], b"\0\xfe", &data[..], b"\xff\0rest"].concat();
        let start = around.len() - data.len() - 6;
        prop_assert!(find(&around, &token).iter().any(|(chain, _)| chain == &["gzip"]));
        // A change inside of the stream finds it again, one before it does not.
        for (near, expected) in [(start + 12, true), (3, false)] {
            let near = [Span::new(near, near + 1)];
            let found = chains(&around, &near, token.as_bytes(), &mut Budget::new(around.len()));
            prop_assert_eq!(found.iter().any(|(chain, _)| chain == &["gzip"]), expected);
        }
        let powershell = BASE64.encode(&wide(&text, 2, false));
        prop_assert!(find(powershell.as_bytes(), &token).iter().any(|(chain, _)| chain == &["base64", "utf-16le"]));
    }

    #[test]
    fn looking_only_around_a_change_finds_the_same(token in TOKEN, before in BEFORE, at in 0..30_usize, far in "(some text )?[a-z]{0,3}") {
        let (left, right) = token.split_at(at.clamp(3, 27));
        let far = format!("{far}\n").repeat(300);
        for encoded in [
            BASE64.encode(token.as_bytes()),
            HEXLOWER.encode(token.as_bytes()),
            escaped(&token, |byte| format!("%{byte:02X}")),
            escaped(&token, |byte| format!("\\x{byte:02x}")),
            escaped(&token, |byte| format!("&#{byte};")),
            format!("{left}\" + \"{right}"),
        ] {
            let text = format!("{far}{before} '{encoded}' {before}{far}");
            let place = text.find(&encoded).expect("it is there") + at;
            let whole = find(text.as_bytes(), &token);
            let part = chains(text.as_bytes(), &[Span::new(place, place + 1)], token.as_bytes(), &mut Budget::new(0));
            prop_assert_eq!(whole, part, "{}", &text[place - at..place + 20]);
        }
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        sound(&bytes)?;
    }

    #[test]
    fn any_text_of_signs(text in r#"([a-z0]{1,20}|["'`$\\%&={}\n +.,;#x0\r]|\\u|\\x|0x|&#|=3D|%4|\$\{|\x00){0,120}"#) {
        sound(text.as_bytes())?;
    }
}

/// Checks what must hold for every layer of every input.
fn sound(bytes: &[u8]) -> Result<(), TestCaseError> {
    let half = bytes.len() / 2;
    for ranges in
        [vec![Span::new(0, bytes.len())], vec![Span::new(half / 2, half), Span::new(half + 1, bytes.len() + 9)]]
    {
        let mut found = Vec::new();
        layers(bytes, &ranges, &mut Budget::new(bytes.len()), &mut found);
        for layer in found {
            prop_assert!(layer.span.end <= bytes.len() && !layer.changed().is_empty());
            prop_assert_eq!(layer.original(Span::new(0, layer.bytes.len())).start, layer.span.start, "{}", layer.kind);
            let mut last = Span::default();
            for at in 0..layer.bytes.len() {
                let one = layer.original(Span::new(at, at + 1));
                prop_assert!(layer.span.contains(one) && !one.is_empty(), "{} {at}: {one:?}", layer.kind);
                prop_assert!(last.start <= one.start && last.end <= one.end, "{} {at}: {last:?} {one:?}", layer.kind);
                if !layer.changed().touches(Span::new(at, at + 1)) {
                    prop_assert_eq!(one.of(bytes), &layer.bytes[at..=at], "{}", layer.kind);
                }
                last = one;
            }
        }
    }
    Ok(())
}

#[test]
fn notebooks_are_read_as_lines() {
    let text = "{\"source\": [\n  \"first = 1\\n\",\n  \"second = 2\\n\",\n  \"third = 3\"\n ]}";
    let found = find(text.as_bytes(), "first = 1\nsecond = 2\nthird = 3");
    assert_eq!(found[0].0, ["notebook"]);
}

#[test]
fn strings_in_strings_are_unescaped() {
    let text = r#"{"body": "{\"user\": \"anna\", \"pass\": \"x\"}", "env": "A=1\nB=2"}"#;
    assert_eq!(find(text.as_bytes(), r#""pass": "x""#)[0].0, ["escape"]);
    assert_eq!(find(br#"env: "A=1\nB=2""#, "A=1\nB=2")[0].0, ["escape"]);
}

#[test]
fn lines_of_a_key_are_joined_and_lines_of_prose_are_not() {
    let key = r#"KEY = "MIGkAgEBBDB21WGGOb1DokKW0MUHO7RQ6jZSUYXf\n"
        + "Bj7XygBwYFK4EEACKhZANiAATsRaYriiivvqd\n";"#;
    assert_eq!(find(key.as_bytes(), r"SUYXf\nBj7Xyg").len(), 1);
    let prose = br#"say("There is nothing to be found\n" "between these two lines\n")"#;
    let mut layers_of_prose = Vec::new();
    layers(prose, &[Span::new(0, prose.len())], &mut Budget::new(prose.len()), &mut layers_of_prose);
    assert!(layers_of_prose.is_empty());
}

#[test]
fn ordinary_code_has_no_layers() {
    for text in [
        r#"println!("the end of {name}\n"); let a = &self.b && c; printf("%d %s\n", x);"#,
        r#"<a href="x" class="y">one &nosuch; two</a> a == b; "" ; '' ; "a", "b" ; f("x" + y + "z")"#,
        "const SHA: &str = \"da39a3ee5e6b4b0d3255bfef95601890afd80709\"; use some_long_name::another_long_name;",
        "let name =\n    value;\nAPI_KEY=\nOTHER=\nfn averyveryverylongfunctionname() {} // ----------------------------",
    ] {
        assert_eq!(find(text.as_bytes(), "").len(), 0, "{text}: {:?}", find(text.as_bytes(), ""));
    }
}

#[test]
fn bombs_end_with_the_budget() {
    let bomb = BASE64.encode(&compressed(&vec![b'a'; 80 << 20], 31));
    let mut budget = Budget::with_limits(1 << 20, 100, 6);
    assert_eq!(chains(bomb.as_bytes(), &[Span::new(0, bomb.len())], b"no such text", &mut budget), []);
    assert!(budget.is_cut());
    let mut nested = b"deep inside there is a text".to_vec();
    for _ in 0..10 {
        nested = BASE64.encode(&nested).into_bytes();
    }
    assert_eq!(find(&nested, "deep inside"), []);
}

#[test]
fn long_runs_come_in_parts_that_overlap() {
    let mark = "mark-of-something-7";
    let text = format!("{}{mark}{}", "0123456789abcdef".repeat(220_000), "fedcba9876543210".repeat(90_000));
    for encoded in [
        BASE64.encode(text.as_bytes()),
        wrapped(&BASE64.encode(text.as_bytes()), 76, "\n"),
        HEXLOWER.encode(text.as_bytes()),
        text.replace("89ab", "8\\u0039ab"),
    ] {
        let found = find(encoded.as_bytes(), mark);
        assert!(!found.is_empty());
        let mut parts = Vec::new();
        layers(encoded.as_bytes(), &[Span::new(0, encoded.len())], &mut Budget::new(encoded.len()), &mut parts);
        assert!(parts.len() > 1 && parts.iter().all(|part| part.bytes.len() < 5 << 20));
        assert!(parts.windows(2).all(|pair| pair[0].span.overlaps(pair[1].span)));
    }
}

#[test]
fn reversed_text_maps_back() {
    let layer = reversed(b"abcdef");
    assert_eq!((layer.bytes.as_slice(), layer.original(Span::new(0, 2))), (&b"fedcba"[..], Span::new(4, 6)));
}
