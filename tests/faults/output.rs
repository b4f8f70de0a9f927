//! Reports that cannot be written, readers that go away, and signals in the middle.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Sandbox, binary, token};

const FORMATS: [&str; 10] = ["text", "json", "jsonl", "sarif", "github", "markdown", "csv", "html", "junit", "gitlab"];

fn is_root() -> bool {
    String::from_utf8(Command::new("id").arg("-u").output().unwrap().stdout).unwrap().trim() == "0"
}

#[test]
fn a_full_disk_is_never_zero() {
    if !Path::new("/dev/full").exists() {
        eprintln!("skipped: there is no /dev/full");
        return;
    }
    let sandbox = Sandbox::repository();
    for format in FORMATS {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = sandbox.command(binary());
        let output = command.args(["scan", "--format", format]).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}: {}", String::from_utf8_lossy(&output.stderr));
    }
    for option in ["--output", "--receipt"] {
        let _ = sandbox.stanch(&["history", option, "/dev/full"]).exits(2).warns("cannot write");
    }
}

#[test]
fn a_file_system_that_runs_full_leaves_no_half_report() {
    let sandbox = Sandbox::repository();
    for number in 0..400 {
        sandbox.write(&format!("leak-{number}.txt"), format!("{}\n", token(1000 + number)));
    }
    let place = sandbox.beside("small");
    std::fs::create_dir(&place).unwrap();
    let script = "mount -t tmpfs -o size=64k none \"$1\" && echo old > \"$1/report.json\" && \
                  { \"$2\" scan --format json --output \"$1/report.json\"; echo \"code $?\"; ls -A \"$1\"; cat \"$1/report.json\"; }";
    let mut command = sandbox.command("unshare");
    let run = command.args(["--mount", "sh", "-c", script, "sh"]).arg(&place).arg(binary()).output();
    match run {
        Ok(output) if output.status.success() && is_root() => {
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(text.trim(), "code 2\nreport.json\nold", "{}", String::from_utf8_lossy(&output.stderr));
        }
        _ => eprintln!("skipped: no small file system can be mounted here"),
    }
}

#[test]
fn a_closed_pipe_is_never_zero_and_quiet() {
    let sandbox = Sandbox::repository();
    for number in 0..50 {
        sandbox.write(&format!("pipe-{number}"), "");
    }
    for format in FORMATS {
        let mut command = sandbox.command(binary());
        command.args(["scan", "--format", format]).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|code| code == 2), "{format}: {:?} {stderr}", output.status);
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

/// Starts a scan that lasts, sends it a signal, and says how it ended.
fn signalled(signal: &str, after: Duration) -> (Option<i32>, Sandbox) {
    let sandbox = Sandbox::repository();
    let file = std::fs::File::create(sandbox.dir.join("large.bin")).unwrap();
    file.set_len(4 << 30).unwrap();
    sandbox.write("reports/report.json", "old");
    let mut command = sandbox.command(binary());
    command.args(["scan", "--format", "json", "--output", "reports/report.json", "--receipt", "reports/receipt.json"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    assert!(child.try_wait().unwrap().is_none(), "the scan ended before the signal");
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), sandbox);
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{signal} does not end it");
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn signals_end_it_at_once_and_leave_no_half_report() {
    for signal in ["-INT", "-TERM"] {
        let (code, sandbox) = signalled(signal, Duration::from_millis(1500));
        assert_eq!(code, Some(130), "{signal}");
        let reports = sandbox.dir.join("reports");
        assert_eq!(std::fs::read_to_string(reports.join("report.json")).unwrap(), "old");
        let left: Vec<_> = std::fs::read_dir(&reports).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["report.json"], "{signal}");
    }
}
