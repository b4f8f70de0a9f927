//! Cookies of sessions: whoever sends one is the person who logged in.
//!
//! Told by the names that frameworks give to them. It must never take a name without a drawn value for one.

use super::Sight;
use crate::detect::generic::DRAWN;
use crate::model::{Confidence, Span};
use crate::text::charset::{self, Classes};
use crate::text::{entropy, placeholder, words};

pub(super) fn read(sight: &mut Sight<'_>) {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_tied = sight.text[sight.hit..sight.end].ends_with(b"=");
    let begins = sight.hit.checked_sub(1).is_none_or(|at| !is_name(sight.text[at]) || sight.text[sight.hit] == b'_');
    let mut at = sight.end;
    if !is_tied {
        at = sight.run(at, |byte| matches!(byte, b'"' | b'\'' | b']' | b')' | b' ' | b'\\'));
        if !matches!(sight.byte(at), b'=' | b':' | b',') {
            return;
        }
        at = sight.run(at, |byte| matches!(byte, b'=' | b':' | b',' | b'>'));
    }
    let line = sight.text[sight.line(sight.hit).start..sight.hit].trim_ascii_start();
    let is_manual = [&b"#   "[..], b"* ", b"///", b"//!"].iter().any(|mark| line.starts_with(mark));
    if !begins || is_manual {
        return;
    }
    let start = sight.run(at, |byte| matches!(byte, b'"' | b'\'' | b' ' | b'\\'));
    let end = sight.run(start, |byte| byte.is_ascii_alphanumeric() || b"-_.%+/|".contains(&byte));
    let padded = sight.run(end, |byte| byte == b'=').min(end + 2);
    let value = Span::new(start, padded);
    let text = value.of(sight.text);
    let classes = Classes::of(text);
    let is_drawn = (20..=400).contains(&text.len())
        && classes.digits > 0
        && !charset::is_uuid(text)
        && !text.starts_with(b"eyJ")
        && (words::surplus(text) >= 12.0 || charset::is_digest(text))
        && entropy::is_normal(text);
    if is_drawn && !placeholder::is_placeholder(text) && !placeholder::is_reference(text) && !charset::is_sequence(text)
    {
        let why = ["stands under the name of a session's cookie", DRAWN];
        sight.report("session-cookie", value, Confidence::Medium, &why);
    }
}
