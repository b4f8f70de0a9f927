//! Text of a repository made harmless: for terminals, Markdown, HTML and XML, spreadsheets, URIs.
//!
//! Paths, branch names and authors are somebody else's bytes. None of them may move a cursor, start a workflow command, open a
//! tag or become a formula. Nothing is dropped in silence: what cannot be shown is written as an escape.

use std::fmt::Write;

/// Says whether a character must not reach a terminal: it controls, hides, or reverses.
pub fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// One line of text: unsafe characters and bytes that are no UTF-8 become `\n`, `\u{1b}`, `\xff`. What a build's log would
/// take for a command (`::` first, `##[` anywhere) loses its first character in the same way.
pub fn inline(text: &[u8]) -> String {
    let blank = text.len() - text.trim_ascii_start().len();
    if text[blank..].starts_with(b"::") {
        return format!("{}\\u{{3a}}{}", inline(&text[..blank]), inline(&text[blank + 1..]));
    }
    if let Some(at) = memchr::memchr_iter(b'#', text).find(|&at| text[at..].starts_with(b"##[")) {
        return format!("{}\\u{{23}}{}", inline(&text[..at]), inline(&text[at + 1..]));
    }
    // Nearly all is plain ASCII.
    if text.iter().fold(true, |all, byte| all & (b' '..=b'~').contains(byte)) {
        return String::from_utf8_lossy(text).into_owned();
    }
    let mut safe = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_unsafe(character) {
                safe.extend(character.escape_default());
            } else {
                safe.push(character);
            }
        }
        for byte in chunk.invalid() {
            write_to(&mut safe, format_args!("\\x{byte:02x}"));
        }
    }
    safe
}

/// JSON as it may be printed to a terminal: outside of strings it is ASCII, inside any character may be written as `\u….`
pub fn json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_unsafe(character) && !character.is_ascii() || character == '\u{7f}' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write_to(&mut safe, format_args!("\\u{unit:04x}"));
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

/// HTML and XML text or attribute.
pub fn html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML has no notation for these at all.
            '\u{fffe}' | '\u{ffff}' => safe.push(char::REPLACEMENT_CHARACTER),
            _ => safe.push(character),
        }
    }
    safe
}

/// Markdown that shows exactly `text`, in a table cell as well: no mark-up, no mention, no emoji, no bare link.
pub fn markdown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let after = characters.peek().copied().unwrap_or(' ');
        let marks = match character {
            '&' | '<' | '>' | '`' | '*' | '~' | '[' | ']' | '#' | '|' | '\\' | '@' | '^' | '$' => true,
            // Emoji and links have no space behind it; emphasis never begins or ends inside a word.
            ':' => after != ' ',
            '_' => !(before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric()),
            _ => false,
        };
        if marks {
            write_to(&mut safe, format_args!("&#{};", u32::from(character)));
        } else {
            safe.push(character);
        }
        before = character;
    }
    let safe = safe.replace("www.", "www&#46;");
    // A list or a rule needs one of these at a line's start.
    match safe.chars().next() {
        Some(first @ ('-' | '+')) => format!("&#{};{}", u32::from(first), &safe[1..]),
        _ => safe,
    }
}

/// A cell of a CSV table (RFC 4180) that no spreadsheet takes for a formula.
pub fn csv(text: &str) -> String {
    let formula = text.trim_start().starts_with(['=', '+', '-', '@', '\t', '\r', '|', '%']);
    let guard = if formula { "'" } else { "" };
    if formula || text.contains(['"', ',', ';', '\n', '\r', '\t', '\'']) || text.trim() != text {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// A relative URI: everything but unreserved characters and slashes in percent notation, no `./` and no slash in front.
pub fn uri(path: &[u8]) -> String {
    let mut path = path;
    while let Some(rest) = path.strip_prefix(b"./").or_else(|| path.strip_prefix(b"/")) {
        path = rest;
    }
    let mut safe = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            safe.push(char::from(byte));
        } else {
            write_to(&mut safe, format_args!("%{byte:02X}"));
        }
    }
    safe
}

/// `text` cut to at most `limit` characters, with an ellipsis where it was cut.
pub fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limit.saturating_sub(1)).chain(['…']).collect(),
    }
}

fn write_to(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("invariant: a String takes everything");
}

/// Says whether a part of a name looks like a value: letters and digits in a row, or one long word of small letters.
pub fn could_be_value(name: &str) -> bool {
    let mixed = |word: &str| {
        word.len() >= 12
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    let flat = |word: &str| word.len() >= 20 && !word.bytes().skip(1).any(|byte| byte.is_ascii_uppercase());
    name.split(['/', '!', ':', ' ']).any(mixed) || name.split(|c: char| !c.is_alphanumeric()).any(flat)
}

/// A name on one line, with three asterisks for whatever part of it looks like a value.
pub fn veiled(name: &[u8]) -> String {
    let text = inline(name);
    let parts = text.split('/').map(|part| if could_be_value(part) { "***" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_controls_a_terminal() {
        assert_eq!(inline(b"a\x1b[2Jb\n::c\xff"), r"a\u{1b}[2Jb\n::c\xff");
        assert_eq!(inline("a\u{202e}b\u{200b}é".as_bytes()), r"a\u{202e}b\u{200b}é");
        assert_eq!(json("\"a\u{9b}\u{7f}\u{e0001}é\""), r#""a\u009b\u007f\udb40\udc01é""#);
    }

    #[test]
    fn nothing_becomes_mark_up() {
        assert_eq!(html("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
        let safe = markdown("- [x](y) |`z` @me <b> https://x :tada: www.x.example");
        assert!(!safe.contains("www."));
        for mark in ["[", "]", "|", "`", "@", "<", "://", ":tada"] {
            assert!(!safe.contains(mark), "{mark} in {safe}");
        }
        assert!(safe.starts_with("&#45; "));
        assert_eq!(markdown("an api_key: _x_ 100%"), "an api_key: &#95;x&#95; 100%");
    }

    #[test]
    fn nothing_becomes_a_formula() {
        for (text, expected) in [
            ("=1+1", "\"'=1+1\""),
            ("@x", "\"'@x\""),
            (" =x", "\"' =x\""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("plain/path.txt", "plain/path.txt"),
        ] {
            assert_eq!(csv(text), expected);
        }
    }

    #[test]
    fn uris_are_relative_and_percent_encoded() {
        for (path, expected) in [
            (&b"./a b/c#d?.txt"[..], "a%20b/c%23d%3F.txt"),
            (b"/etc/x", "etc/x"),
            ("ü%".as_bytes(), "%C3%BC%25"),
            (b"a\xff:b", "a%FF%3Ab"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }

    #[test]
    fn cutting_counts_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }
}
