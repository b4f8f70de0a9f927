//! Reads an inventory from a written procedure: its tables, its list of severities, its sections of steps.
//!
//! Takes the text as it stands: Markdown, or what is left of a page that was copied (rows without their first bar, headings
//! without number signs, steps run together). What it cannot read becomes a remark; nothing is guessed in silence.

use super::steps::{self, Section};
use super::{Cadence, InventoriedSecret, duration};
use crate::model::Severity;

/// What a procedure says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// The secrets, in the order of the tables; one entry for a secret that several tables name.
    pub secrets: Vec<InventoriedSecret>,
    /// The general way to rotate.
    pub default_playbook: Vec<String>,
    /// Deadlines in seconds, where the text states them.
    pub deadlines: Vec<(Severity, i64)>,
    /// What could not be read or is contradictory.
    pub remarks: Vec<String>,
}

/// Reads one procedure.
pub fn read(text: &str) -> Imported {
    let lines: Vec<&str> = text.lines().collect();
    let mut imported = Imported::default();
    let mut active = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let is_table = lines[at].contains('|') && lines.get(at + 1).is_some_and(|line| is_separator(line));
        if !is_table {
            at += 1;
            continue;
        }
        let header: Vec<String> = cells(lines[at]).iter().map(|cell| cell.to_lowercase()).collect();
        let rows = lines[at + 2..].iter().take_while(|line| line.contains('|') && !line.trim().is_empty());
        let rows: Vec<Vec<String>> = rows.map(|line| cells(line)).collect();
        let end = at + 2 + rows.len();
        match header.first().map(String::as_str) {
            Some("secret" | "secrets" | "secret key" | "secret name" | "variable" | "secret / variable") => {
                let (folder, target) = lines[..at].iter().rev().find_map(|line| place_of(line)).unwrap_or_default();
                let near = lines[..at].iter().rev().find(|line| !line.trim().is_empty());
                let is_near = near.is_some_and(|line| place_of(line).is_some());
                for row in &rows {
                    let mut secret = imported.row(&header, row);
                    if is_near {
                        secret.folders.push(folder.clone());
                        secret.syncs_to.extend(target.clone());
                    }
                    imported.add(secret);
                }
            }
            Some("environment") => {
                let is_active = |row: &&Vec<String>| row.iter().any(|cell| cell.eq_ignore_ascii_case("active"));
                active.extend(rows.iter().filter(is_active).map(|row| row[0].clone()));
            }
            _ => {}
        }
        at = end;
    }
    for secret in imported.secrets.iter_mut().filter(|secret| !secret.folders.is_empty()) {
        if secret.environments.is_empty() {
            secret.environments.clone_from(&active);
        }
    }
    imported.classify(&lines);
    imported.take_playbooks(&steps::sections(&lines));
    imported
}

impl Imported {
    /// Adds what another procedure says; the first word about a secret counts.
    pub fn merge(&mut self, other: Self) {
        for secret in other.secrets {
            self.add(secret);
        }
        if self.default_playbook.is_empty() {
            self.default_playbook = other.default_playbook;
        }
        for (severity, seconds) in other.deadlines {
            if !self.deadlines.iter().any(|(known, _)| *known == severity) {
                self.deadlines.push((severity, seconds));
            }
        }
        self.remarks.extend(other.remarks);
    }

    fn row(&mut self, header: &[String], row: &[String]) -> InventoriedSecret {
        let mut secret = InventoriedSecret { sensitive: true, ..InventoriedSecret::default() };
        let mut notes = Vec::new();
        for (column, cell) in header.iter().zip(row) {
            let is_empty = matches!(cell.as_str(), "" | "-" | "–" | "—");
            let has = |word: &str| column.contains(word);
            if has("secret") || has("variable") {
                secret.name.clone_from(cell);
            } else if has("rotation") || has("cadence") {
                let (words, rest) = cell.split_once(". ").unwrap_or((cell, ""));
                match words.parse::<Cadence>() {
                    Ok(cadence) => secret.rotation = Some(cadence),
                    Err(error) => self.remarks.push(format!("{}: {error}", row[0])),
                }
                notes.push(rest.to_owned());
            } else if is_empty {
            } else if has("sensitive") {
                secret.sensitive = !cell.to_lowercase().starts_with("no");
                let note = cell.split_once('(').map(|(_, note)| note.trim_end_matches(')').to_owned());
                notes.extend(note);
            } else if has("impact") || has("severity") {
                let end = cell.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(cell.len());
                match cell[..end].parse() {
                    Ok(severity) => secret.severity = Some(severity),
                    Err(error) => self.remarks.push(format!("{}: severity {error}", row[0])),
                }
                let impact = cell[end..].trim_start_matches([' ', '-', '–', '—', ':']);
                secret.impact = (!impact.is_empty()).then(|| impact.to_owned());
            } else if has("owner") {
                secret.owner = Some(cell.clone());
            } else if has("environment") {
                secret.environments = words(cell);
            } else if has("description") || has("purpose") {
                secret.description = Some(cell.clone());
            } else if has("folder") || has("path") {
                secret.folders = words(cell);
            } else if has("sync") {
                secret.syncs_to = words(cell);
            } else {
                notes.push(format!("{}: {cell}", capital(column)));
            }
        }
        let told = secret.description.take().into_iter().chain(notes);
        let told: Vec<String> = told.filter(|note| !note.is_empty()).map(|note| capital(&note)).collect();
        secret.description = (!told.is_empty()).then(|| told.join(". "));
        secret
    }

    fn add(&mut self, secret: InventoriedSecret) {
        if secret.name.is_empty() {
            return;
        }
        let Some(known) = self.secrets.iter_mut().find(|known| known.name == secret.name) else {
            self.secrets.push(secret);
            return;
        };
        let union = |one: &mut Vec<String>, other: Vec<String>| {
            for word in other {
                if !one.contains(&word) {
                    one.push(word);
                }
            }
        };
        union(&mut known.folders, secret.folders);
        union(&mut known.syncs_to, secret.syncs_to);
        union(&mut known.environments, secret.environments);
        match (&mut known.description, secret.description) {
            (Some(own), Some(other)) if *own != other => own.push_str(&format!(". {other}")),
            (own @ None, other) => *own = other,
            _ => {}
        }
        let stated =
            |what: &str, one: String, other: String| format!("{}: {what} is {one} here and {other} there", secret.name);
        match (known.rotation.as_ref(), secret.rotation) {
            (Some(one), Some(other)) if *one != other => {
                self.remarks.push(stated("rotation", one.to_string(), other.to_string()));
            }
            (None, other) => known.rotation = other,
            _ => {}
        }
        match (known.severity, secret.severity) {
            (Some(one), Some(other)) if one != other => {
                self.remarks.push(stated("severity", one.to_string(), other.to_string()));
                known.severity = Some(one.max(other));
            }
            (own, other) => known.severity = own.or(other),
        }
        known.owner = known.owner.take().or(secret.owner);
        known.impact = known.impact.take().or(secret.impact);
        // Only a column says that a secret is none.
        known.sensitive &= secret.sensitive;
        if known.playbook.is_empty() {
            known.playbook = secret.playbook;
        }
    }

    /// `HIGH — Significant impact. Rotate within 4 hours.` and the names below it.
    fn classify(&mut self, lines: &[&str]) {
        let mut at = 0;
        while at < lines.len() {
            let line = lines[at].trim();
            at += 1;
            let Some((word, rest)) = line.split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let is_class = word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase());
            let Some(severity) = word.parse::<Severity>().ok().filter(|_| is_class) else { continue };
            let Some(told) = ["—", "–", "-", ":"].iter().find_map(|dash| rest.strip_prefix(dash)) else { continue };
            let lower = told.to_lowercase();
            if let Some(seconds) = lower.split_once("within ").and_then(|(_, rest)| {
                let words: Vec<&str> = rest.split([' ', '.', ',']).take(2).collect();
                duration(&words.join(" "))
            }) {
                self.deadlines.push((severity, seconds));
            }
            while at < lines.len() && lines[at].starts_with([' ', '\t']) && !lines[at].trim().is_empty() {
                for name in lines[at].split(',') {
                    self.classify_one(name.trim(), severity);
                }
                at += 1;
            }
        }
    }

    /// A name, or the first word of several: `R2 keys`, `INFISICAL credentials`.
    fn classify_one(&mut self, name: &str, severity: Severity) {
        let family = name.split_once(' ').map(|(first, _)| format!("{first}_"));
        let mut is_known = false;
        for secret in &mut self.secrets {
            if secret.name != name && !family.as_ref().is_some_and(|family| secret.name.starts_with(family.as_str())) {
                continue;
            }
            is_known = true;
            match secret.severity {
                None => secret.severity = Some(severity),
                Some(own) if own != severity => self.remarks.push(format!(
                    "{}: severity is {own} in the table and {severity} in the classification; the table counts",
                    secret.name
                )),
                Some(_) => {}
            }
        }
        if !is_known && !name.is_empty() {
            self.remarks.push(format!("`{name}` is classified as {severity}, but is in no table"));
        }
    }

    fn take_playbooks(&mut self, sections: &[Section]) {
        let variables: Vec<String> =
            self.secrets.iter().filter(|secret| secret.is_variable()).map(|secret| secret.name.clone()).collect();
        let mut general: [Vec<String>; 3] = Default::default();
        for section in sections.iter().filter(|section| section.is_procedure) {
            let found = section.steps(&variables);
            let title = section.title.to_lowercase();
            if title.contains("emergency") {
                general[0] = found;
            } else if title.contains("general") {
                general[1] = found;
            } else if title.contains("standard") || title.contains("scheduled") {
                general[2] = found;
            } else if !found.is_empty() {
                for secret in self.secrets.iter_mut().filter(|secret| section.concerns(secret)) {
                    secret.playbook.clone_from(&found);
                }
            }
        }
        self.default_playbook = general.into_iter().find(|steps| !steps.is_empty()).unwrap_or_default();
    }
}

fn is_separator(line: &str) -> bool {
    line.contains("---") && line.contains('|') && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' ' | '\t'))
}

/// The cells of a row; the bars at its ends may be missing.
fn cells(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let line = line.strip_suffix('|').unwrap_or(line);
    line.split('|').map(|cell| cell.trim().replace(['`', '*'], "").trim().to_owned()).collect()
}

/// `Backend (/backend/ → Render)`: a folder and what it syncs to.
fn place_of(line: &str) -> Option<(String, Option<String>)> {
    let line = line.replace('`', "");
    let inside = line.split_once("(/")?.1.split_once(')')?.0;
    let (folder, target) = match inside.split_once('→').or_else(|| inside.split_once("->")) {
        Some((folder, target)) => (folder, Some(target.trim().to_owned())),
        None => (inside, None),
    };
    Some((format!("/{}", folder.trim()), target.filter(|target| !target.is_empty())))
}

fn words(cell: &str) -> Vec<String> {
    cell.split([',', ';']).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

fn capital(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
