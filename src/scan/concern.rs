//! Which inventoried secret a finding concerns: by known value, by the name beside the value, by rule.
//!
//! The nearest name counts, on the value's own line; or on the line before, where the own one only says `value:`.

use crate::detect::public;
use crate::model::{Candidate, Span};
use crate::policy::{InventoriedSecret, Inventory, Policy};

/// How far before a value its name may stand.
const REACH: usize = 300;

/// Words between a name and its value that name nothing themselves.
const CONNECTORS: &[&[u8]] = &[b"value", b"Value", b"VALUE", b"default", b"string", b"data"];

/// The name of the inventoried secret that a candidate concerns.
pub fn of(candidate: &Candidate, rule: &str, text: &[u8], policy: &Policy) -> Option<String> {
    let inventory = &policy.inventory;
    if inventory.secrets.is_empty() {
        return None;
    }
    if rule == public::NAME_RULE {
        // The name itself, or what it makes public.
        let name = std::str::from_utf8(candidate.secret.expose()).ok()?;
        let names = [Some(name), policy.public.stem(name)];
        let mut listed = names.into_iter().flatten().filter_map(|name| inventory.find(name));
        return listed.find(|secret| secret.sensitive).map(|secret| secret.name.clone());
    }
    let known = candidate.known.as_deref().and_then(|name| inventory.find(name));
    let secret = known.or_else(|| beside(text, candidate.span, inventory)).or_else(|| inventory.by_rule(rule))?;
    Some(secret.name.clone())
}

fn beside<'a>(text: &[u8], value: Span, inventory: &'a Inventory) -> Option<&'a InventoriedSecret> {
    nearest(text, value, |word| named(word.of(text), inventory))
}

/// What `named` makes of the nearest word before a value that it knows.
pub(super) fn nearest<T>(text: &[u8], value: Span, named: impl Fn(Span) -> Option<T>) -> Option<T> {
    let low = value.start.saturating_sub(REACH);
    let before = &text[low..value.start];
    let line = low + memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let own = words(text, Span::new(line, value.start));
    if let Some(found) = own.iter().rev().find_map(|&word| named(word)) {
        return Some(found);
    }
    let end = line.saturating_sub(1).max(low);
    let previous = low + memchr::memrchr(b'\n', &text[low..end]).map_or(0, |at| at + 1);
    let is_bare = own.iter().all(|word| CONNECTORS.contains(&word.of(text)));
    words(text, Span::new(previous, end)).iter().rev().find_map(|&word| named(word)).filter(|_| is_bare)
}

fn words(text: &[u8], within: Span) -> Vec<Span> {
    let is_word = |at: usize| text[at].is_ascii_alphanumeric() || text[at] == b'_';
    let mut words = Vec::new();
    let mut at = within.start;
    while at < within.end {
        let end = (at..within.end).find(|&at| !is_word(at)).unwrap_or(within.end);
        if end > at {
            words.push(Span::new(at, end));
        }
        at = end + 1;
    }
    words
}

fn named<'a>(word: &[u8], inventory: &'a Inventory) -> Option<&'a InventoriedSecret> {
    inventory.find(std::str::from_utf8(word).ok()?).filter(|secret| secret.sensitive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_counts() {
        let inventory =
            Policy::parse("secrets: [{name: ONE_KEY}, {name: TWO_KEY}, {name: OPEN, sensitive: false}]", "x")
                .unwrap()
                .inventory;
        for (text, expected) in [
            ("ONE_KEY=@", Some("ONE_KEY")),
            ("ONE_KEY=x TWO_KEY='@", Some("TWO_KEY")),
            ("const a = process.env.ONE_KEY || \"@", Some("ONE_KEY")),
            ("- name: ONE_KEY\n  value: @", Some("ONE_KEY")),
            ("ONE_KEY=$X\nOTHER=@", None),
            ("OPEN=@", None),
            ("MY_ONE_KEY=@", None),
            ("@", None),
        ] {
            let at = text.find('@').unwrap();
            let found = beside(text.as_bytes(), Span::new(at, at + 1), &inventory);
            assert_eq!(found.map(|secret| secret.name.as_str()), expected, "{text}");
        }
    }
}
