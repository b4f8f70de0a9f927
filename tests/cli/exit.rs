//! The exit contract, code by code.

use std::os::unix::fs::PermissionsExt;

use crate::support::{Sandbox, binary, token};

#[test]
fn clean_is_zero_and_found_is_one() {
    let sandbox = Sandbox::repository();
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let _ = sandbox.stanch(&["staged"]).exits(0);
    let _ = sandbox.stanch(&["history"]).exits(0);
    sandbox.write("a.txt", token(1));
    for format in ["text", "json", "jsonl", "sarif", "github", "markdown"] {
        let _ = sandbox.stanch(&["scan", "--format", format]).exits(1);
    }
}

#[test]
fn wrong_usage_is_two() {
    let sandbox = Sandbox::new();
    let _ = sandbox.stanch(&["no-such-command"]).exits(2);
    let _ = sandbox.stanch(&["scan", "no-such-file"]).exits(2).warns("no-such-file");
    let _ = sandbox.stanch(&["staged"]).exits(2).warns("repository");
    let _ = sandbox.stanch(&["history"]).exits(2).warns("repository");
    let _ = sandbox.stanch(&["scan", "--config", "none.yml"]).exits(2);
    let _ = sandbox.stanch(&["scan", "--format", "json", "--format", "sarif"]).exits(2);
    sandbox.git(&["init", "--quiet", "--bare", "bare.git"]);
    let run = sandbox.run(sandbox.command(binary()).current_dir(sandbox.dir.join("bare.git")), &["staged"]);
    let _ = run.exits(2).warns("bare");
}

#[test]
fn incomplete_is_three_unless_something_was_found_or_it_is_allowed() {
    let sandbox = Sandbox::repository();
    let blob = {
        sandbox.write("b.txt", "something else\n");
        sandbox.commit("More");
        sandbox.git(&["rev-parse", "HEAD:b.txt"])
    };
    let object = sandbox.dir.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    std::fs::set_permissions(&object, std::fs::Permissions::from_mode(0o644)).unwrap();
    std::fs::write(&object, b"damaged").unwrap();
    let _ = sandbox.stanch(&["history"]).exits(3);
    let _ = sandbox.stanch(&["history", "--allow-incomplete"]).exits(0);
    sandbox.write("c.txt", token(2));
    sandbox.git(&["add", "c.txt"]);
    sandbox.git(&["commit", "--quiet", "-m", "Leak"]);
    let _ = sandbox.stanch(&["history"]).exits(1);
}

#[test]
fn an_unwritable_report_is_never_zero() {
    let sandbox = Sandbox::repository();
    let _ = sandbox.stanch(&["scan", "--output", "no/such/folder/report.txt"]).exits(2);
    if std::path::Path::new("/dev/full").exists() {
        let _ = sandbox.stanch(&["scan", "--output", "/dev/full"]).exits(2);
    }
}

#[test]
fn a_container_that_cannot_be_entered_is_incomplete() {
    let sandbox = Sandbox::repository();
    sandbox.write("data.txt.bz2", [b"BZh91AY&SY".as_slice(), &[7; 40]].concat());
    let _ = sandbox.stanch(&["scan"]).exits(3).says("data.txt.bz2");
    sandbox.commit("Add compressed data");
    let _ = sandbox.stanch(&["history"]).exits(3);
    let _ = sandbox.stanch(&["scan", "--allow-incomplete"]).exits(0).says("data.txt.bz2");
}
