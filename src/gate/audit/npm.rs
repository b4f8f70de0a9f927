//! Would npm publish `.env` files? Probed with names, as npm would judge them; where a list of files decides, which git's ignore rules
//! do not reach into, what lies on disk is looked at as well.

use std::path::Path;

use bstr::ByteSlice;
use ignore::gitignore::Gitignore;
use serde_json::Value;

use super::files::{Content, File, folder, leaf};
use super::ignores::{Ignores, Judged, MOST_FOLDERS, PROBES, matcher};
use super::{Check, Context, GUARDS, Spot, Status, on_disk};
use crate::policy::EnvFile;

/// So many entries of folders are looked at for one package.
const MOST_ENTRIES: usize = 50_000;
/// So many open names are shown.
const SHOWN: usize = 8;

/// What a package would publish.
enum Published {
    /// Names of the family.
    Open(Vec<String>),
    /// The file that decides cannot be read.
    Unread(&'static str),
}

/// The line about it.
pub(super) fn check(context: &Context<'_>) -> Check {
    const TITLE: &str = "npm packages are published without .env";
    let line = |status, why: String| Check::new("npm-files", GUARDS, TITLE, status, why);
    let packages: Vec<_> = context.files.all.iter().filter(|file| leaf(&file.path) == b"package.json").collect();
    let (mut spots, mut unread): (Vec<Spot>, Vec<Spot>) = Default::default();
    let mut published = 0;
    for file in &packages {
        let json = context.files.read(file).and_then(|bytes| {
            let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
            serde_json::from_slice::<Value>(text).ok()
        });
        let Some(json) = json else {
            unread.push(context.spot(&file.path, None, "cannot be read"));
            continue;
        };
        if json["private"] == true || json["name"].as_str().is_none() {
            continue;
        }
        published += 1;
        match package(context, file, &json) {
            Published::Unread(what) => {
                unread.push(context.spot(&file.path, None, format!("{what} beside it cannot be read")));
            }
            Published::Open(open) if open.is_empty() => {}
            Published::Open(open) => {
                let shown: Vec<String> = open.iter().take(SHOWN).map(|name| context.speak(name.as_bytes())).collect();
                let more = open.len().saturating_sub(SHOWN);
                let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                spots.push(context.spot(&file.path, None, format!("would publish {}{more}", shown.join(", "))));
            }
        }
    }
    if !spots.is_empty() {
        return line(Status::Fail, "files of the .env family would be in the package".to_owned())
            .at(spots)
            .todo("List what belongs into the package under \"files\" in package.json, or set \"private\": true");
    }
    if !unread.is_empty() {
        return line(Status::Unknown, "not every file that decides could be read".to_owned()).at(unread);
    }
    let noun = if packages.len() == 1 { "1 package".to_owned() } else { format!("{} packages", packages.len()) };
    line(Status::Pass, format!("{noun} looked at, of which {published} can be published"))
}

fn package(context: &Context<'_>, file: &File, json: &Value) -> Published {
    let within = folder(&file.path);
    let names = |prefix: &str| PROBES.map(|name| format!("{prefix}{name}"));
    if let Some(files) = json["files"].as_array() {
        let list = matcher(&files.iter().filter_map(Value::as_str).map(rooted).collect::<String>());
        let mut open: Vec<String> =
            names("").into_iter().filter(|name| list.matched(Path::new(name), false).is_ignore()).collect();
        if let Some(root) = on_disk(context.files.root(), within) {
            let mut disk = Disk { context, within, list: &list, left: MOST_ENTRIES, open: Vec::new() };
            disk.walk(&root, "", &mut Vec::new());
            open.extend(disk.open);
        }
        open.sort();
        open.dedup();
        return Published::Open(open);
    }
    // Folders of the package itself, and one that nobody has.
    let folders = context.files.folders();
    let below = folders.iter().take(MOST_FOLDERS).filter_map(|folder| {
        let rest = if within.is_empty() { &folder[..] } else { folder.strip_prefix(within)?.strip_prefix(b"/")? };
        (!rest.is_empty()).then(|| format!("{}/", rest.to_str_lossy()))
    });
    let probes: Vec<String> =
        [String::new(), "folder/".to_owned()].into_iter().chain(below).flat_map(|prefix| names(&prefix)).collect();
    let beside = |name: &str| {
        if within.is_empty() { name.to_owned() } else { format!("{}/{name}", within.to_str_lossy()) }
    };
    match context.files.content(beside(".npmignore").as_bytes()) {
        Content::Unread => Published::Unread("the .npmignore"),
        Content::Text(text) => {
            let list = matcher(&text);
            let is_open = |name: &String| !list.matched_path_or_any_parents(Path::new(name), false).is_ignore();
            Published::Open(probes.into_iter().filter(is_open).collect())
        }
        Content::Absent => {
            let ignores = Ignores::read(context);
            let is_open = |name: &String| !matches!(ignores.judge(&beside(name)), Judged::Ignored);
            let open: Vec<String> = probes.into_iter().filter(is_open).collect();
            if !open.is_empty() && !ignores.unread.is_empty() {
                Published::Unread("a .gitignore")
            } else {
                Published::Open(open)
            }
        }
    }
}

/// An entry of `files` as an ignore rule: it begins at the package's root, and a dot is all of it.
fn rooted(entry: &str) -> String {
    let (mark, path) = entry.strip_prefix('!').map_or(("", entry), |rest| ("!", rest));
    let path = path.trim_start_matches("./").trim_matches('/');
    if matches!(path, "" | ".") { format!("{mark}/**\n") } else { format!("{mark}/{path}\n") }
}

/// Looks for files of the family on disk that a list of files would take along.
struct Disk<'a, 'c> {
    context: &'a Context<'c>,
    within: &'a [u8],
    list: &'a Gitignore,
    left: usize,
    open: Vec<String>,
}

impl Disk<'_, '_> {
    /// `ignores` are those of the folders on the way: below the root they count, in it the list does.
    fn walk(&mut self, folder: &Path, relative: &str, ignores: &mut Vec<(usize, Gitignore)>) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        let depth = ignores.len();
        if !relative.is_empty() {
            let own = [".npmignore", ".gitignore"].iter().find_map(|name| std::fs::read(folder.join(name)).ok());
            ignores.extend(own.map(|text| (relative.len() + 1, matcher(&text.to_str_lossy()))));
        }
        for entry in entries.flatten() {
            let Some(left) = self.left.checked_sub(1) else { break };
            self.left = left;
            let (Ok(kind), name) = (entry.file_type(), entry.file_name()) else { continue };
            let Some(name) = name.to_str().filter(|name| !matches!(*name, ".git" | "node_modules")) else { continue };
            let path = if relative.is_empty() { name.to_owned() } else { format!("{relative}/{name}") };
            if kind.is_dir() {
                self.walk(&entry.path(), &path, ignores);
            } else if kind.is_file() && self.is_taken(&path, ignores) {
                self.open.push(path);
            }
        }
        ignores.truncate(depth);
    }

    fn is_taken(&self, path: &str, ignores: &[(usize, Gitignore)]) -> bool {
        let whole = if self.within.is_empty() { path.into() } else { [self.within, b"/", path.as_bytes()].concat() };
        self.context.policy.env.judge(&whole) == EnvFile::Banned
            && self.list.matched_path_or_any_parents(Path::new(path), false).is_ignore()
            && !ignores.iter().any(|(from, list)| list.matched(Path::new(&path[*from..]), false).is_ignore())
    }
}

#[cfg(test)]
mod tests {
    use super::rooted;

    #[test]
    fn entries_begin_at_the_root_of_the_package() {
        for (entry, rule) in
            [("dist", "/dist\n"), ("./.env", "/.env\n"), (".", "/**\n"), ("/", "/**\n"), ("!x/", "!/x\n")]
        {
            assert_eq!(rooted(entry), rule);
        }
    }
}
