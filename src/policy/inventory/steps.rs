//! The sections of a procedure and the steps in them: lists, numbered lists, commands with comments.
//!
//! Copied pages lose line breaks and number signs: a step may begin in the middle of a line, after ` - `.

use super::InventoriedSecret;

/// A heading and what stands below it.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) title: String,
    /// Whether it, or what it is part of, is about rotation.
    pub(super) is_procedure: bool,
    body: Vec<String>,
    is_plain: bool,
}

/// The sections of a text. A copied page has numbers in place of number signs.
pub(super) fn sections(lines: &[&str]) -> Vec<Section> {
    let is_plain = !lines.iter().any(|line| line.starts_with('#'));
    let mut sections: Vec<Section> = Vec::new();
    let mut zone: Option<usize> = None;
    let mut is_code = false;
    for line in lines {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        match heading(line, is_plain).filter(|_| !is_code) {
            Some((level, title)) => {
                if zone.is_some_and(|own| level <= own) {
                    zone = None;
                }
                let lower = title.to_lowercase();
                if zone.is_none() && ["rotation", "playbook", "runbook"].iter().any(|word| lower.contains(word)) {
                    zone = Some(level);
                }
                sections.push(Section { title, is_procedure: zone.is_some(), body: Vec::new(), is_plain });
            }
            None => {
                if let Some(section) = sections.last_mut() {
                    section.body.push((*line).to_owned());
                }
            }
        }
    }
    sections
}

/// The level and the text of a heading.
fn heading(line: &str, is_plain: bool) -> Option<(usize, String)> {
    if !is_plain {
        let level = line.bytes().take_while(|&byte| byte == b'#').count();
        let title = line[level..].trim().replace('`', "");
        return (level > 0 && line[level..].starts_with(' ')).then_some((level, title));
    }
    let (number, title) = line.trim().split_once(' ')?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && number.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
        && number.contains('.');
    let is_title = title.chars().next().is_some_and(char::is_uppercase) && title.len() < 100;
    let level = number.split('.').filter(|part| !part.is_empty()).count();
    (is_number && is_title).then(|| (level, title.replace('`', "")))
}

impl Section {
    /// Says whether the section is about the secret: its name is in the title, or its first two words are.
    pub(super) fn concerns(&self, secret: &InventoriedSecret) -> bool {
        if secret.is_variable() {
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            return self.title.split(|c| !is_part(c)).any(|word| word == secret.name);
        }
        let start = |text: &str| -> Vec<String> {
            let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            words.take(2).map(|word| word.to_lowercase().trim_end_matches('s').to_owned()).collect()
        };
        start(&self.title) == start(&secret.name)
    }

    /// The steps in order.
    pub(super) fn steps(&self, variables: &[String]) -> Vec<String> {
        let mut steps: Vec<String> = Vec::new();
        let mut is_code = false;
        for line in &self.body {
            let text = line.trim();
            if text.starts_with("```") {
                is_code = !is_code;
            } else if text.is_empty() || text.contains("---") {
            } else if is_code {
                match text.strip_prefix('#') {
                    Some(comment) => match numbered(comment.trim().trim_start_matches("Step ")) {
                        Some(step) => steps.push(step.to_owned()),
                        None => go_on(&mut steps, comment.trim(), variables),
                    },
                    None => go_on(&mut steps, &format!("`{text}`"), variables),
                }
            } else if let Some(step) = item(text) {
                steps.push(step.to_owned());
            } else {
                go_on(&mut steps, text, variables);
            }
        }
        if self.is_plain {
            steps = steps.iter().flat_map(|step| apart(step)).collect();
        }
        steps.iter().map(|step| step.trim().to_owned()).filter(|step| !step.is_empty()).collect()
    }
}

/// Adds a line to the last step. A copied page has lost the space behind a name that stood in another type.
fn go_on(steps: &mut [String], line: &str, variables: &[String]) {
    let Some(last) = steps.last_mut() else { return };
    let name = variables.iter().filter(|name| line.starts_with(name.as_str())).max_by_key(|name| name.len());
    let (head, tail) = name.map_or(("", line), |name| line.split_at(name.len()));
    let space = if last.ends_with('(') { "" } else { " " };
    let glue = if !head.is_empty() && tail.starts_with(|c: char| c.is_ascii_lowercase()) { " " } else { "" };
    last.push_str(&format!("{space}{head}{glue}{tail}"));
}

fn item(text: &str) -> Option<&str> {
    ["- ", "* ", "• ", "□ "].iter().find_map(|mark| text.strip_prefix(mark)).or_else(|| numbered(text))
}

/// `1. text`, `1: text`.
fn numbered(text: &str) -> Option<&str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &text[digits..];
    [". ", ") ", ": "].iter().find_map(|mark| rest.strip_prefix(mark)).filter(|_| digits > 0)
}

/// Steps that were run together: ` - ` before a capital.
fn apart(step: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = step;
    let mut from = 0;
    while let Some(found) = rest[from..].find(" - ") {
        let at = from + found;
        if rest[at + 3..].starts_with(|c: char| c.is_ascii_uppercase()) {
            parts.push(rest[..at].to_owned());
            rest = &rest[at + 3..];
            from = 0;
        } else {
            from = at + 3;
        }
    }
    parts.push(rest.to_owned());
    parts
}
