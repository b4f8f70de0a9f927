//! JSON Lines that are written while the run goes on, to a pipe or a terminal.
//!
//! A report in a file is complete or not there at all, so nothing is streamed into one. A reader that goes away ends the run.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::args::Global;
use super::error::CliError;
use super::output;
use crate::detect::Scratch;
use crate::report::{Format, Lines, Report};
use crate::scan::{Listener, Setup, redacted};

/// Lines on their way.
pub struct Stream {
    /// Where they go; none for standard output.
    pub output: Option<PathBuf>,
    state: Mutex<State>,
}

struct State {
    lines: Lines,
    out: Box<dyn Write + Send>,
    failure: Option<io::Error>,
}

impl Stream {
    /// Writes the first line, where JSON Lines are asked for and can be streamed.
    pub fn start(global: &Global, setup: &Setup, mode: &'static str) -> Result<Option<Self>, CliError> {
        let plan = output::plan(global)?;
        let Some((_, output)) = plan.into_iter().find(|(format, _)| *format == Format::Jsonl) else { return Ok(None) };
        let fail = |error| CliError::output(error, "the report");
        let mut out: Box<dyn Write + Send> = match &output {
            None => Box::new(io::stdout()),
            Some(path) if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) => {
                Box::new(OpenOptions::new().write(true).open(path).map_err(fail)?)
            }
            Some(_) => return Ok(None),
        };
        let mut head = setup.report(mode, Vec::new());
        // No value is known yet that would have to be masked in a folder's name.
        head.root = head.root.map(|root| {
            let bytes = redacted(&setup.engine, root.as_os_str().as_encoded_bytes(), &mut Scratch::default());
            PathBuf::from(String::from_utf8_lossy(&bytes).into_owned())
        });
        let lines = Lines::begin(&head, &mut out).and_then(|lines| out.flush().map(|()| lines)).map_err(fail)?;
        Ok(Some(Self { output, state: Mutex::new(State { lines, out, failure: None }) }))
    }

    /// What a run tells its findings to.
    pub fn listener(&self) -> &dyn Listener {
        self
    }

    /// Writes the rest, and says what went wrong on the way.
    pub fn end(self, report: &Report) -> Result<(), CliError> {
        let State { lines, out, failure } = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut out = io::BufWriter::new(out);
        let written = failure.map_or(Ok(()), Err).and_then(|()| lines.end(report, &mut out)).and_then(|()| out.flush());
        written.map_err(|error| CliError::output(error, "the report"))
    }
}

impl Listener for Stream {
    fn hear(&self, part: &Report) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { lines, out, failure } = &mut *state;
        if failure.is_none() {
            let mut text = Vec::new();
            let written =
                lines.findings(part, &mut text).and_then(|()| out.write_all(&text)).and_then(|()| out.flush());
            *failure = written.err();
        }
        failure.is_none()
    }
}
