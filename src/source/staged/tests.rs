//! Staged changes of real repositories: what counts is what git would commit, line for line.

use super::*;
use crate::source::collect::Collected;
use crate::source::git::GitEnvironment;
use crate::source::sandbox::Sandbox;

fn staged(sandbox: &Sandbox) -> Collected {
    let sink = Collected::default();
    scan(&sandbox.repository(), &sink).unwrap();
    sink
}

fn check(sandbox: &Sandbox, expected: &[&str]) {
    assert_eq!(staged(sandbox).listing(), expected);
}

fn with_history(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with(options);
    sandbox.stage("a", "one\ntwo\nthree\n");
    sandbox.stage("dir/b", "b\n");
    sandbox.stage("dir/sub/c", "c\n");
    sandbox.stage("dir.x", "between\n");
    sandbox.commit("first");
    sandbox
}

#[test]
fn added_lines_of_changed_files_and_all_of_new_files_count() {
    for options in [&[][..], &["--object-format=sha256"], &["--ref-format=reftable"]] {
        let sandbox = with_history(options);
        check(&sandbox, &[]);
        sandbox.stage("a", "one\n2\nthree\nfour\n");
        sandbox.stage("dir/sub/new", "fresh");
        sandbox.write("dir/b", "only in the work tree");
        check(&sandbox, &["a=2\nfour\n", "dir/sub/new=fresh"]);
        let items = staged(&sandbox).into_items();
        assert_eq!(items[0].bytes, b"one\n2\nthree\nfour\n", "the whole blob is shown");
        assert_eq!(items[0].provenance.object, Some(sandbox.id(":a")));
        assert_eq!(items[0].provenance.origin, Origin::Index);
    }
}

#[test]
fn the_index_counts_and_not_the_work_tree() {
    let sandbox = with_history(&[]);
    sandbox.stage("a", "staged\n");
    sandbox.write("a", "cleaned since\n");
    check(&sandbox, &["a=staged\n"]);
}

#[test]
fn everything_is_new_on_an_unborn_branch() {
    let sandbox = Sandbox::new();
    check(&sandbox, &[]);
    sandbox.stage("a/b", "x");
    check(&sandbox, &["a/b=x"]);
}

#[test]
fn deletions_add_nothing_and_renames_and_copies_everything() {
    let sandbox = with_history(&[]);
    sandbox.git(&["mv", "a", "renamed"]);
    sandbox.git(&["rm", "-q", "dir/b"]);
    sandbox.stage("dir/copy", "c\n");
    check(&sandbox, &["dir/copy=c\n", "renamed=one\ntwo\nthree\n"]);
}

#[test]
fn intent_to_add_stages_nothing() {
    let sandbox = with_history(&[]);
    sandbox.write("later", "x");
    sandbox.write("dir/later", "x");
    sandbox.git(&["add", "-N", "later", "dir/later"]);
    check(&sandbox, &[]);
}

#[cfg(unix)]
#[test]
fn modes_links_and_submodules_are_told_apart() {
    let sandbox = with_history(&[]);
    sandbox.git(&["update-index", "--chmod=+x", "a"]);
    std::os::unix::fs::symlink("one\ntwo\nthree\n", sandbox.path().join("link")).unwrap();
    sandbox.git(&["add", "link"]);
    let commit = sandbox.id("HEAD").to_string();
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{commit},module")]);
    let sink = staged(&sandbox);
    assert_eq!(sink.listing(), ["a=", "link=one\ntwo\nthree\n"], "a change of mode adds no bytes");
    assert_eq!(sink.notices(), ["skipped module"]);
    // A file that becomes a link is new as a whole, though its bytes are the same.
    sandbox.commit("link");
    sandbox.git(&["update-index", "--cacheinfo", &format!("120000,{},a", sandbox.id(":a"))]);
    check(&sandbox, &["a=one\ntwo\nthree\n"]);
}

#[test]
fn in_a_merge_only_what_no_parent_has_counts() {
    let sandbox = with_history(&[]);
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.stage("a", "one\ntwo\nthree\nside\n");
    sandbox.stage("side-only", "side\n");
    sandbox.stage("both", "side\n");
    sandbox.commit("side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.stage("a", "main\none\ntwo\nthree\n");
    sandbox.stage("both", "main\n");
    sandbox.commit("main");
    let output = sandbox.try_git(".", &["merge", "-q", "--no-commit", "side"], b"");
    assert!(!output.status.success(), "`both` is in conflict");
    let sink = staged(&sandbox);
    assert_eq!(sink.listing(), ["a="]);
    assert_eq!(sink.notices(), ["skipped both"]);
    sandbox.stage("both", "main\nresolved by hand\nside\n");
    check(&sandbox, &["a=", "both=resolved by hand\n"]);
    sandbox.commit("merged");
    check(&sandbox, &[]);
}

#[test]
fn git_index_file_is_honoured() {
    let sandbox = with_history(&[]);
    std::fs::copy(sandbox.path().join(".git/index"), sandbox.path().join("other-index")).unwrap();
    sandbox.stage("a", "in the usual index\n");
    let environment = GitEnvironment { index_file: Some("other-index".into()), ..GitEnvironment::default() };
    let repository = Repository::require(&sandbox.path(), &environment).unwrap();
    let sink = Collected::default();
    scan(&repository, &sink).unwrap();
    assert_eq!(sink.listing(), [""; 0]);
    check(&sandbox, &["a=in the usual index\n"]);
}

#[test]
fn split_and_sparse_indexes_are_read() {
    let sandbox = with_history(&[]);
    sandbox.git(&["config", "splitIndex.maxPercentChange", "100"]);
    sandbox.git(&["update-index", "--split-index"]);
    sandbox.stage("dir/b", "b\nmore\n");
    check(&sandbox, &["dir/b=more\n"]);

    let sandbox = with_history(&[]);
    sandbox.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "elsewhere"]);
    assert!(
        sandbox.git(&["ls-files", "--sparse"]).contains("dir/\n")
            || sandbox.git(&["ls-files", "--sparse"]).ends_with("dir/")
    );
    check(&sandbox, &[]);
    sandbox.stage("a", "one\n");
    check(&sandbox, &["a="]);
    // `HEAD` moves while the directory in the index stays what it was.
    sandbox.git(&["commit", "-q", "-m", "x"]);
    let tree = sandbox.git_with_input(&["mktree"], b"");
    let bare = sandbox.git(&["commit-tree", "-m", "empty", &tree]);
    sandbox.git(&["update-ref", "HEAD", &bare]);
    check(&sandbox, &["a=one\n", "dir.x=between\n", "dir/b=b\n", "dir/sub/c=c\n"]);
}

#[test]
fn a_linked_work_tree_has_its_own_index_and_head() {
    let sandbox = with_history(&[]);
    sandbox.git(&["worktree", "add", "-q", "linked", "-b", "other"]);
    sandbox.write("linked/a", "one\ntwo\nthree\nlinked\n");
    sandbox.git_in("linked", &["add", "a"]);
    let repository = Repository::require(&sandbox.path().join("linked"), &GitEnvironment::default()).unwrap();
    let sink = Collected::default();
    scan(&repository, &sink).unwrap();
    assert_eq!(sink.listing(), ["a=linked\n"]);
    check(&sandbox, &[]);
}

#[test]
fn a_bare_repository_and_a_damaged_index_are_errors() {
    let sandbox = Sandbox::with(&["--bare"]);
    let error = scan(&sandbox.repository(), &Collected::default()).unwrap_err();
    assert!(matches!(error, SourceError::Bare { .. }));
    let sandbox = with_history(&[]);
    sandbox.write(".git/index", "nonsense");
    let error = scan(&sandbox.repository(), &Collected::default()).unwrap_err();
    assert!(!error.is_usage(), "{error}");
}

#[test]
fn a_missing_blob_is_a_notice() {
    let sandbox = with_history(&[]);
    sandbox.stage("a", "new\n");
    let id = sandbox.id(":a").to_string();
    std::fs::remove_file(sandbox.path().join(".git/objects").join(&id[..2]).join(&id[2..])).unwrap();
    assert_eq!(staged(&sandbox).notices(), ["missing a"]);
}

#[test]
fn nothing_that_is_configured_hides_or_runs_anything() {
    let sandbox = with_history(&[]);
    let trap = sandbox.path().join("ran");
    let command = format!("touch {}", trap.display());
    for key in ["core.fsmonitor", "diff.external", "diff.x.textconv", "filter.x.clean", "filter.x.smudge", "core.pager"]
    {
        sandbox.git(&["config", key, &command]);
    }
    sandbox.git(&["config", "color.ui", "always"]);
    sandbox.write(".git/info/attributes", "* -diff diff=x\n");
    let blob = sandbox.git_with_input(&["hash-object", "-w", "--stdin"], b"one\nnew\n");
    sandbox.git(&["-c", "core.fsmonitor=false", "update-index", "--cacheinfo", &format!("100644,{blob},a")]);
    let _ = std::fs::remove_file(&trap);
    check(&sandbox, &["a=new\n"]);
    assert!(!trap.exists());
}
