//! Places in a repository: objects, refs, names, the index, other work trees, submodules.

use std::fs;

use super::places::{Expected, Lab, filler};
use super::support::Sandbox;

fn any() -> Expected {
    Expected::default()
}

fn file(path: &str) -> Expected {
    Expected::at(path).lines(3..=3)
}

/// Writes a file with a token in its third line.
fn hide(lab: &mut Lab, name: &str, path: &str) {
    let token = lab.token(name, file(path));
    lab.sandbox.write(path, format!("{}token: {token}\n", filler(2)));
}

#[test]
fn every_place_of_a_repository_is_looked_at() {
    let mut lab = Lab::new(Sandbox::repository());
    hidden(&mut lab);
    worktrees(&mut lab);
    submodule(&mut lab);
    // These stay as they are: every commit after them would take them along.
    stashes(&mut lab);
    unreachable(&mut lab);
    let report = lab.check(&["history"]);
    assert_eq!(report["notices"].as_array().unwrap().len(), 0, "{:#}", report["notices"]);
    lab.sandbox.git(&["pack-refs", "--all"]);
    lab.check(&["history", "--full-scan"]);
}

/// Packs everything that is reachable, so that deltas and pack indexes are met; finds the same in a bare mirror.
#[test]
fn a_packed_mirror_holds_the_same() {
    let mut lab = Lab::new(Sandbox::repository());
    hidden(&mut lab);
    let mirror = lab.sandbox.beside("mirror.git");
    lab.sandbox.git(&["clone", "--quiet", "--mirror", ".", mirror.to_str().unwrap()]);
    lab.sandbox.git(&["--git-dir", mirror.to_str().unwrap(), "repack", "-adfq", "--depth=50"]);
    lab.check(&["history", "--repo", mirror.to_str().unwrap()]);
}

/// The places that need nothing but the repository itself.
pub fn hidden(lab: &mut Lab) {
    contents(lab);
    merges(lab);
    texts(lab);
    names(lab);
    refs(lab);
}

fn contents(lab: &mut Lab) {
    hide(lab, "content removed later", "removed.txt");
    lab.sandbox.commit("Add");
    lab.sandbox.write("removed.txt", filler(3));
    lab.sandbox.commit("Clean");

    lab.sandbox.write(".gitattributes", "*.nodiff -diff\n*.bin binary\n");
    hide(lab, "file marked -diff", "data.nodiff");
    hide(lab, "file marked binary", "data.bin");
    let token = lab.token("text behind a NUL byte", file("nul.dat"));
    lab.sandbox.write("nul.dat", format!("{}a\0b\0 token: {token}\n", filler(2)));
    lab.sandbox.commit("Add attributes");

    let token = lab.token("symlink target", Expected::at("link"));
    std::os::unix::fs::symlink(format!("/srv/{token}/data"), lab.sandbox.dir.join("link")).unwrap();
    lab.sandbox.commit("Add a link");

    hide(lab, "file with the executable bit", "run.sh");
    lab.sandbox.git(&["add", "--chmod=+x", "run.sh"]);
    lab.sandbox.commit("Add a script");
}

fn merges(lab: &mut Lab) {
    let sandbox = &lab.sandbox;
    sandbox.write("both.txt", filler(3));
    sandbox.commit("Base");
    sandbox.git(&["checkout", "-q", "-b", "side"]);
    sandbox.write("both.txt", "side\n");
    sandbox.commit("Side");
    sandbox.git(&["checkout", "-q", "main"]);
    sandbox.write("both.txt", "main\n");
    sandbox.commit("Main");
    let merge = sandbox.command("git").args(["merge", "-q", "side"]).output().unwrap();
    assert!(!merge.status.success(), "a conflict was wanted");
    hide(lab, "only in a merge's resolution", "both.txt");
    hide(lab, "file added only by a merge", "evil.txt");
    lab.sandbox.commit("Merge");
    lab.sandbox.write("both.txt", filler(2));
    fs::remove_file(lab.sandbox.dir.join("evil.txt")).unwrap();
    lab.sandbox.commit("Clean the merge");
}

fn texts(lab: &mut Lab) {
    let token = lab.token("commit message", Expected::at("commit ").lines(6..=6));
    lab.sandbox.commit(&format!("Subject\n\nbody with {token}"));
    let token = lab.token("tag message", Expected::at("tag "));
    lab.sandbox.git(&["tag", "-a", "v1", "-m", &format!("Release with {token}")]);
    let token = lab.token("note", any());
    lab.sandbox.git(&["notes", "add", "-m", &format!("remember {token}")]);
    let token = lab.token("note under a ref of its own", any());
    lab.sandbox.git(&["notes", "--ref=review", "add", "-m", &format!("remember {token}")]);
    let token = lab.token("commit message in Latin-1", Expected::at("commit "));
    let message = lab.sandbox.beside("message");
    fs::write(&message, [b"caf\xe9 \xfc ", token.as_bytes()].concat()).unwrap();
    let path = message.to_str().unwrap();
    lab.sandbox.git(&["-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "--allow-empty", "-F", path]);
    let token = lab.token("tag's object is a blob", any());
    let blob = object(lab, &format!("{token}\n"));
    lab.sandbox.git(&["tag", "-a", "blob-tag", "-m", "a key", &blob]);
    let token = lab.token("signature of a commit", Expected::at("commit "));
    let head = lab.sandbox.git(&["cat-file", "commit", "HEAD"]);
    let frame = |word: &str| format!("-----{word} PGP SIGNATURE-----");
    let signed = format!("\ngpgsig {}\n {token}\n \n {}\n {}\n\n", frame("BEGIN"), "Ab3/".repeat(16), frame("END"));
    let id = raw_object(lab, "commit", head.replacen("\n\n", &signed, 1).as_bytes());
    lab.sandbox.git(&["update-ref", "refs/heads/signed", &id]);
    let token = lab.token("unknown header of a commit", Expected::at("commit "));
    let head = lab.sandbox.git(&["cat-file", "commit", "HEAD"]);
    let raw = head.replacen("\n\n", &format!("\nx-deploy-key {token}\n\n"), 1);
    let id = raw_object(lab, "commit", raw.as_bytes());
    lab.sandbox.git(&["update-ref", "refs/heads/odd-header", &id]);
}

/// Stores an object as it is.
fn raw_object(lab: &Lab, kind: &str, content: &[u8]) -> String {
    let path = lab.sandbox.beside("object");
    fs::write(&path, content).unwrap();
    lab.sandbox.git(&["hash-object", "--literally", "-t", kind, "-w", path.to_str().unwrap()])
}

fn object(lab: &Lab, content: &str) -> String {
    raw_object(lab, "blob", content.as_bytes())
}

fn names(lab: &mut Lab) {
    for (name, variable) in [
        ("author's name", "GIT_AUTHOR_NAME"),
        ("author's e-mail", "GIT_AUTHOR_EMAIL"),
        ("committer's name", "GIT_COMMITTER_NAME"),
        ("committer's e-mail", "GIT_COMMITTER_EMAIL"),
    ] {
        let token = lab.token(name, Expected::at("commit "));
        let mut commit = lab.sandbox.command("git");
        commit.env(variable, format!("x-{token}")).args(["commit", "-q", "--allow-empty", "-m", "x"]);
        assert!(commit.status().unwrap().success());
    }
    let token = lab.token("tagger's name", Expected::at("tag "));
    let mut tag = lab.sandbox.command("git");
    tag.env("GIT_COMMITTER_NAME", format!("x {token}")).args(["tag", "-a", "v2", "-m", "x"]);
    assert!(tag.status().unwrap().success());
    let token = lab.token("branch name", any());
    lab.sandbox.git(&["branch", &format!("fix/{token}")]);
    let token = lab.token("tag name", any());
    lab.sandbox.git(&["tag", &format!("v-{token}")]);
    let token = lab.token("name of a file", any());
    lab.sandbox.write(&format!("names/{token}.txt"), "x\n");
    let token = lab.token("name of a folder", any());
    lab.sandbox.write(&format!("names/of-{token}/x.txt"), "x\n");
    lab.sandbox.commit("Add names");
    lab.sandbox.git(&["rm", "-rq", "names"]);
    lab.sandbox.commit("Remove names");
}

/// Commits a file under a ref that no branch reaches.
fn under_ref(lab: &mut Lab, name: &str, reference: &str) {
    let path = format!("{}.txt", reference.replace('/', "-"));
    let token = lab.token(name, file(&path));
    lab.sandbox.git(&["checkout", "-q", "--detach", "main"]);
    lab.sandbox.write(&path, format!("{}token: {token}\n", filler(2)));
    let id = lab.sandbox.commit("Under a ref");
    lab.sandbox.git(&["checkout", "-q", "main"]);
    lab.sandbox.git(&["update-ref", reference, &id]);
}

fn refs(lab: &mut Lab) {
    under_ref(lab, "refs/pull", "refs/pull/7/head");
    under_ref(lab, "refs/original", "refs/original/refs/heads/main");
    under_ref(lab, "refs/remotes", "refs/remotes/origin/topic");
    under_ref(lab, "a ref of another program", "refs/changes/01/1/1");
    lab.sandbox.git(&["checkout", "-q", "--orphan", "orphan"]);
    lab.sandbox.git(&["rm", "-rfq", "."]);
    hide(lab, "orphan branch", "orphan.txt");
    lab.sandbox.commit("Root");
    lab.sandbox.git(&["checkout", "-q", "main"]);
    hide(lab, "replaced commit", "replaced.txt");
    let old = lab.sandbox.commit("To be replaced");
    lab.sandbox.git(&["rm", "-q", "replaced.txt"]);
    lab.sandbox.commit("Remove it");
    let new = lab.sandbox.git(&["commit-tree", "-p", "HEAD~2", "-m", "Instead", "HEAD^{tree}"]);
    lab.sandbox.git(&["update-ref", &format!("refs/replace/{old}"), &new]);
}

fn worktrees(lab: &mut Lab) {
    let other = lab.sandbox.beside("other");
    lab.sandbox.git(&["worktree", "add", "-q", "--detach", other.to_str().unwrap()]);
    let inside = |lab: &Lab, args: &[&str]| lab.sandbox.git(&[&["-C", other.to_str().unwrap()], args].concat());
    for (name, path) in [("other worktree's HEAD", "head.txt"), ("other worktree's index", "index.txt")] {
        let token = lab.token(name, file(path));
        fs::write(other.join(path), format!("{}token: {token}\n", filler(2))).unwrap();
        inside(lab, &["add", path]);
        if path == "head.txt" {
            inside(lab, &["commit", "-qm", "Elsewhere"]);
        }
    }
    fs::remove_file(other.join("index.txt")).unwrap();
}

fn submodule(lab: &mut Lab) {
    let origin = lab.sandbox.beside("origin");
    fs::create_dir(&origin).unwrap();
    let inside = |lab: &Lab, args: &[&str]| lab.sandbox.git(&[&["-C", origin.to_str().unwrap()], args].concat());
    inside(lab, &["init", "-q", "-b", "main"]);
    let token = lab.token("submodule's history", any().lines(3..=3));
    fs::write(origin.join("deep.txt"), format!("{}token: {token}\n", filler(2))).unwrap();
    inside(lab, &["add", "."]);
    inside(lab, &["commit", "-qm", "Leak"]);
    inside(lab, &["rm", "-q", "deep.txt"]);
    inside(lab, &["commit", "-qm", "Clean", "--allow-empty"]);
    let url = origin.to_str().unwrap();
    lab.sandbox.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", url, "module"]);
    lab.sandbox.commit("Add a submodule");
    // Its work tree is gone, its history still lies in the git directory.
    lab.sandbox.git(&["submodule", "--quiet", "deinit", "--force", "module"]);
    lab.sandbox.git(&["rm", "-qf", "module"]);
    lab.sandbox.commit("Remove the submodule");
}

fn stashes(lab: &mut Lab) {
    let readme = format!("{}token: {}\n", filler(2), lab.token("stash of tracked edits", file("README.md")));
    lab.sandbox.write("README.md", readme);
    hide(lab, "stash of untracked files", "untracked.txt");
    lab.sandbox.git(&["stash", "push", "-q", "--include-untracked"]);
    let token = lab.token("message of a stash", any());
    lab.sandbox.write("README.md", "edited\n");
    lab.sandbox.git(&["stash", "push", "-q", "-m", &format!("wip {token}")]);
    hide(lab, "dropped stash", "README.md");
    lab.sandbox.git(&["stash", "push", "-q"]);
    lab.sandbox.git(&["stash", "drop", "-q"]);
}

fn unreachable(lab: &mut Lab) {
    hide(lab, "reflog only", "amended.txt");
    lab.sandbox.commit("To be undone");
    lab.sandbox.git(&["reset", "-q", "--hard", "HEAD^"]);
    let token = lab.token("text of a reflog", any());
    lab.sandbox.git(&["update-ref", "-m", &format!("deploy: {token}"), "refs/heads/logged", "HEAD"]);
    let token = lab.token("dangling commit", file("dangling.txt"));
    lab.sandbox.git(&["checkout", "-q", "--detach"]);
    lab.sandbox.write("dangling.txt", format!("{}token: {token}\n", filler(2)));
    lab.sandbox.commit("Dangling");
    lab.sandbox.git(&["checkout", "-q", "main"]);
    let logs = lab.sandbox.dir.join(".git/logs/HEAD");
    fs::remove_file(logs).unwrap();
    let token = lab.token("loose blob never committed", any());
    object(lab, &format!("{token}\n"));
    hide(lab, "index only", "staged.txt");
    lab.sandbox.git(&["add", "staged.txt"]);
    fs::remove_file(lab.sandbox.dir.join("staged.txt")).unwrap();
}
