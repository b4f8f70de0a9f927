//! What only points elsewhere: it is named as not scanned, and a run over it is still complete.

use super::support::Sandbox;

fn skipped(sandbox: &Sandbox, args: &[&str], subject: &str, detail: &str) {
    let report = sandbox.stanch(&[args, &["--format", "json"]].concat()).exits(0).json();
    let notices = report["notices"].as_array().unwrap();
    let is_told = notices.iter().any(|notice| {
        notice["kind"] == "skipped"
            && notice["subject"].as_str().unwrap().contains(subject)
            && notice["detail"].as_str().unwrap().contains(detail)
    });
    assert!(is_told, "{args:?}: {notices:#?}");
}

#[test]
fn a_pointer_of_git_lfs_is_named_as_not_scanned() {
    let sandbox = Sandbox::repository();
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n",
        "0123456789abcdef".repeat(4)
    );
    sandbox.write("model.bin", pointer);
    sandbox.git(&["add", "model.bin"]);
    for args in [&["scan"][..], &["staged"]] {
        skipped(&sandbox, args, "model.bin", "not scanned");
    }
    sandbox.commit("Point");
    skipped(&sandbox, &["history"], "", "not scanned");
}

#[test]
fn a_pointer_of_git_lfs_whose_content_is_kept_is_followed() {
    let sandbox = Sandbox::repository();
    let id = "0123456789abcdef".repeat(4);
    let kept = format!(".git/lfs/objects/{}/{}/{id}", &id[..2], &id[2..4]);
    sandbox.write(&kept, format!("a line\ntoken: {}\n", crate::support::token(1)));
    sandbox.write("model.bin", format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 12345\n"));
    sandbox.git(&["add", "model.bin"]);
    let place = "model.bin!(Git LFS):2";
    let _ = sandbox.stanch(&["scan"]).exits(1).says(place);
    let _ = sandbox.stanch(&["staged"]).exits(1).says(place);
    sandbox.commit("Point");
    let other = sandbox.beside("other");
    sandbox.git(&["worktree", "add", "-q", other.to_str().unwrap()]);
    let _ = sandbox.stanch(&["history"]).exits(1).says(place);
    let _ = sandbox.at(&other).stanch(&["scan"]).exits(1).says(place);
    // What is too large to be followed is named, and so is what is gone.
    sandbox.write(&kept, vec![b'\n'; 65 << 20]);
    skipped(&sandbox, &["scan"], "model.bin", "not scanned");
    std::fs::remove_file(sandbox.dir.join(kept)).unwrap();
    skipped(&sandbox, &["scan"], "model.bin", "not scanned");
}

#[test]
fn a_submodule_that_is_not_here_is_named_as_not_scanned() {
    let sandbox = Sandbox::repository();
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write(".gitmodules", "[submodule \"lib\"]\n\tpath = lib\n\turl = https://example.com/lib\n");
    sandbox.git(&["add", ".gitmodules"]);
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{head},lib")]);
    std::fs::create_dir(sandbox.dir.join("lib")).unwrap();
    for args in [&["scan"][..], &["staged"]] {
        skipped(&sandbox, args, "lib", "not scanned");
    }
    sandbox.git(&["commit", "-qm", "Add a submodule"]);
    skipped(&sandbox, &["history"], "lib", "not scanned");
    // In a bare repository, and after it was removed, there are only old trees to name it.
    sandbox.git(&["rm", "-q", "--cached", "lib", ".gitmodules"]);
    sandbox.git(&["commit", "-qm", "Remove it"]);
    skipped(&sandbox, &["history"], "lib", "not scanned");
    let bare = sandbox.beside("bare.git");
    sandbox.git(&["clone", "-q", "--bare", ".", bare.to_str().unwrap()]);
    skipped(&sandbox.at(&bare), &["history"], "lib", "not scanned");
}
