//! From `.stanch.yml` as written to a policy that is believed: everything is checked, and all problems are told at once.

use globset::{GlobBuilder, GlobMatcher};

use super::complaint::Complaint;
use super::env_file::EnvPolicy;
use super::inventory::Inventory;
use super::public::PublicNames;
use super::spec::PolicySpec;
use super::stranger::{beginning, place, strangers};
use super::tree::Node;
use crate::model::{Confidence, Fingerprint, Severity};

/// A validated policy.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Where it came from, for the receipt.
    pub source: String,
    /// As written; what needs no validation is read from here.
    pub spec: PolicySpec,
    /// The `.env` policy.
    pub env: EnvPolicy,
    /// The least confidence that is reported.
    pub min_confidence: Confidence,
    /// The least severity that is denied.
    pub min_severity: Severity,
    /// Exceptions.
    pub allow: Vec<Allow>,
    /// Severity by rule id.
    pub severity: Vec<(String, Severity)>,
    /// Confidence by rule id.
    pub confidence: Vec<(String, Confidence)>,
    /// The secrets that there are.
    pub inventory: Inventory,
    /// What bundlers give to everybody.
    pub public: PublicNames,
}

/// A validated exception.
#[derive(Debug, Clone)]
pub struct Allow {
    /// Rule id.
    pub rule: Option<String>,
    /// Glob of paths, as written and compiled.
    pub path: Option<(String, GlobMatcher)>,
    /// Identity of a finding.
    pub fingerprint: Option<Fingerprint>,
    /// Why.
    pub reason: String,
    /// Last day on which it counts.
    pub expires: Option<jiff::civil::Date>,
}

/// A configuration cannot be used. Its author is to blame.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The YAML has another shape; the text holds line and caret.
    #[error("{0}")]
    Shape(String),
    /// Well-formed, but wrong: every problem.
    #[error("{}", .0.join("\n"))]
    Values(Vec<String>),
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            source: "built in".to_owned(),
            spec: PolicySpec::default(),
            env: EnvPolicy::default(),
            min_confidence: Confidence::Medium,
            min_severity: Severity::Low,
            allow: Vec::new(),
            severity: Vec::new(),
            confidence: Vec::new(),
            inventory: Inventory::default(),
            public: PublicNames::default(),
        }
    }
}

impl Policy {
    /// Reads a configuration's text; `source` names it in messages.
    pub fn parse(yaml: &str, source: &str) -> Result<Self, PolicyError> {
        let is_blank = yaml.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        let mut problems = Vec::new();
        let spec: PolicySpec = match serde_saphyr::from_str(yaml) {
            _ if is_blank => PolicySpec::default(),
            Ok(spec) => spec,
            Err(error) => {
                let shape = || PolicyError::Shape(format!("{source}: {error}").replace("<input>", source));
                let (unknown, rest) = strangers(yaml).filter(|(unknown, _)| !unknown.is_empty()).ok_or_else(shape)?;
                problems.extend(unknown.iter().map(|complaint| complaint.render(yaml, source)));
                // What else is wrong is told as well, as far as the rest has the right shape.
                if let Ok(rest) = serde_saphyr::from_str(&rest) {
                    Self::check(rest, yaml, false, source, &mut problems);
                }
                return Err(PolicyError::Values(problems));
            }
        };
        let policy = Self::check(spec, yaml, true, source, &mut problems);
        if problems.is_empty() { Ok(policy) } else { Err(PolicyError::Values(problems)) }
    }

    /// Checks everything and believes what is right. `is_whole` says that the places in `spec` are those of the text, and
    /// not only the lines.
    fn check(spec: PolicySpec, yaml: &str, is_whole: bool, source: &str, problems: &mut Vec<String>) -> Self {
        let mut complaints = Vec::new();
        let inventory = Inventory::validate(&spec, &mut complaints);
        problems.extend(complaints.into_iter().map(|complaint| match is_whole {
            true => complaint.render(yaml, source),
            false => {
                let place = complaint.place.and_then(|(line, _)| beginning(yaml, line));
                Complaint { place, ..complaint }.render(yaml, source)
            }
        }));
        let public = PublicNames::new(&spec.public.prefixes, &spec.public.names, &inventory);
        let mut wrong: Vec<(Vec<String>, String)> = Vec::new();
        let policy = Self { inventory, public, ..Self::validate(spec, source, &mut wrong) };
        if !wrong.is_empty() {
            let root = Node::read(yaml).and_then(|documents| documents.into_iter().next());
            problems.extend(wrong.into_iter().map(|(path, message)| {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                let found = root.as_ref().and_then(|root| place(yaml, root, &path));
                let (place, shown) = found.map_or((None, 0), |(place, shown)| (Some(place), shown));
                Complaint { place, message, hidden: true, shown }.render(yaml, source)
            }));
        }
        policy
    }

    /// A digest of the names that decide what a content holds: public ones and those of the inventory.
    pub fn names_mark(&self) -> String {
        use sha2::{Digest, Sha256};
        data_encoding::HEXLOWER.encode(&Sha256::digest(self.public.mark())[..8])
    }

    /// Tells what is wrong with the keys and numbers that lead to it.
    fn validate(spec: PolicySpec, source: &str, wrong: &mut Vec<(Vec<String>, String)>) -> Self {
        let mut policy = Self { source: source.to_owned(), ..Self::default() };
        let mut say = |path: &[&str], message: String| {
            wrong.push((path.iter().map(|&step| step.to_owned()).collect(), message));
        };
        if let Some(version) = spec.version.filter(|&version| version != 1) {
            say(&["version"], format!("`version: {version}` is unknown; this stanch reads version 1"));
        }
        match EnvPolicy::new(&spec.env_files.banned, &spec.env_files.allowed) {
            Ok(env) => policy.env = env,
            Err(error) => say(&["env_files"], format!("env_files: {error}")),
        }
        match spec.min_confidence.as_deref().map(str::parse).transpose() {
            Ok(word) => policy.min_confidence = word.unwrap_or(Confidence::Medium),
            Err(error) => say(&["min_confidence"], format!("min_confidence: {error}")),
        }
        match spec.min_severity.as_deref().map(str::parse).transpose() {
            Ok(word) => policy.min_severity = word.unwrap_or(Severity::Low),
            Err(error) => say(&["min_severity"], format!("min_severity: {error}")),
        }
        for (rule, word) in &spec.rules.severity {
            match word.parse() {
                Ok(severity) => policy.severity.push((rule.clone(), severity)),
                Err(error) => say(&["rules", "severity", rule], format!("rules.severity.{rule}: {error}")),
            }
        }
        for (rule, word) in &spec.rules.confidence {
            match word.parse() {
                Ok(confidence) => policy.confidence.push((rule.clone(), confidence)),
                Err(error) => say(&["rules", "confidence", rule], format!("rules.confidence.{rule}: {error}")),
            }
        }
        spec.audit.problems().into_iter().for_each(|problem| say(&["audit"], format!("audit: {problem}")));
        for (number, allow) in spec.allow.iter().enumerate() {
            let (entry, shown) = (number.to_string(), number + 1);
            let mut say = |message: String| say(&["allow", &entry], format!("allow, entry {shown}: {message}"));
            if allow.reason.trim().is_empty() {
                say("needs a reason".to_owned());
            }
            if allow.rule.is_none() && allow.path.is_none() && allow.fingerprint.is_none() {
                say("needs a rule, a path or a fingerprint".to_owned());
            }
            let path = allow.path.as_ref().map(|glob| GlobBuilder::new(glob).literal_separator(true).build());
            let path = match path.transpose() {
                Ok(glob) => glob.map(|glob| (glob.glob().to_owned(), glob.compile_matcher())),
                Err(error) => {
                    say(error.to_string());
                    None
                }
            };
            let fingerprint = allow.fingerprint.as_deref().and_then(Fingerprint::parse);
            if fingerprint.is_none() && allow.fingerprint.is_some() {
                say("`fingerprint` is not of the form v1: and 32 hexadecimal digits".to_owned());
            }
            let expires = allow.expires.as_deref().map(str::parse::<jiff::civil::Date>).transpose();
            let expires = expires.unwrap_or_else(|_| {
                say("`expires` is no date of the form YYYY-MM-DD".to_owned());
                None
            });
            let (rule, reason) = (allow.rule.clone(), allow.reason.clone());
            policy.allow.push(Allow { rule, path, fingerprint, reason, expires });
        }
        policy.spec = spec;
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_told_at_once() {
        let yaml =
            "min_confidence: sure\nallow:\n  - rule: a-b\n    reason: ''\n  - reason: because\n    expires: soon\n";
        let Err(PolicyError::Values(problems)) = Policy::parse(yaml, ".stanch.yml") else { panic!("must be refused") };
        assert_eq!(problems.len(), 4, "{problems:?}");
    }

    #[test]
    fn unknown_keys_are_errors_with_their_line() {
        let error = Policy::parse("rules:\n  disabel: [a-b]\n", ".stanch.yml").unwrap_err().to_string();
        assert!(error.contains("disabel") && error.contains('2'), "{error}");
        assert!(Policy::parse("# nothing\n", "x").is_ok());
    }
}
