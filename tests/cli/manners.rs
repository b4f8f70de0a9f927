//! Help, completions, manual pages, several reports at once, closed pipes.

use std::io::Read;
use std::process::Stdio;

use crate::support::{Sandbox, binary, token};

#[test]
fn help_completions_and_manual_pages_are_there() {
    let sandbox = Sandbox::new();
    let _ = sandbox.stanch(&["--help"]).exits(0).says("Exit codes").says("Examples");
    let _ = sandbox.stanch(&["history", "--help"]).exits(0).says("Examples");
    for shell in ["bash", "zsh", "fish"] {
        let _ = sandbox.stanch(&["completions", shell]).exits(0).says("stanch");
    }
    let _ = sandbox.stanch(&["man", "pages"]).exits(0);
    assert!(sandbox.dir.join("pages/stanch-history.1").is_file());
    let _ = sandbox.stanch(&["rules", "list"]).exits(0).says("stanch-env-file");
    let _ = sandbox.stanch(&["rules", "show", "stanch-env-file"]).exits(0).says("revoke");
    let _ = sandbox.stanch(&["rules", "show", "nothing"]).exits(2);
}

#[test]
fn several_formats_go_to_several_places() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", token(1));
    let run =
        sandbox.stanch(&["scan", "-f", "json", "-o", "r.json", "-f", "sarif", "-o", "r.sarif", "-f", "text"]).exits(1);
    assert!(run.stdout.contains("a.txt:1:1"));
    for file in ["r.json", "r.sarif"] {
        let text = std::fs::read_to_string(sandbox.dir.join(file)).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
}

#[test]
fn a_closed_pipe_ends_silently_and_not_with_zero() {
    let sandbox = Sandbox::repository();
    let many: String = (0..3000).map(|number| format!("{}\n", token(number))).collect();
    sandbox.write("many.txt", many);
    let mut child = sandbox
        .command(binary())
        .args(["scan", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_ne!(output.status.code(), Some(0));
}
