//! Do the templates of `.env` files name what the inventory lists, and nothing else? Asked on request.

use bstr::ByteSlice;

use super::{Check, Context, SECRETS, Status};
use crate::policy::EnvFile;
use crate::policy::parity::{Parity, Template};

/// The line about it.
pub(super) fn check(context: &Context<'_>) -> Check {
    const TITLE: &str = "Templates and inventory have the same names";
    let line = |status, why: String| Check::new("template-parity", SECRETS, TITLE, status, why);
    let is_template = |path: &[u8]| context.policy.env.judge(path) == EnvFile::Template;
    let files = context.files.all.iter().filter(|file| is_template(&file.path));
    let templates: Vec<Template> = files
        .filter_map(|file| Some(Template::read(file.path.to_str_lossy().into_owned(), &context.files.read(file)?)))
        .collect();
    let inventory = &context.policy.inventory;
    if inventory.secrets.is_empty() || templates.is_empty() {
        let what = if templates.is_empty() { "no template is tracked" } else { "the configuration has no inventory" };
        return line(Status::Unknown, format!("{what}, so there is nothing to compare"))
            .todo("stanch inventory import PROCEDURE.md --write; and track a .env.example");
    }
    let parity = Parity::of(&templates, inventory, &context.policy.public);
    if parity.is_full() {
        return line(Status::Pass, format!("{} names in {} templates", inventory.secrets.len(), templates.len()));
    }
    let say = |path: &str, at: Option<usize>, note: String| context.spot(path.as_bytes(), at, note);
    let unknown = parity.unknown.iter().map(|(path, at, name)| {
        say(path, Some(*at), format!("{} is not in the inventory", context.speak(name.as_bytes())))
    });
    let missing = parity
        .missing
        .iter()
        .map(|name| say(&templates[0].path, None, format!("lacks {}", context.speak(name.as_bytes()))));
    let counts = format!("{} names are missing, {} are unknown", parity.missing.len(), parity.unknown.len());
    line(Status::Fail, counts)
        .at(unknown.chain(missing).collect())
        .todo("Add the name where it is missing, or delete it where it is no longer used")
}
