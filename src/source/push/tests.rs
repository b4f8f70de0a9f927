//! Pushes between real repositories, judged as a hook would: by what git itself sends.

use std::path::Path;

use super::*;
use crate::source::collect::Collected;
use crate::source::git::GitEnvironment;
use crate::source::sandbox::Sandbox;

/// A repository with one commit, cloned from and pushed to `origin.git`.
fn cloned() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.stage("old", "old\n");
    sandbox.commit("old");
    sandbox.git(&["init", "-q", "--bare", "-b", "main", "origin.git"]);
    sandbox.git(&["remote", "add", "origin", "origin.git"]);
    sandbox.git(&["push", "-q", "origin", "main"]);
    sandbox.write(".git/info/exclude", "origin.git\n");
    sandbox
}

/// The lines that git writes to a pre-push hook for a push with these arguments.
fn pre_push_lines(sandbox: &Sandbox, args: &[&str]) -> Vec<u8> {
    let hook = ".git/hooks/pre-push";
    let seen = sandbox.path().join("seen");
    let _ = std::fs::remove_file(&seen);
    sandbox.write(hook, format!("#!/bin/sh\ncat >'{}'\nexit 1\n", seen.display()));
    make_executable(&sandbox.path().join(hook));
    sandbox.try_git(".", &[&["push", "-q"], args].concat(), b"");
    std::fs::remove_file(sandbox.path().join(hook)).unwrap();
    std::fs::read(seen).unwrap_or_default()
}

fn make_executable(path: &Path) {
    assert!(std::process::Command::new("chmod").arg("+x").arg(path).status().unwrap().success());
}

fn pushed(sandbox: &Sandbox, remote: &str, args: &[&str]) -> Collected {
    let lines = pre_push_lines(sandbox, &[&[remote], args].concat());
    let repository = sandbox.repository();
    let updates = parse_pre_push(&lines, &repository).unwrap();
    let sink = Collected::default();
    scan(&repository, &updates, &Side::Sending { remote: remote.into() }, &sink).unwrap();
    sink
}

/// `path=content that counts` of all blobs.
fn blobs(sink: &Collected) -> Vec<String> {
    let mut found: Vec<String> = sink
        .items()
        .iter()
        .filter(|item| item.provenance.origin == Origin::Blob)
        .map(|item| format!("{}={}", item.path(), item.counted()))
        .collect();
    found.sort();
    found
}

fn messages(sink: &Collected) -> Vec<String> {
    let mut found: Vec<String> = sink
        .items()
        .iter()
        .filter(|item| matches!(item.provenance.origin, Origin::Commit | Origin::Tag))
        .map(|item| String::from_utf8_lossy(&item.bytes).trim_end().rsplit('\n').next().unwrap_or_default().to_owned())
        .collect();
    found.sort();
    found
}

#[test]
fn only_new_commits_count_and_only_what_they_add() {
    let sandbox = cloned();
    sandbox.stage("old", "old\nadded\n");
    sandbox.commit("second");
    sandbox.stage("gone", "added and removed\n");
    sandbox.commit("third");
    sandbox.git(&["rm", "-q", "gone"]);
    sandbox.commit("fourth");
    let sink = pushed(&sandbox, "origin", &["main"]);
    assert_eq!(blobs(&sink), ["gone=added and removed\n", "old=added\n"]);
    assert_eq!(messages(&sink), ["fourth", "second", "third"]);
    let item = sink.items().into_iter().find(|item| item.path() == "gone").unwrap();
    let attribution = item.attribution.unwrap();
    assert_eq!(attribution.first.unwrap().id, sandbox.id("HEAD~"));
    assert_eq!(*attribution.refs, ["refs/heads/main"]);
    // A new branch on top of what the remote has.
    sandbox.git(&["push", "-q", "origin", "main"]);
    sandbox.git(&["checkout", "-q", "-b", "fresh"]);
    sandbox.stage("new", "new\n");
    sandbox.commit("fresh");
    let sink = pushed(&sandbox, "origin", &["fresh"]);
    assert_eq!((blobs(&sink), messages(&sink)), (vec!["new=new\n".to_owned()], vec!["fresh".to_owned()]));
    // A remote without tracking refs may have nothing.
    sandbox.git(&["init", "-q", "--bare", "other.git"]);
    let sink = pushed(&sandbox, "other.git", &["fresh"]);
    assert_eq!(messages(&sink), ["fourth", "fresh", "old", "second", "third"]);
}

#[test]
fn several_refs_tags_and_deletions_in_one_push() {
    let sandbox = cloned();
    sandbox.git(&["checkout", "-q", "-b", "one"]);
    sandbox.stage("one", "1\n");
    sandbox.commit("one");
    sandbox.git(&["checkout", "-q", "-b", "two", "main"]);
    sandbox.stage("two", "2\n");
    sandbox.commit("two");
    sandbox.git(&["tag", "-a", "-m", "told in a tag", "v1", "main"]);
    sandbox.git(&["push", "-q", "origin", "main:refs/heads/doomed"]);
    let sink = pushed(&sandbox, "origin", &["one", "two", "v1", ":doomed"]);
    assert_eq!(blobs(&sink), ["one=1\n", "two=2\n"]);
    assert_eq!(messages(&sink), ["one", "told in a tag", "two"]);
    assert_eq!(sink.receipt().refs, 3);
    let sink = pushed(&sandbox, "origin", &[":doomed"]);
    assert_eq!((sink.items().len(), sink.notices().len()), (0, 0));
}

#[test]
fn merges_are_judged_against_all_parents() {
    let sandbox = cloned();
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.stage("old", "old\nside\n");
    sandbox.commit("side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.stage("old", "main\nold\n");
    sandbox.commit("main");
    sandbox.git(&["push", "-q", "origin", "main", "side"]);
    sandbox.git(&["merge", "-q", "--no-commit", "side"]);
    sandbox.stage("old", "main\nold\nevil\nside\n");
    sandbox.stage("added-by-merge", "new\n");
    sandbox.commit("merge");
    let sink = pushed(&sandbox, "origin", &["main"]);
    assert_eq!(blobs(&sink), ["added-by-merge=new\n", "old=evil\n"]);
    assert_eq!(messages(&sink), ["merge"]);
    let names: Vec<_> = sink.items().into_iter().filter(|item| item.provenance.origin == Origin::Name).collect();
    assert!(names.iter().any(|item| item.bytes == b"added-by-merge"));
    assert!(names.iter().any(|item| item.bytes == b"refs/heads/main"));
}

#[test]
fn a_forced_push_over_an_unknown_tip_scans_what_is_not_known_there() {
    let sandbox = cloned();
    sandbox.git(&["clone", "-q", "origin.git", "colleague"]);
    sandbox.write("colleague/theirs", "theirs\n");
    sandbox.git_in("colleague", &["add", "."]);
    sandbox.git_in("colleague", &["commit", "-q", "-m", "theirs"]);
    sandbox.git_in("colleague", &["push", "-q", "origin", "HEAD:main"]);
    sandbox.stage("mine", "mine\n");
    sandbox.commit("mine");
    let lines = pre_push_lines(&sandbox, &["--force", "origin", "main"]);
    let repository = sandbox.repository();
    let updates = parse_pre_push(&lines, &repository).unwrap();
    assert!(!Objects::open(&repository).store().contains(&updates[0].old), "the old tip is not known here");
    let sink = pushed(&sandbox, "origin", &["--force", "main"]);
    assert_eq!((blobs(&sink), messages(&sink)), (vec!["mine=mine\n".to_owned()], vec!["mine".to_owned()]));
    sandbox.git(&["update-ref", "-d", "refs/remotes/origin/main"]);
    assert_eq!(messages(&pushed(&sandbox, "origin", &["--force", "main"])), ["mine", "old"]);
}

#[test]
fn a_server_sees_what_is_in_quarantine_and_nothing_else() {
    for options in [&[][..], &["--object-format=sha256"], &["--ref-format=reftable"]] {
        let sandbox = Sandbox::with(options);
        sandbox.stage("old", "old\n");
        sandbox.commit("old");
        sandbox.git(&[&["init", "-q", "--bare"], options, &["server.git"]].concat());
        // The hook writes down what it is told, keeps its quarantine for us, and refuses.
        let hook = concat!(
            "#!/bin/sh\ncat >../seen-lines\nenv | grep '^GIT_' >../seen-env\nrm -rf ../quarantine\n",
            "cp -r \"$GIT_QUARANTINE_PATH\" ../quarantine\nexit \"$(cat ../verdict)\"\n"
        );
        sandbox.write("server.git/hooks/pre-receive", hook);
        make_executable(&sandbox.path().join("server.git/hooks/pre-receive"));
        let judged = |verdict: &str, args: &[&str]| {
            sandbox.write("verdict", verdict);
            sandbox.try_git(".", &[&["push", "-q", "server.git"], args].concat(), b"");
            let variables = std::fs::read_to_string(sandbox.path().join("seen-env")).unwrap();
            assert!(variables.contains("GIT_QUARANTINE_PATH="), "{variables}");
            let server = sandbox.path().join("server.git");
            let environment = GitEnvironment {
                git_dir: Some(server.clone()),
                object_directory: Some(sandbox.path().join("quarantine")),
                alternate_object_directories: vec![server.join("objects")],
                ..GitEnvironment::default()
            };
            let repository = Repository::require(&server, &environment).unwrap();
            let lines = std::fs::read(sandbox.path().join("seen-lines")).unwrap();
            let updates = parse_pre_receive(&lines, &repository).unwrap();
            let sink = Collected::default();
            scan(&repository, &updates, &Side::Receiving, &sink).unwrap();
            assert_eq!(sink.notices(), [""; 0]);
            (blobs(&sink), messages(&sink))
        };
        let first = judged("1", &["main"]);
        assert_eq!(first, (vec!["old=old\n".to_owned()], vec!["old".to_owned()]), "the first ref is created");
        judged("0", &["main"]);
        sandbox.stage("new", "new\n");
        sandbox.commit("new");
        sandbox.git(&["tag", "-a", "-m", "tagged", "v1"]);
        let next = judged("1", &["main", "HEAD:refs/heads/other", "v1"]);
        assert_eq!(next, (vec!["new=new\n".to_owned()], vec!["new".to_owned(), "tagged".to_owned()]));
    }
}

#[test]
fn trees_and_blobs_that_are_pushed_without_a_commit_are_scanned() {
    let sandbox = cloned();
    let blob = sandbox.git_with_input(&["hash-object", "-w", "--stdin"], b"bare blob");
    let tree = sandbox.git_with_input(&["mktree"], format!("100644 blob {blob}\t.env\n").as_bytes());
    sandbox.git(&["tag", "a-blob", &blob]);
    sandbox.git(&["tag", "a-tree", &tree]);
    assert_eq!(blobs(&pushed(&sandbox, "origin", &["a-blob", "a-tree"])), [".env=bare blob", "=bare blob"]);
}

#[test]
fn renames_and_modes_are_new_paths_and_nothing_new() {
    let sandbox = cloned();
    sandbox.git(&["mv", "old", "renamed"]);
    sandbox.commit("renamed");
    sandbox.git(&["update-index", "--chmod=+x", "renamed"]);
    sandbox.commit("executable");
    assert_eq!(blobs(&pushed(&sandbox, "origin", &["main"])), ["renamed=", "renamed=old\n"]);
}

#[test]
fn a_shallow_boundary_and_missing_objects_inside_a_push_are_told() {
    let origin = cloned();
    origin.stage("second", "2");
    origin.commit("second");
    let sandbox = Sandbox::bare_directory();
    let url = format!("file://{}", origin.path().display());
    sandbox.git(&["clone", "-q", "--depth=1", &url, "clone"]);
    sandbox.write("clone/new", "new\n");
    sandbox.git_in("clone", &["add", "."]);
    sandbox.git_in("clone", &["commit", "-q", "-m", "new"]);
    let repository = Repository::require(&sandbox.path().join("clone"), &GitEnvironment::default()).unwrap();
    let new = ObjectId::from_hex(sandbox.git_in("clone", &["rev-parse", "HEAD"]).as_bytes()).unwrap();
    let zero = ObjectId::from_bytes(&[0; 20]).unwrap();
    let updates = [Update { name: "refs/heads/main".into(), old: zero, new }];
    let notices = |remote: &str| {
        let sink = Collected::default();
        scan(&repository, &updates, &Side::Sending { remote: remote.into() }, &sink).unwrap();
        (blobs(&sink), sink.notices())
    };
    // Towards its origin, which has the boundary, the clone is complete.
    assert_eq!(notices("origin"), (vec!["new=new\n".to_owned()], vec![]));
    let (_, told) = notices("elsewhere");
    assert_eq!(told, [format!("shallow {}", origin.id("main"))]);
    let gone = ObjectId::from_bytes(&[7; 20]).unwrap();
    let sink = Collected::default();
    let updates = [Update { name: "refs/heads/main".into(), old: zero, new: gone }];
    scan(&repository, &updates, &Side::Receiving, &sink).unwrap();
    assert_eq!(sink.notices(), [format!("missing {gone}")]);
}

#[test]
fn malformed_lines_are_usage_errors_and_no_lines_are_nothing() {
    let sandbox = cloned();
    let repository = sandbox.repository();
    let id = sandbox.id("HEAD");
    let good = format!("refs/heads/main {id} refs/heads/main {id}\n");
    assert_eq!(parse_pre_push(good.as_bytes(), &repository).unwrap().len(), 1);
    let spaced = format!("HEAD^{{/fix a bug}} {id} refs/heads/main {id}\n");
    assert_eq!(parse_pre_push(spaced.as_bytes(), &repository).unwrap()[0].new, id);
    assert_eq!(parse_pre_push(b"", &repository).unwrap(), []);
    assert_eq!(parse_pre_receive(b"", &repository).unwrap(), []);
    let bad = [
        "nonsense\n".to_owned(),
        "\n".to_owned(),
        format!("{good}refs/heads/main {id} refs/heads/main\n"),
        format!("refs/heads/main {id} refs/heads/main {}\n", &id.to_string()[1..]),
        format!("refs/heads/main {id} refs/heads/main {}\n", "0".repeat(64)),
        format!("refs/heads/main {id} --evil {id}\n"),
    ];
    for text in bad {
        let error = parse_pre_push(text.as_bytes(), &repository).unwrap_err();
        assert!(error.is_usage(), "{text}: {error}");
    }
    let error = parse_pre_receive(format!("{id} {id} {id}\n").as_bytes(), &repository).unwrap_err();
    assert!(error.is_usage());
}
