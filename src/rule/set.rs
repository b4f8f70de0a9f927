//! The rules in force, and the lookup of one.
//!
//! Loading must stay cheap: patterns are compiled on their first use, and the texts for people are unpacked only when
//! somebody asks for them.

use std::collections::HashMap;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::compile::{PackedRule, PackedText};
use super::info::RuleInfo;
use super::signature::Signature;
use crate::model::{Confidence, RuleIndex, Severity};

const RULES: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.json"));
const TEXTS: &str = include_str!(concat!(env!("OUT_DIR"), "/texts.json"));

/// All rules of a run.
#[derive(Debug)]
pub struct RuleSet {
    signatures: Vec<Signature>,
    index: HashMap<String, RuleIndex>,
    added: Vec<PackedText>,
    embedded: usize,
    texts: OnceLock<Vec<PackedText>>,
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
        let rules: Vec<PackedRule> =
            serde_json::from_str(RULES).expect("invariant: the build script wrote valid rules");
        let mut set = Self {
            signatures: Vec::with_capacity(rules.len()),
            index: HashMap::with_capacity(rules.len()),
            added: Vec::new(),
            embedded: rules.len(),
            texts: OnceLock::new(),
        };
        for rule in rules {
            set.insert(rule).expect("invariant: the build script checked the rules");
        }
        set
    }

    /// A set with none but the given rules.
    pub fn of(rules: Vec<(PackedRule, PackedText)>) -> Result<Self, RuleSetError> {
        let mut set = Self {
            signatures: Vec::new(),
            index: HashMap::new(),
            added: Vec::new(),
            embedded: 0,
            texts: OnceLock::from(Vec::new()),
        };
        set.extend(rules)?;
        Ok(set)
    }

    /// Adds a team's own rules.
    pub fn extend(&mut self, rules: Vec<(PackedRule, PackedText)>) -> Result<(), RuleSetError> {
        for (rule, text) in rules {
            self.insert(rule)?;
            self.added.push(text);
        }
        Ok(())
    }

    fn insert(&mut self, rule: PackedRule) -> Result<(), RuleSetError> {
        let index = self.signatures.len() as RuleIndex;
        let id = rule.id.clone();
        let signature = Signature::new(rule).map_err(|message| RuleSetError::Invalid { id: id.clone(), message })?;
        self.signatures.push(signature);
        match self.index.insert(id.clone(), index) {
            Some(_) => Err(RuleSetError::Duplicate(id)),
            None => Ok(()),
        }
    }

    /// Replaces the rule at `index` by another text of it.
    pub fn replace(&mut self, index: RuleIndex, rule: PackedRule, text: PackedText) -> Result<(), RuleSetError> {
        let id = rule.id.clone();
        self.signatures[index as usize] =
            Signature::new(rule).map_err(|message| RuleSetError::Invalid { id, message })?;
        self.text(index);
        let at = index as usize;
        if at < self.embedded {
            if let Some(texts) = self.texts.get_mut() {
                texts[at] = text;
            }
        } else {
            self.added[at - self.embedded] = text;
        }
        Ok(())
    }

    /// Number of rules.
    pub fn len(&self) -> usize {
        self.signatures.len()
    }

    /// Says whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.signatures.is_empty()
    }

    /// The rule at `index`.
    pub fn signature(&self, index: RuleIndex) -> &Signature {
        &self.signatures[index as usize]
    }

    /// All rules in order, with their index.
    pub fn iter(&self) -> impl Iterator<Item = (RuleIndex, &Signature)> {
        (0..).zip(&self.signatures)
    }

    /// The index of the rule with this id.
    pub fn find(&self, id: &str) -> Option<RuleIndex> {
        self.index.get(id).copied()
    }

    /// Switches a rule off; says whether it exists.
    pub fn disable(&mut self, id: &str) -> bool {
        let found = self.find(id);
        if let Some(index) = found {
            self.signatures[index as usize].enabled = false;
        }
        found.is_some()
    }

    /// Overrides a rule's severity; says whether it exists.
    pub fn set_severity(&mut self, id: &str, severity: Severity) -> bool {
        let found = self.find(id);
        if let Some(index) = found {
            self.signatures[index as usize].severity = severity;
        }
        found.is_some()
    }

    /// Overrides a rule's confidence; says whether it exists.
    pub fn set_confidence(&mut self, id: &str, confidence: Confidence) -> bool {
        let found = self.find(id);
        if let Some(index) = found {
            self.signatures[index as usize].confidence = confidence;
        }
        found.is_some()
    }

    /// What people are told about the rule at `index`, with its examples.
    pub fn text(&self, index: RuleIndex) -> &PackedText {
        let texts = self
            .texts
            .get_or_init(|| serde_json::from_str(TEXTS).expect("invariant: the build script wrote valid texts"));
        let index = index as usize;
        if index < self.embedded { &texts[index] } else { &self.added[index - self.embedded] }
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
        hasher.update(RULES);
        for signature in &self.signatures {
            hasher.update([u8::from(signature.enabled), signature.severity as u8, signature.confidence as u8]);
        }
        for signature in &self.signatures[self.embedded..] {
            hasher.update(signature.id.as_bytes());
            hasher.update(&signature.matcher.pattern);
        }
        data_encoding::HEXLOWER.encode(&hasher.finalize()[..8])
    }
}
