//! Real repositories for tests, made by the program `git` in a temporary directory, with fixed names and dates.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::model::ObjectId;

use super::git::{GitEnvironment, Repository};

/// A directory with a repository in it.
pub(crate) struct Sandbox {
    directory: tempfile::TempDir,
}

impl Sandbox {
    /// An empty directory without a repository.
    pub fn bare_directory() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    /// An empty repository on branch `main`.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// An empty repository, made with further options of `git init`.
    pub fn with(options: &[&str]) -> Self {
        let sandbox = Self::bare_directory();
        sandbox.git(&[&["init", "-q", "-b", "main"], options].concat());
        sandbox
    }

    /// The directory's path.
    pub fn path(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    /// Runs git here and returns what it printed; it must succeed.
    pub fn git(&self, args: &[&str]) -> String {
        self.git_in(".", args)
    }

    /// Runs git in a directory below.
    pub fn git_in(&self, directory: &str, args: &[&str]) -> String {
        let output = self.try_git(directory, args, b"");
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Runs git with standard input, and returns what it printed; it must succeed.
    pub fn git_with_input(&self, args: &[&str], input: &[u8]) -> String {
        let output = self.try_git(".", args, input);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Runs git, whatever becomes of it.
    pub fn try_git(&self, directory: &str, args: &[&str], input: &[u8]) -> Output {
        use std::io::Write;
        let mut child = Command::new("git")
            .args(args)
            .current_dir(self.path().join(directory))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.directory.path().join("no-home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "A U Thor")
            .env("GIT_AUTHOR_EMAIL", "author@example.com")
            .env("GIT_COMMITTER_NAME", "C O Mitter")
            .env("GIT_COMMITTER_EMAIL", "committer@example.com")
            .env("GIT_AUTHOR_DATE", self.now())
            .env("GIT_COMMITTER_DATE", self.now())
            .env("GIT_MERGE_AUTOEDIT", "no")
            .env("GIT_CONFIG_COUNT", "2")
            .env("GIT_CONFIG_KEY_0", "protocol.file.allow")
            .env("GIT_CONFIG_VALUE_0", "always")
            .env("GIT_CONFIG_KEY_1", "gc.auto")
            .env("GIT_CONFIG_VALUE_1", "0")
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        child.wait_with_output().unwrap()
    }

    /// A fixed date that is one minute later each time a commit is made here.
    fn now(&self) -> String {
        let clock = self.directory.path().join(".git/sandbox-clock");
        let minutes: i64 = std::fs::read_to_string(&clock).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
        format!("{} +0000", 1_700_000_000 + 60 * minutes)
    }

    /// Writes a file and the directories above it.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Writes a file and stages it.
    pub fn stage(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write(path, content);
        self.git(&["add", "-f", "--", path]);
    }

    /// Commits what is staged, one minute after the last commit, and returns the commit's id.
    pub fn commit(&self, message: &str) -> ObjectId {
        let clock = self.directory.path().join(".git/sandbox-clock");
        if clock.parent().is_some_and(Path::is_dir) {
            let minutes: i64 = std::fs::read_to_string(&clock).ok().and_then(|text| text.parse().ok()).unwrap_or(0);
            std::fs::write(&clock, (minutes + 1).to_string()).unwrap();
        }
        self.git(&["commit", "-q", "--allow-empty", "--cleanup=verbatim", "-m", message]);
        self.id("HEAD")
    }

    /// The object that a revision names.
    pub fn id(&self, revision: &str) -> ObjectId {
        ObjectId::from_hex(self.git(&["rev-parse", "--verify", revision]).as_bytes()).unwrap()
    }

    /// The repository, as the sources see it.
    pub fn repository(&self) -> Repository {
        Repository::require(&self.path(), &GitEnvironment::default()).unwrap()
    }
}
