//! `paths-ignore` of `.github/secret_scanning.yml`: read with GitHub's pattern syntax, and always held to the light.
//!
//! It never fails: a file that GitHub cannot use excuses nothing, and what is wrong with it is told. Whether it counts here is
//! the configuration's decision (`github_paths_ignore`).

use std::fmt;

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

use super::env_file::{EnvFile, EnvPolicy};
use super::tree::{Node, NodeKind};

/// Where GitHub looks for it.
pub const FILE: &str = ".github/secret_scanning.yml";
/// GitHub ignores a larger file.
const MOST_BYTES: usize = 1 << 20;
/// GitHub ignores further entries.
const MOST_ENTRIES: usize = 1000;
/// No two of these have anything in common: what covers all of them covers everything.
const ANYWHERE: [&str; 3] = ["qz/vx/kw.jq", "wj/qk.zx", "x7/q9/v3/k1.z4"];
/// The family, wherever it may be.
const ENV_FILES: [&str; 6] = [".env", "a/.env", ".env.production", "a/b/.env.local", "prod.env", "a/prod.env"];

/// The list of a repository.
#[derive(Debug, Clone)]
pub struct PathsIgnore {
    /// What messages call the file.
    pub source: String,
    entries: Vec<Entry>,
    complaints: Vec<Complaint>,
}

/// Something that is wrong with the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Where, if it is in one line.
    pub line: Option<usize>,
    /// What.
    pub text: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

#[derive(Debug, Clone)]
struct Entry {
    line: usize,
    text: String,
    is_exception: bool,
    pattern: Regex,
}

impl Entry {
    fn complaint(&self, what: &str) -> Complaint {
        Complaint { line: Some(self.line), text: format!("`{}` {what}", self.text) }
    }
}

impl PathsIgnore {
    /// Reads the file's text.
    pub fn parse(text: &str, source: &str) -> Self {
        let mut list = Self { source: source.to_owned(), entries: Vec::new(), complaints: Vec::new() };
        if text.len() > MOST_BYTES {
            list.complain(None, "GitHub ignores the whole file, for it has more than 1 MB");
            return list;
        }
        match Node::read(text).as_deref() {
            Some([]) => {}
            Some([document]) => list.document(document),
            _ => list.complain(None, "it is not one YAML document, so that it excuses nothing"),
        }
        list
    }

    /// The entry that excuses `path`, if one does: its number, and its text as written.
    pub fn excuse(&self, path: &str) -> Option<(usize, &str)> {
        let matching = |(_, entry): &(usize, &Entry)| entry.pattern.is_match(path);
        // The last word counts, as in workflow filters.
        let (number, entry) = self.entries.iter().enumerate().rfind(matching)?;
        (!entry.is_exception).then_some((number, entry.text.as_str()))
    }

    /// Numbers of all entries that match `path`, whether another takes it back or not.
    pub fn matching<'a>(&'a self, path: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.entries.iter().enumerate().filter(move |(_, entry)| entry.pattern.is_match(path)).map(|(number, _)| number)
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Says whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is wrong with the file; each entry's problem with its line.
    pub fn complaints(&self, env: &EnvPolicy) -> Vec<Complaint> {
        let mut complaints = self.complaints.clone();
        for entry in self.entries.iter().filter(|entry| !entry.is_exception) {
            let matches = |path: &&str| entry.pattern.is_match(path);
            if ANYWHERE.iter().all(matches) {
                complaints.push(entry.complaint("excuses every file"));
                continue;
            }
            let banned = |path: &&&str| env.judge(path.as_bytes()) == EnvFile::Banned;
            if let Some(path) = ENV_FILES.iter().filter(banned).find(|path| matches(path)) {
                complaints
                    .push(entry.complaint(&format!("covers banned files such as {path}, which stay banned here")));
            }
        }
        complaints
    }

    /// What is said of entries that matched nothing; `used` tells of each entry whether it did.
    pub fn idle(&self, used: impl Fn(usize) -> bool) -> Vec<Complaint> {
        let idle = self.entries.iter().enumerate().filter(|(number, _)| !used(*number));
        idle.map(|(_, entry)| entry.complaint("matches no file")).collect()
    }

    /// A complaint about one entry.
    pub fn about(&self, number: usize, what: &str) -> Complaint {
        self.entries[number].complaint(what)
    }

    fn complain(&mut self, line: impl Into<Option<usize>>, text: impl Into<String>) {
        self.complaints.push(Complaint { line: line.into(), text: text.into() });
    }

    fn document(&mut self, document: &Node) {
        if document.kind == NodeKind::Null {
            return;
        }
        if !matches!(document.kind, NodeKind::Map(_)) {
            self.complain(None, "it is no mapping with the key `paths-ignore`, so that it excuses nothing");
        }
        for (key, value) in document.entries() {
            match key.text() {
                Some("paths-ignore") => self.list(value),
                name => {
                    let name = name.unwrap_or("that stands there").escape_debug();
                    self.complain(key.line, format!("GitHub does not know the key `{name}`"));
                }
            }
        }
    }

    fn list(&mut self, list: &Node) {
        let items = list.items();
        if items.is_empty() && list.kind != NodeKind::Null {
            self.complain(list.line, "`paths-ignore` is no list");
        }
        if items.len() > MOST_ENTRIES {
            let further = items.len() - MOST_ENTRIES;
            let text = format!("GitHub ignores the last {further} entries, for there are more than {MOST_ENTRIES}");
            self.complain(list.line, text);
        }
        for item in items.iter().take(MOST_ENTRIES) {
            let Some(text) = item.text() else {
                self.complain(item.line, "an entry is no text");
                continue;
            };
            let (is_exception, glob) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
            let built = Regex::builder().syntax(syntax::Config::new().unicode(true)).build(&expression(glob));
            match built {
                Ok(pattern) => {
                    self.entries.push(Entry { line: item.line, text: text.to_owned(), is_exception, pattern });
                }
                Err(_) => {
                    let text = format!("`{}` is no pattern, so that it excuses nothing", text.escape_debug());
                    self.complain(item.line, text);
                }
            }
        }
    }
}

/// GitHub's filter pattern as an expression: `*` is any characters but a slash, `**` any at all, `?` and `+` repeat what stands
/// before them, brackets hold characters and ranges.
fn expression(glob: &str) -> String {
    let mut text = String::from("(?s)^(?:");
    let mut rest = glob.chars().peekable();
    let mut is_first = true;
    while let Some(character) = rest.next() {
        match character {
            '*' if rest.next_if_eq(&'*').is_some() => {
                // `**/x` is also `x` itself.
                let is_start = is_first || text.ends_with('/');
                if is_start && rest.next_if_eq(&'/').is_some() {
                    text.push_str("(?:.*/)?");
                } else {
                    text.push_str(".*");
                }
            }
            '*' => text.push_str("[^/]*"),
            '?' | '+' if !is_first => text.push(character),
            '[' => {
                text.push('[');
                for inner in rest.by_ref() {
                    if matches!(inner, '[' | '&' | '~' | '^') {
                        text.push('\\');
                    }
                    text.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            '\\' => text.push_str(&regex_syntax::escape(&rest.next().unwrap_or('\\').to_string())),
            other => text.push_str(&regex_syntax::escape(&other.to_string())),
        }
        is_first = false;
    }
    text.push_str(")$");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[&str]) -> PathsIgnore {
        let lines: Vec<String> = entries.iter().map(|entry| format!("  - \"{entry}\"\n")).collect();
        PathsIgnore::parse(&format!("paths-ignore:\n{}", lines.concat()), "x")
    }

    #[test]
    fn patterns_mean_what_githubs_cheat_sheet_says() {
        for (pattern, yes, no) in [
            ("*", &["README.md"][..], &["docs/a"][..]),
            ("*.jsx?", &["page.js", "page.jsx"], &["page.jsxx", "a/page.js"]),
            ("**", &["all/the/files.md"], &[]),
            ("*.js", &["app.js"], &["src/js/app.js"]),
            ("**.js", &["index.js", "src/js/app.js"], &["index.jsx"]),
            ("docs/*", &["docs/README.md"], &["docs/mona/octocat.txt"]),
            ("docs/**", &["docs/README.md", "docs/mona/octocat.txt"], &["doc", "x/docs/a"]),
            ("docs/**/*.md", &["docs/README.md", "docs/mona/hello.md", "docs/a/b.md"], &["docs.md"]),
            ("**/docs/**", &["docs/hello.md", "dir/docs/my-file.txt"], &["dir/doc/x"]),
            ("**/README.md", &["README.md", "js/README.md"], &["js/README.mdx"]),
            ("**/*src/**", &["a/src/app.js", "my-src/code/js/app.js"], &["src.js"]),
            ("**/*-post.md", &["my-post.md", "path/their-post.md"], &["post.md"]),
            ("v[12].[0-9]+.txt", &["v1.10.txt"], &["v3.1.txt", "v1.txt"]),
            ("a.b", &["a.b"], &["axb"]),
        ] {
            let list = list(&[pattern]);
            for path in yes {
                assert!(list.excuse(path).is_some(), "{pattern} {path}");
            }
            for path in no {
                assert!(list.excuse(path).is_none(), "{pattern} {path}");
            }
        }
        let taken_back = list(&["docs/**", "!docs/keys/**"]);
        assert!(taken_back.excuse("docs/a").is_some() && taken_back.excuse("docs/keys/a").is_none());
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        let told = |text: &str| PathsIgnore::parse(text, "x").complaints(&EnvPolicy::default());
        let told = |text: &str| told(text).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert_eq!(told("paths-ignore:\n  - 'docs/*.md'\n"), "");
        assert_eq!(told(""), "");
        assert!(told("paths-ignore: ['**']").contains("line 1: `**` excuses every file"));
        assert!(told("paths-ignore:\n  - '**/*'\n").contains("line 2: `**/*` excuses every file"));
        assert!(told("paths-ignore:\n  - '**/.env*'\n").contains("covers banned files such as .env"));
        assert!(told("paths-ignore:\n  - '**/*.env'\n").contains("covers banned files"));
        assert!(told("path-ignore: ['docs/*']").contains("does not know the key `path-ignore`"));
        assert!(told("paths-ignore: docs").contains("is no list"));
        assert!(told("paths-ignore: [a").contains("not one YAML document"));
        assert!(told("paths-ignore: ['a[b']").contains("is no pattern"));
        assert!(told(&format!("#{}\n", "x".repeat(1 << 20))).contains("more than 1 MB"));
        let many: Vec<String> = (0..1002).map(|number| format!("  - d{number}/x\n")).collect();
        let many = format!("paths-ignore:\n{}", many.concat());
        assert!(told(&many).contains("ignores the last 2 entries"));
        assert_eq!(PathsIgnore::parse(&many, "x").len(), 1000);
        assert_eq!(list(&["a/*", "b/*"]).idle(|number| number == 0)[0].to_string(), "line 3: `b/*` matches no file");
    }
}
