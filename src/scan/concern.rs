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
    let low = value.start.saturating_sub(REACH);
    let before = &text[low.min(text.len())..value.start.min(text.len())];
    let line = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let own = words(&before[line..]);
    if let Some(found) = own.iter().rev().find_map(|word| named(word, inventory)) {
        return Some(found);
    }
    let previous = before[..line.saturating_sub(1)].split(|&byte| byte == b'\n').next_back()?;
    let is_bare = own.iter().all(|word| CONNECTORS.contains(word));
    words(previous).iter().rev().find_map(|word| named(word, inventory)).filter(|_| is_bare)
}

fn words(text: &[u8]) -> Vec<&[u8]> {
    text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').filter(|word| !word.is_empty()).collect()
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
