//! What can go wrong above the library, with whose fault it is and what to do about it.

use std::io;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use bstr::ByteSlice;

use crate::detect::{Engine, Scratch};
use crate::policy::PolicyError;
use crate::rule::{LoadError, RuleSet, RuleSetError};
use crate::scan::{UnknownRule, redacted};
use crate::source::SourceError;
use crate::triage::baseline::BaselineError;

/// A failed command.
#[derive(Debug)]
pub struct CliError {
    kind: Kind,
    source: anyhow::Error,
    hints: Vec<String>,
}

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Wrong usage or configuration: 2.
    User,
    /// Something asked for cannot be read: 3.
    Unreadable,
    /// Interrupted: 130.
    Interrupted,
    /// A report could not be written: 2.
    Output,
    /// The reader of our output is gone: 2, silently.
    BrokenPipe,
}

impl CliError {
    /// Wrong usage.
    pub fn user(error: impl Into<anyhow::Error>) -> Self {
        Self { kind: Kind::User, source: error.into(), hints: Vec::new() }
    }

    /// Ctrl-C.
    pub fn interrupted() -> Self {
        Self { kind: Kind::Interrupted, source: anyhow::anyhow!("interrupted"), hints: Vec::new() }
    }

    /// Adds what to do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Failed output: a closed pipe is quiet, everything else is told. Never exit code 0.
    pub fn output(error: io::Error, what: &str) -> Self {
        let kind = if error.kind() == io::ErrorKind::BrokenPipe { Kind::BrokenPipe } else { Kind::Output };
        Self { kind, source: anyhow::Error::new(error).context(format!("cannot write {what}")), hints: Vec::new() }
    }

    /// Prints the error and returns its exit code.
    pub fn report(&self) -> ExitCode {
        if self.kind != Kind::BrokenPipe {
            let mut text = format!("stanch: {:#}", self.source);
            for hint in &self.hints {
                text.push_str("\n  ");
                text.push_str(hint);
            }
            // It may quote a line of a configuration, an argument, or the name of a file.
            anstream::eprintln!("{}", discreet(&text));
        }
        ExitCode::from(match self.kind {
            Kind::User | Kind::Output | Kind::BrokenPipe => 2,
            Kind::Unreadable => 3,
            Kind::Interrupted => 130,
        })
    }
}

impl std::fmt::Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:#}", self.source)
    }
}

/// `text` without anything that the built-in rules take for a secret.
pub fn discreet(text: &str) -> String {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    let engine = ENGINE.get_or_init(|| Engine::new(Arc::new(RuleSet::embedded())));
    redacted(engine, text.as_bytes(), &mut Scratch::default()).to_str_lossy().into_owned()
}

/// Makes a defect of the program tell where it is and nothing else: the message of a panic may quote what was being read.
pub fn keep_panics_quiet() {
    std::panic::set_hook(Box::new(|panic| {
        anstream::eprintln!("{}", panic.location().map_or_else(|| defect("an unknown place"), defect));
    }));
}

fn defect(place: impl std::fmt::Display) -> String {
    format!("stanch: a defect in the program at {place}; the run is worth nothing. Please report this line.")
}

impl From<SourceError> for CliError {
    fn from(error: SourceError) -> Self {
        let kind = if error.is_usage() { Kind::User } else { Kind::Unreadable };
        Self { kind, source: error.into(), hints: Vec::new() }
    }
}

macro_rules! user_errors {
    ($($type:ty),+) => {$(
        impl From<$type> for CliError {
            fn from(error: $type) -> Self {
                Self::user(error)
            }
        }
    )+};
}

user_errors!(PolicyError, BaselineError, LoadError, RuleSetError, UnknownRule);
