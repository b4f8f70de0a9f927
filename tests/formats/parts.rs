//! Repositories of which a part is elsewhere: alternates, shallow and partial clones.

use std::path::Path;

use crate::plant::{KEPT, REMOVED, STAGED, finds, fresh, json, json_in, losses, paths, planted};
use crate::support::Sandbox;

fn url(path: &Path) -> String {
    format!("file://{}", path.display())
}

#[test]
fn alternates_absolute_relative_and_in_a_chain() {
    let sandbox = planted(&[]);
    sandbox.git(&["commit", "--quiet", "-m", "All"]);
    let (near, far) = (sandbox.beside("near"), sandbox.beside("far"));
    sandbox.git(&["clone", "--quiet", "--shared", ".", near.to_str().unwrap()]);
    sandbox.git(&["clone", "--quiet", "--shared", near.to_str().unwrap(), far.to_str().unwrap()]);
    let lists = [near.join(".git/objects/info/alternates"), far.join(".git/objects/info/alternates")];
    let everything = [REMOVED, KEPT, STAGED];
    finds(json_in(&sandbox, &far, &["history"]), &everything);
    std::fs::write(&lists[0], "../../../work/.git/objects\n").unwrap();
    // Git itself follows a relative path only from the first list.
    std::fs::write(&lists[1], format!("# a comment\n\n{}\n", near.join(".git/objects").display())).unwrap();
    finds(json_in(&sandbox, &near, &["history"]), &everything);
    finds(json_in(&sandbox, &far, &["history"]), &everything);
    finds(json_in(&sandbox, &far, &["scan"]), &[KEPT, STAGED]);
    // A circle ends.
    std::fs::create_dir_all(sandbox.dir.join(".git/objects/info")).unwrap();
    std::fs::write(sandbox.dir.join(".git/objects/info/alternates"), "../../../near/.git/objects\n").unwrap();
    finds(json_in(&sandbox, &near, &["history"]), &everything);
    // What is not there is told.
    std::fs::write(&lists[1], "/no/such/place/objects\n").unwrap();
    let run = json_in(&sandbox, &far, &["history"]).exits(3);
    assert!(run.stdout.contains("/no/such/place"), "{}", run.stdout);
    assert!(!losses(&run).is_empty());
    let _ = sandbox.stanch(&["history", "--repo", far.to_str().unwrap(), "HEAD~2..HEAD"]);
}

#[test]
fn a_shallow_clone_says_where_history_ends() {
    let sandbox = planted(&[]);
    let clone = sandbox.beside("clone");
    sandbox.git(&["clone", "--quiet", "--depth=2", &url(&sandbox.dir), clone.to_str().unwrap()]);
    let run = json_in(&sandbox, &clone, &["history"]).exits(1);
    assert_eq!(paths(&run).into_iter().collect::<Vec<_>>(), [KEPT]);
    assert_eq!(losses(&run)[0]["kind"], "shallow", "{}", run.stdout);
    // Without a finding, the loss decides.
    let sandbox = Sandbox::repository();
    sandbox.commit("Second");
    sandbox.commit("Third");
    let clone = sandbox.beside("clone");
    sandbox.git(&["clone", "--quiet", "--depth=2", &url(&sandbox.dir), clone.to_str().unwrap()]);
    let _ = json_in(&sandbox, &clone, &["history"]).exits(3).says("shallow");
    let _ = json_in(&sandbox, &clone, &["history", "HEAD~1..HEAD"]).exits(0);
    let _ = json_in(&sandbox, &clone, &["history", "--since", "2020-01-01"]).exits(3);
}

#[test]
fn a_partial_clone_says_what_was_never_fetched() {
    for filter in ["blob:none", "tree:0"] {
        let sandbox = planted(&[]);
        sandbox.git(&["commit", "--quiet", "-m", "All"]);
        sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
        let clone = sandbox.beside("clone");
        let filter = format!("--filter={filter}");
        sandbox.git(&["clone", "--quiet", "--no-checkout", &filter, &url(&sandbox.dir), clone.to_str().unwrap()]);
        let before = sandbox.git(&["-C", clone.to_str().unwrap(), "count-objects", "-v"]);
        let run = json_in(&sandbox, &clone, &["history"]).exits(3).says("never fetched");
        assert!(losses(&run).iter().any(|loss| loss["kind"] == "missing"), "{filter}: {}", run.stdout);
        let _ = json_in(&sandbox, &clone, &["history", "HEAD~1..HEAD"]).exits(3);
        let after = sandbox.git(&["-C", clone.to_str().unwrap(), "count-objects", "-v"]);
        assert_eq!(before, after, "nothing is fetched behind the user's back");
        // What was fetched is scanned.
        sandbox.git(&["-C", clone.to_str().unwrap(), "checkout", "--quiet", "main"]);
        let run = json_in(&sandbox, &clone, &["history"]).exits(1);
        let found = paths(&run);
        assert!(found.contains(KEPT) && found.contains(STAGED) && !found.contains(REMOVED), "{found:?}");
        assert!(!losses(&run).is_empty());
        finds(json_in(&sandbox, &clone, &["scan"]), &[KEPT, STAGED]);
        std::fs::write(clone.join("new.txt"), fresh()).unwrap();
        sandbox.git(&["-C", clone.to_str().unwrap(), "add", "new.txt"]);
        finds(json_in(&sandbox, &clone, &["staged"]), &["new.txt"]);
    }
}

#[test]
fn a_missing_object_of_each_kind_is_told() {
    for (kind, name) in
        [("blob", "HEAD:README.md"), ("tree", "HEAD:lib"), ("tree", "HEAD^{tree}"), ("commit", "HEAD~3")]
    {
        let sandbox = Sandbox::repository();
        sandbox.write("lib/x.txt", "x\n");
        for number in 0..5 {
            sandbox.write("lib/x.txt", format!("x {number}\n"));
            sandbox.commit(&format!("Step {number}"));
        }
        let id = sandbox.git(&["rev-parse", name]);
        std::fs::remove_file(sandbox.dir.join(".git/objects").join(&id[..2]).join(&id[2..])).unwrap();
        let run = json(&sandbox, &["history"]).exits(3);
        assert!(losses(&run).iter().any(|loss| loss["kind"] == "missing"), "{kind} {name}: {}", run.stdout);
        let _ = json(&sandbox, &["history", "--reachable"]).exits(3);
    }
}
