//! The walk over real directories: what git tracks, what it ignores, and what is no file.

use std::fs::File;

use super::*;
use crate::source::collect::Collected;
use crate::source::sandbox::Sandbox;

fn scanned_with(sandbox: &Sandbox, paths: &[&str], ignored: bool) -> Collected {
    let paths: Vec<PathBuf> = paths.iter().map(|path| sandbox.path().join(path)).collect();
    let sink = Collected::default();
    let limits = ContentLimits::default();
    let environment = &GitEnvironment::default();
    scan(&Request { paths: &paths, ignored, threads: 2, limits, environment }, &sink).unwrap();
    sink
}

fn scanned(sandbox: &Sandbox, paths: &[&str]) -> Collected {
    scanned_with(sandbox, paths, false)
}

#[test]
fn tracked_files_and_untracked_ones_that_are_not_ignored_are_scanned() {
    let sandbox = Sandbox::new();
    sandbox.stage("kept.log", "tracked although ignored");
    sandbox.stage("sub/dir/kept.log", "deep");
    sandbox.stage("gone.txt", "deleted on disk");
    sandbox.write(".gitignore", "*.log\nbuild/\n");
    sandbox.write("other.log", "ignored");
    sandbox.write("build/out", "ignored");
    sandbox.write("sub/new", "untracked");
    sandbox.write(".hidden/file", "hidden");
    sandbox.write(".git/info/exclude", "excluded\n");
    sandbox.write("excluded", "x");
    fs::remove_file(sandbox.path().join("gone.txt")).unwrap();
    let sink = scanned(&sandbox, &["."]);
    assert_eq!(sink.paths(), [".gitignore", ".hidden/file", "kept.log", "sub/dir/kept.log", "sub/new"]);
    assert_eq!(sink.notices(), [""; 0]);
    let sink = scanned_with(&sandbox, &["."], true);
    let all =
        [".gitignore", ".hidden/file", "build/out", "excluded", "kept.log", "other.log", "sub/dir/kept.log", "sub/new"];
    assert_eq!(sink.paths(), all);
}

#[test]
fn what_is_scanned_is_what_git_lists() {
    let sandbox = Sandbox::new();
    let rules =
        "*.log\n!keep.log\n/root-only\ndir/**/deep\nbuild/\n!build/kept\n[abc]x\n\\#literal\n*.tmp\n!/d0/*.tmp\n";
    sandbox.write(".gitignore", rules);
    sandbox.write("d1/.gitignore", "!*.log\nlocal\n/*.txt\n");
    let names = [
        "a.log",
        "keep.log",
        "root-only",
        "deep",
        "build/out",
        "build/kept",
        "ax",
        "dx",
        "#literal",
        "t.tmp",
        "local",
        "n.txt",
    ];
    for directory in ["", "d0/", "d1/", "d1/dir/", "dir/one/two/"] {
        for name in names {
            sandbox.write(&format!("{directory}{name}"), name);
        }
    }
    sandbox.git(&["add", "-f", "a.log", "d0/build/out", "d1/n.txt", "dir/one/two/deep"]);
    let listed = sandbox.git(&["ls-files", "--cached", "--others", "--exclude-standard"]);
    let mut listed: Vec<&str> = listed.lines().collect();
    listed.sort_unstable();
    assert_eq!(scanned(&sandbox, &["."]).paths(), listed);
    let all = sandbox.git(&["ls-files", "--cached", "--others"]);
    assert_eq!(scanned_with(&sandbox, &["."], true).paths().len(), all.lines().count());
}

#[test]
fn paths_are_relative_to_the_repository_and_each_file_is_scanned_once() {
    let sandbox = Sandbox::new();
    sandbox.stage("a/b/file", "one");
    sandbox.stage("a/top.log", "two");
    sandbox.write(".gitignore", "*.log");
    assert_eq!(scanned(&sandbox, &["a"]).paths(), ["a/b/file", "a/top.log"]);
    assert_eq!(scanned(&sandbox, &["a", "a/b", "a/b/file", "a/../a"]).paths(), ["a/b/file", "a/top.log"]);
    // What is named is scanned, ignored or not.
    sandbox.write("named.log", "three");
    assert_eq!(scanned(&sandbox, &["named.log"]).listing(), ["named.log=three"]);
}

#[test]
fn outside_a_repository_everything_is_scanned_under_its_given_name() {
    let sandbox = Sandbox::bare_directory();
    sandbox.write("dir/.gitignore", "*.log");
    sandbox.write("dir/a.log", "x");
    let sink = scanned(&sandbox, &["dir"]);
    let base = sandbox.path().display().to_string();
    assert_eq!(sink.paths(), [format!("{base}/dir/.gitignore"), format!("{base}/dir/a.log")]);
}

#[test]
fn nested_repositories_are_walked_as_files_and_their_tracked_files_are_kept() {
    let sandbox = Sandbox::new();
    sandbox.stage("a", "outer");
    fs::create_dir(sandbox.path().join("nested")).unwrap();
    sandbox.git_in("nested", &["init", "-q"]);
    sandbox.write("nested/kept.log", "tracked");
    sandbox.write("nested/.gitignore", "*.log");
    sandbox.write("nested/other.log", "ignored");
    sandbox.git_in("nested", &["add", "-f", "kept.log"]);
    assert_eq!(scanned(&sandbox, &["."]).paths(), ["a", "nested/.gitignore", "nested/kept.log"]);
    // The same from a directory that is no repository at all.
    let outside = Sandbox::bare_directory();
    fs::rename(sandbox.path().join("nested"), outside.path().join("nested")).unwrap();
    assert_eq!(scanned(&outside, &["."]).paths().len(), 2);
}

#[test]
fn linked_work_trees_use_their_own_index() {
    let sandbox = Sandbox::new();
    sandbox.stage("a.log", "first");
    sandbox.stage(".gitignore", "*.log\nlinked\n");
    sandbox.commit("first");
    sandbox.git(&["worktree", "add", "-q", "linked"]);
    sandbox.write("linked/b.log", "only here");
    sandbox.git_in("linked", &["add", "-f", "b.log"]);
    assert_eq!(scanned(&sandbox, &["linked"]).paths(), [".gitignore", "a.log", "b.log"]);
    assert_eq!(scanned(&sandbox, &["."]).paths(), [".gitignore", "a.log"]);
}

#[cfg(unix)]
#[test]
fn links_are_read_as_text_and_never_followed() {
    use std::os::unix::fs::symlink;
    let outside = Sandbox::bare_directory();
    outside.write("secret", "must not be read");
    let sandbox = Sandbox::new();
    symlink(outside.path().join("secret"), sandbox.path().join("out")).unwrap();
    symlink("loop", sandbox.path().join("loop")).unwrap();
    symlink(".", sandbox.path().join("self")).unwrap();
    symlink("nowhere", sandbox.path().join("dangling")).unwrap();
    sandbox.git(&["add", "."]);
    let sink = scanned(&sandbox, &["."]);
    let target = outside.path().join("secret").display().to_string();
    assert_eq!(sink.listing(), ["dangling=nowhere", "loop=loop", &format!("out={target}"), "self=."]);
    assert_eq!(sink.notices(), ["skipped loop"]);
    // A tracked file behind a directory that became a link is not in the work tree any more.
    sandbox.stage("dir/secret", "tracked");
    sandbox.write(".gitignore", "dir\n");
    fs::remove_dir_all(sandbox.path().join("dir")).unwrap();
    symlink(outside.path(), sandbox.path().join("dir")).unwrap();
    assert!(scanned(&sandbox, &["."]).items().iter().all(|item| item.bytes != b"must not be read"));
}

#[cfg(unix)]
#[test]
fn pipes_and_sockets_are_named_and_not_opened() {
    let sandbox = Sandbox::new();
    assert!(std::process::Command::new("mkfifo").arg(sandbox.path().join("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(sandbox.path().join("socket")).unwrap();
    let sink = scanned(&sandbox, &["."]);
    assert_eq!(sink.paths(), [""; 0]);
    assert_eq!(sink.notices(), ["skipped pipe", "skipped socket"]);
    assert_eq!(scanned(&sandbox, &["pipe"]).notices(), ["skipped pipe"]);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_is_a_notice_and_the_rest_is_scanned() {
    use std::os::unix::fs::PermissionsExt;
    let sandbox = Sandbox::new();
    sandbox.write("ok", "fine");
    sandbox.write("locked/file", "x");
    sandbox.write("secret", "x");
    let lock = |path: &str, mode| {
        fs::set_permissions(sandbox.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    lock("locked", 0o000);
    lock("secret", 0o000);
    let is_root = fs::read(sandbox.path().join("secret")).is_ok();
    let sink = scanned(&sandbox, &["."]);
    lock("locked", 0o755);
    if is_root {
        // The superuser reads everything; nothing can be asserted but that everything was.
        assert_eq!(sink.paths(), ["locked/file", "ok", "secret"]);
    } else {
        assert_eq!(sink.listing(), ["ok=fine"]);
        assert_eq!(sink.notices(), ["unreadable locked", "unreadable secret"]);
    }
}

#[test]
fn a_file_that_is_not_what_it_was_is_told() {
    let sandbox = Sandbox::bare_directory();
    sandbox.write("file", "12345");
    let file = File::open(sandbox.path().join("file")).unwrap();
    let before = file.metadata().unwrap();
    assert!(!has_changed(&before, &file.metadata().unwrap(), 5));
    assert!(has_changed(&before, &file.metadata().unwrap(), 4));
    sandbox.write("file", "123456");
    assert!(has_changed(&before, &file.metadata().unwrap(), 6));
}

#[test]
fn a_missing_path_and_a_bare_repository_are_usage_errors() {
    let sandbox = Sandbox::with(&["--bare"]);
    let scan = |path: &str| {
        let paths = [sandbox.path().join(path)];
        let environment = &GitEnvironment::default();
        let limits = ContentLimits::default();
        scan(&Request { paths: &paths, ignored: false, threads: 1, limits, environment }, &Collected::default())
    };
    assert!(matches!(scan("absent"), Err(SourceError::NotFound { .. })));
    assert!(matches!(scan("."), Err(SourceError::Bare { .. })));
    assert!(scan(".").unwrap_err().is_usage());
}

#[test]
fn a_damaged_index_is_a_notice_and_the_files_are_scanned() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "one");
    sandbox.write(".git/index", "DIRC nonsense");
    let sink = scanned(&sandbox, &["."]);
    assert_eq!(sink.listing(), ["a=one"]);
    assert_eq!(sink.notices(), [format!("unreadable {}", sandbox.path().display())]);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_keep_their_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let sandbox = Sandbox::new();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9\n.txt");
    fs::write(sandbox.path().join(name), "x").unwrap();
    let sink = scanned(&sandbox, &["."]);
    assert_eq!(sink.items()[0].provenance.path.as_ref().unwrap().as_slice(), name.as_bytes());
    assert_eq!(Path::new(name).as_os_str().len(), 9);
}

#[test]
fn large_files_come_in_pieces() {
    let sandbox = Sandbox::new();
    sandbox.write("big", "line\n".repeat(1000));
    let sink = Collected::default();
    let limits = ContentLimits { whole: 1000, margin: 50, budget: 1000 };
    let environment = &GitEnvironment::default();
    scan(&Request { paths: &[sandbox.path()], ignored: false, threads: 1, limits, environment }, &sink).unwrap();
    assert!(sink.items().len() > 4);
    assert!(sink.items().iter().all(|item| item.piece.is_some() && item.bytes.len() <= 1001));
}
