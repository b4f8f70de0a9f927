//! Does `.dockerignore` keep `.env` out of image builds? Probed with names, as Docker would judge them.

use std::collections::BTreeSet;

use bstr::{BString, ByteSlice};
use globset::{GlobBuilder, GlobMatcher};

use super::files::{Content, folder, leaf};
use super::ignores::{MOST_FOLDERS, PROBES};
use super::{Check, Context, GUARDS, Status};

/// So many open probes are shown.
const SHOWN: usize = 8;

/// The line about it: wherever an image is built.
pub(super) fn check(context: &Context<'_>) -> Check {
    const TITLE: &str = ".dockerignore keeps .env out of image builds";
    let line = |status, why: String| Check::new("dockerignore", GUARDS, TITLE, status, why);
    let dockerfiles: Vec<_> = context.files.all.iter().filter(|file| is_dockerfile(&file.path)).collect();
    if dockerfiles.is_empty() {
        return line(Status::Pass, "no Dockerfile is tracked".to_owned());
    }
    let (mut spots, mut unread) = (Vec::new(), Vec::new());
    let mut lists = BTreeSet::new();
    for file in &dockerfiles {
        let is_there = |path: &Vec<u8>| context.files.find(path).is_some();
        // A list of its own counts alone. Else the context decides, which only the command line names: both have to do.
        let own = [&file.path[..], b".dockerignore"].concat();
        let beside = join(folder(&file.path), b".dockerignore");
        let found: Vec<Vec<u8>> = if is_there(&own) {
            vec![own]
        } else {
            [beside, b".dockerignore".to_vec()].into_iter().filter(is_there).collect()
        };
        if found.is_empty() {
            spots.push(context.spot(&file.path, None, "no .dockerignore beside it, nor at the root"));
        }
        lists.extend(found);
    }
    let mut count = 0;
    for path in lists {
        let text = match context.files.content(&path) {
            Content::Text(text) => text,
            Content::Absent | Content::Unread => {
                unread.push(context.spot(&path, None, "cannot be read"));
                continue;
            }
        };
        let probes = probes(&context.files.folders(), folder(&path));
        count += probes.len();
        let rules = Rules::read(&text);
        let open: Vec<String> = probes.into_iter().filter(|probe| !rules.ignore(probe)).collect();
        if !open.is_empty() {
            let shown: Vec<String> = open.iter().take(SHOWN).map(|probe| context.speak(probe.as_bytes())).collect();
            let more = open.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            spots.push(context.spot(&path, None, format!("lets through {}{more}", shown.join(", "))));
        }
    }
    if !spots.is_empty() {
        return line(Status::Fail, "the build context may hold .env files".to_owned()).at(spots).todo(
            "printf '%s\\n' '**/.env' '**/.env.*' '**/*.env' >> .dockerignore   (patterns without **/ reach the root only)",
        );
    }
    if !unread.is_empty() {
        return line(Status::Unknown, "not every .dockerignore could be read".to_owned()).at(unread);
    }
    let noun =
        if dockerfiles.len() == 1 { "1 Dockerfile".to_owned() } else { format!("{} Dockerfiles", dockerfiles.len()) };
    line(Status::Pass, format!("{noun} held against {count} probes"))
}

fn is_dockerfile(path: &[u8]) -> bool {
    let name = leaf(path).to_ascii_lowercase();
    let is_own = name == b"dockerfile" || name == b"containerfile";
    is_own || name.starts_with(b"dockerfile.") && !name.ends_with(b".dockerignore") || name.ends_with(b".dockerfile")
}

fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}

/// Names in the context's root, in a folder that nobody has, and in each tracked folder below.
fn probes(folders: &[BString], root: &[u8]) -> Vec<String> {
    let below = folders.iter().take(MOST_FOLDERS).filter_map(|folder| {
        let rest = if root.is_empty() { &folder[..] } else { folder.strip_prefix(root)?.strip_prefix(b"/")? };
        (!rest.is_empty()).then(|| format!("{}/", rest.to_str_lossy()))
    });
    let prefixes = [String::new(), "folder/".to_owned()].into_iter().chain(below);
    prefixes.flat_map(|prefix| PROBES.map(|name| format!("{prefix}{name}"))).collect()
}

/// Docker's rules: patterns begin at the root, the last one that matches decides, a folder takes what is in it along.
struct Rules(Vec<(GlobMatcher, bool)>);

impl Rules {
    fn read(text: &str) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        let rules = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).filter_map(|line| {
            let (pattern, is_negated) = line.strip_prefix('!').map_or((line, false), |rest| (rest.trim(), true));
            let pattern = pattern.trim_start_matches("./").trim_matches('/');
            // Braces mean themselves there.
            let pattern = pattern.replace('{', "[{]").replace('}', "[}]");
            let glob = GlobBuilder::new(&pattern).literal_separator(true).build().ok()?;
            Some((glob.compile_matcher(), is_negated))
        });
        Self(rules.collect())
    }

    fn ignore(&self, path: &str) -> bool {
        let is_match = |glob: &GlobMatcher| {
            let mut at = path;
            loop {
                if glob.is_match(at) {
                    return true;
                }
                match at.rsplit_once('/') {
                    Some((parent, _)) => at = parent,
                    None => return false,
                }
            }
        };
        self.0.iter().rev().find(|(glob, _)| is_match(glob)).is_some_and(|(_, is_negated)| !is_negated)
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;

    #[test]
    fn docker_begins_at_the_root_and_the_last_match_decides() {
        let ignores = |text: &str, path: &str| Rules::read(text).ignore(path);
        assert!(ignores(".env\n", ".env"));
        assert!(!ignores(".env\n", "folder/.env"));
        assert!(ignores("**/.env\n", ".env") && ignores("**/.env\n", "a/b/.env"));
        assert!(ignores("folder\n", "folder/.env"));
        assert!(ignores("**\n!src\n", "folder/.env") && !ignores("**\n!src\n", "src/.env"));
        assert!(!ignores("**/*.env\n!**/x.env\n", "x.env"));
        assert!(!ignores("# .env\n", ".env"));
        assert!(!ignores("{.env,x}\n", ".env"));
    }
}
