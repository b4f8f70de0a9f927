//! `paths-ignore` of `.github/secret_scanning.yml`: honoured on request, held to the light always.

use crate::support::{Sandbox, token};

const FILE: &str = ".github/secret_scanning.yml";

#[test]
fn it_counts_on_request_only_and_never_for_banned_files() {
    let sandbox = Sandbox::repository();
    sandbox.write(FILE, "paths-ignore:\n  - 'docs/**' # made-up values\n");
    sandbox.write("docs/a/b.md", token(1));
    let _ = sandbox.stanch(&["scan"]).exits(1).says("docs/a/b.md:1");
    sandbox.write(".stanch.yml", "github_paths_ignore: true\n");
    let report = sandbox.stanch(&["scan", "--format", "json"]).exits(0).json();
    assert_eq!(report["findings"][0]["suppression"]["by"], "github-paths-ignore");
    sandbox.git(&["add", "."]);
    let _ = sandbox.stanch(&["staged"]).exits(0);
    sandbox.write("src/b.md", token(1));
    let _ = sandbox.stanch(&["scan"]).exits(1).says("src/b.md:1");
    std::fs::remove_file(sandbox.dir.join("src/b.md")).unwrap();
    sandbox.write("docs/.env", "A=1\n");
    let _ = sandbox.stanch(&["scan"]).exits(1).says("stanch-env-file");
}

#[test]
fn what_is_wrong_with_it_is_told_in_every_scan_of_the_tree() {
    let sandbox = Sandbox::repository();
    sandbox.write(FILE, "paths-ignore: ['**', '**/.env*', 'nothing/*', '*.md']\npath-ignore: []\n");
    let run = sandbox.stanch(&["scan"]).exits(0);
    for word in [
        "`**` excuses every file",
        "covers banned files such as .env",
        "`nothing/*` matches no file",
        "the key `path-ignore`",
    ] {
        assert!(run.stdout.contains(word), "{word}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("`*.md` matches no file"), "{}", run.stdout);
}

#[test]
fn a_push_goes_by_the_list_of_the_other_side() {
    let sandbox = Sandbox::repository();
    sandbox.write(".stanch.yml", "github_paths_ignore: true\n");
    sandbox.commit("Configure");
    let remote = sandbox.beside("remote.git");
    let remote = remote.to_str().unwrap();
    sandbox.git(&["init", "--quiet", "--bare", remote]);
    sandbox.git(&["remote", "add", "origin", remote]);
    sandbox.git(&["push", "--quiet", "origin", "main"]);
    let old = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write(FILE, "paths-ignore: ['docs/**']\n");
    sandbox.write("docs/a.md", token(2));
    let new = sandbox.commit("Excuse itself");
    let line = format!("refs/heads/main {new} refs/heads/main {old}\n");
    let _ = sandbox.stanch(&["scan"]).exits(0);
    let _ = sandbox.stanch_with(&["push", "origin", remote], line.as_bytes()).exits(1).says("docs/a.md:1");
}
