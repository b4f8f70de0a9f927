//! Refs in every storage, as git itself lists them.

use super::*;
use crate::source::sandbox::Sandbox;

fn filled(options: &[&str]) -> Sandbox {
    let sandbox = Sandbox::with(options);
    sandbox.stage("a", "one");
    sandbox.commit("first");
    let many: String = (0..300).map(|number| format!("create refs/tags/many/number-{number:03} HEAD\n")).collect();
    sandbox.git_with_input(&["update-ref", "--stdin"], many.as_bytes());
    sandbox.git(&["tag", "-a", "-m", "annotated", "v1"]);
    sandbox.git(&["branch", "gone"]);
    sandbox.git(&["pack-refs", "--all"]);
    sandbox.stage("a", "two");
    sandbox.commit("second");
    sandbox.git(&["branch", "-D", "gone"]);
    sandbox.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/heads/main"]);
    sandbox.git(&["worktree", "add", "-q", "linked", "-b", "other"]);
    sandbox.git(&["update-ref", "ORIG_HEAD", "HEAD~"]);
    sandbox
}

fn check(options: &[&str]) {
    let sandbox = filled(options);
    let repository = sandbox.repository();
    let mut expected: Vec<String> =
        sandbox.git(&["for-each-ref", "--format=%(refname) %(objectname)"]).lines().map(str::to_owned).collect();
    for (name, revision) in [("HEAD", "HEAD"), ("ORIG_HEAD", "HEAD~"), ("worktrees/linked/HEAD", "HEAD")] {
        expected.push(format!("{name} {}", sandbox.id(revision)));
    }
    expected.sort();
    let (references, notices) = repository.references().unwrap();
    let found: Vec<String> = references
        .iter()
        .filter(|one| one.name != "worktrees/linked/ORIG_HEAD")
        .map(|one| format!("{} {}", one.name, one.target))
        .collect();
    let differing: Vec<_> = found.iter().zip(&expected).filter(|(a, b)| a != b).take(3).collect();
    assert_eq!(differing, [], "{} found, {} expected", found.len(), expected.len());
    assert_eq!(found.len(), expected.len());
    assert_eq!(notices, []);
    assert_eq!(
        repository.head().unwrap(),
        Head { branch: Some("refs/heads/main".into()), target: Some(sandbox.id("HEAD")) }
    );
    assert_eq!(repository.find_ref(b"refs/heads/gone").unwrap(), None);
    assert_eq!(repository.find_ref(b"refs/tags/many/number-017").unwrap(), Some(sandbox.id("HEAD~")));
    assert_eq!(repository.find_ref(b"refs/tags/v1").unwrap(), Some(sandbox.id("v1^{tag}")));

    let (logs, notices) = repository.reflogs().unwrap();
    assert_eq!(notices, []);
    let head = logs.iter().find(|log| log.name == "HEAD").unwrap();
    assert_eq!(head.ids, [sandbox.id("HEAD~"), sandbox.id("HEAD")]);
    assert!(head.text.contains_str("commit: second\n"), "{}", head.text);
    assert!(head.text.contains_str("committer@example.com"), "{}", head.text);
    assert!(logs.iter().any(|log| log.name == "worktrees/linked/HEAD"));
}

#[test]
fn files_are_read() {
    check(&[]);
}

#[test]
fn sha256_files_are_read() {
    check(&["--object-format=sha256"]);
}

#[test]
fn reftables_are_read() {
    check(&["--ref-format=reftable"]);
    check(&["--ref-format=reftable", "--object-format=sha256"]);
}

#[test]
fn unborn_and_detached_heads_are_told_apart() {
    for options in [&[][..], &["--ref-format=reftable"]] {
        let sandbox = Sandbox::with(options);
        let main = Some(BString::from("refs/heads/main"));
        assert_eq!(sandbox.repository().head().unwrap(), Head { branch: main, target: None });
        let id = sandbox.commit("first");
        sandbox.git(&["checkout", "-q", "--detach"]);
        assert_eq!(sandbox.repository().head().unwrap(), Head { branch: None, target: Some(id) });
    }
}

#[test]
fn a_damaged_ref_is_a_notice_and_hides_no_other() {
    let sandbox = filled(&[]);
    sandbox.write(".git/refs/heads/bad", "garbage");
    let (references, notices) = sandbox.repository().references().unwrap();
    assert!(references.iter().any(|one| one.name == "refs/heads/main"));
    assert_eq!(notices.iter().map(|notice| notice.subject.to_string()).collect::<Vec<_>>(), ["refs/heads/bad"]);
}

#[test]
fn damaged_reftables_are_errors_and_never_panics() {
    let sandbox = Sandbox::with(&["--ref-format=reftable"]);
    sandbox.commit("first");
    let repository = sandbox.repository();
    let directory = sandbox.path().join(".git/reftable");
    let list = std::fs::read_to_string(directory.join("tables.list")).unwrap();
    let file = directory.join(list.lines().last().unwrap());
    let good = std::fs::read(&file).unwrap();
    std::process::Command::new("chmod").arg("u+w").arg(&file).status().unwrap();
    for at in 0..good.len() {
        std::fs::write(&file, &good[..at]).unwrap();
        assert!(repository.references().is_err(), "cut at {at}");
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        std::fs::write(&file, &bad).unwrap();
        let _ = repository.references();
        let _ = repository.reflogs();
    }
    std::fs::remove_file(&file).unwrap();
    assert!(repository.references().is_err());
    std::fs::write(directory.join("tables.list"), "").unwrap();
    assert_eq!(repository.references().unwrap().1.len(), 1);
}

#[test]
fn names_that_lead_out_of_the_git_directory_are_refused() {
    let sandbox = filled(&[]);
    sandbox.write("outside", sandbox.id("HEAD").to_string());
    sandbox.write(".git/refs/heads/link", "ref: ../outside\n");
    assert_eq!(sandbox.repository().find_ref(b"../outside").unwrap(), None);
    assert!(sandbox.repository().find_ref(b"refs/heads/link").is_err());
}

#[test]
fn damage_to_packed_refs_is_told() {
    let sandbox = filled(&[]);
    let file = sandbox.path().join(".git/packed-refs");
    let text = std::fs::read(&file).unwrap();
    let told = |text: &[u8]| {
        std::fs::write(&file, text).unwrap();
        sandbox.repository().references().unwrap().1
    };
    assert_eq!(told(&text), []);
    // Wherever it is cut, but between two lines.
    for cut in [1, 9, text.len() / 2, text.len() - 1].into_iter().filter(|&cut| text[cut - 1] != b'\n') {
        assert_eq!(told(&text[..cut]).iter().filter(|notice| notice.subject == "packed-refs").count(), 1, "{cut}");
    }
    // Two lines that became one.
    let first = text.find(b"refs/tags/many/number-017").unwrap();
    let damaged = [&text[..first + 9], b"\x07\xff\x01", &text[first + 40..]].concat();
    assert!(told(&damaged).iter().any(|notice| notice.detail.contains("a name that no ref can have")));
}

#[test]
fn refs_have_the_names_that_git_lets_them_have() {
    let sandbox = Sandbox::with(&[]);
    for name in [
        "refs/heads/main",
        "refs/heads/a.b-c_d@e/#f{g}!h",
        "refs/tags/größe",
        "refs/stash",
        "refs/heads/a..b",
        "refs/heads/a@{b",
        "refs/heads/.a",
        "refs/heads/a/.b",
        "refs/heads/a.lock",
        "refs/heads/a.lock/b",
        "refs/heads/a.",
        "refs/heads/a./b",
        "refs/heads//a",
        "refs/heads/a/",
        "refs/heads/a b",
        "refs/heads/a~b",
        "refs/heads/a\\b",
        "refs/heads/a\u{7f}",
    ] {
        let is_one = sandbox.try_git(".", &["check-ref-format", name], b"").status.success();
        assert_eq!(files::is_ref_name(name.as_bytes()), is_one, "{name}");
    }
}
