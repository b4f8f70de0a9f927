//! A value beside the name of a service: whatever looks drawn there is a key of it, in whatever form.
//!
//! The services' own rules know the usual forms of their keys; here a name, a tie and a draw are enough, for forms change.
//! Between the name and the value only words may stand that say what the value is. It must never look further than a
//! line's length.

use std::borrow::Cow;

use super::hash;
use super::name::{Kind, Name, Strength};
use super::{Hit, value};
use crate::detect::assign;
use crate::model::{Confidence, Span};
use crate::text::charset::{self, Classes};
use crate::text::{edge, holds, words};

/// How many bytes before the name can decide, and how many between the name and its value.
const BEFORE: usize = 64;
const GAP: usize = 56;
/// The shortest and the longest value.
const SHORTEST: usize = 16;
const LONGEST: usize = 300;
/// Bits of surplus that make a value a draw.
const DRAWN: f32 = 25.0;

/// What stands under the name of a service that is `length` bytes at `hit`.
pub fn at(text: &[u8], hit: usize, length: usize) -> Option<Hit> {
    let start = hit.saturating_sub(BEFORE);
    let window = Span::new(start, (hit + length + GAP + LONGEST + 8).min(text.len()));
    let text = window.of(text);
    let (hit, end) = (hit - start, hit - start + length);
    if !is_word(text, hit, end) {
        return None;
    }
    let found = find(text, end)?;
    if hash::is_announced(&text[..found.start]) {
        return None;
    }
    let gap = &text[end..found.start];
    if assign::sets_another(gap) {
        return None;
    }
    let words = Words::of(gap)?;
    let value = found.of(text);
    // `"SignalR", "{50867E77-…}"`: what is registered under a name.
    let is_braced = text[found.start - 1] == b'{' && text.get(found.end) == Some(&b'}');
    if is_braced && charset::is_uuid(value) {
        return None;
    }
    let tie = tie(text, hit, gap, found)?;
    // A service may have the name of anything: `daily`, `affinity`.
    if !words.tell && is_common(&text[hit..end]) {
        return None;
    }
    if tie == Tie::Blank && !words.tell || tie == Tie::Comma && !words.tell && !is_dear(value) {
        return None;
    }
    let name = Name {
        span: Span::new(hit, end),
        kind: Kind::Key,
        strength: Strength::Fair,
        is_qualified: true,
        is_loud: false,
    };
    let look = value::judge(value, &name, false)?;
    // What is long shows that it is one at less.
    let least = if value.len() >= 32 { DRAWN - 10.0 } else { DRAWN };
    let is_drawn = charset::is_uuid(value) || look.surplus >= least;
    if !is_drawn || value.starts_with(b"eyJ") {
        return None;
    }
    let reasons = vec![
        Cow::Owned(format!("stands beside the name of its service: {}", told(&text[hit..end]))),
        Cow::Borrowed(if words.tell { "with a word for what it is" } else { "with nothing else between" }),
        Cow::Borrowed(look.why),
    ];
    let span = Span::new(found.start + start, found.end + start);
    let confidence = Confidence::Medium;
    Some(Hit { rule: "", span, window, confidence, value: None, reasons, visible: 0 })
}

/// The service's name as a report writes it.
fn told(name: &[u8]) -> String {
    String::from_utf8_lossy(name).to_ascii_lowercase()
}

/// Whether the name is a word that people use for other things, in small letters or one of an identifier's.
fn is_common(name: &[u8]) -> bool {
    !name.iter().all(u8::is_ascii_uppercase) && words::is_word(&name.to_ascii_lowercase())
}

fn is_dear(value: &[u8]) -> bool {
    Classes::of(value).count() >= 3
}

/// Whether the name is a word of its own, or one of an identifier's. What is denied most often comes first.
fn is_word(text: &[u8], hit: usize, end: usize) -> bool {
    let last = text[end - 1];
    let after = text.get(end).copied().unwrap_or(b' ');
    let ends = !after.is_ascii_alphanumeric()
        || after.is_ascii_digit()
        || after.is_ascii_uppercase() && !last.is_ascii_uppercase();
    if !(ends || is_tail(&text[end..(end + 12).min(text.len())])) || !edge::begins_word(text, hit) {
        return false;
    }
    // `WebSocket` names no service.
    let is_part = text[hit..end].eq_ignore_ascii_case(b"socket") && text[..hit].to_ascii_lowercase().ends_with(b"web");
    // A folder or a file; `//name` begins a host, or a comment.
    let is_in_path = matches!(&text[..hit], [.., before, b'/'] if before.is_ascii_alphanumeric())
        && memchr::memchr(b'?', &text[end..(end + GAP).min(text.len())]).is_none();
    // The id of an element.
    let is_id = [&b" id=\""[..], b" id='"].iter().any(|mark| text[..hit].ends_with(mark));
    !is_part && !is_in_path && !is_id && !is_drawn(text, hit, end)
}

/// Whether the name is spelled by chance, within a draw.
fn is_drawn(text: &[u8], hit: usize, end: usize) -> bool {
    let is_inner = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_-+/".contains(byte);
    let start = hit - text[..hit].iter().rev().take_while(is_inner).count();
    let stop = end + text[end..].iter().take_while(is_inner).count();
    stop - start >= 24 && words::surplus(&text[start..stop]) >= DRAWN
}

/// `accuweatherkey`: what may be written as one word with the name.
fn is_tail(rest: &[u8]) -> bool {
    const TAILS: [&str; 15] = [
        "key", "token", "secret", "apikey", "api", "apitoken", "auth", "ai", "app", "com", "crm", "hq", "io", "hub",
        "s",
    ];
    let word = rest.split(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    TAILS.iter().any(|tail| word.eq_ignore_ascii_case(tail.as_bytes()))
}

/// The first value behind the name.
fn find(text: &[u8], end: usize) -> Option<Span> {
    let limit = (end + GAP).min(text.len());
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+/.~%".contains(&byte);
    let mut at = end;
    while at < limit {
        if !is_inner(text[at]) {
            // Beyond them, and beyond a second line, nothing is tied to the name.
            if matches!(text[at], b';' | b'}') || text[at] == b'\n' && text[end..at].contains(&b'\n') {
                return None;
            }
            at += 1;
            continue;
        }
        let stop = (at..text.len().min(at + LONGEST + 1)).find(|&at| !is_inner(text[at])).unwrap_or(text.len());
        if stop - at < SHORTEST {
            at = stop;
            continue;
        }
        let padded = (stop..text.len().min(stop + 3)).find(|&at| text[at] != b'=').unwrap_or(stop);
        let opening = at.checked_sub(1).map_or(b' ', |before| text[before]);
        let is_quoted = b"\"'`".contains(&opening);
        let close = if text.get(padded) == Some(&b'\\') { padded + 1 } else { padded };
        let is_closed = !is_quoted || text.get(close) == Some(&opening);
        let value = Span::new(at, padded);
        // Prose ends in a full stop.
        let dots = value.of(text).iter().rev().take_while(|&&byte| byte == b'.').count();
        let value = Span::new(at, value.end - dots);
        let classes = Classes::of(value.of(text));
        // A template goes on with what is to be filled in; publishable keys are public.
        let is_open =
            text.get(stop) == Some(&b'{') || [&b"pk_"[..], b"pk."].iter().any(|mark| text[at..].starts_with(mark));
        let is_drawable = classes.digits > 0 && classes.lower + classes.upper > 0 && !is_open;
        // A text in another script, or within another address.
        let is_text = value.of(text).iter().filter(|&&byte| byte == b'%').count() > 1;
        let is_value = at > end && value.len() >= SHORTEST && is_drawable && !is_text;
        if is_value && is_closed && value.len() <= LONGEST {
            return Some(value);
        }
        at = stop;
    }
    None
}

/// What the words between a name and a value say.
struct Words {
    /// One says that the value is a key.
    tell: bool,
}

impl Words {
    /// None where one of the words speaks of something else.
    fn of(gap: &[u8]) -> Option<Self> {
        // In an address the name of the parameter decides.
        let is_query = memchr::memchr(b'?', gap).is_some();
        let last = gap.iter().rposition(|byte| matches!(byte, b'?' | b'&')).filter(|_| is_query);
        let from = last.map_or(0, |at| at + 1);
        let lower = gap[from..].to_ascii_lowercase();
        // `sonar.projectKey`: the name of a project.
        let is_name =
            [&b"projectkey"[..], b"project_key", b"project-key", b"project.key"].iter().any(|name| holds(&lower, name));
        if is_name {
            return None;
        }
        let (mut tell, mut is_id) = (false, false);
        let camel = gap[from..]
            .iter()
            .zip(gap[from..].iter().skip(1))
            .map(|(one, two)| one.is_ascii_lowercase() && two.is_ascii_uppercase());
        let mut cuts: Vec<usize> = camel.enumerate().filter(|(_, is_cut)| *is_cut).map(|(at, _)| at + 1).collect();
        cuts.push(lower.len());
        let mut start = 0;
        for cut in cuts {
            for word in lower[start..cut].split(|byte| !byte.is_ascii_alphabetic()).filter(|word| word.len() > 1) {
                if says(word) {
                    tell = true;
                } else if matches!(word, b"id" | b"org" | b"organization") {
                    is_id = true;
                } else if !is_idle(word) {
                    return None;
                }
            }
            start = cut;
        }
        (tell || !is_id && !is_query).then_some(Self { tell })
    }
}

fn says(word: &[u8]) -> bool {
    let word = word.strip_suffix(b"s").unwrap_or(word);
    [
        &b"key"[..],
        b"token",
        b"secret",
        b"auth",
        b"authorization",
        b"password",
        b"pass",
        b"credential",
        b"bearer",
        b"pat",
    ]
    .contains(&word)
        || [&b"apikey"[..], b"apitoken", b"accesstoken", b"accesskey", b"authtoken", b"secretkey", b"appkey"]
            .contains(&word)
}

/// Words that change nothing.
#[rustfmt::skip]
fn is_idle(word: &[u8]) -> bool {
    matches!(
        word,
        b"access" | b"account" | b"admin" | b"api" | b"app" | b"application" | b"and" | b"as" | b"basic" | b"bot" | b"char" | b"client" | b"com" | b"config"
        | b"const" | b"consumer" | b"data" | b"default" | b"def" | b"define" | b"dev" | b"developer" | b"dict" | b"en" | b"encoding" | b"env" | b"environ"
        | b"environment" | b"export" | b"final" | b"for" | b"get" | b"header" | b"headers" | b"in" | b"init" | b"integration" | b"io" | b"hq" | b"hub" | b"crm" | b"ai" | b"is"
        | b"jwt" | b"let" | b"literal" | b"live" | b"main" | b"map" | b"master" | b"my" | b"name" | b"new" | b"ns" | b"nsstring" | b"oauth" | b"org" | b"os" | b"our"
        | b"personal" | b"private" | b"process" | b"prod" | b"production" | b"project" | b"put" | b"read" | b"rest" | b"sandbox"
        | b"sdk" | b"self" | b"server" | b"service" | b"set" | b"setting" | b"settings" | b"staging" | b"static" | b"std" | b"str" | b"string" | b"strong" | b"td"
        | b"team" | b"test" | b"text" | b"the" | b"this" | b"to" | b"tr" | b"true" | b"use" | b"user" | b"using" | b"val" | b"value" | b"var"
        | b"webhook" | b"with" | b"workspace" | b"write" | b"your"
    )
}

/// What ties a value to the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tie {
    /// An operator, a bracket, a dash, or quotation marks.
    Firm,
    /// A comma.
    Comma,
    /// White space within a longer line.
    Blank,
}

fn tie(text: &[u8], hit: usize, gap: &[u8], value: Span) -> Option<Tie> {
    let breaks = gap.iter().filter(|&&byte| byte == b'\n').count();
    if breaks > 1 || memchr::memchr(b';', gap).is_some() || memchr::memchr(b'}', gap).is_some() {
        return None;
    }
    let is_quoted = gap.last().is_some_and(|last| b"\"'`".contains(last));
    let is_opening = |byte: &u8| b"\"'`\\ \t\r\n".contains(byte);
    let bare = gap.iter().rposition(|byte| !is_opening(byte)).map_or(&gap[..0], |at| &gap[..=at]);
    // What marks the kind of a literal: @"".
    let bare = if is_quoted { bare.strip_suffix(b"@").map_or(bare, <[u8]>::trim_ascii_end) } else { bare };
    match bare.last() {
        Some(b'=' | b':' | b'(' | b'>' | b'|' | b'[' | b'{' | b'?') => Some(Tie::Firm),
        Some(b'-') if bare.len() < gap.len() => Some(Tie::Firm),
        Some(b',') => Some(Tie::Comma),
        Some(b'/' | b'@' | b'#' | b'.' | b'!' | b'&' | b'+' | b'<' | b'*' | b'\\' | b'%') => None,
        _ if breaks > 0 => None,
        // A cell of a table, and a sentence.
        _ if is_quoted || gap == b"\t" || bare.ends_with(b" is") => Some(Tie::Firm),
        // A flag, or a line that holds nothing else.
        _ => {
            let line = memchr::memrchr(b'\n', &text[..hit]).map_or(0, |at| at + 1);
            let before = text[line..hit].trim_ascii();
            let rest = text[value.end..].split(|&byte| byte == b'\n').next().unwrap_or_default().trim_ascii();
            let is_alone =
                rest.is_empty() && (before.is_empty() || before == b"#" || before == b"//" || before == b"-");
            Some(if is_alone || before.ends_with(b"-") { Tie::Firm } else { Tie::Blank })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::random::{BASE62, tests::seeded, text as draw};

    fn found(template: &str) -> bool {
        let mut random = seeded(3);
        let value = draw(&mut random, BASE62, 31) + "7";
        let text = template.replace("{}", &value);
        let hit = text.to_ascii_lowercase().find("accuweather").expect("a name");
        at(text.as_bytes(), hit, "accuweather".len())
            .is_some_and(|hit| hit.span.of(text.as_bytes()) == value.as_bytes())
    }

    #[test]
    fn a_draw_beside_a_name_is_a_key() {
        for text in [
            "accuweather - '{}'",
            "accuweather token - '{}'",
            "accuweather = '{}'",
            "ACCUWEATHER={}",
            "accuweather: {}\n",
            "accuweather {}\n",
            "[accuweather]\nkey = {}\n",
            "accuweather:\n  key: \"{}\"\n",
            "new AccuweatherClient(\"{}\")",
            "// Accuweather\nconst key = \"{}\";",
            "https://dataservice.accuweather.com/v1/items?key={}&x=1",
            "<AccuweatherKey>{}</AccuweatherKey>",
            "{\"accuweather\": {\"key\": \"{}\"}}",
            "myAccuweatherKey = \"{}\"",
            "prod\taccuweather\t{}\t2024",
            "The accuweather_api is {}.",
        ] {
            assert!(found(text), "{text}");
        }
    }

    #[test]
    fn the_evidence_names_the_service() {
        let text = format!("AccuWeather_KEY={}7", draw(&mut seeded(5), BASE62, 31));
        let hit = at(text.as_bytes(), 0, "accuweather".len()).expect("a key");
        assert_eq!(hit.reasons[0], "stands beside the name of its service: accuweather");
    }

    #[test]
    fn what_is_registered_under_the_name_is_none() {
        let text = "\"AccuWeather\", \"{8F3C27A1-6D0E-4B95-A2C7-19E4D8B3570F}\"";
        assert!(at(text.as_bytes(), 1, "accuweather".len()).is_none());
        let text = text.replace(['{', '}'], "");
        assert!(at(text.as_bytes(), 1, "accuweather".len()).is_some());
    }

    #[test]
    fn what_the_words_between_call_something_else_is_none() {
        for text in [
            "accuweather_commit = '{}'",
            "accuweather-sha256: {}",
            "uses: accuweather/action@{}",
            "uses: ada/releases-to-accuweather@{}",
            "const ACCUWEATHER_COMMIT: &str = \"{}\";",
            "accuweather/{}",
            "accuweather.org/images/{}",
            "accuweather_public_url = '{}'",
            "accuweather_client_id = '{}'",
            "accuweather.projectKey=acme_{}",
            "theaccuweathers = '{}'",
            "accuweather = x;\ny = '{}'",
            "the accuweather of {} was",
            "ACCUWEATHER_KEY={}%{more}",
            "accuweather('pk_test_{}')",
            "https://www.accuweather.com/script.js?{}",
            "https://accuweather.com/url?sa=L&ai={}",
            "ACCUWEATHER_ORG = \"{}\"",
            "# ada/setup-accuweather@v2 = {}",
            "accuweather secrets set ADMIN_API_KEY={} --env=prod",
            "accuweather config:set JWT_SECRET={}",
        ] {
            assert!(!found(text), "{text}");
        }
    }
}
