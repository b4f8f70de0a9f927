//! What an edit of a file that decides does to the gate: the old and the new text in, effects in words out.
//!
//! A setting that is not known here counts as weakening: a change of policy must never pass because nobody thought of it.
//! What a file says is only compared, never believed.

mod beside;
mod config;
mod kept;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use bstr::ByteSlice;

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
        Kind::Config => config::judge(old, new, rules, &mut effects),
        Kind::Rules => kept::rules(old, new, &mut effects),
        Kind::Baseline => kept::baseline(old, new, &mut effects),
        Kind::Seal => kept::seal(old, new, &mut effects),
        Kind::Scanning => beside::scanning(old, new, &mut effects),
        Kind::Attributes => beside::attributes(old, new, &mut effects),
        Kind::Ignore => beside::ignore(old, new, &mut effects),
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

/// The lines that say something, each once.
fn lines(text: Option<&[u8]>) -> BTreeSet<String> {
    let text = text.unwrap_or_default().to_str_lossy().into_owned();
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect()
}
