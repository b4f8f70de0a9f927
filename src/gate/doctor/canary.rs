//! Shows a hook a value that it must refuse, and then a harmless one that it must not: only the difference proves something.
//!
//! The hook is started by git itself. It sees an index that holds nothing new but the canary, and in which every other file
//! counts as unchanged, so that a hook manager has nothing to put aside in the work tree.

use std::collections::hash_map::RandomState;
use std::fs;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::gate;
use crate::gate::GateError;
use crate::gate::audit::{Check, Status};
use crate::gate::git::Git;
use crate::gate::hook::{Hook, State, file};
use crate::report::safe;
use crate::source::git::Repository;
use crate::text::checksum::Checksum;

/// A place outside of the repository where a hook can be tried.
pub(super) struct Bench {
    folder: TempDir,
    git: Git,
    root: PathBuf,
    zero: String,
    patience: Duration,
    name: String,
}

/// What a hook said.
struct Answer {
    /// Its exit code; none if it took too long.
    code: Option<i32>,
    /// The last line that it printed.
    last: String,
}

impl Bench {
    /// Sets everything up; the repository is only read.
    pub(super) fn new(root: &Path, repository: &Repository, patience: Duration) -> Result<Self, GateError> {
        let folder = tempfile::tempdir().map_err(GateError::io(std::env::temp_dir()))?;
        let objects = folder.path().join("objects");
        fs::create_dir(&objects).map_err(GateError::io(&objects))?;
        let real = repository.objects_dir();
        let git = Git::new(root)
            .with("GIT_INDEX_FILE", folder.path().join("index"))
            .with("GIT_OBJECT_DIRECTORY", &objects)
            .with("GIT_ALTERNATE_OBJECT_DIRECTORIES", real.canonicalize().unwrap_or(real))
            .with("GIT_AUTHOR_NAME", "stanch doctor")
            .with("GIT_AUTHOR_EMAIL", "doctor@stanch.invalid")
            .with("GIT_COMMITTER_NAME", "stanch doctor")
            .with("GIT_COMMITTER_EMAIL", "doctor@stanch.invalid");
        let plain = ["-c", "core.splitIndex=false", "-c", "index.sparse=false"];
        let is_born = git.try_ask(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?.is_some();
        git.ask(&[&plain[..], &["read-tree", if is_born { "HEAD" } else { "--empty" }]].concat())?;
        let bench = Self {
            name: format!("stanch-canary-{:016x}.conf", random()),
            folder,
            git,
            root: root.to_owned(),
            zero: "0".repeat(repository.hash.hex_len()),
            patience,
        };
        let listed = bench.git.ask(&["ls-files", "-z"])?;
        bench.feed(&["update-index", "-z", "--skip-worktree", "--stdin"], listed.as_bytes())?;
        Ok(bench)
    }

    /// Tries one hook.
    pub(super) fn check(&self, hook: Hook) -> Result<Check, GateError> {
        let (id, title) = names(hook);
        let line = |status, why: String| gate(id, title, status, why);
        let slow = || format!("the hook took longer than {} seconds", self.patience.as_secs());
        let refused = self.run(hook, &format!("token = {}\n", canary()))?;
        match refused.code {
            None => return Ok(line(Status::Unknown, slow()).todo("Give it more time: stanch doctor --timeout SECONDS")),
            Some(0) => return Ok(self.open(hook, line(Status::Fail, self.why_open(hook)?))),
            Some(_) if refused.last.contains("is not a git command") => {
                let why = "this git cannot run a single hook (it is older than 2.36)".to_owned();
                return Ok(line(Status::Unknown, why).todo("Update git"));
            }
            Some(_) => {}
        }
        let harmless = self.run(hook, "token = from the vault\n")?;
        Ok(match harmless.code {
            Some(0) => line(Status::Pass, "a generated token was refused, a harmless line was let through".to_owned()),
            None => line(Status::Unknown, slow()).todo("Give it more time: stanch doctor --timeout SECONDS"),
            Some(code) => {
                let why = format!(
                    "the hook refuses a harmless line too (exit {code}: {}), so that its refusal proves nothing",
                    harmless.last
                );
                line(Status::Unknown, why).todo("Make it pass on a clean change, then look again")
            }
        })
    }

    fn open(&self, hook: Hook, check: Check) -> Check {
        let check = check.todo("stanch hook install");
        match hook {
            Hook::PreCommit => {
                check.todo("Or, with the pre-commit framework: add the hooks of stanch and run pre-commit install")
            }
            _ => check,
        }
    }

    /// Why a generated token was let through.
    fn why_open(&self, hook: Hook) -> Result<String, GateError> {
        let name = hook.name();
        let place = self.root.join(self.git.ask(&["rev-parse", "--git-path", &format!("hooks/{name}")])?);
        let setting = self.git.setting("core.hooksPath")?;
        let led = setting.map_or_else(String::new, |(scope, path)| format!(" (core.hooksPath, {scope}: {path})"));
        let switches = ["SKIP", "HUSKY", "LEFTHOOK", "PRE_COMMIT_ALLOW_NO_CONFIG", "STANCH_CONFIG"];
        let set: Vec<&str> = switches.into_iter().filter(|name| std::env::var_os(name).is_some()).collect();
        let set = if set.is_empty() { String::new() } else { format!("; the variable {} is set", set.join(", ")) };
        Ok(match file::Slot::new(place.parent().unwrap_or(&self.root), name).look(false)?.state {
            State::Absent => format!("there is no {name} hook{led}: a generated token was let through"),
            _ if !file::is_executable(&place) => {
                format!("the {name} hook is not executable, so git passes over it{led}")
            }
            State::Foreign => {
                format!("the {name} hook let a generated token through{led}: it does not lead to stanch{set}")
            }
            _ => format!("the {name} hook let a generated token through{led}{set}"),
        })
    }

    /// Lets git run a hook over one line of text.
    fn run(&self, hook: Hook, text: &str) -> Result<Answer, GateError> {
        let mut args = vec!["hook".to_owned(), "run".to_owned(), "--ignore-missing".to_owned()];
        match hook {
            Hook::PreCommit | Hook::PreMergeCommit => {
                let id = self.feed(&["hash-object", "-w", "--stdin", "--no-filters"], text.as_bytes())?;
                let entry = format!("100644,{id},{}", self.name);
                self.git.ask(&["update-index", "--add", "--cacheinfo", &entry])?;
                self.git.ask(&["update-index", "--skip-worktree", &self.name])?;
                args.push(hook.name().to_owned());
            }
            Hook::CommitMsg => {
                let message = self.folder.path().join("COMMIT_EDITMSG");
                fs::write(&message, format!("Subject\n\n{text}")).map_err(GateError::io(&message))?;
                args.extend([hook.name().to_owned(), "--".to_owned(), message.display().to_string()]);
            }
            Hook::PrePush | Hook::PreReceive => {
                let id = self.feed(&["hash-object", "-w", "--stdin", "--no-filters"], text.as_bytes())?;
                let tree = self.feed(&["mktree"], format!("100644 blob {id}\t{}\n", self.name).as_bytes())?;
                let commit = self.git.ask(&["commit-tree", &tree, "-m", "canary"])?;
                let lines = self.folder.path().join("lines");
                let line = format!("refs/heads/stanch-doctor {commit} refs/heads/stanch-doctor {}\n", self.zero);
                fs::write(&lines, line).map_err(GateError::io(&lines))?;
                let remotes = self.git.ask(&["remote"])?;
                let remote = remotes.lines().find(|name| *name == "origin").or(remotes.lines().next());
                let remote = remote.unwrap_or("origin");
                let url = self.git.try_ask(&["remote", "get-url", "--push", remote])?;
                args.push(format!("--to-stdin={}", lines.display()));
                args.extend([hook.name(), "--", remote, url.as_deref().unwrap_or(remote)].map(str::to_owned));
            }
        }
        self.wait(self.git.bare_command(&args).env("GIT_EDITOR", ":"))
    }

    /// Runs git with something on its standard input and returns what it prints.
    fn feed(&self, args: &[&str], input: &[u8]) -> Result<String, GateError> {
        let mut command = self.git.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(GateError::NoGit)?;
        let mut stdin = child.stdin.take();
        std::thread::scope(|scope| {
            // From another thread, for git may print before it has read everything.
            scope.spawn(move || stdin.as_mut().map(|stdin| stdin.write_all(input)));
            let output = child.wait_with_output().map_err(GateError::NoGit)?;
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
            match output.status.success() {
                true => Ok(text(&output.stdout)),
                false => Err(GateError::Git { command: args.join(" "), message: text(&output.stderr) }),
            }
        })
    }

    /// Waits for a hook, but not forever.
    fn wait(&self, command: &mut Command) -> Result<Answer, GateError> {
        let said = self.folder.path().join("said");
        let out = fs::File::create(&said).map_err(GateError::io(&said))?;
        let err = out.try_clone().map_err(GateError::io(&said))?;
        let mut child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn().map_err(GateError::NoGit)?;
        let begun = Instant::now();
        let code = loop {
            match child.try_wait().map_err(GateError::NoGit)? {
                Some(status) => break Some(status.code().unwrap_or(-1)),
                None if begun.elapsed() > self.patience => {
                    drop(child.kill());
                    drop(child.wait());
                    break None;
                }
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        let text = fs::read(&said).unwrap_or_default();
        let last = text.split(|&byte| byte == b'\n').rev().find(|line| !line.trim_ascii().is_empty());
        Ok(Answer { code, last: safe::cut(&safe::inline(last.unwrap_or_default()), 200) })
    }
}

fn names(hook: Hook) -> (&'static str, &'static str) {
    match hook {
        Hook::PreCommit => ("gate-pre-commit", "A commit with a secret is refused"),
        Hook::PreMergeCommit => ("gate-pre-merge-commit", "A merge with a secret is refused"),
        Hook::CommitMsg => ("gate-commit-msg", "A commit message with a secret is refused"),
        Hook::PrePush | Hook::PreReceive => ("gate-pre-push", "A push with a secret is refused"),
    }
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// A token that has never been anybody's: made now, valid by its checksum alone.
fn canary() -> String {
    let mut state = random() | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as u32
    };
    Checksum::from_name("github").map(|checksum| checksum.generate("ghp_", &mut next)).unwrap_or_default()
}
