//! Places behind an encoding, each mapped back to its line with the chain of decodings.

use std::io::Write as _;
use std::ops::RangeInclusive;

use data_encoding::{BASE32, BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

use super::bait::Bait;
use super::places::{Expected, Lab, filler};
use super::support::Sandbox;

/// What stands before a bait, and in which lines it is expected.
const BEFORE: usize = 4;

#[test]
fn every_encoding_is_undone() {
    let mut lab = Lab::new(Sandbox::repository());
    hidden(&mut lab);
    lab.check(&["scan"]);
    lab.sandbox.commit("Leak");
    lab.check(&["history"]);
    // As deltas of each other, and with only what is new in them read.
    lab.sandbox.git(&["repack", "-adfq"]);
    lab.check(&["history"]);
}

/// All encodings, in files of the work tree.
pub fn hidden(lab: &mut Lab) {
    wide(lab);
    unseen(lab);
    runs(lab);
    escapes(lab);
    split(lab);
}

#[test]
fn reversed_text_is_read_on_request() {
    let mut lab = Lab::new(Sandbox::repository());
    for bait in lab.baits.all() {
        let path = format!("reversed-{}.txt", bait.kind);
        let text: String = bait.text.chars().rev().collect();
        lab.sandbox.write(&path, format!("{}{text}\n{}", filler(BEFORE), filler(3)));
        let lines = BEFORE + 1..=BEFORE + text.lines().count();
        lab.add("reversed", bait, Expected::at(&path).lines(lines).layers(&["reversed"]));
    }
    let _ = lab.sandbox.stanch(&["scan"]).exits(0);
    lab.check(&["scan", "--reversed"]);
    lab.sandbox.commit("Leak");
    lab.check(&["history", "--reversed"]);
}

/// Hides every kind of bait in a file of its own.
fn each(lab: &mut Lab, name: &str, layers: Option<&[&'static str]>, write: impl Fn(&str) -> Vec<u8>) {
    for bait in lab.baits.all() {
        one(lab, name, layers, bait, &write);
    }
}

fn one(lab: &mut Lab, name: &str, layers: Option<&[&'static str]>, bait: Bait, write: impl Fn(&str) -> Vec<u8>) {
    let path = format!("{}-{}.txt", name.replace(' ', "_").replace('/', "."), bait.kind);
    let content = write(&bait.text);
    let before = filler(BEFORE);
    lab.sandbox.write(&path, [before.as_bytes(), &content, b"\n", filler(2).as_bytes()].concat());
    let last = BEFORE + content.split(|&byte| byte == b'\n').count();
    expect(lab, name, &path, layers, bait, BEFORE + 1..=last);
}

fn expect(
    lab: &mut Lab,
    name: &str,
    path: &str,
    layers: Option<&[&'static str]>,
    bait: Bait,
    lines: RangeInclusive<usize>,
) {
    let expected = Expected::at(path).lines(lines);
    lab.add(name, bait, layers.iter().fold(expected, |expected, layers| expected.layers(layers)));
}

/// The whole file in another encoding.
fn whole(lab: &mut Lab, name: &str, layers: Option<&[&'static str]>, write: impl Fn(&str) -> Vec<u8>) {
    for bait in lab.baits.all() {
        let path = format!("{}-{}.txt", name.replace(' ', "_"), bait.kind);
        let text = format!("{}{}\n{}", filler(BEFORE), bait.text, filler(2));
        lab.sandbox.write(&path, write(&text));
        let lines = BEFORE + 1..=BEFORE + bait.text.lines().count();
        expect(lab, name, &path, layers, bait, lines);
    }
}

fn wide(lab: &mut Lab) {
    let utf16 = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let utf32 = |text: &str, unit: fn(u32) -> [u8; 4]| text.chars().flat_map(|c| unit(c.into())).collect::<Vec<u8>>();
    whole(lab, "plain", None, |text| text.into());
    whole(lab, "UTF-8 with BOM", None, |text| format!("\u{feff}{text}").into());
    whole(lab, "UTF-16 LE", Some(&["utf-16le"]), |text| utf16(text, u16::to_le_bytes));
    whole(lab, "UTF-16 BE", Some(&["utf-16be"]), |text| utf16(text, u16::to_be_bytes));
    whole(lab, "UTF-16 LE with BOM", Some(&["utf-16le"]), |text| utf16(&format!("\u{feff}{text}"), u16::to_le_bytes));
    whole(lab, "UTF-16 BE with BOM", Some(&["utf-16be"]), |text| utf16(&format!("\u{feff}{text}"), u16::to_be_bytes));
    whole(lab, "UTF-32 LE", Some(&["utf-32le"]), |text| utf32(text, u32::to_le_bytes));
    whole(lab, "UTF-32 BE", Some(&["utf-32be"]), |text| utf32(text, u32::to_be_bytes));
    whole(lab, "UTF-32 LE with BOM", Some(&["utf-32le"]), |text| utf32(&format!("\u{feff}{text}"), u32::to_le_bytes));
    whole(lab, "UTF-32 BE with BOM", Some(&["utf-32be"]), |text| utf32(&format!("\u{feff}{text}"), u32::to_be_bytes));
    whole(lab, "Latin-1", None, |text| [b"# caf\xe9 cr\xe8me ", text.as_bytes()].concat());
    whole(lab, "CR-only lines", None, |text| text.replace('\n', "\r").into());
    whole(lab, "CR LF lines", None, |text| text.replace('\n', "\r\n").into());
    whole(lab, "behind NUL bytes", None, |text| [&[0; 64], text.as_bytes()].concat());
    whole(lab, "UTF-16 in a binary", Some(&["utf-16le"]), |text| {
        // The lines of a wide text inside other bytes can't be counted: they are one line of that file.
        let text = text.replace('\n', "\r");
        [&[0x4d, 0x5a, 0x90, 1, 2, 3, 0xff, 0xfe, 0xfd, 9], &utf16(&text, u16::to_le_bytes)[..]].concat()
    });
}

fn gzip(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut child = std::process::Command::new("gzip")
        .args(["-n", "-c"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    std::io::Read::read_to_end(&mut child.stdout.take().unwrap(), &mut out).unwrap();
    assert!(child.wait().unwrap().success());
    out
}

fn wrapped(text: &str, width: usize, between: &str) -> String {
    let lines: Vec<&str> = text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect();
    lines.join(between)
}

fn runs(lab: &mut Lab) {
    let long = |text: &str| format!("{}{text}\n{}", filler(2), filler(1));
    each(lab, "base64", Some(&["base64"]), |text| format!("data: {}", BASE64.encode(text.as_bytes())).into());
    each(lab, "base64 without padding", Some(&["base64"]), |text| BASE64_NOPAD.encode(text.as_bytes()).into());
    each(lab, "base64 URL-safe", Some(&["base64"]), |text| {
        format!("?state={}&x=1", BASE64URL_NOPAD.encode(text.as_bytes())).into()
    });
    each(lab, "base64 twice", Some(&["base64", "base64"]), |text| {
        format!("v: '{}'", BASE64.encode(BASE64.encode(text.as_bytes()).as_bytes())).into()
    });
    each(lab, "base64 in 64 columns", Some(&["base64"]), |text| {
        wrapped(&BASE64.encode(long(text).as_bytes()), 64, "\n").into()
    });
    each(lab, "base64 in 76 columns", Some(&["base64"]), |text| {
        wrapped(&BASE64.encode(long(text).as_bytes()), 76, "\r\n").into()
    });
    each(lab, "base64 in a YAML block", Some(&["base64"]), |text| {
        format!("data: |\n    {}", wrapped(&BASE64.encode(long(text).as_bytes()), 64, "\n    ")).into()
    });
    each(lab, "data URI", Some(&["base64"]), |text| {
        format!("<a href=\"data:text/plain;base64,{}\">", BASE64.encode(text.as_bytes())).into()
    });
    each(lab, "base64 of UTF-16", Some(&["base64", "utf-16le"]), |text| {
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        format!("powershell -EncodedCommand {}", BASE64.encode(&wide)).into()
    });
    each(lab, "gzip and base64", Some(&["base64", "gzip"]), |text| BASE64.encode(&gzip(&long(text))).into());
    each(lab, "gzip and base64 twice", Some(&["base64", "base64", "gzip"]), |text| {
        BASE64.encode(BASE64.encode(&gzip(&long(text))).as_bytes()).into()
    });
    each(lab, "hex", Some(&["hex"]), |text| format!("x = {}", HEXLOWER.encode(text.as_bytes())).into());
    each(lab, "hex in capitals", Some(&["hex"]), |text| format!("0x{}", HEXUPPER.encode(text.as_bytes())).into());
    each(lab, "hex in 60 columns", Some(&["hex"]), |text| {
        wrapped(&HEXLOWER.encode(long(text).as_bytes()), 60, "\n").into()
    });
    each(lab, "base64 of data with text in it", Some(&["base64"]), |text| {
        BASE64
            .encode(&[&[8, 150, 1, 0xff, 0xfe, 0x9d, 18][..], b" ", text.as_bytes(), b" \x01\x02\xf0"].concat())
            .into()
    });
    each(lab, "data with text in it, in 76 columns", Some(&["base64"]), |text| {
        let data: Vec<u8> = (0..200_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        wrapped(&BASE64.encode(&[&data[..], b"\0\0 ", text.as_bytes(), b" \0\0", &data[..]].concat()), 76, "\n").into()
    });
    each(lab, "base64 in 16 columns, cited", Some(&["base64"]), |text| {
        wrapped(&BASE64.encode(long(text).as_bytes()), 16, "\n> ").into()
    });
    each(lab, "bzip2 and base64", Some(&["base64", "bzip2"]), |text| {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        encoder.write_all(long(text).as_bytes()).unwrap();
        BASE64.encode(&encoder.finish().unwrap()).into()
    });
    // This compressor leaves short texts as they are, behind a header: they can be read in either way.
    each(lab, "zstd and base64", None, |text| {
        let level = ruzstd::encoding::CompressionLevel::Fastest;
        BASE64.encode(&ruzstd::encoding::compress_to_vec(long(text).as_bytes(), level)).into()
    });
    each(lab, "base32", Some(&["base32"]), |text| BASE32.encode(text.as_bytes()).into());
    let list =
        |text: &str, between: &str, write: fn(u8) -> String| text.bytes().map(write).collect::<Vec<_>>().join(between);
    each(lab, "bytes of a C array", Some(&["numbers"]), |text| {
        format!("char text[] = {{{}}};", list(text, ", ", |byte| format!("0x{byte:02x}"))).into()
    });
    each(lab, "bytes of a C array, one a line", Some(&["numbers"]), |text| {
        format!("{{\n{},\n}}", list(text, ",\n", |byte| format!("  0x{byte:02X}"))).into()
    });
    each(lab, "decimal bytes", Some(&["numbers"]), |text| {
        format!("Buffer.from([{}])", list(text, ", ", |byte| byte.to_string())).into()
    });
    each(lab, "bytes with colons", Some(&["numbers"]), |text| list(text, ":", |byte| format!("{byte:02X}")).into());
    each(lab, "bytes with spaces", Some(&["numbers"]), |text| {
        format!("[{}]", list(text, " ", |byte| format!("{byte:02x}"))).into()
    });
    each(lab, "hex of base64", Some(&["hex", "base64"]), |text| {
        HEXLOWER.encode(BASE64.encode(text.as_bytes()).as_bytes()).into()
    });
}

fn escapes(lab: &mut Lab) {
    let all = |text: &str, write: fn(u8) -> String| text.bytes().map(write).collect::<String>().into_bytes();
    each(lab, "percent", Some(&["percent"]), |text| all(text, |byte| format!("%{byte:02X}")));
    each(lab, "backslash u", Some(&["escape"]), |text| all(text, |byte| format!("\\u{byte:04x}")));
    each(lab, "backslash x", Some(&["escape"]), |text| all(text, |byte| format!("\\x{byte:02x}")));
    each(lab, "octal escapes", Some(&["escape"]), |text| all(text, |byte| format!("\\{byte:03o}")));
    each(lab, "HTML entities", Some(&["entity"]), |text| all(text, |byte| format!("&#{byte};")));
    each(lab, "HTML hex entities", Some(&["entity"]), |text| all(text, |byte| format!("&#x{byte:x};")));
    each(lab, "quoted-printable", Some(&["quoted-printable"]), |text| all(text, |byte| format!("={byte:02X}")));
    // Only what must be escaped is, and the line is broken in the middle of the value.
    for bait in [lab.baits.prefixed(), lab.baits.assigned()] {
        one(lab, "quoted-printable line", Some(&["quoted-printable"]), bait, |text| {
            let text = text.replace('=', "=3D");
            let middle = text.len() - 12;
            let before = " ".repeat(75 - middle);
            format!("{before}{}=\n{}", &text[..middle], &text[middle..]).into()
        });
    }
    each(lab, "percent, only some", Some(&["percent"]), |text| {
        text.bytes()
            .enumerate()
            .map(|(at, byte)| match byte.is_ascii_alphanumeric() && at % 3 > 0 {
                true => char::from(byte).to_string(),
                false => format!("%{byte:02x}"),
            })
            .collect::<String>()
            .into()
    });
    each(lab, "JSON in JSON", None, |text| {
        let inner = serde_json::json!({ "config": text }).to_string();
        serde_json::json!({ "outer": inner }).to_string().into()
    });
    each(lab, "JSON in JSON in JSON, escaped", None, |text| {
        let hidden: String = text.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
        let inner = format!("{{\"a\":\"{hidden}\"}}");
        let inner = serde_json::json!({ "config": inner }).to_string();
        serde_json::json!({ "outer": inner }).to_string().into()
    });
    each(lab, "Markdown", None, |text| text.replace('_', "\\_").into());
    each(lab, "entities in entities", None, |text| all(text, |byte| format!("&amp;#{byte};")));
    each(lab, "base64 in JSON", Some(&["base64"]), |text| {
        serde_json::json!({ "secret": BASE64.encode(text.as_bytes()) }).to_string().into()
    });
}

/// What nobody sees between the letters, and letters that look like others.
fn unseen(lab: &mut Lab) {
    let between = |text: &str, sign: &str| {
        // Values only, so that a name is not torn from its value's sight.
        let halves: Vec<String> = text
            .lines()
            .map(|line| {
                let (head, tail) = line.split_at(line.len() - 12);
                format!("{head}{sign}{tail}")
            })
            .collect();
        halves.join("\n").into_bytes()
    };
    for (name, sign) in [
        ("zero width space", "\u{200b}"),
        ("zero width joiners", "\u{200d}\u{2060}"),
        ("byte order mark within", "\u{feff}"),
        ("soft hyphen", "\u{ad}"),
        ("direction marks", "\u{202a}\u{202c}"),
        ("colour of a terminal", "\u{1b}[1;31m"),
    ] {
        each(lab, name, Some(&["unseen"]), |text| between(text, sign));
    }
    for bait in [lab.baits.prefixed(), lab.baits.assigned()] {
        one(lab, "coloured", None, bait, |text| format!("\u{1b}[32m{text}\u{1b}[0m").into());
    }
    let bait = lab.baits.prefixed();
    one(lab, "coloured in JSON", Some(&["escape", "unseen"]), bait, |text| {
        format!("\\u001b[32m{text}\\u001b[0m").into()
    });
    each(lab, "full width", Some(&["unseen"]), |text| {
        let wide = |sign: char| char::from_u32(u32::from(sign) + 0xfee0).filter(|_| sign.is_ascii_graphic());
        text.chars().map(|sign| wide(sign).unwrap_or(sign)).collect::<String>().into()
    });
    each(lab, "tag characters", Some(&["unseen"]), |text| {
        let tag = |sign: char| char::from_u32(u32::from(sign) + 0xe0000).filter(|_| sign.is_ascii_graphic());
        text.chars().map(|sign| tag(sign).unwrap_or(sign)).collect::<String>().into()
    });
}

/// A token in two or three parts, in the ways of many languages.
fn split(lab: &mut Lab) {
    let seams = [
        ("C adjacent", "\" \""),
        ("C adjacent lines", "\"\n    \""),
        ("C line continuation", "\\\n"),
        ("Python adjacent", "'\n    '"),
        ("Python f-string", "\" f\""),
        ("JavaScript plus", "' + '"),
        ("JavaScript plus lines", "\" +\n        \""),
        ("JavaScript template", "${\"\"}"),
        ("Java plus first", "\"\n        + \""),
        ("Go plus", "\" +\n\t\""),
        ("Go raw", "` + `"),
        ("C# verbatim", "\" +\n    @\""),
        ("PHP dot", "' . '"),
        ("PHP dot lines", "'\n    . '"),
        ("Perl dot", "\" . \""),
        ("Ruby backslash", "\" \\\n  \""),
        ("Ruby adjacent", "' '"),
        ("Lua", "\" .. \""),
        ("Haskell", "\" ++ \""),
        ("Haskell gap", "\\\n   \\"),
        ("Erlang", "\"\n  \""),
        ("Elixir", "\" <> \""),
        ("SQL", "' || '"),
        ("Visual Basic", "\" & _\n    \""),
        ("VBScript", "\" & \""),
        ("OCaml", "\" ^ \""),
        ("Swift", "\" + \""),
        ("Kotlin", "\" +\n            \""),
        ("CMake", "\"\n  \""),
        ("shell adjacent", "\"\""),
        ("shell continuation", "\\\n"),
        ("PowerShell", "' +\n  '"),
        ("comment between", "\" /* more */ + \""),
        ("Dockerfile continuation", "\\\n    "),
        ("YAML folded", "\\\n      "),
    ];
    for (name, seam) in seams {
        for bait in [lab.baits.prefixed(), lab.baits.assigned()] {
            let quote = seam.chars().find(|character| "\"'`".contains(*character)).unwrap_or('"');
            let value = bait.values[0].clone();
            let (first, second) = value.split_at(value.len() / 2);
            let joined = format!("{quote}{first}{seam}{second}{quote}");
            let text = match bait.kind {
                "prefix" => format!("let value = {joined};"),
                _ => format!("database_password = {joined}"),
            };
            one(lab, &format!("split: {name}"), None, bait, |_| text.clone().into());
        }
    }
    for (name, write) in [
        ("list, joined after", (|parts| format!("[{parts}].join(\"\")")) as fn(&str) -> String),
        ("list, joined before", |parts| format!("''.join([{parts}])")),
        ("list, Terraform", |parts| format!("join(\"\", [{parts}])")),
        ("list, Rust", |parts| format!("concat!({parts})")),
    ] {
        let bait = lab.baits.prefixed();
        one(lab, &format!("split: {name}"), Some(&["joined"]), bait, |text| {
            let parts: Vec<String> =
                text.as_bytes().chunks(9).map(|part| format!("{:?}", String::from_utf8_lossy(part))).collect();
            write(&parts.join(",\n  ")).into()
        });
    }
}
