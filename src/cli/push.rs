//! `stanch push`: the check before a push is sent, or before a server takes it.

use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use bstr::BString;

use super::args::{Global, PushArgs};
use super::error::CliError;
use super::framework::Framework;
use super::known::KnownArgs;
use super::{bypass, change, output, seal, setup, way_out};
use crate::gate::protected;
use crate::scan::Collector;
use crate::source::git::revision::resolve;
use crate::source::git::{GitEnvironment, Objects, Repository};
use crate::source::push::{self, Side, Update};
use crate::source::{PolicyFiles, SourceError};

/// How long after the deadline a run that does not stop by itself is ended.
const GRACE: Duration = Duration::from_millis(500);

/// Runs the command.
pub fn run(global: &Global, args: &PushArgs) -> Result<u8, CliError> {
    let deadline = args.deadline.map(|allowed| Instant::now() + allowed);
    if let Some(allowed) = args.deadline {
        watch_over(allowed + GRACE);
    }
    let environment = GitEnvironment::from_process();
    let repository = Repository::require(Path::new("."), &environment)?;
    args.known.leave_input("the push hook")?;
    let mut input = Vec::new();
    io::stdin().lock().read_to_end(&mut input).map_err(CliError::user)?;
    let (updates, side) = if args.pre_receive {
        (push::parse_pre_receive(&input, &repository)?, Side::Receiving)
    } else {
        match Framework::from_process().filter(|_| input.is_empty()) {
            Some(framework) => framework.updates(&repository)?,
            None => {
                let remote = BString::from(args.remote.clone().unwrap_or_else(|| "origin".to_owned()));
                (push::parse_pre_push(&input, &repository)?, Side::Sending { remote })
            }
        }
    };
    let root = repository.work_dir().unwrap_or(&repository.git_dir).to_owned();
    let files = policy(args, &repository, &updates, &side)?;
    let mut setup = setup::build_from(global, Some(&root), &files)?;
    seal::arm(global, &mut setup, &files)?;
    setup.deadline = deadline;
    let bypass = bypass::ask(args.bypass, &mut setup)?;
    let notices = args.known.arm(&mut setup)?;
    let collector = Collector::new(&setup);
    KnownArgs::tell(notices, &collector);
    let range = change::judge(global, &repository, &files, &collector, args.allow_policy_change, |sink| {
        push::scan(&repository, &updates, &side, sink)
    })?;
    let report = collector.finish("push");
    if let Some(bypass) = bypass {
        bypass.record(&repository, &setup, &updates, &report)?;
    }
    let code = output::finish(global, &report)?;
    if code == 1 && way_out::is_told(global) {
        way_out::tell(&repository, &updates, &side, &range, &report)?;
    }
    Ok(code)
}

/// The policy that counts: of the revision that was named, or of the protected side.
fn policy(
    args: &PushArgs,
    repository: &Repository,
    updates: &[Update],
    side: &Side,
) -> Result<PolicyFiles, SourceError> {
    match args.policy_from.as_deref() {
        None => protected::of_push(repository, updates, side),
        Some("none") => Ok(PolicyFiles::nothing(repository, "--policy-from none")),
        Some(revision) => {
            let id = resolve(repository, &Objects::open(repository), revision.as_bytes())?;
            PolicyFiles::at(repository, &id, revision)
        }
    }
}

/// Ends the process with 3 when `allowed` is over: a server that kills its hooks must find them ended, and ended by a refusal.
fn watch_over(allowed: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(allowed);
        output::forget_unfinished();
        anstream::eprintln!(
            "stanch: the time that --deadline gives is up and the scan is not done, so the push is refused"
        );
        anstream::eprintln!("  push less at once, or give more time");
        #[allow(clippy::exit, reason = "a scan that does not end in time cannot return")]
        std::process::exit(3);
    });
}

/// Seconds as they are written on the command line: `4`, `4.5`.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let value: f64 = text.parse().map_err(|_| format!("`{text}` is no number of seconds"))?;
    match Duration::try_from_secs_f64(value) {
        Ok(duration) if !duration.is_zero() => Ok(duration),
        _ => Err("a deadline is a positive number of seconds".to_owned()),
    }
}
