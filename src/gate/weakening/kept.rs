//! Edits of what a team keeps beside its configuration: its own rules, the baseline, the sealed values. A text that cannot be
//! read any more is the greatest weakening, and never an edit without effect.

use std::collections::{BTreeMap, BTreeSet};

use bstr::ByteSlice;

use super::{Effects, lines};
use crate::detect::Seal;

pub(super) fn rules(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
    let parse = |text: Option<&[u8]>| -> Option<BTreeMap<String, String>> {
        let Some(text) = text else { return Some(BTreeMap::new()) };
        let (mut rules, mut problems) = (Vec::new(), Vec::new());
        crate::rule::load::read("rules.yml".as_ref(), text.to_str().ok()?, &mut rules, &mut problems).ok()?;
        Some(rules.into_iter().map(|(rule, _)| (rule.id.clone(), format!("{rule:?}"))).collect())
    };
    let Some(new) = parse(new) else {
        effects.weaker("the new text is no valid rule file, so nothing could be checked any more");
        return;
    };
    for (id, rule) in parse(old).unwrap_or_default() {
        match new.get(&id) {
            None => effects.weaker(format!("rule {id} is taken away")),
            Some(now) if *now != rule => effects.weaker(format!("rule {id} finds something else than before")),
            Some(_) => {}
        }
    }
}

/// Every line is an entry; one that is new excuses something, unless nobody has decided about it.
pub(super) fn baseline(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
    let (old, new) = (lines(old), lines(new));
    let decides = |line: &&String| {
        !line.starts_with("key") && line.split('\t').nth(2).is_none_or(|state| state.trim() != "undecided")
    };
    let added = new.difference(&old).filter(decides).count();
    if added > 0 {
        let (noun, verb) = if added == 1 { ("line", "is") } else { ("lines", "are") };
        effects.weaker(format!("{added} {noun} of the baseline {verb} new or changed"));
    }
}

/// A value that is sealed anew has another salt and hash: names are all that can be compared.
pub(super) fn seal(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
    let parse = |text: Option<&[u8]>| text.map(|text| text.to_str().ok().and_then(|text| Seal::parse(text, "").ok()));
    let (old, new) = (parse(old), parse(new));
    if let Some(None) = new {
        effects.weaker("the new text is no valid seal, so no sealed value could be looked for any more");
        return;
    }
    let names = |seal: &Option<Option<Seal>>| -> BTreeSet<String> {
        seal.iter().flatten().flat_map(Seal::names).map(str::to_owned).collect()
    };
    let (before, now) = (names(&old), names(&new));
    for name in before.difference(&now) {
        effects.weaker(format!("the sealed value of {name} is no longer looked for"));
    }
    let count = |seal: &Option<Option<Seal>>| seal.iter().flatten().map(Seal::len).sum::<usize>();
    if before == now && count(&old) > count(&new) {
        effects.weaker("fewer sealed values are looked for, under the same names");
    }
}
