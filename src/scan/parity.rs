//! Collects the names in templates while everything goes by, and tells at the end what they and the inventory do not share.

use std::sync::{Mutex, PoisonError};

use super::{Collector, FileFinding};
use crate::model::{Notice, NoticeKind, Origin, Provenance, Receipt};
use crate::policy::EnvFile;
use crate::policy::parity::{Parity, Template};
use crate::source::{Item, Sink};

/// The rule under which it is reported.
const RULE: &str = "stanch-env-parity";

/// Passes everything on to a collector and remembers the templates.
pub struct Templates<'a, 's> {
    inner: &'a Collector<'s>,
    found: Mutex<Vec<Template>>,
}

impl<'a, 's> Templates<'a, 's> {
    /// Watches what goes to `inner`.
    pub fn new(inner: &'a Collector<'s>) -> Self {
        Self { inner, found: Mutex::default() }
    }

    /// Tells what templates and inventory do not share.
    pub fn tell(self) {
        let mut templates = self.found.into_inner().unwrap_or_else(PoisonError::into_inner);
        templates.sort_by(|one, other| one.path.cmp(&other.path));
        let Some(first) = templates.first() else {
            let detail = "there is no template to compare with the inventory (.env.example or its kin)";
            self.inner.notice(Notice::new(NoticeKind::Empty, "--template-parity", detail));
            return;
        };
        let policy = &self.inner.setup().policy;
        let parity = Parity::of(&templates, &policy.inventory, &policy.public);
        let mut lines: Vec<(String, String)> = Vec::new();
        if !parity.missing.is_empty() {
            lines.push((first.path.clone(), format!("No template has: {}", parity.missing.join(", "))));
        }
        for template in &templates {
            let own = parity.unknown.iter().filter(|(path, ..)| *path == template.path);
            let names: Vec<String> = own.map(|(_, line, name)| format!("{name} (line {line})")).collect();
            if !names.is_empty() {
                lines.push((template.path.clone(), format!("The inventory does not have: {}", names.join(", "))));
            }
        }
        for (path, line) in lines {
            self.inner.file(FileFinding {
                rule: RULE,
                provenance: &Provenance::new(Origin::File, Some(path.clone().into())),
                attribution: None,
                identity: format!("{path}\0{line}").as_bytes(),
                evidence: "its names and those of the inventory are not the same",
                advice: format!("{line}\nAdd the name where it is missing, or delete it where it is no longer used."),
                denies: true,
            });
        }
    }
}

impl Sink for Templates<'_, '_> {
    fn item(&self, item: Item<'_>) {
        if let Some(path) = &item.provenance.path
            && item.piece.is_none()
            && self.inner.setup().policy.env.judge(path) == EnvFile::Template
        {
            let template = Template::read(path.to_string(), item.bytes);
            self.found.lock().unwrap_or_else(PoisonError::into_inner).push(template);
        }
        self.inner.item(item);
    }

    fn notice(&self, notice: Notice) {
        self.inner.notice(notice);
    }

    fn count(&self, part: &Receipt) {
        self.inner.count(part);
    }

    fn cancelled(&self) -> bool {
        self.inner.cancelled()
    }
}
