//! A hermetic place for tests with the real binary and the real `git`: cleared environment, own HOME, fixed clock.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

/// A folder of its own, and a repository in it when asked for.
pub struct Sandbox {
    root: Arc<TempDir>,
    pub dir: PathBuf,
}

/// What a run printed and how it ended.
#[must_use]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Checks the exit code and shows everything when it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n--- stdout\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "`{text}` is not in\n{}\n--- stderr\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn warns(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not in\n{}", self.stderr);
        self
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

/// What a run draws its values by: the same in every run, unless another one is asked for, as for property tests.
pub fn seed() -> u64 {
    std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// A token that the built-in rules recognise, different for every seed; never in the repository as a whole.
pub fn token(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 20) as u32
    };
    stanch::text::checksum::Checksum::from_name("github").expect("the checksum exists").generate("ghp_", &mut next)
}

impl Sandbox {
    /// An empty folder.
    pub fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("work");
        fs::create_dir_all(&dir).unwrap();
        fs::create_dir_all(root.path().join("home")).unwrap();
        Self { root: Arc::new(root), dir }
    }

    /// A repository with one harmless commit.
    pub fn repository() -> Self {
        let sandbox = Self::new();
        sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
        sandbox.write("README.md", "hello\n");
        sandbox.commit("Begin");
        sandbox
    }

    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Another folder beside the work folder.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// The same sandbox with another folder as the place of work.
    pub fn at(&self, dir: &Path) -> Self {
        Self { root: self.root.clone(), dir: dir.to_owned() }
    }

    fn environment(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.home())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.com")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.com")
            .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
            .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
            .env("LC_ALL", "C");
    }

    /// A command in the work folder, hermetic.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.dir).stdin(Stdio::null());
        self.environment(&mut command);
        command
    }

    #[track_caller]
    pub fn git(&self, args: &[&str]) -> String {
        let output = self.command("git").args(args).output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
    }

    /// Runs git with something on standard input; returns what it prints.
    #[allow(dead_code, reason = "not every test binary feeds git")]
    #[track_caller]
    pub fn git_with(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut command = self.command("git");
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeder = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        feeder.join().unwrap().unwrap();
        output.stdout
    }

    /// Runs git, whatever becomes of it.
    pub fn try_git(&self, args: &[&str]) -> Run {
        self.run(&mut self.command("git"), args)
    }

    /// Stages everything and commits; returns the commit's id.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all", "--force"]);
        self.git(&["commit", "--quiet", "--no-verify", "--allow-empty", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs stanch in the work folder.
    pub fn stanch(&self, args: &[&str]) -> Run {
        self.run(&mut self.command(binary()), args)
    }

    /// Runs stanch with text on standard input.
    pub fn stanch_with(&self, args: &[&str], input: &[u8]) -> Run {
        use std::io::Write;
        let mut child = self
            .command(binary())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // A program that refuses its arguments closes its input early.
        drop(stdin.write_all(input));
        drop(stdin);
        done(child.wait_with_output().unwrap())
    }

    pub fn run(&self, command: &mut Command, args: &[&str]) -> Run {
        done(command.args(args).output().unwrap())
    }
}

fn done(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// The binary under test: the one that cargo built, or the one that `STANCH_BINARY` names.
pub fn binary() -> PathBuf {
    std::env::var_os("STANCH_BINARY").map_or_else(|| Path::new(env!("CARGO_BIN_EXE_stanch")).to_owned(), PathBuf::from)
}

/// Writes a file that tests run, by another process: as long as a thread here has it open for writing, so has every child
/// that another thread starts just then, and a file that is being written cannot be run ("text file busy").
pub fn executable(path: &Path, content: &[u8]) {
    use std::io::Write;
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let write = ["-c", "cat >\"$1\" && chmod 755 \"$1\"", "sh"];
    let mut child = Command::new("sh").args(write).arg(path).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(content).unwrap();
    assert!(child.wait().unwrap().success(), "{}", path.display());
}

/// A copy of the binary under test, to be run elsewhere.
pub fn copy_binary(path: &Path) {
    executable(path, &fs::read(binary()).unwrap());
}

/// The words of a command as a shell reads them, up to a pipe or the end of the line.
pub fn shell_words(command: &str) -> Vec<String> {
    let (mut words, mut quote) = (vec![String::new()], None);
    for sign in command.trim_end_matches('\\').chars() {
        match (quote, sign) {
            (None, '\'' | '"') => quote = Some(sign),
            (Some(open), _) if open == sign => quote = None,
            (None, ' ') => words.push(String::new()),
            (None, '|' | '<' | '>' | '&') => {
                // `3<` names a descriptor and is no word.
                words.pop_if(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit()));
                break;
            }
            _ => words.last_mut().unwrap().push(sign),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
