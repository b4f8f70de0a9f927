//! Writes an inventory as the configuration reads it.

use std::fmt::Write;

use super::import::Imported;
use super::{InventoriedSecret, Inventory};

/// The keys `deadlines`, `default_playbook` and `secrets` as YAML.
pub fn write(imported: &Imported) -> String {
    let mut yaml = String::new();
    let usual = Inventory::default();
    let deadlines: Vec<_> =
        imported.deadlines.iter().filter(|(severity, seconds)| usual.deadline(*severity) != *seconds).collect();
    if !deadlines.is_empty() {
        yaml.push_str("deadlines:\n");
        for (severity, seconds) in deadlines {
            line(&mut yaml, 2, severity.as_str(), &period(*seconds));
        }
    }
    list(&mut yaml, 0, "default_playbook", &imported.default_playbook);
    yaml.push_str("secrets:\n");
    for secret in &imported.secrets {
        entry(&mut yaml, secret);
    }
    yaml
}

fn entry(yaml: &mut String, secret: &InventoriedSecret) {
    yaml.push_str("  - name: ");
    yaml.push_str(&scalar(&secret.name));
    yaml.push('\n');
    let mut text = |key: &str, value: Option<&str>| {
        if let Some(value) = value {
            line(yaml, 4, key, &scalar(value));
        }
    };
    text("description", secret.description.as_deref());
    text("owner", secret.owner.as_deref());
    text("severity", secret.severity.map(|severity| severity.as_str().to_uppercase()).as_deref());
    text("rotation", secret.rotation.as_ref().map(ToString::to_string).as_deref());
    text("impact", secret.impact.as_deref());
    if !secret.sensitive {
        line(yaml, 4, "sensitive", "false");
    }
    for (key, words) in
        [("environments", &secret.environments), ("folder", &secret.folders), ("syncs_to", &secret.syncs_to)]
    {
        if !words.is_empty() {
            let words: Vec<String> = words.iter().map(|word| scalar(word)).collect();
            line(yaml, 4, key, &format!("[{}]", words.join(", ")));
        }
    }
    list(yaml, 4, "playbook", &secret.playbook);
}

fn line(yaml: &mut String, indent: usize, key: &str, value: &str) {
    writeln!(yaml, "{:indent$}{key}: {value}", "").unwrap_or_default();
}

fn list(yaml: &mut String, indent: usize, key: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    writeln!(yaml, "{:indent$}{key}:", "").unwrap_or_default();
    for item in items {
        writeln!(yaml, "{:indent$}  - {}", "", scalar(item)).unwrap_or_default();
    }
}

/// A scalar: plain where nobody could misread it, else in double quotes, as JSON writes them.
pub fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '/' | ' ' | '.' | '-');
    let first = text.chars().next();
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "null" | "none" | "y" | "n"
    );
    let is_number = first.is_some_and(|c| c.is_ascii_digit()) && !text.contains(' ');
    let can = text.chars().all(is_plain)
        && first.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '/'))
        && !text.ends_with(' ');
    if can && !is_word && !is_number { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

fn period(seconds: i64) -> String {
    match seconds {
        s if s % 86400 == 0 => format!("{} days", s / 86400),
        s if s % 3600 == 0 => format!("{} h", s / 3600),
        s => format!("{} min", s / 60),
    }
}
