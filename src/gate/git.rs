//! Asks git what only git can say: which hooks it would run, and which settings apply.
//!
//! Scans never do this: they read repositories by themselves. It must never run a command that starts a pager, an
//! editor, a filter or a file system monitor.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use super::GateError;

/// The program `git`, in one folder and with further variables.
#[derive(Debug, Clone)]
pub struct Git {
    folder: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl Git {
    /// Git in `folder`.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), variables: Vec::new() }
    }

    /// The same git with one more variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.into(), value.as_ref().to_owned()));
        self
    }

    /// The same command as a user would give it, with no setting of ours.
    pub fn bare_command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(&self.folder)
            .args(args)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// A command that is ready to run.
    pub fn command<S: AsRef<OsStr>>(&self, args: &[S]) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(&self.folder)
            .args(["-c", "core.fsmonitor=false"])
            .args(args)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    fn output<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Output, GateError> {
        self.command(args).output().map_err(GateError::NoGit)
    }

    /// What git printed, without the last line break; it must succeed.
    pub fn ask<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<String, GateError> {
        let output = self.output(args)?;
        if output.status.success() {
            return Ok(trimmed(&output.stdout));
        }
        let command = args.iter().map(|arg| arg.as_ref().to_string_lossy()).collect::<Vec<_>>().join(" ");
        Err(GateError::Git { command, message: trimmed(&output.stderr) })
    }

    /// What git printed, or nothing if it had no answer.
    pub fn try_ask<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Option<String>, GateError> {
        let output = self.output(args)?;
        Ok(output.status.success().then(|| trimmed(&output.stdout)))
    }

    /// A setting and the configuration it stands in: `local`, `worktree`, `global`, `system` or `command`.
    pub fn setting(&self, key: &str) -> Result<Option<(String, String)>, GateError> {
        let line = self.try_ask(&["config", "--show-scope", "--get", key])?;
        Ok(line.and_then(|line| line.split_once('\t').map(|(scope, value)| (scope.to_owned(), value.to_owned()))))
    }
}

fn trimmed(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.strip_suffix('\n').map_or(&*text, |text| text.strip_suffix('\r').unwrap_or(text)).to_owned()
}
