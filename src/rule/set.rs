//! The rules in force, and the lookup of one.
//!
//! Loading must stay cheap: patterns are compiled on their first use, and the texts for people are unpacked only when
//! somebody asks for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::built_in;
use super::compile::{PackedRule, PackedText};
use super::info::RuleInfo;
use super::signature::Signature;
use crate::model::{Confidence, RuleIndex, Severity};

/// All rules of a run.
#[derive(Debug, Default)]
pub struct RuleSet {
    slots: Vec<Slot>,
    /// Ids of the rules that are not built in.
    added: BTreeMap<String, RuleIndex>,
    /// How many of the first slots are built in.
    built_in: usize,
    /// Built-in rules that a run has overruled, and all that are not built in.
    touched: BTreeSet<RuleIndex>,
    is_replaced: bool,
}

/// A rule, read when it is first asked for.
#[derive(Debug, Default)]
struct Slot {
    signature: OnceLock<Box<Signature>>,
    text: OnceLock<Box<PackedText>>,
}

/// A rule cannot join the set. The author of the rule file is to blame.
#[derive(Debug, thiserror::Error)]
pub enum RuleSetError {
    /// Two rules have the same id.
    #[error("rule `{0}` is defined twice")]
    Duplicate(String),
    /// A word is none of the allowed ones.
    #[error("rule `{id}`: {message}")]
    Invalid {
        /// Which rule.
        id: String,
        /// What is wrong.
        message: String,
    },
}

impl RuleSet {
    /// The rules that are built in.
    pub fn embedded() -> Self {
        let built_in = built_in::len();
        let slots = std::iter::repeat_with(Slot::default).take(built_in).collect();
        Self { slots, built_in, ..Self::default() }
    }

    /// A set with none but the given rules.
    pub fn of(rules: Vec<(PackedRule, PackedText)>) -> Result<Self, RuleSetError> {
        let mut set = Self::default();
        set.extend(rules)?;
        Ok(set)
    }

    /// Adds a team's own rules.
    pub fn extend(&mut self, rules: Vec<(PackedRule, PackedText)>) -> Result<(), RuleSetError> {
        for (rule, text) in rules {
            let (id, index) = (rule.id.clone(), self.slots.len() as RuleIndex);
            if self.find(&id).is_some() {
                return Err(RuleSetError::Duplicate(id));
            }
            self.slots.push(Slot::of(rule, text)?);
            self.added.insert(id, index);
            self.touched.insert(index);
        }
        Ok(())
    }

    /// Replaces the rule at `index` by another text of it.
    pub fn replace(&mut self, index: RuleIndex, rule: PackedRule, text: PackedText) -> Result<(), RuleSetError> {
        self.slots[index as usize] = Slot::of(rule, text)?;
        self.touched.insert(index);
        self.is_replaced |= (index as usize) < self.built_in;
        Ok(())
    }

    /// Number of rules.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Says whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// How many of the first rules are the built-in ones, with the literals that the binary holds for them.
    pub fn ready(&self) -> usize {
        if self.is_replaced { 0 } else { self.built_in }
    }

    /// The rule at `index`.
    #[inline]
    pub fn signature(&self, index: RuleIndex) -> &Signature {
        let at = index as usize;
        self.slots[at].signature.get_or_init(|| {
            let rule = built_in::rule(at);
            Box::new(Signature::new(rule).expect("invariant: a test reads every built-in rule"))
        })
    }

    /// Whether the rule at `index` is in force; does not read it.
    pub fn is_enabled(&self, index: RuleIndex) -> bool {
        !self.touched.contains(&index) || self.signature(index).enabled
    }

    /// How many rules are in force.
    pub fn in_force(&self) -> usize {
        self.len() - self.touched.iter().filter(|&&index| !self.is_enabled(index)).count()
    }

    /// All rules in order, with their index.
    pub fn iter(&self) -> impl Iterator<Item = (RuleIndex, &Signature)> {
        (0..self.slots.len() as RuleIndex).map(|index| (index, self.signature(index)))
    }

    /// The index of the rule with this id.
    pub fn find(&self, id: &str) -> Option<RuleIndex> {
        let built_in = if self.built_in == 0 { None } else { built_in::find(id) };
        built_in.or_else(|| self.added.get(id).copied())
    }

    fn overrule(&mut self, id: &str, change: impl FnOnce(&mut Signature)) -> bool {
        let Some(index) = self.find(id) else { return false };
        self.signature(index);
        if let Some(signature) = self.slots[index as usize].signature.get_mut() {
            change(signature);
        }
        self.touched.insert(index);
        true
    }

    /// Switches a rule off; says whether it exists.
    pub fn disable(&mut self, id: &str) -> bool {
        self.overrule(id, |signature| signature.enabled = false)
    }

    /// Overrides a rule's severity; says whether it exists.
    pub fn set_severity(&mut self, id: &str, severity: Severity) -> bool {
        self.overrule(id, |signature| signature.severity = severity)
    }

    /// Overrides a rule's confidence; says whether it exists.
    pub fn set_confidence(&mut self, id: &str, confidence: Confidence) -> bool {
        self.overrule(id, |signature| signature.confidence = confidence)
    }

    /// What people are told about the rule at `index`, with its examples.
    pub fn text(&self, index: RuleIndex) -> &PackedText {
        let at = index as usize;
        self.slots[at].text.get_or_init(|| Box::new(built_in::text(at)))
    }

    /// What reports say about the rule at `index`.
    pub fn info(&self, index: RuleIndex) -> RuleInfo {
        let (signature, text) = (self.signature(index), self.text(index));
        RuleInfo {
            id: signature.id.to_string(),
            name: text.name.clone(),
            provider: text.provider.clone(),
            severity: signature.severity,
            confidence: signature.confidence,
            description: text.description.clone(),
            grants: text.grants.clone(),
            revoke: text.revoke.clone(),
            references: text.references.clone(),
            github: text.github.clone(),
            public: signature.public,
        }
    }

    /// A hash of everything that decides: 16 hexadecimal digits.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        hasher.update(env!("CARGO_PKG_VERSION"));
        hasher.update(if self.built_in == 0 { &[] } else { built_in::HASH });
        for &index in &self.touched {
            let signature = self.signature(index);
            hasher.update(signature.id.as_bytes());
            hasher.update([0, u8::from(signature.enabled), signature.severity as u8, signature.confidence as u8]);
            let parts = (&signature.matcher, signature.checks_spec(), signature.parts_spec(), &signature.paths);
            hasher.update(serde_json::to_vec(&parts).unwrap_or_default());
        }
        data_encoding::HEXLOWER.encode(&hasher.finalize()[..8])
    }
}

impl Slot {
    fn of(rule: PackedRule, text: PackedText) -> Result<Self, RuleSetError> {
        let id = rule.id.clone();
        let signature = Signature::new(rule).map_err(|message| RuleSetError::Invalid { id, message })?;
        Ok(Self { signature: OnceLock::from(Box::new(signature)), text: OnceLock::from(Box::new(text)) })
    }
}
