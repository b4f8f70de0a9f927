//! Texts full of secrets, and repositories that grow commit by commit: everything follows from a seed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use proptest::test_runner::Config;
use stanch::rule::RuleSet;
use stanch::rule::example::{self, Seeded};

use crate::support::Sandbox;

/// The examples of all rules, the counter-examples too.
static TEMPLATES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let rules = RuleSet::embedded();
    let of = |index, id: &str| {
        let text = rules.text(index);
        let all = text.examples.iter().chain(text.counter_examples.iter().map(|(template, _)| template));
        all.map(|template| (id.to_owned(), template.clone())).collect::<Vec<_>>()
    };
    rules.iter().flat_map(|(index, signature)| of(index, &signature.id)).collect()
});

/// So many cases, or as many as `PROPTEST_CASES` asks for.
pub fn cases(usual: u32) -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|text| text.parse().ok());
    Config { cases: asked.unwrap_or(usual), failure_persistence: None, max_shrink_iters: 0, ..Config::default() }
}

/// Makes texts.
pub struct Texts(Seeded);

impl Texts {
    /// The same texts for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(Seeded::new("properties", seed as usize))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.draw() as usize % bound
    }

    /// The example of some rule.
    fn example(&mut self) -> Vec<u8> {
        let at = self.below(TEMPLATES.len());
        let (id, template) = &TEMPLATES[at];
        let number = self.below(1 << 20);
        example::expand(template, &mut Seeded::new(id, number)).unwrap().text
    }

    /// Lines that hold something worth finding, or nothing.
    pub fn piece(&mut self) -> Vec<u8> {
        let mut text = match self.below(12) {
            0 | 1 => "fn token(secret: &str) -> Key { secret.parse() } // password\n".repeat(1 + self.below(4)).into(),
            2 => vec![b'x'; self.below(900)],
            3 => (0..self.below(300)).map(|_| self.0.draw() as u8).collect(),
            4 => data_encoding::BASE64.encode(&self.example()).into_bytes(),
            5 => self.example().iter().fold(String::new(), |all, byte| all + &format!("\\x{byte:02x}")).into_bytes(),
            6 => {
                let (mut cut, at) = (self.example(), self.below(1000));
                cut.truncate(cut.len() * at / 1000);
                cut
            }
            7 => self.example().into_iter().flat_map(|byte| [byte, 0]).collect(),
            _ => self.example(),
        };
        text.push(b'\n');
        text
    }

    /// So many pieces.
    pub fn text(&mut self, pieces: usize) -> Vec<u8> {
        (0..pieces).flat_map(|_| self.piece()).collect()
    }

    /// Another version of a text: parts inserted, deleted, moved, doubled, single bytes changed.
    pub fn edited(&mut self, old: &[u8]) -> Vec<u8> {
        let mut text = old.to_vec();
        for _ in 0..=self.below(3) {
            let (from, at) = (self.below(text.len() + 1), self.below(text.len() + 1));
            let len = self.below(text.len() - from + 1).min(1 << self.below(14));
            match self.below(6) {
                0 => drop(text.drain(from..from + len)),
                1 => {
                    let part = text[from..from + len].to_vec();
                    text.splice(at..at, part);
                }
                2 if len > 0 => text[from] = self.0.draw() as u8,
                _ => {
                    let line = memchr::memchr(b'\n', &text[at..]).map_or(at, |end| at + end + 1);
                    let place = if self.below(4) == 0 { at } else { line };
                    let piece = self.piece();
                    text.splice(place..place, piece);
                }
            }
        }
        text
    }
}

const NAMES: [&str; 12] = [
    "src/main.rs",
    "app.py",
    "config/prod.yml",
    "deploy/values.json",
    "README.md",
    "a/b/c/settings.ini",
    "web/index.js",
    "notes.txt",
    "docker-compose.yml",
    "infra/main.tf",
    "test/fixture.rb",
    "build.gradle",
];

/// A repository with many versions of some files, branches, merges, renames and deletions, packed in some way.
pub fn repository(seed: u64, commits: usize) -> Sandbox {
    let mut texts = Texts::new(seed);
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
    let mut stream = Vec::new();
    let mut files: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for commit in 1..=commits {
        let message = if texts.below(8) == 0 { texts.piece() } else { format!("Step {commit}\n").into_bytes() };
        let mut head = String::new();
        writeln!(head, "commit refs/heads/main\nmark :{commit}").unwrap();
        writeln!(head, "committer Ada <ada@example.com> {} +0000\ndata {}", 1_700_000_000 + commit, message.len())
            .unwrap();
        stream.extend(head.into_bytes());
        stream.extend(message);
        if commit > 1 {
            stream.extend(format!("from :{}\n", commit - 1).into_bytes());
        }
        if commit > 4 && texts.below(6) == 0 {
            stream.extend(format!("merge :{}\n", 1 + texts.below(commit - 2)).into_bytes());
        }
        for _ in 0..=texts.below(2) {
            let name = NAMES[texts.below(NAMES.len())];
            match texts.below(12) {
                0 if files.len() > 1 && files.contains_key(name) => {
                    files.remove(name);
                    stream.extend(format!("D {name}\n").into_bytes());
                    continue;
                }
                1 => {
                    let other = texts.below(files.len().max(1));
                    let copy = files.values().nth(other).cloned().unwrap_or_default();
                    files.insert(name, copy);
                }
                _ => {
                    let old = files.get(name);
                    let pieces = 4 + texts.below(30);
                    let new = if let Some(old) = old { texts.edited(old) } else { texts.text(pieces) };
                    files.insert(name, new);
                }
            }
            let text = &files[name];
            stream.extend(format!("M 100644 inline {name}\ndata {}\n", text.len()).into_bytes());
            stream.extend(text);
            stream.push(b'\n');
        }
    }
    sandbox.git_with(&["fast-import", "--quiet", "--force"], &stream);
    sandbox.git(&["reset", "--quiet", "--hard"]);
    match texts.below(5) {
        0 => sandbox.git(&["gc", "--quiet", "--aggressive"]),
        1 => sandbox.git(&["repack", "-adfq", "--depth=250", "--window=100"]),
        2 => sandbox.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]),
        3 => sandbox.git(&["gc", "--quiet"]),
        _ => {
            sandbox.git(&["repack", "-adfq"]);
            sandbox.write("later.txt", texts.text(12));
            sandbox.commit("Later");
            sandbox.git(&["repack", "-dq", "--write-midx"])
        }
    };
    sandbox
}
