//! Bundlers that put the whole environment into what visitors get: Vite, webpack, Rollup, esbuild, Next, Nuxt, Expo, Docusaurus.
//!
//! The environment is `process.env`, what `loadEnv` of Vite reads with an empty prefix, or a variable that was given one of these.
//! It is given away where a key or a call of the configuration takes it whole. Single variables of it are nobody's business here.

use bstr::ByteSlice;

use super::BUNDLE_RULE;
use super::words::BUNDLERS;
use crate::detect::hit::Hit;
use crate::model::{Confidence, Span};

/// How far a configuration is followed, back to what a variable is given and on to where it is used: with what stands beside it,
/// not further than a change is looked around.
const REACH: usize = 320;

/// How far back a key or a call may stand.
const NEAR: usize = 160;

/// Keys whose value goes into the bundle.
const KEYS: [&[u8]; 6] = [b"define", b"publicRuntimeConfig", b"public", b"extra", b"customFields", b"__ENV__"];

/// Calls whose argument goes there.
const CALLS: [&[u8]; 3] = [b"DefinePlugin(", b"EnvironmentPlugin(", b"replace("];

const DEFINED: &str = "`define` puts the whole environment into the bundle";

/// Looks at the word of number `word` at `at`.
pub(super) fn at(bytes: &[u8], at: usize, word: usize) -> Option<Hit> {
    let end = at + BUNDLERS[word].len();
    match word {
        0 => (prefix(bytes, end) && !is_chosen(before(bytes, at, NEAR))).then(|| {
            hit(
                Span::new(at, end),
                Span::new(at, end),
                bytes.len(),
                "an empty prefix puts the whole environment into the bundle",
            )
        }),
        1 => environment(bytes, at, end),
        _ => loaded(bytes, at, end),
    }
}

fn hit(span: Span, reach: Span, len: usize, reason: &'static str) -> Hit {
    Hit {
        rule: BUNDLE_RULE,
        span,
        window: Span::new(span.start.min(reach.start), span.end.max(reach.end)).widened(NEAR, len),
        confidence: Confidence::High,
        value: None,
        reasons: vec![reason.into()],
        visible: span.len(),
    }
}

/// Says whether what stands before `rest` is the whole environment, and not one variable of it.
pub(super) fn is_whole(rest: &[u8]) -> bool {
    !rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'[' | b'?' | b'_'))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$')
}

/// At most so many bytes before `at`.
fn before(bytes: &[u8], at: usize, most: usize) -> &[u8] {
    &bytes[at.saturating_sub(most)..at]
}

/// `envPrefix: ''`, also in a list.
fn prefix(bytes: &[u8], end: usize) -> bool {
    let near = &bytes[end..bytes.len().min(end + NEAR)];
    let Some(value) = near.trim_ascii_start().strip_prefix(b":") else { return false };
    let value = value.trim_ascii_start();
    match value.strip_prefix(b"[") {
        Some(list) => {
            let list = list.split(|byte| *byte == b']').next().unwrap_or_default();
            list.split(|byte| *byte == b',').any(|text| is_empty(text.trim_ascii()))
        }
        None => value.get(..2).is_some_and(is_empty),
    }
}

/// `typeof envPrefix === 'string' ? envPrefix : ''` chooses, and sets nothing.
fn is_chosen(before: &[u8]) -> bool {
    before.trim_ascii_end().ends_with(b"?")
}

fn is_empty(text: &[u8]) -> bool {
    matches!(text, b"''" | b"\"\"" | b"``")
}

/// `process.env`: as a key that is given all of it, as what a key or a call is given, or as what a variable is given.
fn environment(bytes: &[u8], at: usize, end: usize) -> Option<Hit> {
    let span = Span::new(at, end);
    let quote = at.checked_sub(1).map(|before| bytes[before]);
    if matches!(quote, Some(b'"' | b'\'')) && bytes.get(end) == quote.as_ref() {
        let value = bytes[end + 1..bytes.len().min(end + NEAR)].trim_ascii_start().strip_prefix(b":")?;
        return is_environment(value).then(|| hit(span, span, bytes.len(), DEFINED));
    }
    if !is_whole(&bytes[end..bytes.len().min(end + 1)]) {
        return None;
    }
    if is_given(bytes, at, end) {
        return Some(hit(span, span, bytes.len(), DEFINED));
    }
    used(bytes, at, end)
}

/// `process.env`, all of it as a text, spread, or what `dotenv` has read.
fn is_environment(value: &[u8]) -> bool {
    let mut value = value.trim_ascii_start();
    for opening in [&b"JSON.stringify("[..], b"{", b"..."] {
        value = value.strip_prefix(opening).map_or(value, <[u8]>::trim_ascii_start);
    }
    if let Some(rest) = value.strip_prefix(b"dotenv") {
        return rest.starts_with(b".parsed") || rest.starts_with(b".config(");
    }
    value.strip_prefix(b"process.env").is_some_and(is_whole)
}

/// `loadEnv(mode, folder, '')`: all variables, whatever their prefix. No harm is done before they are given away.
fn loaded(bytes: &[u8], at: usize, end: usize) -> Option<Hit> {
    let near = &bytes[end..bytes.len().min(end + NEAR)];
    let list = near.strip_prefix(b"(")?;
    let (mut depth, mut arguments, mut start, mut close) = (0, Vec::new(), 0, None);
    for (index, byte) in list.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                arguments.push(list[start..index].trim_ascii());
                close = Some(end + 2 + index);
                break;
            }
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => {
                arguments.push(list[start..index].trim_ascii());
                start = index + 1;
            }
            _ => {}
        }
    }
    let close = close?;
    let prefix = *arguments.get(2)?;
    let is_all = is_empty(prefix)
        || prefix.strip_prefix(b"[").is_some_and(|list| {
            list.trim_end_with(|c| c == ']').split(|byte| *byte == b',').any(|text| is_empty(text.trim_ascii()))
        })
        || !prefix.is_empty()
            && prefix.iter().all(|byte| is_word(*byte))
            && is_set_empty(before(bytes, at, REACH), prefix);
    if !is_all {
        return None;
    }
    let span = Span::new(at, end);
    let low = at.saturating_sub(REACH);
    if is_given(bytes, at, close) || before(bytes, at, NEAR).trim_ascii_end().ends_with(b"'process.env':") {
        return Some(hit(span, Span::new(low, close), bytes.len(), DEFINED));
    }
    used(bytes, at, close).map(|found| Hit { window: Span::new(low, found.window.end), ..found })
}

/// Says whether a variable is given an empty text: `const prefix = ''`.
fn is_set_empty(text: &[u8], name: &[u8]) -> bool {
    text.find_iter(name).any(|at| {
        let rest = &text[at + name.len()..];
        let value = rest.trim_ascii_start();
        let value = value.strip_prefix(b": string").unwrap_or(value).trim_ascii_start();
        let is_name = !at.checked_sub(1).is_some_and(|before| is_word(text[before]));
        is_name && value.strip_prefix(b"=").is_some_and(|value| value.trim_ascii_start().get(..2).is_some_and(is_empty))
    })
}

/// Says whether the configuration takes what stands from `at` to `end` whole.
fn is_given(bytes: &[u8], at: usize, end: usize) -> bool {
    let text = before(bytes, at, NEAR);
    let mut head = text.trim_ascii_end();
    let (mut is_part, mut is_list) = (false, false);
    // What is put around it on the way, from the inside to the outside.
    for _ in 0..4 {
        let wraps: [&[u8]; 6] = [
            b"...",
            b"JSON.stringify(",
            b"Object.entries(",
            b"Object.fromEntries(",
            b"Object.keys(",
            b"Object.assign({},",
        ];
        let Some((wrap, rest)) = wraps.iter().find_map(|wrap| Some((*wrap, head.strip_suffix(*wrap)?))) else { break };
        head = rest.trim_ascii_end();
        is_list |= wrap.starts_with(b"Object.entries") || wrap.starts_with(b"Object.keys");
        is_part |= wrap == b"..." || wrap == b"JSON.stringify(" && head.ends_with(b":");
    }
    // Who sorts them out takes not all of them.
    let after = &bytes[end..bytes.len().min(end + NEAR)];
    if is_list && [&b"filter("[..], b"startsWith(", b".test("].iter().any(|sign| after.find(sign).is_some()) {
        return false;
    }
    if takes(head, bytes, at) {
        return true;
    }
    let opening = head.iter().rposition(|byte| matches!(byte, b'{' | b'}')).filter(|&at| head[at] == b'{');
    is_part && opening.is_some_and(|opening| takes(head[..opening].trim_ascii_end(), bytes, at))
}

/// Says whether `head` ends with a key or a call that puts things into the bundle.
fn takes(head: &[u8], bytes: &[u8], at: usize) -> bool {
    if CALLS.iter().any(|call| head.ends_with(call)) {
        // A text's own method replaces something else.
        return !head.ends_with(b".replace(");
    }
    let Some(name) = head.strip_suffix(b":") else { return false };
    let name = name.trim_ascii_end().trim_end_with(|c| matches!(c, '"' | '\''));
    let start = name.iter().rposition(|byte| !is_word(*byte)).map_or(0, |at| at + 1);
    if start > 0 && name[start - 1] == b'.' {
        return false;
    }
    // Everybody gives a child process its environment by that name; Next puts it into the bundle.
    let is_next =
        || before(bytes, at, REACH).find(b"nextConfig").or(before(bytes, at, REACH).find(b"NextConfig")).is_some();
    KEYS.contains(&&name[start..]) || &name[start..] == b"env" && is_next()
}

/// `const env = …` of the environment that stands from `at` to `end`, and behind it a place that takes `env` whole.
fn used(bytes: &[u8], at: usize, end: usize) -> Option<Hit> {
    let text = before(bytes, at, NEAR);
    let mut head = text.trim_ascii_end();
    for opening in [&b"..."[..], b"process.env,", b"...", b"{", b"Object.assign({},"] {
        head = head.strip_suffix(opening).map_or(head, <[u8]>::trim_ascii_end);
    }
    let head = head.strip_suffix(b"=")?.trim_ascii_end();
    let start = head.iter().rposition(|byte| !is_word(*byte)).map_or(0, |at| at + 1);
    let name = &head[start..];
    let is_declared = [&b"const"[..], b"let", b"var"].iter().any(|word| head[..start].trim_ascii_end().ends_with(word));
    if name.is_empty() || !is_declared {
        return None;
    }
    let limit = bytes.len().min(end + REACH);
    bytes[end..limit].find_iter(name).map(|found| end + found).find_map(|place| {
        let span = Span::new(place, place + name.len());
        let is_name = !is_word(bytes[place - 1]) && is_whole(&bytes[span.end..bytes.len().min(span.end + 1)]);
        let key = before(bytes, place, NEAR).trim_ascii_end();
        let key = key.strip_suffix(b"JSON.stringify(").map_or(key, <[u8]>::trim_ascii_end);
        let is_defined = [&b"'process.env':"[..], b"\"process.env\":"].iter().any(|own| key.ends_with(own));
        (is_name && (is_defined || is_given(bytes, place, span.end)))
            .then(|| hit(span, Span::new(at, span.end), bytes.len(), DEFINED))
    })
}
