//! What the owner of a repository decided about its audit: where the logs are, and what is meant to be as it is.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The `audit:` section.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSpec {
    /// Names of GitHub Actions secrets that workflows may use. `GITHUB_TOKEN` always may.
    pub actions_secrets: Vec<String>,
    /// Where the rotation log is; `vault` when the vault's version history is the log.
    pub rotation_log: Option<String>,
    /// Where the incident log is.
    pub incident_log: Option<String>,
    /// Globs of encrypted files that belong in the repository although break-glass material does not.
    pub encrypted_files: Vec<String>,
    /// After how many days a secret of a severity must have been rotated, whatever its own cadence says.
    pub rotate_within_days: BTreeMap<String, u32>,
}

impl Default for AuditSpec {
    fn default() -> Self {
        Self {
            actions_secrets: ["INFISICAL_CLIENT_ID", "INFISICAL_CLIENT_SECRET"].map(str::to_owned).into(),
            rotation_log: None,
            incident_log: None,
            encrypted_files: Vec::new(),
            rotate_within_days: BTreeMap::from([("critical".to_owned(), 180), ("high".to_owned(), 90)]),
        }
    }
}

impl AuditSpec {
    /// Says what is wrong with the section.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for glob in &self.encrypted_files {
            if let Err(error) = globset::Glob::new(glob) {
                problems.push(format!("encrypted_files: {error}"));
            }
        }
        for word in self.rotate_within_days.keys() {
            if let Err(error) = word.parse::<crate::model::Severity>() {
                problems.push(format!("rotate_within_days: {error}"));
            }
        }
        for path in [&self.rotation_log, &self.incident_log].into_iter().flatten() {
            let is_inside = std::path::Path::new(path)
                .components()
                .all(|part| matches!(part, std::path::Component::Normal(_) | std::path::Component::CurDir));
            if path.is_empty() || !is_inside {
                problems.push(format!("`{path}` is no path inside the repository"));
            }
        }
        problems
    }
}
