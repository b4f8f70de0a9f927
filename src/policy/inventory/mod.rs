//! The secrets that an organisation has: names, owners, deadlines, playbooks. Never a value.
//!
//! Read from `secrets:` in the configuration and believed only when all of it is right; every problem is told with its line.

pub mod cadence;
pub mod export;
pub mod import;
pub mod spec;
mod steps;
pub mod yaml;

use std::collections::HashMap;

pub use cadence::{Cadence, Occasion, UnknownCadence};

use super::complaint::Complaint;
use super::spec::PolicySpec;
use crate::model::Severity;

/// All inventoried secrets.
#[derive(Debug, Clone)]
pub struct Inventory {
    /// In the order in which they were written.
    pub secrets: Vec<InventoriedSecret>,
    /// Steps for secrets without a playbook of their own.
    pub default_playbook: Vec<String>,
    /// Seconds by severity, lowest first.
    deadlines: [i64; 4],
    /// By name and alias.
    index: HashMap<String, usize>,
}

/// One secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InventoriedSecret {
    /// Name of the variable, or a few words (`Slack webhook URLs`).
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// Who rotates it.
    pub owner: Option<String>,
    /// Where it is in use.
    pub environments: Vec<String>,
    /// Folders in the vault.
    pub folders: Vec<String>,
    /// How bad a leak is; where none is stated, the rule that finds it decides.
    pub severity: Option<Severity>,
    /// Whether it is a secret at all.
    pub sensitive: bool,
    /// How often it is replaced; none when nothing is stated.
    pub rotation: Option<Cadence>,
    /// What a leak means.
    pub impact: Option<String>,
    /// Platforms that the vault copies it to.
    pub syncs_to: Vec<String>,
    /// Further names under which code knows it.
    pub aliases: Vec<String>,
    /// Rules whose findings concern it.
    pub rules: Vec<String>,
    /// How to rotate it; empty when the general steps apply.
    pub playbook: Vec<String>,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Default for Inventory {
    fn default() -> Self {
        Self {
            secrets: Vec::new(),
            default_playbook: Vec::new(),
            deadlines: [7 * DAY, DAY, 4 * HOUR, HOUR],
            index: HashMap::new(),
        }
    }
}

impl Inventory {
    /// The secret of that name or alias.
    pub fn find(&self, name: &str) -> Option<&InventoriedSecret> {
        self.index.get(name).map(|&at| &self.secrets[at])
    }

    /// The one sensitive secret that findings of this rule concern; none when there are several.
    pub fn by_rule(&self, rule: &str) -> Option<&InventoriedSecret> {
        let mut secrets = self.secrets.iter().filter(|secret| secret.rules.iter().any(|own| own == rule));
        let first = secrets.next()?;
        secrets.next().is_none().then_some(first)
    }

    /// Seconds from detection within which a leaked secret of that severity must be replaced.
    pub fn deadline(&self, severity: Severity) -> i64 {
        self.deadlines[severity as usize]
    }

    /// The steps to rotate a secret: its own, or the general ones.
    pub fn playbook<'a>(&'a self, secret: &'a InventoriedSecret) -> &'a [String] {
        if secret.playbook.is_empty() { &self.default_playbook } else { &secret.playbook }
    }

    /// Believes what was written, or complains about all of it.
    pub(super) fn validate(spec: &PolicySpec, complaints: &mut Vec<Complaint>) -> Self {
        let mut inventory = Self { default_playbook: steps(&spec.default_playbook), ..Self::default() };
        let deadlines = &spec.deadlines;
        let written = [&deadlines.low, &deadlines.medium, &deadlines.high, &deadlines.critical];
        for (slot, word) in inventory.deadlines.iter_mut().zip(written) {
            let Some(word) = word else { continue };
            match duration(&word.value) {
                Some(seconds) => *slot = seconds,
                None => complaints.push(Complaint::at(
                    word.referenced,
                    format!("`{}` is no deadline; write `30 min`, `4 h` or `7 days`", word.value),
                )),
            }
        }
        for secret in &spec.secrets {
            let read = InventoriedSecret::validate(secret, complaints);
            let at = inventory.secrets.len();
            let names = std::iter::once(&secret.name).chain(&secret.aliases);
            for name in names {
                if inventory.index.insert(name.value.trim().to_owned(), at).is_some() {
                    let message = format!("`{}` is in the inventory twice", name.value.trim());
                    complaints.push(Complaint::at(name.referenced, message));
                }
            }
            inventory.secrets.push(read);
        }
        inventory
    }
}

impl InventoriedSecret {
    /// Says whether the name is one that a program can have as a variable.
    pub fn is_variable(&self) -> bool {
        is_variable(&self.name)
    }

    fn validate(spec: &spec::SecretSpec, complaints: &mut Vec<Complaint>) -> Self {
        let name = spec.name.value.trim().to_owned();
        if name.is_empty() || name.contains(['\n', '\r', '|']) {
            complaints.push(Complaint::at(spec.name.referenced, "a secret needs a name on one line, without `|`"));
        }
        if let Some(value) = &spec.value {
            let message = format!("the inventory never holds a value: remove `value` of `{name}`");
            complaints.push(Complaint::at(value.referenced, message).hidden());
        }
        let mut severity = None;
        if let Some(word) = &spec.severity {
            match word.value.trim().parse() {
                Ok(known) => severity = Some(known),
                Err(error) => complaints.push(Complaint::at(word.referenced, format!("severity {error}"))),
            }
        }
        let mut rotation = None;
        if let Some(words) = &spec.rotation {
            match words.value.parse() {
                Ok(cadence) => rotation = Some(cadence),
                Err(error) => complaints.push(Complaint::at(words.referenced, format!("{error}"))),
            }
        }
        let text = |text: &Option<String>| text.as_ref().map(|text| text.trim().to_owned()).filter(|t| !t.is_empty());
        Self {
            name,
            description: text(&spec.description),
            owner: text(&spec.owner),
            environments: spec.environments.list(),
            folders: spec.folder.list(),
            severity,
            sensitive: spec.sensitive.unwrap_or(true),
            rotation,
            impact: text(&spec.impact),
            syncs_to: spec.syncs_to.list(),
            aliases: spec.aliases.iter().map(|alias| alias.value.trim().to_owned()).collect(),
            rules: spec.rules.iter().map(|rule| rule.value.trim().to_owned()).collect(),
            playbook: steps(&spec.playbook),
        }
    }
}

/// Says whether a text can be the name of an environment variable.
pub fn is_variable(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

fn steps(steps: &[String]) -> Vec<String> {
    steps.iter().map(|step| step.trim().to_owned()).filter(|step| !step.is_empty()).collect()
}

/// `30 min`, `4 h`, `24 hours`, `7 days`.
fn duration(text: &str) -> Option<i64> {
    let text = text.trim().to_ascii_lowercase();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let count: i64 = text[..digits].parse().ok().filter(|&count| count > 0)?;
    let unit = match text[digits..].trim() {
        "m" | "min" | "minute" | "minutes" => MINUTE,
        "h" | "hour" | "hours" => HOUR,
        "d" | "day" | "days" => DAY,
        "w" | "week" | "weeks" => 7 * DAY,
        _ => return None,
    };
    count.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    const GOOD: &str = "\
deadlines: { critical: 30 min }
default_playbook: [Rotate it.]
secrets:
  - name: DATABASE_URL
    owner: Backend Lead
    environments: prod
    folder: [/backend/]
    severity: CRITICAL
    rotation: 90 days or on compromise
    rules: [connection-string-postgres]
    aliases: [DB_URL]
    playbook: ['Rotate the password.', 'Redeploy.']
  - { name: SENTRY_DSN, sensitive: false, rotation: never }
";

    #[test]
    fn an_inventory_is_read_and_found_by_name_and_alias() {
        let inventory = Policy::parse(GOOD, "x").unwrap().inventory;
        let database = inventory.find("DB_URL").unwrap();
        assert_eq!((database.name.as_str(), database.severity), ("DATABASE_URL", Some(Severity::Critical)));
        assert_eq!(database.rotation.as_ref().unwrap().days, Some(90));
        assert_eq!(inventory.playbook(database).len(), 2);
        let dsn = inventory.find("SENTRY_DSN").unwrap();
        assert!(!dsn.sensitive && dsn.rotation.as_ref().unwrap().is_never());
        assert_eq!(inventory.playbook(dsn), ["Rotate it."]);
        let deadlines = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];
        assert_eq!(deadlines.map(|severity| inventory.deadline(severity)), [1800, 14400, 86400, 604_800]);
        assert_eq!(inventory.by_rule("connection-string-postgres"), Some(database));
    }

    #[test]
    fn every_problem_is_told_with_line_and_caret_and_without_values() {
        let yaml = "secrets:\n  - name: A\n    severity: bad\n    rotation: sometimes\n    value: hunter2horse\n  - name: A\ndeadlines: { low: soon }\n";
        let error = Policy::parse(yaml, "conf.yml").unwrap_err().to_string();
        for part in [
            "conf.yml:3:15",
            "conf.yml:4:15",
            "conf.yml:5:12",
            "conf.yml:6:11",
            "conf.yml:7:19",
            "    |               ^",
        ] {
            assert!(error.contains(part) || part.starts_with(' '), "{part}: {error}");
        }
        assert!(error.contains("sometimes") && !error.contains("hunter2horse"), "{error}");
        let unknown = Policy::parse("secrets:\n  - name: A\n    ownr: B\n", "x").unwrap_err().to_string();
        assert!(unknown.contains("ownr") && unknown.contains("3:5"), "{unknown}");
    }
}
