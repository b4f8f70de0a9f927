//! The configuration's JSON schema, for editors that complete and check YAML.
//!
//! Written by hand, for people read its descriptions; a test holds its keys against those that the parser takes.

use serde_json::{Value, json};

/// The schema of `.stanch.yml`, as a JSON Schema of draft 2020-12.
pub fn schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let flag = |description: &str| json!({"type": "boolean", "description": description});
    let list = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    let one_or_many = |description: &str| json!({"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "description": description});
    let severity = json!({"enum": ["critical", "high", "medium", "low", "CRITICAL", "HIGH", "MEDIUM", "LOW"], "description": "How bad a leak is"});
    let confidence =
        json!({"enum": ["low", "medium", "high", "certain"], "description": "low, medium, high or certain"});
    let object = |properties: Value| json!({"type": "object", "additionalProperties": false, "properties": properties});
    let mut allow = object(json!({
        "rule": text("Rule id"),
        "path": text("Glob of paths"),
        "fingerprint": text("Fingerprint of a finding, as reports print it"),
        "reason": text("Why"),
        "expires": text("Last day on which it counts, YYYY-MM-DD"),
    }));
    allow["required"] = json!(["reason"]);
    let mut secret = object(json!({
        "name": text("Name of the variable, or a few words. Never the value"),
        "description": text("What it is"),
        "owner": text("Who rotates it"),
        "environments": one_or_many("Where it is in use"),
        "folder": one_or_many("Folders in the vault"),
        "severity": severity,
        "sensitive": flag("false declares a public value"),
        "rotation": text("90 days, on compromise, on team change, never, or several with or"),
        "impact": text("What a leak means"),
        "syncs_to": one_or_many("Platforms that the vault copies it to"),
        "aliases": list("Further names under which code knows it"),
        "rules": list("Rules whose findings concern it"),
        "playbook": list("How to rotate it, step by step"),
    }));
    secret["required"] = json!(["name"]);
    let mut schema = object(json!({
        "version": {"const": 1, "description": "Format version"},
        "rules": object(json!({
            "load": list("Files or folders with own rules, relative to the configuration"),
            "disable": list("Rule ids that do not count"),
            "severity": {"type": "object", "additionalProperties": severity, "description": "Severity by rule id"},
            "confidence": {"type": "object", "additionalProperties": confidence, "description": "Confidence by rule id"},
        })),
        "env_files": object(json!({
            "banned": list("Globs of banned files; empty means .env, .env.*, *.env"),
            "allowed": list("Globs of files that are templates besides the usual ones"),
        })),
        "min_confidence": confidence,
        "min_severity": severity,
        "allow": {"type": "array", "items": allow, "description": "Exceptions, each with a reason"},
        "comments": object(json!({"allow": flag("Whether `stanch:allow RULE reason` comments count")})),
        "secrets": {"type": "array", "items": secret, "description": "The inventory: the secrets that there are, without their values"},
        "deadlines": object(json!({
            "critical": text("1 h unless set"),
            "high": text("4 h unless set"),
            "medium": text("24 h unless set"),
            "low": text("7 days unless set"),
        })),
        "default_playbook": list("Steps to rotate a secret that has no playbook of its own"),
        "audit": object(json!({
            "actions_secrets": list("Names of GitHub Actions secrets that workflows may use; GITHUB_TOKEN always may"),
            "rotation_log": text("Where the rotation log is; vault when the vault's version history is the log"),
            "incident_log": text("Where the incident log is"),
            "encrypted_files": list("Globs of encrypted files that belong in the repository"),
            "rotate_within_days": {
                "type": "object",
                "additionalProperties": {"type": "integer", "minimum": 0},
                "description": "After how many days a secret of a severity must have been rotated",
            },
        })),
        "baseline": text("The baseline's file; .stanch.baseline at the root unless told otherwise"),
        "seal": text("The file of sealed values (stanch known seal); .stanch.seal at the root unless told otherwise"),
        "github_paths_ignore": flag("Whether paths-ignore of .github/secret_scanning.yml counts here as well"),
        "bypass": object(json!({
            "allow": flag("Whether a push may be let through with a reason; it is written to the incident log"),
            "env_files": flag("Whether that extends to banned files"),
        })),
        "public": object(json!({
            "prefixes": list("Further prefixes whose variables a bundler gives to everybody"),
            "names": list("Names with a public prefix that are meant to be public"),
        })),
    }));
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!("stanch");
    schema
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::Policy;
    use crate::policy::spec::PolicySpec;

    /// The keys that the parser knows at a place: it lists them when it meets another one.
    fn known(yaml: &str) -> BTreeSet<String> {
        let error = serde_saphyr::from_str::<PolicySpec>(yaml).err().unwrap().to_string();
        let line = error.lines().next().unwrap();
        let (_, keys) = line.split_once("expected ").unwrap_or_else(|| panic!("{error}"));
        let keys = keys.trim_start_matches("one of ").split(", ").map(|key| key.trim_matches('`').to_owned());
        keys.collect()
    }

    fn keys(object: &Value) -> BTreeSet<String> {
        object["properties"].as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_schema_knows_every_key_that_the_parser_knows() {
        let schema = schema();
        assert_eq!(keys(&schema), known("no_such_key: 1"));
        let mut nested = 0;
        for (key, part) in schema["properties"].as_object().unwrap() {
            let (object, yaml) = if part["properties"].is_object() {
                (part, format!("{key}:\n  no_such_key: 1\n"))
            } else if part["items"]["properties"].is_object() {
                (&part["items"], format!("{key}:\n  - no_such_key: 1\n"))
            } else {
                continue;
            };
            nested += 1;
            let mut expected = known(&yaml);
            // A trap of the parser, to refuse it in better words.
            if key == "secrets" {
                assert!(expected.remove("value"));
            }
            assert_eq!(keys(object), expected, "{key}");
        }
        assert!(nested >= 6);
    }

    #[test]
    fn the_schema_agrees_with_the_parser_about_whole_files() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let good = json!({"version": 1, "secrets": [{"name": "A", "severity": "HIGH", "folder": "/x/"}], "min_confidence": "high"});
        assert!(validator.is_valid(&good));
        assert!(Policy::parse(&good.to_string(), "x").is_ok());
        for bad in [
            json!({"secrets": [{"owner": "A"}]}),
            json!({"version": 2}),
            json!({"allow": [{"rule": "a-b"}]}),
            json!({"min_confidence": "sure"}),
        ] {
            assert!(!validator.is_valid(&bad), "{bad}");
            assert!(Policy::parse(&bad.to_string(), "x").is_err(), "{bad}");
        }
    }
}
