//! What an edit of a file that decides does to the gate: the old and the new text in, effects in words out.
//!
//! A setting that this file does not know counts as weakening: a change of policy must never pass because nobody thought of it.
//! What a file says is only compared, never believed.

use std::collections::{BTreeMap, BTreeSet};

use bstr::ByteSlice;
use globset::GlobBuilder;

use crate::detect::Seal;
use crate::model::{Confidence, Severity};
use crate::policy::{EnvFile, EnvPolicy, Policy};
use crate::rule::RuleSet;

/// The kinds of files that decide what is told, or what people get to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `.stanch.yml`.
    Config,
    /// A team's own rules.
    Rules,
    /// The baseline.
    Baseline,
    /// The sealed values.
    Seal,
    /// `.github/secret_scanning.yml`.
    Scanning,
    /// `.gitattributes`: stanch pays no attention to it, reviewers' tools do.
    Attributes,
    /// `.gitignore`: what is not ignored gets committed.
    Ignore,
}

/// One thing that an edit does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// In words, without a full stop.
    pub text: String,
    /// Whether less is found, or less is denied, than before.
    pub weakens: bool,
}

/// The effects of an edit. `rules` are those in force on the protected side.
pub fn effects(kind: Kind, old: Option<&[u8]>, new: Option<&[u8]>, rules: &RuleSet) -> BTreeSet<Effect> {
    let mut effects = Effects::default();
    match kind {
        Kind::Config => config(old, new, rules, &mut effects),
        Kind::Rules => own_rules(old, new, &mut effects),
        Kind::Baseline => baseline(old, new, &mut effects),
        Kind::Seal => seal(old, new, &mut effects),
        Kind::Scanning => scanning(old, new, &mut effects),
        Kind::Attributes => attributes(old, new, &mut effects),
        Kind::Ignore => ignore(old, new, &mut effects),
    }
    effects.0
}

#[derive(Default)]
struct Effects(BTreeSet<Effect>);

impl Effects {
    fn weaker(&mut self, text: impl Into<String>) {
        self.0.insert(Effect { text: text.into(), weakens: true });
    }

    fn told(&mut self, text: impl Into<String>) {
        self.0.insert(Effect { text: text.into(), weakens: false });
    }
}

fn config(old: Option<&[u8]>, new: Option<&[u8]>, rules: &RuleSet, effects: &mut Effects) {
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

fn own_rules(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
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
fn baseline(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
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
fn seal(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
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

fn scanning(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
    let (old, new) = (lines(old), lines(new));
    for line in new.difference(&old) {
        let Some(entry) = line.strip_prefix('-') else {
            if line != "paths-ignore:" {
                effects.weaker("paths-ignore is written in a way that is not understood");
            }
            continue;
        };
        let glob = entry.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        let glob = glob.trim_start_matches('/');
        // Broad: no folder or name of its own.
        let is_broad = glob.split('/').all(|part| part.bytes().all(|byte| b"*?.".contains(&byte)));
        let text = format!("the host's secret scanning ignores {glob}");
        if is_broad || matches_any(glob, &[".env", ".env.local", "app/.env", "app/prod.env"]) {
            effects.weaker(text);
        } else {
            effects.told(text);
        }
    }
}

/// Attributes that keep a change from being seen, on names that matter.
fn attributes(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
    const MATTER: [&str; 6] = [
        ".stanch.yml",
        ".gitattributes",
        ".gitignore",
        ".github/secret_scanning.yml",
        ".github/workflows/ci.yml",
        ".env",
    ];
    for line in lines(new).difference(&lines(old)) {
        let mut words = line.split_whitespace();
        let Some(pattern) = words.next() else { continue };
        let hides = |word: &&str| {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            match name {
                "-diff" | "binary" => true,
                "linguist-generated" => value != "false",
                // A driver may show anything in place of the text, and a filter may store anything.
                "diff" | "filter" => !value.is_empty(),
                _ => false,
            }
        };
        for word in words.filter(hides) {
            let text = format!("reviewers no longer see all of {pattern} ({word})");
            let everything = pattern.trim_matches('/').bytes().all(|byte| b"*/.".contains(&byte));
            if everything || pattern.starts_with("[attr]") || matches_any(pattern.trim_start_matches('/'), &MATTER) {
                effects.weaker(text);
            } else {
                effects.told(text);
            }
        }
    }
}

/// Patterns that kept `.env` files out and do so no longer.
fn ignore(old: Option<&[u8]>, new: Option<&[u8]>, effects: &mut Effects) {
    let (old, new) = (lines(old), lines(new));
    let family = EnvPolicy::default();
    let covers = |pattern: &str| {
        let leaf = pattern.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        family.judge(leaf.as_bytes()) == EnvFile::Banned || matches_any(leaf, &[".env", ".env.local", "prod.env"])
    };
    for pattern in new.difference(&old).filter_map(|line| line.strip_prefix('!')).filter(|pattern| covers(pattern)) {
        effects.told(format!("git no longer ignores {pattern}"));
    }
    for pattern in old.difference(&new).filter(|line| !line.starts_with('!') && covers(line)) {
        effects.told(format!("git no longer ignores {pattern}"));
    }
}

fn matches_any(glob: &str, paths: &[&str]) -> bool {
    let anywhere = if glob.contains('/') { glob.to_owned() } else { format!("**/{glob}") };
    match GlobBuilder::new(&anywhere).literal_separator(true).build() {
        Ok(glob) => {
            let matcher = glob.compile_matcher();
            paths.iter().any(|path| matcher.is_match(path))
        }
        // What is not understood is not trusted.
        Err(_) => true,
    }
}

/// The lines that say something, each once.
fn lines(text: Option<&[u8]>) -> BTreeSet<String> {
    let text = text.unwrap_or_default().to_str_lossy().into_owned();
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weakened(kind: Kind, old: &str, new: &str) -> Vec<String> {
        let of = |text: &str| (text != "-").then(|| text.as_bytes().to_vec());
        let found = effects(kind, of(old).as_deref(), of(new).as_deref(), &RuleSet::embedded());
        found.into_iter().filter(|effect| effect.weakens).map(|effect| effect.text).collect()
    }

    fn told(kind: Kind, old: &str, new: &str) -> usize {
        effects(kind, Some(old.as_bytes()), Some(new.as_bytes()), &RuleSet::embedded()).len()
    }

    #[test]
    fn every_way_to_weaken_a_configuration_is_seen() {
        let rule = "github-personal-access-token";
        for (old, new) in [
            ("-", format!("rules: {{ disable: [{rule}] }}")),
            ("-", format!("rules: {{ severity: {{ {rule}: low }} }}")),
            ("-", format!("rules: {{ confidence: {{ {rule}: low }} }}")),
            ("rules: { load: [own] }", "version: 1".into()),
            ("rules: { load: [own] }", "-".into()),
            (&format!("rules: {{ severity: {{ {rule}: critical }} }}"), "-".into()),
            ("-", "min_severity: high".into()),
            ("min_confidence: low", "-".into()),
            ("-", "env_files: { banned: ['*.secrets'] }".into()),
            ("-", "env_files: { allowed: ['docs/*.env'] }".into()),
            ("-", format!("allow: [{{ rule: {rule}, reason: because }}]")),
            (
                &format!("allow: [{{ rule: {rule}, reason: because, expires: 2026-01-01 }}]"),
                format!("allow: [{{ rule: {rule}, reason: because, expires: 2027-01-01 }}]"),
            ),
            ("comments: { allow: false }", "-".into()),
            ("-", "what: ever".into()),
        ] {
            assert!(!weakened(Kind::Config, old, &new).is_empty(), "{old} to {new}");
            if old != "-" {
                assert_eq!(weakened(Kind::Config, old, old), Vec::<String>::new(), "{old}");
            }
        }
    }

    #[test]
    fn what_makes_the_gate_stronger_is_no_weakening() {
        let rule = "github-personal-access-token";
        for (old, new) in [
            (format!("rules: {{ disable: [{rule}] }}"), "-".to_owned()),
            ("-".into(), "rules: { load: [own] }".into()),
            ("-".into(), format!("rules: {{ severity: {{ {rule}: critical }} }}")),
            ("-".into(), "env_files: { banned: ['.env', '.env.*', '*.env', '*.pfx'] }".into()),
            (format!("allow: [{{ rule: {rule}, reason: because }}]"), "version: 1".into()),
            ("-".into(), "comments: { allow: false }".into()),
        ] {
            assert_eq!(weakened(Kind::Config, &old, &new), Vec::<String>::new(), "{old} to {new}");
        }
        assert_eq!(weakened(Kind::Baseline, "# key\na\nb\n", "# key\nb\n"), Vec::<String>::new());
        assert_eq!(weakened(Kind::Baseline, "a\n", "b\na\n").len(), 1);
        assert!(weakened(Kind::Baseline, "-", "v1:00\ta-b\tundecided\t-\t-\t-\n").is_empty());
    }

    #[test]
    fn files_beside_the_policy_are_judged_by_what_they_hide() {
        for broad in ["**", "*", "**/*", "**/*.*", ".env*", "**/.env"] {
            assert_eq!(weakened(Kind::Scanning, "-", &format!("paths-ignore:\n  - '{broad}'\n")).len(), 1, "{broad}");
        }
        assert_eq!(weakened(Kind::Scanning, "-", "paths-ignore: ['**']\n").len(), 1);
        assert!(weakened(Kind::Scanning, "-", "paths-ignore:\n  - 'docs/samples/**'\n").is_empty());
        assert_eq!(told(Kind::Scanning, "", "paths-ignore:\n  - \"docs/samples/**\" # prose\n"), 1);
        for hiding in
            ["* -diff", ".stanch.yml binary", ".github/** linguist-generated", "*.yml diff=nothing", "[attr]x -diff"]
        {
            assert_eq!(weakened(Kind::Attributes, "-", hiding).len(), 1, "{hiding}");
        }
        for (line, count) in [("*.conf -diff", 1), ("*.png binary", 1), ("*.sh text eol=lf", 0), ("* text=auto", 0)] {
            assert_eq!(weakened(Kind::Attributes, "-", line), Vec::<String>::new(), "{line}");
            assert_eq!(told(Kind::Attributes, "", line), count, "{line}");
        }
        assert_eq!(told(Kind::Ignore, ".env\ntarget\n", "target\n"), 1);
        assert_eq!(told(Kind::Ignore, ".env*\n", ".env*\n!.env.production\n"), 1);
        assert_eq!(told(Kind::Ignore, ".env*\n", ".env*\n!.env.example\n"), 0);
    }
}
