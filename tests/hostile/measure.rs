//! Runs the binary, watches its memory, and does not wait for ever.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Run, Sandbox, binary};

/// No input may take more than this, in MiB.
pub const CEILING: u64 = 512;

/// Whether the full sizes are asked for.
pub fn is_long() -> bool {
    std::env::var_os("STANCH_LONG").is_some_and(|value| value == "1")
}

/// Runs it, and fails when it takes more memory than the ceiling or more time than any input may.
#[track_caller]
pub fn bounded(sandbox: &Sandbox, what: &str, args: &[&str]) -> Run {
    within(sandbox, what, args, CEILING)
}

/// The same with another ceiling, in MiB.
#[track_caller]
pub fn within(sandbox: &Sandbox, what: &str, args: &[&str], ceiling: u64) -> Run {
    let out = sandbox.beside("stdout");
    let err = sandbox.beside("stderr");
    let mut command: Command = sandbox.command(binary());
    command.args(args).stdout(std::fs::File::create(&out).unwrap()).stderr(std::fs::File::create(&err).unwrap());
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) >> 10);
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > Duration::from_secs(540) {
            child.kill().unwrap();
            panic!("{what}: no end after {:?}", start.elapsed());
        }
        std::thread::sleep(Duration::from_millis(3));
    };
    eprintln!("{what}: peak {peak} MiB, {:.1} s, exit {:?}", start.elapsed().as_secs_f64(), ended.code());
    assert!(peak <= ceiling, "{what}: {peak} MiB");
    let read = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let run = Run { code: ended.code().unwrap_or(-1), stdout: read(&out), stderr: read(&err) };
    assert!((0..=3).contains(&run.code) && !run.stderr.contains("panicked"), "{what}: {} {}", run.code, run.stderr);
    run
}
