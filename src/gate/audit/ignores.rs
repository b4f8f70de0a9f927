//! Do `.gitignore`, `.dockerignore` and npm's list of files keep `.env` out? Probed with names, as git, Docker and npm would judge them.
//!
//! Only what is committed counts: an ignore rule in `.git/info/exclude` or in a developer's home protects nobody else.

use std::collections::BTreeMap;
use std::path::Path;

use bstr::{BString, ByteSlice};
use globset::GlobBuilder;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::files::{folder, leaf};
use super::{Check, Context, GUARDS, Spot, Status};
use crate::policy::EnvFile;

/// What must be ignored.
const PROBES: [&str; 7] =
    [".env", ".env.local", ".env.development", ".env.production", ".env.x", "x.env", "production.env"];
/// What `.gitignore` must say; the last two imply the others.
const REQUIRED: [&str; 6] = [".env", ".env.local", ".env.development", ".env.production", ".env.*", "*.env"];
/// A folder that nobody has.
const ELSEWHERE: &str = "some/folder";
/// Folders that are probed.
const MOST_FOLDERS: usize = 10_000;

const LINES: &str = "printf '%s\\n' '.env' '.env.*' '*.env' '!.env.example' >> .gitignore";

/// All ignore files of one kind, by folder.
struct Ignores {
    files: BTreeMap<BString, (BString, String, Gitignore)>,
}

/// What an ignore rule says about a probe.
enum Judged {
    Ignored,
    /// No rule speaks about it.
    Open,
    /// A negation takes it in again: the file and the pattern.
    Negated(BString, String),
}

impl Ignores {
    fn read(context: &Context<'_>, name: &str) -> Self {
        let mut files = BTreeMap::new();
        for file in context.files.all.iter().filter(|file| leaf(&file.path) == name.as_bytes() && !file.is_link) {
            let Some(bytes) = context.files.read(file) else { continue };
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let matcher = matcher(&text);
            files.insert(folder(&file.path).into(), (file.path.clone(), text, matcher));
        }
        Self { files }
    }

    /// Judges a path as git does: an ignored folder ends it; else the nearest file that speaks decides.
    fn judge(&self, path: &str) -> Judged {
        let ends = path.match_indices('/').map(|(at, _)| at);
        for end in ends {
            if matches!(self.one(&path[..end], true), Judged::Ignored) {
                return Judged::Ignored;
            }
        }
        self.one(path, false)
    }

    fn one(&self, path: &str, is_dir: bool) -> Judged {
        let mut at = folder(path.as_bytes());
        loop {
            if let Some((file, _, matcher)) = self.files.get(at.as_bstr()) {
                let relative = path.as_bytes()[at.len()..].trim_start_with(|c| c == '/');
                let relative = relative.to_path_lossy();
                let found = matcher.matched(&*relative, is_dir);
                if found.is_ignore() {
                    return Judged::Ignored;
                }
                if let ignore::Match::Whitelist(glob) = found {
                    return Judged::Negated(file.clone(), glob.original().to_owned());
                }
            }
            if at.is_empty() {
                return Judged::Open;
            }
            at = folder(at);
        }
    }
}

fn matcher(text: &str) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for line in text.lines() {
        drop(builder.add_line(None, line));
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

fn line_of(text: &str, pattern: &str) -> Option<usize> {
    text.lines().position(|line| line.trim_end() == pattern.trim_end()).map(|at| at + 1)
}

fn probes(folders: &[BString]) -> Vec<String> {
    let mut probes = Vec::new();
    for folder in folders.iter().map(|folder| folder.to_str_lossy()).chain([ELSEWHERE.into()]).take(MOST_FOLDERS) {
        for name in PROBES {
            probes.push(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") });
        }
    }
    probes
}

/// The two lines about `.gitignore`: what it says, and what git makes of it.
pub(super) fn git(context: &Context<'_>) -> Vec<Check> {
    const SAYS: &str = ".gitignore carries the required patterns";
    const DOES: &str = "git ignores every file of the .env family, in every folder";
    let ignores = Ignores::read(context, ".gitignore");
    let says = |status, why: String| Check::new("gitignore-patterns", GUARDS, SAYS, status, why);
    let does = |status, why: String| Check::new("gitignore-probes", GUARDS, DOES, status, why);
    let first = match ignores.files.get(b"".as_bstr()) {
        None => says(Status::Fail, "there is no tracked .gitignore at the root".to_owned()).todo(LINES),
        Some((_, text, _)) => {
            let lines: Vec<&str> = text.lines().map(|line| line.trim().trim_start_matches("**/")).collect();
            let covers = |pattern: &str| {
                lines.contains(&pattern)
                    || pattern.starts_with(".env.") && lines.iter().any(|line| [".env.*", ".env*"].contains(line))
                    || pattern == ".env" && lines.iter().any(|line| ["*.env", ".env*"].contains(line))
            };
            let missing: Vec<&str> = REQUIRED.into_iter().filter(|pattern| !covers(pattern)).collect();
            if missing.is_empty() {
                says(Status::Pass, "they are there, or wider ones".to_owned())
            } else {
                says(Status::Fail, format!("it lacks {}", missing.join(", "))).todo(LINES)
            }
        }
    };
    let mut spots = Vec::new();
    let mut open: Vec<String> = Vec::new();
    for probe in probes(&context.files.folders()) {
        match ignores.judge(&probe) {
            Judged::Ignored => {}
            Judged::Open => open.push(probe),
            Judged::Negated(file, pattern) => {
                let line = ignores.files.values().find(|(path, ..)| *path == file);
                let line = line.and_then(|(_, text, _)| line_of(text, &pattern));
                spots.push(context.spot(
                    &file,
                    line,
                    format!("`{}` takes {probe} in again", context.speak(pattern.as_bytes())),
                ));
            }
        }
    }
    // A negation that names a banned file which is no probe.
    for (file, text, _) in ignores.files.values() {
        for (at, line) in text.lines().enumerate() {
            let Some(pattern) = line.trim().strip_prefix('!') else { continue };
            let is_plain = !pattern.contains(['*', '?', '[']);
            if is_plain && context.policy.env.judge(pattern.trim_end_matches('/').as_bytes()) == EnvFile::Banned {
                let note = format!("`{}` takes a banned file in again", context.speak(line.trim().as_bytes()));
                spots.push(context.spot(file, Some(at + 1), note));
            }
        }
    }
    let second = if spots.is_empty() && open.is_empty() {
        does(Status::Pass, format!("{} are ignored in every folder", PROBES[..6].join(", ")))
    } else if open.is_empty() {
        does(Status::Fail, "a negation takes banned files in again".to_owned())
            .at(spots)
            .todo("Delete the negation; templates are `!.env.example` and its kin")
    } else {
        let shown: Vec<String> = open.iter().take(6).map(|probe| context.speak(probe.as_bytes())).collect();
        let more = if open.len() > 6 { format!(" and {} more", open.len() - 6) } else { String::new() };
        does(Status::Fail, format!("not ignored: {}{more}", shown.join(", "))).at(spots).todo(LINES)
    };
    vec![first, second]
}

/// `.dockerignore`: wherever an image is built.
pub(super) fn docker(context: &Context<'_>) -> Check {
    const TITLE: &str = ".dockerignore keeps .env out of image builds";
    let line = |status, why: String| Check::new("dockerignore", GUARDS, TITLE, status, why);
    let is_dockerfile = |path: &[u8]| {
        let name = leaf(path).to_ascii_lowercase();
        let is_own = name == b"dockerfile" || name == b"containerfile";
        is_own
            || name.starts_with(b"dockerfile.") && !name.ends_with(b".dockerignore")
            || name.ends_with(b".dockerfile")
    };
    let dockerfiles: Vec<_> = context.files.all.iter().filter(|file| is_dockerfile(&file.path)).collect();
    if dockerfiles.is_empty() {
        return line(Status::Pass, "no Dockerfile is tracked".to_owned());
    }
    let mut spots = Vec::new();
    for file in &dockerfiles {
        let own = [&file.path[..], b".dockerignore"].concat();
        let beside = join(folder(&file.path), b".dockerignore");
        let found =
            [own, beside, b".dockerignore".to_vec()].into_iter().find(|path| context.files.find(path).is_some());
        let Some(path) = found else {
            spots.push(context.spot(&file.path, None, "no .dockerignore beside it, nor at the root"));
            continue;
        };
        let text = context.files.text(&path).unwrap_or_default();
        let open: Vec<String> = [String::new(), "folder/".to_owned()]
            .iter()
            .flat_map(|prefix| PROBES.map(|name| format!("{prefix}{name}")))
            .filter(|probe| !docker_ignores(&text, probe))
            .collect();
        if !open.is_empty() {
            spots.push(context.spot(&path, None, format!("lets through {}", open.join(", "))));
        }
    }
    if spots.is_empty() {
        return line(
            Status::Pass,
            format!("{} held against {} probes", plural(dockerfiles.len(), "Dockerfile"), PROBES.len() * 2),
        );
    }
    line(Status::Fail, "the build context may hold .env files".to_owned()).at(spots).todo(
        "printf '%s\\n' '**/.env' '**/.env.*' '**/*.env' >> .dockerignore   (patterns without **/ reach the root only)",
    )
}

fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

/// Docker's rules: patterns begin at the root, the last one that matches decides, a folder takes what is in it along.
fn docker_ignores(text: &str, path: &str) -> bool {
    let mut ignored = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (pattern, is_negated) = line.strip_prefix('!').map_or((line, false), |rest| (rest.trim(), true));
        let pattern = pattern.trim_start_matches("./").trim_matches('/');
        let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() else { continue };
        let glob = glob.compile_matcher();
        let mut at = path;
        let is_match = loop {
            if glob.is_match(at) {
                break true;
            }
            match at.rsplit_once('/') {
                Some((parent, _)) => at = parent,
                None => break false,
            }
        };
        if is_match {
            ignored = !is_negated;
        }
    }
    ignored
}

/// What npm would publish.
pub(super) fn npm(context: &Context<'_>) -> Check {
    const TITLE: &str = "npm packages are published without .env";
    let line = |status, why: String| Check::new("npm-files", GUARDS, TITLE, status, why);
    let packages: Vec<_> = context.files.all.iter().filter(|file| leaf(&file.path) == b"package.json").collect();
    let mut spots: Vec<Spot> = Vec::new();
    let (mut published, mut unread) = (0, false);
    for file in &packages {
        let json = context.files.read(file).and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        let Some(json) = json else {
            spots.push(context.spot(&file.path, None, "cannot be read"));
            unread = true;
            continue;
        };
        if json["private"] == true || json["name"].as_str().is_none() {
            continue;
        }
        published += 1;
        let within = folder(&file.path);
        let names = PROBES.iter();
        let open: Vec<&str> = if let Some(files) = json["files"].as_array() {
            let list: String = files.iter().filter_map(|one| one.as_str()).map(|one| format!("{one}\n")).collect();
            let list = matcher(&list);
            names.filter(|name| list.matched(Path::new(name), false).is_ignore()).copied().collect()
        } else {
            let npmignore = join(within, b".npmignore");
            match context.files.text(&npmignore) {
                Some(text) => {
                    let list = matcher(&text);
                    names.filter(|name| !list.matched(Path::new(name), false).is_ignore()).copied().collect()
                }
                None => {
                    let ignores = Ignores::read(context, ".gitignore");
                    let path = |name: &str| join(within, name.as_bytes()).to_str_lossy().into_owned();
                    names.filter(|name| !matches!(ignores.judge(&path(name)), Judged::Ignored)).copied().collect()
                }
            }
        };
        if !open.is_empty() {
            spots.push(context.spot(&file.path, None, format!("would publish {}", open.join(", "))));
        }
    }
    if unread && spots.len() == spots.iter().filter(|spot| spot.note == "cannot be read").count() {
        return line(Status::Unknown, "a package.json cannot be read".to_owned()).at(spots);
    }
    if spots.is_empty() {
        return line(
            Status::Pass,
            format!("{} looked at, of which {published} can be published", plural(packages.len(), "package")),
        );
    }
    line(Status::Fail, "files of the .env family would be in the package".to_owned())
        .at(spots)
        .todo("List what belongs into the package under \"files\" in package.json, or set \"private\": true")
}

#[cfg(test)]
mod tests {
    use super::docker_ignores;

    #[test]
    fn docker_begins_at_the_root_and_the_last_match_decides() {
        assert!(docker_ignores(".env\n", ".env"));
        assert!(!docker_ignores(".env\n", "folder/.env"));
        assert!(docker_ignores("**/.env\n", ".env") && docker_ignores("**/.env\n", "a/b/.env"));
        assert!(docker_ignores("folder\n", "folder/.env"));
        assert!(!docker_ignores("**/*.env\n!**/x.env\n", "x.env"));
        assert!(!docker_ignores("# .env\n", ".env"));
    }
}
