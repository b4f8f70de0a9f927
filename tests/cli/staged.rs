//! `stanch staged`.

use crate::support::{Sandbox, token};

#[test]
fn the_index_counts_and_not_the_work_tree() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", format!("{}\n", token(1)));
    let _ = sandbox.stanch(&["staged"]).exits(0);
    sandbox.git(&["add", "a.txt"]);
    sandbox.write("a.txt", "cleaned since\n");
    let _ = sandbox.stanch(&["staged"]).exits(1).says("a.txt:1:1");
}

#[test]
fn old_secrets_in_untouched_lines_do_not_block_and_new_ones_do() {
    let sandbox = Sandbox::repository();
    let (old, new) = (token(2), token(3));
    sandbox.write("a.txt", format!("one\n{old}\nthree\n"));
    sandbox.commit("Leak, before the gate stood");
    sandbox.write("a.txt", format!("one\n{old}\nthree\nfour\n"));
    sandbox.git(&["add", "a.txt"]);
    let _ = sandbox.stanch(&["staged"]).exits(0);
    sandbox.write("a.txt", format!("one\n{old}\nthree\n{new}\n"));
    sandbox.git(&["add", "a.txt"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("a.txt:4:1");
}

#[test]
fn an_unborn_branch_and_a_rename_are_scanned_and_a_deletion_is_not() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet"]);
    sandbox.write("a.txt", format!("{}\n", token(4)));
    sandbox.git(&["add", "a.txt"]);
    let _ = sandbox.stanch(&["staged"]).exits(1);
    sandbox.commit("Leak");
    sandbox.git(&["mv", "a.txt", "b.txt"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("b.txt");
    sandbox.commit("Rename");
    sandbox.git(&["rm", "--quiet", "b.txt"]);
    let _ = sandbox.stanch(&["staged"]).exits(0);
}

#[test]
fn intent_to_add_stages_nothing_and_a_merge_shows_what_is_in_no_parent() {
    let sandbox = Sandbox::repository();
    sandbox.write("n.txt", format!("{}\n", token(5)));
    sandbox.git(&["add", "--intent-to-add", "n.txt"]);
    let _ = sandbox.stanch(&["staged"]).exits(0);
    std::fs::remove_file(sandbox.dir.join("n.txt")).unwrap();
    sandbox.git(&["reset", "--quiet"]);
    sandbox.git(&["checkout", "--quiet", "-b", "side"]);
    sandbox.write("theirs.txt", format!("{}\n", token(6)));
    sandbox.commit("Leak on a side branch");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("ours.txt", "ours\n");
    sandbox.commit("Go on");
    sandbox.git(&["merge", "--quiet", "--no-commit", "side"]);
    let _ = sandbox.stanch(&["staged"]).exits(0);
    sandbox.write("resolved.txt", format!("{}\n", token(7)));
    sandbox.git(&["add", "resolved.txt"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("resolved.txt");
}

#[test]
fn nothing_is_written_into_the_repository_and_nothing_configured_is_run() {
    let sandbox = Sandbox::repository();
    let trap = sandbox.beside("trap");
    let command = format!("touch {}", trap.display());
    for key in ["core.fsmonitor", "diff.external", "filter.x.clean", "filter.x.smudge", "diff.x.textconv", "core.pager"]
    {
        sandbox.git(&["config", key, &command]);
    }
    sandbox.git(&["config", "color.ui", "always"]);
    sandbox.write(".gitattributes", "* filter=x diff=x\n*.conf -diff\n");
    sandbox.write("a.conf", format!("{}\n", token(8)));
    sandbox.git(&["-c", "filter.x.clean=cat", "-c", "core.fsmonitor=", "add", "--all"]);
    drop(std::fs::remove_file(&trap));
    let before = sandbox.git(&["-c", "core.fsmonitor=", "count-objects", "-v"]);
    let _ = sandbox.stanch(&["staged"]).exits(1).says("a.conf");
    let _ = sandbox.stanch(&["scan"]).exits(1).says("a.conf");
    assert_eq!(sandbox.git(&["-c", "core.fsmonitor=", "count-objects", "-v"]), before);
    drop(std::fs::remove_file(&trap));
    let _ = sandbox.stanch(&["history"]).exits(1);
    assert!(!trap.exists(), "a configured command was run");
}
