//! The planted repository, and what must be found in it whatever its format.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::support::{Run, Sandbox, binary, token};

/// Committed and removed again.
pub const REMOVED: &str = "lib/removed.txt";
/// Committed, and still there.
pub const KEPT: &str = "app/deep/kept.txt";
/// Only in the index and the work tree.
pub const STAGED: &str = "app/staged.txt";

/// A token that no other place of this run holds.
pub fn fresh() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    token(u64::from(std::process::id()) << 20 | NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A repository that `git init` makes with `options`, with the three tokens in it.
pub fn planted(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.git(&[&["init", "--quiet", "--initial-branch=main"], options].concat());
    plant(&sandbox);
    sandbox
}

/// Plants the three tokens in a repository that is still empty.
pub fn plant(sandbox: &Sandbox) {
    sandbox.write("README.md", "hello\n");
    for number in 0..8 {
        sandbox.write(&format!("lib/part-{number}.txt"), format!("part {number}\n").repeat(40));
        sandbox.write(&format!("app/deep/part-{number}.txt"), format!("deep part {number}\n").repeat(40));
    }
    sandbox.commit("Begin");
    sandbox.write(REMOVED, format!("token = {}\n", fresh()));
    sandbox.commit("Leak");
    std::fs::remove_file(sandbox.dir.join(REMOVED)).unwrap();
    sandbox.write(KEPT, format!("token = {}\n", fresh()));
    sandbox.commit("Clean, and leak elsewhere");
    for number in 0..6 {
        sandbox.write("lib/part-1.txt", format!("{}change {number}\n", "part 1\n".repeat(40)));
        sandbox.commit(&format!("Step {number}"));
    }
    sandbox.write(STAGED, format!("token = {}\n", fresh()));
    sandbox.git(&["add", STAGED]);
}

/// The paths of a JSON report's findings.
pub fn paths(run: &Run) -> BTreeSet<String> {
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["location"]["path"].as_str().unwrap_or("(none)").to_owned()).collect()
}

/// The notices of a report that make it incomplete.
pub fn losses(run: &Run) -> Vec<Value> {
    let json = run.json();
    let notices = json["notices"].as_array().unwrap().iter();
    notices.filter(|notice| notice["kind"] != "skipped" && notice["kind"] != "warning").cloned().collect()
}

/// Runs a command with `--format json`.
pub fn json(sandbox: &Sandbox, args: &[&str]) -> Run {
    sandbox.stanch(&[args, &["--format", "json"]].concat())
}

/// Runs a command with `--format json` in another folder.
pub fn json_in(sandbox: &Sandbox, dir: &Path, args: &[&str]) -> Run {
    let mut command = sandbox.command(binary());
    sandbox.run(command.current_dir(dir), &[args, &["--format", "json"]].concat())
}

/// Exactly these paths are found, and nothing was left unread.
#[track_caller]
pub fn finds(run: Run, expected: &[&str]) {
    let code = i32::from(!expected.is_empty());
    assert!(run.code == code, "exit {}, not {code}\n{}\n{}", run.code, run.stdout, run.stderr);
    let found = paths(&run);
    assert!(found.iter().eq(expected.iter().copied().collect::<BTreeSet<_>>()), "{found:?}, not {expected:?}");
    assert!(losses(&run).is_empty(), "{:?}", losses(&run));
}

/// Every command finds what it is there for, and reads everything.
#[track_caller]
pub fn all_is_found(sandbox: &Sandbox) {
    finds(json(sandbox, &["history"]), &[REMOVED, KEPT, STAGED]);
    finds(json(sandbox, &["history", "--reachable"]), &[REMOVED, KEPT, STAGED]);
    finds(json(sandbox, &["history", "HEAD~7..HEAD"]), &[KEPT]);
    finds(json(sandbox, &["scan"]), &[KEPT, STAGED]);
    finds(json(sandbox, &["staged"]), &[STAGED]);
}

/// Whether a file below the git directory is there whose name ends in `suffix`.
pub fn has_file(dir: &Path, suffix: &str) -> bool {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|name| name.to_string_lossy().ends_with(suffix))
}
