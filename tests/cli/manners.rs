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

#[test]
fn each_v_says_more_and_none_says_a_value() {
    let sandbox = Sandbox::repository();
    let (named, held) = (token(31), token(32));
    sandbox.write(&format!("{named}/plain.txt"), "nothing\n");
    sandbox.write("src/app.py", format!("password = \"{held}\"\n"));
    let id = sandbox.commit("Leak");
    sandbox.git(&["branch", &format!("try-{named}")]);
    sandbox.git(&["repack", "-q", "-a", "-d"]);
    let log = |args: &[&str]| {
        let run = sandbox.stanch(args).exits(1);
        assert!(!run.stderr.contains(&named) && !run.stderr.contains(&held), "{args:?}: {}", run.stderr);
        assert!(!run.stdout.contains(&named) && !run.stdout.contains(&held), "{args:?}: {}", run.stdout);
        run.stderr
    };
    assert_eq!(log(&["scan"]), "");
    let (once, twice, thrice) = (log(&["scan", "-v"]), log(&["history", "-vv"]), log(&["scan", "-vvv"]));
    assert!(once.contains("policy: built in") && once.contains("confidence on"), "{once}");
    assert!(!once.contains("src/app.py"));
    assert!(twice.contains(".pack: ") && twice.contains("ref refs/heads/main"), "{twice}");
    assert!(log(&["history", "HEAD~1..HEAD", "-vv"]).contains(&format!("commit {id}")));
    assert!(thrice.contains("src/app.py: "), "{thrice}");
    assert!(log(&["history", "-vvv", "--no-cache"]).contains("blob "));
    for args in [&["scan", "-vvv", "--quiet"][..], &["history", "--quiet"]] {
        assert_eq!(log(args), "");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_sees_how_far_the_work_has_come_and_nobody_else_does() {
    let sandbox = Sandbox::repository();
    sandbox.write("large.txt", "nothing to see here, line after line\n".repeat(1 << 18));
    sandbox.commit("Large");
    let on_terminal = |options: &str| {
        let command = format!("'{}' history --no-cache {options}", binary().display());
        let output =
            sandbox.command("script").env("TERM", "xterm").args(["-q", "-e", "-c", &command, "/dev/null"]).output();
        output.ok().map(|output| (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    let Some((code, text)) = on_terminal("--format csv") else {
        assert!(std::env::var_os("STANCH_REQUIRE_TOOLS").is_none(), "`script` is needed to have a terminal");
        eprintln!("skipped: there is no `script` to make a terminal");
        return;
    };
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("sweeping the history") && text.contains(" B, 0:0"), "{text:?}");
    assert!(!on_terminal("--format csv --quiet").unwrap().1.contains("sweeping"));
    assert_eq!(sandbox.stanch(&["history", "--no-cache"]).exits(0).stderr, "");
}
