//! Templates of `.env` files against the inventory: which names do they lack, and which do they have that nobody listed?
//!
//! Names only, never values. All templates of a repository count together, for each of its parts has its own.

use std::collections::BTreeSet;

use super::inventory::{Inventory, is_variable};
use super::public::PublicNames;
use crate::text::dotenv::Dotenv;

/// The names in one template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Which file.
    pub path: String,
    /// Names with their lines, from 1.
    names: Vec<(String, usize)>,
    /// Names that stand in comments, as something that may be set.
    optional: Vec<String>,
}

/// What templates and inventory do not have in common.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parity {
    /// Inventoried names that no template has.
    pub missing: Vec<String>,
    /// Path, line and name of what no inventory has.
    pub unknown: Vec<(String, usize, String)>,
}

impl Template {
    /// Reads a template's names.
    pub fn read(path: impl Into<String>, text: &[u8]) -> Self {
        let line = |at: usize| memchr::memchr_iter(b'\n', &text[..at]).count() + 1;
        let entries = Dotenv::parse(text).entries;
        let names = entries
            .iter()
            .map(|entry| (String::from_utf8_lossy(entry.name.of(text)).into_owned(), line(entry.name.start)));
        let commented = text.split(|&byte| byte == b'\n').filter_map(|line| {
            let line = std::str::from_utf8(line).ok()?.trim().strip_prefix('#')?;
            let name = line.split_once('=')?.0.trim();
            is_variable(name).then(|| name.to_owned())
        });
        Self { path: path.into(), names: names.collect(), optional: commented.collect() }
    }
}

impl Parity {
    /// Compares all templates with the inventory. Names that are declared public are known as well.
    pub fn of(templates: &[Template], inventory: &Inventory, public: &PublicNames) -> Self {
        let mut unknown: Vec<(String, usize, String)> = Vec::new();
        let mut present: BTreeSet<&str> = BTreeSet::new();
        for template in templates {
            present.extend(template.optional.iter().map(String::as_str));
            for (name, line) in &template.names {
                present.insert(name);
                if inventory.find(name).is_none() && !public.is_declared(name) {
                    unknown.push((template.path.clone(), *line, name.clone()));
                }
            }
        }
        unknown.sort();
        let variables = inventory.secrets.iter().filter(|secret| secret.is_variable());
        let is_absent = |secret: &&super::InventoriedSecret| {
            !std::iter::once(&secret.name).chain(&secret.aliases).any(|name| present.contains(name.as_str()))
        };
        Self { missing: variables.filter(is_absent).map(|secret| secret.name.clone()).collect(), unknown }
    }

    /// Says whether both have the same names.
    pub fn is_full(&self) -> bool {
        self.missing.is_empty() && self.unknown.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn names_are_compared_over_all_templates() {
        let policy = Policy::parse(
            "public: {names: [VITE_TITLE]}\nsecrets: [{name: DB_URL, aliases: [DATABASE_URL]}, {name: JWT_SECRET}, {name: LOG_LEVEL, sensitive: false}, {name: Slack webhook}, {name: SMTP_PASSWORD}]",
            "x",
        )
        .unwrap();
        let back = Template::read("api/.env.example", b"# settings\nDATABASE_URL=\n#SMTP_PASSWORD=\n\nOLD_KEY=\n");
        let front = Template::read("web/.env.example", b"VITE_TITLE=x\nLOG_LEVEL=info\n");
        let parity = Parity::of(&[back, front], &policy.inventory, &policy.public);
        assert_eq!(parity.missing, ["JWT_SECRET"]);
        assert_eq!(parity.unknown, [("api/.env.example".to_owned(), 5, "OLD_KEY".to_owned())]);
    }
}
