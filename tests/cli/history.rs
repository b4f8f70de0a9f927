//! `stanch history`.

use crate::support::{Sandbox, token};

#[test]
fn what_was_removed_later_is_found_with_its_commit() {
    let sandbox = Sandbox::repository();
    sandbox.write("app.conf", format!("token = {}\n", token(1)));
    let leaked = sandbox.commit("Leak");
    sandbox.write("app.conf", "token = from the vault\n");
    sandbox.commit("Clean");
    let run = sandbox.stanch(&["history", "--format", "json"]).exits(1);
    let finding = &run.json()["findings"][0];
    assert_eq!(finding["location"]["path"], "app.conf", "{finding}");
    assert!(run.stdout.contains(&leaked), "the introducing commit is not named: {}", run.stdout);
    let _ = sandbox.stanch(&["scan"]).exits(0);
}

#[test]
fn messages_and_unreachable_objects_are_scanned() {
    let sandbox = Sandbox::repository();
    sandbox.commit(&format!("Deploy with {}", token(2)));
    let _ = sandbox.stanch(&["history"]).exits(1).says("commit");
    let sandbox = Sandbox::repository();
    sandbox.write("x.txt", format!("{}\n", token(3)));
    sandbox.git(&["hash-object", "-w", "x.txt"]);
    std::fs::remove_file(sandbox.dir.join("x.txt")).unwrap();
    let _ = sandbox.stanch(&["history"]).exits(1).says("no ref reaches it");
    let _ = sandbox.stanch(&["history", "--reachable"]).exits(0);
}

#[test]
fn packed_and_loose_histories_say_the_same() {
    let sandbox = Sandbox::repository();
    let mut text = String::new();
    for number in 0..30 {
        text.push_str(&format!("line {number} of a file that grows\n"));
        if number % 7 == 3 {
            text.push_str(&format!("key{number} = {}\n", token(200 + number)));
        }
        sandbox.write("grow.txt", &text);
        sandbox.commit(&format!("Step {number}"));
    }
    let report = || {
        let json = sandbox.stanch(&["history", "--format", "json"]).exits(1).json();
        json["findings"].clone()
    };
    let loose = report();
    sandbox.git(&["repack", "-adf", "--quiet"]);
    assert_eq!(report(), loose);
    let full = sandbox.stanch(&["history", "--full-scan", "--format", "json"]).exits(1).json();
    assert_eq!(full["findings"], loose);
}

#[test]
fn ranges_hold_what_their_commits_brought() {
    let sandbox = Sandbox::repository();
    sandbox.write("old.txt", format!("{}\n", token(4)));
    let base = sandbox.commit("Leak before");
    sandbox.write("new.txt", format!("{}\n", token(5)));
    sandbox.commit("Leak after");
    let run = sandbox.stanch(&["history", &format!("{base}..HEAD")]).exits(1).says("new.txt");
    assert!(!run.stdout.contains("old.txt"));
    // From where it can be reached, as the sweep of everything tells it; a commit that no ref reaches says so.
    sandbox.git(&["branch", "kept"]);
    sandbox.git(&["tag", "v1", "HEAD"]);
    let refs = |args: &[&str]| {
        let json = sandbox.stanch(&[&["history", "--format", "json"], args].concat()).exits(1).json();
        let findings = json["findings"].as_array().unwrap();
        findings.iter().find(|one| one["location"]["path"] == "new.txt").unwrap()["history"]["refs"].clone()
    };
    let range = format!("{base}..HEAD");
    assert_eq!(refs(&[&range]), serde_json::json!(["refs/heads/kept", "refs/heads/main", "refs/tags/v1"]));
    assert_eq!(refs(&[&range]), refs(&[]));
    // The last commit that held it is not always the one that brought it.
    sandbox.write("other.txt", "nothing\n");
    let kept = sandbox.commit("Keep");
    sandbox.git(&["rm", "--quiet", "new.txt"]);
    let gone = sandbox.commit("Remove");
    for asked in [&[range.as_str()][..], &[]] {
        let json = sandbox.stanch(&[&["history", "--format", "json"], asked].concat()).exits(1).json();
        let findings = json["findings"].as_array().unwrap();
        let found = findings.iter().find(|one| one["location"]["path"] == "new.txt").unwrap();
        assert_eq!(found["history"]["last"]["id"], kept.as_str(), "{asked:?}: {found}");
    }
    let tip = gone;
    sandbox.git(&["reset", "--quiet", "--hard", &base]);
    sandbox.git(&["branch", "--quiet", "-D", "kept"]);
    sandbox.git(&["tag", "-d", "v1"]);
    assert_eq!(refs(&[&format!("{base}..{tip}")]), serde_json::json!([]));
    sandbox.git(&["reset", "--quiet", "--hard", &tip]);
    let _ = sandbox.stanch(&["history", "HEAD..HEAD"]).exits(3);
    let _ = sandbox.stanch(&["history", "--allow-empty", "HEAD..HEAD"]).exits(0);
    let _ = sandbox.stanch(&["history", "no-such-branch..HEAD"]).exits(2);
}
