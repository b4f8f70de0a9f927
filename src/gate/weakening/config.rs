//! Edits of the configuration: what is switched off, lowered, excused or postponed. What is compared by itself is taken out in
//! the end, and any other difference counts: never add a setting without saying here which of its values is the weaker one.

use std::collections::{BTreeMap, BTreeSet};

use bstr::ByteSlice;

use super::Effects;
use crate::model::{Confidence, Severity};
use crate::policy::Policy;
use crate::rule::RuleSet;

pub(super) fn judge(old: Option<&[u8]>, new: Option<&[u8]>, rules: &RuleSet, effects: &mut Effects) {
    let parse = |text: Option<&[u8]>| match text.map(|text| text.to_str().ok().map(|yaml| Policy::parse(yaml, ""))) {
        None => Some(Policy::default()),
        Some(Some(Ok(policy))) => Some(policy),
        Some(None | Some(Err(_))) => None,
    };
    let Some(new) = parse(new) else {
        effects.weaker("the new text is no valid configuration, so nothing could be checked any more");
        return;
    };
    let Some(old) = parse(old) else { return };
    for rule in new.spec.rules.disable.iter().filter(|rule| !old.spec.rules.disable.contains(rule)) {
        effects.weaker(format!("rule {rule} is switched off"));
    }
    for path in old.spec.rules.load.iter().filter(|path| !new.spec.rules.load.contains(path)) {
        effects.weaker(format!("rules from {path} are no longer loaded"));
    }
    levels("severity", &old.severity, &new.severity, effects, |rule| {
        rules.find(rule).map(|index| rules.signature(index).severity)
    });
    levels("confidence", &old.confidence, &new.confidence, effects, |rule| {
        rules.find(rule).map(|index| rules.signature(index).confidence)
    });
    if new.min_severity > old.min_severity {
        effects
            .weaker(format!("only severity {} and above is denied (before: {})", new.min_severity, old.min_severity));
    }
    if new.min_confidence > old.min_confidence {
        let (now, before) = (new.min_confidence, old.min_confidence);
        effects.weaker(format!("only confidence {now} and above is told (before: {before})"));
    }
    let banned = |policy: &Policy| -> BTreeSet<String> {
        let globs = &policy.spec.env_files.banned;
        if globs.is_empty() {
            crate::policy::env_file::BANNED.iter().map(|glob| (*glob).to_owned()).collect()
        } else {
            globs.iter().cloned().collect()
        }
    };
    for glob in banned(&old).difference(&banned(&new)) {
        effects.weaker(format!("files named {glob} are no longer banned"));
    }
    for glob in new.spec.env_files.allowed.iter().filter(|glob| !old.spec.env_files.allowed.contains(glob)) {
        effects.weaker(format!("files named {glob} are allowed although banned"));
    }
    for allow in &new.allow {
        let covers = |other: &&crate::policy::Allow| {
            other.rule == allow.rule
                && other.fingerprint == allow.fingerprint
                && other.path.as_ref().map(|path| &path.0) == allow.path.as_ref().map(|path| &path.0)
                && other.expires.is_none_or(|until| allow.expires.is_some_and(|expires| expires <= until))
        };
        if !old.allow.iter().any(|other| covers(&other)) {
            let what = [
                allow.rule.as_ref().map(|rule| format!("rule {rule}")),
                allow.path.as_ref().map(|path| format!("path {}", path.0)),
                allow.fingerprint.map(|fingerprint| fingerprint.to_string()),
                allow.expires.map(|day| format!("until {day}")),
            ];
            let what: Vec<String> = what.into_iter().flatten().collect();
            effects.weaker(format!("an exception is added: {}", what.join(", ")));
        }
    }
    if new.spec.comments.allow && !old.spec.comments.allow {
        effects.weaker("comments in the code may excuse findings");
    }
    for secret in old.inventory.secrets.iter().filter(|secret| !new.inventory.secrets.contains(secret)) {
        effects.weaker(format!("the inventory's entry {} is changed or taken away", secret.name));
    }
    for severity in Severity::ALL.iter().filter(|&&one| new.inventory.deadline(one) > old.inventory.deadline(one)) {
        effects.weaker(format!("secrets of severity {severity} may be rotated later than before"));
    }
    if rest(&old) != rest(&new) {
        effects.weaker("another setting is changed");
    }
}

/// What is left of a configuration when everything that is compared by itself is taken out.
fn rest(policy: &Policy) -> String {
    let mut spec = policy.spec.clone();
    spec.version = None;
    spec.rules.load.clear();
    spec.rules.disable.clear();
    spec.rules.severity.clear();
    spec.rules.confidence.clear();
    spec.env_files.banned.clear();
    spec.env_files.allowed.clear();
    spec.min_confidence = None;
    spec.min_severity = None;
    spec.allow = Vec::new();
    spec.comments.allow = true;
    spec.secrets.clear();
    spec.deadlines = Default::default();
    spec.default_playbook.clear();
    format!("{spec:?}")
}

trait Level: Copy + Ord + std::fmt::Display {}
impl Level for Severity {}
impl Level for Confidence {}

/// Rules whose level is lower than before; `built_in` is the level in force on the protected side.
fn levels<L: Level>(
    word: &str,
    old: &[(String, L)],
    new: &[(String, L)],
    effects: &mut Effects,
    built_in: impl Fn(&str) -> Option<L>,
) {
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) = (old.iter().cloned().collect(), new.iter().cloned().collect());
    for rule in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let before = old.get(rule).copied().or_else(|| built_in(rule));
        match (before, new.get(rule).copied()) {
            (Some(before), Some(now)) if now < before => {
                effects.weaker(format!("the {word} of rule {rule} falls from {before} to {now}"));
            }
            // It falls back to the rule's own level, which may be lower.
            (Some(_), None) => effects.weaker(format!("the {word} of rule {rule} is no longer set")),
            _ => {}
        }
    }
}
